# SPDX-License-Identifier: Apache-2.0
"""Terms of the account's own at the trades: the same functions, on plain numbers.

The numbers come from the raw account and the trades; cvxpy only evaluates.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from di_optimizer.own_terms.columns import columns_of
from di_optimizer.own_terms.load import own_terms
from di_optimizer.own_terms.values import TOLERANCE, Facts, Floats, Own
from di_optimizer.tax.lots import Lot
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case, priced, worth


def own_value(case: Case, books: Books) -> float:
    """Return what the terms add to the objective, fraction of base."""
    own = _own(case, books)
    return 0.0 if own is None else own.value(*_trades(case, books))


def check_own(case: Case, books: Books) -> list[str]:
    """No constraint of its own is missed by more than the tolerance."""
    own = _own(case, books)
    if own is None:
        return []
    misses = zip(own.names, own.misses(*_trades(case, books)), strict=True)
    return [
        case.says(f"{name} missed by {over!r}", f"at most {TOLERANCE!r}")
        for name, over in misses
        if over > TOLERANCE
    ]


def _symbols(case: Case) -> tuple[str, ...]:
    """Return held and benchmark securities that the risk model knows, sorted."""
    held = {lot.symbol for lot in case.account.lots}
    fixed = {u.symbol for u in case.account.untraded if u.valued}
    return tuple(sorted((held | fixed | {*case.benchmark}) & {*case.risk.symbols}))


def _trades(case: Case, books: Books) -> tuple[Floats, Floats]:
    """Return purchases by security and sales by lot, fractions of base."""
    base = books.base
    bought, sold = dict[str, float](), dict[str, float]()
    for entry in books.of("buy"):
        symbol = entry.trade.symbol
        bought[symbol] = bought.get(symbol, 0.0) + float(entry.amount / base)
    for entry in books.of("sell"):
        lot = entry.trade.lot_id or ""
        sold[lot] = sold.get(lot, 0.0) + float(entry.amount / base)
    return (
        np.array([bought.get(symbol, 0.0) for symbol in _symbols(case)]),
        np.array([sold.get(lot.lot_id, 0.0) for lot in _lots(case)]),
    )


def _lots(case: Case) -> list[Lot]:
    """Return the lots in the order that functions get them."""
    return sorted(
        case.account.lots,
        key=lambda t: (t.symbol, t.holding_start, t.acquired, t.lot_id),
    )


def _own(case: Case, books: Books) -> Own | None:
    if not case.policy.terms:
        return None
    market, symbols, base = case.market, _symbols(case), books.base
    place = {symbol: i for i, symbol in enumerate(symbols)}
    lots, scale = _lots(case), float(books.nav / base)
    values = [Fraction(lot.shares) * worth(market, lot.symbol) for lot in lots]
    facts = Facts(
        symbols=symbols,
        lot_ids=tuple(lot.lot_id for lot in lots),
        lot_security=np.array([place[lot.symbol] for lot in lots], np.int64),
        held=np.array([books.weights_before.get(s, 0.0) for s in symbols]),
        benchmark=np.array([case.benchmark.get(s, 0.0) * scale for s in symbols]),
        prices=np.array(
            [float(worth(market, s)) if priced(market, s) else np.nan for s in symbols]
        ),
        lot_weights=np.array([float(v / base) for v in values]),
        lot_gains=np.array(
            [
                float(1 - Fraction(lot.cost_basis) / value)
                for lot, value in zip(lots, values, strict=True)
            ]
        ),
        cash=float((books.cash + books.flow) / base),
        cash_buy=np.array([-_takes(case, symbol) for symbol in symbols]),
        cash_sell=np.array([_brings(case, lot.symbol) for lot in lots]),
        ticket=float(books.ticket / base),
        nav=float(books.nav),
        base=float(base),
        columns=columns_of(market, symbols),
    )
    return own_terms(case.policy.terms, facts, file="policy")


def _takes(case: Case, symbol: str) -> float:
    """Return the cash that a unit bought takes; futures take their cost at most."""
    if not case.market.is_future(symbol):
        return 1.0 + _cost(case, symbol)
    at_once = case.policy.trading.futures_cost == "immediate"
    return _cost(case, symbol) if at_once else 0.0


def _brings(case: Case, symbol: str) -> float:
    """Return the cash that a unit sold brings."""
    return 0.0 if case.market.is_future(symbol) else 1.0 - _cost(case, symbol)


def _cost(case: Case, symbol: str) -> float:
    """Return the cost of a unit of money traded; 0 where there is no price."""
    if not priced(case.market, symbol):
        return 0.0
    return float(case.market.half_spread(symbol, case.policy.trading.spread_bp))

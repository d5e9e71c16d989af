# SPDX-License-Identifier: Apache-2.0
"""Sizes of orders, and that no share and no basis is lost or made."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.exact import CENT
from di_optimizer.market import Security
from di_optimizer.trades import Trade
from di_optimizer.verify.books import Books, total
from di_optimizer.verify.case import Case, nearest_cent


def grids(case: Case, symbol: str) -> list[Fraction]:
    """Return the steps that an order of a symbol must be a multiple of."""
    security = case.market.securities.get(symbol, Security(symbol=symbol))
    blocks = [] if security.block is None else [Fraction(security.block)]
    if not case.account.fractional:
        return blocks or [Fraction(1)]
    decimals = security.decimals
    if decimals is None:
        decimals = case.policy.trading.decimals
    return [Fraction(1, 10**decimals), *blocks]


def check_sizes(case: Case, books: Books) -> list[str]:
    """Orders are whole blocks, or fractions where allowed; full exits are exempt.

    The order of a symbol is the total of its trades: parts of lots may be smaller.
    """
    held = total((lot.symbol, lot.shares) for lot in case.account.lots)
    return [
        case.says(
            f"a {side} order of {float(shares)!r} shares",
            f"multiples of {float(step)!r}, or the whole position sold",
            symbol=symbol,
        )
        for side in ("buy", "sell")
        for symbol, shares in sorted(books.shares(side).items())
        if side == "buy" or shares != held.get(symbol)
        for step in grids(case, symbol)
        if shares % step
    ]


def check_conservation(case: Case, books: Books) -> list[str]:
    """Shares and basis, followed lot by lot, tie out with the list of trades.

    The second path: lots keep what their sales leave and purchases become lots;
    the basis that left is the trades' own amount − gain, two roundings each.
    """
    left = {lot.lot_id: Fraction(lot.shares) for lot in case.account.lots}
    for e in books.entries:
        if e.lot is not None:
            left[e.lot.lot_id] -= Fraction(e.trade.shares)
    pieces = [(lot.symbol, left[lot.lot_id]) for lot in case.account.lots]
    untraded = [u for u in case.account.untraded if u.valued]
    pieces += [(u.symbol, Fraction(u.shares)) for u in untraded]
    pieces += [*books.shares("buy").items()]
    kept = total(pieces)
    wrong = [
        case.says(f"{float(by_lot)!r} shares left by lot", f"{float(n)!r}", symbol=s)
        for s, n in sorted(books.after.items())
        if (by_lot := kept.get(s, Fraction(0))) != n
    ]
    return wrong + check_basis(case, books, left)


def check_basis(case: Case, books: Books, left: dict[str, Fraction]) -> list[str]:
    """Basis before is the basis of what is left and of what was sold."""
    before = sum((Fraction(lot.cost_basis) for lot in case.account.lots), Fraction(0))
    after = sum(
        (
            Fraction(lot.cost_basis) * left[lot.lot_id] / Fraction(lot.shares)
            for lot in case.account.lots
        ),
        Fraction(0),
    )
    gone = before - after
    sales = [e.trade for e in books.of("sell")]
    sold = sum((stated_basis(trade) for trade in sales), Fraction(0))
    if abs(gone - sold) <= len(sales) * Fraction(CENT):
        return []
    return [
        case.says(
            f"basis {nearest_cent(sold)} in the sales (amount − realised gain)",
            f"{nearest_cent(gone)}, what left the lots, ± a cent a sale",
        )
    ]


def stated_basis(trade: Trade) -> Fraction:
    """Return the basis that a sale says it used; 0 where it says no number."""
    money = (trade.amount, trade.realised_gain)
    amount, gain = (Fraction(m) if m and m.is_finite() else Fraction(0) for m in money)
    return amount - gain

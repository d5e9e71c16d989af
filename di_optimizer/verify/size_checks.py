# SPDX-License-Identifier: Apache-2.0
"""Orders and positions that are too small, and how many there are of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from di_optimizer.exact import exact
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.cash_facts import closed_by_use
from di_optimizer.verify.limit_checks import (
    FORBIDS_BUYS,
    FORBIDS_SALES,
    KEEPS_ALL,
    fixed_shares,
    lower_limits,
    must_leave,
    rules_on,
    upper_limits,
)
from di_optimizer.verify.lot_checks import about_lots, barred
from di_optimizer.verify.share_checks import grid
from di_optimizer.verify.thresholds import least_money, left_alone
from di_optimizer.verify.waiting import kept_by_use, waits
from di_optimizer.verify.wash_checks import Closing, closed_groups
from di_optimizer.verify.wash_shares import group_of

TOLERANCE = Fraction(1, 10**9)  # of base: floating weights, nothing more
HALF_CENT = Fraction(1, 200)  # a lot worth less is no order
NONE = Fraction(0)


def check_min_trade(case: Case, books: Books) -> list[str]:
    """Each order is worth the least value or sells all of its position."""
    least = Fraction(exact(case.policy.trading.min_trade))
    return [
        case.says(
            f"a {side} order of {float(value)!r}",
            f"at least {float(least)!r} (trading.min_trade), or all of the position",
            symbol=symbol,
        )
        for side in ("buy", "sell")
        for symbol, shares in sorted(books.shares(side).items())
        if (value := shares * books.prices[symbol]) < least
        if side == "buy" or books.after[symbol] != 0
    ]


def check_min_holding(case: Case, books: Books) -> list[str]:
    """Nothing is held below the least weight that could be sold or bought up."""
    least = Fraction(exact(case.policy.trading.min_holding)) * books.nav
    slack = TOLERANCE * books.base
    if least == 0 or waits(case):
        return []
    closed = closed_groups(case)
    return [
        case.says(
            f"{float(value)!r} held after trading",
            f"0 or at least {float(least)!r} (trading.min_holding)",
            symbol=symbol,
        )
        for symbol, shares in sorted(books.after.items())
        if 0 < (value := shares * books.prices[symbol]) < least - slack
        if not may_stay(case, books, symbol, closed)
    ]


def may_stay(
    case: Case, books: Books, symbol: str, closed: Mapping[str, Closing]
) -> bool:
    """Return whether a small position is all that its limits leave of it.

    It can neither be sold whole nor be bought up, and nothing was sold of it but
    what had to be.
    """
    fixed = {u.symbol for u in case.account.untraded if u.closed}
    if symbol in fixed or symbol not in set(case.risk.symbols):
        return True
    due = due_shares(case, symbol)
    if books.after[symbol] < books.before.get(symbol, NONE) - due:
        return False
    open_ = due == 0 and group_of(case.market, symbol) not in closed
    return not sellable(case, books, symbol) and not (
        open_ and reachable(case, books, symbol)
    )


def due_shares(case: Case, symbol: str) -> Fraction:
    """Return the shares of a symbol's lots that are to be sold."""
    lots = [lot for _, lot in about_lots(case, "sell_lot") if lot.symbol == symbol]
    return sum((Fraction(lot.shares) for lot in lots), NONE)


def sellable(case: Case, books: Books, symbol: str) -> bool:
    """Return whether nothing keeps a position from being sold whole."""
    rules = rules_on(case, symbol)
    if {rule.kind for rule in rules} & FORBIDS_SALES or kept_by_use(case, symbol):
        return False
    limits = (
        [] if must_leave(case, symbol, rules) else lower_limits(case, symbol, rules)
    )
    if any(limit.weight > 0 for limit in limits) or fixed_shares(case, symbol) > 0:
        return False
    if case.policy.trading.sides in KEEPS_ALL or left_alone(case, books, symbol):
        return False
    kept = {lot.lot_id for _, lot in about_lots(case, "keep_lot")}
    due = {lot.lot_id for _, lot in about_lots(case, "sell_lot")}
    lots = [lot for lot in case.account.lots if lot.symbol == symbol]
    return not any(
        lot.lot_id in kept
        or barred(case, lot)
        or (
            lot.lot_id not in due
            and Fraction(lot.shares) * books.prices[symbol] < HALF_CENT
        )
        for lot in lots
    )


def reachable(case: Case, books: Books, symbol: str) -> bool:
    """Return whether limits let a position be bought up to the least weight."""
    rules = rules_on(case, symbol)
    if {rule.kind for rule in rules} & FORBIDS_BUYS:
        return False
    if closed_by_use(case, books, symbol):
        return False
    trading, price = case.policy.trading, books.prices[symbol]
    if trading.sides in ("sell_only", "none") or left_alone(case, books, symbol):
        return False
    held = books.before.get(symbol, NONE) * price
    missing = Fraction(exact(trading.min_holding)) * books.nav - held
    step = grid(case, symbol) * price
    wanted = max(missing, Fraction(exact(trading.min_trade)))
    more = least_money(case, books, symbol)[0]  # and not as much as that
    wanted = max(wanted, (math.floor(more / step) + 1) * step)
    weight = float((held + math.ceil(wanted / step) * step) / books.base)
    scale = float(books.nav / books.base)
    most = min(limit.weight * scale for limit in upper_limits(case, symbol, rules))
    return weight <= most


def check_names(case: Case, books: Books) -> list[str]:
    """Positions after trading, untraded ones included, are as many as policy wants."""
    counts = case.policy.counts
    held = {symbol for symbol, shares in books.after.items() if shares != 0}
    names = len(held | {u.symbol for u in case.account.untraded if u.shares > 0})
    wrong = []
    if counts.max_names is not None and names > counts.max_names:
        wrong.append(f"at most {counts.max_names} (counts.max_names)")
    if counts.min_names is not None and names < counts.min_names:
        wrong.append(f"at least {counts.min_names} (counts.min_names)")
    return [case.says(f"{names} positions after trading", text) for text in wrong]


def check_trades(case: Case, books: Books) -> list[str]:
    """No more securities are traded than policy wants."""
    most = case.policy.counts.max_trades
    traded = len({e.trade.symbol for e in books.entries})
    if most is None or traded <= most:
        return []
    allowed = f"at most {most} (counts.max_trades)"
    return [case.says(f"{traded} securities traded", allowed)]

# SPDX-License-Identifier: Apache-2.0
"""What is locked, which sides trade at all, and what is left alone or traded enough."""

from __future__ import annotations

from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.limit_checks import named
from di_optimizer.verify.thresholds import least_money, left_alone

CLOSED_SIDES = {
    "both": (),
    "buy_only": ("sell",),
    "sell_only": ("buy",),
    "none": ("buy", "sell"),
}


def check_locked(case: Case, books: Books) -> list[str]:
    """Nothing is traded in a locked account."""
    locks = [r for r in case.rules if r.kind == "lock" and r.sleeve is None]
    if not locks or not books.entries:
        return []
    return [case.says(f"{len(books.entries)} trades", f"none: {named(locks[0])}")]


def check_locked_sleeves(case: Case, books: Books) -> list[str]:
    """Nothing is sold of lots in locked sleeves."""
    shut = {r.sleeve: r for r in case.rules if r.kind == "lock" and r.sleeve}
    return [
        case.says(
            f"a sale in sleeve {e.lot.sleeve}",
            f"none: {named(shut[e.lot.sleeve])}",
            symbol=e.lot.symbol,
            lot=e.lot.lot_id,
        )
        for e in books.entries
        if e.lot is not None and e.lot.sleeve in shut
    ]


def check_trading_sides(case: Case, books: Books) -> list[str]:
    """Nothing is traded on a side that policy closes."""
    sides = case.policy.trading.sides
    return [
        case.says(f"a {side}", f'none: trading.sides = "{sides}"', symbol=symbol)
        for side in CLOSED_SIDES[sides]
        for symbol in sorted(books.shares(side))
    ]


def check_thresholds(case: Case, books: Books) -> list[str]:
    """Only what is outside of its range is traded, and by more than the least.

    All of a position may be sold in any size.
    """
    if not any(rule.kind == "threshold_max" for rule in case.rules):
        return []
    wrong = []
    for number, side in enumerate(("buy", "sell")):
        for symbol, shares in sorted(books.shares(side).items()):
            value = shares * books.prices[symbol]
            least = least_money(case, books, symbol)[number]
            whole = side == "sell" and books.after[symbol] == 0
            if left_alone(case, books, symbol):
                found, allowed = f"a {side}", "none: inside its thresholds"
                wrong.append(case.says(found, allowed, symbol=symbol))
            elif value <= least and not whole:
                found = f"a {side} order of {float(value)!r}"
                allowed = f"more than {float(least)!r} (thresholds)"
                wrong.append(case.says(found, allowed, symbol=symbol))
    return wrong

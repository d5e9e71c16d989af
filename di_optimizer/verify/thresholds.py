# SPDX-License-Identifier: Apache-2.0
"""Shares of NAV between which a position is left alone, in exact fractions."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.exact import exact
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.limit_checks import must_leave, rules_on

NONE = Fraction(0)


def ends(case: Case, symbol: str) -> tuple[Fraction, Fraction] | None:
    """Return the tightest range of a symbol; None where it has no maximum above 0.

    What has to leave, as a position or by a lot, has none.
    """
    rules = rules_on(case, symbol)
    highs = [r.value for r in rules if r.kind == "threshold_max" and r.value]
    if not highs or must_leave(case, symbol, rules):
        return None
    due = {r.lot_id for r in case.rules if r.kind == "sell_lot"}
    if any(t.symbol == symbol and t.lot_id in due for t in case.account.lots):
        return None
    lows = [r.value for r in rules if r.kind == "threshold_min" and r.value]
    low, high = max(lows, default=0.0), min(highs)
    return Fraction(exact(low)), Fraction(exact(high))


def left_alone(case: Case, books: Books, symbol: str) -> bool:
    """Return whether a position is inside of its range before trading."""
    found = ends(case, symbol)
    if found is None or books.nav <= 0:
        return False
    share = books.before.get(symbol, NONE) * books.prices.get(symbol, NONE) / books.nav
    return found[0] <= share <= found[1]


def least_money(case: Case, books: Books, symbol: str) -> tuple[Fraction, Fraction]:
    """Return what a purchase and a sale must be worth more than; below 0 is nothing."""
    found = ends(case, symbol)
    if found is None:
        return Fraction(-1), Fraction(-1)
    target = Fraction(exact(case.benchmark.get(symbol, 0.0)))
    return (target - found[0]) * books.nav, (found[1] - target) * books.nav

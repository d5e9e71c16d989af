# SPDX-License-Identifier: Apache-2.0
"""What the use of cash lets an account trade at all."""

from __future__ import annotations

from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.cash_checks import free_cash, least_of_trades
from di_optimizer.verify.cash_facts import closed_by_use, demand
from di_optimizer.verify.waiting import kept_by_use

INVEST, COVER = 'cash.use = "invest"', 'cash.use = "cover"'
SCOPE = 'cash.scope = "cash"'


def traded(case: Case, books: Books, side: str, why: str) -> list[str]:
    """Report every symbol of a side that may have no trade."""
    return [
        case.says(f"a {side}", f"none: {why}", symbol=symbol)
        for symbol in sorted(books.shares(side))
    ]


def check_use(case: Case, books: Books) -> list[str]:
    """Nothing is traded on a side that the use of cash closes."""
    cash = case.policy.cash
    if cash.use == "invest":
        return traded(case, books, "sell", INVEST)
    if cash.use == "cover":
        wrong = traded(case, books, "buy", COVER)
        return wrong + no_more(case, books, COVER, forced=True)
    sold = [s for s in books.shares("sell") if kept_by_use(case, s)]
    bought = [s for s in books.shares("buy") if closed_by_use(case, books, s)]
    return [
        case.says(f"a {side}", f"none: cash.use = {cash.use!r}", symbol=symbol)
        for side, symbols in (("sell", sold), ("buy", bought))
        for symbol in sorted(symbols)
    ]


def check_scope(case: Case, books: Books) -> list[str]:
    """Where only cash is rebalanced it is spent or raised, no more than it takes."""
    if case.policy.cash.scope != "cash":
        return []
    hedge = demand(case, books).hedge
    closed = {"": ("buy", "sell"), "low": ("buy",), "high": ("sell",)}[hedge]
    wrong = [w for side in closed for w in traded(case, books, side, SCOPE)]
    return wrong + (no_more(case, books, SCOPE) if hedge == "low" else [])


def no_more(case: Case, books: Books, why: str, *, forced: bool = False) -> list[str]:
    """Report sales that leave more cash than is missing, but for one tradable size.

    With ``forced`` they may all be such as rules demand: these are not looked at.
    """
    due = demand(case, books)
    if forced and any(r.kind in FORCING for r in case.account.rules(case.on)):
        return []
    most = max(due.low, due.start) + least_of_trades(case, books)
    left = free_cash(case, books)
    if not books.of("sell") or left <= most:
        return []
    found = f"cash {float(left)!r} after sales"
    return [case.says(found, f"at most {float(most)!r}: {why}")]


FORCING = {"no_hold", "sell_lot"}

# SPDX-License-Identifier: Apache-2.0
"""Cash of each currency after trading against its own range, to the cent a trade."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from di_optimizer.verify.books import Books, Entry
from di_optimizer.verify.case import Case
from di_optimizer.verify.cash_facts import number, spent

NONE, CENT = Fraction(0), Fraction(1, 100)


def paid_in(case: Case, symbol: str) -> str:
    """Return the currency that trades of a symbol move."""
    quote = case.market.quotes[symbol]
    return quote.paid_in or quote.currency


def check_currencies(case: Case, books: Books) -> list[str]:
    """No bucket ends outside of its range, nor below 0 without one."""
    rows, own = spent(case), case.account.currency
    foreign = {e.trade.symbol for e in books.entries}
    names = {c.currency for c in rows} | {paid_in(case, s) for s in foreign} | {own}
    wrong = []
    for name in sorted(names) if len(names) > 1 else ():
        held = [c for c in rows if c.currency == name]
        entries = [e for e in books.entries if paid_in(case, e.trade.symbol) == name]
        left = sum((Fraction(c.amount) for c in held), books.flow * (name == own))
        left += change(books, entries)
        lows = [c.minimum for c in held if c.minimum is not None]
        lows += [c.target for c in held if c.target is not None]
        highs = [c.maximum for c in held if c.maximum is not None]
        least = number(max(lows, default=0.0)) * books.nav
        slack = CENT * (len(entries) + 1)
        if left < least - slack:
            found = f"{float(left):.2f} of cash in {name} after trading"
            wrong.append(case.says(found, f"at least {float(least):.2f}"))
        if highs and left > number(min(highs)) * books.nav + slack:
            found = f"{float(left):.2f} of cash in {name} after trading"
            most = float(number(min(highs)) * books.nav)
            wrong.append(case.says(found, f"at most {most:.2f}"))
    return wrong


def change(books: Books, entries: Iterable[Entry]) -> Fraction:
    """Return by how much trades change cash, costs included and unrounded."""
    total, orders = NONE, set()
    for e in entries:
        sign = 1 if e.trade.side == "sell" else -1
        total += sign * Fraction(e.amount_due) if e.paid else NONE
        if e.charged:
            total -= e.cost
            orders.add((e.trade.symbol, e.trade.side))
    return total - len(orders) * books.ticket

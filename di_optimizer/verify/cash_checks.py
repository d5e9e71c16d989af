# SPDX-License-Identifier: Apache-2.0
"""Cash after trading against its range and what pays for purchases, to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from di_optimizer.exact import ZERO
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case, Claims, nearest_cent
from di_optimizer.verify.cash_facts import (
    NONE,
    demand,
    moved,
    number,
    share_of_sales,
    unrounded_cash,
)
from di_optimizer.verify.share_checks import grid


def excess_cash(case: Case, books: Books) -> Decimal:
    """Return the cash above its maximum, to the cent; 0 when inside.

    What is held back of sales and for moves of prices does not count.
    """
    due = demand(case, books)
    return max(nearest_cent(free_cash(case, books) - due.most), ZERO)


def free_cash(case: Case, books: Books) -> Fraction:
    """Return cash that nothing holds back: no move of prices, no share of sales."""
    due, money = demand(case, books), moved(case, books)
    covered = max(due.low - due.start, NONE)
    back = (1 - share_of_sales(case)) * (money.brought - covered)
    return due.start + money.against - back


def check_minimum(case: Case, books: Books) -> list[str]:
    """Cash is not below its minimum, not even by part of a cent."""
    due = demand(case, books)
    if books.cash_after - due.fenced >= due.low:
        return []
    found = f"cash {float(books.cash_after)!r} after trading"
    return [case.says(found, f"at least {float(due.low + due.fenced)!r}")]


def check_maximum(case: Case, books: Books, claims: Claims) -> list[str]:
    """Cash above its maximum is reported to the cent, and none is reported else."""
    excess, claimed = excess_cash(case, books), claims.cash_over_maximum
    if claimed.is_finite() and claimed == excess:
        return []
    found = f"{claimed} reported as cash over its maximum"
    return [case.says(found, f"{excess}, the cash over it after trading")]


def check_sale_share(case: Case, books: Books) -> list[str]:
    """Purchases are paid from spare cash and the share of sales that policy lets them.

    What is missing before trading is made up for by sales first.
    """
    share = share_of_sales(case)
    due, money = demand(case, books), moved(case, books)
    if share == 1 or money.bought == 0:
        return []
    spare = due.start - due.low
    paid = spare + share * money.brought
    if spare < 0:
        paid = share * (spare + money.brought)
    if money.bought <= paid:
        return []
    found = f"purchases of {float(money.bought)!r}, costs included"
    allowed = f"at most {float(paid)!r} (cash.use, cash.sale_share)"
    return [case.says(found, allowed)]


def check_price_move(case: Case, books: Books) -> list[str]:
    """Cash keeps its least where every price moves against its order."""
    due, money = demand(case, books), moved(case, books)
    left = due.start + money.against
    if case.policy.cash.price_move == 0 or left >= due.least:
        return []
    found = f"cash {float(left)!r} after adverse moves"
    return [case.says(found, f"at least {float(due.least)!r} (cash.price_move)")]


def drag_charge(case: Case, books: Books) -> float:
    """Return the price of cash above its target, of base; 0 during a withdrawal."""
    drag = case.policy.cash.drag
    if drag == 0 or books.flow < 0:
        return 0.0
    due = demand(case, books)
    above = unrounded_cash(books) - float(due.fenced + due.target)
    return drag * max(above, 0.0) / float(books.base)


def band(case: Case, symbol: str) -> Fraction:
    """Return the shares that a sale may be off by: a step, or a tenth of a cent's."""
    return max(
        grid(case, symbol), Fraction(1, 1000) / Fraction(case.market.price(symbol))
    )


def least_of_trades(case: Case, books: Books) -> Fraction:
    """Return the most that one order could not be made smaller by, money.

    The smallest tradable amount or order of what is traded, or the position where all
    of it is sold.
    """
    least = number(case.policy.trading.min_trade)
    found = NONE
    for side in ("buy", "sell"):
        for symbol, shares in books.shares(side).items():
            price = books.prices[symbol]
            part = max(band(case, symbol) * price, least)
            gone = side == "sell" and books.after[symbol] == 0
            found = max(found, part, shares * price if gone else NONE)
    return found + books.ticket + Fraction(len(books.entries) + 1, 100)

# SPDX-License-Identifier: Apache-2.0
"""A proportional withdrawal: one part fits every position, and nothing is bought."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.cash_checks import band
from di_optimizer.verify.cash_facts import demand, number
from di_optimizer.verify.cash_use_checks import no_more, traded
from di_optimizer.verify.limit_checks import (
    FORBIDS_SALES,
    lower_limits,
    rules_on,
)
from di_optimizer.verify.lot_checks import about_lots, barred
from di_optimizer.verify.waiting import divides, kept_by_use

WHY = 'cash.withdrawal = "proportional"'
SLACK = Fraction(1, 10**6)  # of a step
NONE = Fraction(0)


def check_proportion(case: Case, books: Books) -> list[str]:
    """Sales are within one tradable size of one part of what may be sold of each."""
    if not divides(case):
        return []
    due = demand(case, books)
    wrong = traded(case, books, "buy", WHY)
    if due.start >= due.low:
        return wrong + traded(case, books, "sell", WHY)
    return wrong + no_more(case, books, WHY) + _apart(case, books)


def _apart(case: Case, books: Books) -> list[str]:
    """Report two positions whose sales no common part explains."""
    sold, ranges = books.shares("sell"), {}
    for symbol, most in sorted(sellable_shares(case).items()):
        shares = sold.get(symbol, NONE)
        step = band(case, symbol) * (1 + SLACK)
        low, high = (
            (shares - step) / most,
            (shares + _above(case, books, symbol)) / most,
        )
        if shares == 0 or _at_limit(case, books, symbol, step):
            low = NONE
        if _at_limit(case, books, symbol, step):
            high = Fraction(1)
        ranges[symbol] = low, max(high, low)
    if not ranges:
        return []
    most_of = max(ranges, key=lambda s: ranges[s][0])
    least_of = min(ranges, key=lambda s: ranges[s][1])
    if ranges[most_of][0] <= ranges[least_of][1]:
        return []
    found = f"{float(ranges[most_of][0]):.4%} or more of {most_of} sold"
    allowed = f"as of {least_of}, at most {float(ranges[least_of][1]):.4%}: {WHY}"
    return [case.says(found, allowed)]


def _above(case: Case, books: Books, symbol: str) -> Fraction:
    """Return by how many shares a sale may be below its part.

    Nothing is sold where the part would be less than an order; leaving that position
    out raises the part of the others.
    """
    step = band(case, symbol) * (1 + SLACK)
    least = number(case.policy.trading.min_trade) / books.prices[symbol]
    if least == 0 or books.shares("sell").get(symbol, NONE) > 0:
        return step
    worth = {s: n * books.prices[s] for s, n in sellable_shares(case).items()}
    others = sum((worth.get(s, NONE) for s in books.shares("sell")), NONE)
    return (least + step) * (1 + worth[symbol] / others) if others else least + step


def sellable_shares(case: Case) -> dict[str, Fraction]:
    """Return the shares of each symbol's lots that may be sold, none left out."""
    kept = {lot.lot_id for _, lot in about_lots(case, "keep_lot")}
    found: dict[str, Fraction] = {}
    for lot in case.account.lots:
        worth = lot.shares * case.market.price(lot.symbol)
        if lot.lot_id in kept or barred(case, lot) or worth * 200 < 1:
            continue
        found[lot.symbol] = found.get(lot.symbol, NONE) + Fraction(lot.shares)
    return {s: n for s, n in found.items() if _may_be_sold(case, s)}


def _may_be_sold(case: Case, symbol: str) -> bool:
    fixed = {u.symbol for u in case.account.untraded}
    kinds = {rule.kind for rule in rules_on(case, symbol)}
    closed = kinds & FORBIDS_SALES or kept_by_use(case, symbol) or symbol in fixed
    return not closed and symbol in set(case.risk.symbols)


def _at_limit(case: Case, books: Books, symbol: str, step: Fraction) -> bool:
    """Return whether a lower limit of the weight leaves no further sale."""
    limits = lower_limits(case, symbol, rules_on(case, symbol))
    least = max(limit.weight for limit in limits) * float(books.nav / books.base)
    unit = float(step * books.prices[symbol] / books.base)
    return least > 0.0 and books.weights_after[symbol] - unit <= least

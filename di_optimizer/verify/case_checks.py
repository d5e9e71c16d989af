# SPDX-License-Identifier: Apache-2.0
"""Whether a case can be checked at all: nothing missing, repeated or not a number.

A case that fails here is refused before any figure is computed.
"""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal

from di_optimizer.account import Restriction
from di_optimizer.tax.term import Term
from di_optimizer.verify.case import Case, at_least_0, finite, positive, priced
from di_optimizer.verify.preference_terms import unpriced
from di_optimizer.verify.related_checks import related_problems
from di_optimizer.verify.year_checks import year_numbers, year_problems

CLOSING_KINDS = {"no_buy", "no_sell", "no_trade", "no_hold", "allow"}
LIMIT_KINDS = {"min", "max", "threshold_min", "threshold_max"}
TOTAL_KINDS = {"min_total", "max_total"}
LOT_KINDS = {"sell_lot", "keep_lot"}


def valued_symbols(case: Case) -> list[str]:
    """Return the symbols that count in NAV, sorted."""
    held = {lot.symbol for lot in case.account.lots}
    return sorted(held | {u.symbol for u in case.account.untraded if u.valued})


def check_lots(case: Case) -> list[str]:
    """Each lot once, with shares above 0 and a basis of at least 0."""
    lots = case.account.lots
    copies = Counter(lot.lot_id for lot in lots)
    wrong = [
        case.says(f"{count} lots of this id", "1", lot=lot_id)
        for lot_id, count in copies.items()
        if count > 1
    ]
    for lot in lots:
        place = {"symbol": lot.symbol, "lot": lot.lot_id}
        if not positive(lot.shares):
            wrong.append(case.says(f"{lot.shares} shares", "above 0", **place))
        if not at_least_0(lot.cost_basis):
            wrong.append(case.says(f"basis {lot.cost_basis}", "0 or more", **place))
    return wrong


def check_prices(case: Case) -> list[str]:
    """Each position that counts has a price for one share."""
    wrong = [
        case.says(
            "no usable price or spread", "a price above 0, spread >= 0", symbol=symbol
        )
        for symbol in valued_symbols(case)
        if not priced(case.market, symbol)
    ]
    for symbol in valued_symbols(case):
        security = case.market.securities.get(symbol)
        if security is not None and not positive(security.multiplier):
            found = f"multiplier {security.multiplier}"
            wrong.append(case.says(found, "above 0", symbol=symbol))
    return wrong


def check_numbers(case: Case) -> list[str]:
    """Cash and its limits, flows, untraded shares and rates are numbers."""
    account = case.account
    named: list[tuple[str, Decimal | float | None]] = []
    for cash in account.cash:
        named += [(f"cash of sleeve {cash.sleeve}", cash.amount)]
        named += [("minimum of cash", cash.minimum), ("maximum of cash", cash.maximum)]
    named += [(f"flow of {flow.on}", flow.amount) for flow in account.flows]
    named += [(f"untraded shares of {u.symbol}", u.shares) for u in account.untraded]
    named += [(f"{term.value}-term rate", account.tax_rate(term)) for term in Term]
    return [
        case.says(f"{name} {number}", "a finite number")
        for name, number in named
        if number is not None and not finite(number)
    ]


def check_currency(case: Case) -> list[str]:
    """Prices are in the currency of the account, and cash has a rate to it."""
    quotes = [case.market.quotes.get(symbol) for symbol in valued_symbols(case)]
    rated = set(case.market.rates)
    found = {cash.currency for cash in case.account.cash} - rated
    found |= {quote.currency for quote in quotes if quote is not None}
    return [
        case.says(f"money in {currency}", f"{case.account.currency} only")
        for currency in sorted(found - {case.account.currency})
    ]


def check_benchmark(case: Case) -> list[str]:
    """Weights are at least 0 and sum to 1."""
    weights = case.benchmark
    wrong = [
        case.says(f"benchmark weight {weight}", "0 or more", symbol=symbol)
        for symbol, weight in weights.items()
        if not weight >= 0
    ]
    total = sum(weights.values())
    if not abs(total - 1) <= 1e-9:
        wrong.append(case.says(f"benchmark weights sum to {total!r}", "1"))
    return wrong


def check_exposures(case: Case) -> list[str]:
    """Each weight has exposures, unless policy holds what has none."""
    if case.policy.missing.exposure == "hold":
        return []
    known = set(case.risk.symbols)
    return [
        case.says("no exposures in the risk model", "exposures of each", symbol=symbol)
        for symbol in sorted(set(valued_symbols(case)) | set(case.benchmark))
        if symbol not in known
    ]


def readable(rule: Restriction) -> bool:
    """Return whether a restriction has one meaning here."""
    scopes = [rule.symbol, rule.sector, rule.group]
    if rule.kind in LOT_KINDS:
        return rule.lot_id is not None
    if rule.kind == "lock":
        return not any(scopes)
    if sum(s is not None for s in scopes) != 1:
        return False
    if rule.kind in CLOSING_KINDS:
        return True
    if rule.kind in TOTAL_KINDS and rule.symbol is not None:
        return False
    valued = rule.value is not None and math.isfinite(rule.value)
    return valued and rule.kind in LIMIT_KINDS | TOTAL_KINDS


def check_restrictions(case: Case) -> list[str]:
    """Each restriction is of a known kind, has one scope and, min and max, a value."""
    return [
        case.says(
            f"restriction {rule}",
            "a known kind, one of symbol, sector, group; a value for min and max, "
            "none for lock; a lot for sell_lot and keep_lot",
        )
        for rule in case.account.restrictions
        if not readable(rule)
    ]


def case_problems(case: Case) -> list[str]:
    """Return everything that keeps the case from being checked."""
    first = [
        *check_lots(case),
        *check_prices(case),
        *check_numbers(case),
        *check_currency(case),
        *check_benchmark(case),
        *check_exposures(case),
        *check_restrictions(case),
        *unpriced(case),
        *related_problems(case),
        *year_numbers(case),
    ]
    return first or year_problems(case)

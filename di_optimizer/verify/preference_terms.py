# SPDX-License-Identifier: Apache-2.0
"""Prices of drift, scores and future taxes, from the raw account and the trades.

Written from what the settings say, term by term and symbol by symbol.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from di_optimizer.policy import Score
from di_optimizer.risk.decomposition import TrackingError
from di_optimizer.tax.term import Term
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case


def active_weights(
    case: Case, books: Books, weights: Mapping[str, float]
) -> dict[str, float]:
    """Return weights less the benchmark's, of the symbols that have exposures."""
    target = target_weights(case, books)
    known = (weights.keys() | target.keys()) & set(case.risk.symbols)
    return {s: weights.get(s, 0.0) - target.get(s, 0.0) for s in sorted(known)}


def target_weights(case: Case, books: Books) -> dict[str, float]:
    """Return the benchmark's weights, fractions of base."""
    scale = float(books.nav / books.base)
    return {symbol: goal * scale for symbol, goal in case.benchmark.items()}


def tracking_price(case: Case, books: Books, after: TrackingError) -> float:
    """Return what tracking error and drift after trading are priced at, of base."""
    drift, gamma = case.policy.drift, case.policy.tracking.gamma
    risk = drift.factor * after.factor**2 + drift.specific * after.specific**2
    active = active_weights(case, books, books.weights_after)
    absolute = drift.absolute * sum(a * a for a in active.values())
    relative = sum(
        b * ((b + active[symbol]) / b - 1.0) ** 2
        for symbol, b in target_weights(case, books).items()
        if b > 0.0 and symbol in active
    )
    single = sum(
        price * exposure_to(case, name, active) ** 2
        for name, price in (drift.factors or {}).items()
    )
    return gamma * risk + absolute + drift.relative * relative + single


def exposure_to(case: Case, factor: str, active: Mapping[str, float]) -> float:
    """Return the active exposure to a factor of the risk model, as the model has it."""
    risk = case.risk
    column = risk.exposures[:, risk.factors.index(factor)]
    return sum(float(column[risk.position[s]]) * a for s, a in active.items())


def score_price(case: Case, books: Books) -> float:
    """Return the price of what trades change in scores, fraction of base.

    A score on purchases counts purchases, one on weights the change of weights.
    """
    found = 0.0
    for score in case.policy.scores:
        for entry in books.entries:
            bought = entry.trade.side == "buy"
            if bought or score.on == "weight":
                money = entry.amount if bought else -entry.amount
                number = number_in(case, score, entry.trade.symbol)
                found += score.price * number * float(money / books.base)
    return found


def number_in(case: Case, score: Score, symbol: str) -> float:
    """Return a symbol's number in a score's column; 0 where it is blank."""
    security = case.market.securities.get(symbol)
    return 0.0 if security is None else float(security.attributes.get(score.column, 0))


def later_tax(case: Case, books: Books) -> float:
    """Return the discounted tax on gains that today's losses turn into, of base.

    Less the tax that today's gains save then. What a wash sale disallows counts too.
    """
    future = case.policy.future
    if future.horizon is None or not case.taxable:
        return 0.0
    gains = sum((e.gain for e in books.entries), Fraction(0))
    rate = case.account.tax_rate(Term.LONG) * future.liquidation
    worth = rate / math.pow(1.0 + future.discount, future.horizon)
    return -case.policy.taxes.weight * worth * float(gains / books.base)


def preference_price(case: Case, books: Books) -> float:
    """Return the prices of scores and of future taxes, fraction of base."""
    return score_price(case, books) + later_tax(case, books)


def unpriced(case: Case) -> list[str]:
    """Return what the prices of a policy are on and the case does not have."""
    factors = set(case.policy.drift.factors or {}) - set(case.risk.factors)
    wrong = [
        case.says(f"a price on factor '{name}'", "factors of the risk model")
        for name in sorted(factors)
    ]
    for score in case.policy.scores:
        for symbol, security in sorted(case.market.securities.items()):
            value = security.attributes.get(score.column)
            if isinstance(value, str) or not math.isfinite(value or 0.0):
                found = f"{value!r} in the column '{score.column}'"
                wrong.append(case.says(found, "a finite number", symbol=symbol))
    return wrong

# SPDX-License-Identifier: Apache-2.0
"""Limits on totals as rows: sectors, countries, issuers, factors, beta, attributes.

Limits are fractions of NAV, the program's of base. Where a limit is about each group
or factor, an end that no plan can reach is left out. A hard limit on a group with
one security becomes a limit of that security's weight.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.errors import InputError, Problem
from di_optimizer.policy import Limit
from di_optimizer.program.draft import Draft
from di_optimizer.program.groups import Floats
from di_optimizer.program.limits import label
from di_optimizer.program.program import Program, Row
from di_optimizer.program.total_names import (
    ALL,
    Names,
    limit_name,
    limit_problems,
)
from di_optimizer.program.total_parts import Holdings, Total, summed, totals_of
from di_optimizer.restrictions import in_force

NONE = 1e-12  # a benchmark's total this small has no multiples but 0
ROOM = 1e-12  # of the limit: further out than rounding errors of sums
NOISE = 1e-12  # a weight this close to a limit is on it
USUAL = (0.01, 100.0)  # largest numbers that a row is not rescaled for
TOTAL_KINDS = ("min_total", "max_total")


@dataclass(frozen=True, kw_only=True)
class Band:
    """A total and its limits in its own unit, of a NAV of 1; ±inf for none.

    ``weight`` says that it is a sum of weights; ``one_of_all`` that its limit is
    about each group or factor.
    """

    total: Total
    name: str
    lower: float
    upper: float
    lower_name: str
    upper_name: str
    price: float = math.inf
    weight: bool = True
    one_of_all: bool = False

    @property
    def soft(self) -> bool:
        """Whether the limits may be missed at a price."""
        return math.isfinite(self.price)


def with_totals(draft: Draft) -> Program:
    """Return the program with ``policy.limits`` and restrictions on totals.

    Raises
    ------
    InputError
        With every column, group, factor and symbol that does not exist, and every
        multiple of a benchmark's total that is 0.
    """
    program, rows = draft.program, list[Row]()
    for band in bands_of(draft):
        if band.price == 0.0:
            continue
        single = _as_weight(draft, program, band)
        if single is not None:
            program = single
        elif (row := _row(draft, program, band)) is not None:
            rows.append(row)
    return replace(program, rows=(*program.rows, *rows))


def bands_of(draft: Draft) -> list[Band]:
    """Return every limited total of a job.

    Raises
    ------
    InputError
        As :func:`with_totals`.
    """
    limits, account = draft.job.policy.limits, draft.job.account
    if not limits and not any(r.kind in TOTAL_KINDS for r in account.restrictions):
        return []
    market, risk = draft.job.market, draft.job.risk
    symbols = {*market.securities, *market.quotes, *risk.symbols}
    file = f"policy of account '{account.account}'"
    names = Names(market, risk.factors, symbols)
    problems = [*limit_problems(limits, names, file)]
    if problems:
        raise InputError(problems)
    holdings = Holdings(draft=draft)
    bands = [
        band
        for number, limit in enumerate(limits, start=1)
        for band in _bands(holdings, number, limit)
    ]
    problems = [
        _no_multiple(band, file)
        for band in bands
        if math.isnan(band.lower) or math.isnan(band.upper)
    ]
    if problems:
        raise InputError(problems)
    return [*bands, *_demanded(holdings)]


def _bands(holdings: Holdings, number: int, limit: Limit) -> Iterator[Band]:
    for total in totals_of(holdings, limit):
        name = limit_name(number, limit, total.name)
        low = (limit.minimum, f"{name} minimum")
        high = (limit.maximum, f"{name} maximum")
        if limit.unit == "multiple" and total.benchmark < 0.0:
            low, high = high, low
        weight = limit.on not in ("factor", "beta") and bool(limit.name)
        yield Band(
            total=total,
            name=name,
            lower=_end(limit, total, low[0], -math.inf, weight),
            upper=_end(limit, total, high[0], math.inf, weight),
            lower_name=low[1],
            upper_name=high[1],
            price=math.inf if limit.price is None else limit.price,
            weight=weight,
            one_of_all=limit.name == ALL,
        )


def _end(
    limit: Limit, total: Total, value: float | None, none: float, weight: bool
) -> float:
    """Return one limit in the total's unit; nan for a multiple of nothing."""
    if value is None:
        return none
    if limit.unit == "active":
        return total.benchmark + value
    if limit.unit == "absolute":
        return value
    if not weight and abs(total.benchmark) <= NONE:
        return math.nan
    return value * total.benchmark


def _no_multiple(band: Band, file: str) -> Problem:
    return Problem(
        file=file,
        column=band.name,
        found="a multiple of the benchmark's total, which is 0",
        allowed='unit = "absolute" or "active" where the benchmark has none',
    )


def _demanded(holdings: Holdings) -> Iterator[Band]:
    """Yield the totals that restrictions limit."""
    job = holdings.draft.job
    for rule in in_force(job.account.restrictions, job.on):
        if rule.kind not in TOTAL_KINDS or rule.value is None:
            continue
        column = "sector" if rule.sector is not None else "wash_group"
        name = rule.group if rule.sector is None else rule.sector
        numbers = {s: 1.0 for s, v in holdings.values(column).items() if v == name}
        least = rule.kind == "min_total"
        yield Band(
            total=summed(holdings, "", numbers),
            name=label(rule),
            lower=rule.value if least else -math.inf,
            upper=math.inf if least else rule.value,
            lower_name=label(rule),
            upper_name=label(rule),
        )


def _as_weight(draft: Draft, program: Program, band: Band) -> Program | None:
    """Return the program with a group's hard limit as limits of its only member.

    None where the limit is no such limit, asks for a purchase (weights only ever
    stay or give way) or contradicts another limit of the weight.
    """
    i, total = band.total.single, band.total
    if i < 0 or band.soft or not band.weight:
        return None
    ends = [_scaled(end, draft.scale) for end in (band.lower, band.upper)]
    names = (band.lower_name, band.upper_name)
    low = max(float(program.lower[i]), ends[0] - total.outside)
    high = min(float(program.upper[i]), ends[1] - total.outside)
    if low > min(high, program.held[i] + NOISE):
        return None
    lower, upper = program.lower.copy(), program.upper.copy()
    lower_name, upper_name = [*program.lower_name], [*program.upper_name]
    symbol = draft.universe.symbols[i]
    if low > lower[i]:
        lower[i], lower_name[i] = low, f"{names[0]} on {symbol}"
    if high < upper[i]:
        upper[i], upper_name[i] = high, f"{names[1]} on {symbol}"
    return replace(
        program,
        lower=lower,
        upper=upper,
        lower_name=tuple(lower_name),
        upper_name=tuple(upper_name),
    )


def _row(draft: Draft, program: Program, band: Band) -> Row | None:
    """Return a total as a row; None where no plan can reach its limits."""
    total, lots = band.total, program.lots
    size = _size(total.each)
    each, outside = total.each / size, total.outside / size
    low, high = (_scaled(end, draft.scale / size) for end in (band.lower, band.upper))
    if band.one_of_all:
        least, most = _extremes(program, each, outside)
        low = -np.inf if least >= low - ROOM else low
        high = np.inf if most <= high + ROOM else high
    if np.isinf(low) and np.isinf(high):
        return None
    price = band.price * size
    return Row(
        name=band.name,
        buy=each,
        sell=-each[lots.security],
        offset=float(each @ program.held) + outside,
        lower=low,
        upper=high,
        lower_name=band.lower_name,
        upper_name=band.upper_name,
        lower_price=price if np.isfinite(low) else np.inf,
        upper_price=price if np.isfinite(high) else np.inf,
        lazy=True,
        unit=None if band.weight else size,
    )


def _scaled(end: float, scale: float) -> float:
    """Return a limit in other units; none stays none, whatever the scale."""
    return end if math.isinf(end) else end * scale


def _extremes(program: Program, each: Floats, outside: float) -> tuple[float, float]:
    """Return the least and the most that weights within their limits add up to."""
    ends = np.stack([each * program.lower, each * program.upper])
    least, most = ends.min(axis=0).sum(), ends.max(axis=0).sum()
    return float(least) + outside, float(most) + outside


def _size(each: Floats) -> float:
    """Return the power of ten that a row's numbers are divided by, mostly 1.

    Examples
    --------
    >>> _size(np.array([1.0, 0.0])), _size(np.array([3e11, 5.0])), _size(np.zeros(2))
    (1.0, 100000000000.0, 1.0)
    """
    largest = float(np.max(np.abs(each), initial=0.0))
    if largest == 0.0 or USUAL[0] <= largest <= USUAL[1]:
        return 1.0
    return float(10.0 ** math.floor(math.log10(largest)))

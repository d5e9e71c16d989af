# SPDX-License-Identifier: Apache-2.0
"""Tracking error against the size of an account, in whole and fractional shares.

Every portfolio found is tried at every point whose grid it is on: what 10,000 buy in
whole shares, 20,000 buy as well, and fractions of shares too. Where one grid is part
of another, what is proven of the finer one holds of the coarser.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
import pandas as pd

from di_optimizer.batch.progress import Progress, silent
from di_optimizer.compact.buying import best_of, bought, is_close
from di_optimizer.compact.certify import checked
from di_optimizer.compact.curve import BY_SIZE, Curve, CurvePoint
from di_optimizer.compact.options import unknown_members
from di_optimizer.compact.shares import Purse
from di_optimizer.compact.size_options import (
    SHARES,
    SIZES,
    SizeOptions,
    Trading,
    price_problems,
    size_problems,
    trading_problems,
)
from di_optimizer.errors import InputError
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.program.program import Floats
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.solve.registry import prepare

BP = 1e4
SAME = 1e-12  # relative: steps that fit into each other are whole multiples
FINEST_STEP = 0.999e-9  # of the account; more steps than that outgrow a float


@dataclass(frozen=True)
class _Found:
    """A point with its portfolio, if there is one, and what is proven of it."""

    point: CurvePoint
    purse: Purse
    weights: Floats | None
    bound: float


def te_vs_account_size(
    benchmark: Benchmark,
    risk: FactorRiskModel,
    prices: Mapping[str, float] | pd.Series[float],
    *,
    sizes: Sequence[float] = SIZES,
    progress: Progress = silent,
    **options: Unpack[SizeOptions],
) -> Curve:
    """Return the least tracking error of accounts that buy a benchmark from cash.

    No costs, no taxes, no lots: what is left is what sizes of trades and cash cost.

    Parameters
    ----------
    prices : mapping of symbol to price, or Series
        Of one share of every member, in the account's currency.
    sizes : sequence of float
        Of the accounts, in the same currency.
    progress : callable
        Called with the number of points done and in all.
    **options
        ``shares``, ``decimals``, ``max_cash``, ``gap``, ``nodes``, ``seconds``: see
        :class:`di_optimizer.compact.size_options.Trading`.

    Raises
    ------
    InputError
        With all problems at once.
    """
    trading = Trading(**options)
    problems = [
        *unknown_members(benchmark, risk),
        *price_problems(benchmark, prices),
        *size_problems(sizes),
        *trading_problems(trading),
    ]
    if problems:
        raise InputError(problems)
    prepare("auto")  # compiling is no part of the time
    wanted = list(_points(benchmark, risk, prices, sizes, trading))
    found: list[_Found] = []
    for point, purse in wanted:
        found.append(_solved(point, purse, found, trading))
        progress(len(found), len(wanted))
    points = tuple(_final(one, found, trading.gap) for one in found)
    return Curve(name=BY_SIZE, benchmark=benchmark.name, points=points)


def _points(
    benchmark: Benchmark,
    risk: FactorRiskModel,
    prices: Mapping[str, float] | pd.Series[float],
    sizes: Sequence[float],
    trading: Trading,
) -> Iterator[tuple[CurvePoint, Purse]]:
    """Yield the points to be solved, from small accounts to large ones."""
    symbols = tuple(benchmark.weights.index)
    exposures, specific = risk.loadings(symbols)
    price = np.array([float(prices[s]) for s in symbols])
    for shares in (kind for kind in SHARES if kind in trading.shares):
        for size in sorted({float(size) for size in sizes}):
            purse = Purse(
                exposures=exposures,
                specific=specific,
                target=benchmark.weights.to_numpy().astype(np.float64),
                step=_steps(price / size, trading.digits(shares)),
                most_cash=trading.max_cash,
            )
            yield CurvePoint(shares=shares, limit=None, size=size, status=""), purse


def _solved(
    point: CurvePoint, purse: Purse, known: Sequence[_Found], trading: Trading
) -> _Found:
    began = time.perf_counter()
    own = bought(purse, [one.weights for one in known], trading.effort)
    point = replace(
        point,
        status=own.status,
        seconds=time.perf_counter() - began,
        engine=own.engine,
    )
    return _Found(point, purse, own.weights, own.bound)


def _steps(share: Floats, digits: int) -> Floats:
    """Return the weight of the smallest amount that trades, (n,).

    Decimals worth less than a billionth of the account are not used.

    Examples
    --------
    >>> _steps(np.array([0.5, 1e-7]), 4).round(12).tolist()
    [5e-05, 1e-09]
    """
    used = np.full(len(share), digits)
    while True:
        step = share / 10.0**used
        fine = (step < FINEST_STEP) & (used > 0)
        if not fine.any():
            return step
        used = used - fine


def _final(one: _Found, every: Sequence[_Found], gap: float) -> CurvePoint:
    """Return a point with the best portfolio and the best bound of all points."""
    best = best_of(one.purse, [other.weights for other in every])
    if best is None:
        return one.point
    bound = max(other.bound for other in every if _finer(other, one))
    variance = one.purse.variance(best)
    bound = checked(bound, variance)
    return replace(
        one.point,
        status="solved" if is_close(bound, variance, gap) else "limit",
        te_bp=math.sqrt(variance) * BP,
        bound_bp=math.sqrt(bound) * BP,
        names=int(np.sum(best > 0.0)),
        cash=max(1.0 - float(best.sum()), 0.0),
    )


def _finer(other: _Found, one: _Found) -> bool:
    """Return whether every portfolio of ``one`` is on the grid of ``other``."""
    ratio = one.purse.step / other.purse.step
    several = np.rint(ratio)
    return bool(np.all((several >= 1.0) & (np.abs(ratio - several) <= SAME * ratio)))

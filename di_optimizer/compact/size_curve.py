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
from typing import TypedDict, Unpack

import numpy as np
import pandas as pd

from di_optimizer.batch.progress import Progress, silent
from di_optimizer.compact.certify import (
    CLOSEST,
    best_bound,
    checked,
    gamma_of,
    share_missing,
)
from di_optimizer.compact.curve import BY_SIZE, FRACTIONAL, WHOLE, Curve, CurvePoint
from di_optimizer.compact.options import Limits, numbers, unknown_members
from di_optimizer.compact.shares import Purse, plain_plan, program_of
from di_optimizer.errors import InputError, Problem
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.program.program import Floats, Program
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Leaf, Settings, Solution, Status
from di_optimizer.universe import nearest

BP = 1e4
SIZES = (1_000.0, 5_000.0, 10_000.0, 25_000.0, 50_000.0, 100_000.0, 1_000_000.0)
SHARES = (WHOLE, FRACTIONAL)
NODES = 50
SAME = 1e-12  # relative: steps that fit into each other are whole multiples
FINEST_STEP = 0.999e-9  # of the account; more steps than that outgrow a float
FINEST = 1e-5  # tracking error of a tenth of a bp: closer than that is not searched


class SizeOptions(TypedDict, total=False):
    """Keyword arguments of :func:`te_vs_account_size`: see :class:`Trading`."""

    shares: Sequence[str]
    decimals: int
    max_cash: float
    gap: float
    nodes: int | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Trading:
    """How accounts trade, and how far the search goes.

    Attributes
    ----------
    shares : sequence of str
        "whole", "fractional" or both.
    decimals : int
        Of a share, where fractions trade.
    max_cash : float
        Most cash that stays, fraction of the account.
    gap, nodes, seconds
        As in :class:`di_optimizer.compact.options.Limits`; None is 50 nodes.
    """

    shares: Sequence[str] = SHARES
    decimals: int = 4
    max_cash: float = 0.01
    gap: float = 0.01
    nodes: int | None = None
    seconds: float | None = None

    def digits(self, shares: str) -> int:
        """Return the decimals of a share that trade."""
        return 0 if shares == WHOLE else self.decimals

    @property
    def effort(self) -> Limits:
        """How far the search goes."""
        return Limits(gap=self.gap, nodes=self.nodes, seconds=self.seconds)


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
        :class:`di_optimizer.compact.size_curve.Trading`.

    Raises
    ------
    InputError
        With all problems at once.
    """
    trading = Trading(**options)
    problems = [
        *unknown_members(benchmark, risk),
        *_prices(benchmark, prices),
        *_sizes(sizes),
        *_trading(trading),
    ]
    if problems:
        raise InputError(problems)
    symbols = tuple(benchmark.weights.index)
    exposures, specific = risk.loadings(symbols)
    price = np.array([float(prices[s]) for s in symbols])
    target = benchmark.weights.to_numpy().astype(np.float64)
    chosen = [shares for shares in SHARES if shares in trading.shares]
    wanted = [(shares, size) for shares in chosen for size in sorted(set(sizes))]
    found: list[_Found] = []
    for shares, size in wanted:
        purse = Purse(
            exposures=exposures,
            specific=specific,
            target=target,
            step=_steps(price / float(size), trading.digits(shares)),
            most_cash=trading.max_cash,
        )
        blank = CurvePoint(shares=shares, limit=None, size=float(size), status="")
        start = _Found(blank, purse, None, 0.0)
        found.append(_solved(start, found, trading.effort))
        progress(len(found), len(wanted))
    points = tuple(_final(one, found, trading.gap) for one in found)
    return Curve(name=BY_SIZE, benchmark=benchmark.name, points=points)


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


def _solved(start: _Found, known: Sequence[_Found], limits: Limits) -> _Found:
    """Return a point with the best portfolio of its own search and those known."""
    began = time.perf_counter()
    purse = start.purse
    plain = plain_plan(purse)
    best = _best(purse, [plain, *(one.weights for one in known)])
    near = plain if best is None else best  # even with too much cash it is near
    variance = max(purse.variance(near), CLOSEST**2)
    gamma = gamma_of(variance)
    program = program_of(purse, gamma)
    share = 1.0 - (1.0 - limits.gap) ** 2
    settings = Settings(
        gap=gamma * max(share * variance, FINEST**2),
        nodes=NODES if limits.nodes is None else limits.nodes,
        seconds=limits.seconds,
    )
    warm = None if best is None else _warm(program, best)
    ended = engine("auto")(program, settings, warm)
    best = _best(purse, [best, ended.buys])
    bound = best_bound(program, ended.leaves, () if warm is None else warm.leaves)
    point = replace(
        start.point,
        status=str(ended.status) if best is None else "",
        seconds=time.perf_counter() - began,
        engine=ended.engine,
    )
    return replace(start, point=point, weights=best, bound=bound / gamma)


def _best(purse: Purse, plans: Sequence[Floats | None]) -> Floats | None:
    """Return the plan with the least variance of those on the grid."""
    fits = [plan for plan in plans if plan is not None and purse.keeps(plan)]
    return min(fits, key=purse.variance, default=None)


def _warm(program: Program, weights: Floats) -> Solution:
    none = np.zeros(0)
    active = weights - program.benchmark
    leaf = Leaf(
        factors=2.0 * program.gamma * (program.exposures.T @ active),
        rows=np.zeros(1),
        sides=np.zeros(program.n, dtype=np.int64),
    )
    return Solution(
        status=Status.LIMIT,
        engine="compact",
        buys=weights,
        sells=none,
        sides=np.ones(program.n, dtype=np.int64),
        modes=np.zeros(0, dtype=np.int64),
        objective=program.objective(weights, none),
        terms=program.terms(weights, none),
        leaves=(leaf,),
    )


def _final(one: _Found, every: Sequence[_Found], gap: float) -> CurvePoint:
    """Return a point with the best portfolio and the best bound of all points."""
    best = _best(one.purse, [other.weights for other in every])
    if best is None:
        return one.point
    bound = max(other.bound for other in every if _finer(other, one))
    variance = one.purse.variance(best)
    bound = checked(bound, variance)
    closed = share_missing(bound, variance) <= gap or variance - bound <= FINEST**2
    return replace(
        one.point,
        status="solved" if closed else "limit",
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


def _prices(
    benchmark: Benchmark, prices: Mapping[str, float] | pd.Series[float]
) -> Iterator[Problem]:
    """Yield every member without a price above 0."""
    known = dict(prices.items())
    for symbol in benchmark.weights.index:
        price = known.get(symbol)
        if price is None:
            hint = nearest(symbol, [str(s) for s in known])
            found = f"no price of '{symbol}'"
            yield Problem(
                file="prices", found=found, allowed="one of each member", todo=hint
            )
        elif not (math.isfinite(price) and price > 0.0):
            found = f"{price} of '{symbol}'"
            yield Problem(file="prices", found=found, allowed="a number above 0")


def _sizes(sizes: Sequence[float]) -> Iterator[Problem]:
    if not sizes:
        yield Problem(file="sizes", found="nothing", allowed="one size or more")
    for size in sizes:
        if not (math.isfinite(size) and size > 0.0):
            allowed = "a number above 0"
            yield Problem(file="sizes", found=str(size), allowed=allowed)


def _trading(trading: Trading) -> Iterator[Problem]:
    if not trading.shares:
        yield Problem(file="shares", found="nothing", allowed=" or ".join(SHARES))
    for shares in trading.shares:
        if shares not in SHARES:
            yield Problem(
                file="shares",
                found=f"'{shares}'",
                allowed=" or ".join(SHARES),
                todo=nearest(str(shares), SHARES),
            )
    if not 0 <= trading.decimals <= 9:
        found = str(trading.decimals)
        yield Problem(file="decimals", found=found, allowed="0 to 9")
    if not 0.0 <= trading.max_cash <= 1.0:
        found = str(trading.max_cash)
        yield Problem(file="max_cash", found=found, allowed="a fraction, 0 to 1")
    yield from numbers(trading.effort)

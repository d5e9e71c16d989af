# SPDX-License-Identifier: Apache-2.0
"""The public call: a benchmark and a risk model in, an index of few names out."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Unpack

import numpy as np
import pandas as pd

from di_optimizer.compact.certify import Proven, proven
from di_optimizer.compact.completion import at_share, mixed
from di_optimizer.compact.options import Holdings, Limits, Options, Wanted, fund_of
from di_optimizer.compact.result import CompactIndex, Completion
from di_optimizer.compact.task import Task
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.index.symbols import canonical
from di_optimizer.program.program import Floats
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.solve.registry import prepare

BP = 1e4


def compact(
    benchmark: Benchmark,
    risk: FactorRiskModel,
    *,
    names: int,
    method: str = "search",
    completion: Mapping[str, Holdings] | None = None,
    **options: Unpack[Options],
) -> CompactIndex:
    """Return a long-only index of at most ``names`` names that follows a benchmark.

    Parameters
    ----------
    benchmark : Benchmark
        What is followed; its members are what may be held.
    risk : FactorRiskModel
        It has to know every member.
    names : int
        Most names; a completion fund counts as one.
    method : str
        "search" (branch and bound from the best of the others), "greedy" (one name
        after another, weights solved each time), "l1" (reweighted charges), "top"
        (largest weights), "exact" (SCIP, an extra). All report the same bound.
    completion : mapping of one symbol to weights or a Benchmark, optional
        A fund that may be held besides and is looked through. Its share is searched,
        and the bound is for that share. ``max_weight`` does not apply to it.
    **options
        ``min_weight``, ``max_weight``, ``exclusions``, ``gap``, ``nodes``,
        ``seconds``: see :class:`di_optimizer.compact.options.Limits`.

    Raises
    ------
    InputError
        With all problems at once.

    Examples
    --------
    >>> model = FactorRiskModel(
    ...     symbols=("AAA", "BBB", "CCC"), factors=("market",),
    ...     exposures=[[1.0], [1.1], [0.9]], factor_covariance=[[0.04]],
    ...     specific_variance=[0.01, 0.02, 0.03])
    >>> three = Benchmark.from_weights({"AAA": 0.5, "BBB": 0.3, "CCC": 0.2}, name="3")
    >>> index = compact(three, model, names=2, method="greedy")
    >>> index.weights.round(4).to_dict()
    {'AAA': 0.6368, 'BBB': 0.3632}
    """
    limits = Limits(**options)
    wanted = Wanted(
        benchmark=benchmark,
        risk=risk,
        names=(names,),
        method=method,
        limits=limits,
        completion=completion,
    )
    wanted.require()
    prepare("auto")  # compiling is no part of the time
    started = time.perf_counter()
    if completion is None:
        task = task_of(wanted, names)
        proof = proven(task, method, limits)
        seconds = time.perf_counter() - started
        return result_of(wanted, names, task.symbols, proof, seconds)
    ((raw, holdings),) = completion.items()
    task, weights = with_fund(wanted, names, fund_of(raw, holdings))
    best = mixed(task, weights, method)
    proof = proven(at_share(task, weights, best.share), method, limits, best.found)
    fund = Completion(
        symbol=canonical(raw),
        share=best.share,
        weights=_above_zero(task.symbols, weights),
    )
    seconds = time.perf_counter() - started
    return result_of(wanted, names, task.symbols, proof, seconds, fund)


def task_of(wanted: Wanted, names: int) -> Task:
    """Return the arrays of an index without a completion fund."""
    symbols = tuple(wanted.benchmark.weights.index)
    exposures, specific = wanted.risk.loadings(symbols)
    excluded = wanted.excluded()
    return Task(
        symbols=symbols,
        exposures=exposures,
        specific=specific,
        target=wanted.benchmark.weights.to_numpy().astype(np.float64),
        allowed=np.array([s not in excluded for s in symbols], dtype=np.bool_),
        budget=1.0,
        names=names,
        least=wanted.limits.min_weight,
        most=wanted.limits.max_weight,
    )


def with_fund(wanted: Wanted, names: int, fund: Benchmark) -> tuple[Task, Floats]:
    """Return the arrays of benchmark and fund together, and the fund's weights."""
    members = wanted.benchmark.weights
    symbols = tuple(sorted({*members.index, *fund.weights.index}))
    exposures, specific = wanted.risk.loadings(symbols)
    open_to = set(members.index) - wanted.excluded()
    task = Task(
        symbols=symbols,
        exposures=exposures,
        specific=specific,
        target=np.array([float(members.get(s, 0.0)) for s in symbols]),
        allowed=np.array([s in open_to for s in symbols], dtype=np.bool_),
        budget=1.0,
        names=names,
        least=wanted.limits.min_weight,
        most=wanted.limits.max_weight,
    )
    return task, np.array([float(fund.weights.get(s, 0.0)) for s in symbols])


def result_of(
    wanted: Wanted,
    names: int,
    symbols: tuple[str, ...],
    proof: Proven,
    seconds: float,
    fund: Completion | None = None,
) -> CompactIndex:
    """Return the index of a proof; tracking error is the risk model's own."""
    held = _above_zero(symbols, proof.weights)
    notes = proof.notes
    if fund is not None:
        notes += (_fund_note(fund),)
    if fund is not None and fund.share > 0.0:
        held[fund.symbol] = fund.share
    weights = pd.Series(held, dtype=np.float64).sort_index()
    weights /= math.fsum(weights)
    index = weights.rename("weight").rename_axis("symbol")
    error = math.sqrt(proof.variance) * BP
    return CompactIndex(
        name=f"{wanted.benchmark.name} in {names}",
        as_of=wanted.benchmark.as_of,
        weights=index,
        limit=names,
        te_bp=error,
        bound_bp=min(math.sqrt(proof.bound) * BP, error),
        method=wanted.method,
        status="solved" if proof.closed else "limit",
        engine=proof.engine,
        nodes=proof.nodes,
        seconds=seconds,
        completion=fund if fund is not None and fund.share > 0.0 else None,
        notes=notes,
    )


def _fund_note(fund: Completion) -> str:
    if fund.share == 0.0:
        return (
            f"No share of {fund.symbol} that was tried does better than none; the "
            "bound is for indexes without it."
        )
    return f"The bound is for a share of {100.0 * fund.share:.2f} % of {fund.symbol}."


def _above_zero(symbols: tuple[str, ...], weights: Floats) -> dict[str, float]:
    pairs = zip(symbols, weights.tolist(), strict=True)
    return {symbol: weight for symbol, weight in pairs if weight > 0.0}

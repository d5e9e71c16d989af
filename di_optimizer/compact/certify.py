# SPDX-License-Identifier: Apache-2.0
"""The engine's part: a better index, and the least tracking error that is possible.

Whatever found the weights, the bound is what leaves of the search prove
(:mod:`di_optimizer.solve.proof`), recomputed from their multipliers.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from di_optimizer.compact.fit import Fit, fit
from di_optimizer.compact.heuristics import RULES, exchanged, gains_of
from di_optimizer.compact.options import NODES, SCIP_SECONDS, Limits
from di_optimizer.compact.task import Task, program_of
from di_optimizer.errors import VerificationError
from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Leaf, Settings, Solution, Status

OBJECTIVE = 0.01  # γ · variance is brought near this, where engines are at home
CLOSEST = 1e-4 / 1e4  # tracking error of a ten-thousandth of a bp is none
SLACK = 1e-9  # of tracking error: plans keep their limits up to rounding only
KEPT = 1e-9  # weight below which a name of the engine's plan is rounding


@dataclass(frozen=True, kw_only=True)
class Proven:
    """An index with its proof. Variances are annualised; ``weights`` (n,)."""

    weights: Floats
    variance: float
    bound: float
    closed: bool
    engine: str
    nodes: int
    seconds: float
    notes: tuple[str, ...] = ()


def proven(task: Task, method: str, limits: Limits, known: Fit | None = None) -> Proven:
    """Return the index that a method finds, and what is proven of it.

    Parameters
    ----------
    known : Fit, optional
        Weights within the task's limits; the methods that search never do worse.

    Raises
    ------
    VerificationError
        When the bound is above the variance that was found: a defect of ours.
    """
    started = time.perf_counter()
    best, notes = _first(task, method, known)
    if task.names < 1 or task.budget <= 0.0 or best.variance <= CLOSEST**2:
        return _trivial(best, time.perf_counter() - started)
    gamma = gamma_of(best.variance)
    program = program_of(task, gamma)
    if method == "exact":
        found = engine("exact")(program, _settings(best, gamma, method, limits))
        notes += _claims(found, gamma)
        best = _better(task, found, best)
    settings = _settings(best, gamma, method, limits)
    start = _warm(task, program, best)
    ended = engine("auto")(program, settings, start)
    if method == "search":
        best = _better(task, ended, best)
    bound = best_bound(program, ended.leaves, start.leaves)
    return Proven(
        weights=best.weights,
        variance=best.variance,
        bound=checked(bound / gamma, best.variance),
        closed=share_missing(bound / gamma, best.variance) <= limits.gap,
        engine=ended.engine,
        nodes=ended.nodes,
        seconds=time.perf_counter() - started,
        notes=notes,
    )


def best_bound(program: Program, *proofs: tuple[Leaf, ...]) -> float:
    """Return the best of what several sets of leaves prove, fraction of base.

    A variance is never below 0, whatever else is proven.
    """
    proven = [bound_of(program, leaves) for leaves in proofs if leaves]
    return max([0.0, *proven])


def rule(task: Task, method: str) -> Fit:
    """Return the weights of a method before any engine is asked."""
    if method in RULES:
        return RULES[method](task)
    starts = (exchanged(task, make(task)) for make in RULES.values())
    return min(starts, key=lambda found: found.variance)


def _first(task: Task, method: str, known: Fit | None) -> tuple[Fit, tuple[str, ...]]:
    if task.names < 1 or task.budget <= 0.0:
        return _nothing(task), ()
    best = rule(task, method)
    searches = method not in RULES
    if searches and known is not None and task.keeps(known.weights):
        start = exchanged(task, known)
        best = min((best, start), key=lambda found: found.variance)
    return best, ()


def _nothing(task: Task) -> Fit:
    """Return the index without any name of its own."""
    none = np.zeros(task.n)
    slope = np.zeros(task.n)
    return Fit(np.zeros(0, np.int64), none, slope, 0.0, task.variance(none))


def _trivial(best: Fit, seconds: float) -> Proven:
    """Return an index that nothing can improve on: the only one, or a copy."""
    only = not len(best.chosen)
    return Proven(
        weights=best.weights,
        variance=best.variance,
        bound=best.variance if only else 0.0,
        closed=True,
        engine="none",
        nodes=0,
        seconds=seconds,
    )


def gamma_of(variance: float) -> float:
    """Return the power of ten that brings the objective near :data:`OBJECTIVE`."""
    return float(10.0 ** round(math.log10(OBJECTIVE / variance)))


def _settings(best: Fit, gamma: float, method: str, limits: Limits) -> Settings:
    """Return how far the engine goes; a gap in tracking error is twice in variance."""
    nodes = limits.nodes
    if nodes is None:
        nodes = NODES if method == "search" else 0
    seconds = limits.seconds
    if method == "exact":
        seconds = seconds or SCIP_SECONDS
    share = 1.0 - (1.0 - limits.gap) ** 2
    gap = share * gamma * best.variance
    return Settings(gap=gap, nodes=nodes, seconds=seconds)


def _warm(task: Task, program: Program, best: Fit) -> Solution:
    """Return the weights as a solution to start from, with their multipliers."""
    gamma = program.gamma
    active = best.weights - task.target
    name = float(np.max(gains_of(task, best), initial=0.0))
    leaf = Leaf(
        factors=2.0 * gamma * (task.exposures.T @ active),
        rows=np.array([-gamma * best.price, gamma * name]),
        sides=np.zeros(task.n, dtype=np.int64),
    )
    objective = program.objective(best.weights, np.zeros(0))
    return Solution(
        status=Status.LIMIT,
        engine="compact",
        buys=best.weights,
        sells=np.zeros(0),
        sides=np.ones(task.n, dtype=np.int64),
        modes=np.zeros(0, dtype=np.int64),
        objective=objective,
        terms=program.terms(best.weights, np.zeros(0)),
        leaves=(leaf,),
    )


def _better(task: Task, found: Solution, best: Fit) -> Fit:
    """Return the engine's plan, its weights solved again, if it is the better one."""
    if found.buys is None:
        return best
    order = np.argsort(-found.buys, kind="stable")
    chosen = order[found.buys[order] > KEPT][: task.names]
    plan = exchanged(task, fit(task, chosen, start=np.maximum(found.buys, 0.0)))
    return plan if plan.variance < best.variance and task.keeps(plan.weights) else best


def _claims(found: Solution, gamma: float) -> tuple[str, ...]:
    """Say what an engine claims that brings no proof with it."""
    if found.bound is None:
        return (f"{found.engine} ended as {found.status}",)
    claimed = math.sqrt(max(found.bound, 0.0) / gamma) * 1e4
    return (
        f"{found.engine} claims a bound of {claimed:.4f} bp within its tolerances, "
        "without a proof that could be recomputed",
    )


def share_missing(bound: float, variance: float) -> float:
    """Return how far the bound is from the tracking error, as a part of it."""
    return 1.0 - math.sqrt(max(min(bound / variance, 1.0), 0.0))


def checked(bound: float, variance: float) -> float:
    """Return the bound, which rounding may put above the variance by a hair.

    Raises
    ------
    VerificationError
    """
    if math.sqrt(bound) > math.sqrt(variance) * (1.0 + SLACK) + SLACK:
        raise VerificationError(
            f"the bound on the variance, {bound!r}, is above what was found, "
            f"{variance!r}"
        )
    return min(bound, variance)

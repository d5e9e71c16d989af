# SPDX-License-Identifier: Apache-2.0
"""Tracking error against the number of names.

An index of few names is also one of more, and what is proven of more names holds of
fewer: each point has the best of its own and the smaller indexes, and the bound of
its own and the larger ones. So both fall, whatever gaps a search leaves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np

from di_optimizer.batch.progress import Progress, silent
from di_optimizer.compact.api import BP, task_of
from di_optimizer.compact.certify import Proven, proven
from di_optimizer.compact.curve import ANY, BY_NAMES, Curve, CurvePoint
from di_optimizer.compact.fit import fit
from di_optimizer.compact.options import Limits, Options, Wanted
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.solve.registry import prepare

NAMES = (25, 50, 100, 200)


def te_vs_names(
    benchmark: Benchmark,
    risk: FactorRiskModel,
    *,
    names: Sequence[int] | None = None,
    method: str = "search",
    progress: Progress = silent,
    **options: Unpack[Options],
) -> Curve:
    """Return tracking error to a benchmark against the most names that are held.

    Parameters
    ----------
    names : sequence of int, optional
        Solved from few to many, each from the one before. Without them 25, 50, 100
        and 200, as far as there are members.
    method : str
        As in :func:`di_optimizer.compact`.
    progress : callable
        Called with the number of points done and in all.
    **options
        As in :func:`di_optimizer.compact`.

    Raises
    ------
    InputError
        With all problems at once.
    """
    limits = Limits(**options)
    wanted = Wanted(
        benchmark=benchmark,
        risk=risk,
        names=_usual(benchmark) if names is None else tuple(names),
        method=method,
        limits=limits,
    )
    wanted.require()
    prepare("auto")  # compiling is no part of the time
    counts = sorted(set(wanted.names))
    proofs: list[Proven] = []
    for done, count in enumerate(counts, start=1):
        task = task_of(wanted, count)
        known = None
        if proofs:
            known = fit(task, np.flatnonzero(proofs[-1].weights > 0.0))
        proof = proven(task, method, limits, known)
        if proofs and proofs[-1].variance < proof.variance:
            last = proofs[-1]
            proof = replace(proof, weights=last.weights, variance=last.variance)
        proofs.append(proof)
        progress(done, len(counts))
    points = _points(counts, _falling(proofs), limits.gap)
    notes = dict.fromkeys(note for proof in proofs for note in proof.notes)
    return Curve(
        name=BY_NAMES, benchmark=benchmark.name, points=points, notes=tuple(notes)
    )


def _usual(benchmark: Benchmark) -> tuple[int, ...]:
    """Return the numbers of names that are solved where none are asked for."""
    members = len(benchmark.weights)
    return tuple(n for n in NAMES if n < members) or (members,)


def _falling(proofs: Sequence[Proven]) -> list[Proven]:
    """Give each point the bound of all larger ones."""
    found: list[Proven] = []
    bound = 0.0
    for proof in reversed(proofs):
        bound = min(max(bound, proof.bound), proof.variance)
        found.insert(0, replace(proof, bound=bound))
    return found


def _points(
    counts: Sequence[int], proofs: Sequence[Proven], gap: float
) -> tuple[CurvePoint, ...]:
    return tuple(
        CurvePoint(
            shares=ANY,
            limit=count,
            size=None,
            status="solved" if _closed(proof, gap) else "limit",
            te_bp=math.sqrt(proof.variance) * BP,
            bound_bp=math.sqrt(proof.bound) * BP,
            names=int(np.sum(proof.weights > 0.0)),
            cash=0.0,
            seconds=proof.seconds,
            engine=proof.engine,
        )
        for count, proof in zip(counts, proofs, strict=True)
    )


def _closed(proof: Proven, gap: float) -> bool:
    return proof.closed or proof.bound >= (1.0 - gap) ** 2 * proof.variance

# SPDX-License-Identifier: Apache-2.0
"""What deviations are priced at: drift beside tracking variance, or instead of it.

Every price of ``drift`` is one of squares, so it is more of what the program has
already: specific variance of each security, factors with exposures. What is priced is
convex, whatever the prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from di_optimizer.errors import Problem
from di_optimizer.policy import Drift
from di_optimizer.program.job import Job
from di_optimizer.program.program import Floats, Program
from di_optimizer.program.te_cap import te_cap, with_te_cap
from di_optimizer.universe import Universe, nearest

NONE = Drift()


def unknown_factors(job: Job) -> Iterator[Problem]:
    """Yield a problem for each factor with a price that the risk model lacks."""
    known = job.risk.factors
    for name in sorted(set(job.policy.drift.factors or {}) - set(known)):
        yield Problem(
            file=f"policy of account '{job.account.account}'",
            column="drift.factors",
            found=f"unknown factor '{name}'",
            allowed="factors of the risk model",
            todo=nearest(name, known),
        )


def at_gamma(job: Job, universe: Universe, program: Program, gamma: float) -> Program:
    """Return the program with tracking variance and drift priced.

    Where policy has no price of drift that is γ alone. With one, F and d become those
    of the objective over γ, and ``measure`` keeps the true ones; at a γ of 0 they
    hold nothing but the prices of drift, for a γ of 1.

    Parameters
    ----------
    gamma : float
        Price of tracking variance, years.
    """
    drift = job.policy.drift
    if drift == NONE:
        return replace(program, gamma=gamma)
    true, most = program.true_risk, te_cap(program)
    unit = gamma if gamma > 0.0 else 1.0
    share = gamma / unit
    own = _squared(drift, program.benchmark[: program.securities])
    added = np.pad(own, (0, len(program.slacks)))
    columns = [true.exposures * np.sqrt(share * drift.factor)]
    columns.append(_factor_columns(job, universe, program) / np.sqrt(unit))
    priced = replace(
        program,
        gamma=unit,
        exposures=np.hstack(columns),
        specific=share * drift.specific * true.specific + added / unit,
        measure=true,
    )
    return with_te_cap(_without_zeros(priced), most)


def _squared(drift: Drift, benchmark: Floats) -> Floats:
    """Return the price of each security's squared active weight, (securities,).

    b·(x / b − 1)² = (x − b)² / b.
    """
    member = benchmark > 0.0
    relative = np.zeros(len(benchmark))
    relative[member] = drift.relative / benchmark[member]
    found: Floats = drift.absolute + relative
    return found


def _factor_columns(job: Job, universe: Universe, program: Program) -> Floats:
    """Return exposures to the priced factors times the roots of their prices."""
    risk, prices = job.risk, job.policy.drift.factors or {}
    chosen = [(risk.factors.index(name), prices[name]) for name in sorted(prices)]
    numbers = [number for number, price in chosen if price > 0.0]
    roots = np.sqrt([price for _, price in chosen if price > 0.0])
    rows = risk.rows(universe.symbols)
    found = risk.exposures[np.ix_(rows, np.array(numbers, dtype=np.intp))] * roots
    padded: Floats = np.pad(found, ((0, len(program.slacks)), (0, 0)))
    return padded


def _without_zeros(program: Program) -> Program:
    """Return the program without factors that no security has."""
    used = np.any(program.exposures != 0.0, axis=0)
    return with_a_factor(replace(program, exposures=program.exposures[:, used]))


def with_a_factor(program: Program) -> Program:
    """Return the program with a factor that does nothing if it has none.

    Conic solvers take no sum over nothing.
    """
    if program.exposures.shape[1]:
        return program
    return replace(program, exposures=np.zeros((program.n, 1)))

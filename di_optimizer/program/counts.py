# SPDX-License-Identifier: Apache-2.0
"""Limits of how many positions are held and how many orders are sent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from di_optimizer.errors import InputError, Problem
from di_optimizer.policy_checks import contradictions
from di_optimizer.program.job import Job
from di_optimizer.program.program import Program, Row
from di_optimizer.program.size_rules import can_leave
from di_optimizer.program.sizes import DUST
from di_optimizer.universe import Universe

MIN_NAMES = "counts.min_names"
MAX_NAMES = "counts.max_names"
MAX_TRADES = "counts.max_trades"
SECTIONS = ("counts.", "trading.")


def count_rows(job: Job, universe: Universe, lots: int) -> tuple[Row, ...]:
    """Return the rows that count names and trades, those that policy limits.

    Parameters
    ----------
    lots : int
        Number of lots of the program.
    """
    counts, n = job.policy.counts, len(universe)
    rows = []
    if counts.min_names is not None or counts.max_names is not None:
        row = Row(
            name="names",
            buy=np.zeros(n),
            sell=np.zeros(lots),
            names=np.ones(n),
            offset=float(names_outside(job, universe)),
            lower=_limit(counts.min_names, -np.inf),
            upper=_limit(counts.max_names, np.inf),
            lower_name=MIN_NAMES,
            upper_name=MAX_NAMES,
        )
        rows.append(row)
    if counts.max_trades is not None:
        row = Row(
            name="trades",
            buy=np.zeros(n),
            sell=np.zeros(lots),
            trades=np.ones(n),
            offset=0.0,
            lower=-np.inf,
            upper=float(counts.max_trades),
            lower_name="",
            upper_name=MAX_TRADES,
        )
        rows.append(row)
    return tuple(rows)


def _limit(count: int | None, none: float) -> float:
    return none if count is None else float(count)


def names_outside(job: Job, universe: Universe) -> int:
    """Return how many positions are held untraded outside of the program."""
    fixed = {u.symbol for u in job.account.untraded if u.shares > 0}
    return len(fixed - set(universe.symbols))


def check_counts(job: Job, program: Program, universe: Universe) -> None:
    """Refuse counts that this account cannot meet, whatever it trades.

    Raises
    ------
    InputError
        Naming each setting.
    """
    found = contradictions(job.policy, f"policy of account '{job.account.account}'")
    wrong = [p for p in found if (p.column or "").startswith(SECTIONS)]
    wrong += _out_of_reach(job, program, names_outside(job, universe))
    if wrong:
        raise InputError(wrong)


def _out_of_reach(job: Job, program: Program, outside: int) -> Iterator[Problem]:
    """Yield a problem for each count that positions and limits exclude."""
    counts, held = job.policy.counts, program.held > 0.0
    none = np.zeros(program.n) if program.sizes is None else program.sizes.least_held
    possible = (program.upper > 0.0) & (program.upper >= none - DUST)
    most = outside + int(np.sum(possible))
    if counts.min_names is not None and counts.min_names > most:
        allowed = f"at most {most}: no more securities can be held"
        yield _problem(job, MIN_NAMES, counts.min_names, allowed)
    stay = outside + int(np.sum(held & ~can_leave(program)))
    if counts.max_names is not None and counts.max_names < stay:
        allowed = f"at least {stay}: that many positions may not be sold"
        yield _problem(job, MAX_NAMES, counts.max_names, allowed)
    due = np.zeros(program.n)
    np.maximum.at(due, program.lots.security, program.lots.floor)
    forced = int(np.sum((due > DUST) | (program.upper < program.held - DUST)))
    if counts.max_trades is not None and counts.max_trades < forced:
        allowed = f"at least {forced}: that many positions have to be sold"
        yield _problem(job, MAX_TRADES, counts.max_trades, allowed)


def _problem(job: Job, setting: str, found: int, allowed: str) -> Problem:
    return Problem(
        file=f"policy of account '{job.account.account}'",
        column=setting,
        found=str(found),
        allowed=allowed,
    )

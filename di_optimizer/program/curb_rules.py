# SPDX-License-Identifier: Apache-2.0
"""The curbs that policy sets: risk of a part, largest weights, active share.

Limits of policy are fractions of NAV, those of curbs of base.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from di_optimizer.errors import InputError, Problem
from di_optimizer.policy import RiskLimit
from di_optimizer.program.curbs import ActiveCurb, Curb, RiskCurb, TopCurb
from di_optimizer.program.draft import Draft
from di_optimizer.program.groups import Flags, Floats, Ints
from di_optimizer.program.members import members_of
from di_optimizer.universe import nearest

BP = 1e4
TOP = "concentration.top_maximum"
ACTIVE = "concentration.active_share"


def curbs_of(draft: Draft) -> tuple[Curb, ...]:
    """Return the curbs of ``risk_limits`` and ``concentration``.

    Raises
    ------
    InputError
        With every factor that the risk model does not have, and every group without
        a security.
    """
    problems = [*_strangers(draft)]
    if problems:
        raise InputError(problems)
    limits = enumerate(draft.job.policy.risk_limits, start=1)
    risks = [_risk_curb(draft, number, limit) for number, limit in limits]
    return (*risks, *_concentration(draft))


def name_of(number: int, limit: RiskLimit) -> str:
    """Return what messages call a limit on risk; the first one has number 1.

    Examples
    --------
    >>> name_of(1, RiskLimit(on="sector", name="Energy", max_te_bp=40))
    'risk_limits[1] (sector Energy)'
    >>> name_of(2, RiskLimit(factors=("size", "value"), max_te_bp=40))
    'risk_limits[2] (size, value)'
    """
    where = [f"{limit.on} {limit.name}"] if limit.on else []
    return f"risk_limits[{number}] ({', '.join([*where, *limit.factors])})"


def _risk_curb(draft: Draft, number: int, limit: RiskLimit) -> RiskCurb:
    program, risk = draft.program, draft.job.risk
    inside = _inside(draft, limit)
    exposures, specific = risk.loadings(draft.universe.symbols)
    if limit.factors:
        exposures, specific = _of_factors(draft, limit), np.zeros(program.n)
    return RiskCurb(
        name=name_of(number, limit),
        exposures=np.where(inside[:, None], exposures, 0.0),
        specific=np.where(inside, np.sqrt(specific), 0.0),
        benchmark=program.benchmark,
        limit=limit.max_te_bp / BP * draft.scale,
        price=np.inf if limit.price is None else limit.price,
    )


def _inside(draft: Draft, limit: RiskLimit) -> Flags:
    """Return which securities' active weights count, (n,)."""
    if not limit.on:
        return np.ones(draft.program.n, dtype=np.bool_)
    return members_of(draft.job.market, draft.universe, limit.on, limit.name)


def _of_factors(draft: Draft, limit: RiskLimit) -> Floats:
    """Return exposures to some factors, times the root of their covariance, (n, m)."""
    risk = draft.job.risk
    rows, chosen = risk.rows(draft.universe.symbols), _numbers(risk.factors, limit)
    covariance = risk.factor_covariance[np.ix_(chosen, chosen)]
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    found: Floats = risk.calibration * risk.exposures[np.ix_(rows, chosen)] @ root
    return found


def _numbers(factors: tuple[str, ...], limit: RiskLimit) -> Ints:
    names = dict.fromkeys(limit.factors)
    return np.array([factors.index(name) for name in names], dtype=np.int64)


def _strangers(draft: Draft) -> Iterator[Problem]:
    """Yield a problem for each unknown factor, column and group."""
    known = draft.job.risk.factors
    for number, limit in enumerate(draft.job.policy.risk_limits, start=1):
        place = f"risk_limits[{number}]"
        for name in limit.factors:
            if name not in known:
                yield Problem(
                    file=f"policy of account '{draft.job.account.account}'",
                    column=f"{place}.factors",
                    found=f"unknown factor '{name}'",
                    allowed="factors of the risk model",
                    todo=nearest(name, known),
                )
        if limit.on and not _inside(draft, limit).any():
            yield Problem(
                file=f"policy of account '{draft.job.account.account}'",
                column=f"{place}.name",
                found=f"'{limit.name}', which no security has as its {limit.on}",
                allowed="a value of that column of the securities table",
            )


def _concentration(draft: Draft) -> Iterator[Curb]:
    wanted, program = draft.job.policy.concentration, draft.program
    if wanted.top_maximum is not None:
        out = set(wanted.top_exclude)
        members = np.array([s not in out for s in draft.universe.symbols], np.bool_)
        limit = wanted.top_maximum * draft.scale
        yield TopCurb(name=TOP, count=wanted.top, members=members, limit=limit)
    if wanted.active_share is not None:
        limit = wanted.active_share * draft.scale
        yield ActiveCurb(
            name=ACTIVE, benchmark=program.benchmark, count=program.n, limit=limit
        )

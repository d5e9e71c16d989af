# SPDX-License-Identifier: Apache-2.0
"""From an account to its program: the one place where domain objects become numbers.

Fractions refer to a recorded base: NAV after the due cash flow, or before it when
the flow takes out more than 90 % (so that a full withdrawal does not divide by 0).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.errors import InputError
from di_optimizer.program.arrays import (
    benchmark_weights,
    fixed_weights,
    futures_of,
    gains_of,
    half_spreads,
    held_weights,
    lot_arrays,
    ordered,
    prices_of,
    universe_of,
)
from di_optimizer.program.bill import Year, netting_of, planned_gains, year_of
from di_optimizer.program.bounds import bounds_of, breaches, names_of, postponed
from di_optimizer.program.budgets import Realisable, budget_rows, tax_row
from di_optimizer.program.cash import CashParts, cash_rows
from di_optimizer.program.cash_space import with_space
from di_optimizer.program.cash_task import cash_problems, cash_task, proportional
from di_optimizer.program.cash_use import with_use
from di_optimizer.program.counts import check_counts, count_rows
from di_optimizer.program.curb_rules import curbs_of
from di_optimizer.program.currencies import currency_rows
from di_optimizer.program.draft import Draft
from di_optimizer.program.futures import check_futures
from di_optimizer.program.group_modes import Choices, groups_of
from di_optimizer.program.job import Built, Job, base_of, value_of, worthless
from di_optimizer.program.lot_rules import LotRule, LotView, lot_rules, views_of
from di_optimizer.program.netting import Netting
from di_optimizer.program.own import with_own
from di_optimizer.program.preferences import with_preferences
from di_optimizer.program.program import Floats, LotArrays, Program, Row
from di_optimizer.program.proportion import with_proportion
from di_optimizer.program.size_rules import least_amounts, sizes_of
from di_optimizer.program.soft import softened
from di_optimizer.program.totals import with_totals
from di_optimizer.program.traits import traits_of
from di_optimizer.program.turnover import turnover_rows, within_volume
from di_optimizer.universe import Universe
from di_optimizer.wash_facts import WashFacts, wash_facts

BP = 1e4

__all__ = ["Built", "Job", "base_of", "build", "value_of"]


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What every part of a program is made from."""

    job: Job
    nav: Decimal
    base: Decimal
    universe: Universe
    views: tuple[LotView, ...]
    rules: tuple[LotRule, ...]
    facts: WashFacts
    planned: tuple[Fraction, Fraction]
    year: Year | None

    @property
    def scale(self) -> float:
        """NAV / base: 1, less after a large withdrawal, 0 when that takes it all."""
        return max(float(self.nav / self.base), 0.0)


def build(job: Job) -> Built:
    """Build the program of one account.

    Raises
    ------
    InputError
        When the account has nothing to invest (NAV at or below 0), or may trade
        futures that are taxed, or when the bill of the year is wanted and the
        taxpayer's filing status is unknown, or when no trades meet a limit of counts,
        or when policy names a sleeve or a symbol that there is not.
    InfeasibleError
        When what is demanded of lots contradicts itself or the wash-sale policy.
    """
    problems = [*cash_problems(job)]
    if problems:
        raise InputError(problems)
    job = with_use(job)
    parts = _parts(job)
    program, breached = _program(parts)
    program = _with_sizes(parts, _with_limits(parts, program))
    choices = Choices(
        job=job,
        program=program,
        universe=parts.universe,
        views=parts.views,
        rules=parts.rules,
        facts=parts.facts,
        traits=traits_of(job, parts.views, parts.facts),
        base=parts.base,
    )
    return Built(
        program=softened(replace(program, groups=groups_of(choices))),
        universe=parts.universe,
        lots=tuple(view.lot for view in parts.views),
        prices=prices_of(job, parts.universe),
        nav=parts.nav,
        base=parts.base,
        breached=breached,
        facts=parts.facts,
        year=parts.year,
    )


def _parts(job: Job) -> _Parts:
    nav = value_of(job.account, job.market)
    base = base_of(nav, job.account.flow_due(job.on))
    if base <= 0:
        raise InputError([worthless(job.account, nav)])
    views = views_of(ordered(job.account.lots), job)
    planned = planned_gains(job.related, job.planned)
    facts = wash_facts(
        job.account,
        market=job.market,
        policy=job.policy,
        related=job.related,
        planned=job.planned,
    )
    return _Parts(
        job=job,
        nav=nav,
        base=base,
        universe=universe_of(job),
        views=views,
        rules=lot_rules(job, views),
        facts=facts,
        planned=planned,
        year=year_of(job.account, job.policy.taxes, job.on, planned),
    )


def _program(parts: _Parts) -> tuple[Program, tuple[str, ...]]:
    """Return the program without groups, and the limits that are broken already."""
    job, universe = parts.job, parts.universe
    taxes = job.policy.taxes
    lots = lot_arrays(universe, parts.views, parts.rules, parts.base, taxes.weight)
    held = held_weights(job, universe, lots, parts.base)
    benchmark = benchmark_weights(job, universe) * parts.scale
    weights = held, benchmark, fixed_weights(job, universe, parts.views, parts.base)
    bounds = bounds_of(job, universe, weights, parts.scale, parts.facts)
    check_futures(job, universe, held, bounds)
    exposures, specific = job.risk.loadings(universe.symbols)
    cost = half_spreads(job, universe)
    program = Program(
        gamma=job.policy.tracking.gamma,
        exposures=exposures,
        specific=specific,
        benchmark=benchmark,
        held=held,
        lower=np.array([b.lower.weight for b in bounds]),
        upper=np.array([b.upper.weight for b in bounds]),
        lower_name=names_of(universe, [b.lower for b in bounds]),
        upper_name=names_of(universe, [b.upper for b in bounds]),
        buy_cost=cost,
        lots=lots,
        rows=(*_cash_rows(parts, lots, cost), *_budget_rows(parts, lots)),
        netting=_netting(parts),
        variance_cap=_variance_cap(parts),
    )
    return program, breaches(universe, bounds)


def _with_limits(parts: _Parts, program: Program) -> Program:
    """Return the program with limits on totals, turnover and risk, and preferences."""
    program = within_volume(_draft(parts, program))
    draft = _draft(parts, with_totals(_draft(parts, program)))
    rows = (*draft.program.rows, *turnover_rows(draft))
    program = replace(draft.program, rows=rows, curbs=curbs_of(draft))
    program = with_own(_draft(parts, program))
    return with_preferences(_draft(parts, program))


def _draft(parts: _Parts, program: Program) -> Draft:
    return Draft(
        job=parts.job,
        universe=parts.universe,
        program=program,
        views=parts.views,
        nav=parts.nav,
        base=parts.base,
        scale=parts.scale,
    )


def _cash_rows(parts: _Parts, lots: LotArrays, cost: Floats) -> Sequence[Row]:
    about = CashParts(
        job=parts.job,
        nav=parts.nav,
        base=parts.base,
        scale=parts.scale,
        lots=lots,
        buy_cost=cost,
        futures=futures_of(parts.job, parts.universe),
    )
    return (*cash_rows(about), *currency_rows(about, parts.universe))


def _with_sizes(parts: _Parts, program: Program) -> Program:
    """Return the program with the sizes and counts that policy and grids limit."""
    job, universe = parts.job, parts.universe
    sizes = sizes_of(job, program, universe, parts.base, parts.scale)
    rows = (*program.rows, *count_rows(job, universe, len(program.lots)))
    program = replace(program, sizes=sizes, rows=rows)
    check_counts(job, program, universe)
    program = _with_proportion(parts, program)
    waiting = postponed(job, universe, parts.facts, program.upper_name)
    return with_space(job, program, waiting)


def _with_proportion(parts: _Parts, program: Program) -> Program:
    """Return the program with the sales of a proportional withdrawal, if it is one."""
    job, universe = parts.job, parts.universe
    if not proportional(job):
        return program
    least = job.policy.trading.min_trade
    unit, order = (least_amounts(job, universe, parts.base, m) for m in (0.0, least))
    sizes = unit, order if least > 0.0 else 0.0 * unit
    return with_proportion(program, cash_task(job, parts.nav), float(parts.base), sizes)


def _netting(parts: _Parts) -> Netting | None:
    if parts.year is None:
        return None
    return netting_of(parts.year, parts.base, parts.job.policy.taxes)


def _variance_cap(parts: _Parts) -> float:
    most = parts.job.policy.tracking.max_te_bp
    return np.inf if most is None else (most / BP * parts.scale) ** 2


def _budget_rows(parts: _Parts, lots: LotArrays) -> Sequence[Row]:
    """Budgets of what sales realise; outside taxable accounts there is nothing.

    A limit on tax at flat rates is one of them; on the bill it is the bill's own.
    """
    if not parts.job.taxed:
        return ()
    person, taxes = parts.job.account.taxpayer, parts.job.policy.taxes
    short, long = Fraction(person.realised_short), Fraction(person.realised_long)
    realisable = Realisable(
        gain=gains_of(parts.views),
        long_term=lots.long_term,
        base=parts.base,
        realised=(short + parts.planned[0], long + parts.planned[1]),
        securities=len(parts.universe),
    )
    budgets = budget_rows(taxes.budgets, realisable)
    if taxes.max_tax is None or parts.year is not None:
        return budgets
    rates = (person.short_rate, person.long_rate)
    return (*budgets, tax_row(taxes.max_tax, realisable, rates))

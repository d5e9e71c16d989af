# SPDX-License-Identifier: Apache-2.0
"""The plan of a locked account: the only one there is, which trades nothing."""

from __future__ import annotations

from di_optimizer.claimed import case_of
from di_optimizer.errors import InputError
from di_optimizer.notes import untraded_notes
from di_optimizer.orders.unrealised import unrealised
from di_optimizer.plan import BP, Certificate, Plan
from di_optimizer.program.job import Job, base_of, value_of, worthless
from di_optimizer.rule_notes import lock_notes
from di_optimizer.verify import figures

NO_ENGINE = "none"


def locked_plan(job: Job) -> Plan:
    """Return the plan without trades: its objective is its bound.

    Limits do not matter to it: what is outside of one stays there.

    Raises
    ------
    InputError
        When the account is worth nothing.
    """
    nav = value_of(job.account, job.market)
    if base_of(nav, job.account.flow_due(job.on)) <= 0:
        raise InputError([worthless(job.account, nav)])
    found = figures(case_of(job), ())
    objective = found.objective * BP
    return Plan(
        account=job.account.account,
        on=job.on,
        status="solved",
        engine=NO_ENGINE,
        trades=(),
        orders=(),
        figures=found,
        certificate=Certificate(
            objective_bp=objective,
            bound_bp=objective,
            rounding_bp=0.0,
            rounding_te_bp=0.0,
        ),
        policy=job.policy,
        notes=(*lock_notes(job), *untraded_notes(job.account)),
        available_before=unrealised(job),
        available_after=unrealised(job, ()),
        cancels=job.account.cancelled,
        outstanding=job.account.outstanding,
    )

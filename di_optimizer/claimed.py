# SPDX-License-Identifier: Apache-2.0
"""What is checked of a plan: the raw facts of its job, and what it claims of itself."""

from __future__ import annotations

from di_optimizer.plan import BP, Plan
from di_optimizer.program.job import Job
from di_optimizer.verify import Case, Claims


def case_of(job: Job) -> Case:
    """Return what is checked, from the raw account."""
    return Case(
        account=job.account,
        market=job.market,
        benchmark=job.benchmark,
        risk=job.risk,
        policy=job.policy,
        on=job.on,
        related=job.related,
        planned=job.planned,
        volume_share=job.volume_share,
    )


def claims_of(plan: Plan) -> Claims:
    """Return what a plan claims of itself."""
    return Claims(
        objective=plan.certificate.objective_bp / BP,
        bound=plan.certificate.bound_bp / BP,
        cash_over_maximum=plan.cash_over_maximum,
        te_over_cap=plan.te_over_cap,
        relaxed=plan.relaxed,
    )

# SPDX-License-Identifier: Apache-2.0
"""Why an account has no plan, in account language."""

from __future__ import annotations

import math
from collections import Counter

from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.exact import cents_up, exact
from di_optimizer.own_terms.values import SETTING
from di_optimizer.program.job import Built, Job
from di_optimizer.program.program import MAX_TE
from di_optimizer.solve.solution import Conflict, Solution, Status

BP = 1e4
COUNTS = "counts."  # settings in positions or orders
RISK = "risk_limits"  # settings in tracking error
NEARLY = 1e-6  # a count this little above a whole number is that number
SHOWN = 12  # limits in conflict that a message names


def refusal(job: Job, built: Built, solution: Solution) -> Exception:
    """Return the error for a solution without a plan, in account language."""
    name = job.account.account
    if solution.status is not Status.INFEASIBLE:
        tries = Counter(f"{a.step}: {a.status}" for a in solution.attempts)
        tried = ", ".join(
            f"{text} ({n} times)" if n > 1 else text for text, n in tries.items()
        )
        return EngineError(
            f"account '{name}': {solution.engine} engine ended as "
            f"'{solution.status}' ({solution.message}; {tried})"
        )
    return InfeasibleError(_conflict_text(job, built, solution.conflicts))


def _conflict_text(job: Job, built: Built, conflicts: tuple[Conflict, ...]) -> str:
    """Name the limits in conflict, those of the whole account first.

    A group in conflict is named by the settings that it has modes for.
    """
    groups = {g.name: f"{job.mode_settings} in {g.name}" for g in built.program.groups}
    rows = {n for r in built.program.rows for n in (r.lower_name, r.upper_name)}
    ranked = sorted(conflicts, key=lambda c: c.name not in rows)
    alone = all(c.alone for c in conflicts)
    lines = [
        f"account '{job.account.account}': no trade list satisfies every limit. "
        + ("Relaxing any one of these is enough:" if alone else "Relax all of these:")
    ]
    lines += [
        f"  {groups.get(c.name, c.name)}: by {_amount(built, c)}"
        for c in ranked[:SHOWN]
    ]
    if len(ranked) > SHOWN:
        lines.append(f"  … or one of {len(ranked) - SHOWN} more")
    if any(c.name == "cash.minimum" for c in conflicts):
        lines.append("  (trading costs are paid from cash)")
    return "\n".join(lines)


def _amount(built: Built, conflict: Conflict) -> str:
    """Return by how much a limit has to give way: money, tracking error, a count."""
    if conflict.name.startswith(SETTING):
        return f"{conflict.amount:.4g}"
    if conflict.name.startswith(COUNTS):
        return f"{math.ceil(conflict.amount - NEARLY)}"
    if conflict.name == MAX_TE or conflict.name.startswith(RISK):
        return f"{conflict.amount * BP:.2f} bp of tracking error"
    unit = _unit(built, conflict.name)
    if unit is not None:
        return f"{conflict.amount * unit:.6g}"
    money = cents_up(exact(conflict.amount) * built.base)
    return f"{money:,} ({conflict.amount:.4%} of {built.base:,.2f})"


def _unit(built: Built, name: str) -> float | None:
    """Return the unit of a limit on a total that is no weight; None for any other."""
    for row in built.program.rows:
        if name in (row.lower_name, row.upper_name) and row.unit is not None:
            return row.unit * float(built.base) / max(float(built.nav), 1.0)
    return None


def unfit_text(job: Job, built: Built, broke: list[tuple[str, float]]) -> str:
    """Return what tradable sizes break wherever they are tried."""
    limits = ", ".join(
        f"{name} by {_amount(built, Conflict(name=name, amount=over, alone=True))}"
        for name, over in broke
    )
    return (
        f"account '{job.account.account}': no tradable sizes were found that keep "
        f"within every limit; the last ones break {limits}. Allow fractional shares, "
        "smaller blocks or wider limits"
    )

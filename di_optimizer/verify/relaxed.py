# SPDX-License-Identifier: Apache-2.0
"""Limits that a plan says gave way: whether they may, and by no more than it needs.

The checks are run on the account as it would be with the claims granted. Each claim
that is a little smaller has to fail.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from di_optimizer.eased import Asked, Relaxed
from di_optimizer.trades import Trade
from di_optimizer.verify.books import Books, open_books
from di_optimizer.verify.case import Case

LESS = 1e-3  # of a claim: a plan that passes with that much less claimed too much
TINY = 1e-7  # of a claim's unit, for claims that are next to nothing
HALVINGS = 24

Checks = Callable[[Case, Books], list[str]]


def granted(case: Case, relaxed: Relaxed) -> Case:
    """Return the case of an account that asks for less.

    Raises
    ------
    KeyError
        For a name that is no limit with an amount.
    """
    asked = Asked(case.policy, case.account).eased(dict(relaxed))
    return replace(case, policy=asked.policy, account=asked.account)


def claim_problems(case: Case, relaxed: Relaxed) -> list[str]:
    """Return what is wrong with claims whatever the trades: unasked for, unknown."""
    wrong, asked = [], Asked(case.policy, case.account)
    for name, amount in relaxed:
        if case.policy.conflict.plan != "nearest":
            allowed = 'none: conflict.plan is not "nearest"'
            wrong.append(case.says(f"{name} relaxed", allowed))
        elif asked.value(name) is None:
            wrong.append(case.says(f"{name} relaxed", "limits with an amount"))
        elif not (math.isfinite(amount) and amount > 0.0):
            wrong.append(case.says(f"{name} relaxed by {amount!r}", "more than 0"))
    return wrong


def too_much(
    case: Case, trades: Sequence[Trade], relaxed: Relaxed, checks: Checks
) -> list[str]:
    """Return the claims that the trades do not need in full."""
    return [
        case.says(f"{name} relaxed by {amount!r}", "no more than the trades need")
        for name, amount in relaxed
        if _passes(case, trades, _smaller(relaxed, name), checks)
    ]


def _smaller(relaxed: Relaxed, name: str) -> Relaxed:
    """Return claims with one of them a little smaller; a count by one."""
    step = 1.0 if name.startswith("counts.") else 0.0
    return tuple(
        (other, max(a * (1.0 - LESS) - max(step, TINY), 0.0) if other == name else a)
        for other, a in relaxed
    )


def needed_by(
    case: Case, trades: Sequence[Trade], relaxed: Relaxed, checks: Checks
) -> Relaxed:
    """Return the claims that trades need of those they were given, to a thousandth."""
    for name, amount in relaxed:
        if name.startswith("counts."):
            relaxed = _counted(case, trades, relaxed, name, checks)
            continue
        low, high = 0.0, amount
        if _passes(case, trades, _with(relaxed, name, 0.0), checks):
            high = 0.0
        for _ in range(HALVINGS if high else 0):
            middle = (low + high) / 2.0
            if _passes(case, trades, _with(relaxed, name, middle), checks):
                high = middle
            else:
                low = middle
        relaxed = _with(relaxed, name, high)
    return tuple((name, amount) for name, amount in relaxed if amount > 0.0)


def _counted(
    case: Case, trades: Sequence[Trade], relaxed: Relaxed, name: str, checks: Checks
) -> Relaxed:
    amount = dict(relaxed)[name]
    while amount > 0.0:
        less = _with(relaxed, name, amount - 1.0)
        if not _passes(case, trades, less, checks):
            break
        relaxed, amount = less, amount - 1.0
    return relaxed


def _with(relaxed: Relaxed, name: str, amount: float) -> Relaxed:
    return tuple((n, amount if n == name else a) for n, a in relaxed)


def _passes(
    case: Case, trades: Sequence[Trade], relaxed: Relaxed, checks: Checks
) -> bool:
    """Return whether trades pass with some claims granted."""
    eased = granted(case, relaxed)
    return not checks(eased, open_books(eased, trades))

# SPDX-License-Identifier: Apache-2.0
"""Settings that contradict each other, whatever the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from di_optimizer.errors import Problem
from di_optimizer.policy import Policy


def contradictions(policy: Policy, file: str, prefix: str = "") -> Iterator[Problem]:
    """Yield a problem for each pair of settings that cannot be met together.

    Examples
    --------
    >>> from di_optimizer.policy import Counts
    >>> policy = Policy(counts=Counts(max_names=9, min_names=10))
    >>> print(*contradictions(policy, "policy"))
    policy, column 'counts.min_names': found 10, above counts.max_names = 9; \
allowed: a minimum of at most the maximum
    """
    for low, high in _pairs(policy):
        least, most = _value(policy, low), _value(policy, high)
        if least is not None and most is not None and least > most:
            yield Problem(
                file=file,
                column=f"{prefix}{low}",
                found=f"{least:g}, above {prefix}{high} = {most:g}",
                allowed="a minimum of at most the maximum",
            )
    yield from _too_many(policy, file, prefix)


def _pairs(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield the names of settings of which the first may not be above the second."""
    for item in fields(policy):
        section = getattr(policy, item.name)
        names = {inner.name for inner in fields(section)} if _is_table(section) else ()
        if "minimum" in names and "maximum" in names:
            yield f"{item.name}.minimum", f"{item.name}.maximum"
    yield "counts.min_names", "counts.max_names"
    yield "trading.min_holding", "bounds.maximum"


def _is_table(section: object) -> bool:
    return is_dataclass(section) and not isinstance(section, type)


def _value(policy: Policy, name: str) -> float | None:
    section, _, setting = name.partition(".")
    value: float | None = getattr(getattr(policy, section), setting)
    return value


def _too_many(policy: Policy, file: str, prefix: str) -> Iterator[Problem]:
    """Yield a problem where that many least holdings are more than all of NAV."""
    least, names = policy.trading.min_holding, policy.counts.min_names or 0
    if names * least > 1.0:
        yield Problem(
            file=file,
            column=f"{prefix}counts.min_names",
            found=f"{names}, each of {prefix}trading.min_holding = {least:g} of NAV",
            allowed="as many as fit into NAV",
        )

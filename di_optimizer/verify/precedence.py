# SPDX-License-Identifier: Apache-2.0
"""Which restrictions are in force: of those about the same the most specific."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from di_optimizer.account import Restriction

CLOSES = ("no_buy", "no_sell", "no_trade", "no_hold", "allow")
OF_VALUE = ("min", "max", "threshold_min", "threshold_max", "min_total", "max_total")
WIDER = ("*", "model", "group", "account")  # heads of scopes, the last one wins


def rules_in_force(rules: Sequence[Restriction], on: date) -> tuple[Restriction, ...]:
    """Return what holds on a date, without what only lifts other rules.

    Rules on lots, locks and rules without a scope yield to nothing.
    """
    best: dict[tuple[object, ...], int] = {}
    active = [rule for rule in rules if rule.active(on)]
    for rule in active:
        if (about := contest(rule)) is not None:
            best[about] = max(best.get(about, 0), rank(rule))
    return tuple(
        rule
        for rule in active
        if rule.kind != "allow"
        if (about := contest(rule)) is None or rank(rule) == best[about]
    )


def rank(rule: Restriction) -> int:
    """Return how specific a rule is."""
    return WIDER.index(rule.scope.partition(":")[0])


def contest(rule: Restriction) -> tuple[object, ...] | None:
    """Return what a rule is about, if others may override it."""
    if not rule.scope or rule.kind not in CLOSES + OF_VALUE:
        return None
    what = "closing" if rule.kind in CLOSES else rule.kind
    return what, rule.symbol, rule.sector, rule.group

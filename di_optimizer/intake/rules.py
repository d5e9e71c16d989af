# SPDX-License-Identifier: Apache-2.0
"""Restriction rows as rules with their row number, and whether two of them meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from di_optimizer.intake.scopes import scope_of
from di_optimizer.intake.sheets import Sheet
from di_optimizer.restrictions import Restriction, in_force


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A row: whom it is about and what it says."""

    row: int
    account: str
    rule: Restriction

    @property
    def words(self) -> str:
        """What messages call it."""
        rule = self.rule
        about = rule.symbol or rule.sector or rule.group or rule.lot_id or rule.sleeve
        return f"{rule.kind} '{about}'" if about else rule.kind

    @property
    def limit(self) -> str:
        """Kind and value."""
        value = self.rule.value
        return self.rule.kind if value is None else f"{self.rule.kind} {value:g}"


def rules_of(sheet: Sheet) -> list[Rule]:
    """Return the rows as rules, in file order."""
    return [_rule(sheet, row, values) for row, values in sheet.records()]


def _rule(sheet: Sheet, row: int, values: dict[str, object]) -> Rule:
    account = str(values["account"])
    rule = Restriction(
        kind=str(values["kind"]),
        symbol=_text(values["symbol"]),
        sector=_text(values["sector"]),
        group=_text(values["group"]),
        lot_id=_text(values["lot_id"]),
        sleeve=_text(values["sleeve"]),
        value=values["value"],  # type: ignore[arg-type]
        start=values["from"],  # type: ignore[arg-type]
        end=values["until"],  # type: ignore[arg-type]
        by=values["by"],  # type: ignore[arg-type]
        scope=scope_of(account),
        source=f"{sheet.file}, row {row}",
    )
    return Rule(row=row, account=account, rule=rule)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def common_days(one: Rule, two: Rule) -> tuple[date, date]:
    """Return first and last day on which both hold; none where first > last."""
    starts = [r.rule.start or date.min for r in (one, two)]
    ends = [r.rule.end or date.max for r in (one, two)]
    return max(starts), min(ends)


def stand_together(one: Rule, two: Rule, rules: Sequence[Rule]) -> bool:
    """Return whether two of an account's rules are both in force on some day.

    What is in force grows only when a more specific rule ends: it is enough to look
    at the first common day and at those after the end of a rule.
    """
    first, last = common_days(one, two)
    if first > last:
        return False
    keys = {(r.rule.target, r.rule.family) for r in (one, two)}
    rivals = [r.rule for r in rules if (r.rule.target, r.rule.family) in keys]
    rivals += [r.rule for r in (one, two) if not r.rule.family]
    days = [first, *_days_after(rivals, first, last)]
    return any(
        all(any(r.rule is x for x in found) for r in (one, two))
        for found in (in_force(rivals, day) for day in days)
    )


def _days_after(
    rules: Iterable[Restriction], first: date, last: date
) -> Iterable[date]:
    for rule in rules:
        if rule.end is not None and first <= rule.end < last:
            yield rule.end + timedelta(days=1)

# SPDX-License-Identifier: Apache-2.0
"""Restriction rows to the rules of each account, checked against one another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain

from di_optimizer.account import Restriction
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.sheets import Sheet

EVERYONE = "*"
VALUED = ("min", "max")
OF_LOTS = ("sell_lot", "keep_lot")

Target = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A row: whom it binds and what it says."""

    row: int
    account: str
    rule: Restriction

    @property
    def target(self) -> Target:
        """Symbol, sector or group."""
        return self.rule.symbol, self.rule.sector, self.rule.group


def read_restrictions(
    sheet: Sheet, accounts: Collection[str], findings: Findings
) -> dict[str, tuple[Restriction, ...]]:
    """Return rules by account in file order; rows for ``*`` are everybody's."""
    rules = rules_of(sheet)
    for item in rules:
        _check(sheet, item, findings)
        _check_lot(sheet, item, findings)
    _check_contradictions(sheet, rules, findings)
    shared = [item for item in rules if item.account == EVERYONE]
    own: dict[str, list[Rule]] = {}
    for item in rules:
        if item.account != EVERYONE:
            own.setdefault(item.account, []).append(item)
    return {
        account: _in_order([*shared, *own.get(account, [])])
        for account in accounts
        if shared or account in own
    }


def rules_of(sheet: Sheet) -> list[Rule]:
    """Return the rows as rules, in file order."""
    return [_rule(sheet, row, values) for row, values in sheet.records()]


def _in_order(rules: list[Rule]) -> tuple[Restriction, ...]:
    return tuple(item.rule for item in sorted(rules, key=lambda item: item.row))


def _rule(sheet: Sheet, row: int, values: dict[str, object]) -> Rule:
    rule = Restriction(
        kind=str(values["kind"]),
        symbol=_text(values["symbol"]),
        sector=_text(values["sector"]),
        group=_text(values["group"]),
        lot_id=_text(values["lot_id"]),
        value=values["value"],  # type: ignore[arg-type]
        start=values["from"],  # type: ignore[arg-type]
        end=values["until"],  # type: ignore[arg-type]
        source=f"{sheet.file}, row {row}",
    )
    return Rule(row=row, account=str(values["account"]), rule=rule)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _check_lot(sheet: Sheet, item: Rule, findings: Findings) -> None:
    """Report rules on lots that name none, and lots in rules on something else."""
    rule = item.rule
    of_lot = rule.kind in OF_LOTS
    if of_lot and item.account == EVERYONE:
        allowed = "one account: lot ids are an account's own"
        findings.add(sheet.file, item.row, "account", found=EVERYONE, allowed=allowed)
    if of_lot and rule.lot_id is None:
        found = f"blank for '{rule.kind}'"
        allowed = "a lot of the account, and no symbol, sector or group"
        findings.add(sheet.file, item.row, "lot_id", found=found, allowed=allowed)
    if not of_lot and rule.lot_id is not None:
        found = f"'{rule.lot_id}' for '{rule.kind}'"
        allowed = "blank, and a symbol, sector or group"
        findings.add(sheet.file, item.row, "lot_id", found=found, allowed=allowed)


def _check(sheet: Sheet, item: Rule, findings: Findings) -> None:
    rule = item.rule
    if rule.kind in VALUED and rule.value is None:
        found, allowed = f"blank for '{rule.kind}'", "a number from 0 to 1"
        findings.add(sheet.file, item.row, "value", found=found, allowed=allowed)
    if rule.kind in VALUED and rule.symbol is None and rule.lot_id is None:
        column = "sector" if rule.sector is not None else "group"
        found = f"'{rule.kind}' for the {column} '{rule.sector or rule.group}'"
        allowed = "a symbol: limits on the total of a sector or group do not exist yet"
        findings.add(sheet.file, item.row, column, found=found, allowed=allowed)
    if rule.kind not in VALUED and rule.value is not None:
        found = f"{rule.value:g} for '{rule.kind}'"
        findings.add(sheet.file, item.row, "value", found=found, allowed="blank")
    if rule.start and rule.end and rule.start > rule.end:
        found = f"{rule.start}, after until {rule.end}"
        allowed = "a date up to until"
        findings.add(sheet.file, item.row, "from", found=found, allowed=allowed)


def _check_contradictions(sheet: Sheet, rules: list[Rule], findings: Findings) -> None:
    """Report a floor above a ceiling for one target on some common day."""
    ceilings: dict[Target, dict[str, list[Rule]]] = {}
    for item in rules:
        if _ceiling(item.rule) is not None:
            by_account = ceilings.setdefault(item.target, {})
            by_account.setdefault(item.account, []).append(item)
    for floor in rules:
        if floor.rule.kind != "min" or not floor.rule.value:
            continue
        for other in _rivals(floor, ceilings.get(floor.target, {})):
            limit = _ceiling(other.rule)
            if limit is not None and floor.rule.value > limit and meet(floor, other):
                findings.add(
                    sheet.file,
                    max(floor.row, other.row),
                    "kind",
                    found=f"min {floor.rule.value:g} in row {floor.row} against "
                    f"{_words(other.rule)} in row {other.row}",
                    allowed="a minimum that the other rule permits",
                )


def _rivals(floor: Rule, ceilings: dict[str, list[Rule]]) -> Iterable[Rule]:
    if floor.account == EVERYONE:
        return chain.from_iterable(ceilings.values())
    return chain(ceilings.get(EVERYONE, ()), ceilings.get(floor.account, ()))


def _ceiling(rule: Restriction) -> float | None:
    """Return the most that the rule lets one hold, None where it says nothing."""
    return 0.0 if rule.kind == "no_hold" else rule.value if rule.kind == "max" else None


def _words(rule: Restriction) -> str:
    return rule.kind if rule.value is None else f"{rule.kind} {rule.value:g}"


def meet(one: Rule, two: Rule) -> bool:
    """Return whether both rules hold on some day."""
    starts = [r.rule.start or date.min for r in (one, two)]
    ends = [r.rule.end or date.max for r in (one, two)]
    return max(starts) <= min(ends)

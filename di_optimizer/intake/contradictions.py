# SPDX-License-Identifier: Apache-2.0
"""Rules of one account that no plan can meet together, once the most specific won."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from di_optimizer.intake.findings import Findings
from di_optimizer.intake.rules import Rule, common_days, stand_together
from di_optimizer.intake.sheets import Sheet
from di_optimizer.market import Market, Security
from di_optimizer.restrictions import CLOSINGS, Target

PAIRS = (("threshold_min", "threshold_max"), ("min_total", "max_total"))


@dataclass(frozen=True)
class Clash:
    """Two rules against each other, in words."""

    one: Rule
    two: Rule
    found: str
    allowed: str

    @property
    def rows(self) -> tuple[int, int]:
        """Both rows."""
        return self.one.row, self.two.row


def report(sheet: Sheet, clashes: Iterator[Clash], findings: Findings) -> None:
    """Report each pair of rows once, at the later of them."""
    seen = set()
    for clash in clashes:
        if clash.rows not in seen:
            seen.add(clash.rows)
            row, found, allowed = max(clash.rows), clash.found, clash.allowed
            findings.add(sheet.file, row, "kind", found=found, allowed=allowed)


def clashes_of(rules: Sequence[Rule], market: Market) -> Iterator[Clash]:
    """Yield the contradictions among the rules of one account."""
    by_target: dict[Target, list[Rule]] = {}
    for item in rules:
        by_target.setdefault(item.rule.target, []).append(item)
    for floor in rules:
        if floor.rule.kind == "min" and floor.rule.value:
            for target in reached_by(floor.rule.symbol, market):
                yield from _floors(floor, by_target.get(target, ()))
    for about in by_target.values():
        yield from _pairs(about)
        yield from _lifted(about)


def reached_by(symbol: str | None, market: Market) -> tuple[Target, ...]:
    """Return every target of rules that reach a symbol."""
    security = market.securities.get(symbol or "", Security(symbol=symbol or ""))
    sector = ((None, security.sector, None),) if security.sector else ()
    group = ((None, None, security.wash_group),) if security.wash_group else ()
    return ((symbol, None, None), *sector, *group)


def _floors(floor: Rule, others: Sequence[Rule]) -> Iterator[Clash]:
    """Yield a floor above each ceiling that it meets."""
    least = floor.rule.value or 0.0
    for other in others:
        most = _ceiling(other)
        together = stand_together(floor, other, [floor, *others])
        if most is not None and least > most and together:
            found = f"min {least:g} in row {floor.row} against "
            found += f"{other.limit} in row {other.row}"
            yield Clash(floor, other, found, "a minimum that the other rule permits")


def _ceiling(item: Rule) -> float | None:
    """Return the most that the rule lets one hold, None where it says nothing."""
    if item.rule.kind == "no_hold":
        return 0.0
    return item.rule.value if item.rule.kind == "max" else None


def _pairs(rules: Sequence[Rule]) -> Iterator[Clash]:
    """Yield lower limits above upper limits of the same target."""
    for low, high in PAIRS:
        lowers = [r for r in rules if r.rule.kind == low]
        uppers = [r for r in rules if r.rule.kind == high]
        for one, two in ((one, two) for one in lowers for two in uppers):
            above = (one.rule.value or 0.0) > (two.rule.value or 0.0)
            ignored = high == "threshold_max" and not two.rule.value
            if above and not ignored and stand_together(one, two, rules):
                found = f"{one.limit} in row {one.row} against "
                found += f"{two.limit} in row {two.row}"
                yield Clash(one, two, found, f"a {low} of at most the {high}")


def _lifted(rules: Sequence[Rule]) -> Iterator[Clash]:
    """Yield what is forbidden and allowed for the same accounts at once."""
    lifts = [r for r in rules if r.rule.kind == "allow"]
    closings = [r for r in rules if r.rule.kind in CLOSINGS and r not in lifts]
    for lift, other in ((lift, other) for lift in lifts for other in closings):
        first, last = common_days(lift, other)
        if lift.account == other.account and first <= last:
            found = f"{lift.words} in row {lift.row} against "
            found += f"{other.rule.kind} in row {other.row}"
            yield Clash(lift, other, found, "one of the two: allow lifts wider rules")

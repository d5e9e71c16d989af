# SPDX-License-Identifier: Apache-2.0
"""Restriction rows to the rules of each account, each row checked by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from di_optimizer.account import Restriction
from di_optimizer.intake.contradictions import Clash, clashes_of, report
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.rules import Rule, rules_of
from di_optimizer.intake.scopes import Members
from di_optimizer.intake.sheets import Sheet
from di_optimizer.market import Market
from di_optimizer.restrictions import LOCK, LOT_KINDS, OWN

OF_SECURITIES = ("min", "max")
OF_TOTALS = ("min_total", "max_total")
VALUED = (*OF_SECURITIES, "threshold_min", "threshold_max", *OF_TOTALS)
TARGETS = ("symbol", "sector", "group", "lot_id")


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The rules of each account in file order; accounts without are absent."""

    rules: dict[str, tuple[Rule, ...]]

    def of(self, account: str) -> tuple[Restriction, ...]:
        """Return the restrictions of an account, in file order."""
        return tuple(item.rule for item in self.rules.get(account, ()))


def read_restrictions(
    sheet: Sheet, members: Members, market: Market, findings: Findings
) -> Ruling:
    """Return the rules of every account: its own and those about what it is in."""
    rules = rules_of(sheet)
    for item in rules:
        _check_target(sheet, item, findings)
        _check_lot(sheet, item, findings)
        _check_value(sheet, item, findings)
        _check_dates(sheet, item, findings)
    about: dict[str, list[Rule]] = {}
    for item in rules:
        about.setdefault(item.account, []).append(item)
    chosen: dict[tuple[str, ...], tuple[Rule, ...]] = {}
    found = {}
    for account, member in members.items():
        heads = tuple(head for head in member.scopes if head in about)
        if heads not in chosen:
            chosen[heads] = _in_order([r for head in heads for r in about[head]])
        if heads:
            found[account] = chosen[heads]
    report(sheet, _clashes(chosen.values(), market), findings)
    return Ruling(rules=found)


def _in_order(rules: list[Rule]) -> tuple[Rule, ...]:
    return tuple(sorted(rules, key=lambda item: item.row))


def _clashes(chosen: Collection[tuple[Rule, ...]], market: Market) -> Iterator[Clash]:
    for rules in chosen:
        yield from clashes_of(rules, market)


def _check_target(sheet: Sheet, item: Rule, findings: Findings) -> None:
    """Report rules that are about nothing or about two things."""
    values = {name: getattr(item.rule, name) for name in TARGETS}
    filled = [name for name, value in values.items() if value is not None]
    of_lock = item.rule.kind == LOCK
    if len(filled) != (0 if of_lock else 1):
        names = ", ".join(TARGETS)
        said = f" for '{LOCK}'" if of_lock else ""
        found = (" and ".join(filled) + " filled" if filled else "all blank") + said
        allowed = "none of them" if of_lock else f"exactly one of {names}"
        findings.add(sheet.file, item.row, names, found=found, allowed=allowed)
    if item.rule.sleeve is not None and not of_lock:
        found = f"'{item.rule.sleeve}' for '{item.rule.kind}'"
        allowed = f"blank, for all but '{LOCK}'"
        findings.add(sheet.file, item.row, "sleeve", found=found, allowed=allowed)
    _check_reach(sheet, item, findings)


def _check_reach(sheet: Sheet, item: Rule, findings: Findings) -> None:
    """Report limits of securities on totals, and of totals on securities."""
    rule = item.rule
    if rule.kind in OF_SECURITIES and (rule.sector or rule.group):
        column = "sector" if rule.sector is not None else "group"
        found = f"'{rule.kind}' for the {column} '{rule.sector or rule.group}'"
        allowed = "a symbol: min_total and max_total limit the total of a sector "
        findings.add(
            sheet.file, item.row, column, found=found, allowed=allowed + "or group"
        )
    if rule.kind in OF_TOTALS and rule.symbol is not None:
        found = f"'{rule.kind}' for the symbol '{rule.symbol}'"
        allowed = "a sector or group: min and max limit a symbol"
        findings.add(sheet.file, item.row, "symbol", found=found, allowed=allowed)


def _check_lot(sheet: Sheet, item: Rule, findings: Findings) -> None:
    """Report rules on lots that name none, and lots in rules on something else."""
    rule = item.rule
    of_lot = rule.kind in LOT_KINDS
    if of_lot and rule.scope != OWN:
        allowed = "one account: lot ids are an account's own"
        findings.add(
            sheet.file, item.row, "account", found=item.account, allowed=allowed
        )
    if of_lot and rule.lot_id is None and any(rule.target):
        found = f"blank for '{rule.kind}'"
        allowed = "a lot of the account, and no symbol, sector or group"
        findings.add(sheet.file, item.row, "lot_id", found=found, allowed=allowed)
    if not of_lot and rule.kind != LOCK and rule.lot_id is not None:
        found = f"'{rule.lot_id}' for '{rule.kind}'"
        allowed = "blank, and a symbol, sector or group"
        findings.add(sheet.file, item.row, "lot_id", found=found, allowed=allowed)


def _check_value(sheet: Sheet, item: Rule, findings: Findings) -> None:
    rule = item.rule
    if rule.kind in VALUED and rule.value is None:
        found, allowed = f"blank for '{rule.kind}'", "a number from 0 to 1"
        findings.add(sheet.file, item.row, "value", found=found, allowed=allowed)
    if rule.kind not in VALUED and rule.value is not None:
        found = f"{rule.value:g} for '{rule.kind}'"
        findings.add(sheet.file, item.row, "value", found=found, allowed="blank")


def _check_dates(sheet: Sheet, item: Rule, findings: Findings) -> None:
    rule = item.rule
    if rule.start and rule.end and rule.start > rule.end:
        found = f"{rule.start}, after until {rule.end}"
        allowed = "a date up to until"
        findings.add(sheet.file, item.row, "from", found=found, allowed=allowed)
    if rule.by is None:
        return
    if rule.kind != "no_hold":
        found, allowed = f"{rule.by} for '{rule.kind}'", "blank, for all but 'no_hold'"
        findings.add(sheet.file, item.row, "by", found=found, allowed=allowed)
    if rule.start and rule.start > rule.by:
        found, allowed = f"{rule.by}, before from {rule.start}", "a date from from on"
        findings.add(sheet.file, item.row, "by", found=found, allowed=allowed)
    if rule.end and rule.end < rule.by:
        found, allowed = f"{rule.by}, after until {rule.end}", "a date up to until"
        findings.add(sheet.file, item.row, "by", found=found, allowed=allowed)

# SPDX-License-Identifier: Apache-2.0
"""Rules on single lots and sleeves against the lots, and against the other rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from di_optimizer.intake.contradictions import Clash, reached_by, report
from di_optimizer.intake.findings import Findings, hints
from di_optimizer.intake.restrictions import Ruling
from di_optimizer.intake.rules import Rule, rules_of, stand_together
from di_optimizer.intake.sheets import Sheet
from di_optimizer.market import Market
from di_optimizer.restrictions import LOCK, LOT_KINDS, OWN

NO_SALE = ("no_sell", "no_trade")


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What rules on lots are checked against.

    Attributes
    ----------
    lots : mapping of (account, lot id) to (symbol, sleeve)
    untraded : collection of (account, symbol)
        Positions that policy holds as they are.
    """

    lots: Mapping[tuple[str, str], tuple[str, str]]
    untraded: Collection[tuple[str, str]]
    market: Market
    file: str


def holdings_of(
    lots: Sheet, untraded: Collection[tuple[str, str]], market: Market
) -> Holdings:
    """Return what rules on lots are checked against."""
    columns = ("account", "lot_id", "symbol", "sleeve")
    known = {(a, lot): (symbol, sl) for _, a, lot, symbol, sl in lots.rows(*columns)}
    return Holdings(lots=known, untraded=untraded, market=market, file=lots.file)


def check_lot_rules(
    sheet: Sheet, ruling: Ruling, holdings: Holdings, findings: Findings
) -> None:
    """Report unknown lots, and what is asked of lots that another rule forbids."""
    rows = rules_of(sheet)
    own = [r for r in rows if r.rule.kind in LOT_KINDS and r.rule.lot_id is not None]
    if not own:
        return
    own = [r for r in own if r.rule.scope == OWN]
    _check_known(sheet, own, holdings, findings)
    found = [r for r in own if (r.account, r.rule.lot_id) in holdings.lots]
    for sale in (r for r in found if r.rule.kind == "sell_lot"):
        _check_untraded(sheet, sale, holdings, findings)
    report(sheet, _clashes(found, ruling, holdings), findings)


def _check_known(
    sheet: Sheet, rules: Iterable[Rule], holdings: Holdings, findings: Findings
) -> None:
    for item in rules:
        lot = item.rule.lot_id or ""
        if (item.account, lot) in holdings.lots:
            continue
        own = [name for account, name in holdings.lots if account == item.account]
        findings.add(
            sheet.file,
            item.row,
            "lot_id",
            found=f"unknown lot '{lot}'",
            allowed=f"a lot of account '{item.account}' in {holdings.file}",
            todo=hints([lot], own)[lot],
        )


def _check_untraded(
    sheet: Sheet, sale: Rule, holdings: Holdings, findings: Findings
) -> None:
    symbol, _ = holdings.lots[sale.account, sale.rule.lot_id or ""]
    if (sale.account, symbol) in holdings.untraded:
        findings.add(
            sheet.file,
            sale.row,
            "lot_id",
            found=f"'{sale.rule.lot_id}' of {symbol}, which is held untraded",
            allowed="a lot that trades",
            todo="The notes and the missing settings say why it does not.",
        )


def _clashes(
    items: Iterable[Rule], ruling: Ruling, holdings: Holdings
) -> Iterator[Clash]:
    """Yield each rule on a lot with each rule against it on some common day."""
    for item in items:
        others = ruling.rules.get(item.account, ())
        for other in others:
            if _against(item, other, holdings) and stand_together(item, other, others):
                about = f"{item.rule.kind} '{item.rule.lot_id}' in row {item.row}"
                found = f"{about} against {other.words} in row {other.row}"
                what = "sale" if item.rule.kind == "sell_lot" else "lot"
                yield Clash(item, other, found, f"a {what} that the other rule permits")


def _against(item: Rule, other: Rule, holdings: Holdings) -> bool:
    """Return whether what is asked of a lot is what another rule forbids."""
    rule = other.rule
    symbol, sleeve = holdings.lots[item.account, item.rule.lot_id or ""]
    reached = rule.target in reached_by(symbol, holdings.market)
    if item.rule.kind == "keep_lot":
        return rule.kind == "no_hold" and reached
    if rule.kind == "keep_lot":
        return rule.lot_id == item.rule.lot_id
    if rule.kind == LOCK:
        return rule.sleeve in (None, sleeve)
    return rule.kind in NO_SALE and reached


def check_sleeves(
    sheet: Sheet, ruling: Ruling, tables: Iterable[Sheet], findings: Findings
) -> None:
    """Report locks of sleeves that none of the accounts they are about has."""
    locks = {r for rules in ruling.rules.values() for r in rules if r.rule.sleeve}
    if not locks:
        return
    pairs = {(a, s) for t in tables for _, a, s in t.rows("account", "sleeve")}
    sleeves: dict[str, set[str]] = {}
    for account, sleeve in pairs:
        sleeves.setdefault(account, set()).add(sleeve)
    for lock in sorted(locks, key=lambda item: item.row):
        about = [a for a, rules in ruling.rules.items() if lock in rules]
        known = set().union(*(sleeves.get(account, set()) for account in about))
        if lock.rule.sleeve not in known:
            findings.add(
                sheet.file,
                lock.row,
                "sleeve",
                found=f"unknown sleeve '{lock.rule.sleeve}'",
                allowed="a sleeve of the account's lots or cash",
                todo=hints([lock.rule.sleeve or ""], known)[lock.rule.sleeve or ""],
            )

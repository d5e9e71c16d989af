# SPDX-License-Identifier: Apache-2.0
"""Rules on single lots against the lots, and against the other rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from di_optimizer.account import Restriction
from di_optimizer.intake.findings import Findings, hints
from di_optimizer.intake.restrictions import EVERYONE, OF_LOTS, Rule, meet, rules_of
from di_optimizer.intake.sheets import Sheet
from di_optimizer.market import Market, Security

NO_SALE = ("no_sell", "no_trade")

Lots = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Context:
    """What rules on lots are checked against: symbols by (account, lot id)."""

    lots: Lots
    untraded: Collection[tuple[str, str]]
    market: Market


def check_lot_rules(
    sheet: Sheet,
    lots: Sheet,
    untraded: Collection[tuple[str, str]],
    market: Market,
    findings: Findings,
) -> None:
    """Report unknown lots, and sales that another rule or policy forbids.

    Parameters
    ----------
    untraded : collection of (account, symbol)
        Positions that policy holds as they are.
    """
    rules = rules_of(sheet)
    own = [r for r in rules if r.rule.kind in OF_LOTS and r.rule.lot_id is not None]
    if not own:
        return
    columns = ("account", "lot_id", "symbol")
    known = {(account, lot): symbol for _, account, lot, symbol in lots.rows(*columns)}
    context = Context(lots=known, untraded=untraded, market=market)
    _check_known(sheet, own, context, lots.file, findings)
    found = [r for r in own if (r.account, r.rule.lot_id) in known]
    sales = [r for r in found if r.rule.kind == "sell_lot"]
    for sale in sales:
        _check_untraded(sheet, sale, context, findings)
    for sale, other in _clashes(sales, rules, context):
        findings.add(
            sheet.file,
            max(sale.row, other.row),
            "kind",
            found=f"sell_lot '{sale.rule.lot_id}' in row {sale.row} against "
            f"{_words(other.rule)} in row {other.row}",
            allowed="a sale that the other rule permits",
        )


def _check_known(
    sheet: Sheet, rules: Iterable[Rule], context: Context, file: str, findings: Findings
) -> None:
    for item in rules:
        lot = item.rule.lot_id or ""
        if item.account == EVERYONE or (item.account, lot) in context.lots:
            continue
        own = [name for account, name in context.lots if account == item.account]
        findings.add(
            sheet.file,
            item.row,
            "lot_id",
            found=f"unknown lot '{lot}'",
            allowed=f"a lot of account '{item.account}' in {file}",
            todo=hints([lot], own)[lot],
        )


def _check_untraded(
    sheet: Sheet, sale: Rule, context: Context, findings: Findings
) -> None:
    symbol = context.lots[sale.account, sale.rule.lot_id or ""]
    if (sale.account, symbol) in context.untraded:
        findings.add(
            sheet.file,
            sale.row,
            "lot_id",
            found=f"'{sale.rule.lot_id}' of {symbol}, which is held untraded",
            allowed="a lot that trades",
            todo="The notes and the missing settings say why it does not.",
        )


def _clashes(
    sales: Iterable[Rule], rules: Iterable[Rule], context: Context
) -> list[tuple[Rule, Rule]]:
    """Return each sale of a lot with each rule against it on some common day."""
    against = [r for r in rules if r.rule.kind in (*NO_SALE, "keep_lot")]
    return [
        (sale, other)
        for sale in sales
        for other in against
        if other.account in (EVERYONE, sale.account)
        and meet(sale, other)
        and _forbids(other.rule, sale, context)
    ]


def _forbids(rule: Restriction, sale: Rule, context: Context) -> bool:
    if rule.kind == "keep_lot":
        return rule.lot_id == sale.rule.lot_id
    symbol = context.lots[sale.account, sale.rule.lot_id or ""]
    security = context.market.securities.get(symbol, Security(symbol=symbol))
    reached = (
        rule.symbol == symbol,
        rule.sector is not None and rule.sector == security.sector,
        rule.group is not None and rule.group == security.wash_group,
    )
    return any(reached)


def _words(rule: Restriction) -> str:
    about = rule.symbol or rule.sector or rule.group or rule.lot_id
    return f"{rule.kind} '{about}'"

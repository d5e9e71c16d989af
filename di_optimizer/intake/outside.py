# SPDX-License-Identifier: Apache-2.0
"""Holdings elsewhere that count in value and exposure and are never traded."""

from __future__ import annotations

from di_optimizer.account import Untraded
from di_optimizer.exact import exact
from di_optimizer.intake.findings import Findings, hints
from di_optimizer.intake.missing import HOLD, WAY_OUT, WORDS, Facts, refusal
from di_optimizer.intake.profiles import Profiles
from di_optimizer.intake.sheets import Sheet
from di_optimizer.market import Market

OUTSIDE = "outside holding"

Outside = dict[str, tuple[Untraded, ...]]


def read_outside(
    sheet: Sheet, facts: Facts, profiles: Profiles, market: Market, findings: Findings
) -> Outside:
    """Return what each account holds elsewhere, in file order.

    What has no price or exposure is refused, or held as ``policy.missing`` says.
    """
    held: dict[str, list[Untraded]] = {}
    columns = ("account", "symbol", "shares", "name")
    for row, account, symbol, count, name in sheet.rows(*columns):
        absent = facts.absent(symbol)
        profile = profiles[account]
        for lack in absent:
            if getattr(profile.missing, lack) != HOLD:
                _refuse(sheet, row, (lack, symbol), facts, findings)
        _check_units(sheet, row, symbol, (profile.currency, market), findings)
        reasons = [OUTSIDE + (f": {name}" if name else ""), *(WORDS[a] for a in absent)]
        found = Untraded(
            symbol=symbol,
            shares=exact(count),
            reason="; ".join(reasons),
            valued=symbol in facts.priced,
            closed=False,
        )
        held.setdefault(account, []).append(found)
    return {account: tuple(items) for account, items in held.items()}


def _refuse(
    sheet: Sheet, row: int, lack: tuple[str, str], facts: Facts, findings: Findings
) -> None:
    name, symbol = lack
    found, allowed = refusal(name, symbol, facts)
    hint = hints([symbol], facts.listed)[symbol] if name == "symbol" else ""
    todo = f"{hint} {WAY_OUT.format(name)}".strip()
    findings.add(sheet.file, row, "symbol", found=found, allowed=allowed, todo=todo)


def _check_units(
    sheet: Sheet, row: int, symbol: str, of: tuple[str, Market], findings: Findings
) -> None:
    """Report what is quoted in another currency than the account's."""
    currency, market = of
    quote = market.quotes.get(symbol)
    if quote is not None and quote.currency != currency:
        findings.add(
            sheet.file,
            row,
            "symbol",
            found=f"{symbol}, quoted in {quote.currency}",
            allowed=f"{currency}, the account's currency",
        )

# SPDX-License-Identifier: Apache-2.0
"""The lots table to the lots of each account, and what of them stays untraded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from di_optimizer.account import Untraded
from di_optimizer.exact import ZERO, exact
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.missing import Facts, Held, Position, held_positions
from di_optimizer.intake.profiles import Profiles
from di_optimizer.intake.sheets import Sheet, cells
from di_optimizer.market import Market
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.origins import holding_start_of

COLUMNS = (
    "lot_id",
    "symbol",
    "shares",
    "cost_basis",
    "acquired",
    "holding_start",
    "origin",
    "sleeve",
    "purchase",
    "replacement",
)


@dataclass(frozen=True)
class Holdings:
    """Lots and untraded positions by account; accounts without are absent."""

    lots: dict[str, tuple[Lot, ...]] = field(default_factory=dict)
    untraded: dict[str, tuple[Untraded, ...]] = field(default_factory=dict)


def read_lots(
    sheet: Sheet, facts: Facts, profiles: Profiles, market: Market, findings: Findings
) -> Holdings:
    """Return lots sorted by symbol, acquired and lot id, by account."""
    for column in ("acquired", "holding_start"):
        _check_not_after(sheet, column, market.on, findings)
    _check_currency(sheet, profiles, market, findings)
    _check_purchases(sheet, findings)
    held = held_positions(sheet, facts, profiles, findings)
    kept = _is_held(sheet, held)
    untraded = _untraded(sheet.keep(kept), held, facts, findings)
    traded = sheet.keep(~kept & sheet.frame["cost_basis"].notna())
    return Holdings(_lots_by_account(traded), untraded)


def _check_not_after(sheet: Sheet, column: str, on: date, findings: Findings) -> None:
    late = sheet.frame[column] > pd.Timestamp(on)
    for row, day in sheet.keep(late).rows(column):
        findings.add(
            sheet.file,
            row,
            column,
            found=f"{day}, after the rebalance date",
            allowed=f"a date up to {on}",
        )


def _check_purchases(sheet: Sheet, findings: Findings) -> None:
    """Report lots of one purchase of a security that differ in their date."""
    first: dict[tuple[str, str, str], tuple[int, date]] = {}
    named = sheet.keep(sheet.frame["purchase"].notna())
    columns = ("account", "symbol", "purchase", "acquired")
    for row, account, symbol, purchase, day in named.rows(*columns):
        start, bought = first.setdefault((account, symbol, purchase), (row, day))
        if day != bought:
            findings.add(
                sheet.file,
                row,
                "purchase",
                found=f"'{purchase}' for {symbol} acquired {day}",
                allowed=f"lots acquired {bought}, as in row {start}",
                todo="A purchase is of one day.",
            )


def _check_currency(
    sheet: Sheet, profiles: Profiles, market: Market, findings: Findings
) -> None:
    """Report each position that is quoted in another currency than its account."""
    currencies = {symbol: quote.currency for symbol, quote in market.quotes.items()}
    quoted = sheet.frame["symbol"].map(currencies)
    wanted = sheet.frame["account"].map(
        {account: profile.currency for account, profile in profiles.items()}
    )
    other = quoted.notna() & (quoted != wanted)
    once = ~sheet.frame[["account", "symbol"]].duplicated()
    for row, account, symbol in sheet.keep(other & once).rows("account", "symbol"):
        currency = profiles[account].currency
        findings.add(
            sheet.file,
            row,
            "symbol",
            found=f"{symbol}, quoted in {currencies[symbol]}",
            allowed=f"{currency}, the account's currency",
            todo="Accounts and prices need one currency; convert before.",
        )


def _is_held(sheet: Sheet, held: dict[Position, Held]) -> pd.Series:
    """Return which rows belong to untraded positions."""
    pairs = pd.MultiIndex.from_frame(sheet.frame[["account", "symbol"]])
    mask = pairs.isin(list(held)) if held else np.zeros(len(sheet.frame), dtype=bool)
    return pd.Series(mask, index=sheet.frame.index)


def _untraded(
    sheet: Sheet, held: dict[Position, Held], facts: Facts, findings: Findings
) -> dict[str, tuple[Untraded, ...]]:
    shares: dict[Position, Decimal] = dict.fromkeys(sorted(held), ZERO)
    for _, account, symbol, count in sheet.rows("account", "symbol", "shares"):
        shares[account, symbol] += exact(count)
    found: dict[str, list[Untraded]] = {}
    for (account, symbol), count in shares.items():
        reason, valued = held[account, symbol].text(), symbol in facts.priced
        outside = "" if valued else "; not counted in its value"
        findings.notes.append(
            f"account {account}: {count} shares of {symbol} held untraded: "
            f"{reason}{outside}"
        )
        found.setdefault(account, []).append(
            Untraded(symbol=symbol, shares=count, reason=reason, valued=valued)
        )
    return {account: tuple(items) for account, items in found.items()}


def _lots_by_account(sheet: Sheet) -> dict[str, tuple[Lot, ...]]:
    codes, accounts = pd.factorize(sheet.frame["account"])
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(accounts)), side="right")
    lots = _lots(sheet.frame.iloc[order])
    starts = [0, *ends.tolist()]
    return {
        account: tuple(sorted((next(lots) for _ in range(start, end)), key=_place))
        for account, start, end in zip(
            accounts.tolist(), starts, ends.tolist(), strict=False
        )
    }


def _place(lot: Lot) -> tuple[str, date, str]:
    return lot.symbol, lot.acquired, lot.lot_id


def _lots(frame: pd.DataFrame) -> Iterator[Lot]:
    columns = [cells(frame[name]) for name in COLUMNS]
    for lot_id, symbol, shares, basis, acquired, start, *rest in zip(
        *columns, strict=True
    ):
        origin, sleeve, purchase, replacement = rest
        yield Lot(
            lot_id=lot_id,
            symbol=symbol,
            shares=exact(shares),
            cost_basis=exact(basis),
            acquired=acquired,
            holding_start=holding_start_of(origin, acquired, start),
            origin=origin,
            sleeve=sleeve,
            purchase=purchase or "",
            replacement=replacement,
        )

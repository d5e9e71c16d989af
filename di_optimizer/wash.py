# SPDX-License-Identifier: Apache-2.0
"""Wash sales over a list of transactions: open lots, gains, replacements, a state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypedDict, Unpack

import pandas as pd

from di_optimizer.index.symbols import canonical
from di_optimizer.tables import write_tables
from di_optimizer.tables.source import Source
from di_optimizer.tax.form8949 import form_8949
from di_optimizer.tax.ledger import LedgerState, process
from di_optimizer.tax.ledger.frames import gains_frame, lots_frame, matches_frame
from di_optimizer.tax.ledger.read import Tables, read
from di_optimizer.tax.ledger.state_file import state_text


@dataclass(frozen=True, repr=False)
class WashSales:
    """What transactions come to. Money to the cent, shares to 9 decimals.

    Attributes
    ----------
    lots : DataFrame
        Open lots with adjusted ``cost_basis`` and ``holding_start``; a lots table.
    gains : DataFrame
        Each sold piece; on a resumed run also earlier rows that it has amended.
    matches : DataFrame
        Each replacement of shares sold at a loss, of this run.
    state : LedgerState
        What a later batch starts from.
    """

    lots: pd.DataFrame
    gains: pd.DataFrame
    matches: pd.DataFrame
    state: LedgerState

    def form_8949(self, year: int | None = None) -> pd.DataFrame:
        """Return the gains as rows of Form 8949, of one calendar year or of all."""
        return form_8949(self.gains, year=year)

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Write lots, gains, wash_sales and form_8949 as CSV, and state.json.

        All files or none; see :func:`di_optimizer.tables.write.write_tables`.
        """
        frames = {
            "lots": self.lots,
            "gains": self.gains,
            "wash_sales": self.matches,
            "form_8949": self.form_8949(),
        }
        write_tables(folder, frames, files={"state.json": state_text(self.state)})

    def __repr__(self) -> str:
        sums = self.gains[["gain", "disallowed", "reported", "lost"]].sum()
        return (
            f"WashSales(through={self.state.through}, lots={len(self.lots)}, "
            f"gains={len(self.gains)}, replacements={len(self.matches)}, "
            f"gain {sums['gain']:,.2f}, disallowed {sums['disallowed']:,.2f}, "
            f"lost {sums['lost']:,.2f}, reported {sums['reported']:,.2f})"
        )

    def __str__(self) -> str:
        parts = [repr(self)]
        for title, frame in (
            ("open lots", self.lots),
            ("gains", self.gains),
            ("replacements", self.matches),
        ):
            parts += ["", f"{title}:", _shown(frame)]
        return "\n".join(parts)


ROWS = 10  # of each table that are printed


def _shown(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "  none"
    filled = frame.dropna(axis="columns", how="all").head(ROWS)
    more = f"\n… and {len(frame) - ROWS} more" if len(frame) > ROWS else ""
    return filled.to_string(index=False, na_rep="") + more


class LedgerTables(TypedDict, total=False):
    """The tables that a ledger can use besides: each a path or a DataFrame."""

    accounts: Source | None
    securities: Source | None
    lots: Source | None
    actions: Source | None


def wash_sales(
    transactions: Source,
    *,
    relief: str | None = None,
    state: LedgerState | str | os.PathLike[str] | None = None,
    **tables: Unpack[LedgerTables],
) -> WashSales:
    """Account for wash sales, to the cent and the day, over all accounts given.

    Every table is a path (CSV, Parquet) or a DataFrame. Rows of one date are in the
    order of time. Losses in tax-deferred and exempt accounts count for nothing, but
    purchases there replace shares that the taxpayer's other accounts sold at a loss.

    Parameters
    ----------
    transactions : path or DataFrame
        account, symbol, date, side, shares, amount, [lot_id, purchase_order].
    relief : str, optional
        fifo, lifo or hifo: which lots go when a sale names none. Without it that of
        the state, or fifo.
    state : LedgerState or path of a state.json, optional
        Where an earlier run ended; everything given must be later, and accounts and
        securities are given again where that run had them.
    **tables
        All optional. ``accounts``: taxpayer and type of each account; without it each
        account is a taxable taxpayer of its own. ``securities``: which of them are
        substantially identical (wash_group). ``lots``: what was held before the first
        transaction; loss sales before it are not known: where there may be some,
        start with transactions of 30 days before. ``actions``: corporate actions; all
        of them take effect, each before the trades of its day.

    Raises
    ------
    InputError
        With every problem: cells, unknown accounts, rows of days already processed;
        when there are none of these, every sale of what is not held.

    References
    ----------
    IRC § 1091; Treas. Reg. § 1.1091-1, -2; IRS Publication 550, "Wash Sales".

    Examples
    --------
    >>> trades = pd.DataFrame(
    ...     [("A1", "X", "2024-01-02", "buy", 100, 1000),
    ...      ("A1", "X", "2024-03-01", "sell", 100, 750),
    ...      ("A1", "X", "2024-03-05", "buy", 100, 800)],
    ...     columns=["account", "symbol", "date", "side", "shares", "amount"])
    >>> result = wash_sales(trades)
    >>> result
    WashSales(through=2024-03-05, lots=1, gains=1, replacements=1, gain -250.00, \
disallowed 250.00, lost 0.00, reported 0.00)
    >>> result.lots[["cost_basis", "acquired", "holding_start"]].values.tolist()
    [[1050.0, Timestamp('2024-03-05 00:00:00'), Timestamp('2024-01-06 00:00:00')]]
    """
    given = read(
        Tables(
            transactions=transactions,
            relief=relief,
            state=state,
            spell=canonical,
            **tables,
        )
    )
    ledger = process(given.batch, given.state, given.setting)
    return WashSales(
        lots=lots_frame(ledger.lots),
        gains=gains_frame(ledger.gains),
        matches=matches_frame(ledger.matches),
        state=ledger.state,
    )

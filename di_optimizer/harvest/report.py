# SPDX-License-Identifier: Apache-2.0
"""What a harvest report holds, and its values as tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from di_optimizer.exact import ZERO, plain
from di_optimizer.harvest.calendar import Entry
from di_optimizer.harvest.candidates import Candidate, WindowState
from di_optimizer.harvest.deferrals import Gain
from di_optimizer.tables.write import write_tables
from di_optimizer.tax.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Available:
    """Unrealised gains and losses of one account by term; losses are positive.

    ``harvestable`` is the tax value of the candidates whose loss would be allowed
    in full today.
    """

    account: str
    short_loss: Decimal = ZERO
    long_loss: Decimal = ZERO
    short_gain: Decimal = ZERO
    long_gain: Decimal = ZERO
    harvestable: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class HarvestReport:
    """Lots at a loss, lots at a gain, sums by account and the wash-sale calendar.

    Attributes
    ----------
    candidates, gains, available, calendar : tuple
        See :class:`Candidate`, :class:`Gain`, :class:`Available`, :class:`Entry`.
    notes : tuple of str
        What was left out and why.
    """

    on: date
    candidates: tuple[Candidate, ...]
    gains: tuple[Gain, ...]
    available: tuple[Available, ...]
    calendar: tuple[Entry, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        value = sum((c.tax_value for c in self.candidates), ZERO)
        return (
            f"HarvestReport({self.on}, {len(self.candidates)} candidates worth "
            f"{value:,}, {len(self.gains)} gains, {len(self.calendar)} open windows)"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the candidates as a table."""
        return frame_of(Candidate, self.candidates)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return every part as a table, by the name of its file."""
        return {
            "harvest": self.to_frame(),
            "deferrals": frame_of(Gain, self.gains),
            "available": frame_of(Available, self.available),
            "calendar": frame_of(Entry, self.calendar),
        }

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Write harvest.csv, deferrals.csv, available.csv and calendar.csv.

        All files or none; see :func:`di_optimizer.tables.write.write_tables`.
        """
        write_tables(folder, self.frames())


def available(
    account: str, candidates: Sequence[Candidate], gains: Sequence[Gain]
) -> Available:
    """Return the sums over one account's lots."""
    free = (WindowState.FREE, WindowState.BUY_BLOCKED)
    return Available(
        account=account,
        short_loss=_sum(c.loss for c in candidates if c.term is Term.SHORT),
        long_loss=_sum(c.loss for c in candidates if c.term is Term.LONG),
        short_gain=_sum(g.gain for g in gains if g.term is Term.SHORT),
        long_gain=_sum(g.gain for g in gains if g.term is Term.LONG),
        harvestable=_sum(c.tax_value for c in candidates if c.state in free),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def frame_of(kind: type, values: Iterable[Any]) -> pd.DataFrame:
    """Return values of a dataclass as a table: one column a field, also when empty."""
    names = [field.name for field in fields(kind)]
    rows = [[_cell(getattr(value, name)) for name in names] for value in values]
    return pd.DataFrame(rows, columns=names, dtype=object).infer_objects()


def _cell(value: Any) -> Any:
    """Return shares and money as they are, dates as timestamps, choices as text."""
    if isinstance(value, date):
        return pd.Timestamp(value)
    if isinstance(value, Decimal):
        return Decimal(plain(value))
    return str(value) if isinstance(value, str) else value

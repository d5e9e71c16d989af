# SPDX-License-Identifier: Apache-2.0
"""The curve as a value: its points, its table, its files."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

import pandas as pd

from di_optimizer.frontier.picture import picture
from di_optimizer.tables.write import write_tables

NAME = "frontier"


@dataclass(frozen=True, kw_only=True)
class FrontierPoint:
    """One plan of the curve, before rounding to tradable sizes.

    Attributes
    ----------
    gamma : float
        Price of tracking variance, years; 0 where a cap takes its place.
    max_te_bp : float or None
        Cap on tracking error, annualised bp; None for none.
    status : str
        How good the plan is proven to be, or why there is none.
    te_bp : float or None
        Tracking error after trading, annualised; this and all that follows is None
        without a plan.
    price_bp : float or None
        What the plan pays for it, in bp: tax as the objective counts it, costs and
        charges. The curve is monotone in this and ``te_bp``.
    tax, cost, gain_short, gain_long : Decimal or None
        Account currency, to the cent; a negative tax is a saving.
    turnover : float or None
        Half of purchases and sales, fraction of base.
    objective_bp, bound_bp, gap_bp : float or None
        At this point's gamma and cap; no plan within the limits is below the bound.
    seconds : float
        Time of the engine.
    engine : str
    """

    gamma: float
    max_te_bp: float | None
    status: str
    te_bp: float | None = None
    price_bp: float | None = None
    tax: Decimal | None = None
    cost: Decimal | None = None
    gain_short: Decimal | None = None
    gain_long: Decimal | None = None
    turnover: float | None = None
    objective_bp: float | None = None
    bound_bp: float | None = None
    gap_bp: float | None = None
    seconds: float = 0.0
    engine: str = ""


@dataclass(frozen=True, kw_only=True)
class Frontier:
    """Tax and costs of an account against its tracking error, from far to close.

    ``te_before_bp`` is the tracking error before trading, a due flow as cash.
    """

    account: str
    on: date
    nav: Decimal
    te_before_bp: float
    points: tuple[FrontierPoint, ...]
    notes: tuple[str, ...] = ()

    @property
    def solved(self) -> tuple[FrontierPoint, ...]:
        """The points that have a plan."""
        return tuple(point for point in self.points if point.te_bp is not None)

    def to_frame(self) -> pd.DataFrame:
        """Return the points as a table with the columns of frontier.csv."""
        names = [item.name for item in fields(FrontierPoint)]
        rows = [[getattr(point, name) for name in names] for point in self.points]
        frame = pd.DataFrame(rows, columns=names)
        frame.insert(0, "account", self.account)
        frame.insert(4, "te_before_bp", self.te_before_bp)
        return frame

    def svg(self) -> str:
        """Return the curve as a picture: tax against tracking error, SVG."""
        points = [
            (p.te_bp, float(p.tax))
            for p in self.points
            if p.te_bp is not None and p.tax is not None
        ]
        title = f"Account {self.account} on {self.on}: tax against tracking error"
        return picture(points, title=title, before=self.te_before_bp)

    def _repr_svg_(self) -> str:
        return self.svg()

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Write frontier.csv and frontier.svg; both or none."""
        frames = {NAME: self.to_frame()}
        write_tables(folder, frames, files={f"{NAME}.svg": self.svg()})

    def __repr__(self) -> str:
        shown = [p.te_bp for p in self.solved if p.te_bp is not None]
        span = f", te {max(shown):.1f} .. {min(shown):.1f} bp" if shown else ""
        return (
            f"Frontier(account={self.account!r}, {self.on}, {len(self.solved)} of "
            f"{len(self.points)} points{span})"
        )

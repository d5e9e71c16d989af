# SPDX-License-Identifier: Apache-2.0
"""A curve of tracking error as a value: its points, its table, its picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields

import pandas as pd

from di_optimizer.compact.picture import Series, picture
from di_optimizer.tables.write import write_tables

ANY, WHOLE, FRACTIONAL = "any", "whole", "fractional"
LABELS = {
    ANY: "any amounts",
    WHOLE: "whole shares",
    FRACTIONAL: "fractions of shares",
}
BY_NAMES, BY_SIZE = "te_vs_names", "te_vs_account_size"
ACROSS = {BY_NAMES: "most names", BY_SIZE: "account, currency units"}


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """The best portfolio that is found at one point.

    Attributes
    ----------
    shares : str
        "whole", "fractional", or "any" where amounts are not limited.
    limit : int or None
        Most names; None for no limit.
    size : float or None
        Of the account, in its currency; None where it does not matter.
    status : str
        How good the portfolio is proven to be, or why there is none.
    te_bp : float or None
        Tracking error, annualised; this and all that follows is None without one.
    bound_bp : float or None
        No portfolio of this point has less tracking error; proven.
    names : int or None
        How many are held.
    cash : float or None
        Fraction of the account.
    """

    shares: str
    limit: int | None
    size: float | None
    status: str
    te_bp: float | None = None
    bound_bp: float | None = None
    names: int | None = None
    cash: float | None = None
    seconds: float = 0.0
    engine: str = ""

    @property
    def gap_bp(self) -> float | None:
        """Tracking error − bound, bp."""
        if self.te_bp is None or self.bound_bp is None:
            return None
        return self.te_bp - self.bound_bp

    @property
    def across(self) -> float:
        """Where the point is on the picture's axis."""
        return float(self.size if self.size is not None else self.limit or 0)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Tracking error to a benchmark at one point after another.

    ``name`` is "te_vs_names" or "te_vs_account_size": also of the files.
    """

    name: str
    benchmark: str
    points: tuple[CurvePoint, ...]
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[CurvePoint, ...]:
        """The points that have a portfolio."""
        return tuple(point for point in self.points if point.te_bp is not None)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a point with the columns of the CSV file."""
        names = [item.name for item in fields(CurvePoint)]
        names.insert(names.index("bound_bp") + 1, "gap_bp")
        rows = [[getattr(point, name) for name in names] for point in self.points]
        frame = pd.DataFrame(rows, columns=names)
        frame.insert(0, "benchmark", self.benchmark)
        whole = {name: "Int64" for name in ("limit", "names")}
        return frame.astype(whole)

    def svg(self) -> str:
        """Return the curve as a picture."""
        by_size = self.name == BY_SIZE
        what = "account size" if by_size else "number of names"
        return picture(
            list(self._series()),
            title=f"{self.benchmark}: tracking error by {what}",
            across=ACROSS[self.name],
            log=by_size,
        )

    def _series(self) -> Iterator[Series]:
        for shares, label in LABELS.items():
            own = [
                (p.across, p.te_bp, p.bound_bp or 0.0)
                for p in self.points
                if p.shares == shares and p.te_bp is not None
            ]
            if own:
                yield Series(label, sorted(own))

    def _repr_svg_(self) -> str:
        return self.svg()

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Write the table as CSV and the picture as SVG; both or none."""
        files = {f"{self.name}.svg": self.svg()}
        write_tables(folder, {self.name: self.to_frame()}, files=files)

    def __repr__(self) -> str:
        shown = [p.te_bp for p in self.found if p.te_bp is not None]
        span = f", te {max(shown):.1f} .. {min(shown):.1f} bp" if shown else ""
        count = f"{len(self.found)} of {len(self.points)} points"
        return f"Curve({self.name!r}, {self.benchmark!r}, {count}{span})"

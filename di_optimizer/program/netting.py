# SPDX-License-Identifier: Apache-2.0
"""The tax bill of the year as the program sees it: linear pieces in two totals."""

from __future__ import annotations

import math
from dataclasses import dataclass

MAX_TAX = "taxes.max_tax"  # what messages call the limit on tax


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A convex region of the totals (S, L) on which the bill is linear.

    ``limits`` are (a, b, c): a·S + b·L ≥ c. The bill is
    ``short_rate``·S + ``long_rate``·L + ``constant``. Money in fractions of base.
    """

    name: str
    limits: tuple[tuple[float, float, float], ...]
    short_rate: float
    long_rate: float
    constant: float

    def bill(self, short: float, long: float) -> float:
        """Return the bill that holds in this piece."""
        return self.short_rate * short + self.long_rate * long + self.constant

    def outside(self, short: float, long: float) -> float:
        """Return by how much the totals miss the piece; 0 or below is inside."""
        return max((c - a * short - b * long for a, b, c in self.limits), default=0.0)


@dataclass(frozen=True, kw_only=True)
class Netting:
    """Totals before the run, the bill on them, and the pieces that cover the plane.

    Attributes
    ----------
    short, long : float
        Net totals before the run: realised + expected − carried in.
    before : float
        The bill on them: what a run changes is counted from here.
    pieces : tuple of Piece
        Cover every pair of totals and agree on shared borders.
    weight : float
        What the bill counts in the objective.
    cap : float
        Most that a run may add to the bill; inf for no limit.
    """

    short: float
    long: float
    before: float
    pieces: tuple[Piece, ...]
    weight: float = 1.0
    cap: float = math.inf

    def limits(self, number: int) -> tuple[tuple[float, float, float], ...]:
        """Return (a, b, c) of everything that holds in a piece; the cap is the last.

        a·S + b·L ≥ c, with S and L the totals of the year.
        """
        piece = self.pieces[number]
        if math.isinf(self.cap):
            return piece.limits
        most = self.before + self.cap - piece.constant
        return (*piece.limits, (-piece.short_rate, -piece.long_rate, -most))

    def bill(self, short: float, long: float) -> float:
        """Return the change of the bill when the run realises these two totals."""
        piece = self.pieces[self.piece_of(short, long)]
        return piece.bill(self.short + short, self.long + long) - self.before

    def piece_of(self, short: float, long: float) -> int:
        """Return the number of the piece in which a run with these totals ends."""
        totals = self.short + short, self.long + long
        outside = [piece.outside(*totals) for piece in self.pieces]
        return outside.index(min(outside))

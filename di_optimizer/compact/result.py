# SPDX-License-Identifier: Apache-2.0
"""A compact index as a value: its weights, what is proven of it, its file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from di_optimizer.index.benchmark import Benchmark
from di_optimizer.tables.write import write_tables

NAME = "holdings"


@dataclass(frozen=True, kw_only=True, eq=False)
class Completion:
    """A fund in an index: its symbol, its share, and the weights it looks through to.

    The share was searched in one dimension; bounds hold for this share.
    """

    symbol: str
    share: float
    weights: Mapping[str, float] = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CompactIndex:
    """An index of few names that follows a benchmark.

    Attributes
    ----------
    name : str
    as_of : date or None
        Date of the benchmark's weights.
    weights : Series of float, by symbol, sorted
        Above 0, sum 1; a completion fund counts as one name.
    limit : int
        Most names that were allowed.
    te_bp : float
        Tracking error to the benchmark, ex ante, annualised.
    bound_bp : float
        No index within the same limits has a lower tracking error; with a completion
        fund, none with the same share of it. Proven from the leaves of a search.
    method : str
    status : str
        "solved" where the bound is within the gap that was asked for, else "limit".
    engine, nodes, seconds
        What proved the bound, how many nodes it took, the time of everything.
    completion : Completion or None
    notes : tuple of str
    """

    name: str
    as_of: date | None
    weights: pd.Series[float]
    limit: int
    te_bp: float
    bound_bp: float
    method: str
    status: str
    engine: str
    nodes: int
    seconds: float
    completion: Completion | None = None
    notes: tuple[str, ...] = ()

    @property
    def gap_bp(self) -> float:
        """Tracking error − bound, bp."""
        return self.te_bp - self.bound_bp

    def look_through(self) -> pd.Series[float]:
        """Return the weights with a completion fund replaced by what it holds."""
        if self.completion is None:
            return self.weights
        fund = pd.Series(dict(self.completion.weights), dtype=float)
        direct = self.weights.drop(self.completion.symbol)
        total = direct.add(self.completion.share * fund, fill_value=0.0).sort_index()
        return total.rename("weight").rename_axis("symbol")

    def benchmark(self, *, look_through: bool = False) -> Benchmark:
        """Return the index as a benchmark, to be tracked by accounts.

        Parameters
        ----------
        look_through : bool
            Replace a completion fund by what it holds: the benchmark then needs no
            price and no row of the risk model for the fund itself.
        """
        weights = self.look_through() if look_through else self.weights
        return Benchmark.from_weights(weights, name=self.name, as_of=self.as_of)

    def to_frame(self) -> pd.DataFrame:
        """Return symbol, weight and, where it is known, as_of: a holdings table."""
        frame = self.weights.rename("weight").rename_axis("symbol").reset_index()
        if self.as_of is not None:
            frame["as_of"] = self.as_of
        return frame

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Write holdings.csv, which :meth:`Benchmark.from_holdings` reads again."""
        write_tables(folder, {NAME: self.to_frame()})

    def __repr__(self) -> str:
        fund = self.completion
        part = "" if fund is None else f", {100.0 * fund.share:.2f} % {fund.symbol}"
        return (
            f"CompactIndex({self.name!r}, {len(self.weights)} of {self.limit} names"
            f"{part}, te {self.te_bp:.2f} bp, bound {self.bound_bp:.2f} bp, "
            f"{self.method}, {self.status})"
        )

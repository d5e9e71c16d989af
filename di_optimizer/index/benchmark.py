# SPDX-License-Identifier: Apache-2.0
"""What to track: weights by symbol that sum to 1, and where they come from.

Knows nothing of accounts. A benchmark never changes; dropping names or moving
it to other prices gives a new one that says what was dropped.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from di_optimizer.errors import InputError
from di_optimizer.index.holdings import checked_date, read_holdings, table
from di_optimizer.index.symbols import alias_table, resolve
from di_optimizer.index.weights import (
    checked,
    normalised,
    not_in,
    unmapped,
    unpriced,
    wrong,
)

EXACT = 1e-12  # how closely weights sum to 1
UNMAPPED_LIMIT = 0.001


def _no_rows() -> pd.DataFrame:
    return table({}, 0)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Benchmark:
    """Weights of the securities to track, as of a date.

    Parameters
    ----------
    name : str
        The name of the fund or index.
    as_of : date or None
        Date of the weights; None when the source is undated.
    weights : Series of float, by canonical symbol, sorted
        Fractions that sum to 1 within 1e-12; read-only.
    residual : mapping of str to float
        Listed weight of cash, futures and the like, by bucket; not in ``weights``.
    holdings : DataFrame
        The holdings table of the same securities with the listed weights and
        shares, for :meth:`repriced`.
    source, issuer, sha256 : str
        File name (or ``weights``), layout, and digest of the content.
    dropped : mapping of str to float
        Names taken out by :meth:`without` and :meth:`restricted_to`, with the
        weight each had when nothing was dropped.
    residual_rows : DataFrame
        The lines behind ``residual``.

    Raises
    ------
    InputError
        When the weights are not positive or zero, unsorted, repeated, or do not
        sum to 1.
    """

    name: str
    as_of: date | None
    weights: pd.Series[float]
    residual: Mapping[str, float]
    holdings: pd.DataFrame
    source: str
    issuer: str
    sha256: str
    dropped: Mapping[str, float] = field(default_factory=dict)
    residual_rows: pd.DataFrame = field(default_factory=_no_rows)

    def __post_init__(self) -> None:
        index, values = self.weights.index, self.weights.to_numpy()
        if not (index.is_unique and index.is_monotonic_increasing and len(index)):
            raise wrong(self.name, "symbols out of order", "sorted, each once")
        if not (values >= 0).all() or abs(math.fsum(values) - 1) > EXACT:
            raise wrong(self.name, "weights unlike fractions", "0 or more, sum 1")
        if list(self.holdings["symbol"]) != list(index):
            raise wrong(self.name, "holdings of other symbols", "those weighed")

    @classmethod
    def from_holdings(
        cls,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        as_of: date | None = None,
        aliases: Mapping[str, str] | None = None,
    ) -> Benchmark:
        r"""Read an issuer's file or a plain CSV, its equity lines renormalised.

        Parameters are those of :func:`di_optimizer.index.read_holdings`; ``name``
        takes the place of the fund's name, or of the file's where that is blank.

        Raises
        ------
        InputError
            With every problem of the file at once.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "two.csv")
        ...     _ = path.write_text("symbol,weight\nBRKB,0.6\nAAPL,0.4\n")
        ...     Benchmark.from_holdings(path)
        Benchmark('two', plain, undated, 2 securities, no residual)
        """
        read = read_holdings(path, as_of=as_of, aliases=aliases)
        listed = read.holdings.set_index("symbol")["weight"]
        if not listed.any():
            raise wrong(read.source, "no weight above 0", "one at least")
        return cls(
            name=name or read.fund or os.path.splitext(read.source)[0],
            as_of=read.as_of,
            weights=normalised(listed),
            residual=read.residual,
            holdings=read.holdings,
            source=read.source,
            issuer=read.issuer,
            sha256=read.sha256,
            residual_rows=read.residual_rows,
        )

    @classmethod
    def from_weights(
        cls,
        weights: pd.Series[float] | Mapping[str, float],
        *,
        name: str,
        as_of: date | None = None,
        aliases: Mapping[str, str] | None = None,
    ) -> Benchmark:
        """Build a benchmark from fractions by symbol that sum to 1 within 0.5 %.

        Raises
        ------
        InputError
            For every symbol that is blank or repeated once canonical, every weight
            that is negative or not a number, and a sum that is not 1.

        Examples
        --------
        >>> Benchmark.from_weights({"BRK/B": 0.25, "AAPL": 0.75}, name="Two").weights
        symbol
        AAPL     0.75
        BRK.B    0.25
        Name: weight, dtype: float64
        """
        given = checked(weights, name, alias_table(aliases))
        listed = pd.Series(given, dtype=np.float64).sort_index()
        text = "".join(f"{s},{w!r}\n" for s, w in sorted(given.items()))
        dated = checked_date(as_of)
        columns = {"symbol": list(listed.index), "weight": listed.tolist()}
        return cls(
            name=name,
            as_of=dated,
            weights=normalised(listed),
            residual={},
            holdings=table(columns | {"as_of": [dated] * len(listed)}, len(listed)),
            source="weights",
            issuer="weights",
            sha256=hashlib.sha256(text.encode()).hexdigest(),
        )

    def without(self, symbols: Iterable[str]) -> Benchmark:
        """Return the benchmark without ``symbols``, the rest scaled up to 1.

        Raises
        ------
        InputError
            For every symbol that the benchmark does not have, and when nothing of
            weight would be left.

        Examples
        --------
        >>> two = Benchmark.from_weights({"AAA": 0.25, "BBB": 0.75}, name="Two")
        >>> one = two.without(["AAA"])
        >>> one.weights.to_dict(), one.dropped
        ({'BBB': 1.0}, {'AAA': 0.25})
        """
        gone = {resolve(symbol, {}) for symbol in symbols}
        if unknown := sorted(gone - set(self.weights.index)):
            raise InputError(not_in(self.name, s, self.weights.index) for s in unknown)
        kept = self.weights[~self.weights.index.isin(gone)]
        if not kept.any():
            raise wrong(self.name, "nothing of weight left", "one name at least")
        scale = 1 - math.fsum(self.dropped.values())
        dropped = {s: float(self.weights[s]) * scale for s in gone}
        holdings = self.holdings[self.holdings["symbol"].isin(kept.index)]
        return replace(
            self,
            weights=normalised(kept),
            holdings=holdings.reset_index(drop=True),
            dropped=dict(sorted({**self.dropped, **dropped}.items())),
        )

    def restricted_to(
        self, known: Iterable[str], *, tolerance: float = UNMAPPED_LIMIT
    ) -> Benchmark:
        """Return the benchmark without the names that are not in ``known``.

        Parameters
        ----------
        known : iterable of str
            Canonical symbols, of a security master or of prices.
        tolerance : float
            Weight that may be lost, as a fraction.

        Raises
        ------
        InputError
            Naming each unknown symbol when together they weigh more.

        Examples
        --------
        >>> two = Benchmark.from_weights({"AAA": 0.0005, "BBB": 0.9995}, name="Two")
        >>> two.restricted_to({"BBB", "CCC"})
        Benchmark('Two', weights, undated, 1 security, no residual, 1 dropped (0.05 %))
        """
        known = set(known)
        unknown = [s for s in self.weights.index if s not in known]
        if math.fsum(self.weights[unknown]) > tolerance:
            hints = sorted(known)
            raise InputError(unmapped(self.name, s, hints) for s in unknown)
        return self.without(unknown) if unknown else self

    def repriced(self, prices: Mapping[str, float], *, as_of: date) -> Benchmark:
        """Return the weights that the same shares have at other prices.

        The weight of i is shares_i x price_i over the sum of them all.

        Parameters
        ----------
        prices : mapping of symbol to price, or Series
            One for each security, in one currency; others are not looked at.
        as_of : date
            The date of the prices.

        Raises
        ------
        InputError
            For every security without shares or without a price above 0.
        """
        rows = list(zip(self.holdings["symbol"], self.holdings["shares"], strict=True))
        if problems := [p for s, n in rows for p in unpriced(self.name, s, n, prices)]:
            raise InputError(problems)
        values = pd.Series({s: n * float(prices[s]) for s, n in rows}, dtype=np.float64)
        if not values.any():
            raise wrong(self.name, "no shares above 0", "shares of one at least")
        return replace(self, weights=normalised(values), as_of=checked_date(as_of))

    def __repr__(self) -> str:
        count = len(self.weights)
        parts = [
            repr(self.name),
            self.issuer,
            f"as of {self.as_of}" if self.as_of else "undated",
            f"{count} {'security' if count == 1 else 'securities'}",
            _listed(self.residual),
        ]
        if self.dropped:
            lost = 100 * math.fsum(self.dropped.values())
            parts.append(f"{len(self.dropped)} dropped ({lost:.2f} %)")
        return f"Benchmark({', '.join(parts)})"


def _listed(residual: Mapping[str, float]) -> str:
    parts = [f"{bucket} {100 * weight:.2f} %" for bucket, weight in residual.items()]
    return f"residual {' + '.join(parts)}" if parts else "no residual"

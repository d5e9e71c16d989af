# SPDX-License-Identifier: Apache-2.0
"""One axis of securities, checked once.

Arrays enter the core only through :meth:`Universe.align`, which raises on an
unknown, missing or repeated symbol instead of filling or pairing by position.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from di_optimizer.errors import InputError, Problem


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest known spelling, or an empty string.

    Examples
    --------
    >>> nearest("APPL", ["AAPL", "MSFT"])
    "Did you mean 'AAPL'?"
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean '{close[0]}'?" if close else ""


@dataclass(frozen=True)
class Universe:
    """The order of securities that every array of one problem follows.

    Examples
    --------
    >>> universe = Universe(("AAA", "BBB"))
    >>> universe.align({"BBB": 2.0, "AAA": 1.0}, what="prices").tolist()
    [1.0, 2.0]
    """

    symbols: tuple[str, ...]

    def __post_init__(self) -> None:
        counts = Counter(self.symbols)
        repeated = sorted(symbol for symbol, count in counts.items() if count > 1)
        if repeated:
            raise InputError(
                Problem(
                    file="universe", found=f"'{s}' twice", allowed="each symbol once"
                )
                for s in repeated
            )

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def position(self) -> dict[str, int]:
        """Row number by symbol."""
        return {symbol: i for i, symbol in enumerate(self.symbols)}

    def align(
        self, values: Mapping[str, float], *, what: str, fill: float | None = None
    ) -> NDArray[np.float64]:
        """Return ``values`` as an array in this order.

        Parameters
        ----------
        values : mapping of symbol to number
            A dict or a pandas Series.
        what : str
            Names the data in the error.
        fill : float, optional
            Value for symbols that ``values`` lacks; without it a lack is an error.

        Raises
        ------
        InputError
            For every unknown symbol and, without ``fill``, every missing one.
        """
        given = dict(values.items())
        problems = [
            Problem(
                file=what,
                found=f"unknown symbol '{s}'",
                allowed="symbols of the universe",
                todo=nearest(s, self.position),
            )
            for s in given
            if s not in self.position
        ]
        if fill is None:
            problems += [
                Problem(file=what, found=f"no value for '{s}'", allowed="a value each")
                for s in self.symbols
                if s not in given
            ]
        if problems:
            raise InputError(problems)
        default = np.nan if fill is None else fill
        return np.array([given.get(s, default) for s in self.symbols], dtype=np.float64)

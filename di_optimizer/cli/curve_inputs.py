# SPDX-License-Identifier: Apache-2.0
"""What ``compact`` and ``curves`` read: a benchmark, a model, prices, a fund."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from di_optimizer.cli.inputs import Reader, benchmarks, located, spellings
from di_optimizer.errors import InputError, Problem
from di_optimizer.index import Benchmark
from di_optimizer.index.symbols import alias_table, resolve
from di_optimizer.risk import FactorRiskModel, load_risk
from di_optimizer.tables import TABLES, read_table


@dataclass(frozen=True, kw_only=True)
class Followed:
    """Where the benchmark and its risk model are."""

    holdings: str
    risk: Path
    securities: Path | None
    on: datetime


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What was read; ``places`` are the files by what messages call them."""

    benchmark: Benchmark
    risk: FactorRiskModel
    prices: Mapping[str, float]
    fund: Benchmark | None
    places: Mapping[str, Path]

    @contextmanager
    def located(self) -> Iterator[None]:
        """Put file names into problems."""
        with located(self.places):
            yield


def read_followed(
    files: Followed, *, prices: Path | None = None, fund: str | None = None
) -> Inputs:
    """Return benchmark and model, prices and a completion fund where they are given.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    reader, on = Reader(), files.on.date()
    given = [files.holdings] + ([] if fund is None else [fund])
    tracked = reader.read(lambda: benchmarks(given, files.securities, on))
    risk = reader.read(lambda: load_risk(files.risk))
    known: Mapping[str, float] | None = {}
    if prices is not None:
        known = reader.read(partial(_prices, prices, files))
    if tracked is None or risk is None or known is None or reader.problems:
        raise reader.error()
    several = list(tracked.values())
    places = {f"benchmark {t.benchmark.name}": t.path for t in several}
    places["risk model"] = files.risk
    if prices is not None:
        places["prices"] = prices
    return Inputs(
        benchmark=several[0].benchmark,
        risk=risk,
        prices=known,
        fund=several[1].benchmark if fund is not None else None,
        places=places,
    )


def _prices(path: Path, files: Followed) -> dict[str, float]:
    """Return prices by canonical symbol; blank ones are none."""
    frame = read_table(path, TABLES["prices"])
    aliases = alias_table(spellings(files.securities, files.on.date()))
    currencies = sorted(set(frame["currency"])) if "currency" in frame else []
    if len(currencies) > 1:
        found = f"prices in {', '.join(map(str, currencies))}"
        allowed = "prices in one currency"
        problem = Problem(
            file=str(path), column="currency", found=found, allowed=allowed
        )
        raise InputError([problem])
    priced = frame.dropna(subset=["price"])
    return {
        resolve(symbol, aliases): float(price)
        for symbol, price in zip(priced["symbol"], priced["price"], strict=True)
    }

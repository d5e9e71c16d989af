# SPDX-License-Identifier: Apache-2.0
"""A risk model from three tables, whoever made them.

``exposures``: symbol and one column a factor. ``factor_covariance``: factor and one
column a factor, annualised. ``specific``: symbol and variance (never a standard
deviation), annualised. Aligned by name; every mismatch is reported.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from di_optimizer.errors import InputError, Problem
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tables.check import examine
from di_optimizer.tables.source import Source, fetch, label
from di_optimizer.tables.spec import Column, Kind, Table
from di_optimizer.universe import nearest

EXPOSURES, COVARIANCE, SPECIFIC = "exposures", "factor_covariance", "specific"
ENDINGS = (".csv", ".parquet")
SPECIFIC_TABLE = Table(
    name=SPECIFIC,
    description="One row a security: its specific variance, annualised.",
    key=("symbol",),
    columns=(
        Column(name="symbol", kind=Kind.SYMBOL, description="Security.", required=True),
        Column(
            name="variance",
            kind=Kind.NUMBER,
            description="Specific variance.",
            unit="annualised variance of return fractions",
            required=True,
            at_least=0.0,
        ),
    ),
)


@dataclass(frozen=True)
class _Part:
    """A checked table, what messages call it, and what was wrong with it."""

    file: str
    frame: pd.DataFrame
    problems: Sequence[Problem]

    def names(self, column: str) -> list[str]:
        """Return the labels in a column, or none where the column is absent."""
        return [str(name) for name in self.frame.get(column, ())]


def from_tables(
    exposures: Source,
    factor_covariance: Source,
    specific: Source,
    *,
    as_of: date | None = None,
    calibration: float = 1.0,
) -> FactorRiskModel:
    """Return the model of three tables: paths to CSV or Parquet files, or frames.

    Symbols and factors keep the order of the exposures; the other tables may have
    any order of rows and columns.

    Raises
    ------
    InputError
        With every problem of the three tables: cells, names that one has and another
        lacks, a covariance that is none.

    Examples
    --------
    >>> model = from_tables(
    ...     pd.DataFrame({"symbol": ["AAA", "BBB"], "market": [1.0, 1.2]}),
    ...     pd.DataFrame({"factor": ["market"], "market": [0.04]}),
    ...     pd.DataFrame({"symbol": ["BBB", "AAA"], "variance": [0.0225, 0.01]}))
    >>> model.specific_variance.tolist()
    [0.01, 0.0225]
    """
    x = _part(exposures, EXPOSURES, "symbol")
    c = _part(factor_covariance, COVARIANCE, "factor")
    d = _read(specific, SPECIFIC_TABLE)
    problems = [*x.problems, *c.problems, *_with_advice(d)]
    problems = problems or _mismatches(x, c, d)
    if problems:
        raise InputError(problems)
    factors = list(x.frame.columns[1:])
    try:
        return FactorRiskModel(
            symbols=tuple(x.names("symbol")),
            factors=tuple(factors),
            exposures=x.frame[factors].to_numpy(np.float64),
            factor_covariance=_square(c.frame, factors),
            specific_variance=_by_symbol(d.frame, x.names("symbol")),
            as_of=as_of,
            calibration=calibration,
        )
    except InputError as error:
        raise InputError(_located(error.problems, x, c, d)) from error


def to_tables(
    model: FactorRiskModel,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return (exposures, factor covariance, specific) as :func:`from_tables` reads.

    The calibration and the date are no part of the tables.
    """
    factors = list(model.factors)
    exposures = pd.DataFrame(model.exposures, columns=factors)
    exposures.insert(0, "symbol", list(model.symbols))
    covariance = pd.DataFrame(model.factor_covariance, columns=factors)
    covariance.insert(0, "factor", factors)
    specific = pd.DataFrame(
        {"symbol": list(model.symbols), "variance": model.specific_variance}
    )
    return exposures, covariance, specific


def from_folder(
    folder: str | os.PathLike[str], *, as_of: date | None = None
) -> FactorRiskModel:
    """Return the model of ``exposures``, ``factor_covariance`` and ``specific``.

    Each is a ``.csv`` or ``.parquet`` file of that name in ``folder``.

    Raises
    ------
    InputError
        When one is missing or there twice, and as :func:`from_tables`.
    """
    paths, problems = {}, []
    for name in (EXPOSURES, COVARIANCE, SPECIFIC):
        there = [p for e in ENDINGS if (p := Path(folder) / f"{name}{e}").is_file()]
        if len(there) == 1:
            paths[name] = there[0]
        else:
            found = " and ".join(p.name for p in there) or f"no table '{name}'"
            allowed = f"one of {name}.csv and {name}.parquet"
            problems.append(
                Problem(file=os.fspath(folder), found=found, allowed=allowed)
            )
    if problems:
        raise InputError(problems)
    return from_tables(
        paths[EXPOSURES], paths[COVARIANCE], paths[SPECIFIC], as_of=as_of
    )


def _part(source: Source, name: str, key: str) -> _Part:
    """Read a table of ``key`` and one column of numbers for each other header."""
    header = [column.strip() for column in fetch(source, label(source, name)).header]
    labels = list(dict.fromkeys(column for column in header if column != key))
    numbers = tuple(
        Column(name=f, kind=Kind.NUMBER, description="A factor.", required=True)
        for f in labels
    )
    first = Column(
        name=key, kind=Kind.SYMBOL, description="The row's name.", required=True
    )
    columns = (first, *numbers)
    return _read(source, Table(name=name, description="", key=(key,), columns=columns))


def _read(source: Source, table: Table) -> _Part:
    frame, problems = examine(source, table)
    return _Part(label(source, table.name), frame, problems)


def _with_advice(specific: _Part) -> Iterable[Problem]:
    """Say what to do where a table gives risks instead of variances."""
    for problem in specific.problems:
        if problem.found == "no column 'variance'":
            todo = "Square a standard deviation, annualised."
            yield replace(problem, todo=todo)
        else:
            yield problem


def _mismatches(x: _Part, c: _Part, d: _Part) -> list[Problem]:
    factors = list(x.frame.columns[1:])
    problems = [
        *_lacking(c.file, "row for factor", factors, c.names("factor")),
        *_lacking(c.file, "column for factor", factors, list(c.frame.columns[1:])),
        *_lacking(x.file, "column for factor", c.names("factor"), factors),
        *_lacking(x.file, "column for factor", list(c.frame.columns[1:]), factors),
        *_lacking(d.file, "row for symbol", x.names("symbol"), d.names("symbol")),
        *_lacking(x.file, "row for symbol", d.names("symbol"), x.names("symbol")),
    ]
    return list(dict.fromkeys(problems))


def _lacking(
    file: str, what: str, wanted: Sequence[str], there: Sequence[str]
) -> Iterable[Problem]:
    """Yield a problem for each wanted name that is not there."""
    known = set(there)
    for name in wanted:
        if name not in known:
            yield Problem(
                file=file,
                found=f"no {what} '{name}'",
                allowed="the same names in all three tables",
                todo=nearest(name, known),
            )


def _square(frame: pd.DataFrame, factors: list[str]) -> NDArray[np.float64]:
    return frame.set_index("factor").loc[factors, factors].to_numpy(np.float64)


def _by_symbol(frame: pd.DataFrame, symbols: list[str]) -> NDArray[np.float64]:
    return frame.set_index("symbol")["variance"].loc[symbols].to_numpy(np.float64)


def _located(problems: Iterable[Problem], *parts: _Part) -> Iterable[Problem]:
    """Name the table that holds the array a problem is about."""
    x, c, d = (part.file for part in parts)
    files = {EXPOSURES: x, COVARIANCE: c, "specific_variance": d}
    return [replace(p, file=files.get(p.column or "", p.file)) for p in problems]

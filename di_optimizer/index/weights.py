# SPDX-License-Identifier: Apache-2.0
"""Weights given by hand, and what a benchmark refuses: the messages in one place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from di_optimizer.errors import InputError, Problem
from di_optimizer.index.checks import SUM_TOLERANCE
from di_optimizer.index.symbols import resolve
from di_optimizer.universe import nearest


def normalised(listed: pd.Series[float]) -> pd.Series[float]:
    """Return ``listed`` over its sum, sorted by symbol, as a read-only Series."""
    ordered = listed.sort_index()
    values = ordered.to_numpy(dtype=np.float64) / math.fsum(ordered)
    values.flags.writeable = False
    index = pd.Index(list(ordered.index), name="symbol", dtype="str")
    return pd.Series(values, index=index, name="weight", copy=False)


def checked(
    weights: pd.Series[float] | Mapping[str, float],
    name: str,
    aliases: Mapping[str, str],
) -> dict[str, float]:
    """Return the weights by canonical symbol, or raise with all their problems."""
    given: dict[str, float] = {}
    problems = []
    for raw, value in weights.items():
        if not isinstance(raw, str) or not raw.strip():
            problems.append(problem(name, f"the symbol {raw!r}", "a text"))
            continue
        symbol, weight = resolve(raw, aliases), float(value)
        if symbol in given:
            problems.append(problem(name, f"'{symbol}' again", "each symbol once"))
        if not (math.isfinite(weight) and weight >= 0):
            problems.append(problem(name, f"{weight} for '{symbol}'", "0 or more"))
        given[symbol] = weight
    total = math.fsum(given.values()) if not problems else 1.0
    if abs(total - 1) > SUM_TOLERANCE:
        allowed = f"fractions, {1 - SUM_TOLERANCE} to {1 + SUM_TOLERANCE} in all"
        problems.append(problem(name, f"weights of {total:.6g} in all", allowed))
    if problems:
        raise InputError(problems)
    return given


def unpriced(
    name: str, symbol: str, shares: float, prices: Mapping[str, float]
) -> Iterable[Problem]:
    """Yield why a security's value cannot be computed."""
    if not shares >= 0:
        yield problem(name, f"no shares of '{symbol}'", "shares of each security")
    price = prices.get(symbol)
    if price is None:
        yield problem(name, f"no price of '{symbol}'", "a price of each security")
    elif not (math.isfinite(price) and price > 0):
        yield problem(name, f"price {price} of '{symbol}'", "a number above 0")


def unmapped(name: str, symbol: str, known: Iterable[str]) -> Problem:
    """Return the problem of a name that the user's tables do not have."""
    hint = nearest(symbol, known)
    todo = f"{hint} Add an alias, or drop the name by without()".strip()
    return problem(name, f"unknown symbol '{symbol}'", "known symbols", todo)


def not_in(name: str, symbol: str, known: Iterable[str]) -> Problem:
    """Return the problem of a name that the benchmark does not have."""
    return problem(name, f"'{symbol}' to drop", "names it has", nearest(symbol, known))


def problem(name: str, found: str, allowed: str, todo: str = "") -> Problem:
    """Return one problem of the benchmark ``name``."""
    return Problem(file=f"benchmark {name}", found=found, allowed=allowed, todo=todo)


def wrong(name: str, found: str, allowed: str) -> InputError:
    """Return an error with the only problem of the benchmark ``name``."""
    return InputError([problem(name, found, allowed)])

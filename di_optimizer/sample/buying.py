# SPDX-License-Identifier: Apache-2.0
"""How a deposit becomes purchases: which names it tops up, with how much each.

Floats in, floats out; shares and cents are the ledger's business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from di_optimizer.errors import InputError, Problem

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buying:
    """How cash becomes purchases, and what is kept of the past.

    A deposit tops up the names that lack most, as custodial accounts do: buying
    every name every month would leave names × months slivers. Names are ranked by
    shortfall / √weight, so that a name's turn comes with the square root of its
    weight: by money the small names would never be topped up, by relative shortfall
    all names would take turns.

    Attributes
    ----------
    breadth : float
        Fraction of the index's names that one deposit tops up, rounded up. At 5.5 %
        a name gets 5 to 8 lots in 8 to 10 years of monthly deposits.
    full_at : float
        Cash of at least this fraction of NAV buys every name that lacks.
    minimum : Decimal
        Smallest purchase, money; what is below waits in cash.
    split_decimals : int
        Decimals of a share that survive a split; the rest is lost.
    lookback_days : int
        Purchases up to this many days before the date are in the activity.
    """

    breadth: float = 0.055
    full_at: float = 0.25
    minimum: Decimal = Decimal(1)
    split_decimals: int = 6
    lookback_days: int = 400


def divide_cash(cash: float, target: Floats, value: Floats, rules: Buying) -> Floats:
    """Divide cash over the names that lack most, in proportion to what they lack.

    Parameters
    ----------
    cash : float
        Money to spend.
    target : (n,)
        Index weights, sum 1.
    value : (n,)
        Money held in each name, before the purchase.

    Returns
    -------
    (n,) money for each name; sums to ``cash`` up to rounding, or 0 without targets.

    Examples
    --------
    >>> half = Buying(breadth=0.5)
    >>> divide_cash(30.0, np.array([0.5, 0.5]), np.array([90.0, 85.0]), half)
    array([ 0., 30.])
    """
    nav = cash + value.sum()
    short = np.maximum(target * nav - value, 0.0)
    if cash < rules.full_at * nav:
        count = math.ceil(rules.breadth * np.count_nonzero(target))
        urgency = np.divide(
            short, np.sqrt(target), out=np.zeros_like(short), where=target > 0
        )
        short[np.argsort(-urgency, kind="stable")[count:]] = 0.0
    total = short.sum()
    scale = cash / total if total > 0 else 0.0
    # Rounding keeps 99.9999999999 from losing a cent when it is truncated; it is too
    # fine for the truncated amounts to sum to a cent more than the cash.
    money: Floats = np.round(short * scale, 7)
    return money


def check_weights(given: pd.Series[float], day: date) -> None:
    """Raise on weights that are negative, not finite or given twice."""
    bad = given[~(np.isfinite(given) & (given >= 0))]
    problems = [
        Problem(
            file=f"weights of {day}",
            found=f"{value} for {symbol}",
            allowed="a number of at least 0",
        )
        for symbol, value in bad.items()
    ]
    problems += [
        Problem(file=f"weights of {day}", found=f"'{s}' twice", allowed="once")
        for s in sorted(set(given.index[given.index.duplicated()]))
    ]
    if problems:
        raise InputError(problems)

# SPDX-License-Identifier: Apache-2.0
"""What else they put a price on: scores, drift, taxes of the future.

Branches of the tree in :mod:`di_optimizer.policy`, which is where to import them from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic.dataclasses import dataclass

from di_optimizer.policy_types import CONFIG, Fraction, NonNegative


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Score:
    """A price on a number of each security: an alpha, a score, a rank.

    What is priced is what trades change: price times number times the weight bought,
    less that of what is sold where ``on`` is "weight". Several add up. It is part of
    the plan's charge, neither cost nor tax.

    Attributes
    ----------
    column : str
        Number column that the securities table has beside its own columns; a blank
        in it counts as 0, and a note says how many there are.
        Example: ``"alpha"``.
    price : float, fraction of NAV per unit
        What a unit of the column costs at a weight of 1; negative where more is
        better: an expected return of a year is a column with price −1. Example: ``-1``.
    on : str
        "weight" prices what is held after trading, "purchases" only what is bought.
        Example: ``"purchases"``.
    """

    column: str
    price: float
    on: Literal["weight", "purchases"] = "weight"


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Drift:
    """Prices of active weights, for books without a risk model or beside one.

    Squares all of them, so what they make of the program is convex at any price. They
    are part of the plan's tracking term; its tracking error and the cap on it are
    those of the risk model, whatever is priced. Securities that the risk model does
    not know are left out, as they are of tracking error.

    Attributes
    ----------
    absolute : float, fraction of NAV per unit
        Price of the squared active weight of each security. Example: ``2``.
    relative : float, fraction of NAV per unit
        Price of b·(x / b − 1)² of each member, where b is its benchmark weight.
        Example: ``0.05``.
    factor : float, multiple of gamma
        How much of ``tracking.gamma`` counts for the variance of factors.
        Example: ``0.5``.
    specific : float, multiple of gamma
        How much of it counts for specific variance. Example: ``2``.
    factors : mapping, fraction of NAV per unit
        Price of the squared active exposure to single factors of the risk model, in
        the unit of its exposures, beside what ``factor`` makes of their variance.
        Example: ``{ value = 5 }``.
    """

    absolute: NonNegative = 0.0
    relative: NonNegative = 0.0
    factor: NonNegative = 1.0
    specific: NonNegative = 1.0
    factors: Mapping[str, NonNegative] | None = None


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Future:
    """What a loss taken today costs later: it lowers the basis of what is held.

    A gain of the same size is taxed when that is sold, at the long-term rate of the
    taxpayer as it is today. The other way round, a gain taken today saves tax later.
    Both count as much as ``taxes.weight`` says, in taxable accounts alone, and so
    does a loss that a wash sale disallows. They are part of the plan's charge.

    Attributes
    ----------
    horizon : float, years
        After how many the replacement is sold; None leaves the future out.
        Example: ``3``.
    liquidation : float, probability
        That it is sold and taxed at all, and neither given nor inherited (step-up).
        Example: ``0.6``.
    discount : float, rate a year
        At which that tax is discounted. Example: ``0.04``.
    """

    horizon: NonNegative | None = None
    liquidation: Fraction = 1.0
    discount: NonNegative = 0.05

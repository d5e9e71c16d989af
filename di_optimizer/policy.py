# SPDX-License-Identifier: Apache-2.0
"""What they want: one tree of frozen settings, each with default and unit.

A policy file is this tree as TOML. Unknown and out-of-range settings are refused
with the nearest valid name.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

CONFIG = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)

Fraction = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]
OnMissing = Literal["refuse", "hold"]


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Tracking:
    """Price of deviating from the benchmark.

    Attributes
    ----------
    gamma : float
        Price of tracking variance in years: 10 charges 10 bp of NAV a year for
        1 % of tracking error.
    """

    gamma: NonNegative = 10.0


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Trading:
    """Costs and sizes of trades.

    Attributes
    ----------
    spread_bp : float
        Full bid-ask spread in bp of price where the prices table has none; a trade
        pays half of it.
    decimals : int
        Decimals of a share in accounts that allow fractions, where the securities
        table has none.
    """

    spread_bp: NonNegative = 2.0
    decimals: Annotated[int, Field(ge=0, le=9)] = 4


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Cash:
    """Range for cash after trading, as fractions of NAV after the flow."""

    minimum: Fraction = 0.0
    maximum: Fraction = 0.01


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Bounds:
    """Weight limits of each security; None is no limit.

    Attributes
    ----------
    minimum, maximum : float, optional
        Absolute, fractions of NAV.
    active : float, optional
        ± around the benchmark weight, fraction of NAV.
    multiple : float, optional
        k in [(1 − k) b, (1 + k) b].
    """

    minimum: Fraction | None = None
    maximum: Fraction | None = None
    active: Fraction | None = None
    multiple: NonNegative | None = None


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Missing:
    """What to do when something is absent: refuse the input, or hold untraded."""

    price: OnMissing = "refuse"
    basis: OnMissing = "refuse"
    symbol: OnMissing = "refuse"
    exposure: OnMissing = "refuse"


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Search:
    """How long the engine looks for a better plan.

    Attributes
    ----------
    gap_bp : float
        Stop when objective − bound is at most this, bp of NAV.
    flips : int
        Re-solves with one more security switched between buying and selling.
    """

    gap_bp: NonNegative = 0.1
    flips: Annotated[int, Field(ge=0)] = 20


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Policy:
    """Every preference of a rebalance.

    Examples
    --------
    >>> Policy(tracking=Tracking(gamma=50)).tracking.gamma
    50.0
    """

    engine: Literal["reference"] = "reference"
    tracking: Tracking = Tracking()
    trading: Trading = Trading()
    cash: Cash = Cash()
    bounds: Bounds = Bounds()
    missing: Missing = Missing()
    search: Search = Search()

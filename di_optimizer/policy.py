# SPDX-License-Identifier: Apache-2.0
"""What they want: one tree of frozen settings, each with default and unit.

A policy file is this tree as TOML. Unknown and out-of-range settings are refused
with the nearest valid name. docs/policy.md is written from the docstrings below: an
attribute's line is ``name : type, unit``.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

CONFIG = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)

Fraction = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]
OnMissing = Literal["refuse", "hold"]


def _contradiction(setting: str, found: str, allowed: str) -> PydanticCustomError:
    """Return the error of a setting that does not go with another of its table."""
    context = {"setting": setting, "found": found, "allowed": allowed}
    return PydanticCustomError(
        "contradiction", "{setting}: found {found}; allowed: {allowed}", context
    )


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Tracking:
    """Price of deviating from the benchmark.

    Attributes
    ----------
    gamma : float, years
        Price of tracking variance: 10 charges 10 bp of NAV for a year with 1 % of
        tracking error. Higher tracks closer and harvests less; 0 ignores tracking.
    """

    gamma: NonNegative = 10.0


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Trading:
    """Costs and sizes of trades.

    Attributes
    ----------
    spread_bp : float, bp of price
        Full bid-ask spread where the prices table has none; a trade pays half.
    decimals : int, digits
        Decimals of a share in accounts that allow fractions, where the securities
        table has none.
    """

    spread_bp: NonNegative = 2.0
    decimals: Annotated[int, Field(ge=0, le=9)] = 4


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Cash:
    """Range for cash after trading; min and max of the cash table come first.

    Attributes
    ----------
    minimum : float, fraction of NAV
        Never undercut: where that is impossible there is no plan.
    maximum : float, fraction of NAV
        Exceeded only where no tradable size fits into it; a note says by how much.
    """

    minimum: Fraction = 0.0
    maximum: Fraction = 0.01


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Bounds:
    """Weight limits of each security; None is no limit, the tightest counts.

    A weight that is already outside may stay but not move further out, so a minimum
    forces no purchase and a maximum no sale.

    Attributes
    ----------
    minimum : float, fraction of NAV
        Least weight.
    maximum : float, fraction of NAV
        Most weight.
    active : float, fraction of NAV
        ± around the benchmark weight.
    multiple : float, multiple of benchmark weight
        k in [(1 − k) b, (1 + k) b], where b is the benchmark weight; any k keeps
        what is not in the benchmark from being bought.
    """

    minimum: Fraction | None = None
    maximum: Fraction | None = None
    active: Fraction | None = None
    multiple: NonNegative | None = None


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Budget:
    """A limit on what sales may realise; several may be given, all hold.

    Counted before wash sales and harvest thresholds, in taxable accounts.

    Attributes
    ----------
    measure : str
        "gain" adds up gains alone, "loss" losses alone (a positive number), "net"
        gains less losses.
    term : str
        Which of them count: "short", "long" or "total".
    minimum : float, account currency
        Least amount.
    maximum : float, account currency
        Most amount, not below the minimum; one of the two is set.
    period : str
        "run" counts this run alone; "year" adds what the taxpayers table says was
        realised this year, a net figure, so it needs the measure "net".
    """

    measure: Literal["gain", "loss", "net"] = "net"
    term: Literal["short", "long", "total"] = "total"
    minimum: float | None = None
    maximum: float | None = None
    period: Literal["run", "year"] = "run"

    @model_validator(mode="after")
    def _agree(self) -> Self:
        low, high = self.minimum, self.maximum
        if low is None and high is None:
            raise _contradiction("maximum", "no limit", "a minimum or a maximum")
        if low is not None and high is not None and low > high:
            found = f"{low:g}, above the maximum {high:g}"
            allowed = "a minimum of at most the maximum"
            raise _contradiction("minimum", found, allowed)
        if self.period == "year" and self.measure != "net":
            found = f'"year" with measure "{self.measure}"'
            allowed = 'measure "net": the taxpayers table has net figures'
            raise _contradiction("period", found, allowed)
        return self


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Taxes:
    """What a sale costs, and which lots may be sold.

    Attributes
    ----------
    bill : str
        "flat" taxes each sale at the rate of its term. "netting" nets it with the
        taxpayer's year: realised so far, carried in, expected. "auto" nets where
        the taxpayers table gives the tax year's figures.
    carry_value : float, fraction of the rate
        Worth today of a loss beyond known gains and the yearly deduction, which is
        carried into later years.
    relief : str
        Which lots a sale takes in taxable accounts: the optimizer's choice, or a
        fixed order of those that may be sold: "fifo", "lifo", "hifo" (highest unit
        cost), "lowest_tax".
    minimum_holding_days : int, days
        Lots held for less are not sold; 31 leaves no purchase to replace a loss.
    near_long : str
        Short-term gains that turn long within ``near_long_days``: "sell" treats
        them as any other, "hold" keeps them, "price" adds ``near_long_weight``
        times the tax that waiting would save.
    near_long_days : int, days
        Length of that period.
    near_long_weight : float, fraction
        Probability that the lot would be held until it is long-term.
    budgets : list of tables
        Limits on realised gains and losses.
    """

    bill: Literal["auto", "flat", "netting"] = "auto"
    carry_value: Fraction = 0.5
    relief: Literal["optimizer", "fifo", "lifo", "hifo", "lowest_tax"] = "optimizer"
    minimum_holding_days: Annotated[int, Field(ge=0)] = 0
    near_long: Literal["sell", "price", "hold"] = "sell"
    near_long_days: Annotated[int, Field(ge=0, le=366)] = 30
    near_long_weight: Fraction = 1.0
    budgets: tuple[Budget, ...] = ()


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Wash:
    """What to do about wash sales, over all accounts of the taxpayer.

    Attributes
    ----------
    policy : str
        "disallow" never creates one. "trade_off" may: the disallowed part of the
        loss saves nothing today, and its basis moves to the replacement shares.
        "ignore" does not look.
    margin : float, fraction of proceeds
        Sales with a gain below this share count as losses for the window.
    moved_value : float, fraction of the tax saved
        Worth today of a loss that moves into the basis of replacement shares, under
        "trade_off"; 0 where some are in an account that is not taxable.
    """

    policy: Literal["disallow", "trade_off", "ignore"] = "disallow"
    margin: Fraction = 0.0
    moved_value: Fraction = 0.5


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Harvest:
    """Least loss worth realising; below any of them a lot's loss counts as nothing.

    0 is no threshold.

    Attributes
    ----------
    minimum_fraction : float, fraction of cost basis
        Least loss of a lot.
    minimum_loss : float, account currency
        Least loss of a lot.
    minimum_value : float, account currency
        Least tax saved by selling the whole lot, at flat rates, net of its cost.
    """

    minimum_fraction: Fraction = 0.0
    minimum_loss: NonNegative = 0.0
    minimum_value: NonNegative = 0.0


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Missing:
    """What to do when something is absent: refuse the input, or hold untraded.

    Attributes
    ----------
    price : str
        "hold" keeps the position and leaves it out of NAV; a benchmark member
        without price is not bought.
    basis : str
        "hold" keeps every lot of the position; it counts in NAV and tracking.
    symbol : str
        About symbols that the securities table (or, without one, the prices table)
        does not have. "hold" keeps the position; it counts where it has a price.
    exposure : str
        "hold" keeps the position, in NAV but not in tracking error; a benchmark
        member without exposure is neither bought nor tracked.
    """

    price: OnMissing = "refuse"
    basis: OnMissing = "refuse"
    symbol: OnMissing = "refuse"
    exposure: OnMissing = "refuse"


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Search:
    """How long the engine looks for a better plan.

    Attributes
    ----------
    gap_bp : float, bp of NAV
        Stop when objective − bound is at most this, before rounding to tradable
        sizes.
    flips : int, solves
        Most re-solves with another side of a security or another mode of a group.
    """

    gap_bp: NonNegative = 0.1
    flips: Annotated[int, Field(ge=0)] = 20


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Policy:
    """Every preference of a rebalance.

    Attributes
    ----------
    engine : str
        What solves the program. "reference" relaxes, fixes modes and sides, flips.

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
    taxes: Taxes = Taxes()
    wash: Wash = Wash()
    harvest: Harvest = Harvest()
    missing: Missing = Missing()
    search: Search = Search()

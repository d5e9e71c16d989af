# SPDX-License-Identifier: Apache-2.0
"""What they want: one tree of frozen settings, each with default and unit.

A policy file is this tree as TOML. Unknown and out-of-range settings are refused
with the nearest valid name. docs/policy.md is written from the docstrings below: an
attribute's line is ``name : type, unit``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from di_optimizer.policy_cash import Cash, Conflict, Working, Worth
from di_optimizer.policy_limits import Concentration, Limit, RiskLimit, Turnover
from di_optimizer.policy_prices import Drift, Future, Score
from di_optimizer.policy_tax import Budget, Harvest, Taxes, Wash
from di_optimizer.policy_types import CONFIG, Fraction, NonNegative

__all__ = [
    "Bounds",
    "Budget",
    "Cash",
    "Concentration",
    "Conflict",
    "Counts",
    "Drift",
    "Future",
    "Harvest",
    "Limit",
    "Missing",
    "OnMissing",
    "Policy",
    "RiskLimit",
    "Score",
    "Search",
    "Taxes",
    "Tracking",
    "Trading",
    "Turnover",
    "Wash",
    "Working",
    "Worth",
]

OnMissing = Literal["refuse", "hold"]
Decimals = Annotated[int, Field(ge=0, le=9)]
Count = Annotated[int, Field(ge=0)]
SecurityType = Literal[
    "stock",
    "etf",
    "fund",
    "adr",
    "reit",
    "bond",
    "option",
    "future",
    "forex",
    "cash",
]


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Tracking:
    """Price of deviating from the benchmark, and the most of it.

    Attributes
    ----------
    gamma : float, years
        Price of tracking variance: 10 charges 10 bp of NAV for a year with 1 % of
        tracking error. Higher tracks closer and harvests less; 0 ignores tracking
        but for the cap. Example: ``25``.
    max_te_bp : float, bp of NAV
        Most tracking error after trading, annualised. None is no cap. Example: ``150``.
    unreachable : str
        Where no plan is within the cap: "closest" comes as close to the benchmark as
        the other limits let it, whatever that costs, and says by how much the cap is
        missed; "refuse" makes no plan. Example: ``"refuse"``.
    """

    gamma: NonNegative = 10.0
    max_te_bp: NonNegative | None = None
    unreachable: Literal["closest", "refuse"] = "closest"


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Trading:
    """Costs, sizes and sides of trades.

    The smallest tradable amount is the security's block; without one, in accounts
    that allow fractions, the security's decimals, those of its type or those of
    here; in other accounts a whole share. A full exit may be of any size.

    Attributes
    ----------
    spread_bp : float, bp of price
        Full bid-ask spread where the prices table has none; a trade pays half.
        Example: ``3.5``.
    ticket : float, account currency
        Cost of an order of any size, purchase or sale, paid from cash.
        Example: ``1.5``.
    decimals : int, digits
        Decimals of a share in accounts that allow fractions, where the securities
        table has none. Example: ``3``.
    type_decimals : mapping, digits
        The same by type of security: the type's come before ``decimals``, the
        security's own before both. Example: ``{ etf = 0, fund = 3 }``.
    min_trade : float, account currency
        Least value of an order; selling all of a position is exempt. Example: ``100``.
    min_holding : float, fraction of NAV
        Least weight of a position that is held. One below it is topped up or sold,
        unless it may neither be bought nor sold whole: then it may stay.
        Example: ``0.001``.
    sides : str
        "both" buys and sells; "buy_only" sells nothing, "sell_only" buys nothing,
        "none" does neither. Example: ``"buy_only"``.
    futures_cost : str
        What trading futures takes from cash, which their value never does. "later":
        nothing. "immediate": what purchases cost. Sales change nothing either way.
        Example: ``"immediate"``.
    """

    spread_bp: NonNegative = 2.0
    ticket: NonNegative = 0.0
    decimals: Decimals = 4
    type_decimals: Mapping[SecurityType, Decimals] | None = None
    min_trade: NonNegative = 0.0
    min_holding: Fraction = 0.0
    sides: Literal["both", "buy_only", "sell_only", "none"] = "both"
    futures_cost: Literal["later", "immediate"] = "later"


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Counts:
    """How many positions and orders; None is no limit.

    Attributes
    ----------
    max_names : int, positions
        Most positions after trading, those that are held untraded included.
        Example: ``150``.
    min_names : int, positions
        Least positions after trading, counted in the same way. Example: ``50``.
    max_trades : int, orders
        Most securities that are bought or sold. Example: ``40``.
    """

    max_names: Count | None = None
    min_names: Count | None = None
    max_trades: Count | None = None


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Bounds:
    """Weight limits of each security; None is no limit, the tightest counts.

    A weight that is already outside may stay but not move further out, so a minimum
    forces no purchase and a maximum no sale.

    Attributes
    ----------
    minimum : float, fraction of NAV
        Least weight. Example: ``0.0005``.
    maximum : float, fraction of NAV
        Most weight. Example: ``0.05``.
    active : float, fraction of NAV
        ± around the benchmark weight. Example: ``0.01``.
    multiple : float, multiple of benchmark weight
        k in [(1 − k) b, (1 + k) b], where b is the benchmark weight; any k keeps
        what is not in the benchmark from being bought. Example: ``0.5``.
    """

    minimum: Fraction | None = None
    maximum: Fraction | None = None
    active: Fraction | None = None
    multiple: NonNegative | None = None


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Missing:
    """What to do when something is absent: refuse the input, or hold untraded.

    Attributes
    ----------
    price : str
        "hold" keeps the position and leaves it out of NAV; a benchmark member
        without price is not bought. Example: ``"hold"``.
    basis : str
        "hold" keeps every lot of the position; it counts in NAV and tracking.
        Example: ``"hold"``.
    symbol : str
        About symbols that the securities table (or, without one, the prices table)
        does not have. "hold" keeps the position; it counts where it has a price.
        Example: ``"hold"``.
    exposure : str
        "hold" keeps the position, in NAV but not in tracking error; a benchmark
        member without exposure is neither bought nor tracked. Example: ``"hold"``.
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
        sizes. Example: ``0.5``.
    flips : int, solves
        Most re-solves with another side of a security or another mode of a group,
        of the reference engine. Example: ``50``.
    nodes : int, nodes
        Most nodes of the certified engine's branch and bound; a fifth of them where
        sizes or counts are limited, a tenth with whole shares: these take longer.
        Example: ``2_000``.
    fewer_trades_bp : float, bp of NAV
        How much of the objective may be given up for fewer trades; the gap that is
        reported includes it. Example: ``0.5``.
    seconds : float, seconds
        Time limit of one account. With one, the trades depend on how fast the
        machine is; None is no limit. Example: ``10``.
    """

    gap_bp: NonNegative = 0.1
    flips: Annotated[int, Field(ge=0)] = 20
    nodes: Annotated[int, Field(ge=0)] = 400
    fewer_trades_bp: NonNegative = 0.0
    seconds: NonNegative | None = None


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Policy:
    """Every preference of a rebalance.

    Attributes
    ----------
    engine : str
        What solves the program. "certified" proves its gap in milliseconds;
        "reference" is plain, slow and built on cvxpy; "auto" asks the certified one
        and, where that finds no plan, the other; every plan says which it was.
        Example: ``"reference"``.
    terms : list of str
        Limits and prices of your own, each ``module:function``; see
        docs/your-own-terms.md. They do not go with the engine "certified"; "auto"
        asks the one that can have them.
        Example: ``["house_rules:less_tobacco"]``.

    Examples
    --------
    >>> Policy(tracking=Tracking(gamma=50)).tracking.gamma
    50.0
    """

    engine: Literal["auto", "certified", "reference"] = "auto"
    terms: tuple[str, ...] = ()
    tracking: Tracking = Tracking()
    drift: Drift = Drift()
    trading: Trading = Trading()
    cash: Cash = Cash()
    bounds: Bounds = Bounds()
    limits: tuple[Limit, ...] = ()
    risk_limits: tuple[RiskLimit, ...] = ()
    concentration: Concentration = Concentration()
    turnover: Turnover = Turnover()
    scores: tuple[Score, ...] = ()
    counts: Counts = Counts()
    worth: Worth = Worth()
    conflict: Conflict = Conflict()
    working: Working = Working()
    taxes: Taxes = Taxes()
    future: Future = Future()
    wash: Wash = Wash()
    harvest: Harvest = Harvest()
    missing: Missing = Missing()
    search: Search = Search()

# SPDX-License-Identifier: Apache-2.0
"""What they want about taxes: rates of exchange, budgets, wash sales, harvests.

Branches of the tree in :mod:`di_optimizer.policy`, which is where to import them from.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from di_optimizer.policy_types import CONFIG, Fraction, NonNegative, contradiction


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Budget:
    """A limit on what sales may realise; several may be given, all hold.

    Counted before wash sales and harvest thresholds, in taxable accounts.

    Attributes
    ----------
    measure : str
        "gain" adds up gains alone, "loss" losses alone (a positive number), "net"
        gains less losses. Example: ``"gain"``.
    term : str
        Which of them count: "short", "long" or "total". Example: ``"short"``.
    minimum : float, account currency
        Least amount. Example: ``-5_000``.
    maximum : float, account currency
        Most amount, not below the minimum; one of the two is set. Example: ``20_000``.
    period : str
        "run" counts this run alone; "year" adds what the taxpayers table says was
        realised this year, a net figure, so it needs the measure "net".
        Example: ``"run"``.
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
            raise contradiction("maximum", "no limit", "a minimum or a maximum")
        if low is not None and high is not None and low > high:
            found = f"{low:g}, above the maximum {high:g}"
            allowed = "a minimum of at most the maximum"
            raise contradiction("minimum", found, allowed)
        if self.period == "year" and self.measure != "net":
            found = f'"year" with measure "{self.measure}"'
            allowed = 'measure "net": the taxpayers table has net figures'
            raise contradiction("period", found, allowed)
        return self


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Taxes:
    """What a sale costs, and which lots may be sold.

    Attributes
    ----------
    bill : str
        "flat" taxes each sale at the rate of its term. "netting" nets it with the
        taxpayer's year: realised so far, carried in, expected. "auto" nets where
        the taxpayers table gives the tax year's figures. Example: ``"netting"``.
    weight : float, multiple of the tax
        What a unit of tax counts in the objective; 0 trades as if there were none.
        Limits and figures are about the tax itself. Example: ``0.8``.
    max_tax : float, account currency
        Most tax of the account's run: what it adds to the bill, or at flat rates;
        negative asks for a saving. Losses below the harvest thresholds do not help;
        one that moves into replacement shares counts at ``wash.moved_value``. None is
        no limit. Example: ``10_000``.
    carry_value : float, fraction of the rate
        Worth today of a loss beyond known gains and the yearly deduction, which is
        carried into later years. Example: ``0.6``.
    relief : str
        Which lots a sale takes in taxable accounts: the optimizer's choice, or a
        fixed order of those that may be sold: "fifo", "lifo", "hifo" (highest unit
        cost), "lowest_tax". Example: ``"hifo"``.
    minimum_holding_days : int, days
        Lots held for less are not sold; 31 leaves no purchase to replace a loss.
        Example: ``31``.
    near_long : str
        Short-term gains that turn long within ``near_long_days``: "sell" treats
        them as any other, "hold" keeps them, "price" adds ``near_long_weight``
        times the tax that waiting would save. Example: ``"hold"``.
    near_long_days : int, days
        Length of that period. Example: ``45``.
    near_long_weight : float, fraction
        Probability that the lot would be held until it is long-term. Example: ``0.5``.
    budgets : list of tables
        Limits on realised gains and losses.
        Example: ``[{ term = "short", maximum = 0 }]``.
    """

    bill: Literal["auto", "flat", "netting"] = "auto"
    weight: NonNegative = 1.0
    max_tax: float | None = None
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
        "ignore" does not look. Example: ``"trade_off"``.
    margin : float, fraction of proceeds
        Sales with a gain below this share count as losses for the window.
        Example: ``0.005``.
    moved_value : float, fraction of the tax saved
        Worth today of a loss that moves into the basis of replacement shares, under
        "trade_off"; 0 where some are in an account that is not taxable.
        Example: ``0.3``.
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
        Least loss of a lot. Example: ``0.05``.
    minimum_loss : float, account currency
        Least loss of a lot. Example: ``500``.
    minimum_value : float, account currency
        Least tax saved by selling the whole lot, at flat rates, net of its cost.
        Example: ``100``.
    """

    minimum_fraction: Fraction = 0.0
    minimum_loss: NonNegative = 0.0
    minimum_value: NonNegative = 0.0

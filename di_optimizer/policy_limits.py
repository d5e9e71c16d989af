# SPDX-License-Identifier: Apache-2.0
"""What they want held within limits: groups, factors, largest weights, risk, turnover.

Branches of the tree in :mod:`di_optimizer.policy`, which is where to import them from.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from di_optimizer.policy_types import CONFIG, Fraction, NonNegative, contradiction

Positive = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Limit:
    """A limit on a total over securities; several may be given, all hold.

    Attributes
    ----------
    on : str
        What is added up: "sector", "country", "issuer", "type", "currency",
        "wash_group" or any text column of the securities table adds up the weights
        of the securities whose value is ``name``; "factor" is the exposure to the
        risk model's factor ``name``; "beta" the beta to the benchmark by the risk
        model; any number column of the securities table is weighted by its values.
        A blank is in no group and adds nothing; so does cash. Example: ``"sector"``.
    name : str
        Which group or factor; "*" limits each of them by itself. Blank for "beta"
        and for number columns. Example: ``"Energy"``.
    unit : str
        "absolute" limits the total itself, "active" the total less the
        benchmark's, "multiple" the total as a multiple of the benchmark's, also of
        a negative one. Example: ``"active"``.
    minimum : float, the unit
        Least total; None is no limit. Example: ``-0.02``.
    maximum : float, the unit
        Most total, not below the minimum; one of the two is set. Example: ``0.02``.
    price : float, fraction of NAV per unit
        Makes the limit soft: what each unit of the total beyond it costs; 0 only
        reports it. None is a limit that is never broken. Example: ``0.05``.
    exclude : list of str
        Symbols that do not count. Example: ``["AAA"]``.
    """

    on: str
    name: str = ""
    unit: Literal["absolute", "active", "multiple"] = "absolute"
    minimum: float | None = None
    maximum: float | None = None
    price: NonNegative | None = None
    exclude: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        low, high = self.minimum, self.maximum
        if low is None and high is None:
            raise contradiction("maximum", "no limit", "a minimum or a maximum")
        if low is not None and high is not None and low > high:
            found = f"{low:g}, above the maximum {high:g}"
            raise contradiction("minimum", found, "a minimum of at most the maximum")
        if self.on == "beta" and self.name:
            raise contradiction("name", f'"{self.name}"', "no name: there is one beta")
        if self.on == "factor" and not self.name:
            raise contradiction("name", "none", 'a factor of the risk model, or "*"')
        return self


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class RiskLimit:
    """A cap on the tracking error that some factors or some securities bring.

    Attributes
    ----------
    factors : list of str
        Factors of the risk model that count, specific risk left out; empty for all
        of them and specific risk. Example: ``["value", "size"]``.
    on : str
        With ``name``: only active weights of the securities whose value in this
        column of the securities table is ``name`` count; blank for all.
        Example: ``"sector"``.
    name : str
        See ``on``. Example: ``"Energy"``.
    max_te_bp : float, bp of NAV
        Most tracking error of that part, annualised. Example: ``60``.
    price : float, fraction of NAV per unit
        Makes the cap soft: what each unit of tracking error beyond it costs.
        Example: ``0.5``.
    """

    factors: tuple[str, ...] = ()
    on: str = ""
    name: str = ""
    max_te_bp: NonNegative
    price: NonNegative | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if bool(self.on) != bool(self.name):
            found = f'on = "{self.on}" and name = "{self.name}"'
            raise contradiction("name", found, "both or neither")
        if not self.on and not self.factors:
            allowed = "factors, or a column and a name; tracking.max_te_bp caps all"
            raise contradiction("factors", "neither factors nor on", allowed)
        return self


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Concentration:
    """How much may be in few positions, and how far from the benchmark.

    Attributes
    ----------
    top : int, positions
        How many of the largest positions ``top_maximum`` is about. Example: ``10``.
    top_maximum : float, fraction of NAV
        Most weight of these together; None is no limit. Example: ``0.3``.
    top_exclude : list of str
        Symbols that do not count among them. Example: ``["AAA"]``.
    active_share : float, fraction of NAV
        Most active share after trading: half the sum of absolute active weights,
        of securities, cash left out. None is no limit. Example: ``0.4``.
    """

    top: Positive = 5
    top_maximum: Fraction | None = None
    top_exclude: tuple[str, ...] = ()
    active_share: Fraction | None = None


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Turnover:
    """How much may be traded.

    Attributes
    ----------
    maximum : float, fraction of NAV
        Most turnover: half of purchases and sales, less half of the due cash flow,
        in or out. None is no limit. Example: ``0.1``.
    adv : float, fraction of a day's volume
        Most of a security's average daily volume (column ``adv`` of the prices
        table) that is traded; over all accounts of a run together, each of which
        may trade in proportion to its NAV. None is no limit. Example: ``0.05``.
    """

    maximum: NonNegative | None = None
    adv: NonNegative | None = None

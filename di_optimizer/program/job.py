# SPDX-License-Identifier: Apache-2.0
"""What a program is built from, and the way back from its arrays to the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from di_optimizer.account import Account, AccountType
from di_optimizer.errors import Problem
from di_optimizer.exact import ZERO
from di_optimizer.market import Market
from di_optimizer.policy import Policy
from di_optimizer.program.bill import Year
from di_optimizer.program.program import Floats, Program
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tax.lots import Lot
from di_optimizer.trades import Trade
from di_optimizer.universe import Universe
from di_optimizer.wash_facts import WashFacts

LARGE_WITHDRAWAL = Decimal("0.9")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one program is built from. ``benchmark`` maps symbols to weights, sum 1.

    ``related`` are the taxpayer's other accounts as they are before trading,
    ``planned`` what those of them trade that were solved before this one.
    ``volume_share`` is this account's part of what all accounts of a run may trade of
    a day's volume.

    Benchmark members without a quote may not be bought; members and positions that
    the risk model does not know are left out of tracking error.
    """

    account: Account
    market: Market
    benchmark: Mapping[str, float]
    risk: FactorRiskModel
    policy: Policy
    related: tuple[Account, ...] = ()
    planned: Mapping[str, tuple[Trade, ...]] = field(default_factory=dict)
    volume_share: Fraction = Fraction(1)

    @property
    def on(self) -> date:
        """The trade date."""
        return self.market.on

    @property
    def taxed(self) -> bool:
        """Whether sales of the account are taxed."""
        return self.account.type is AccountType.TAXABLE

    @property
    def washes(self) -> bool:
        """Whether policy looks at wash sales at all."""
        return self.policy.wash.policy != "ignore"

    @property
    def mode_settings(self) -> str:
        """The settings that give groups of securities modes, as messages name them."""
        wash, relief = self.policy.wash.policy, self.policy.taxes.relief
        named = [f'wash.policy = "{wash}"'] if self.washes else []
        named += [f'taxes.relief = "{relief}"'] if relief != "optimizer" else []
        return " and ".join(named)


@dataclass(frozen=True, kw_only=True)
class Built:
    """A program and the way back from its arrays to the account.

    Attributes
    ----------
    lots : tuple of Lot
        In the program's lot order.
    prices : (n,)
        Account currency; nan where there is none.
    breached : tuple of str
        Limits that the present positions already break.
    facts : WashFacts
        What past and planned trades mean for wash sales, whatever the policy.
    year : Year or None
        The taxpayer's year and its rules where ``program.netting`` is set: the same
        bill in exact money.
    """

    program: Program
    universe: Universe
    lots: tuple[Lot, ...]
    prices: Floats
    nav: Decimal
    base: Decimal
    breached: tuple[str, ...]
    facts: WashFacts = field(default_factory=WashFacts)
    year: Year | None = None


def value_of(account: Account, market: Market) -> Decimal:
    """Return NAV after the due flow: lots, valued untraded positions, cash, flow.

    Futures are settled every day: their value is in the cash already.
    """
    held = [(lot.symbol, lot.shares) for lot in account.lots]
    held += [(u.symbol, u.shares) for u in account.untraded if u.valued]
    valued = ((s, n) for s, n in held if not market.is_future(s))
    positions = sum((n * market.price(s) for s, n in valued), ZERO)
    return positions + account.cash_amount() + account.flow_due(market.on)


def base_of(nav: Decimal, flow: Decimal) -> Decimal:
    """Return the base of fractions: NAV, or NAV before a flow that takes over 90 %.

    Examples
    --------
    >>> base_of(Decimal(50), Decimal(-50)), base_of(Decimal(5), Decimal(-95))
    (Decimal('50'), Decimal('100'))
    """
    before = nav - flow
    return before if -flow > LARGE_WITHDRAWAL * before else nav


def worthless(account: Account, nav: Decimal) -> Problem:
    """Return what is wrong with an account that has nothing to invest."""
    return Problem(
        file=f"account '{account.account}'",
        found=f"a net asset value of {nav}",
        allowed="more than 0 after the due cash flow",
        todo="Check cash and flows of the account.",
    )

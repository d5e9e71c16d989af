# SPDX-License-Identifier: Apache-2.0
"""Each account's part of what a run may trade of a day's volume, by NAV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from di_optimizer.account import Account
from di_optimizer.market import Market
from di_optimizer.policy import Policy
from di_optimizer.program.job import value_of


def volume_shares(
    accounts: Iterable[Account], market: Market, policies: Iterable[Policy]
) -> dict[str, Fraction]:
    """Return the part of each account; none where no policy limits volume.

    The parts are exact and add up to 1: whatever the accounts trade within them, all
    together stay within the largest limit. One without value has none.

    Examples
    --------
    >>> from datetime import date
    >>> from decimal import Decimal
    >>> from di_optimizer.account import CashBalance, Taxpayer
    >>> from di_optimizer.policy import Turnover
    >>> person = Taxpayer(taxpayer="T", short_rate=0.4, long_rate=0.2)
    >>> accounts = [
    ...     Account(account=name, taxpayer=person,
    ...             cash=(CashBalance(amount=Decimal(money)),))
    ...     for name, money in (("A", 100), ("B", 300))]
    >>> market = Market(on=date(2024, 6, 28), quotes={})
    >>> shares = volume_shares(accounts, market, [Policy(turnover=Turnover(adv=0.1))])
    >>> {name: str(share) for name, share in shares.items()}
    {'A': '1/4', 'B': '3/4'}
    """
    if all(policy.turnover.adv is None for policy in policies):
        return {}
    worth = {
        a.account: max(Fraction(value_of(a, market)), Fraction(0)) for a in accounts
    }
    total = sum(worth.values(), Fraction(0))
    return {name: own / total if total else total for name, own in worth.items()}


def share_of(shares: Mapping[str, Fraction], account: str) -> Fraction:
    """Return an account's part; all of the volume where no run divides it."""
    return shares.get(account, Fraction(1))

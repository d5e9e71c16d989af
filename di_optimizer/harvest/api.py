# SPDX-License-Identifier: Apache-2.0
"""The public call: the tables of a rebalance in, a harvest report out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date  # noqa: N812  (``date`` is an argument name here)
from typing import TypedDict, Unpack

from di_optimizer.account import Account, by_taxpayer
from di_optimizer.harvest.calendar import calendar
from di_optimizer.harvest.candidates import Candidate, candidates
from di_optimizer.harvest.deferrals import Gain, gains
from di_optimizer.harvest.report import Available, HarvestReport, available
from di_optimizer.intake.load import Inputs, load
from di_optimizer.intake.sources import Sources
from di_optimizer.policy import Policy
from di_optimizer.policy_file import PolicyBook, check_policies
from di_optimizer.tables.source import Source
from di_optimizer.wash_facts import wash_facts


class _Required(TypedDict):
    lots: Source
    accounts: Source
    prices: Source


class HarvestTables(_Required, total=False):
    """The tables that a harvest report can use: each a path or a DataFrame."""

    taxpayers: Source | None
    activity: Source | None
    securities: Source | None


def harvest(
    *,
    date: Date,
    policy: Policy | PolicyBook | None = None,
    **tables: Unpack[HarvestTables],
) -> HarvestReport:
    """List what could be realised on a date, without a risk model or a benchmark.

    Parameters
    ----------
    date : date
        Decides terms and windows.
    policy : Policy or PolicyBook, optional
        Its ``harvest`` thresholds choose the candidates, its ``wash.margin`` what
        counts as a loss sale, its ``missing`` what happens to absent data.
    **tables
        ``lots``, ``accounts`` and ``prices``; optionally ``taxpayers``,
        ``activity``, ``securities``. Each a path or a DataFrame. The activity of
        every account of a taxpayer counts, also of accounts held elsewhere.

    Raises
    ------
    InputError
        With all problems of all tables.

    Examples
    --------
    >>> import pandas as pd
    >>> report = harvest(
    ...     date=Date(2024, 3, 1),
    ...     lots=pd.DataFrame({"account": ["A", "A"], "lot_id": ["1", "2"],
    ...         "symbol": ["XYZ", "XYZ"], "shares": [100, 40],
    ...         "cost_basis": [1000, 280], "acquired": ["2022-05-02", "2024-02-20"]}),
    ...     accounts=pd.DataFrame({"account": ["A"], "cash": [0],
    ...         "short_rate": [0.4], "long_rate": [0.2]}),
    ...     prices=pd.DataFrame({"symbol": ["XYZ"], "price": [7.5]}))
    >>> lot = report.candidates[0]
    >>> lot.lot_id, str(lot.tax_value), str(lot.state), float(lot.replaced_shares)
    ('1', '50.00', 'partly_replaced', 40.0)
    >>> str(lot.free_from), str(lot.buy_from)
    ('2024-03-22', '2024-04-01')
    """
    book = policy if isinstance(policy, PolicyBook) else _book(policy)
    check_policies(book, "policy")
    sources = Sources(benchmarks=None, policies=book, **tables)
    inputs = load(sources, on=date)
    people = by_taxpayer(inputs.accounts)
    found = [_of(account, inputs, book, people) for account in inputs.accounts]
    return HarvestReport(
        on=date,
        candidates=tuple(c for losses, _ in found for c in losses),
        gains=tuple(g for _, kept in found for g in kept),
        available=_available(inputs.accounts, found),
        calendar=calendar(tuple(people.values()), inputs.market, book),
        notes=inputs.notes,
    )


def _book(policy: Policy | None) -> PolicyBook:
    return PolicyBook(default=policy or Policy())


Found = tuple[tuple[Candidate, ...], tuple[Gain, ...]]


def _of(
    account: Account,
    inputs: Inputs,
    book: PolicyBook,
    people: dict[str, tuple[Account, ...]],
) -> Found:
    policy, market = book.of(account), inputs.market
    own = people[account.taxpayer.taxpayer]
    others = tuple(a for a in own if a.account != account.account)
    facts = wash_facts(account, market=market, policy=policy, related=others)
    return candidates(account, market, policy, facts), gains(account, market)


def _available(
    accounts: Sequence[Account], found: Sequence[Found]
) -> tuple[Available, ...]:
    return tuple(
        available(account.account, losses, kept)
        for account, (losses, kept) in zip(accounts, found, strict=True)
    )

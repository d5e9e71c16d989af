# SPDX-License-Identifier: Apache-2.0
"""What an account's cash is and has to be: the facts that rows and sizes share.

Exact money. What may be traded for it is in :mod:`di_optimizer.program.cash_use`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from di_optimizer.account import Account
from di_optimizer.cash_aim import Aim, Buffer, Wish, aim_of
from di_optimizer.errors import Problem
from di_optimizer.exact import ZERO, exact
from di_optimizer.policy import Cash
from di_optimizer.program.job import Job
from di_optimizer.universe import nearest

MAIN = "main"


@dataclass(frozen=True, kw_only=True)
class CashTask:
    """Cash before trading and where it has to end; money, ``share`` and ``move`` parts.

    Attributes
    ----------
    start : Decimal
        Cash that may be spent, due flows included.
    fenced : Decimal
        Cash that counts in NAV and stays where it is.
    share : Decimal
        How much of what sales bring may pay for purchases.
    move : Decimal
        By how much prices may move against every order.
    """

    start: Decimal
    fenced: Decimal
    aim: Aim
    share: Decimal
    move: Decimal

    @property
    def spare(self) -> Decimal:
        """What may be spent before anything is sold; below 0 what is missing."""
        return self.start - self.aim.low

    @property
    def plain(self) -> bool:
        """Whether all of cash pays for purchases, at prices as they are."""
        return self.share == 1 and self.move == 0


def cash_task(job: Job, nav: Decimal) -> CashTask:
    """Return what cash is and has to be.

    Parameters
    ----------
    nav : Decimal
        After due flows.
    """
    account, policy = job.account, job.policy.cash
    start = open_cash(job) + account.flow_due(job.on)
    aim = aim_of(start, nav, _wish(job))
    if policy.use == "cover" or proportional(job):  # no more than what is missing
        aim = replace(aim, high=max(aim.low, min(aim.high, start)))
    if account.locked(job.on):  # nothing can be done about it
        aim = replace(aim, least=min(aim.least, start), low=min(aim.low, start))
    return CashTask(
        start=start,
        fenced=account.cash_amount() - open_cash(job),
        aim=aim,
        share=sale_share(policy),
        move=exact(policy.price_move),
    )


def proportional(job: Job) -> bool:
    """Return whether a flow out is raised by the same part of every position."""
    out = job.account.flow_due(job.on) < 0
    return out and job.policy.cash.withdrawal == "proportional"


def sale_share(policy: Cash) -> Decimal:
    """Return how much of what sales bring may pay for purchases."""
    return ZERO if policy.use == "conservative" else exact(policy.sale_share)


def open_sleeves(account: Account, policy: Cash, job: Job) -> Account:
    """Return the account with the cash that may be spent alone."""
    shut = account.locked_sleeves(job.on)
    chosen = policy.sleeves
    own = [c for c in account.cash if c.sleeve not in shut]
    own = [c for c in own if chosen is None or c.sleeve in chosen]
    return replace(account, cash=() if account.locked(job.on) else tuple(own))


def open_cash(job: Job) -> Decimal:
    """Return the cash of the sleeves that may be spent, before flows."""
    return open_sleeves(job.account, job.policy.cash, job).cash_amount()


def _wish(job: Job) -> Wish:
    """Return what is wanted: the account's own ends, or the policy's."""
    account, policy = open_sleeves(job.account, job.policy.cash, job), job.policy.cash
    low, high = account.cash_range(policy.minimum, policy.maximum)
    one = len(account.cash_currencies()) < 2  # of several, targets are of the buckets
    targets = [c.target for c in account.cash if c.target is not None and one]
    target = max(targets) if targets else policy.target
    return Wish(
        minimum=exact(low),
        maximum=exact(high),
        target=None if target is None else exact(target),
        floor=exact(policy.floor),
        extra=_buffer(policy.raise_extra, policy.raise_extra_amount),
        keep=_buffer(policy.keep_back, policy.keep_back_amount),
        only_cash=policy.scope == "cash",
    )


def _buffer(part: float, amount: float) -> Buffer:
    return Buffer(part=exact(part), amount=exact(amount))


def cash_problems(job: Job) -> Iterator[Problem]:
    """Yield a problem for each sleeve and symbol of the policy that nothing has."""
    account, policy = job.account, job.policy.cash
    sleeves = {
        MAIN,
        *(c.sleeve for c in account.cash),
        *(t.sleeve for t in account.lots),
    }
    symbols = {*job.market.quotes, *job.market.securities, *job.benchmark}
    symbols |= {lot.symbol for lot in account.lots}
    named = {
        "cash.sleeves": (policy.sleeves or (), sleeves, "a sleeve"),
        "cash.exchange_out": (policy.exchange_out, symbols, "a symbol of the tables"),
        "cash.exchange_in": (policy.exchange_in, symbols, "a symbol of the tables"),
    }
    for setting, (given, known, allowed) in named.items():
        for name in given:
            if name not in known:
                yield Problem(
                    file=f"policy of account '{account.account}'",
                    column=setting,
                    found=f"'{name}'",
                    allowed=f"{allowed} of the account"
                    if known is sleeves
                    else allowed,
                    todo=nearest(name, sorted(known)),
                )

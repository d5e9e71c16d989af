# SPDX-License-Identifier: Apache-2.0
"""One bucket of cash a currency: what trades pay from it, within its own range.

Money is in the account's currency throughout. Nothing is converted: a purchase takes
from the bucket that its security is paid in, and a sale fills it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from di_optimizer.account import Account
from di_optimizer.exact import ZERO
from di_optimizer.program.cash import CashParts
from di_optimizer.program.cash_task import open_sleeves
from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.job import Job
from di_optimizer.program.program import Row
from di_optimizer.universe import Universe


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Cash of a currency before trading, money, and its range, fractions of NAV."""

    currency: str
    start: Decimal
    lower: float
    upper: float


def currency_rows(parts: CashParts, universe: Universe) -> Sequence[Row]:
    """Return a row for each currency of an account; none where it has but one."""
    buckets = buckets_of(parts.job, universe)
    if len(buckets) < 2:
        return ()
    return tuple(_row(parts, universe, bucket) for bucket in buckets)


def buckets_of(job: Job, universe: Universe) -> tuple[Bucket, ...]:
    """Return the buckets of an account, by currency.

    Each stays at its target or its minimum at least, no bucket below 0 but with a
    minimum of its own; the policy's range is of all cash together.
    """
    account, market = open_sleeves(job.account, job.policy.cash, job), job.market
    own = {balance.currency for balance in account.cash} | {account.currency}
    paid = {market.paid_in(s) for s in universe.symbols if s in market.quotes}
    return tuple(_bucket(job, account, currency) for currency in sorted(own | paid))


def _bucket(job: Job, account: Account, currency: str) -> Bucket:
    rows = [c for c in account.cash if c.currency == currency]
    start = sum((c.amount for c in rows), ZERO)
    if currency == account.currency:
        start += account.flow_due(job.on)
    lows = [c.minimum for c in rows if c.minimum is not None]
    lows += [c.target for c in rows if c.target is not None]
    highs = [c.maximum for c in rows if c.maximum is not None]
    return Bucket(
        currency=currency,
        start=start,
        lower=max(lows, default=0.0),
        upper=min(highs, default=np.inf),
    )


def _row(parts: CashParts, universe: Universe, bucket: Bucket) -> Row:
    paid = _paid_in(parts.job, universe, bucket.currency)
    name = f"currency {bucket.currency}"
    return Row(
        name=name,
        buy=-np.where(paid, parts.takes, 0.0),
        sell=np.where(paid[parts.lots.security], parts.brings, 0.0),
        offset=float(bucket.start / parts.base),
        lower=bucket.lower * parts.scale,
        upper=bucket.upper * parts.scale,
        lower_name=f"least cash in {bucket.currency}",
        upper_name=f"most cash in {bucket.currency}",
        trades=_tickets(parts, paid),
    )


def _paid_in(job: Job, universe: Universe, currency: str) -> Flags:
    quotes, market = job.market.quotes, job.market
    own = [s in quotes and market.paid_in(s) == currency for s in universe.symbols]
    return np.array(own, np.bool_)


def _tickets(parts: CashParts, paid: Flags) -> Floats | None:
    ticket = parts.job.policy.trading.ticket
    if ticket == 0:
        return None
    charged = paid & ~parts.futures
    return np.where(charged, -ticket / float(parts.base), 0.0)

# SPDX-License-Identifier: Apache-2.0
"""Cash after trading as rows of the program: its range, and what pays for purchases.

Costs are part of the cash arithmetic. Tax is not: it is an objective and a liability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from di_optimizer.exact import exact
from di_optimizer.program.groups import Floats
from di_optimizer.program.job import Job
from di_optimizer.program.program import LotArrays, Row


@dataclass(frozen=True, kw_only=True)
class CashParts:
    """What the rows about cash are made from.

    ``buy_cost`` (n,) is the cost of a unit bought; ``scale`` is NAV / base.
    """

    job: Job
    nav: Decimal
    base: Decimal
    scale: float
    lots: LotArrays
    buy_cost: Floats


def cash_rows(parts: CashParts) -> Sequence[Row]:
    """Return the rows about cash; the first is called "cash"."""
    return (_range_row(parts),)


def _range_row(parts: CashParts) -> Row:
    """Cash after the flow and all trades, costs included."""
    account, policy = parts.job.account, parts.job.policy
    cash = account.cash_amount() + account.flow_due(parts.job.on)
    low, high = account.cash_range(policy.cash.minimum, policy.cash.maximum)
    return Row(
        name="cash",
        buy=-(1.0 + parts.buy_cost),
        sell=1.0 - parts.lots.sell_cost,
        offset=float(cash / parts.base),
        lower=low * parts.scale,
        upper=high * parts.scale,
        lower_name="cash.minimum",
        upper_name="cash.maximum",
        trades=_tickets(parts),
    )


def _tickets(parts: CashParts) -> Floats | None:
    """Return what cash pays for each security that is traded; None for nothing."""
    ticket = exact(parts.job.policy.trading.ticket)
    if ticket == 0:
        return None
    return np.full(len(parts.buy_cost), -float(ticket / parts.base))

# SPDX-License-Identifier: Apache-2.0
"""Cash after trading as rows of the program: its range, and what pays for purchases.

Costs are part of the cash arithmetic. Tax is not: it is an objective and a liability.
With h the share of sales that may be spent and m the move of prices::

    cash              start + sells − buys                       ≥ low
    cash.sale_share   start + h·sells − buys                     ≥ low
    cash.price_move   start + (1 − m) sells − (1 + m) buys       ≥ least
    cash.maximum      cash less what h and m hold back           ≤ high

Where less than ``low`` is there before trading, sales first make up for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from di_optimizer.exact import exact
from di_optimizer.program.cash_task import CashTask, cash_task
from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.job import Job
from di_optimizer.program.program import LotArrays, Row

CASH, SHARE, MOVE, MOST = "cash", "cash.sale_share", "cash.price_move", "cash.maximum"
CASH_ROWS = (CASH, SHARE, MOVE, MOST)  # counted to the cent when sizes are chosen
DRAG = "cash.drag"


@dataclass(frozen=True, kw_only=True)
class CashParts:
    """What the rows about cash are made from.

    ``buy_cost`` (n,) is the cost of a unit bought, ``futures`` (n,) what takes and
    brings no cash but, at once or later, costs; ``scale`` is NAV / base.
    """

    job: Job
    nav: Decimal
    base: Decimal
    scale: float
    lots: LotArrays
    buy_cost: Floats
    futures: Flags

    @property
    def takes(self) -> Floats:
        """Cash that a unit bought takes, (n,)."""
        at_once = self.job.policy.trading.futures_cost == "immediate"
        exposure = self.buy_cost if at_once else np.zeros(len(self.buy_cost))
        return np.where(self.futures, exposure, 1.0 + self.buy_cost)

    @property
    def brings(self) -> Floats:
        """Cash that a unit sold brings, (lots,)."""
        held = self.futures[self.lots.security]
        return np.where(held, 0.0, 1.0 - self.lots.sell_cost)


def cash_rows(parts: CashParts) -> Sequence[Row]:
    """Return the rows about cash; the first is called "cash"."""
    task = cash_task(parts.job, parts.nav)
    rows = [_cash(parts, task)]
    if task.share < 1:
        rows.append(_share(parts, task))
    if task.move > 0:
        rows.append(_move(parts, task))
    if not task.plain:
        rows.append(_most(parts, task))
    if parts.job.policy.cash.drag > 0 and parts.job.account.flow_due(parts.job.on) >= 0:
        rows.append(_drag(parts, task))
    return tuple(rows)


def _row(
    parts: CashParts,
    name: str,
    start: Decimal,
    factors: tuple[float, float],
    limits: tuple[float, float],
) -> Row:
    """Return a row of ``start`` + a·sells − b·buys, costs included; factors (a, b)."""
    sold, bought = factors
    return Row(
        name=name,
        buy=-bought * parts.takes,
        sell=sold * parts.brings,
        offset=float(start / parts.base),
        lower=limits[0],
        upper=limits[1],
        lower_name=name,
        upper_name="cash.maximum",
        trades=_tickets(parts, 1.0),
    )


def _named(row: Row, lower: str, upper: str) -> Row:
    return replace(row, lower_name=lower, upper_name=upper)


def _cash(parts: CashParts, task: CashTask) -> Row:
    """Cash after the flow and all trades."""
    aim = task.aim
    high = float(aim.high / parts.base) if task.plain else np.inf
    limits = float(aim.low / parts.base), high
    row = _row(parts, CASH, task.start, (1.0, 1.0), limits)
    return _named(row, aim.low_name, _upper_name(parts))


def _upper_name(parts: CashParts) -> str:
    only_cash = parts.job.policy.cash.scope == "cash"
    return "cash.target" if only_cash else "cash.maximum"


def _share(parts: CashParts, task: CashTask) -> Row:
    """Purchases are paid from the cash that is there and a share of what sales bring.

    Tickets of purchases count in full only where nothing can be sold: the exact count
    when sizes are chosen has them all.
    """
    share = float(task.share)
    there = task.aim.low + (task.spare if task.spare >= 0 else task.share * task.spare)
    limits = float(task.aim.low / parts.base), np.inf
    row = _row(parts, SHARE, there, (share, 1.0), limits)
    held = np.zeros(len(parts.buy_cost), dtype=bool)
    held[parts.lots.security] = True
    tickets = _tickets(parts, np.where(held, share, 1.0))
    return replace(row, trades=tickets, lower_name=share_name(parts.job))


def share_name(job: Job) -> str:
    """Return what messages call the limit on what pays for purchases."""
    conservative = job.policy.cash.use == "conservative"
    return 'cash.use = "conservative"' if conservative else SHARE


def _move(parts: CashParts, task: CashTask) -> Row:
    """Cash is not below its least where prices move against every order."""
    move = float(task.move)
    limits = float(task.aim.least / parts.base), np.inf
    return _row(parts, MOVE, task.start, (1.0 - move, 1.0 + move), limits)


def _most(parts: CashParts, task: CashTask) -> Row:
    """Cash less what is held back for prices and of sales is not above its maximum."""
    back, move = float(1 - task.share), float(task.move)
    start = task.start + (1 - task.share) * max(-task.spare, Decimal(0))
    limits = -np.inf, float(task.aim.high / parts.base)
    row = _row(parts, MOST, start, (1.0 - move - back, 1.0 + move), limits)
    return _named(row, "", _upper_name(parts))


def _drag(parts: CashParts, task: CashTask) -> Row:
    """Cash above its target has a price."""
    limits = -np.inf, float(task.aim.target / parts.base)
    row = _row(parts, DRAG, task.start, (1.0, 1.0), limits)
    return replace(row, upper_name=DRAG, upper_price=parts.job.policy.cash.drag)


def _tickets(parts: CashParts, share: float | Floats) -> Floats | None:
    """Return what cash pays for each security that is traded; None for nothing.

    Tickets of futures are left to the exact count: sales of them cost no cash.
    """
    ticket = exact(parts.job.policy.trading.ticket)
    if ticket == 0 or not np.any(share):
        return None
    return -float(ticket / parts.base) * share * np.where(parts.futures, 0.0, 1.0)

# SPDX-License-Identifier: Apache-2.0
"""What a plan says of wash sales: what was applied, what is closed, what was left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.exact import ZERO, cents
from di_optimizer.orders.sizing import Sized
from di_optimizer.program.job import Built, Job
from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.window import free_from
from di_optimizer.wash_facts import (
    LossSale,
    Recent,
    group_of,
    is_loss_lot,
    purchases_of,
)

WASH_NOTE = (
    "Wash-sale rules were not applied: a loss here may be disallowed by purchases "
    "of the same security within 30 days before or after."
)
SHOWN = 10  # groups that one note lists


def wash_notes(job: Job, built: Built, sized: Sized) -> tuple[str, ...]:
    """Return the notes on wash sales, none of them where nothing is to be said."""
    if not job.washes:
        return (WASH_NOTE,)
    return (
        _applied(job, sized),
        *_closed(job, built),
        *_left(job, built, sized),
    )


def _applied(job: Job, sized: Sized) -> str:
    """Name the policy and what it looked at."""
    count = len(job.related) + 1
    over = f"over the taxpayer's {count} accounts" if count > 1 else "in this account"
    if job.policy.wash.policy == "disallow":
        return f"Wash sales {over} are ruled out (wash.policy = disallow)."
    lost = sum((trade.disallowed for trade in sized.trades), ZERO)
    found = f"losses of {lost:,} are" if lost else "no loss is"
    return (
        f"Wash sales {over} are traded off (wash.policy = trade_off): {found} "
        "disallowed today."
    )


def _closed(job: Job, built: Built) -> list[str]:
    """Say what may not be bought until when, because of which sale."""
    groups = {group_of(job.market, symbol) for symbol in built.universe.symbols}
    named = [
        _closing(job, group, sale)
        for group, sale in built.facts.closed.items()
        if group in groups
    ]
    if not named:
        return []
    return [f"Not bought after loss sales, free from the date named: {_listed(named)}."]


def _closing(job: Job, group: str, sale: LossSale) -> str:
    what = group if sale.symbol == group else f"{group} ({sale.symbol} sold)"
    where = "" if sale.account == job.account.account else f" in {sale.account}"
    when = f"today{where}" if sale.source == "planned" else f"on {sale.on}{where}"
    return f"{what} from {sale.free} (sold {when})"


def _left(job: Job, built: Built, sized: Sized) -> list[str]:
    """Say which losses were left because shares bought lately would replace them."""
    if job.policy.wash.policy != "disallow" or not job.taxed:
        return []
    purchases = purchases_of(job.account)
    left: list[Lot] = []
    frees: dict[str, date] = {}
    for lot in _barred(built, sized):
        group = group_of(job.market, lot.symbol)
        shares = [
            share
            for share in (*built.facts.recent, *built.facts.outside)
            if share.group == group and _replaces(job, share, purchases[lot.lot_id])
        ]
        if shares and is_loss_lot(lot, job.market, job.policy.wash):
            left.append(lot)
            free = max(free_from(share.acquired) for share in shares)
            frees[group] = max(free, frees.get(group, free))
    if not left:
        return []
    what, it = (
        ("1 lot with a loss of {} was", "it")
        if len(left) == 1
        else (f"{len(left)} lots with losses of {{}} were", "them")
    )
    named = [f"{group} free from {frees[group]}" for group in sorted(frees)]
    return [
        f"{what.format(f'{_loss(job, left):,}')} not harvested: shares bought lately "
        f"would replace {it}: {_listed(named)}."
    ]


def _replaces(job: Job, share: Recent, purchase: str) -> bool:
    """Return whether recent shares replace those of one of the account's purchases."""
    return share.account != job.account.account or share.purchase != purchase


def _barred(built: Built, sized: Sized) -> list[Lot]:
    """Return the lots that the chosen modes keep and nothing else does."""
    before, after = built.program.lots.cap, sized.settled.built.program.lots.cap
    return [built.lots[i] for i in np.flatnonzero((after <= 0.0) & (before > 0.0))]


def _loss(job: Job, lots: Iterable[Lot]) -> Decimal:
    gains = (gain_of(lot, lot.shares, job.market.price(lot.symbol)) for lot in lots)
    return cents(sum((max(-gain, Fraction(0)) for gain in gains), Fraction(0)))


def _listed(named: list[str]) -> str:
    more = len(named) - SHOWN
    return "; ".join(named[:SHOWN]) + (f"; and {more} more" if more > 0 else "")

# SPDX-License-Identifier: Apache-2.0
"""Gains and losses that an account could still realise, by term."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from di_optimizer.exact import ZERO, cents
from di_optimizer.program.job import Job
from di_optimizer.tax.lots import gain_of
from di_optimizer.tax.term import Term, term
from di_optimizer.trades import Trade


@dataclass(frozen=True, kw_only=True)
class Unrealised:
    """Sums over lots at today's prices, money to the cent; losses are positive.

    Whether a loss would be allowed is not looked at.
    """

    short_gain: Decimal = ZERO
    short_loss: Decimal = ZERO
    long_gain: Decimal = ZERO
    long_loss: Decimal = ZERO


NOTHING = Unrealised()


def unrealised(job: Job, trades: Sequence[Trade] = ()) -> Unrealised:
    """Return what the account's lots could realise after these trades.

    What is bought today has no gain yet.
    """
    sold = {trade.lot_id: trade.shares for trade in trades if trade.side == "sell"}
    gains: dict[Term, list[Fraction]] = {Term.SHORT: [], Term.LONG: []}
    for lot in job.account.lots:
        left = lot.shares - sold.get(lot.lot_id, ZERO)
        if left > 0:
            gain = gain_of(lot, left, job.market.price(lot.symbol))
            gains[term(lot.holding_start, job.on)].append(gain)
    return Unrealised(
        short_gain=_sum(g for g in gains[Term.SHORT] if g > 0),
        short_loss=_sum(-g for g in gains[Term.SHORT] if g < 0),
        long_gain=_sum(g for g in gains[Term.LONG] if g > 0),
        long_loss=_sum(-g for g in gains[Term.LONG] if g < 0),
    )


def _sum(gains: Iterable[Fraction]) -> Decimal:
    return cents(sum(gains, Fraction(0)))

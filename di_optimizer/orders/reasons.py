# SPDX-License-Identifier: Apache-2.0
"""Why each trade is made, in a few words of account language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from di_optimizer.exact import ZERO
from di_optimizer.orders.cash_check import cash_room
from di_optimizer.program.job import Built, Job
from di_optimizer.trades import Trade
from di_optimizer.wash_facts import group_of

REPLACES = "recent shares, sold with the loss that they would replace"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a reason depends on.

    Attributes
    ----------
    held, benchmark : float
        Present and benchmark weight of the security, fractions of base.
    flow : Decimal
        The due cash flow.
    forced : bool
        Whether the security may not be held.
    short_of_cash : bool
        Whether cash is below its minimum before trading.
    sells : bool
        Whether the account sells anything.
    replaces : bool
        Whether its shares would replace a loss of today if they were kept.
    counts : bool
        Whether its loss is large enough to be harvested.
    """

    held: float
    benchmark: float
    flow: Decimal
    forced: bool = False
    short_of_cash: bool = False
    sells: bool = True
    replaces: bool = False
    counts: bool = True


def explained(job: Job, built: Built, trades: Sequence[Trade]) -> tuple[Trade, ...]:
    """Return the trades with their reason filled in."""
    contexts, forced = _contexts(job, built, trades), _forced(built)
    recent, small = _recent(job, built, trades), _small(built)
    found = []
    for trade in trades:
        context = replace(
            contexts[trade.symbol],
            replaces=trade.lot_id in recent,
            counts=trade.lot_id not in small,
        )
        why = forced.get(trade.lot_id or "") or reason(trade, context)
        found.append(replace(trade, reason=why))
    return tuple(found)


def _contexts(job: Job, built: Built, trades: Sequence[Trade]) -> dict[str, Context]:
    program = built.program
    forced = program.upper < program.held
    short = cash_room(job, built, ()).short > 0
    sells = any(trade.side == "sell" for trade in trades)
    return {
        symbol: Context(
            held=float(program.held[i]),
            benchmark=float(program.benchmark[i]),
            flow=job.account.flow_due(job.on),
            forced=bool(forced[i]),
            short_of_cash=short,
            sells=sells,
        )
        for i, symbol in enumerate(built.universe.symbols)
    }


def _forced(built: Built) -> Mapping[str, str]:
    """Return what forces the sale of lots, by lot id."""
    names = zip(built.lots, built.program.lots.floor_name, strict=True)
    return {lot.lot_id: f"has to be sold: {name}" for lot, name in names if name}


def _small(built: Built) -> frozenset[str]:
    """Return the lots whose gain or loss counts as nothing."""
    gains = zip(built.lots, built.program.lots.gain.tolist(), strict=True)
    return frozenset(lot.lot_id for lot, gain in gains if gain == 0.0)


def _recent(job: Job, built: Built, trades: Sequence[Trade]) -> frozenset[str]:
    """Return the recent lots whose group sells at a loss, where policy minds."""
    if job.policy.wash.policy != "disallow":
        return frozenset()
    losing = {
        group_of(job.market, t.symbol) for t in trades if (t.realised_gain or ZERO) < 0
    }
    recent = built.facts.recent
    return frozenset(r.lot_id for r in recent if r.lot_id and r.group in losing)


def reason(trade: Trade, context: Context) -> str:
    """Return the reason of one trade.

    Examples
    --------
    >>> trade = Trade(account="a", symbol="AAA", side="buy", shares=Decimal(1),
    ...               price=Decimal(1), amount=Decimal(1))
    >>> reason(trade, Context(held=0.01, benchmark=0.02, flow=ZERO))
    'underweight against the benchmark'
    """
    if trade.side == "buy":
        return _buy_reason(context)
    if context.forced:
        return "may not be held"
    if context.counts and _saves(trade):
        part = f", {trade.disallowed:,} of it disallowed" if trade.disallowed else ""
        return f"harvest {trade.term} term loss{part}"
    if context.replaces:
        return REPLACES
    return _sell_reason(context)


def _saves(trade: Trade) -> bool:
    """Return whether a sale realises a loss that saves tax, now or later."""
    loss = trade.realised_gain is not None and trade.realised_gain < 0
    return loss and (trade.tax < 0 or trade.disallowed > 0)


def _buy_reason(context: Context) -> str:
    if context.held < context.benchmark:
        return "underweight against the benchmark"
    if context.flow > ZERO:
        return "invests the deposit"
    return "replaces exposure of what is sold" if context.sells else "invests cash"


def _sell_reason(context: Context) -> str:
    if context.benchmark == 0.0:
        return "not in the benchmark"
    if context.held > context.benchmark:
        return "overweight against the benchmark"
    if not context.short_of_cash:
        return "offsets risk"
    return "raises cash for the withdrawal" if context.flow < ZERO else "raises cash"

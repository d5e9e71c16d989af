# SPDX-License-Identifier: Apache-2.0
"""What of the losses in a list of trades is disallowed, share for share and exact.

Under the policy `trade_off` alone: `disallow` leaves no wash sale and `ignore` does
not look. Gains that count for the return follow from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from di_optimizer.exact import cents, exact
from di_optimizer.program.job import Job
from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.term import Term
from di_optimizer.trades import Trade
from di_optimizer.wash_facts import (
    Recent,
    WashFacts,
    group_of,
    purchase_ranks,
    purchases_of,
)

NOTHING = Fraction(0)
TODAY = ""  # purchase of what is bought today or held outside: no lot sold is of it


@dataclass
class _Spare:
    """Shares that can still replace others; ``purchase`` as in the facts, or TODAY."""

    group: str
    purchase: str
    shares: Fraction


def with_disallowed(
    job: Job, facts: WashFacts, trades: Sequence[Trade]
) -> tuple[Trade, ...]:
    """Return the trades with the disallowed part of each loss, and its tax without."""
    lost = lost_money(job, facts, trades)
    if not lost:
        return tuple(trades)
    lots = {lot.lot_id: lot for lot in job.account.lots}
    return tuple(
        _with(job, t, lots[t.lot_id], lost[t.lot_id]) if t.lot_id in lost else t
        for t in trades
    )


def _with(job: Job, trade: Trade, lot: Lot, lost: Fraction) -> Trade:
    rate = Fraction(exact(job.account.tax_rate(trade.term or Term.SHORT)))
    gain = gain_of(lot, trade.shares, trade.price)
    return replace(trade, disallowed=cents(lost), tax=cents((gain + lost) * rate))


def reported(
    job: Job, facts: WashFacts, trades: Sequence[Trade]
) -> tuple[Fraction, Fraction]:
    """Return the net short- and long-term gains that go on the return, exact."""
    lost = lost_money(job, facts, trades)
    totals = {Term.SHORT: NOTHING, Term.LONG: NOTHING}
    lots = {lot.lot_id: lot for lot in job.account.lots}
    for trade in trades:
        if trade.lot_id is not None and trade.term is not None:
            gain = gain_of(lots[trade.lot_id], trade.shares, trade.price)
            totals[trade.term] += gain + lost.get(trade.lot_id, NOTHING)
    return totals[Term.SHORT], totals[Term.LONG]


def lost_money(
    job: Job, facts: WashFacts, trades: Sequence[Trade]
) -> dict[str, Fraction]:
    """Return the disallowed loss of each lot that has one, above 0, by lot id."""
    if job.policy.wash.policy != "trade_off":
        return {}
    lots = {lot.lot_id: lot for lot in job.account.lots}
    return {
        name: -gain_of(
            lots[name], lots[name].shares, job.market.price(lots[name].symbol)
        )
        * shares
        / Fraction(lots[name].shares)
        for name, shares in lost_shares(job, facts, trades).items()
    }


def lost_shares(
    job: Job, facts: WashFacts, trades: Sequence[Trade]
) -> dict[str, Fraction]:
    """Return the shares of each lot whose loss is disallowed, by lot id.

    Losses in order of acquisition are matched with recent lots that are kept, then
    with what the taxpayer's other accounts hold, then with today's purchases. Shares
    of one purchase never replace each other.

    References
    ----------
    IRC § 1091(a); Treas. Reg. § 1.1091-1(b) to (e); Rev. Rul. 56-602.
    """
    if not job.taxed:
        return {}
    sold = {t.lot_id: t.shares for t in trades if t.side == "sell" and t.lot_id}
    bought = purchases_of(job.account)
    spares = [*_spares(job, facts, trades)]
    found = {}
    for lot in _losses(job, sold):
        group, purchase = group_of(job.market, lot.symbol), bought[lot.lot_id]
        need = Fraction(sold[lot.lot_id])
        for spare in spares:
            if spare.group == group and spare.purchase != purchase:
                used = min(need, spare.shares)
                spare.shares -= used
                need -= used
        if lost := Fraction(sold[lot.lot_id]) - need:
            found[lot.lot_id] = lost
    return found


def _losses(job: Job, sold: Collection[str]) -> list[Lot]:
    lots = (lot for lot in job.account.lots if lot.lot_id in sold)
    losing = [
        lot
        for lot in lots
        if gain_of(lot, lot.shares, job.market.price(lot.symbol)) < 0
    ]
    ranks = purchase_ranks(job.account)
    return sorted(losing, key=lambda lot: _arrival(lot, ranks))


def _arrival(lot: Lot | Recent, ranks: Mapping[str, int]) -> tuple[object, ...]:
    name = lot.lot_id or ""
    return lot.acquired, ranks.get(name, 0), lot.symbol, name


def _spares(job: Job, facts: WashFacts, trades: Sequence[Trade]) -> Iterator[_Spare]:
    sold = {t.lot_id: Fraction(t.shares) for t in trades if t.side == "sell"}
    ranks = purchase_ranks(job.account)
    for recent in sorted(facts.recent, key=lambda lot: _arrival(lot, ranks)):
        yield _spare(recent, recent.purchase, sold.get(recent.lot_id, NOTHING))
    for recent in facts.outside:
        yield _spare(recent, TODAY, NOTHING)
    for trade in trades:
        if trade.side == "buy":
            group = group_of(job.market, trade.symbol)
            yield _Spare(group, TODAY, Fraction(trade.shares))


def _spare(recent: Recent, purchase: str, sold: Fraction) -> _Spare:
    return _Spare(recent.group, purchase, Fraction(recent.shares) - sold)

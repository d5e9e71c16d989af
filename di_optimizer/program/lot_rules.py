# SPDX-License-Identifier: Apache-2.0
"""What policy and restrictions say of single lots: forced, kept, priced, not counted.

Exact comparisons: a lot on a threshold is on the side that the setting names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from di_optimizer.account import Account, Restriction
from di_optimizer.errors import InfeasibleError
from di_optimizer.exact import exact
from di_optimizer.harvest.thresholds import reaches
from di_optimizer.market import Market
from di_optimizer.policy import Harvest, Taxes
from di_optimizer.program.job import Job
from di_optimizer.program.limits import NO_SALES, SIDES, label
from di_optimizer.restrictions import LOCK, LOT_KINDS
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term, long_term_from, term

NO_THRESHOLD = Harvest()
HALF_CENT = Decimal("0.005")  # a sale for less is no order
EXACT = 60  # digits: more than shares times price can have


@dataclass(frozen=True, kw_only=True)
class LotView:
    """One lot on the trade date. Money exact; ``rate`` and ``cost`` fractions."""

    lot: Lot
    value: Decimal
    gain: Decimal
    term: Term
    rate: float
    cost: Decimal


@dataclass(frozen=True, kw_only=True)
class LotRule:
    """What is demanded of one lot; '' where nothing is.

    Attributes
    ----------
    forced, kept : str
        Names of what forces its sale as a whole, and of what forbids any.
    charge : float
        Price of a preference per unit sold.
    counts : bool
        False where its loss is too small to count.
    """

    forced: str = ""
    kept: str = ""
    charge: float = 0.0
    counts: bool = True


def views_of(lots: Iterable[Lot], job: Job) -> tuple[LotView, ...]:
    """Return what lots are worth and what their sales cost on the trade date."""
    with localcontext(prec=EXACT):
        return tuple(_view(lot, job) for lot in lots)


def _view(lot: Lot, job: Job) -> LotView:
    held = term(lot.holding_start, job.on)
    value = lot.shares * job.market.price(lot.symbol)
    return LotView(
        lot=lot,
        value=value,
        gain=value - lot.cost_basis,
        term=held,
        rate=job.account.tax_rate(held),
        cost=job.market.half_spread(lot.symbol, job.policy.trading.spread_bp),
    )


def lot_rules(job: Job, views: Iterable[LotView]) -> tuple[LotRule, ...]:
    """Return the rule of each lot.

    Raises
    ------
    InfeasibleError
        With every lot that is to be sold and to be kept.
    """
    named = _restricted(job.account, job.market)
    locks = [r for r in job.account.rules(job.on) if r.kind == LOCK]
    rules = tuple(
        _rule(view, job, [*named.get(view.lot.lot_id, ()), *_of(locks, view.lot)])
        for view in views
    )
    clashes = [f"  {r.forced} against {r.kept}" for r in rules if r.forced and r.kept]
    if clashes:
        head = f"account '{job.account.account}': lots to be sold may not be sold:"
        raise InfeasibleError("\n".join([head, *clashes]))
    return rules


def _restricted(account: Account, market: Market) -> Mapping[str, list[Restriction]]:
    """Return the restrictions on single lots active on the market's date."""
    found: dict[str, list[Restriction]] = {}
    for rule in account.restrictions:
        if rule.kind in LOT_KINDS and rule.lot_id and rule.active(market.on):
            found.setdefault(rule.lot_id, []).append(rule)
    return found


def _of(locks: Iterable[Restriction], lot: Lot) -> list[Restriction]:
    """Return the locks that keep a lot: of its sleeve, or of the account."""
    return [rule for rule in locks if rule.sleeve in (None, lot.sleeve)]


def _rule(view: LotView, job: Job, named: Iterable[Restriction]) -> LotRule:
    place = f" on {view.lot.symbol} lot {view.lot.lot_id}"
    forced = [label(rule) for rule in named if rule.kind == "sell_lot"]
    kept = [*_kept(view, job, named)]
    if not forced and not kept and view.value < HALF_CENT:
        kept = ["worth less than half a cent"]
    return LotRule(
        forced=forced[0] + place if forced else "",
        kept=kept[0] + place if kept else "",
        charge=_charge(view, job),
        counts=not job.taxed or worth_harvesting(view, job.policy.harvest),
    )


def _kept(view: LotView, job: Job, named: Iterable[Restriction]) -> Iterator[str]:
    yield from (label(rule) for rule in named if rule.kind in ("keep_lot", LOCK))
    if job.policy.trading.sides in NO_SALES:
        yield SIDES
    taxes = job.policy.taxes
    if (job.on - view.lot.acquired).days < taxes.minimum_holding_days:
        yield "taxes.minimum_holding_days"
    if taxes.near_long == "hold" and near_long(view, job):
        yield "taxes.near_long"


def near_long(view: LotView, job: Job) -> bool:
    """Return whether the lot is a taxed short-term gain that turns long soon."""
    if not job.taxed or view.term is Term.LONG or view.gain <= 0:
        return False
    days = (long_term_from(view.lot.holding_start) - job.on).days
    return days <= job.policy.taxes.near_long_days


def _charge(view: LotView, job: Job) -> float:
    """Return what waiting would save of a gain, times the weight of that thought."""
    taxes: Taxes = job.policy.taxes
    if taxes.near_long != "price" or not near_long(view, job):
        return 0.0
    saved = job.account.tax_rate(Term.SHORT) - job.account.tax_rate(Term.LONG)
    share = float(Fraction(view.gain) / Fraction(view.value))
    return max(saved, 0.0) * share * taxes.near_long_weight


def worth_harvesting(view: LotView, harvest: Harvest) -> bool:
    """Return whether a loss reaches every threshold; a gain always counts."""
    if view.gain >= 0 or harvest == NO_THRESHOLD:
        return True
    loss, basis = -Fraction(view.gain), Fraction(view.lot.cost_basis)
    saved = loss * Fraction(exact(view.rate)) - Fraction(view.cost * view.value)
    return reaches(loss, basis, saved, harvest)

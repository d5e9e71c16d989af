# SPDX-License-Identifier: Apache-2.0
"""Lots at a loss: what selling them saves, and whether the window lets it count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from di_optimizer.account import Account, AccountType
from di_optimizer.exact import ZERO, cents, exact
from di_optimizer.harvest.thresholds import reaches
from di_optimizer.market import Market
from di_optimizer.policy import Policy
from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.term import Term, term
from di_optimizer.tax.window import free_from
from di_optimizer.wash_facts import Recent, WashFacts, group_of


class WindowState(StrEnum):
    """What the wash-sale window says of a loss sale today."""

    FREE = "free"  # nothing would be disallowed
    BUY_BLOCKED = "buy_blocked"  # nothing either; purchases are closed already
    PARTLY_REPLACED = "partly_replaced"  # part of the loss would be disallowed
    REPLACED = "replaced"  # all of it would be


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A lot at a loss on one date.

    Attributes
    ----------
    loss : Decimal
        Basis − value of the whole lot, above 0, to the cent.
    loss_fraction : float
        Loss over basis.
    tax_value : Decimal
        Tax that the loss saves at the taxpayer's flat rate of its term.
    state : WindowState
    replaced_shares : Decimal
        Shares of the lot whose loss would be disallowed by recent purchases, if
        nothing else of the group were sold with them.
    free_from : date
        First day on which no earlier purchase replaces the lot: today when free.
    buy_from : date
        First day on which the group may be bought again if the lot is sold today.
    """

    account: str
    symbol: str
    lot_id: str
    shares: Decimal
    price: Decimal
    cost_basis: Decimal
    acquired: date
    loss: Decimal
    loss_fraction: float
    term: Term
    tax_value: Decimal
    state: WindowState
    replaced_shares: Decimal
    free_from: date
    buy_from: date


def candidates(
    account: Account, market: Market, policy: Policy, facts: WashFacts
) -> tuple[Candidate, ...]:
    """Return the lots of a taxable account with a loss worth realising.

    The thresholds of ``policy.harvest`` decide; largest tax value first, then by
    symbol and lot. Lots held untraded (no price, no basis) are not among them.
    """
    if account.type is not AccountType.TAXABLE:
        return ()
    found = [
        _candidate(account, lot, market, facts)
        for lot in account.lots
        if _worthwhile(account, lot, market, policy)
    ]
    return tuple(sorted(found, key=lambda c: (-c.tax_value, c.symbol, c.lot_id)))


def _worthwhile(account: Account, lot: Lot, market: Market, policy: Policy) -> bool:
    """Return whether a loss of at least a cent reaches the thresholds."""
    price = market.price(lot.symbol)
    loss = -gain_of(lot, lot.shares, price)
    if cents(loss) <= 0:
        return False
    half = market.half_spread(lot.symbol, policy.trading.spread_bp)
    saved = loss * _rate(account, lot, market) - Fraction(lot.shares * price * half)
    return reaches(loss, Fraction(lot.cost_basis), saved, policy.harvest)


def _rate(account: Account, lot: Lot, market: Market) -> Fraction:
    return Fraction(exact(account.tax_rate(term(lot.holding_start, market.on))))


def _candidate(
    account: Account, lot: Lot, market: Market, facts: WashFacts
) -> Candidate:
    price = market.price(lot.symbol)
    loss = -gain_of(lot, lot.shares, price)
    group = group_of(market, lot.symbol)
    others = tuple(_replacements(lot, group, facts))
    replaced = min(lot.shares, sum((r.shares for r in others), ZERO))
    return Candidate(
        account=account.account,
        symbol=lot.symbol,
        lot_id=lot.lot_id,
        shares=lot.shares,
        price=price,
        cost_basis=lot.cost_basis,
        acquired=lot.acquired,
        loss=cents(loss),
        loss_fraction=float(loss / Fraction(lot.cost_basis)),
        term=term(lot.holding_start, market.on),
        tax_value=cents(loss * _rate(account, lot, market)),
        state=_state(replaced, lot.shares, closed=group in facts.closed),
        replaced_shares=replaced,
        free_from=_free_from(others, market.on),
        buy_from=free_from(market.on),
    )


def _replacements(lot: Lot, group: str, facts: WashFacts) -> Iterator[Recent]:
    """Yield recent shares of the group, in any account, of another purchase."""
    own = next((r.purchase for r in facts.recent if r.lot_id == lot.lot_id), None)
    for recent in facts.recent:
        if recent.group == group and recent.purchase != own:
            yield recent
    yield from (recent for recent in facts.outside if recent.group == group)


def _state(replaced: Decimal, shares: Decimal, *, closed: bool) -> WindowState:
    if replaced >= shares:
        return WindowState.REPLACED
    if replaced > 0:
        return WindowState.PARTLY_REPLACED
    return WindowState.BUY_BLOCKED if closed else WindowState.FREE


def _free_from(others: Sequence[Recent], on: date) -> date:
    """Return the day after the windows of all replacement purchases."""
    return max((free_from(recent.acquired) for recent in others), default=on)

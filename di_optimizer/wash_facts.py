# SPDX-License-Identifier: Apache-2.0
"""What the past 30 days mean for today's trades, over all accounts of a taxpayer.

Which groups closed with a loss sale, and which recent shares would replace what is
sold at a loss today. Knows dates and shares, nothing of modes or programs.

Where the tables leave a choice, it errs towards a wash sale that is not there: a past
loss closes its group although all of it may be replaced already, a sale without a
stated gain is a loss, a gift or a spin-off counts as a purchase, and recent shares of
another account count although that account plans to sell them today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from di_optimizer.account import Account, AccountType, Activity
from di_optimizer.exact import ZERO, exact
from di_optimizer.market import Market
from di_optimizer.policy import Policy, Wash
from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.window import free_from, reach_back
from di_optimizer.trades import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSale:
    """A sale at a loss, by any account of the taxpayer, that keeps its group closed.

    ``free`` is the first day on which a purchase replaces nothing of it.
    """

    account: str
    symbol: str
    group: str
    on: date
    shares: Decimal
    source: Literal["activity", "planned"]
    free: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """Shares that would replace what is sold at a loss today.

    ``lot_id`` is None where the tables name no lot; ``purchase`` is equal for lots of
    one purchase and different otherwise; ``deferred`` says that the account is not
    taxable, so that a loss replaced by these shares is lost (Rev. Rul. 2008-5).
    """

    account: str
    symbol: str
    group: str
    lot_id: str | None
    shares: Decimal
    acquired: date
    purchase: str
    deferred: bool


@dataclass(frozen=True, kw_only=True)
class WashFacts:
    """All that wash sales of one account depend on, on one date.

    Attributes
    ----------
    closed : mapping of group to LossSale
        Groups in which no account of the taxpayer may buy, with the sale that frees
        the group last.
    loss_sales : tuple of LossSale
        Every sale that closes a group, by date.
    recent : tuple of Recent
        Lots of this account that can be sold, by date.
    outside : tuple of Recent
        Shares that this account cannot sell: those of the other accounts, what these
        plan to buy today, and its own untraded positions.
    """

    closed: Mapping[str, LossSale] = field(default_factory=dict)
    loss_sales: tuple[LossSale, ...] = ()
    recent: tuple[Recent, ...] = ()
    outside: tuple[Recent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _View:
    """What every step looks at."""

    market: Market
    wash: Wash
    planned: Mapping[str, tuple[Trade, ...]]

    @property
    def on(self) -> date:
        return self.market.on

    def in_reach(self, day: date) -> bool:
        return reach_back(self.on) <= day <= self.on


def group_of(market: Market, symbol: str) -> str:
    """Return the substantially identical group of a security, by default its own.

    Examples
    --------
    >>> from di_optimizer.market import Security
    >>> twin = Security(symbol="AAB", wash_group="twins")
    >>> market = Market(on=date(2024, 6, 28), quotes={}, securities={"AAB": twin})
    >>> group_of(market, "AAB"), group_of(market, "ZZZ")
    ('twins', 'ZZZ')
    """
    security = market.securities.get(symbol)
    return symbol if security is None else security.wash_group or symbol


def is_loss(gain: Fraction | Decimal, proceeds: Fraction | Decimal, wash: Wash) -> bool:
    """Return whether a sale counts as a loss sale: its gain is below the margin.

    Examples
    --------
    >>> is_loss(Fraction(-1, 100), Fraction(50), Wash())
    True
    >>> is_loss(Fraction(0), Fraction(50), Wash())
    False
    >>> [is_loss(Fraction(g), Fraction(100), Wash(margin=0.02)) for g in (1, 2)]
    [True, False]
    """
    if wash.margin == 0.0:
        return gain < 0
    return Fraction(gain) < Fraction(exact(wash.margin)) * Fraction(proceeds)


def is_loss_lot(lot: Lot, market: Market, wash: Wash) -> bool:
    """Return whether a sale of the lot at today's price counts as a loss sale."""
    price = market.price(lot.symbol)
    return is_loss(gain_of(lot, lot.shares, price), lot.shares * price, wash)


def purchases_of(account: Account) -> dict[str, str]:
    """Return the purchase of each lot, by lot id.

    Lots belong to one purchase where the lots table says so, or where the activity
    has their ids as purchases of one symbol, date and ``purchase_order``; every other
    lot is a purchase of its own.

    References
    ----------
    Rev. Rul. 56-602, 1956-2 C.B. 527: shares of one purchase do not replace each
    other.
    """
    joined = {
        row.lot_id: f"{row.symbol} {row.on} order {row.purchase_order}"
        for row in account.activity
        if row.side == "buy"
        and row.lot_id is not None
        and row.purchase_order is not None
    }
    return {lot.lot_id: _purchase(lot, joined) for lot in account.lots}


def _purchase(lot: Lot, joined: Mapping[str, str]) -> str:
    if lot.purchase:
        return f"{lot.symbol} purchase {lot.purchase}"
    return joined.get(lot.lot_id, f"lot {lot.lot_id}")


def wash_facts(
    account: Account,
    *,
    market: Market,
    policy: Policy,
    related: Iterable[Account] = (),
    planned: Mapping[str, tuple[Trade, ...]] | None = None,
) -> WashFacts:
    """Return what decides about wash sales of an account on the market's date.

    Parameters
    ----------
    related : iterable of Account
        The taxpayer's other accounts, as they are before trading. Those of a spouse
        who files jointly are the taxpayer's.
    planned : mapping of account to trades
        What the other accounts trade on the same day.

    Raises
    ------
    KeyError
        When an account plans trades and is not among ``related``.

    References
    ----------
    IRC § 1091(a); IRS Publication 550, "Wash Sales"; Rev. Rul. 2008-5, 2008-1 C.B.
    271 (replacement in an individual retirement account).
    """
    plans = {
        name: trades
        for name, trades in (planned or {}).items()
        if name != account.account
    }
    view = _View(market=market, wash=policy.wash, planned=plans)
    others = {a.account: a for a in related if a.account != account.account}
    if strangers := sorted(set(plans) - set(others)):
        raise KeyError(f"planned trades of accounts that are not related: {strangers}")
    ordered = [others[name] for name in sorted(others)]
    sales = _by_date(sale for a in (account, *ordered) for sale in _losses(a, view))
    outside = [*_unnamed(account, view)]
    for other in ordered:
        outside += [*_recent(other, view), *_unnamed(other, view)]
        outside += _planned_buys(other, view)
    return WashFacts(
        closed=_closed(sales),
        loss_sales=sales,
        recent=_in_order(_recent(account, view)),
        outside=_in_order(outside),
    )


def _closed(sales: Iterable[LossSale]) -> dict[str, LossSale]:
    """Return the sale of each group that frees it last; of several, the last named."""
    last: dict[str, LossSale] = {}
    for sale in sales:
        known = last.get(sale.group)
        if known is None or sale.free >= known.free:
            last[sale.group] = sale
    return dict(sorted(last.items()))


def _by_date(sales: Iterable[LossSale]) -> tuple[LossSale, ...]:
    return tuple(
        sorted(sales, key=lambda s: (s.on, s.symbol, s.account, s.source, s.shares))
    )


def _in_order(found: Iterable[Recent]) -> tuple[Recent, ...]:
    return tuple(
        sorted(
            found,
            key=lambda r: (r.acquired, r.account, r.symbol, r.lot_id or "", r.shares),
        )
    )


def _losses(account: Account, view: _View) -> Iterator[LossSale]:
    """Yield the loss sales of a taxable account in reach, past and planned."""
    if account.type is not AccountType.TAXABLE:
        return
    for row in account.activity:
        if row.side == "sell" and view.in_reach(row.on) and _lost(row, view):
            yield _sale(account, row.symbol, row.on, row.shares, view)
    lots = {lot.lot_id: lot for lot in account.lots}
    for trade in view.planned.get(account.account, ()):
        if trade.side == "sell" and _planned_loss(trade, lots, view):
            yield _sale(account, trade.symbol, None, trade.shares, view)


def _lost(row: Activity, view: _View) -> bool:
    gain = row.realised_gain
    return gain is None or is_loss(gain, row.amount, view.wash)


def _planned_loss(trade: Trade, lots: Mapping[str, Lot], view: _View) -> bool:
    """Judge by the lot, exact: a trade's gain is rounded and hides half a cent."""
    lot = lots.get(trade.lot_id or "")
    if lot is None:
        gain = trade.realised_gain
        return gain is None or is_loss(gain, trade.amount, view.wash)
    gained = gain_of(lot, trade.shares, trade.price)
    return is_loss(gained, trade.shares * trade.price, view.wash)


def _sale(
    account: Account, symbol: str, on: date | None, shares: Decimal, view: _View
) -> LossSale:
    """Return a loss sale; without a date it is planned for today."""
    day = view.on if on is None else on
    return LossSale(
        account=account.account,
        symbol=symbol,
        group=group_of(view.market, symbol),
        on=day,
        shares=shares,
        source="planned" if on is None else "activity",
        free=free_from(day),
    )


def _recent(account: Account, view: _View) -> Iterator[Recent]:
    """Yield the lots in reach whose shares have not replaced any yet."""
    purchases = purchases_of(account)
    for lot in account.lots:
        if view.in_reach(lot.acquired) and not lot.replacement:
            yield Recent(
                account=account.account,
                symbol=lot.symbol,
                group=group_of(view.market, lot.symbol),
                lot_id=lot.lot_id,
                shares=lot.shares,
                acquired=lot.acquired,
                purchase=purchases[lot.lot_id],
                deferred=account.type is not AccountType.TAXABLE,
            )


def _unnamed(account: Account, view: _View) -> Iterator[Recent]:
    """Yield purchases in reach of securities of which the account has no lots.

    An outside account may be known by its activity alone, and so are positions that
    are held untraded.
    """
    held = {lot.symbol for lot in account.lots}
    rows = [r for r in account.activity if r.symbol not in held and view.in_reach(r.on)]
    buys = [row for row in rows if row.side == "buy"]
    sales = [row for row in rows if row.side == "sell"]
    for row, left in zip(buys, _left(buys, sales), strict=True):
        if left > ZERO:
            yield _bought(account, row.symbol, row.on, left, view)


def _left(buys: list[Activity], sales: list[Activity]) -> list[Decimal]:
    """Return what later sales leave of each purchase, first in first out.

    A sale that names a lot takes from that lot alone; one that does not takes from
    purchases of earlier days.
    """
    left = [row.shares for row in buys]
    for sale in sorted(sales, key=lambda row: row.on):
        need = sale.shares
        for number, buy in sorted(enumerate(buys), key=lambda pair: pair[1].on):
            if _may_come_from(sale, buy):
                taken = min(need, left[number])
                left[number] -= taken
                need -= taken
    return left


def _may_come_from(sale: Activity, buy: Activity) -> bool:
    if sale.symbol != buy.symbol:
        return False
    if sale.lot_id is not None:
        return sale.lot_id == buy.lot_id and buy.on <= sale.on
    return buy.on < sale.on


def _planned_buys(account: Account, view: _View) -> Iterator[Recent]:
    for trade in view.planned.get(account.account, ()):
        if trade.side == "buy":
            yield _bought(account, trade.symbol, view.on, trade.shares, view)


def _bought(
    account: Account, symbol: str, on: date, shares: Decimal, view: _View
) -> Recent:
    return Recent(
        account=account.account,
        symbol=symbol,
        group=group_of(view.market, symbol),
        lot_id=None,
        shares=shares,
        acquired=on,
        purchase=f"bought {on}",
        deferred=account.type is not AccountType.TAXABLE,
    )

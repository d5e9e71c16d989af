# SPDX-License-Identifier: Apache-2.0
"""From the account of the tables to the one that is traded beside its working orders.

Open orders are cancelled and replaced. All later ones stay: purchases are positions
and spent cash already, withdrawals are due; sales and deposits are done where the
start is "expected" and else left to :mod:`di_optimizer.working.cover`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from di_optimizer.account import (
    Account,
    AccountType,
    Activity,
    CashBalance,
    Flow,
    Outstanding,
    Restriction,
    WorkingOrder,
)
from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import ZERO, cents
from di_optimizer.market import Market
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term, term
from di_optimizer.working.lots import (
    chosen_lots,
    lot_gains,
    lot_name,
    opened,
    without,
)
from di_optimizer.working.terms import MONEY, OPEN, Desk, problems, terms_of

MAIN = "main"


def resolved(desks: Sequence[Desk]) -> tuple[Account, ...]:
    """Return every account beside its working orders; without any, the same account.

    What outstanding sales realise counts in the taxpayer's year, once and in all of
    the taxpayer's accounts: it is no choice of the rebalance any more.

    Raises
    ------
    InputError
        With every order of all accounts that cannot be taken into account.
    """
    wrong = [problem for desk in desks for problem in _problems(desk)]
    if wrong:
        raise InputError(wrong)
    ready = [_applied(desk) for desk in desks]
    gains: dict[str, dict[Term, Decimal]] = {}
    for desk, account in zip(desks, ready, strict=True):
        year = gains.setdefault(account.taxpayer.taxpayer, dict.fromkeys(Term, ZERO))
        for kind, gain in _year_gains(desk, account).items():
            year[kind] += gain
    return tuple(_in_year(a, gains[a.taxpayer.taxpayer]) for a in ready)


def _applied(desk: Desk) -> Account:
    account = desk.account
    if not account.working_orders:
        return account
    items = chosen_lots([terms_of(order, desk) for order in _later(account)], desk)
    done = tuple(_counted(item, desk) for item in items)
    sales = [item for item in done if item.order.side == "sell"]
    return replace(
        account,
        lots=_lots(done, desk),
        cash=_spent(account, done, desk.market),
        flows=(*account.flows, *_flows(done, desk)),
        restrictions=(*account.restrictions, *_closures(done, desk)),
        activity=(*account.activity, *(_activity(item, desk) for item in sales)),
        working_orders=(),
        cancelled=tuple(o for o in _sorted(account) if o.status == OPEN),
        outstanding=done,
        received=account,
    )


def _sorted(account: Account) -> list[WorkingOrder]:
    return sorted(account.working_orders, key=lambda order: order.order_id)


def _later(account: Account) -> list[WorkingOrder]:
    """Return the orders that stay, by their ids."""
    return [order for order in _sorted(account) if order.status != OPEN]


def _problems(desk: Desk) -> list[Problem]:
    """Return everything that is wrong with the orders that stay."""
    later = _later(desk.account)
    names = {lot.lot_id for lot in desk.account.lots}
    taken = [order for order in later if lot_name(order.order_id) in names]
    return [*problems(later, desk), *map(_taken_name, taken)]


def _taken_name(order: WorkingOrder) -> Problem:
    return Problem(
        file=order.file,
        row=order.row,
        column="order_id",
        found=f"'{order.order_id}' and a lot '{lot_name(order.order_id)}'",
        allowed="no lot of that name: the order's own lot has it",
    )


def _counted(item: Outstanding, desk: Desk) -> Outstanding:
    """Say how much of an order positions and cash have once it is applied."""
    now = item.order.side == "buy" or desk.expected
    return replace(item, counted=item.shares) if now else item


def _lots(items: Iterable[Outstanding], desk: Desk) -> tuple[Lot, ...]:
    bought = [opened(item, desk) for item in items if item.order.side == "buy"]
    takes = [take for item in items if item.counted for take in item.lots]
    return (*without(desk.account.lots, takes), *bought)


def _spent(
    account: Account, items: Iterable[Outstanding], market: Market
) -> tuple[CashBalance, ...]:
    """Return cash after the trades that count, each in the currency it is paid in."""
    cash = account.cash
    for item in items:
        if item.counted:
            currency = market.paid_in(item.order.symbol)
            cash = moved(cash, item.cash, currency)
    return cash


def moved(
    cash: tuple[CashBalance, ...], amount: Decimal, currency: str
) -> tuple[CashBalance, ...]:
    """Return cash with money added to the main balance of a currency, else its first.

    Without any in that currency it is a balance of its own.
    """
    own = [i for i, row in enumerate(cash) if row.currency == currency]
    if amount == 0:
        return cash
    if not own:
        return (*cash, CashBalance(amount=amount, currency=currency))
    main = next((i for i in own if cash[i].sleeve == MAIN), own[0])
    return tuple(
        replace(row, amount=row.amount + amount) if i == main else row
        for i, row in enumerate(cash)
    )


def _flows(items: Iterable[Outstanding], desk: Desk) -> list[Flow]:
    """Return withdrawals, and where the start is as expected deposits, as due."""
    return [
        Flow(on=desk.market.on, amount=item.cash)
        for item in items
        if item.order.side in MONEY and (item.cash < 0 or desk.expected)
    ]


def _closures(items: Iterable[Outstanding], desk: Desk) -> list[Restriction]:
    """Close sales of what is being bought: no order trades against another."""
    if desk.expected:
        return []
    return [closure("no_sell", item) for item in items if item.order.side == "buy"]


def closure(kind: str, item: Outstanding) -> Restriction:
    """Return the rule that keeps an order from being traded against."""
    return Restriction(
        kind=kind,
        symbol=item.order.symbol,
        source=f"working order '{item.order.order_id}'",
    )


def _activity(item: Outstanding, desk: Desk) -> Activity:
    """Return an outstanding sale as one of today: at a loss it closes its group.

    References
    ----------
    IRC § 1091(a): the sale counts, whenever it settles.
    """
    gains = lot_gains(item, desk.account)
    losses = [gain for _, gain in gains if gain < 0]
    return Activity(
        symbol=item.order.symbol,
        on=desk.market.on,
        side="sell",
        shares=item.shares,
        amount=item.amount,
        realised_gain=cents(sum(losses or [gain for _, gain in gains], Fraction(0))),
    )


def _year_gains(desk: Desk, ready: Account) -> dict[Term, Decimal]:
    """Return what outstanding sales of a taxable account realise, by term.

    ``desk`` has the account before, ``ready`` is the account after.
    """
    sums = dict.fromkeys(Term, Fraction(0))
    if desk.account.type is AccountType.TAXABLE:
        for item in ready.outstanding if desk.account.working_orders else ():
            for lot, gain in lot_gains(item, desk.account):
                sums[term(lot.holding_start, desk.market.on)] += gain
    return {kind: cents(gain) for kind, gain in sums.items()}


def _in_year(account: Account, gains: Mapping[Term, Decimal]) -> Account:
    """Return the account whose taxpayer has realised more in the year so far."""
    if not any(gains.values()):
        return account
    person = account.taxpayer
    return replace(
        account,
        taxpayer=replace(
            person,
            realised_short=person.realised_short + gains[Term.SHORT],
            realised_long=person.realised_long + gains[Term.LONG],
        ),
    )

# SPDX-License-Identifier: Apache-2.0
"""Corporate actions in the books of a taxpayer: lots, cash received, open losses.

What an action does to holdings is known elsewhere; here its results get names,
cents, rows and a place in the windows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from di_optimizer.tax.actions import (
    Action,
    Disposal,
    Kind,
    Leg,
    Outcome,
    apply,
    equivalent,
)
from di_optimizer.tax.holding import Holding
from di_optimizer.tax.ledger.account_book import AccountBook
from di_optimizer.tax.ledger.book import TaxpayerBook
from di_optimizer.tax.ledger.gains import OpenLoss
from di_optimizer.tax.ledger.open_lot import OpenLot
from di_optimizer.tax.ledger.rounding import BILLIONTHS, allot, to_cents, to_units
from di_optimizer.tax.ledger.sale import Sold
from di_optimizer.tax.ledger.window import may_replace
from di_optimizer.tax.window import in_wash_window

Paid = tuple[Disposal, int]  # a leg and its proceeds in cents


@dataclass(slots=True)
class Became:
    """What has become of one lot."""

    holdings: list[Holding] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)


def act(action: Action, book: TaxpayerBook) -> None:
    """Let an action take effect, before any trade of its day.

    Cash for shares is a disposition like a sale, so its loss may be a wash sale
    (IRC § 1091(a)), apart from the sales of the day.
    """
    book.begin(action.on)
    _on_losses(action, book)
    for name, account in list(book.accounts.items()):
        position = account.positions.get(action.symbol)
        if position is not None and position.lots:
            _on_account(action, book, book.account(name))
    book.settle()


def _on_account(action: Action, book: TaxpayerBook, account: AccountBook) -> None:
    lots = sorted(account.positions[action.symbol].lots, key=lambda lot: lot.order)
    outcome = apply(action, [lot.holding for lot in lots])
    became = _by_lot(outcome, action)
    account.today.names.update(lot.holding.lot_id for lot in lots)
    window = book.window(action.symbol)
    for lot in lots:
        account.drop(lot)
        window.shares.pop(lot, None)
    for lot in lots:
        book.sold(_renew(lot, became[lot.holding.lot_id], book, account), account)


def _by_lot(outcome: Outcome, action: Action) -> Mapping[str, Became]:
    """Return results by the lot that they come from: its own id, or the parent's."""
    found: defaultdict[str, Became] = defaultdict(Became)
    for lot in outcome.holdings:
        found[_source(lot, action)].holdings.append(lot)
    for leg, cents in zip(outcome.disposals, _cash(outcome.disposals), strict=True):
        found[_source(leg.holding, action)].paid.append((leg, cents))
    return found


def _source(lot: Holding, action: Action) -> str:
    """Return the id of the lot; a name like that of spun-off shares may be taken."""
    spun_off = action.kind is Kind.SPIN_OFF and lot.symbol == action.new_symbol
    return lot.parent if spun_off else lot.lot_id


def _cash(legs: Sequence[Disposal]) -> list[int]:
    """Return the proceeds of each leg in cents; those of a kind add up to its sum."""
    shown = dict.fromkeys(range(len(legs)), 0)
    for kind in Leg:
        places = [at for at, leg in enumerate(legs) if leg.kind is kind]
        exact = [legs[at].proceeds for at in places]
        if exact:
            cents = allot(to_cents(sum(exact[1:], exact[0])), exact)
            shown.update(zip(places, cents, strict=True))
    return list(shown.values())


def _renew(
    lot: OpenLot, became: Became, book: TaxpayerBook, account: AccountBook
) -> list[Sold]:
    """Enter what a lot has become, and return what was paid out on it."""
    cents = _basis_shown(lot.shown, became)
    paid = [
        _sold(lot, leg, money, basis)
        for (leg, money), basis in zip(became.paid, cents, strict=False)
    ]
    own = lot.holding.lot_id
    for holding, basis in zip(became.holdings, cents[len(paid) :], strict=True):
        if holding.lot_id == own:
            new, lot.holding, lot.shown = lot, holding, basis
        else:
            new = _child(lot, holding, basis, account)
        account.add(new)
        if may_replace(new) and in_wash_window(book.on, new.holding.acquired):
            book.window(holding.symbol).offer(new)
    return paid


def _basis_shown(shown: int, became: Became) -> list[int]:
    """Return the basis that each leg and each holding shows; together ``shown``.

    A leg without gain shows as much basis as cash. The last one has the remainder.
    """
    left, cents = shown, []
    for leg, money in became.paid:
        wanted = money if not leg.gain else to_cents(leg.cost_basis)
        cents.append(min(wanted, left))
        left -= cents[-1]
    if not became.holdings:
        cents[-1] += left
        return cents
    return cents + allot(left, [lot.cost_basis for lot in became.holdings])


def _child(lot: OpenLot, holding: Holding, basis: int, account: AccountBook) -> OpenLot:
    """Return shares of another company that were received on a lot."""
    name = account.free_name(holding.lot_id)
    return OpenLot(
        holding=replace(holding, lot_id=name),
        shown=basis,
        rank=lot.rank,
        arrival=lot.arrival,
    )


def _sold(lot: OpenLot, leg: Disposal, cents: int, basis: int) -> Sold:
    return Sold(
        holding=leg.holding,
        order=lot.order,
        on=leg.on,
        exact_shares=leg.shares,
        gain=leg.gain if leg.is_sale else None,
        shares=to_units(leg.shares, BILLIONTHS),
        proceeds=cents,
        cost_basis=basis,
    )


def _on_losses(action: Action, book: TaxpayerBook) -> None:
    """Let open losses wait for the shares that theirs would have become."""
    window = book.window(action.symbol)
    moved: dict[OpenLoss, None] = {}
    for loss in window.losses:
        if loss.symbol == action.symbol:
            loss.symbol, loss.shares = equivalent(action, loss.symbol, loss.shares)
            moved[loss] = None
    target = book.window(next(iter(moved)).symbol) if moved else window
    if target is not window:
        stay = [loss for loss in window.losses if loss not in moved]
        window.losses.clear()
        window.losses.extend(stay)
        both = sorted([*target.losses, *moved], key=lambda loss: loss.place)
        target.losses.clear()
        target.losses.extend(both)

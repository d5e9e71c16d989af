# SPDX-License-Identifier: Apache-2.0
"""Which lots may be sold, which have to be, and in what order."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from di_optimizer.account import Restriction
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.relief import Relief, SaleView, relief_order
from di_optimizer.tax.term import Term
from di_optimizer.verify.bill import days_to_long, turns_long
from di_optimizer.verify.books import Books, total
from di_optimizer.verify.case import Case
from di_optimizer.verify.limit_checks import named
from di_optimizer.verify.waiting import waits
from di_optimizer.verify.year import fraction

ZERO = Fraction(0)


def sold_shares(books: Books) -> dict[str, Fraction]:
    """Return the shares sold of each lot that is sold."""
    sales = ((e.lot.lot_id, e.trade.shares) for e in books.entries if e.lot is not None)
    return total(sales)


def about_lots(case: Case, kind: str) -> list[tuple[Restriction, Lot]]:
    """Return the rules of a kind that hold on the trade date, with their lots.

    Sales that rules force may have to wait.
    """
    if kind == "sell_lot" and waits(case):
        return []
    rules = [r for r in case.account.restrictions if r.kind == kind]
    active = [(rule, rule.lot_id) for rule in rules if rule.active(case.on)]
    if not active:
        return []
    lots = {lot.lot_id: lot for lot in case.account.lots}
    return [(rule, lots[name]) for rule, name in active if name in lots]


def says(case: Case, lot: Lot, found: str, allowed: str) -> str:
    """Return a message about one lot."""
    return case.says(found, allowed, symbol=lot.symbol, lot=lot.lot_id)


def check_keep_lot(case: Case, books: Books) -> list[str]:
    """Nothing is sold of a lot that is to be kept."""
    sold = {e.lot.lot_id: e.trade.shares for e in books.entries if e.lot is not None}
    return [
        says(case, lot, f"{sold[lot.lot_id]} shares sold", f"0: {named(rule)}")
        for rule, lot in about_lots(case, "keep_lot")
        if lot.lot_id in sold
    ]


def check_sell_lot(case: Case, books: Books) -> list[str]:
    """Every lot that is to be sold is sold whole."""
    rules = about_lots(case, "sell_lot")
    sold = sold_shares(books) if rules else {}
    return [
        says(case, lot, f"{float(part):g} shares sold", f"{lot.shares}: {named(rule)}")
        for rule, lot in rules
        if (part := sold.get(lot.lot_id, ZERO)) != lot.shares
    ]


def check_minimum_holding(case: Case, books: Books) -> list[str]:
    """No lot is sold that was acquired fewer days ago than policy wants."""
    least = case.policy.taxes.minimum_holding_days
    entries = books.entries if least else ()
    return [
        says(case, e.lot, f"a sale {days} days after purchase", f"{least} days or more")
        for e in entries
        if e.lot is not None and (days := (case.on - e.lot.acquired).days) < least
    ]


def check_near_long(case: Case, books: Books) -> list[str]:
    """Under hold, no taxed short-term gain is realised that turns long soon."""
    if case.policy.taxes.near_long != "hold" or not case.taxable:
        return []
    days = case.policy.taxes.near_long_days
    return [
        says(
            case,
            e.lot,
            f"a short-term gain {days_to_long(case, e.lot)} days before it is long",
            f"none within {days} days: taxes.near_long",
        )
        for e in books.entries
        if e.lot is not None and turns_long(case, e.lot)
    ]


def barred(case: Case, lot: Lot) -> bool:
    """Return whether policy or a lock keeps a lot from being sold."""
    if any(r.kind == "lock" and r.sleeve in (None, lot.sleeve) for r in case.rules):
        return True
    taxes = case.policy.taxes
    young = (case.on - lot.acquired).days < taxes.minimum_holding_days
    return young or (taxes.near_long == "hold" and turns_long(case, lot))


def relief_orders(case: Case, symbols: Collection[str]) -> dict[str, list[Lot]]:
    """Return the lots of symbols as sales take them.

    Those that are to be sold come first, those that may not be are passed over.
    """
    held: dict[str, list[Lot]] = {}
    kept = {lot.lot_id for _, lot in about_lots(case, "keep_lot")}
    for lot in case.account.lots:
        if lot.symbol in symbols and lot.lot_id not in kept and not barred(case, lot):
            held.setdefault(lot.symbol, []).append(lot)
    due = {lot.lot_id for _, lot in about_lots(case, "sell_lot")}
    method = Relief(case.policy.taxes.relief)
    return {
        symbol: sorted(
            relief_order(method, held[symbol], sale_view(case, symbol)),
            key=lambda lot: lot.lot_id not in due,
        )
        for symbol in sorted(held)
    }


def check_relief(case: Case, books: Books) -> list[str]:
    """In a fixed order a lot is sold when every lot before it is sold whole."""
    chosen = case.policy.taxes.relief
    if chosen == "optimizer" or not case.taxable:
        return []
    sold = sold_shares(books)
    symbols = {e.lot.symbol for e in books.entries if e.lot is not None}
    wrong = []
    for order in relief_orders(case, symbols).values():
        left: Lot | None = None
        for lot in order:
            part = sold.get(lot.lot_id, ZERO)
            if left is not None and part > 0:
                found = f"{float(part):g} shares sold, with lot {left.lot_id} not"
                wrong.append(says(case, lot, f"{found} sold whole", f"{chosen} order"))
            if left is None and part < lot.shares:
                left = lot
    return wrong


def sale_view(case: Case, symbol: str) -> SaleView:
    """Return what lots are judged by under lowest_tax."""
    return SaleView(
        price=Fraction(case.market.price(symbol)),
        on=case.on,
        short_rate=fraction(case.account.tax_rate(Term.SHORT)),
        long_rate=fraction(case.account.tax_rate(Term.LONG)),
    )

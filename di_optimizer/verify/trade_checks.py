# SPDX-License-Identifier: Apache-2.0
"""What each trade says, against its lot, the market price and the law."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

from di_optimizer.trades import Trade
from di_optimizer.verify.books import Books, Entry
from di_optimizer.verify.case import Case, worth


def differs(found: Decimal | None, due: Decimal | None) -> bool:
    """Return whether money differs at all; what is not a number always does."""
    if found is None or due is None:
        return found is not due
    return not found.is_finite() or found != due


def says(case: Case, trade: Trade, found: str, allowed: str) -> str:
    """Return a message about one trade."""
    return case.says(found, allowed, symbol=trade.symbol, lot=trade.lot_id)


def check_account(case: Case, books: Books) -> list[str]:
    """Every trade is of this account."""
    return [
        says(case, e.trade, f"a trade of account {e.trade.account}", "its own")
        for e in books.entries
        if e.trade.account != case.account.account
    ]


def check_lot_symbols(case: Case, books: Books) -> list[str]:
    """Every sale names a lot of its own symbol."""
    return [
        says(case, e.trade, "the lot's symbol " + e.lot.symbol, e.trade.symbol)
        for e in books.entries
        if e.lot is not None and e.lot.symbol != e.trade.symbol
    ]


def check_lot_shares(case: Case, books: Books) -> list[str]:
    """No sale takes more than its lot holds."""
    return [
        says(case, e.trade, f"{e.trade.shares} shares sold", f"up to {e.lot.shares}")
        for e in books.entries
        if e.lot is not None and e.trade.shares > e.lot.shares
    ]


def check_lots_once(case: Case, books: Books) -> list[str]:
    """No lot is sold twice."""
    sales = Counter(e.lot.lot_id for e in books.entries if e.lot is not None)
    return [
        case.says(f"{count} sales of the lot", "1", lot=lot_id)
        for lot_id, count in sorted(sales.items())
        if count > 1
    ]


def check_one_side(case: Case, books: Books) -> list[str]:
    """No symbol is both bought and sold."""
    both = books.shares("buy").keys() & books.shares("sell").keys()
    return [
        case.says("bought and sold", "one side", symbol=symbol)
        for symbol in sorted(both)
    ]


def check_untraded(case: Case, books: Books) -> list[str]:
    """Positions held untouched, and names without exposures, are not traded."""
    locked = {u.symbol: u.reason for u in case.account.untraded if u.closed}
    known = set(case.risk.symbols)
    wrong = []
    for trade in (e.trade for e in books.entries):
        if trade.symbol in locked:
            found = f"a {trade.side} although untraded ({locked[trade.symbol]})"
            wrong.append(says(case, trade, found, "no trade"))
        if trade.symbol not in known:
            wrong.append(says(case, trade, f"a {trade.side}", "no trade: no exposures"))
    return wrong


def check_futures(case: Case, books: Books) -> list[str]:
    """No future is traded where it would be taxed: that is not modelled."""
    return [
        says(case, e.trade, f"a {e.trade.side} of a future", "no taxed trade of one")
        for e in books.entries
        if case.taxable and not e.paid
    ]


def check_buy_fields(case: Case, books: Books) -> list[str]:
    """Purchases have no lot and no term; their gain and tax are money."""
    return [
        says(case, e.trade, f"a buy with {name} {value}", "none on buys")
        for e in books.of("buy")
        for name, value in (
            ("lot", e.trade.lot_id),
            ("term", e.trade.term),
        )
        if value is not None
    ]


def check_terms(case: Case, books: Books) -> list[str]:
    """Sales have the term of their lot's holding period on the trade date."""
    return [
        says(case, e.trade, f"term {e.trade.term}", str(e.term))
        for e in books.of("sell")
        if e.trade.term is not e.term
    ]


def money_due(e: Entry) -> list[tuple[str, Decimal | None, Decimal | None]]:
    """Return name, stated and due money of one trade."""
    return [
        ("amount", e.trade.amount, e.amount_due),
        ("realised gain", e.trade.realised_gain, e.gain_due),
        ("disallowed", e.trade.disallowed, e.disallowed_due),
        ("tax", e.trade.tax, e.tax_due),
    ]


def check_prices(case: Case, books: Books) -> list[str]:
    """Every trade is at the market price times the multiplier, exactly."""
    return [
        says(case, trade, f"price {trade.price}", str(case.market.price(trade.symbol)))
        for trade in (e.trade for e in books.entries)
        if not trade.price.is_finite()
        or Fraction(trade.price) != worth(case.market, trade.symbol)
    ]


def check_money(case: Case, books: Books) -> list[str]:
    """Money follows from shares, price, basis, rate and the wash sales."""
    return [
        says(case, e.trade, f"{name} {stated}", str(due))
        for e in books.entries
        for name, stated, due in money_due(e)
        if differs(stated, due)
    ]

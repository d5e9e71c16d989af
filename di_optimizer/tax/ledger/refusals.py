# SPDX-License-Identifier: Apache-2.0
"""Trades that do not fit what is held: found, held, and where it was written."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.errors import Problem
from di_optimizer.tax.ledger.account_book import AccountBook
from di_optimizer.tax.ledger.entries import Trade
from di_optimizer.tax.ledger.open_lot import OpenLot
from di_optimizer.tax.ledger.rounding import BILLIONTHS, sold_of, to_units
from di_optimizer.universe import nearest

ZERO = Fraction(0)


class RefusedError(Exception):
    """A trade that was not booked."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def check_lot_id(trade: Trade, book: AccountBook, file: str) -> None:
    """Refuse a purchase whose lot has the name of one that is held."""
    if trade.lot_id and book.taken(trade.lot_id):
        _refuse(
            trade,
            file,
            column="lot_id",
            found=f"'{trade.lot_id}' again",
            allowed=f"a name that no open lot of account '{trade.account}' has",
            todo=_by_date(book.named(trade.lot_id)[0]),
        )


def _by_date(lot: OpenLot) -> str:
    """Say where the name of a lot comes from, where nobody may have written it."""
    name = f"{lot.holding.symbol}-{lot.holding.acquired:%Y%m%d}"
    if not lot.root.startswith(name):
        return ""
    return "A purchase without a lot_id is called by its symbol and date."


def chosen_lots(trade: Trade, book: AccountBook, file: str) -> list[OpenLot]:
    """Return the lot that a sale names, or its parts; refuse what does not fit."""
    lots = book.named(trade.lot_id)
    if not lots:
        where = f"an open lot of account '{trade.account}', or blank"
        _refuse(
            trade,
            file,
            column="lot_id",
            found=f"'{trade.lot_id}'",
            allowed=where,
            todo=nearest(trade.lot_id, sorted({*book.open, *book.parts})),
        )
    symbol = lots[0].holding.symbol
    if symbol != trade.symbol:
        found = f"'{trade.lot_id}', a lot of {symbol}"
        _refuse(
            trade,
            file,
            column="lot_id",
            found=found,
            allowed=f"a lot of {trade.symbol}",
        )
    return lots


def check_held(trade: Trade, held: Fraction, shares: Fraction, file: str) -> None:
    """Refuse a sale of more than is held."""
    if shares > held:
        of = f"lot '{trade.lot_id}'" if trade.lot_id else trade.symbol
        _refuse(
            trade,
            file,
            column="shares",
            found=f"a sale of {shown(trade.shares)}",
            allowed=f"at most {shown(held)}, held of {of} in account "
            f"'{trade.account}' on {trade.on}",
        )


def shares_sold(trade: Trade, held: Fraction, file: str) -> Fraction:
    """Return the exact shares of a sale, which are held."""
    shares = sold_of(trade.shares, held)
    check_held(trade, held, shares, file)
    return shares


def shown(shares: Fraction) -> str:
    """Return shares as tables show them.

    Examples
    --------
    >>> shown(Fraction(5, 2)), shown(Fraction(1, 3)), shown(Fraction(100))
    ('2.5', '0.333333333', '100')
    """
    units = to_units(shares, BILLIONTHS)
    whole, rest = divmod(units, BILLIONTHS)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")


def _refuse(
    trade: Trade, file: str, *, column: str, found: str, allowed: str, todo: str = ""
) -> None:
    raise RefusedError(
        Problem(
            file=file,
            row=trade.row,
            column=column,
            found=found,
            allowed=allowed,
            todo=todo,
        )
    )

# SPDX-License-Identifier: Apache-2.0
"""Which lots a sale takes: one sort key a method, and the pieces it takes, exact.

Specified lots and lots left to the optimizer are no method here: whoever names the
lots has put them in order already and needs only :func:`relieve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from di_optimizer.errors import InputError, Problem
from di_optimizer.tax.holding import Holding
from di_optimizer.tax.term import Term, term


class Relief(StrEnum):
    """Order in which lots are sold (Treas. Reg. § 1.1012-1(c))."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    LOWEST_TAX = "lowest_tax"


class Relievable(Protocol):
    """What a relief method looks at: a lot of files and one of the ledger have it."""

    @property
    def lot_id(self) -> str: ...  # noqa: D102
    @property
    def acquired(self) -> date: ...  # noqa: D102
    @property
    def holding_start(self) -> date: ...  # noqa: D102
    @property
    def shares(self) -> Fraction | Decimal: ...  # noqa: D102
    @property
    def cost_basis(self) -> Fraction | Decimal: ...  # noqa: D102


L = TypeVar("L", bound=Relievable)
Key = Callable[[Relievable], tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleView:
    """What a sale is judged by: price of one share, trade date, rates (fractions)."""

    price: Fraction
    on: date
    short_rate: Fraction
    long_rate: Fraction


@dataclass(frozen=True, slots=True)
class Piece:
    """Shares that a sale takes out of one holding.

    Attributes
    ----------
    holding : Holding
        As it was before the sale.
    shares : Fraction
        Taken: above 0, at most those of the holding.
    """

    holding: Holding
    shares: Fraction

    @property
    def cost_basis(self) -> Fraction:
        """Basis of the shares taken, in proportion to shares."""
        return self.holding.cost_basis * self.shares / self.holding.shares

    @property
    def sold(self) -> Holding:
        """The part taken, with the id and dates of the holding."""
        return replace(self.holding, shares=self.shares, cost_basis=self.cost_basis)

    @property
    def left(self) -> Holding | None:
        """The part that stays, under the same id; None when nothing does."""
        if self.shares == self.holding.shares:
            return None
        return replace(
            self.holding,
            shares=self.holding.shares - self.shares,
            cost_basis=self.holding.cost_basis - self.cost_basis,
        )


def unit_cost(lot: Relievable) -> Fraction:
    """Return the cost basis of one share, exact."""
    return Fraction(lot.cost_basis) / Fraction(lot.shares)


def fifo_key(lot: Relievable) -> tuple[date, str]:
    """Return the key that puts the lot acquired first in front."""
    return lot.acquired, lot.lot_id


def lifo_key(lot: Relievable) -> tuple[int, str]:
    """Return the key that puts the lot acquired last in front."""
    return -lot.acquired.toordinal(), lot.lot_id


def hifo_key(lot: Relievable) -> tuple[Fraction, date, str]:
    """Return the key that puts the highest cost of one share in front."""
    return -unit_cost(lot), lot.acquired, lot.lot_id


def tax_of_one(lot: Relievable, sale: SaleView) -> Fraction:
    """Return the tax on one share sold, at flat rates; negative is a saving.

    Examples
    --------
    >>> from di_optimizer.tax.lots import Lot
    >>> day = date(2024, 1, 2)
    >>> lot = Lot(lot_id="1", symbol="AAA", shares=Decimal(4), cost_basis=Decimal(40),
    ...           acquired=day, holding_start=day)
    >>> sale = SaleView(price=Fraction(15), on=date(2025, 1, 2),
    ...                 short_rate=Fraction("0.4"), long_rate=Fraction("0.2"))
    >>> tax_of_one(lot, sale), tax_of_one(lot, replace(sale, on=date(2025, 1, 3)))
    (Fraction(2, 1), Fraction(1, 1))
    """
    long = term(lot.holding_start, sale.on) is Term.LONG
    rate = sale.long_rate if long else sale.short_rate
    return rate * (sale.price - unit_cost(lot))


def lowest_tax_key(sale: SaleView) -> Key:
    """Return the key that puts the least tax on one share in front.

    At usual rates that is short-term losses, long-term losses, long-term gains,
    short-term gains, but a large long-term loss comes before a small short-term one.
    """

    def key(lot: Relievable) -> tuple[Fraction, date, str]:
        return tax_of_one(lot, sale), lot.acquired, lot.lot_id

    return key


KEYS: dict[Relief, Key] = {
    Relief.FIFO: fifo_key,
    Relief.LIFO: lifo_key,
    Relief.HIFO: hifo_key,
}


def relief_order(
    method: Relief, lots: Iterable[L], sale: SaleView | None = None
) -> tuple[L, ...]:
    """Return lots of one security in the order in which a sale takes them.

    Equal lots follow one another by acquired date, then by lot id, so that the order
    of the input never matters.

    Parameters
    ----------
    method : Relief
        How to choose.
    lots : iterable of Holding or Lot
        Of one security.
    sale : SaleView, optional
        Price, date and rates; lowest_tax needs it, no other method looks at it.

    Raises
    ------
    InputError
        lowest_tax without ``sale``.

    References
    ----------
    Treas. Reg. § 1.1012-1(c)(1): first in, first out unless lots are identified.

    Examples
    --------
    >>> from di_optimizer.tax.lots import Lot
    >>> def lot(name, year, basis):
    ...     day = date(year, 1, 2)
    ...     return Lot(lot_id=name, symbol="AAA", shares=Decimal(10),
    ...                cost_basis=Decimal(basis), acquired=day, holding_start=day)
    >>> lots = [lot("1", 2020, 90), lot("2", 2021, 120), lot("3", 2022, 100)]
    >>> [[x.lot_id for x in relief_order(Relief(m), lots)]
    ...  for m in ("fifo", "lifo", "hifo")]
    [['1', '2', '3'], ['3', '2', '1'], ['2', '3', '1']]
    """
    return tuple(sorted(lots, key=_key(method, sale)))


def _key(method: Relief, sale: SaleView | None) -> Key:
    if method is not Relief.LOWEST_TAX:
        return KEYS[method]
    if sale is None:
        found, allowed = "no price, date and rates", "a sale to judge the tax by"
        raise InputError([Problem(file="relief", found=found, allowed=allowed)])
    return lowest_tax_key(sale)


def relieve(holdings: Iterable[Holding], shares: Fraction) -> tuple[Piece, ...]:
    """Return what a sale takes from holdings that are in order already.

    Only the last piece may leave something of its holding; holdings after it are not
    touched and not among the pieces. No shares give no pieces.

    Raises
    ------
    InputError
        ``shares`` is negative or more than the holdings have.

    Examples
    --------
    >>> day = date(2024, 1, 2)
    >>> lots = [Holding(account="A", lot_id=name, symbol="AAA", shares=Fraction(3),
    ...                 cost_basis=Fraction(10), acquired=day, holding_start=day,
    ...                 purchase=name) for name in "12"]
    >>> [(p.holding.lot_id, p.shares, p.cost_basis) for p in relieve(lots, Fraction(4))]
    [('1', Fraction(3, 1), Fraction(10, 1)), ('2', Fraction(1, 1), Fraction(10, 3))]
    """
    held = tuple(holdings)
    total = sum((holding.shares for holding in held), Fraction(0))
    if not 0 <= shares <= total:
        found, allowed = f"a sale of {shares} shares", f"0 to {total}, the shares held"
        raise InputError([Problem(file="relief", found=found, allowed=allowed)])
    return tuple(_pieces(held, shares))


def _pieces(held: tuple[Holding, ...], shares: Fraction) -> Iterator[Piece]:
    wanted = shares
    for holding in held:
        if not wanted:
            return
        taken = min(wanted, holding.shares)
        yield Piece(holding, taken)
        wanted -= taken

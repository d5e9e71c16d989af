# SPDX-License-Identifier: Apache-2.0
"""Lots that were a gift: one basis for gains, and another one for losses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from di_optimizer.tax.holding import Holding
from di_optimizer.tax.origins import Arrival, Origin, arrived
from di_optimizer.tax.term import Term, term


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What a gift needs besides: donor's basis and dates, value on the day.

    Attributes
    ----------
    shares, donor_basis, fair_value : Fraction
        Of the whole gift. Gift tax paid on the appreciation (IRC § 1015(d)(6)) is
        already in ``donor_basis``.
    donor_start : date
        What the donor's term was counted from.
    on : date
        Day of the gift.
    """

    shares: Fraction
    donor_basis: Fraction
    fair_value: Fraction
    donor_start: date
    on: date

    @property
    def dual(self) -> bool:
        """Whether losses have another basis than gains."""
        return self.fair_value < self.donor_basis


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftSale:
    """Gain or loss on shares that were a gift, and the basis that it was taken from."""

    gain: Fraction
    cost_basis: Fraction
    holding_start: date

    def term(self, sold: date) -> Term:
        """Return the term of the sale."""
        return term(self.holding_start, sold)


def given(arrival: Arrival, gift: Gift) -> Holding:
    """Return a lot received as a gift: the donor's basis and holding period.

    Where the gift is ``dual`` that is the basis for gains only; a sale below it goes
    through :func:`gift_gain`.

    References
    ----------
    IRC § 1015(a); § 1223(2).
    """
    return arrived(arrival, Origin.GIFT, gift.donor_basis, gift.donor_start)


def gift_gain(gift: Gift, shares: Fraction, proceeds: Fraction) -> GiftSale:
    """Return gain or loss on the sale of ``shares`` of a gift for ``proceeds``.

    Gains count from the donor's basis, losses from the lower of that and the value
    on the day of the gift, and in between there is neither. The donor's holding
    period counts where the donor's basis does; with the value as basis it starts on
    the day of the gift.

    References
    ----------
    IRC § 1015(a); Treas. Reg. § 1.1015-1(a); § 1223(2): tacking needs "the same
    basis" as the donor's; IRS Publication 550, "Gift" under "Holding Period".

    Examples
    --------
    >>> gift = Gift(shares=Fraction(10), donor_basis=Fraction(100),
    ...             fair_value=Fraction(80), donor_start=date(2015, 1, 2),
    ...             on=date(2024, 1, 2))
    >>> [int(gift_gain(gift, Fraction(10), Fraction(p)).gain) for p in (130, 90, 60)]
    [30, 0, -20]
    """
    part = shares / gift.shares
    high = gift.donor_basis * part
    low = min(gift.donor_basis, gift.fair_value) * part
    basis = min(max(proceeds, low), high)
    by_value = gift.dual and proceeds < low
    start = gift.on if by_value else gift.donor_start
    return GiftSale(gain=proceeds - basis, cost_basis=basis, holding_start=start)

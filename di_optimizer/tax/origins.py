# SPDX-License-Identifier: Apache-2.0
"""How a lot came in, and what that makes of its basis and its dates.

``acquired`` is the day on which the shares arrived; ``holding_start`` carries what
the law adds or takes away. Who gave, died or vested is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from di_optimizer.tax.holding import Holding


class Origin(StrEnum):
    """How a lot came in, as the lots table writes it."""

    PURCHASE = "purchase"
    GIFT = "gift"
    INHERITANCE = "inheritance"
    TRANSFER = "transfer"
    RSU = "rsu"
    SPIN_OFF = "spin_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What arrives, whatever its origin.

    Attributes
    ----------
    shares : Fraction
        Above 0.
    on : date
        Trade date of a purchase, day of a gift or vest, date of a death.
    """

    account: str
    lot_id: str
    symbol: str
    shares: Fraction
    on: date
    sleeve: str = "main"


def replaces(origin: str) -> bool:
    """Return whether shares that came in so can replace shares sold at a loss.

    A purchase does, on its ``acquired`` date, also after a transfer in kind; and so
    does a vest, whose value is income. What comes as a gift, by death or tax-free
    from a company is not bought.

    References
    ----------
    IRC § 1091(a): acquired by purchase or by an exchange on which the entire gain or
    loss was recognized by law.

    Examples
    --------
    >>> [origin.value for origin in Origin if replaces(origin)]
    ['purchase', 'transfer', 'rsu']
    """
    return origin not in (Origin.GIFT, Origin.INHERITANCE, Origin.SPIN_OFF)


def purchased(arrival: Arrival, cost: Fraction) -> Holding:
    """Return a bought lot: basis is cost, commissions included.

    References
    ----------
    IRC § 1012(a).
    """
    return arrived(arrival, Origin.PURCHASE, cost, arrival.on)


def vested(arrival: Arrival, fair_value: Fraction) -> Holding:
    """Return a lot of restricted stock units: basis is the value that was income.

    Parameters
    ----------
    fair_value : Fraction
        Of the shares delivered, on the vest date ``arrival.on``.

    References
    ----------
    IRC § 83(a), (f); Treas. Reg. § 1.83-4(a), (b): the holding period begins just
    after the vest; basis is the amount paid and the amount included in income.
    """
    return arrived(arrival, Origin.RSU, fair_value, arrival.on)


def inherited(arrival: Arrival, fair_value: Fraction) -> Holding:
    """Return an inherited lot: basis is the value at death, always long-term.

    ``acquired`` is the date of death; ``holding_start`` is set back far enough that
    even a sale on that day is long-term.

    Parameters
    ----------
    fair_value : Fraction
        At death, or on the alternate valuation date where the estate chose that.

    References
    ----------
    IRC § 1014(a), (f); § 1223(9): considered held for more than one year.

    Examples
    --------
    >>> from di_optimizer.tax.term import term
    >>> arrival = Arrival(account="A", lot_id="1", symbol="AAA", shares=Fraction(10),
    ...                   on=date(2024, 2, 29))
    >>> lot = inherited(arrival, Fraction(1000))
    >>> lot.acquired, lot.holding_start, term(lot.holding_start, lot.acquired).value
    (datetime.date(2024, 2, 29), datetime.date(2023, 2, 27), 'long')
    """
    start = long_term_start(arrival.on)
    return arrived(arrival, Origin.INHERITANCE, fair_value, start)


def holding_start_of(origin: str, acquired: date, stated: date | None) -> date:
    """Return what the term of a lot is counted from, as its table gives it.

    What is stated counts. Blank is the day of acquisition, and for an inheritance a
    start that makes it long-term from the day of death on.

    References
    ----------
    IRC § 1223(9): property acquired from a decedent is held for more than one year.

    Examples
    --------
    >>> day = date(2024, 3, 2)
    >>> str(holding_start_of("purchase", day, None))
    '2024-03-02'
    >>> str(holding_start_of("inheritance", day, None))
    '2023-03-01'
    """
    if stated is not None:
        return stated
    return long_term_start(acquired) if origin == Origin.INHERITANCE else acquired


def long_term_start(on: date) -> date:
    """Return the latest ``holding_start`` that makes a sale on ``on`` long-term.

    Examples
    --------
    >>> long_term_start(date(2024, 3, 2))
    datetime.date(2023, 3, 1)
    """
    last_year = on.year - 1
    is_leap_day = (on.month, on.day) == (2, 29)
    anniversary = date(last_year, 2, 28) if is_leap_day else on.replace(year=last_year)
    return anniversary - timedelta(days=1)


def transferred(holding: Holding, account: str, lot_id: str = "") -> Holding:
    """Return a lot moved in kind to another account of its owner: nothing is new.

    Basis, ``acquired``, ``holding_start``, ``purchase``, ``replacement``, ``parent``
    and ``origin`` stay as they are; the lots table writes ``transfer`` only where it
    knows no better.

    Parameters
    ----------
    lot_id : str
        Name in the new account, where the old one is taken.

    References
    ----------
    IRC § 1001(a): without a sale or other disposition there is no gain and no new
    basis.
    """
    return replace(holding, account=account, lot_id=lot_id or holding.lot_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpinOff:
    """Shares received beside each one held, and the part of the basis they take."""

    symbol: str
    on: date
    ratio: Fraction
    basis_fraction: Fraction


def spun_off(parent: Holding, spin: SpinOff) -> Holding:
    """Return the shares that a lot receives in a spin-off, with the lot as parent.

    They take their part of its basis and all of its dates. The id is the lot's, the
    new symbol and the day.

    References
    ----------
    IRC § 355; § 358(b)(2), (c); § 1223(1).

    Examples
    --------
    >>> day = date(2024, 1, 2)
    >>> lot = Holding(account="A", lot_id="17", symbol="AAA", shares=Fraction(100),
    ...               cost_basis=Fraction(800), acquired=day, holding_start=day,
    ...               purchase="17")
    >>> spin = SpinOff(symbol="SPN", on=date(2024, 6, 3), ratio=Fraction(1, 4),
    ...                basis_fraction=Fraction(1, 8))
    >>> new = spun_off(lot, spin)
    >>> new.lot_id, new.shares, new.cost_basis, new.acquired == day
    ('17.SPN.2024-06-03', Fraction(25, 1), Fraction(100, 1), True)
    """
    return replace(
        parent,
        lot_id=f"{parent.lot_id}.{spin.symbol}.{spin.on}",
        symbol=spin.symbol,
        shares=parent.shares * spin.ratio,
        cost_basis=parent.cost_basis * spin.basis_fraction,
        parent=parent.lot_id,
        origin=Origin.SPIN_OFF.value,
    )


def arrived(arrival: Arrival, origin: Origin, basis: Fraction, start: date) -> Holding:
    """Return what arrives as a lot, a purchase of its own."""
    return Holding(
        account=arrival.account,
        lot_id=arrival.lot_id,
        symbol=arrival.symbol,
        shares=arrival.shares,
        cost_basis=basis,
        acquired=arrival.on,
        holding_start=start,
        purchase=arrival.lot_id,
        origin=origin.value,
        sleeve=arrival.sleeve,
    )

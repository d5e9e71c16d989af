# SPDX-License-Identifier: Apache-2.0
"""What cash has to be after trading, from what it is now: exact money, nothing else.

A balance below its target is short, one above it has a surplus. Buffers raise a
little more than is short and keep a little of a surplus. Knows no account, no policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from di_optimizer.exact import ZERO, cents_up

NEAR = Decimal("0.0001")  # of NAV: a rebalance this close to a target has reached it


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffer:
    """A part of a difference or an amount of money; the larger counts, None is 0.

    Examples
    --------
    >>> Buffer(part=Decimal("0.02"), amount=Decimal(10)).of(Decimal(100))
    Decimal('10')
    >>> Buffer(part=Decimal("0.2"), amount=Decimal(10)).of(Decimal(100))
    Decimal('20.0')
    """

    part: Decimal | None = None
    amount: Decimal | None = None

    def of(self, difference: Decimal) -> Decimal:
        """Return the buffer of a difference above 0, money."""
        return max((self.part or ZERO) * difference, self.amount or ZERO)

    def __bool__(self) -> bool:
        return bool(self.part or self.amount)


def to_raise(short: Decimal, extra: Buffer) -> Decimal:
    """Return the cash to raise where ``short`` is missing: that and the buffer.

    Examples
    --------
    >>> ten = Decimal(10)
    >>> to_raise(Decimal(100), Buffer(part=Decimal("0.02"), amount=ten))
    Decimal('110')
    >>> to_raise(Decimal(100), Buffer(part=Decimal("0.20"), amount=ten))
    Decimal('120.00')
    >>> to_raise(Decimal(0), Buffer(amount=ten))
    Decimal('0')
    """
    return short + extra.of(short) if short > 0 else ZERO


def usable(surplus: Decimal, keep: Buffer) -> Decimal:
    """Return the cash that may be spent of a surplus: what the buffer leaves.

    Examples
    --------
    >>> ten = Decimal(10)
    >>> usable(Decimal(100), Buffer(part=Decimal("0.02"), amount=ten))
    Decimal('90')
    >>> usable(Decimal(100), Buffer(part=Decimal("0.20"), amount=ten))
    Decimal('80.00')
    >>> usable(Decimal(8), Buffer(amount=ten))
    Decimal('0')
    """
    return max(surplus - keep.of(surplus), ZERO) if surplus > 0 else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of cash: fractions of NAV, ``floor`` in money.

    ``only_cash`` says that nothing but cash is rebalanced. Without a ``target`` it is
    the least cash.
    """

    minimum: Decimal
    maximum: Decimal
    target: Decimal | None = None
    floor: Decimal = ZERO
    extra: Buffer = Buffer()
    keep: Buffer = Buffer()
    only_cash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Where cash may end, money.

    Attributes
    ----------
    least : Decimal
        The minimum or the floor, rounded up to the cent.
    target : Decimal
    low, high : Decimal
        The range after trading, at the least ``least``.
    most : Decimal
        What is reported when it is exceeded; at least ``high``.
    state : str
        "inside", "short" or "surplus": of the range, before trading.
    low_name : str
        The setting that ``low`` comes from.
    """

    least: Decimal
    target: Decimal
    low: Decimal
    high: Decimal
    most: Decimal
    state: str
    low_name: str


def aim_of(cash: Decimal, nav: Decimal, wish: Wish) -> Aim:
    """Return where cash has to end.

    A rebalance of everything ends between the target and the maximum, the target of a
    basis point of NAV where it is the larger one. One of cash alone ends at the
    target itself, or trades nothing where cash is inside its range.

    Parameters
    ----------
    cash : Decimal
        Before trading, due flows included.
    nav : Decimal
        After due flows.

    Examples
    --------
    >>> wish = Wish(minimum=ZERO, maximum=Decimal("0.01"), only_cash=True)
    >>> [(a.state, str(a.low)) for a in (aim_of(Decimal(n), Decimal(1000), wish)
    ...  for n in (-3, 5, 15))]
    [('short', '0.00'), ('inside', '0.00'), ('surplus', '0.00')]
    """
    minimum, most = wish.minimum * nav, wish.maximum * nav
    least = cents_up(max(minimum, wish.floor))
    wanted = least if wish.target is None else max(wish.target * nav, least)
    state = "short" if cash < least else "surplus" if cash > most else "inside"
    if wish.only_cash and state == "inside":
        low = least
    else:
        low = _low(cash, wanted, least, wish)
    if low > minimum:
        most = max(most, low if wish.only_cash else low + NEAR * max(nav, ZERO))
    aimed = wish.only_cash and state != "inside"
    return Aim(
        least=least,
        target=wanted,
        low=low,
        high=low if aimed else most,
        most=most,
        state=state,
        low_name=_name(low, least, wish.floor),
    )


def _low(cash: Decimal, wanted: Decimal, least: Decimal, wish: Wish) -> Decimal:
    """Return the least cash after trading, buffers included, no part of a cent."""
    if cash < wanted:
        return cents_up(cash + to_raise(wanted - cash, wish.extra))
    kept = cash - usable(cash - wanted, wish.keep)
    return max(least, min(cents_up(kept), cash))


def _name(low: Decimal, least: Decimal, floor: Decimal) -> str:
    if low > least:
        return "cash.target"
    return "cash.floor" if floor > 0 and least == cents_up(floor) else "cash.minimum"

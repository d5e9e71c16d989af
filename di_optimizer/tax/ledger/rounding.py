# SPDX-License-Identifier: Apache-2.0
"""What exact amounts show as: whole cents and billionths of a share, without a rest.

Where one amount is shown in pieces, each piece shows what was left before it less
what is left after it, both rounded, so that the last one has the remainder and the
pieces add up to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

CENTS = 100
BILLIONTHS = 10**9


def to_units(amount: Fraction, units: int) -> int:
    """Return an amount of at least 0 in whole units, halves up.

    Examples
    --------
    >>> to_units(Fraction("1.005"), CENTS), to_units(Fraction(1, 3), BILLIONTHS)
    (101, 333333333)
    """
    numerator, denominator = amount.as_integer_ratio()
    if denominator == 1:
        return numerator * units
    return (2 * numerator * units + denominator) // (2 * denominator)


def to_cents(amount: Fraction) -> int:
    """Return money of at least 0 in cents."""
    return to_units(amount, CENTS)


def left_shown(shown: int, left: Fraction) -> int:
    """Return the cents that stay with a lot when a piece has been taken out of it.

    The piece shows the difference: never below 0, and no error is carried on.

    Examples
    --------
    >>> left_shown(1000, Fraction(20, 3)), left_shown(0, Fraction(1, 100))
    (667, 0)
    """
    return min(to_cents(left), shown)


def allot(total: int, parts: Sequence[Fraction], units: int = CENTS) -> list[int]:
    """Return ``total`` units in parts near ``parts``, the last with the remainder.

    Examples
    --------
    >>> allot(1000, [Fraction(10, 3)] * 3)
    [333, 334, 333]
    """
    if len(parts) == 1:
        return [total]
    if units == BILLIONTHS and all(part.denominator == 1 for part in parts):
        return [part.numerator * units for part in parts]
    shown, before, reached = [], 0, Fraction(0)
    for part in parts[:-1]:
        reached += part
        now = max(before, min(to_units(reached, units), total))
        shown.append(now - before)
        before = now
    return [*shown, total - before] if parts else []


def sold_of(wanted: Fraction, held: Fraction) -> Fraction:
    """Return the exact shares that a sale of ``wanted`` sells of ``held``.

    A position of a third of a share shows as 0.333333333; selling that sells it all.

    Examples
    --------
    >>> sold_of(Fraction("0.333333333"), Fraction(1, 3))
    Fraction(1, 3)
    >>> sold_of(Fraction("0.3"), Fraction(1, 3))
    Fraction(3, 10)
    """
    if held.denominator == 1 or wanted == held:
        return wanted
    shows = Fraction(to_units(held, BILLIONTHS), BILLIONTHS)
    return held if wanted == shows else wanted

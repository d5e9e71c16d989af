# SPDX-License-Identifier: Apache-2.0
"""The line between floats and exact decimals, and rounding to the cent.

Shares, money and prices at the edges are ``Decimal``; arrays inside the program
are ``float64``. A float enters the exact world through :func:`exact` only.
"""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

CENT = Decimal("0.01")
ZERO = Decimal(0)


def exact(value: float | int | str | Decimal) -> Decimal:
    """Return the shortest decimal that reads back as ``value``.

    A number typed with up to 15 significant digits survives the way through a
    float column unchanged, which a plain ``Decimal(float)`` does not give.

    Examples
    --------
    >>> exact(0.1), exact(1234.56), exact("7.000000001")
    (Decimal('0.1'), Decimal('1234.56'), Decimal('7.000000001'))
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        return Decimal(repr(float(value)))
    return Decimal(value)


def cents(amount: Decimal | Fraction) -> Decimal:
    """Round money to the cent, halves away from zero; no rounding comes before.

    Examples
    --------
    >>> cents(Decimal("1.005")), cents(Decimal("-1.005")), cents(Fraction(1, 3))
    (Decimal('1.01'), Decimal('-1.01'), Decimal('0.33'))
    """
    whole = math.floor(abs(Fraction(amount)) * 100 + Fraction(1, 2))
    return Decimal(whole if amount >= 0 else -whole).scaleb(-2)


def cents_up(amount: Decimal | Fraction) -> Decimal:
    """Round a cost up to the next cent, so that cash is never overstated.

    Examples
    --------
    >>> cents_up(Decimal("1.001")), cents_up(Fraction(3, 2))
    (Decimal('1.01'), Decimal('1.50'))
    """
    return Decimal(math.ceil(Fraction(amount) * 100)).scaleb(-2)


def plain(number: Decimal) -> str:
    """Return a decimal as text without exponent and without trailing zeros.

    Examples
    --------
    >>> plain(Decimal("60.0000")), plain(Decimal("1E+2")), plain(Decimal("0.50"))
    ('60', '100', '0.5')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def floor_to(quantity: Decimal, step: Decimal) -> Decimal:
    """Truncate ``quantity`` toward zero to a multiple of ``step``.

    Examples
    --------
    >>> floor_to(Decimal("37.5"), Decimal(1)), floor_to(Decimal("1.239"), CENT)
    (Decimal('37'), Decimal('1.23'))
    """
    return (quantity / step).to_integral_value(rounding=ROUND_DOWN) * step

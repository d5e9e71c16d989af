# SPDX-License-Identifier: Apache-2.0
"""From weights of lots back to their shares."""

from __future__ import annotations

from decimal import Decimal

from di_optimizer.exact import ZERO, exact, floor_to
from di_optimizer.program.job import Built
from di_optimizer.program.program import Floats

WHOLE = 1e-9  # part of a lot; this close to none or all of it is none or all
FINEST = Decimal("1e-9")  # of a share, as tables have them


def lot_shares(built: Built, amounts: Floats) -> tuple[Decimal, ...]:
    """Return weights of lots as shares; none and all of a lot are exact.

    Parameters
    ----------
    amounts : (lots,)
        Fractions of base. Parts of a lot are rounded down to nine decimals.
    """
    parts = (amounts / built.program.lots.weight).tolist()
    return tuple(
        _part(lot.shares, part) for lot, part in zip(built.lots, parts, strict=True)
    )


def _part(shares: Decimal, part: float) -> Decimal:
    if part <= WHOLE:
        return ZERO
    if part >= 1.0 - WHOLE:
        return shares
    return floor_to(shares * exact(part), FINEST)

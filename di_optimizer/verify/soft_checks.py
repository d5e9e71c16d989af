# SPDX-License-Identifier: Apache-2.0
"""What missing soft limits costs, from the raw account and the trades."""

from __future__ import annotations

from collections.abc import Callable

from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.cash_checks import drag_charge
from di_optimizer.verify.curb_checks import risk_charge
from di_optimizer.verify.total_checks import total_charge

CHARGES: tuple[Callable[[Case, Books], float], ...] = (
    total_charge,
    drag_charge,
    risk_charge,
)


def soft_charge(case: Case, books: Books) -> float:
    """Return the price of every soft limit times what it is missed by, of base."""
    return sum(charge(case, books) for charge in CHARGES)

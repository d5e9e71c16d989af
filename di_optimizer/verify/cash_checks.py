# SPDX-License-Identifier: Apache-2.0
"""Cash after trading against its range, to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from di_optimizer.exact import ZERO, exact
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case, Claims, nearest_cent


def cash_range(case: Case) -> tuple[Fraction, Fraction]:
    """Return the least and most cash, fractions of NAV after the flow.

    The account's own limits replace the policy's; of several the tightest counts.
    """
    minima = [c.minimum for c in case.account.cash if c.minimum is not None]
    maxima = [c.maximum for c in case.account.cash if c.maximum is not None]
    return (
        Fraction(exact(max(minima, default=case.policy.cash.minimum))),
        Fraction(exact(min(maxima, default=case.policy.cash.maximum))),
    )


def excess_cash(case: Case, books: Books) -> Decimal:
    """Return the cash above its maximum, to the cent; 0 when inside."""
    excess = books.cash_after - cash_range(case)[1] * books.nav
    return max(nearest_cent(excess), ZERO)


def check_minimum(case: Case, books: Books) -> list[str]:
    """Cash is not below its minimum, not even by part of a cent."""
    least = cash_range(case)[0] * books.nav
    if books.cash_after >= least:
        return []
    found = f"cash {float(books.cash_after)!r} after trading"
    return [case.says(found, f"at least {float(least)!r}")]


def check_maximum(case: Case, books: Books, claims: Claims) -> list[str]:
    """Cash above its maximum is reported to the cent, and none is reported else."""
    excess, claimed = excess_cash(case, books), claims.cash_over_maximum
    if claimed.is_finite() and claimed == excess:
        return []
    found = f"{claimed} reported as cash over its maximum"
    return [case.says(found, f"{excess}, the cash over it after trading")]

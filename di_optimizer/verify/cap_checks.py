# SPDX-License-Identifier: Apache-2.0
"""Tax and tracking error of a plan against the most that policy allows."""

from __future__ import annotations

from di_optimizer.trades import Figures
from di_optimizer.verify.bill import tax_of_plan
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case, Claims, nearest_cent
from di_optimizer.verify.claim_checks import CLOSE, far
from di_optimizer.verify.year import fraction

BP = 1e4


def check_tax(case: Case, books: Books) -> list[str]:
    """Tax is within its limit, to the cent; untaxed accounts have none."""
    most = case.policy.taxes.max_tax
    if most is None or not case.taxable:
        return []
    money = nearest_cent(tax_of_plan(case, books))
    if money <= fraction(most):
        return []
    return [case.says(f"a tax of {money}", f"at most {most} (taxes.max_tax)")]


def check_te(case: Case, books: Books, claims: Claims, due: Figures) -> list[str]:
    """Tracking error is within its cap, or what is above it is reported and wanted.

    The cap is a fraction of NAV, the figure one of base.
    """
    most, over = case.policy.tracking.max_te_bp, 0.0
    if most is not None:
        cap = most / BP * float(books.nav / books.base)
        over = max(due.te_after - cap, 0.0)
        if over > CLOSE and case.policy.tracking.unreachable == "refuse":
            found = f"tracking error {due.te_after!r}"
            return [case.says(found, f"at most {cap!r} (tracking.max_te_bp)")]
    if not far(claims.te_over_cap, over):
        return []
    found = f"tracking error reported as {claims.te_over_cap!r} above its cap"
    return [case.says(found, f"{over!r}")]

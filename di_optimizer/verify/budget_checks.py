# SPDX-License-Identifier: Apache-2.0
"""What sales realise against the budgets of the policy, to the cent."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.policy import Budget
from di_optimizer.tax.term import Term
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case, nearest_cent
from di_optimizer.verify.year import fraction, planned_gains

ZERO = Fraction(0)


def measured(budget: Budget, gain: Fraction) -> Fraction:
    """Return what one gain adds to a budget.

    Examples
    --------
    >>> gains = Fraction(5), Fraction(-2)
    >>> [[float(measured(Budget(measure=name, maximum=9), g)) for g in gains]
    ...  for name in ("gain", "loss", "net")]
    [[5.0, 0.0], [0.0, 2.0], [5.0, -2.0]]
    """
    if budget.measure == "gain":
        return max(gain, ZERO)
    return max(-gain, ZERO) if budget.measure == "loss" else gain


def counts(budget: Budget, kind: Term | None) -> bool:
    """Return whether gains of a term count in a budget."""
    return kind is not None and budget.term in ("total", kind.value)


def realised_before(case: Case, budget: Budget) -> Fraction:
    """Return what of the taxpayer's year counts before the run.

    That is what was realised, and what the other accounts realise today.
    """
    if budget.period == "run":
        return ZERO
    payer, realised = case.account.taxpayer, planned_gains(case)
    realised[Term.SHORT] += Fraction(payer.realised_short)
    realised[Term.LONG] += Fraction(payer.realised_long)
    return sum((realised[kind] for kind in Term if counts(budget, kind)), ZERO)


def check_budgets(case: Case, books: Books) -> list[str]:
    """Realised gains and losses are within every budget.

    They count as realised, before wash sales and harvest thresholds; outside taxable
    accounts there are none.
    """
    wrong: list[str] = []
    if not case.taxable:
        return wrong
    for number, budget in enumerate(case.policy.taxes.budgets, start=1):
        amount = realised_before(case, budget) + sum(
            (measured(budget, e.gain) for e in books.entries if counts(budget, e.term)),
            ZERO,
        )
        money = nearest_cent(amount)
        name = f"taxes.budgets[{number}] ({budget.term} {budget.measure})"
        if budget.minimum is not None and money < fraction(budget.minimum):
            wrong.append(case.says(f"{money} in {name}", f"at least {budget.minimum}"))
        if budget.maximum is not None and money > fraction(budget.maximum):
            wrong.append(case.says(f"{money} in {name}", f"at most {budget.maximum}"))
    return wrong

# SPDX-License-Identifier: Apache-2.0
"""Budgets of realised gains and losses, as rows on the lot sales.

They count what sales realise, before wash sales and harvest thresholds; a limit on
tax counts what is taxed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.exact import exact
from di_optimizer.policy import Budget
from di_optimizer.program.bill import fraction_of
from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.netting import MAX_TAX
from di_optimizer.program.program import Row


@dataclass(frozen=True, kw_only=True)
class Realisable:
    """What sales of each lot realise, (lots,), and the base of fractions.

    ``gain`` is the true one per unit of weight; ``realised`` are the taxpayer's net
    short- and long-term gains of the year before the run, money.
    """

    gain: Floats
    long_term: Flags
    base: Decimal
    realised: tuple[Fraction, Fraction]
    securities: int


def budget_rows(budgets: Sequence[Budget], lots: Realisable) -> tuple[Row, ...]:
    """Return one row a budget.

    Examples
    --------
    >>> lots = Realisable(gain=np.array([0.5, -0.25]), base=Decimal(1000),
    ...     long_term=np.array([True, False]), securities=1,
    ...     realised=(Fraction(0), Fraction(0)))
    >>> [row] = budget_rows([Budget(measure="loss", maximum=20)], lots)
    >>> row.name, row.sell.tolist(), row.upper
    ('taxes.budgets[1] (total loss)', [0.0, 0.25], 0.02)
    """
    return tuple(_row(n, budget, lots) for n, budget in enumerate(budgets, start=1))


def tax_row(most: float, lots: Realisable, rates: tuple[float, float]) -> Row:
    """Return the limit on tax at flat rates: a row on the gains that count.

    Parameters
    ----------
    most : float
        Account currency.
    rates : pair of float
        Of short- and long-term gains.
    """
    return Row(
        name=MAX_TAX,
        buy=np.zeros(lots.securities),
        sell=np.zeros(len(lots.gain)),
        offset=0.0,
        lower=-np.inf,
        upper=fraction_of(exact(most), lots.base),
        lower_name="",
        upper_name=MAX_TAX,
        short=rates[0],
        long=rates[1],
    )


def name_of(number: int, budget: Budget) -> str:
    """Return what messages call a budget; the first one has number 1."""
    return f"taxes.budgets[{number}] ({budget.term} {budget.measure})"


def _row(number: int, budget: Budget, lots: Realisable) -> Row:
    name = name_of(number, budget)
    return Row(
        name=name,
        buy=np.zeros(lots.securities),
        sell=np.where(_counts(budget, lots.long_term), _measured(budget, lots), 0.0),
        offset=fraction_of(_before(budget, lots), lots.base),
        lower=_limit(budget.minimum, lots.base, -np.inf),
        upper=_limit(budget.maximum, lots.base, np.inf),
        lower_name=f"{name} minimum",
        upper_name=f"{name} maximum",
    )


def _counts(budget: Budget, long_term: Flags) -> Flags:
    if budget.term == "total":
        return np.ones(len(long_term), dtype=np.bool_)
    return long_term if budget.term == "long" else ~long_term


def _measured(budget: Budget, lots: Realisable) -> Floats:
    if budget.measure == "gain":
        return np.maximum(lots.gain, 0.0)
    if budget.measure == "loss":
        return np.maximum(-lots.gain, 0.0)
    return lots.gain


def _before(budget: Budget, lots: Realisable) -> Fraction:
    """Return what of the year counts before the run."""
    if budget.period == "run":
        return Fraction(0)
    short, long = lots.realised
    return {"short": short, "long": long, "total": short + long}[budget.term]


def _limit(amount: float | None, base: Decimal, none: float) -> float:
    return none if amount is None else fraction_of(exact(amount), base)

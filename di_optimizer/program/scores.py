# SPDX-License-Identifier: Apache-2.0
"""Prices on number columns of the securities table, and on tax of the future.

Both are linear in what is traded: what is held already is a constant that no trade
changes, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from di_optimizer.errors import Problem
from di_optimizer.market import Market
from di_optimizer.policy import Future, Score
from di_optimizer.program.arrays import gains_of
from di_optimizer.program.draft import Draft
from di_optimizer.program.job import Job
from di_optimizer.program.program import Floats, Program
from di_optimizer.tax.term import Term
from di_optimizer.universe import nearest

TEXTS = ("name", "type", "currency", "issuer", "sector", "country", "wash_group")


def numbers_of(market: Market, symbols: Sequence[str], column: str) -> Floats:
    """Return a number column of the securities table, nan where it is blank, (n,)."""
    rows = [market.securities.get(symbol) for symbol in symbols]
    found = [None if row is None else row.attributes.get(column) for row in rows]
    return np.array([np.nan if value is None else float(value) for value in found])


def unpriceable(job: Job) -> Iterator[Problem]:
    """Yield a problem for each score whose column is unknown or holds text."""
    if not job.policy.scores:
        return
    securities = job.market.securities.values()
    texts, numbers = set(TEXTS), set[str]()
    for security in securities:
        for column, value in security.attributes.items():
            (texts if isinstance(value, str) else numbers).add(column)
    for number, score in enumerate(job.policy.scores, start=1):
        if score.column in texts or score.column not in numbers:
            text = score.column in texts
            yield Problem(
                file=f"policy of account '{job.account.account}'",
                column=f"scores[{number}].column",
                found=f"{'the text' if text else 'an unknown'} column '{score.column}'",
                allowed="number columns of the securities table",
                todo="" if text else nearest(score.column, numbers - texts),
            )


def scored(draft: Draft, program: Program) -> Program:
    """Return the program with the prices of ``policy.scores``."""
    bought, sold = np.zeros(program.n), np.zeros(program.n)
    for score in draft.job.policy.scores:
        price = _prices(draft, score)
        bought += price
        sold += price if score.on == "weight" else 0.0
    if not draft.job.policy.scores:
        return program
    charge = 0.0 if program.buy_charge is None else program.buy_charge
    lots = program.lots
    return replace(
        program,
        buy_cost=program.buy_cost + bought,
        buy_charge=charge + bought,
        lots=replace(lots, charge=lots.charge - sold[lots.security]),
    )


def _prices(draft: Draft, score: Score) -> Floats:
    column = numbers_of(draft.job.market, draft.universe.symbols, score.column)
    found: Floats = score.price * np.nan_to_num(column, nan=0.0)
    return found


def later_rate(future: Future, long_rate: float) -> float:
    """Return what a gain of the future costs today, per unit: its discounted tax.

    Examples
    --------
    >>> later_rate(Future(horizon=2, liquidation=0.5, discount=0.0), 0.2)
    0.1
    >>> later_rate(Future(), 0.2)
    0.0
    """
    if future.horizon is None:
        return 0.0
    kept: float = (1.0 + future.discount) ** -future.horizon
    return future.liquidation * long_rate * kept


def with_later_tax(draft: Draft, program: Program) -> Program:
    """Return the program in which a sale changes the basis of the future.

    What is sold at a loss is bought back, or its replacement is, at a lower basis:
    the same amount is a gain when that is sold, long-term by then. A gain taken today
    is none then. The price counts as much as tax does.
    """
    job, lots = draft.job, program.lots
    rate = later_rate(job.policy.future, job.account.tax_rate(Term.LONG))
    rate *= job.policy.taxes.weight
    if rate == 0.0:
        return program
    charge = lots.charge - rate * gains_of(draft.views)
    return replace(program, lots=replace(lots, charge=charge))

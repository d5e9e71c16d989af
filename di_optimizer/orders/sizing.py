# SPDX-License-Identifier: Apache-2.0
"""A plan of an engine as lot-level trades, and what they come to in the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from di_optimizer.orders.cash_check import room_of
from di_optimizer.orders.disallowed import with_disallowed
from di_optimizer.orders.excess import Excess, excess_of
from di_optimizer.orders.rounder import Quantities, Room
from di_optimizer.orders.rounding import round_plan
from di_optimizer.orders.settled import Settled, settle
from di_optimizer.orders.trading import lines_of, money_of, trades_of
from di_optimizer.program.cash_task import cash_task
from di_optimizer.program.job import Built, Job
from di_optimizer.program.program import Floats
from di_optimizer.program.soft import completed
from di_optimizer.program.steps import step
from di_optimizer.solve.solution import Candidate
from di_optimizer.trades import Trade


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Trades as the program's variables: purchases (n,) and lot sales (lots,)."""

    buys: Floats
    sells: Floats


@dataclass(frozen=True, kw_only=True)
class Sized:
    """A plan in tradable sizes, without reasons.

    Attributes
    ----------
    weights : Weights
        The trades in the program's variables.
    objective : float
        True objective of the trades, fraction of base.
    settled : Settled
        What they were rounded in, and from.
    excess : Excess
        By how much limits are broken, cash apart.
    missing : float
        Cash that the plan was short of before steps were moved, fraction of base.
    """

    trades: tuple[Trade, ...]
    weights: Weights
    objective: float
    settled: Settled
    excess: Excess
    missing: float = 0.0

    @property
    def fits(self) -> bool:
        """Whether every limit holds."""
        return not self.excess


def size_plan(job: Job, built: Built, plan: Candidate, risk: float = 0.0) -> Sized:
    """Round a plan to tradable sizes.

    Parameters
    ----------
    risk : float
        Price of variance that stands for its cap, years: what the cap's multiplier
        says. Sizes are chosen at γ and this.

    Raises
    ------
    CashError
        When no tradable sizes meet the cash minimum.
    """
    relief = job.policy.taxes.relief != "optimizer"
    settled = settle(built, plan, relief=relief, risk=risk)
    steps = tuple(
        step(job.account, job.market, job.policy, s) for s in built.universe.symbols
    )

    task = cash_task(job, built.nav)

    def room(quantities: Quantities) -> Room:
        return room_of(task, money_of(job, lines_of(settled, quantities)))

    rounded = round_plan(settled, steps, room)
    traded = trades_of(job, settled, rounded.quantities)
    trades = with_disallowed(job, built.facts, traded)
    weights = weights_of(built, trades)
    return Sized(
        trades=trades,
        weights=weights,
        objective=built.program.objective(weights.buys, weights.sells),
        settled=settled,
        excess=excess_of(built, weights.buys, weights.sells),
        missing=rounded.missing,
    )


def weights_of(built: Built, trades: Sequence[Trade]) -> Weights:
    """Return trades as fractions of base in the program's order."""
    number = {(lot.symbol, lot.lot_id): i for i, lot in enumerate(built.lots)}
    program = built.program
    buys, sells = np.zeros(program.securities), np.zeros(len(built.lots))
    for trade in trades:
        weight = float(trade.shares * trade.price / built.base)
        if trade.side == "buy":
            buys[built.universe.position[trade.symbol]] += weight
        else:
            sells[number[trade.symbol, trade.lot_id or ""]] += weight
    return Weights(buys=completed(program, buys, sells), sells=sells)

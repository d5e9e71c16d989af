# SPDX-License-Identifier: Apache-2.0
"""The program that a plan is sized in: its choices made, its prices linear.

Groups are fixed to the plan's modes and a netted bill to the rates of the piece that
the plan's totals lie in. What that piece covers and what ties securities together
become rows that sizing may not break further; cash is counted exactly elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from di_optimizer.errors import EngineError
from di_optimizer.exact import ZERO
from di_optimizer.orders.lots import lot_shares
from di_optimizer.program.cash import CASH_ROWS
from di_optimizer.program.curbs import TopCurb
from di_optimizer.program.job import Built
from di_optimizer.program.program import Floats, Ints, Program, Row, at_modes
from di_optimizer.program.soft import priced_at
from di_optimizer.solve.cut_rows import with_cut_rows
from di_optimizer.solve.pieces import at_piece
from di_optimizer.solve.solution import Candidate, Cut, Solution


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A built program without choices, the plan it was settled for, and lot ranks.

    ``built.program`` has neither groups nor netting. ``buys`` (n,) and ``sells``
    (lots,) are the plan; ``ranks`` (lots,) puts the lots of each security in the
    order in which sales take them. ``due`` and ``most`` are the shares of each lot
    that must and may be sold, ``order`` the numbers of each symbol's lots.
    """

    built: Built
    buys: Floats
    sells: Floats
    ranks: Ints
    due: tuple[Decimal, ...]
    most: tuple[Decimal, ...]
    order: Mapping[str, tuple[int, ...]]

    def by_security(self, shares: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
        """Add up shares of lots, by security."""
        return tuple(
            sum((shares[i] for i in self.order.get(symbol, ())), ZERO)
            for symbol in self.built.universe.symbols
        )


def candidates_of(solution: Solution) -> tuple[Candidate, ...]:
    """Return every plan of a solution that is worth sizing, its own first.

    Raises
    ------
    EngineError
        When the solution has no plan.
    """
    if solution.buys is None or solution.sells is None:
        raise EngineError("a solution without a plan cannot be traded")
    none = np.zeros(0, dtype=np.int64)
    own = Candidate(
        buys=solution.buys,
        sells=solution.sells,
        sides=none if solution.sides is None else solution.sides,
        modes=none if solution.modes is None else solution.modes,
    )
    return (own, *solution.others)


def settle(
    built: Built, plan: Candidate, *, relief: bool = False, risk: float = 0.0
) -> Settled:
    """Return the program at a plan's modes and marginal rates.

    Parameters
    ----------
    built : Built
    plan : Candidate
    relief : bool
        Whether sales follow a fixed relief order: within the plan's modes that is
        the order of price. Without one, what the plan sells of a lot comes first.
    risk : float
        Added to the price of variance: what stands for a cap on it.
    """
    own = built.program.securities
    linear = _linear(built.program, plan)
    program = _touched(priced_at(linear, plan.buys, plan.sells), plan, own)
    rows = tuple(_folded(_counted(row), program) for row in program.rows)
    program = replace(program, rows=rows, gamma=program.gamma + risk)
    none = np.zeros(len(program.lots))
    # at a rate of 0 the price of lots is a tie: a relief order has lower gains first
    ties, sold = (program.lots.gain, none) if relief else (none, plan.sells)
    ranks = lot_ranks(program, sold, ties)
    return Settled(
        built=replace(built, program=program),
        buys=plan.buys[:own],
        sells=plan.sells,
        ranks=ranks,
        due=lot_shares(built, program.lots.floor),
        most=lot_shares(built, program.lots.cap),
        order=_by_symbol(built, ranks),
    )


def _touched(program: Program, plan: Candidate, own: int) -> Program:
    """Return the program with the cut of each curb at a plan in the curb's place.

    Amounts near the plan's that keep the cut miss the curb by next to nothing. Those
    that are not among the largest positions stay so.
    """
    after, upper = program.after(plan.buys[:own], plan.sells), program.upper
    for curb in program.curbs:
        if isinstance(curb, TopCurb):
            upper = np.minimum(upper, np.maximum(curb.room(after), after))
    cuts = [Cut(j, curb.direction(after)) for j, curb in enumerate(program.curbs)]
    return with_cut_rows(replace(program, upper=upper), cuts)


def _by_symbol(built: Built, ranks: Ints) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for i in np.argsort(ranks).tolist():
        found.setdefault(built.lots[i].symbol, []).append(i)
    return {symbol: tuple(numbers) for symbol, numbers in found.items()}


def _linear(program: Program, plan: Candidate) -> Program:
    """Return the program at a plan's modes, within the piece of the bill it ends in."""
    chosen = at_modes(program, plan.modes)
    if program.netting is None:
        return chosen
    realised = program.realised(plan.buys, plan.sells)
    return at_piece(chosen, program.netting.piece_of(*realised))


def _counted(row: Row) -> Row:
    """Take the most out of rows about cash: it is counted exactly elsewhere."""
    return replace(row, upper=np.inf) if row.name in CASH_ROWS else row


def _folded(row: Row, program: Program) -> Row:
    """Write a row's gains by term as coefficients of the lots."""
    if not (row.short or row.long):
        return row
    lots = program.lots
    gains = np.where(lots.long_term, row.long, row.short) * lots.gain
    return replace(row, sell=row.sell + gains, short=0.0, long=0.0)


def lot_ranks(program: Program, sold: Floats, ties: Floats) -> Ints:
    """Return each lot's place in the order of sales, by security, (lots,).

    Lots that must go come first, then those sold to the largest part, then the
    cheapest, then those of the lower tie, then the program's order.

    Parameters
    ----------
    sold : (lots,)
        What a plan sells of each.
    ties : (lots,)
    """
    lots = program.lots
    count = len(lots)
    part = np.round(sold / lots.weight, 6)
    order = np.lexsort(
        (np.arange(count), ties, lots.unit, -part, lots.floor <= 0.0, lots.security)
    )
    ranks = np.empty(count, dtype=np.int64)
    ranks[order] = np.arange(count)
    return ranks

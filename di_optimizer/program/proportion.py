# SPDX-License-Identifier: Apache-2.0
"""A withdrawal raised by the same part of every position, as limits of weights.

With c what may be sold of a position and r what its limits leave of that, each sells
min(f c, r), rounded down or up to a tradable size; f is the part at which the
proceeds less costs are what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.cash_task import CashTask
from di_optimizer.program.cash_use import PROPORTIONAL
from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.program import Program
from di_optimizer.program.sizes import DUST, NEAR

ROUNDS = 200  # of positions that reach a limit, or are too small to be sold


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What may be sold, (n,): weights and the cash that a unit brings.

    ``most`` is what lots allow, ``room`` what limits leave; ``step`` the smallest
    tradable amount and ``order`` the smallest order.
    """

    most: Floats
    room: Floats
    brings: Floats
    step: Floats
    order: Floats


def with_proportion(
    program: Program, task: CashTask, base: float, sizes: tuple[Floats, Floats]
) -> Program:
    """Return the program with the sales of a proportional withdrawal.

    Parameters
    ----------
    sizes : pair of (n,)
        Weights of the smallest tradable amount and of the smallest order.
    """
    if task.spare >= 0:
        return program
    held = holdings_of(program, sizes)
    tickets = program.sizes.ticket if program.sizes is not None else np.zeros(program.n)
    part, chosen = part_of(held, -float(task.spare) / base, tickets)
    sold = np.where(chosen, np.minimum(part * held.most, held.room), 0.0)
    steps = np.floor(sold / held.step + NEAR)
    down = np.where(sold >= held.most - DUST, held.most, steps * held.step)
    up = np.minimum(np.where(chosen, (steps + 1.0) * held.step, 0.0), held.most)
    up = np.minimum(up, held.room)
    moves = held.most > 0.0
    names = tuple(np.where(moves, PROPORTIONAL, "").tolist())
    universe = zip(names, program.lower_name, program.upper_name, strict=True)
    named = [(own or low, own or high) for own, low, high in universe]
    return replace(
        program,
        lower=np.where(moves, program.held - up, program.lower),
        upper=np.where(moves, program.held - np.minimum(down, up), program.upper),
        lower_name=tuple(low for low, _ in named),
        upper_name=tuple(high for _, high in named),
    )


def holdings_of(program: Program, sizes: tuple[Floats, Floats]) -> Holdings:
    """Return what may be sold of each position."""
    lots = program.lots
    most = np.bincount(lots.security, weights=lots.cap, minlength=program.n)
    cost = np.zeros(program.n)
    cost[lots.security] = lots.sell_cost
    room = np.maximum(program.held - program.lower, 0.0)
    return Holdings(
        most=np.where(room > DUST, most, 0.0),
        room=np.minimum(room, most),
        brings=1.0 - cost,
        step=np.where(sizes[0] > 0.0, sizes[0], 1.0),
        order=sizes[1],
    )


def part_of(held: Holdings, need: float, tickets: Floats) -> tuple[float, Flags]:
    """Return the part that is sold, at most 1, and of which positions, (n,).

    Positions of which it is less than an order are left out one by one, the farthest
    from it first, and the others sell more.

    Examples
    --------
    >>> weights = np.array([0.6, 0.3, 0.1])
    >>> one = np.ones(3)
    >>> held = Holdings(most=weights, room=np.array([0.6, 0.3, 0.01]), brings=one,
    ...                 step=0 * one, order=0 * one)
    >>> part, chosen = part_of(held, 0.19, 0 * one)
    >>> round(part, 12), chosen.tolist()
    (0.2, [True, True, True])
    """
    chosen = held.most > 0.0
    part = 0.0
    for _ in range(ROUNDS):
        part = _part(held, need, tickets, chosen)
        sold = np.minimum(part * held.most, held.room)
        small = chosen & (sold < held.order - DUST)
        if not small.any() or chosen.sum() == 1:
            break
        size = np.where(small, sold / np.where(small, held.order, 1.0), np.inf)
        chosen = chosen & (np.arange(len(chosen)) != np.argmin(size))
    return part, chosen


def _part(held: Holdings, need: float, tickets: Floats, chosen: Flags) -> float:
    """Return f of the positions that are sold, limits and tickets counted."""
    part, capped = 0.0, np.zeros(len(chosen), dtype=np.bool_)
    for _ in range(ROUNDS):
        free = chosen & ~capped
        whole = float((held.most * held.brings)[free].sum())
        if whole <= 0.0:
            return 1.0
        fixed = float((held.room * held.brings)[chosen & capped].sum())
        ordered = chosen & (part * held.most >= held.step)
        paid = float(tickets[ordered].sum())
        last, part = part, min((need + paid - fixed) / whole, 1.0)
        over = chosen & (part * held.most > held.room)
        if part == last and not (over & ~capped).any():
            break
        capped = capped | over
    return part

# SPDX-License-Identifier: Apache-2.0
"""From a plan to a better one: change one side or one mode, then two at once.

At a plan's multipliers, each block's distance from its own Lagrangian minimum adds up
to the gap. The change that promises most is tried first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.program.sizes import KINDS
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.priced import BlockMinima
from di_optimizer.solve.reference.cells import kinked
from di_optimizer.solve.reference.choose import solve_choice
from di_optimizer.solve.reference.counts import counts_kept
from di_optimizer.solve.reference.task import BETTER, Choice, Found, Task
from di_optimizer.solve.solution import Settings


@dataclass(frozen=True)
class Move:
    """A change of one block: a side or kind, or a group's mode and what goes with it.

    ``promise`` is what the Lagrangian gains by it; ``key`` names the move where it
    leads to. ``up`` says whether it leads to more weight.
    """

    key: tuple[int, int]
    promise: float
    securities: Ints
    sides: Ints
    kinds: Ints
    up: bool = False
    group: int = -1
    mode: int = -1

    def apply(self, choice: Choice) -> Choice:
        """Return the choice after this move."""
        sides, modes, kinds = choice.sides.copy(), choice.modes.copy(), choice.kinds
        sides[self.securities] = self.sides
        if len(kinds):
            kinds = kinds.copy()
            kinds[self.securities] = self.kinds
        if self.group >= 0:
            modes[self.group] = self.mode
        return Choice(sides, modes, kinds)


def flip(task: Task, best: Found, settings: Settings, incumbent: float) -> Found:
    """Change the choice while that pays and the budget lasts.

    What did not help is set aside until all others were tried: its block stays far
    from its minimum, and would use up the budget again after each success.

    Parameters
    ----------
    best : Found
        A plan of this task.
    incumbent : float
        Least objective known of any task; nothing is to be gained where the bound
        of this one is as high.
    """
    aside: set[tuple[int, int]] = set()
    while task.trace.flips < settings.flips:
        if min(best.objective, incumbent) - task.bound <= settings.gap:
            break
        steps = _steps(task, best, aside)
        step = next((s for s in steps if _worth(task, s[1])), None)
        if step is None:
            break
        task.trace.flips += 1
        moves, choice = step
        found = solve_choice(task, choice)
        if found and found.objective < best.objective - BETTER:
            best = found
        else:
            aside.update(move.key for move in moves)
    return best


def _worth(task: Task, choice: Choice) -> bool:
    """Return whether a choice is new, and no row counts too many or too few in it."""
    if choice.key in task.seen:
        return False
    return not len(choice.kinds) or counts_kept(task.program, choice.kinds)


def _steps(
    task: Task, best: Found, aside: set[tuple[int, int]]
) -> Iterator[tuple[tuple[Move, ...], Choice]]:
    """Yield single moves, the most promising first, then two at once.

    Turning one purchase and one sale round is the way from one plan to another
    where cash allows neither alone.
    """
    ranked = sorted(
        _moves(task, best), key=lambda m: (m.key in aside, -m.promise, m.key)
    )
    pairs = (pair for pair in itertools.combinations(ranked, 2) if _joint(*pair))
    for moves in itertools.chain(((move,) for move in ranked), pairs):
        choice = best.choice
        for move in moves:
            choice = move.apply(choice)
        yield moves, choice


def _joint(first: Move, second: Move) -> bool:
    """Return whether two moves are worth making at once."""
    if first.group < 0 and second.group < 0:
        return first.up != second.up and first.key[0] != second.key[0]
    return first.group != second.group


def _moves(task: Task, best: Found) -> list[Move]:
    dual = task.dual
    minima = dual.minima(dual.priced(best.leaf))
    split = kinked(task.program, dual.blocks) & ~task.sized[dual.blocks.security]
    return [
        *_side_moves(dual.blocks, best.choice, minima, split),
        *_kind_moves(dual.blocks, best.choice, minima),
        *_mode_moves(task, best, minima, split),
    ]


def excess(program: Program, found: Found) -> Floats:
    """Return what each group truly costs beyond what its mode says, (groups,).

    A mode may be hopeful about how much of a loss is disallowed.
    """
    counted = program.counted(found.buys, found.sells)
    beyond = np.zeros(len(program.groups))
    for number, group in enumerate(program.groups):
        if group.wash is None:
            continue
        mode, own = group.modes[found.choice.modes[number]], group.lots
        sold, bought = found.sells[own], found.buys[group.securities]
        gained = program.lots.rate[own] @ (counted[own] - mode.gain * sold)
        charged = mode.sell_charge @ sold + mode.buy_charge @ bought
        beyond[number] = gained - charged - mode.constant
    return beyond


def _side_moves(
    blocks: Blocks, choice: Choice, minima: BlockMinima, split: Flags
) -> Iterator[Move]:
    """Yield flips of single securities within their modes."""
    sides = choice.sides[blocks.security]
    movable = blocks.at(choice.modes) & split & (sides != 0)
    movable &= np.isfinite(minima.buy) & np.isfinite(minima.sell)
    ahead = np.zeros(blocks.count)  # of the other side
    np.subtract(minima.buy, minima.sell, out=ahead, where=movable)
    for block in np.flatnonzero(movable).tolist():
        yield Move(
            key=(int(blocks.security[block]), -1),
            promise=max(float(sides[block] * ahead[block]), 0.0),
            securities=blocks.security[block : block + 1],
            sides=-sides[block : block + 1],
            kinds=np.zeros(1, dtype=np.int64),
            up=bool(sides[block] < 0),
        )


def _kind_moves(blocks: Blocks, choice: Choice, minima: BlockMinima) -> Iterator[Move]:
    """Yield changes of single securities to another kind, within their modes."""
    if minima.kinds is None or not len(choice.kinds):
        return
    own = choice.kinds[blocks.security]
    present = minima.among(own)
    movable = blocks.at(choice.modes) & (own > 0)
    for kind, value in zip(KINDS, minima.kinds, strict=True):
        for block in np.flatnonzero(movable & (own != kind) & np.isfinite(value)):
            ahead = float(present[block] - value[block])
            yield Move(
                key=(int(blocks.security[block]), -1 - kind),
                promise=max(ahead, 0.0) if np.isfinite(ahead) else 0.0,
                securities=blocks.security[block : block + 1],
                sides=np.zeros(1, dtype=np.int64),
                kinds=np.array([kind]),
                up=bool(kind > own[block]),
            )


def _mode_moves(
    task: Task, best: Found, minima: BlockMinima, split: Flags
) -> Iterator[Move]:
    """Yield changes of single groups to another mode, on its best sides there."""
    dual, blocks, choice = task.dual, task.dual.blocks, best.choice
    beyond = excess(task.program, best)
    own = dual.choices(_present(blocks, choice, minima))
    least = dual.choices(np.minimum(minima.buy, minima.sell))
    sides = np.where(split, np.where(minima.buy < minima.sell, 1, -1), 0)
    kinds = np.where(task.sized[blocks.security], _best_kinds(minima, blocks), 0)
    now = choice.modes[blocks.group] == blocks.mode
    present = dict(zip(blocks.group[now].tolist(), own[now].tolist(), strict=True))
    for number in np.flatnonzero(~now & np.isfinite(least)).tolist():
        group = int(blocks.group[number])
        inside = blocks.choice == number
        yield Move(
            key=(group, int(blocks.mode[number])),
            promise=max(present[group] + beyond[group] - least[number], 0.0),
            securities=blocks.security[inside],
            sides=sides[inside],
            kinds=kinds[inside],
            group=group,
            mode=int(blocks.mode[number]),
        )


def _present(blocks: Blocks, choice: Choice, minima: BlockMinima) -> Floats:
    """Return the least of every block at a choice, (blocks,)."""
    at_sides = minima.least(choice.sides[blocks.security])
    if not len(choice.kinds):
        return at_sides
    masks = choice.kinds[blocks.security]
    return np.where(masks > 0, minima.among(masks), at_sides)


def _best_kinds(minima: BlockMinima, blocks: Blocks) -> Ints:
    """Return the kind of the least value of every block, (blocks,)."""
    if minima.kinds is None:
        return np.zeros(blocks.count, dtype=np.int64)
    best: Ints = np.array(KINDS, dtype=np.int64)[np.argmin(minima.kinds, axis=0)]
    return best

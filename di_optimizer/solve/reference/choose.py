# SPDX-License-Identifier: Apache-2.0
"""One choice of modes, sides and kinds, to a plan: solve, clean up, settle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, at_modes
from di_optimizer.solve.blocks import Blocks, blocks_of
from di_optimizer.solve.reference.cells import cells_of
from di_optimizer.solve.reference.convex import solve_mix
from di_optimizer.solve.reference.kinds import LEAST, Parts, parts_of, sizes_of
from di_optimizer.solve.reference.local import improve
from di_optimizer.solve.reference.mix import Mix
from di_optimizer.solve.reference.moves import terrain_of
from di_optimizer.solve.reference.prices import lot_prices
from di_optimizer.solve.reference.purify import FEASIBLE, missed, purify
from di_optimizer.solve.reference.task import BETTER, Choice, Found, Task, better
from di_optimizer.solve.solution import Leaf

DUSTS = (1e-6, 2.0 * LEAST)  # fraction of base; trades that small are left out


@dataclass(frozen=True)
class Rest:
    """What the convex problem at a choice leaves: trades, and their multipliers."""

    choice: Choice
    buys: Floats
    sells: Floats
    leaf: Leaf


def solve_choice(task: Task, choice: Choice) -> Found | None:
    """Solve at a choice; securities that come out on both sides get fixed as well."""
    task.seen.add(choice.key)
    blocks = blocks_of(task.program, choice.modes)
    parts = _parts(task, blocks, choice)
    rest = _solve_rest(task, blocks, choice, parts)
    if rest is None:
        return None
    found = _found(task, rest)
    return found if parts is None else settle(task, rest, found)


def _parts(task: Task, blocks: Blocks, choice: Choice) -> Parts | None:
    """Return the parts of the kinds that a choice fixes; None where none matter."""
    if not len(choice.kinds):
        return None
    return parts_of(task.program, blocks).of_kinds(choice.kinds[blocks.security])


def _solve_rest(
    task: Task, blocks: Blocks, choice: Choice, parts: Parts | None
) -> Rest | None:
    none = np.zeros(blocks.count, dtype=np.bool_)
    step = "sides" if parts is None else "kinds"
    for _ in range(3):
        cells = cells_of(task.program, blocks, choice.sides, none, parts)
        mix = Mix(task.program, blocks, cells, step)
        answer = solve_mix(mix)
        task.trace.record(answer)
        if answer.point is None:
            return None
        leaf = task.leaf_of(answer.point)
        task.improve(leaf)
        pure = purify(mix, answer.point)
        if pure is None:
            return None
        if not np.any(pure.doubled):
            return Rest(choice, pure.buys, pure.sells, leaf)
        sides = np.where(pure.doubled, pure.lean, choice.sides)
        choice = replace(choice, sides=sides)
    return None


def _found(task: Task, rest: Rest) -> Found | None:
    """Return the plan, with the kinds it truly has; None where a size is not allowed.

    A row that counts can tell a plan from the problem that it came from.
    """
    if not len(rest.choice.kinds):
        terms = task.whole.terms(rest.buys, rest.sells)
        return Found(rest.choice, rest.buys, rest.sells, terms, rest.leaf)
    tidied = [_tidied(rest, dust) for dust in DUSTS]
    plan = next((one for one in (*tidied, rest) if _fits(task, one, rest)), None)
    if plan is None:
        return None
    kinds = task.program.kinds(plan.buys, plan.sells)
    choice = replace(rest.choice, kinds=np.where(task.sized, kinds, 0))
    terms = task.whole.terms(plan.buys, plan.sells)
    return Found(choice, plan.buys, plan.sells, terms, rest.leaf)


def _tidied(rest: Rest, dust: float) -> Rest:
    """Return a plan without trades that are no larger than dust."""
    buys, sells = (np.where(t <= dust, 0.0, t) for t in (rest.buys, rest.sells))
    return replace(rest, buys=buys, sells=sells)


def _fits(task: Task, plan: Rest, rest: Rest) -> bool:
    """Return whether a plan is of allowed sizes, misses no limit and costs no more."""
    fixed, program = at_modes(task.program, plan.choice.modes), task.program
    fits = missed(program, plan.buys, plan.sells) <= FEASIBLE
    if not (fits and np.all(of_allowed_size(fixed, plan.buys, plan.sells))):
        return False
    before = program.objective(rest.buys, rest.sells)
    return program.objective(plan.buys, plan.sells) <= before + BETTER


def settle(task: Task, rest: Rest, found: Found | None = None) -> Found | None:
    """Return the best plan of allowed sizes near trades of any size.

    Purchases are rounded down and sales to the nearest amount; then amounts move
    while that improves the plan; then what may have any amount is solved again.

    Parameters
    ----------
    found : Found, optional
        A plan of the same choice that counts as well.
    """
    for price in lot_prices(task, rest.choice.modes, rest.leaf):
        near = _walk(task, rest, price)
        found = better(found, None if near is None else _found(task, near))
        if near is not None and np.any(sizes_of(task.program).step == 0.0):
            again = _solve_free(task, near)
            found = better(None if again is None else _found(task, again), found)
    return found


def _walk(task: Task, rest: Rest, price: Floats) -> Rest | None:
    """Return the plan that a local search on the allowed amounts ends in."""
    program = task.program
    net = program.after(rest.buys, rest.sells) - program.held
    terrain = terrain_of(program, rest.choice.modes, net, price)
    if np.any(terrain.ladder.total == 0):
        return None
    multipliers = np.concatenate([rest.leaf.rows, rest.leaf.piece_rows])
    rungs = improve(terrain, terrain.ladder.nearest(net), multipliers)
    buys, sells = terrain.plan(rungs)
    kinds = terrain.ladder.kinds(np.arange(program.n), rungs)
    sides = np.where(buys > 0.0, 1, -1) * (rest.choice.sides != 0)
    choice = Choice(sides, rest.choice.modes, np.where(task.sized, kinds, 0))
    return Rest(choice, buys, sells, rest.leaf)


def _solve_free(task: Task, near: Rest) -> Rest | None:
    """Solve for the amounts that are free, those on a grid pinned where they are."""
    program = task.program
    blocks = blocks_of(program, near.choice.modes)
    parts = _parts(task, blocks, near.choice)
    if parts is None or np.all(sizes_of(program).step > 0.0):
        return None
    own = blocks.security[parts.block]
    net = np.abs(program.after(near.buys, near.sells) - program.held)[own]
    grid = sizes_of(program).step[own] > 0.0
    low, high = (np.where(grid, net, end) for end in (parts.low, parts.high))
    return _solve_rest(task, blocks, near.choice, replace(parts, low=low, high=high))

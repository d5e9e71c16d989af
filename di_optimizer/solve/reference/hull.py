# SPDX-License-Identifier: Apache-2.0
"""The relaxation of a task: the convex hull of every group and security.

Where groups have many modes, it is solved over few of them. The exact dual function
says which of the others its multipliers would rather have; those are added until
none is left. What is proven is proven about all of them, at every step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints
from di_optimizer.solve.blocks import Blocks, open_modes
from di_optimizer.solve.minima import block_minima
from di_optimizer.solve.reference.cells import (
    DUST,
    cells_of,
    kinked,
    ranges,
    two_sided,
)
from di_optimizer.solve.reference.convex import Answer, Point, solve_mix
from di_optimizer.solve.reference.kinds import Parts, parts_of, sizes_of
from di_optimizer.solve.reference.mix import Mix
from di_optimizer.solve.reference.task import Task
from di_optimizer.solve.solution import Leaf

FEW = 200  # modes of all groups; so many are solved at once
ADDED = 2  # modes of one group that one step adds at most
CUTS = 6  # times that the steps of a grid are looked at
CUT = 1e-9  # fraction of base; what that has to gain to be done again
TRACE = 1e-4  # a share below it is nothing
SETTLED = 1e-10  # fraction of base; modes that promise less in all are left out


@dataclass(frozen=True)
class Hull:
    """The relaxation's cells and its point; the point is None where it has none."""

    mix: Mix
    point: Point | None
    status: str


def solve_hull(task: Task) -> Hull:
    """Solve the relaxation over the convex hull of every group and security.

    A block that both buys and sells, because the rows pay for it, is split as well
    and the relaxation solved again; so it is with modes that were left out, and
    where amounts end between two steps of a grid, without what is between them.

    References
    ----------
    Dantzig and Wolfe, Decomposition principle for linear programs, 1960: columns
    that no multiplier asks for are not needed.
    """
    every = task.blocks
    plain = ~task.sized[every.security]
    split, keep = kinked(task.program, every) & plain, _first_modes(task, every)
    parts = parts_of(task.program, every) if np.any(task.sized) else None
    cuts = 0
    settled: Hull | None = None
    while True:
        mix, answer = _solve(task, every, (split, keep, parts))
        status = answer.attempts[-1].status
        if answer.point is None and settled is not None:
            break
        if answer.point is None and keep.all():
            return Hull(mix, None, status)
        if answer.point is None:
            keep = np.ones_like(keep)
            continue
        leaf, before = task.leaf_of(answer.point), task.bound
        gained = task.improve(leaf) - before
        more = split | (plain & _both_ways(task, every, answer.point))
        wanted = _missing(task, every, keep, leaf)
        if not (np.array_equal(more, split) and not np.any(wanted)):
            split, keep = more, keep | wanted
            continue
        finer = parts
        if cuts == 0 or (cuts < CUTS and gained > CUT):
            finer = _cut(mix, answer.point, parts, every, keep)
        settled = Hull(mix, answer.point, status)
        if finer is parts:
            break
        parts, cuts = finer, cuts + 1
    task.point, task.mix = settled.point, settled.mix
    return settled


def _solve(
    task: Task, every: Blocks, chosen: tuple[Flags, Flags, Parts | None]
) -> tuple[Mix, Answer]:
    """Solve over some of the modes: blocks that are split, modes that are kept, parts.

    Flags are (blocks,) and (choices,).
    """
    split, keep, parts = chosen
    blocks, free = every.only(keep), np.zeros(task.program.n, dtype=np.int64)
    inside = every.inside(keep)
    some = None if parts is None else parts.inside(inside)
    cells = cells_of(task.program, blocks, free, split[inside], some)
    mix = Mix(task.program, blocks, cells, "hull")
    answer = solve_mix(mix)
    task.trace.record(answer)
    return mix, answer


def _cut(
    mix: Mix, point: Point, parts: Parts | None, every: Blocks, keep: Flags
) -> Parts | None:
    """Return the parts without what is between the steps next to the point."""
    if parts is None:
        return None
    own = mix.cells.kind > 0
    share = np.maximum(point.share[own], TRACE)
    amounts = np.abs(point.moved[own]) / share
    amounts = np.where(point.share[own] > TRACE, amounts, np.nan)
    at = np.full(len(parts.block), np.nan)
    at[every.inside(keep)[parts.block]] = amounts
    return parts.cut(at, sizes_of(mix.program).step[every.security[parts.block]])


def _both_ways(task: Task, blocks: Blocks, point: Point) -> Flags:
    """Return the two-sided blocks of securities that are bought and sold."""
    sold = np.bincount(
        task.program.lots.security, weights=point.sells, minlength=task.program.n
    )
    both = np.minimum(sold, point.buys) > DUST
    return both[blocks.security] & two_sided(ranges(task.program, blocks))


def _first_modes(task: Task, every: Blocks) -> Flags:
    """Return the modes to begin with: first, last and the best known, (choices,)."""
    if len(every.group) <= FEW:
        return np.ones(len(every.group), dtype=np.bool_)
    ends = np.diff(every.group, prepend=-1, append=len(task.program.groups)) != 0
    best = _values(task, every, task.leaf or _present(task))
    first: Flags = ends[:-1] | ends[1:] | (_ranks(every, best) < ADDED)
    return first


def _present(task: Task) -> Leaf:
    """Return the multipliers of the account as it is, at no price of the rows."""
    program, rows = task.program, len(task.whole.rows)
    active = program.held - program.benchmark
    return Leaf(
        factors=2.0 * program.gamma * (program.exposures.T @ active),
        rows=np.zeros(rows),
        sides=np.zeros(program.n, dtype=np.int64),
        modes=open_modes(program),
        piece=task.piece,
        piece_rows=np.zeros(len(program.rows) - rows),
    )


def _missing(task: Task, every: Blocks, keep: Flags, leaf: Leaf) -> Flags:
    """Return modes left out that are better than those kept, (choices,)."""
    if keep.all():
        return np.zeros_like(keep)
    values = _values(task, every, leaf)
    best = np.full(len(task.program.groups), np.inf)
    np.minimum.at(best, every.group[keep], values[keep])
    ahead = np.where(keep, 0.0, np.maximum(best[every.group] - values, 0.0))
    most = np.zeros(len(best))
    np.maximum.at(most, every.group, ahead)
    if np.sum(most) <= SETTLED:
        return np.zeros_like(keep)
    return (ahead > 0.0) & (_ranks(every, -ahead) < ADDED)


def _values(task: Task, every: Blocks, leaf: Leaf) -> Floats:
    """Return the Lagrangian's least in every mode, (choices,)."""
    minima = block_minima(task.program, every, task.dual.priced(leaf))
    return every.per_choice(np.minimum(minima.buy, minima.sell))


def _ranks(every: Blocks, values: Floats) -> Ints:
    """Return each mode's place in its group, the least value first, (choices,)."""
    order = np.lexsort((values, every.group))
    group = every.group[order]
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order)) - np.searchsorted(group, group)
    return ranks

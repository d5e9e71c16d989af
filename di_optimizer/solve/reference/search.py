# SPDX-License-Identifier: Apache-2.0
"""From what a relaxation leans to, to a plan: choices to try, and the best of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints
from di_optimizer.solve.blocks import Blocks
from di_optimizer.solve.reference.cells import kinked
from di_optimizer.solve.reference.choose import Rest, settle, solve_choice
from di_optimizer.solve.reference.convex import Point
from di_optimizer.solve.reference.counts import (
    counts_kept,
    leaning_kinds,
    leaning_of,
)
from di_optimizer.solve.reference.hull import Hull
from di_optimizer.solve.reference.kinds import sized
from di_optimizer.solve.reference.mix import Mix
from di_optimizer.solve.reference.task import Choice, Found, Task, better

KINDS = 64  # choices tried with other kinds of trade
LOOKED = 20_000  # of which so many are looked at: most may count too many names
MIXED = 20  # choices tried with one security on another side than the rest


def first_plan(task: Task, choices: Iterable[Choice]) -> Found | None:
    """Return the best plan of those choices that were not tried before."""
    best: Found | None = None
    for choice in choices:
        if choice.key not in task.seen:
            best = better(solve_choice(task, choice), best)
    return best


def leaning_plan(task: Task, hull: Hull, known: Iterable[Choice]) -> Found | None:
    """Return the best plan of what a relaxation leans to, and of known choices."""
    if hull.point is None:
        return None
    leaning = leanings(hull.mix, hull.point)
    best = first_plan(task, [*leaning, *known])
    return better(near(task, [leaning[0].modes]), best)


def near(task: Task, modes: Iterable[Ints]) -> Found | None:
    """Return the best plan of allowed sizes near the relaxation, in some modes.

    No problem at fixed kinds has to have a point for it.
    """
    if task.point is None or not np.any(task.sized):
        return None
    leaf = task.leaf_of(task.point)
    none, best = np.zeros(task.program.n, dtype=np.int64), None
    for chosen in modes:
        start = Rest(Choice(none, chosen), task.point.buys, task.point.sells, leaf)
        best = better(settle(task, start), best)
    return best


def fallback(task: Task) -> Found | None:
    """Return the first plan with all groups alike, all buying or all selling.

    For where the leanings fit no row: one of the two does if cash is the only one.
    Then one security at a time takes the other side. Where sizes matter, kinds are
    as near to the relaxation as they can be instead.
    """
    if np.any(task.sized):
        modes = [choice.modes for choice in _uniform(task)][::2]
        return near(task, modes) or _other_kinds(task)
    uniform = [*_uniform(task)]
    mixed = itertools.islice(_all_but_one(uniform), MIXED)
    found = (solve_choice(task, choice) for choice in (*uniform, *mixed))
    return next((plan for plan in found if plan), None)


def _other_kinds(task: Task) -> Found | None:
    """Return the first plan at kinds that the relaxation leans to less and less."""
    if task.mix is None or task.point is None:
        return None
    modes = _largest(task.mix.blocks, task.point.mode_share, len(task.program.groups))
    sides = leanings(task.mix, task.point)[0].sides
    kinds = leaning_of(task.mix, task.point, modes).in_order()
    fitting = (
        k for k in itertools.islice(kinds, LOOKED) if counts_kept(task.program, k)
    )
    choices = (Choice(sides, modes, chosen) for chosen in fitting)
    fresh = (choice for choice in choices if choice.key not in task.seen)
    found = (solve_choice(task, choice) for choice in itertools.islice(fresh, KINDS))
    return next((plan for plan in found if plan), None)


def _all_but_one(choices: Iterable[Choice]) -> Iterator[Choice]:
    for choice in choices:
        for security in np.flatnonzero(choice.sides).tolist():
            sides = choice.sides.copy()
            sides[security] *= -1
            yield Choice(sides, choice.modes)


def leanings(mix: Mix, point: Point) -> list[Choice]:
    """Return the choices that a relaxation leans to."""
    blocks, cells = mix.blocks, mix.cells
    modes = _largest(blocks, point.mode_share, len(mix.program.groups))
    split = _split_at(mix, modes)
    net = mix.program.after(point.buys, point.sells) - mix.program.held
    lean = np.zeros(mix.program.n)
    chosen = blocks.at(modes)[cells.block]
    np.add.at(
        lean,
        blocks.security[cells.block[chosen]],
        (point.share * cells.side)[chosen],
    )
    trade = Choice(np.where(split, np.where(net > 0.0, 1, -1), 0), modes)
    share = Choice(np.where(split, np.where(lean > 0.0, 1, -1), 0), modes)
    if np.any(cells.kind):
        by_trade, by_share = leaning_kinds(mix, point, modes)
        trade, share = replace(trade, kinds=by_trade), replace(share, kinds=by_share)
    return [trade] if trade.key == share.key else [trade, share]


def _largest(blocks: Blocks, share: Floats, groups: int) -> Ints:
    """Return the mode with the largest share of each group, the first of equals."""
    modes = np.zeros(groups, dtype=np.int64)
    order = np.lexsort((-np.arange(len(share)), share))
    modes[blocks.group[order]] = blocks.mode[order]  # the last one written stays
    return modes


def _split_at(mix: Mix, modes: Ints) -> Flags:
    """Return the securities that are split in the chosen modes, (n,)."""
    cells = mix.cells
    count = np.bincount(cells.block, minlength=mix.blocks.count)
    split = np.zeros(mix.program.n, dtype=np.bool_)
    split[mix.blocks.security[(count > 1) & mix.blocks.at(modes)]] = True
    return split & ~sized(mix.program)


def _uniform(task: Task) -> Iterator[Choice]:
    """Yield choices with every group in its first mode, then its second, and so on.

    A group with fewer modes takes its last one.
    """
    blocks = task.blocks
    many = np.bincount(blocks.group, minlength=len(task.program.groups))
    start = np.cumsum(many) - many
    for number in range(int(many.max(initial=1))):
        modes = blocks.mode[start + np.minimum(number, many - 1)]
        split = np.zeros(task.program.n, dtype=np.int64)
        at = kinked(task.program, blocks) & blocks.at(modes)
        split[blocks.security[at]] = 1
        yield Choice(split, modes)
        yield Choice(-split, modes)

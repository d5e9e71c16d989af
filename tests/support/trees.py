# SPDX-License-Identifier: Apache-2.0
"""Leaves of random search trees over a program: fixings and decent multipliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Ints, Program
from di_optimizer.program.sizes import ANY
from di_optimizer.solve.blocks import open_modes
from di_optimizer.solve.dual import dual_of
from di_optimizer.solve.solution import Leaf

Fixings = dict[int, int]


def pieces_of(program: Program) -> range:
    """Return the pieces that leaves have to be about."""
    if program.netting is None:
        return range(-1, 0)
    return range(len(program.netting.pieces))


def values_of(program: Program, variable: int) -> list[int]:
    """Return the sides of a security, or the modes of a group after the securities."""
    if variable < program.n:
        return [-1, 1]
    return list(range(len(program.groups[variable - program.n].modes)))


def random_tree(
    program: Program, rng: np.random.Generator, splits: int
) -> list[Fixings]:
    """Return the fixings of a random tree's leaves; any variable may come first."""
    leaves: list[Fixings] = [{}]
    variables = program.n + len(program.groups)
    for _ in range(splits):
        chosen = leaves.pop(int(rng.integers(len(leaves))))
        free = [v for v in range(variables) if v not in chosen]
        if not free:
            leaves.append(chosen)
            continue
        variable = int(rng.choice(free))
        leaves += [{**chosen, variable: v} for v in values_of(program, variable)]
    return leaves


def at_fixings(program: Program, leaf: Leaf, fixings: Fixings) -> Leaf:
    """Return the leaf with these fixings and no others."""
    sides, modes = np.zeros(program.n, dtype=np.int64), open_modes(program)
    for variable, value in fixings.items():
        if variable < program.n:
            sides[variable] = value
        else:
            modes[variable - program.n] = value
    return replace(leaf, sides=sides, modes=modes)


def start_leaf(program: Program, piece: int) -> Leaf:
    """Return a free leaf whose multipliers are all 0."""
    limits = 0 if program.netting is None else len(program.netting.limits(piece))
    return Leaf(
        np.zeros(program.exposures.shape[1]),
        np.zeros(len(program.rows)),
        np.zeros(program.n, dtype=np.int64),
        open_modes(program),
        piece,
        np.zeros(limits),
    )


def climbed(
    program: Program, leaf: Leaf, rng: np.random.Generator, tries: int = 40
) -> Leaf:
    """Return a leaf with better multipliers: random steps, shorter when they fail."""
    dual = dual_of(program, leaf.piece)
    value, step = dual.value(leaf), 0.3
    for _ in range(tries):
        sizes = rng.normal(size=3) * step
        other = replace(
            leaf,
            factors=leaf.factors + sizes[0] * rng.normal(size=len(leaf.factors)),
            rows=leaf.rows + sizes[1] * rng.normal(size=len(leaf.rows)) * 0.1,
            piece_rows=np.minimum(
                leaf.piece_rows + sizes[2] * rng.normal(size=len(leaf.piece_rows)), 0.0
            ),
            risk=abs(leaf.risk + 10.0 * step * rng.normal())
            if np.isfinite(program.variance_cap)
            else 0.0,
        )
        found = dual.value(other)
        if found > value:
            leaf, value, step = other, found, step * 1.5
        else:
            step *= 0.8
    return leaf


def tree_leaves(
    program: Program, rng: np.random.Generator, splits: int = 4
) -> list[Leaf]:
    """Return the leaves of a random tree in every piece, each with its own climb."""
    found = []
    for piece in pieces_of(program):
        root = climbed(program, start_leaf(program, piece), rng)
        for fixings in random_tree(program, rng, splits):
            leaf = at_fixings(program, root, fixings)
            found.append(climbed(program, leaf, rng, tries=10))
    return found


KIND, SIDE, WEIGHT, MODE = WAYS = range(4)  # what a random tree may split


def sized_tree(
    program: Program,
    leaf: Leaf,
    rng: np.random.Generator,
    splits: int,
    ways: Sequence[int] = WAYS,
) -> list[Leaf]:
    """Return the leaves of a random tree over kinds, sides, weights and modes."""
    leaves = [replace(leaf, kinds=np.full(program.n, ANY))]
    for _ in range(splits):
        chosen = leaves.pop(int(rng.integers(len(leaves))))
        leaves += _split(program, chosen, rng, int(rng.choice(ways))) or [chosen]
    return leaves


def _split(
    program: Program, leaf: Leaf, rng: np.random.Generator, way: int
) -> list[Leaf]:
    """Return a leaf's children; none where the random choice cannot be made."""
    i = int(rng.integers(program.n))
    if way == KIND:
        open_, some = int(leaf.kinds[i]), int(rng.integers(1, 15))
        parts = [open_ & some, open_ & ~some]
        return [
            replace(leaf, kinds=_put(leaf.kinds, i, p)) for p in parts if all(parts)
        ]
    if way == SIDE:
        sides = (-1, 1) if leaf.sides[i] == 0 else ()
        return [replace(leaf, sides=_put(leaf.sides, i, side)) for side in sides]
    if way == WEIGHT:
        step = 0.0 if program.sizes is None else float(program.sizes.step[i])
        moved = (int(rng.integers(-6, 7)) + 0.5) * step if step else rng.normal() * 0.2
        cut = float(program.held[i] + moved)
        ends = [(i, -np.inf, cut), (i, cut, np.inf)]
        return [replace(leaf, ranges=(*leaf.ranges, end)) for end in ends]
    free = np.flatnonzero(leaf.modes < 0)
    if not len(free):
        return []
    group = int(rng.choice(free))
    modes = range(len(program.groups[group].modes))
    return [replace(leaf, modes=_put(leaf.modes, group, mode)) for mode in modes]


def _put(array: Ints, place: int, value: int) -> Ints:
    changed = array.copy()
    changed[place] = value
    return changed

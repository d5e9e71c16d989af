# SPDX-License-Identifier: Apache-2.0
"""What the leaves of a search prove together: the checker that a reader trusts.

Every leaf is a statement about the plans on its sides and modes, in its piece of the
bill, recomputed here from its multipliers alone. Statements about parts count where
the parts cover every combination. Shares no code with the certified engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.blocks import FREE, open_modes
from di_optimizer.solve.cover import Fixings, Statement, Variables, cover
from di_optimizer.solve.dual import Dual, Scanned, dual_of, every_block
from di_optimizer.solve.ground import Ground
from di_optimizer.solve.minima import INFINITE
from di_optimizer.solve.solution import Leaf

SIDES = (-1, 1)


@dataclass(frozen=True)
class Region:
    """Plans in a piece (−1 without netting), on sides by security, in modes by group.

    Securities and groups that are not named may be on any side and in any mode.
    """

    piece: int
    sides: Mapping[int, int]
    modes: Mapping[int, int]


@dataclass(frozen=True)
class Proof:
    """What leaves prove, fractions of base.

    Attributes
    ----------
    bound : float
        No plan has a lower objective; inf where no plan exists, −inf where nothing
        is proven about some.
    values : (leaves,)
        What each leaf proves about the plans on its own sides and modes.
    uncovered : tuple of Region
        Some of the plans about which nothing is proven; empty for a complete proof.
    """

    bound: float
    values: Floats
    uncovered: tuple[Region, ...]

    @property
    def complete(self) -> bool:
        """Whether something is proven about every plan."""
        return not self.uncovered


def bound_of(program: Program, leaves: Sequence[Leaf]) -> float:
    """Return what leaves prove together, fraction of base: see :func:`prove`."""
    return prove(program, leaves).bound


def prove(program: Program, leaves: Sequence[Leaf]) -> Proof:
    """Return what leaves prove together.

    The bound is the least, over all pieces of the bill, sides and modes, of the best
    leaf about each. Leaves may overlap, repeat each other or be about less or more
    than others; none of that can raise the bound above what is true. A combination
    whose ranges are empty, such as a purchase where a sale is forced, needs no leaf.

    Raises
    ------
    ValueError
        When a leaf's arrays do not have the shapes of the program.
    """
    for number, leaf in enumerate(leaves):
        _check_shapes(program, leaf, number)
    ground = every_block(program)
    values = _values(program, ground, leaves)
    variables = _variables(program, Dual(program, given=ground))
    bound, uncovered = INFINITE, []
    for piece in _pieces(program):
        chosen = [n for n, leaf in enumerate(leaves) if _piece(program, leaf) == piece]
        found = cover(
            [Statement(_fixings(leaves[n]), values[n]) for n in chosen], variables
        )
        bound = min(bound, found.value)
        uncovered += [_region(program, piece, part) for part in found.missing]
    return Proof(bound, np.array(values), tuple(uncovered))


def _pieces(program: Program) -> Sequence[int]:
    return (-1,) if program.netting is None else range(len(program.netting.pieces))


def _piece(program: Program, leaf: Leaf) -> int:
    return -1 if program.netting is None else leaf.piece


def _values(program: Program, ground: Ground, leaves: Sequence[Leaf]) -> list[float]:
    """Return the dual function at every leaf; −inf for a piece that does not exist.

    Leaves with the same multipliers share the minima of the blocks.
    """
    duals = {piece: dual_of(program, piece, ground) for piece in _pieces(program)}
    known: dict[tuple[int, float, bytes], Scanned] = {}
    values = []
    for leaf in leaves:
        piece = _piece(program, leaf)
        if piece not in duals:
            values.append(-INFINITE)
            continue
        arrays = (leaf.factors, leaf.rows, leaf.piece_rows)
        key = (piece, leaf.risk, b"".join(array.tobytes() for array in arrays))
        if key not in known:
            known[key] = duals[piece].scanned(leaf)
        values.append(duals[piece].value(leaf, known[key]))
    return values


def _variables(program: Program, dual: Dual) -> Variables:
    """Return securities, whose values are sides, and then groups, with their modes."""

    def values(variable: int) -> Sequence[int]:
        if variable < program.n:
            return SIDES
        return range(len(program.groups[variable - program.n].modes))

    def empty(fixings: Fixings) -> bool:
        sides, modes = np.zeros(program.n, dtype=np.int64), open_modes(program)
        for variable, value in fixings.items():
            if variable < program.n:
                sides[variable] = value
            else:
                modes[variable - program.n] = value
        return dual.empty(sides, modes)

    return Variables(values, empty)


def _fixings(leaf: Leaf) -> Fixings:
    """Return what a leaf fixes, by variable."""
    sides, modes = np.flatnonzero(leaf.sides), np.flatnonzero(leaf.modes != FREE)
    groups = modes + len(leaf.sides)
    numbers = np.concatenate([sides, groups]).tolist()
    values = np.concatenate([leaf.sides[sides], leaf.modes[modes]]).tolist()
    return dict(zip(numbers, values, strict=True))


def _region(program: Program, piece: int, part: Fixings) -> Region:
    sides = {v: value for v, value in part.items() if v < program.n}
    modes = {v - program.n: value for v, value in part.items() if v >= program.n}
    return Region(piece, sides, modes)


def _check_shapes(program: Program, leaf: Leaf, number: int) -> None:
    groups, netting, limits = len(program.groups), program.netting, 0
    if netting is not None and leaf.piece in _pieces(program):
        limits = len(netting.limits(leaf.piece))
    allowed = {
        "factors": (leaf.factors, (program.exposures.shape[1],)),
        "rows": (leaf.rows, (len(program.rows),)),
        "sides": (leaf.sides, (program.n,)),
        "piece_rows": (leaf.piece_rows, (limits,)),
        "modes": (leaf.modes, (groups,) if len(leaf.modes) else (0,)),
    }
    for name, (array, shape) in allowed.items():
        if array.shape != shape:
            raise ValueError(
                f"leaf {number}: {name} has shape {array.shape}, must be {shape}"
            )

# SPDX-License-Identifier: Apache-2.0
"""What the leaves of a search prove together: the checker that a reader trusts.

Every leaf is a statement about the plans with its kinds of trade, ranges and modes,
in its piece of the bill, recomputed here from its multipliers alone. Statements about
parts count where the parts cover every combination. Shares no code with the certified
engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.cover import cover
from di_optimizer.solve.dual import Dual, Scanned, dual_of, every_block
from di_optimizer.solve.priced import INFINITE
from di_optimizer.solve.regions import Region, spaces_of, unfit
from di_optimizer.solve.solution import Leaf

__all__ = ["Proof", "Region", "bound_of", "prove"]


@dataclass(frozen=True)
class Proof:
    """What leaves prove, fractions of base.

    Attributes
    ----------
    bound : float
        No plan has a lower objective; inf where no plan exists, −inf where nothing
        is proven about some.
    values : (leaves,)
        What each leaf proves about the plans that it is about.
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

    The bound is the least, over all pieces of the bill, kinds of trade, weights
    between the cuts of leaves, and modes, of the best leaf about each. Leaves may
    overlap, repeat each other or be about less or more than others; none of that can
    raise the bound above what is true. Where nothing is allowed, such as a purchase
    where a sale is forced, or a weight between two steps, no leaf is needed.

    Raises
    ------
    ValueError
        When a leaf's arrays do not have the shapes of the program.
    """
    wrong = unfit(program, leaves)
    if wrong is not None:
        raise ValueError(wrong)
    whole = Dual(program, given=every_block(program))
    values = _values(program, whole, leaves)
    bound, uncovered = INFINITE, []
    for piece in _pieces(program):
        chosen = [n for n, leaf in enumerate(leaves) if _piece(program, leaf) == piece]
        least, missing = _covered(
            whole, [leaves[n] for n in chosen], [values[n] for n in chosen]
        )
        bound = min(bound, least)
        uncovered += [replace(region, piece=piece) for region in missing]
    return Proof(bound, np.array(values), tuple(uncovered))


def _covered(
    whole: Dual, leaves: Sequence[Leaf], values: Sequence[float]
) -> tuple[float, list[Region]]:
    """Return what leaves prove about a piece, and regions that none is about."""
    regions: list[Region] = []
    for space in spaces_of(whole.program, whole, leaves):
        pairs = zip(leaves, values, strict=True)
        said = [space.statement(leaf, value) for leaf, value in pairs]
        found = cover([one for one in said if one is not None], space.variables)
        if not found.missing:
            return found.value, []
        regions = regions or [space.region(part) for part in found.missing]
    return -INFINITE, regions


def _pieces(program: Program) -> Sequence[int]:
    return (-1,) if program.netting is None else range(len(program.netting.pieces))


def _piece(program: Program, leaf: Leaf) -> int:
    return -1 if program.netting is None else leaf.piece


def _values(program: Program, whole: Dual, leaves: Sequence[Leaf]) -> list[float]:
    """Return the dual function at every leaf; −inf for a piece that does not exist.

    Leaves with the same multipliers share the minima of the blocks.
    """
    ground = whole.ground
    duals = {piece: dual_of(program, piece, ground) for piece in _pieces(program)}
    known: dict[tuple[int, bool, float, bytes], Scanned] = {}
    values = []
    for leaf in leaves:
        piece = _piece(program, leaf)
        if piece not in duals:
            values.append(-INFINITE)
            continue
        arrays = (leaf.factors, leaf.rows, leaf.piece_rows)
        joined = b"".join(array.tobytes() for array in arrays)
        key = (piece, whole.asks_kinds(leaf), leaf.risk, joined)
        if key not in known:
            known[key] = duals[piece].scanned(leaf)
        values.append(duals[piece].value(leaf, known[key]))
    return values

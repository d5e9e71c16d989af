# SPDX-License-Identifier: Apache-2.0
"""Parts of all plans: by kinds of trade, ranges of weights, and modes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.program import Flags, Ints
from di_optimizer.program.sizes import ANY
from di_optimizer.solve.priced import BUY_SIDE, SELL_SIDE
from di_optimizer.solve.solution import Leaf

BY_SIDE = np.array([ANY, BUY_SIDE, SELL_SIDE])  # of sides 0, 1 and −1
Ranges = tuple[tuple[int, float, float], ...]


@dataclass(frozen=True)
class Part:
    """Some of the plans.

    ``kinds`` by security as bits, (n,); ``modes`` that are open, (choices,);
    ``ranges`` of weights afterwards, both ends included: (security, low, high).
    """

    kinds: Ints
    modes: Flags
    ranges: Ranges = ()

    @property
    def by_sides(self) -> bool:
        """Whether kinds are those of one side or of both, and no range is given."""
        kinds = self.kinds
        sides = (kinds == ANY) | (kinds == BUY_SIDE) | (kinds == SELL_SIDE)
        return not self.ranges and bool(np.all(sides))


def open_kinds(leaf: Leaf) -> Ints:
    """Return the kinds of trade that a leaf's sides and kinds leave open, (n,).

    Examples
    --------
    >>> leaf = Leaf(np.zeros(1), np.zeros(0), np.array([0, 1, -1]))
    >>> open_kinds(leaf)
    array([15, 12,  7])
    """
    masks: Ints = BY_SIDE[np.sign(leaf.sides)]
    return masks & leaf.kinds if len(leaf.kinds) else masks

# SPDX-License-Identifier: Apache-2.0
"""Convex functions of a weight as sums of parabolas on ranges that fill in order.

Slopes rise from one piece to the next, so that a solver fills them in that order by
itself: a purchase, each link of a chain, and the bridge of an envelope are one
variable each, and nothing couples them but the weight they make up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.engines.chains import Bridges, Chains
from di_optimizer.program.program import Flags, Floats, Ints
from di_optimizer.solve.groups import totals

_Part = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Pieces of some blocks, each from 0 to ``width``; shapes (pieces,), (blocks,).

    Attributes
    ----------
    block : (pieces,)
    sign : (pieces,)
        Whether the piece adds to the weight or takes from it.
    square, slope : (pieces,)
        Objective: square·z² + slope·z.
    rows : (rows, pieces)
    start : (blocks,)
        Weight where all pieces are 0; nan of blocks that have none here.
    offset : (rows,)
        Rows where all pieces are 0.
    """

    block: Ints
    sign: Floats
    width: Floats
    square: Floats
    slope: Floats
    rows: Floats
    start: Floats
    offset: Floats

    def __len__(self) -> int:
        return len(self.block)


def pieces_of(chains: Chains, bridges: Bridges, sides: Ints, chosen: Flags) -> Pieces:
    """Return the pieces of chosen blocks.

    Parameters
    ----------
    bridges : Bridges
        All zero where sides are fixed.
    sides : (blocks,)
        +1 buys only, −1 sells only, 0 both.
    chosen : (blocks,)
    """
    sold, bought = np.maximum(bridges.sold, chains.first), bridges.bought
    sold, bought = np.where(chosen, sold, 0.0), np.where(chosen, bought, 0.0)
    bought = np.maximum(bought, chains.must)
    selling = chosen & (sides <= 0)
    buying = chosen & (sides >= 0) & (chains.room > bought)
    parts = [
        _sales(chains, sold, selling),
        _purchases(chains, bought, buying),
        _bridges(chains, bridges, chosen),
    ]
    start = chains.held - chains.forced - sold + _must(chains, chosen)
    rows = chains.row_sell @ np.where(chosen, sold + chains.forced, 0.0)
    rows += chains.row_buy @ _must(chains, chosen)
    names = ("block", "sign", "width", "square", "slope")
    joined = {name: np.concatenate([p[name] for p in parts]) for name in names}
    return Pieces(
        **joined,
        rows=np.concatenate([p["rows"] for p in parts], axis=1),
        start=np.where(chosen, start, np.nan),
        offset=rows,
    )


def _must(chains: Chains, chosen: Flags) -> Floats:
    return np.where(chosen, chains.must, 0.0)


def _sales(chains: Chains, sold: Floats, selling: Flags) -> _Part:
    """Return what is left of the links beyond ``sold``."""
    start = np.maximum(chains.start, sold[chains.owner])
    width = chains.start + chains.width - start
    at = selling[chains.owner] & (width > 0.0)
    block, begun = chains.owner[at], start[at]
    square = chains.curvature[block]
    return {
        "block": block,
        "sign": np.full(len(block), -1.0),
        "width": width[at],
        "square": square,
        "slope": chains.unit[at] - 2.0 * square * (chains.active[block] - begun),
        "rows": chains.row_sell[:, block],
    }


def _purchases(chains: Chains, bought: Floats, buying: Flags) -> _Part:
    block = np.flatnonzero(buying)
    square, begun = chains.curvature[block], bought[block]
    slope = chains.buy_cost[block] + 2.0 * square * (chains.active[block] + begun)
    return {
        "block": block,
        "sign": np.ones(len(block)),
        "width": chains.room[block] - begun,
        "square": square,
        "slope": slope,
        "rows": chains.row_buy[:, block],
    }


def _bridges(chains: Chains, bridges: Bridges, chosen: Flags) -> _Part:
    length = bridges.sold + bridges.bought
    block = np.flatnonzero(chosen & (length > 0.0))
    sold, bought = bridges.sold[block], bridges.bought[block]
    change = chains.row_buy[:, block] * bought - chains.row_sell[:, block] * sold
    return {
        "block": block,
        "sign": np.ones(len(block)),
        "width": length[block],
        "square": np.zeros(len(block)),
        "slope": bridges.slope[block],
        "rows": change / length[block],
    }


def traded(chains: Chains, pieces: Pieces, z: Floats) -> tuple[Floats, Floats]:
    """Return what each block buys and sells, (blocks,), where there are no bridges."""
    up = pieces.sign > 0.0
    bought = totals(pieces.block[up], z[up], chains.count) + chains.must
    sold = totals(pieces.block[~up], z[~up], chains.count)
    return bought, sold + chains.forced + chains.first

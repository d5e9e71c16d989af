# SPDX-License-Identifier: Apache-2.0
"""The flat arrays that the compiled kernels read and write; no arithmetic here.

Securities have blocks (one a mode of their group, one without group), blocks have
pairs (a lot in that block). At given multipliers, a block becomes pieces of a curve
in the post-trade weight x, and the pieces of a security its convex envelope. Kinds of
trades are the bits of :mod:`di_optimizer.program.sizes`.
"""

from __future__ import annotations

from typing import NamedTuple

from di_optimizer.program.program import Flags, Floats, Ints


class Sized(NamedTuple):
    """What sizes and stepped rows say of the securities.

    Attributes
    ----------
    on : (n,)
        Where the kinds of trades are told apart. Elsewhere a sale and a purchase are
        all there is, holding belongs to both, and an exit is a sale.
    step, least_buy, least_sell, least_held, ticket : (n,)
        As in :class:`di_optimizer.program.sizes.Sizes`.
    exits : (blocks,)
        Whether all of the position may be sold.
    names, trades : (rows, n)
        Row values of a security that is held, and of one that is traded.
    """

    on: Flags
    step: Floats
    least_buy: Floats
    least_sell: Floats
    least_held: Floats
    ticket: Floats
    exits: Flags
    names: Floats
    trades: Floats


class Book(NamedTuple):
    """What no multiplier changes.

    Attributes
    ----------
    held, target, lower, upper, specific : (n,)
        h, b, limits of x, and specific variances.
    blocks_from : (n + 1,)
        First block of each security.
    choice : (blocks,)
        Number of the (group, mode) of a block; −1 without group.
    buys : (blocks,)
        Whether the block may buy.
    buy_cost : (blocks,)
        Objective per unit bought.
    constant : (blocks,)
        Objective of the mode, on the first member of its group alone.
    pairs_from : (blocks + 1,)
        First pair of each block.
    floor, cap, unit : (pairs,)
        Least and most sold, objective per unit sold.
    row_buy : (rows, blocks)
        Row values per unit bought.
    row_sell : (rows, pairs)
        Row values per unit sold.
    row_gain : (rows, pairs)
        Row values per unit of a gain that only lies between ``low`` and ``high``.
    low, high : (pairs,)
        Range of that gain per unit sold.
    ranged : (some pairs,)
        Pairs whose range is more than a point.
    sized : Sized
    """

    held: Floats
    target: Floats
    lower: Floats
    upper: Floats
    specific: Floats
    blocks_from: Ints
    choice: Ints
    buys: Flags
    buy_cost: Floats
    constant: Floats
    pairs_from: Ints
    floor: Floats
    cap: Floats
    unit: Floats
    row_buy: Floats
    row_sell: Floats
    row_gain: Floats
    low: Floats
    high: Floats
    ranged: Ints
    sized: Sized


class Priced(NamedTuple):
    """What the multipliers of the rows make of the lots.

    Attributes
    ----------
    gamma : float
        Price of tracking variance, that of a cap included.
    mu : (rows,)
    prices : (pairs,)
        Objective and rows per unit sold.
    order : (pairs,)
        Pairs of every block in order of price.
    """

    gamma: float
    mu: Floats
    prices: Floats
    order: Ints


class Node(NamedTuple):
    """What is open.

    ``choices`` (choices + 1,), the last one for no group; by security ``kinds`` of
    trades as bits, and weights from ``low`` to ``high``, (n,) each.
    """

    choices: Flags
    kinds: Ints
    low: Floats
    high: Floats


class Pieces(NamedTuple):
    """Parts of the curves of all securities at some multipliers.

    On [low, high] a piece is value + slope·(x − low) + bend·(x − low)².

    Attributes
    ----------
    start, size : (n,)
        Where the pieces of a security are, in order of ``low``.
    low, high, value, slope, bend : (pieces,)
    block, kind : (pieces,)
        Where a piece comes from.
    rows, row_slopes : (rows, pieces)
        Row values at ``low``, and their slopes in x.
    """

    start: Ints
    size: Ints
    low: Floats
    high: Floats
    value: Floats
    slope: Floats
    bend: Floats
    block: Ints
    kind: Ints
    rows: Floats
    row_slopes: Floats


class Envelope(NamedTuple):
    """Convex envelopes of the curves of all securities.

    Elements of a security lie end to end, with slopes that rise: arcs of pieces
    (``left`` = ``right``) and chords between two pieces.

    Attributes
    ----------
    start, size : (n,)
    low, high, value, slope, bend : (elements,)
    left, right : (elements,)
        Pieces at the two ends.
    """

    start: Ints
    size: Ints
    low: Floats
    high: Floats
    value: Floats
    slope: Floats
    bend: Floats
    left: Ints
    right: Ints

# SPDX-License-Identifier: Apache-2.0
"""Kernels of sizes against plain answers: every amount, and the minima of proofs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.features import GROUPS, Features, program_of
from support.sized import one_name, sized_program, weights_of
from support.sized_features import GRIDS, LIMITS
from support.sized_options import Option, options_of

from di_optimizer.program.program import Program
from di_optimizer.program.sizes import BUY, EXIT, HOLD, KINDS, SELL, Sizes
from di_optimizer.solve.certified.bounds import row_of_kind
from di_optimizer.solve.certified.envelope import height
from di_optimizer.solve.certified.fill import fill, prices_of, sort_pairs
from di_optimizer.solve.certified.grid import (
    WINDOW,
    is_gridded,
    least_on_grid,
    spread,
    steps_within,
)
from di_optimizer.solve.certified.layout import Pieces
from di_optimizer.solve.certified.relaxation import Point, Relaxation
from di_optimizer.solve.certified.rows import affine_rows
from di_optimizer.solve.certified.sized import told_apart
from di_optimizer.solve.dual import Dual
from di_optimizer.solve.pieces import at_piece
from di_optimizer.solve.solution import Leaf

CLOSE = 1e-10
NAMES = {EXIT: "EXIT", SELL: "SELL", HOLD: "HOLD", BUY: "BUY"}


def filled(program: Program) -> tuple[Relaxation, Pieces]:
    """Return the raw pieces of the first security where no row has a price."""
    relaxation = Relaxation(program)
    priced, raw = relaxation.frame.priced, relaxation.frame.room.raw
    prices_of(relaxation.book, priced.mu, priced.prices)
    sort_pairs(relaxation.book, priced.prices, priced.order)
    fill(relaxation.book, priced, relaxation.node(relaxation.free()), 0, raw)
    return relaxation, raw


def grid_points(relaxation: Relaxation, raw: Pieces, q: int) -> list[float]:
    """Return the weights of a piece on the grid, or its two ends where it has none."""
    if not is_gridded(relaxation.book, raw, q, 0):
        return sorted({raw.low[q], raw.high[q]})
    step, held = relaxation.book.sized.step[0], relaxation.book.held[0]
    first, last = steps_within(relaxation.book, raw, q, 0)
    return [held + number * step for number in range(int(first), int(last) + 1)]


def limits(seed: int) -> dict[str, float]:
    """Any limits of one name, many of them just where amounts are."""
    rng = np.random.default_rng([seed, 17])
    some = (0.0, 0.05, 0.1, 0.2, 0.3, 0.30000000000000004, 0.4, 0.5)
    found = {
        "ticket": 0.001,  # so that kinds are told apart whatever the rest is
        "step": float(rng.choice([0.0, 0.05, 0.1, 0.125, 0.3])),
        "cap": float(rng.choice([0.0, 0.15, 0.3, 0.3])),
        "lower": float(rng.choice([0.0, 0.0, 0.1, 0.4, 0.5])),
        "upper": float(rng.choice([1.0, 1.0, 0.5, 0.6, 0.55])),
    }
    found["floor"] = float(rng.choice([0.0, 0.0, 0.03, 0.1, 0.3]))
    found["floor"] = min(found["floor"], found["cap"])
    for name in ("least_buy", "least_sell", "least_held"):
        found[name] = float(rng.choice(some)) if rng.random() < 0.5 else 0.0
    return found


def of_rule(program: Program) -> dict[int, list[tuple[float, float]]]:
    """Return the ranges of x by kind that the rule allows, tried by loops."""
    found: dict[int, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for option in options_of(program, 0):
        ends = _weights(program, option)
        found[option.kind].append((min(ends), max(ends)))
    return {kind: sorted(ends) for kind, ends in found.items()}


def _weights(program: Program, option: Option) -> list[float]:
    sign = 1.0 if option.kind == BUY else -1.0
    return [float(program.held[0]) + sign * end for end in (option.low, option.high)]


@pytest.mark.parametrize("seed", range(150))
def test_pieces_are_the_amounts_that_the_rule_allows(seed: int) -> None:
    """Kind by kind; where there is no grid, from the first to the last amount."""
    program = one_name(**limits(seed))
    relaxation, raw = filled(program)
    mine: dict[int, list[float]] = {kind: [] for kind in KINDS}
    for q in range(raw.start[0], raw.start[0] + raw.size[0]):
        mine[int(raw.kind[q])] += grid_points(relaxation, raw, q)
    for kind, ranges in of_rule(program).items():
        expected = sorted({end for ends in ranges for end in ends})
        found = _apart(mine[kind])
        if any(low < high for low, high in ranges):
            found = [found[0], found[-1]] if found else []
        assert found == pytest.approx(expected, abs=2e-12), NAMES[kind]


def _apart(weights: list[float]) -> list[float]:
    """Sort weights, each once; neighbouring lots share the end between them."""
    kept: list[float] = []
    for weight in sorted(weights):
        if not kept or weight - kept[-1] > 1e-11:
            kept.append(weight)
    return kept


@pytest.mark.parametrize("seed", range(40))
def test_least_on_the_grid_is_that_of_all_points(seed: int) -> None:
    rng = np.random.default_rng([seed, 18])
    program = one_name(**{**limits(seed), "step": float(rng.choice([0.013, 0.05]))})
    program = replace(
        program,
        specific=rng.choice([0.0, 0.05, 3.0], 1),
        benchmark=rng.uniform(0.0, 1.0, 1),
    )
    relaxation, raw = filled(program)
    for q in range(raw.start[0], raw.start[0] + raw.size[0]):
        if not is_gridded(relaxation.book, raw, q, 0):
            continue
        points = grid_points(relaxation, raw, q)
        for price in (-3.0, -0.1, 0.0, 0.02, 0.7):
            free = _vertex(raw, q, price)
            found = least_on_grid(relaxation.book, raw, q, 0, free, price)
            values = [height(raw, q, x) + price * x for x in points]
            assert found == pytest.approx(min(values, default=np.inf), abs=CLOSE)


def _vertex(raw: Pieces, q: int, price: float) -> float:
    """Where a piece + price·x is least between its ends, by a dense scan and Newton."""
    ends = float(raw.low[q]), float(raw.high[q])
    if raw.bend[q] == 0.0:
        return ends[0] if raw.slope[q] + price >= 0.0 else ends[1]
    free = ends[0] - (raw.slope[q] + price) / (2.0 * raw.bend[q])
    return float(min(max(free, ends[0]), ends[1]))


def spread_of(relaxation: Relaxation, raw: Pieces, centre: float) -> Pieces:
    room = relaxation.frame.room
    spread(relaxation.book, raw, 0, centre, room.spread)
    return room.spread


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("step", [0.002, 0.013, 0.1])
def test_points_near_the_centre_and_arcs_between_points_elsewhere(
    seed: int, step: float
) -> None:
    rng = np.random.default_rng([seed, 19])
    program = one_name(**{**limits(seed), "step": step})
    relaxation, raw = filled(program)
    centre = float(rng.uniform(-0.1, 1.1))
    out = spread_of(relaxation, raw, centre)
    parts = range(out.start[0], out.start[0] + out.size[0])
    rest = [q for q in range(raw.start[0], raw.start[0] + raw.size[0])]
    wanted = [(q, x) for q in rest for x in grid_points(relaxation, raw, q)]
    near = (WINDOW - 1) * step
    for q, x in wanted:
        inside = [p for p in parts if _holds(out, p, x) and out.kind[p] == raw.kind[q]]
        values = [height(out, p, x) for p in inside]
        assert min(values) == pytest.approx(height(raw, q, x), abs=CLOSE)
        gridded = is_gridded(relaxation.book, raw, q, 0)
        if gridded and abs(x - centre) <= near:
            assert any(out.low[p] == out.high[p] for p in inside)
    for p in parts:
        if is_gridded(relaxation.book, out, p, 0):
            ends = [x for _, x in wanted]
            assert min(abs(out.low[p] - x) for x in ends) <= CLOSE
            assert min(abs(out.high[p] - x) for x in ends) <= CLOSE
        gap = abs(0.5 * (out.low[p] + out.high[p]) - centre)
        wide = out.high[p] - out.low[p] > CLOSE
        if wide and is_gridded(relaxation.book, out, p, 0):
            assert gap + 0.5 * (out.high[p] - out.low[p]) >= near


def _holds(pieces: Pieces, p: int, x: float) -> bool:
    return bool(pieces.low[p] - CLOSE <= x <= pieces.high[p] + CLOSE)


def everything(seed: int) -> Program:
    """Sizes, counts, groups of all kinds, limits on lots, and a bill."""
    grid = ("", *GRIDS)[seed % (1 + len(GRIDS))]
    wanted = Features(seed=seed, securities=5, lots=3, restricted=True, grid=grid)
    wanted = replace(wanted, limits=LIMITS if seed % 3 else LIMITS[:3])
    wanted = replace(wanted, groups=GROUPS, netted=seed > 8, lot_limits=seed % 2 > 0)
    return program_of(wanted)


def counted_only(seed: int) -> Program:
    """Numbers of names and trades, and no sizes."""
    return replace(everything(seed if seed % 3 else seed + 1), sizes=None)


BUILT: dict[str, Any] = {
    "everything": everything,
    "counts": counted_only,
    "small": sized_program,
    "small, netted": lambda seed: sized_program(seed, netted=True),
    "one": lambda seed: one_name(**limits(seed)),
}
SCALES = (0.0, 0.01, 0.3, 30.0)


@pytest.mark.parametrize("kind", BUILT)
@pytest.mark.parametrize("seed", range(16))
def test_least_of_blocks_by_kind_is_that_of_the_checker(kind: str, seed: int) -> None:
    """Any multipliers; both look at the grid everywhere, by other formulas."""
    rng = np.random.default_rng([seed, 21])
    whole = BUILT[kind](seed)
    netting = whole.netting
    numbers = range(-1, 0) if netting is None else range(len(netting.pieces))
    for number in numbers:
        program = whole if netting is None else at_piece(whole, number)
        linked = 0 if netting is None else len(netting.limits(number))
        relaxation, dual = Relaxation(program, linked), Dual(program, linked)
        place = np.lexsort((dual.blocks.choice, dual.blocks.security))
        for scale in SCALES:
            leaf = random_leaf(program, scale, rng, linked)
            point = point_of(leaf, program, relaxation)
            mine = relaxation.minima(point, relaxation.free()).blocks
            first = relaxation.book.constant
            theirs = dual.minima(dual.priced(leaf)).kinds
            assert theirs is not None
            apart = told_apart(program)[dual.blocks.security[place]]
            assert_same(mine - first, theirs[:, place], apart, 1e-10 * max(1.0, scale))


def assert_same(mine: Any, theirs: Any, apart: Any, close: float) -> None:
    """Compare kind by kind; side by side where kinds are not told apart."""
    exits, sales, holds, buys = theirs
    sold, bought = np.minimum(np.minimum(exits, sales), holds), np.minimum(buys, holds)
    sides = np.array([np.full(len(sold), np.inf), sold, np.full(len(sold), np.inf)])
    due = np.where(apart, theirs, np.vstack([sides, bought]))
    assert np.array_equal(np.isinf(mine), np.isinf(due))
    inside = np.isfinite(due)
    assert mine[inside] == pytest.approx(due[inside], abs=close)


def random_leaf(
    program: Program, scale: float, rng: np.random.Generator, linked: int
) -> Leaf:
    """Any multipliers, none of a limit that is not there."""
    rows = scale * rng.normal(size=len(program.rows))
    for j, row in enumerate(program.rows):
        low, high = np.isfinite([row.lower, row.upper])
        rows[j] = np.clip(rows[j], None if low else 0.0, None if high else 0.0)
    own = len(rows) - linked
    return Leaf(
        factors=scale * rng.normal(size=program.exposures.shape[1]),
        rows=rows[:own],
        sides=np.zeros(program.n, dtype=np.int64),
        modes=np.full(len(program.groups), -1),
        piece_rows=rows[own:],
    )


def point_of(leaf: Leaf, program: Program, relaxation: Relaxation) -> Point:
    """Return a leaf's multipliers as the kernels read them."""
    inner = len(affine_rows(program, relaxation.book).rows)
    rows = np.concatenate([leaf.rows, leaf.piece_rows])
    return Point(program.held.copy(), leaf.factors, rows, np.zeros(inner))


def test_kinds_are_in_rows_of_their_own() -> None:
    assert [row_of_kind(kind) for kind in KINDS] == [0, 1, 2, 3]


def test_weights_of_two_readings_of_the_rule_agree() -> None:
    """Guards the tests above: the loops and the rule in plain arithmetic."""
    agreed = 0
    for seed in range(60):
        program = one_name(**{**limits(seed), "step": 0.05})
        assert isinstance(program.sizes, Sizes)
        loops = {
            (round(low, 9), kind)
            for kind, ends in of_rule(program).items()
            for low, _ in ends
        }
        rule = {(round(x, 9), kind) for x, kind in weights_of(program, 0)}
        assert {(abs(x), kind) for x, kind in loops} == {
            (abs(x), kind) for x, kind in rule
        }
        agreed += len(rule)
    assert agreed > 300

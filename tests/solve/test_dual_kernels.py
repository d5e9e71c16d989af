# SPDX-License-Identifier: Apache-2.0
"""The compiled dual against code that shares nothing with it: blocks, and Newton."""

from __future__ import annotations

import itertools
from dataclasses import replace

import clarabel
import numpy as np
import pytest
from scipy.sparse import csc_matrix
from support.features import GROUPS, Features, program_of
from support.modes import (
    grouped_program,
    limited_program,
    netted_program,
    traded_off_program,
)
from support.programs import enumerate_optimum, random_program
from support.wild import wild_program

from di_optimizer.program.program import Program
from di_optimizer.solve.blocks import open_modes
from di_optimizer.solve.certified.book import book_of
from di_optimizer.solve.certified.frame import frame_of
from di_optimizer.solve.certified.newton import maximise, reprice
from di_optimizer.solve.certified.node import Fixing, Point
from di_optimizer.solve.certified.relax import Frame, anchor_rows, build
from di_optimizer.solve.certified.relaxation import FINE, FIXED, Relaxation
from di_optimizer.solve.certified.rows import affine_rows
from di_optimizer.solve.dual import Dual
from di_optimizer.solve.pieces import at_piece
from di_optimizer.solve.solution import Leaf


def everything(seed: int) -> Program:
    """Groups of all kinds, limits on lots, and modes that no plan fits."""
    wanted = Features(seed=seed, securities=6, lots=3, restricted=True)
    return program_of(replace(wanted, lot_limits=True, groups=GROUPS, netted=seed > 8))


KINDS = {
    "everything": everything,
    "groups": grouped_program,
    "lot limits": limited_program,
    "netting": netted_program,
    "wash": traded_off_program,
    "wash, netted": lambda seed: traded_off_program(seed, netted=True),
    "wild": wild_program,
}
SIZES = (0.0, 0.01, 0.3, 30.0)


def pieces_of(program: Program) -> list[tuple[Program, int]]:
    """Return the program in each piece of its bill, and how many rows are limits."""
    netting = program.netting
    if netting is None:
        return [(program, 0)]
    numbers = range(len(netting.pieces))
    return [(at_piece(program, p), len(netting.limits(p))) for p in numbers]


def random_leaf(
    program: Program, size: float, rng: np.random.Generator, linked: int = 0
) -> Leaf:
    """Any multipliers, with some sides and modes fixed; none of a limit that is not."""
    modes = open_modes(program)
    for number, group in enumerate(program.groups):
        modes[number] = rng.integers(-1, len(group.modes))
    k, rows = program.exposures.shape[1], size * rng.normal(size=len(program.rows))
    for j, row in enumerate(program.rows):
        low, high = np.isfinite([row.lower, row.upper])
        rows[j] = np.clip(rows[j], None if low else 0.0, None if high else 0.0)
    own = len(rows) - linked
    return Leaf(
        factors=size * (program.gamma > 0.0) * rng.normal(size=k),
        rows=rows[:own],
        sides=rng.choice([-1, 0, 0, 0, 1], program.n).astype(np.int64),
        modes=modes,
        piece_rows=rows[own:],
    )


def point_of(leaf: Leaf, program: Program) -> Point:
    """Return a leaf's multipliers as the kernels read them."""
    inner = len(affine_rows(program, book_of(program)[0]).rows)
    rows = np.concatenate([leaf.rows, leaf.piece_rows])
    return Point(program.held.copy(), leaf.factors, rows, np.zeros(inner))


def by_place(security: np.ndarray, choice: np.ndarray) -> np.ndarray:
    """Return an order by security and then by choice."""
    return np.lexsort((choice, security))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_least_of_blocks_is_that_of_the_checker(kind: str, seed: int) -> None:
    rng = np.random.default_rng([seed, 11])
    for program, linked in pieces_of(KINDS[kind](seed)):
        relaxation, dual = Relaxation(program, linked), Dual(program, linked)
        blocks, book = dual.blocks, relaxation.book
        place = by_place(blocks.security, blocks.choice)
        assert np.array_equal(blocks.choice[place], book.choice)
        assert np.array_equal(blocks.security[place], relaxation.security)
        for size in SIZES:
            leaf = random_leaf(program, size, rng, linked)
            point = point_of(leaf, program)
            kinds = relaxation.minima(point, relaxation.free()).blocks
            found = kinds[3], kinds[1]  # without sizes, the two sides
            checked = dual.minima(dual.priced(leaf))
            first = np.where(book.constant != 0.0, book.constant, 0.0)
            close = 1e-12 * max(1.0, size) * 100.0
            for mine, other in zip(found, (checked.buy, checked.sell), strict=True):
                assert mine - first == pytest.approx(other[place], abs=close)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_bound_of_a_node_is_that_of_the_checker(kind: str, seed: int) -> None:
    """Any multipliers, any fixing: what is on the leaf is what it proves."""
    rng = np.random.default_rng([seed, 12])
    for program, linked in pieces_of(KINDS[kind](seed)):
        relaxation, dual = Relaxation(program, linked), Dual(program, linked)
        for size in SIZES[:3]:
            leaf = random_leaf(program, size, rng, linked)
            fixing = Fixing.of_sides(leaf.sides, leaf.modes)
            minima = relaxation.minima(point_of(leaf, program), fixing)
            found = relaxation.bound(minima, fixing)
            checked = dual.value(leaf)
            assert np.isinf(found) == np.isinf(checked)
            if np.isfinite(found):
                assert found == pytest.approx(checked, abs=1e-11)


def test_limits_of_a_piece_are_about_the_gains_of_modes() -> None:
    """Guards the tests above: as any other rows they would prove something else."""
    rng, differ = np.random.default_rng(0), 0
    for seed in range(6):
        for program, linked in pieces_of(traded_off_program(seed, netted=True)):
            leaf = random_leaf(program, 0.3, rng, linked)
            limits = -0.1 * np.ones(linked)
            as_limits = replace(leaf, piece_rows=limits)
            rows = np.concatenate([leaf.rows, limits])
            as_rows = replace(leaf, rows=rows, piece_rows=np.zeros(0))
            values = (
                Dual(program, linked).value(as_limits),
                Dual(program).value(as_rows),
            )
            assert np.all(np.isfinite(values))
            differ += abs(values[0] - values[1]) > 1e-6
    assert differ >= 5


def convex_frame(seed: int) -> tuple[Program, Frame]:
    """A program on fixed sides, with envelopes, a centre and pulls of any size."""
    program, rng = random_program(seed), np.random.default_rng([seed, 13])
    book, _ = book_of(program)
    frame = frame_of(program, book, affine_rows(program, book))
    relaxation = Relaxation(program)
    sides = rng.choice([-1, 1], program.n).astype(np.int64)
    sides = np.where(program.upper <= program.held, -1, sides)
    sides = np.where(program.lower >= program.held, 1, sides)
    node = relaxation.node(Fixing.of_sides(sides, np.zeros(0, dtype=np.int64)))
    state, smooth = frame.state, frame.smooth
    state.multipliers[:] = 0.1 * rng.normal(size=len(state.multipliers))
    assert build(frame, node, True) == -1
    state.centre[:] = rng.uniform(0.0, 0.3, program.n)
    state.centred[:] = 0.1 * rng.normal(size=len(state.centred))
    state.row_centre[:] = 0.01 * rng.normal(size=len(state.row_centre))
    smooth.pull[:] = rng.choice([1e-4, 0.1, 1.0], program.n)
    smooth.flat[program.exposures.shape[1] :] = rng.choice([1e-3, 0.1])
    smooth.row_pull[:] = rng.choice([1e-3, 1.0])
    reprice(smooth, state)
    anchor_rows(frame)
    return program, frame


def smooth_program(program: Program, frame: Frame) -> np.ndarray:
    """Minimise the primal of what :func:`maximise` maximises, by an interior point.

    Of x, values z of the rows, factors y, and v by which rows are missed: the sum of
    envelopes (their elements as variables of their own), the quadratic terms around
    the centres, y²/2flat, and v²/2flat + centred multiplier times v.
    """
    envelope, smooth, state = frame.room.envelope, frame.smooth, frame.state
    n, m, size = program.n, len(smooth.low), len(smooth.flat)
    k = size - m
    owner = np.repeat(np.arange(n), envelope.size)
    own = np.concatenate(
        [envelope.start[i] + np.arange(envelope.size[i]) for i in range(n)]
    )
    e = len(own)
    width = (envelope.high - envelope.low)[own]
    first = envelope.low[envelope.start]
    total = e + n + m + size  # parts of elements, x, z, slack of each multiplier
    quadratic, linear = np.zeros((total, total)), np.zeros(total)
    quadratic[range(e), range(e)] = 2.0 * envelope.bend[own]
    linear[:e] = envelope.slope[own]
    x, z, v = slice(e, e + n), slice(e + n, e + n + m), slice(e + n + m, total)
    pulls = np.concatenate([smooth.pull, smooth.row_pull, 1.0 / smooth.flat])
    quadratic[range(e, total), range(e, total)] = pulls
    linear[x] = state.offset - smooth.pull * state.centre
    linear[z] = -smooth.row_pull * state.row_centre
    linear[v] = np.append(np.zeros(k), state.centred[k:])
    equal = np.zeros((n + size, total))
    equal[owner, range(e)] = 1.0
    equal[range(n), range(e, e + n)] = -1.0
    equal[n:, x] = smooth.phi.T
    equal[n + k :, z] = -np.eye(m)
    equal[n:, v] = -np.eye(size)
    right = np.concatenate([-first, -smooth.shift])
    box = np.zeros((2 * e + 2 * m, total))
    box[:e, :e], box[e : 2 * e, :e] = np.eye(e), -np.eye(e)
    box[2 * e : 2 * e + m, z], box[2 * e + m :, z] = np.eye(m), -np.eye(m)
    ends = np.concatenate([width, np.zeros(e), smooth.high, -smooth.low])
    finite = np.isfinite(ends)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    solved = clarabel.DefaultSolver(
        csc_matrix(np.triu(quadratic)),
        linear,
        csc_matrix(np.vstack([equal, box[finite]])),
        np.concatenate([right, ends[finite]]),
        [clarabel.ZeroConeT(n + size), clarabel.NonnegativeConeT(int(finite.sum()))],
        settings,
    ).solve()
    assert str(solved.status) in ("Solved", "AlmostSolved")
    return np.array(solved.x)[x]


@pytest.mark.parametrize("seed", range(24))
def test_newton_finds_the_saddle_point_that_an_interior_point_finds(seed: int) -> None:
    program, frame = convex_frame(seed)
    steps = maximise(frame.room.envelope, frame.smooth, frame.state, 1e-12, 200)
    assert steps < 200
    expected = smooth_program(program, frame)
    assert frame.state.x == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_of_all_fixed_sides_is_the_optimum(seed: int) -> None:
    """Every pattern of sides on its own: envelopes are curves, bounds are tight."""
    program = random_program(seed)
    program = replace(program, gamma=(0.5, 10.0, 50.0)[seed % 3])
    relaxation, bounds = Relaxation(program), []
    modes = np.zeros(0, dtype=np.int64)
    for pattern in itertools.product((-1, 1), repeat=program.n):
        fixing = Fixing.of_sides(np.array(pattern, dtype=np.int64), modes)
        point = relaxation.solve(fixing, relaxation.start(), FIXED, FINE)
        if point is not None:
            bounds.append(relaxation.bound(relaxation.minima(point, fixing), fixing))
    assert min(bounds) == pytest.approx(enumerate_optimum(program), abs=1e-8)

# SPDX-License-Identifier: Apache-2.0
"""The dual function against a slow scan of its own, and against exact fractions."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
import pytest
from support.modes import (
    base_program,
    grouped_program,
    limited_program,
    netted_program,
    traded_off_program,
)
from support.scan import naive_dual
from support.wild import wild_program

from di_optimizer.program.program import Program
from di_optimizer.solve.dual import dual_value
from di_optimizer.solve.solution import Leaf

KINDS = {
    "groups": grouped_program,
    "lot limits": limited_program,
    "netting": netted_program,
    "wash": traded_off_program,
    "wash, netted": lambda seed: traded_off_program(seed, netted=True),
    "wild": wild_program,
}


def random_leaf(
    program: Program, rng: np.random.Generator, size: float, *, fixed: float = 0.3
) -> Leaf:
    """Multipliers of a size, of signs that prove something; some sides and modes."""
    rows = size * rng.normal(size=len(program.rows))
    lower = np.array([np.isfinite(row.lower) for row in program.rows], dtype=bool)
    upper = np.array([np.isfinite(row.upper) for row in program.rows], dtype=bool)
    rows = np.where(rows > 0, np.where(upper, rows, 0.0), np.where(lower, rows, 0.0))
    counts = [len(group.modes) for group in program.groups]
    piece, limits = -1, 0
    if program.netting is not None:
        piece = int(rng.integers(len(program.netting.pieces)))
        limits = len(program.netting.limits(piece))
    return Leaf(
        size * rng.normal(size=program.exposures.shape[1]) * (program.gamma > 0.0),
        rows,
        np.where(rng.random(program.n) < fixed, rng.choice([-1, 1], program.n), 0),
        np.array(
            [rng.integers(c) if rng.random() < fixed else -1 for c in counts], np.int64
        ),
        piece,
        -size * rng.random(limits),
        float(rng.choice([0.0, 5.0])) if np.isfinite(program.variance_cap) else 0.0,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_block_is_at_its_least(kind: str) -> None:
    finite = closed = 0
    for seed in range(18):
        program = KINDS[kind](seed)
        rng = np.random.default_rng([seed, 7])
        if seed % 3 == 0:
            program = dataclasses.replace(program, variance_cap=0.01)
        for size in (0.0, 0.02, 1.0):
            leaf = random_leaf(program, rng, size)
            value, again = dual_value(program, leaf), naive_dual(program, leaf)
            close = 1e-9 * max(1.0, abs(again))
            assert value == again or abs(value - again) <= close, (seed, size)
            finite += bool(np.isfinite(value))
            closed += value == np.inf
    assert finite >= 20
    if kind in {"groups", "lot limits", "wild"}:
        assert closed >= 3


def two_names(rng: np.random.Generator) -> Program:
    """No risk at all: the Lagrangian is least at a corner."""
    program = base_program(4)
    assert program.n == 2
    return dataclasses.replace(
        program,
        gamma=0.0,
        lower=np.zeros(2),
        upper=np.where(rng.random(2) < 0.3, program.held, 1.0),
    )


def exact_least(program: Program, leaf: Leaf) -> Fraction:
    """Least of the Lagrangian over all corners, in exact arithmetic.

    A corner sells whole lots, or buys up to the limit; partial sales are between.
    """
    exact = Fraction.from_float
    [row], [mu] = program.rows, leaf.rows
    limit = row.upper if mu > 0 else row.lower
    mu = exact(float(mu))
    total = exact(program.constant) + mu * (exact(row.offset) - exact(float(limit)))
    lots = program.lots
    for i in range(program.n):
        room = exact(float(program.upper[i])) - exact(float(program.held[i]))
        unit = exact(float(program.buy_cost[i])) + mu * exact(float(row.buy[i]))
        values = [Fraction(0), unit * room]
        own = np.flatnonzero(lots.security == i).tolist()
        # the lots hold what is held but for a rounding, which the limit at 0 sees
        for chosen in itertools.product((0, 1), repeat=len(own)):
            sold = [lot for lot, yes in zip(own, chosen, strict=True) if yes]
            values.append(
                sum(
                    (
                        exact(float(lots.weight[lot]))
                        * (
                            exact(float(lots.gain[lot])) * exact(float(lots.rate[lot]))
                            + exact(float(lots.sell_cost[lot]))
                            + mu * exact(float(row.sell[lot]))
                        )
                        for lot in sold
                    ),
                    Fraction(0),
                )
            )
        total += min(values)
    return total


@pytest.mark.parametrize("size", [0.1, 1e3, 1e9, 1e15])
def test_rounding_never_lifts_a_bound_above_the_exact_value(size: float) -> None:
    """Nor does what is given up for it matter: 1e-12 of the multipliers' size."""
    given_up = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        program = two_names(rng)
        rows = np.array([size * rng.normal()])
        leaf = Leaf(np.zeros(program.exposures.shape[1]), rows, np.zeros(2, np.int64))
        exact = exact_least(program, leaf)
        value = Fraction.from_float(dual_value(program, leaf))
        assert value <= exact
        assert float(exact - value) <= 1e-12 * (1.0 + size)
        given_up += value < exact
    assert given_up >= 15


def test_a_dual_of_overflowing_multipliers_proves_nothing() -> None:
    program = base_program(4)
    sides = np.zeros(program.n, np.int64)
    none = np.zeros(program.exposures.shape[1])
    for size in (1e200, 1e308, np.inf, np.nan):
        for sign in (-1.0, 1.0):
            leaf = Leaf(none + sign * size, np.array([sign * size]), sides)
            assert dual_value(program, leaf) < 0.0
            flat = dataclasses.replace(leaf, factors=none)
            assert dual_value(program, flat) < np.inf
    assert np.isfinite(dual_value(program, Leaf(none, np.zeros(1), sides)))


@pytest.mark.parametrize("risk", [-1.0, -1e-300, np.nan])
def test_a_price_of_the_cap_below_zero_proves_nothing(risk: float) -> None:
    program = dataclasses.replace(base_program(4), variance_cap=0.01)
    none, sides = np.zeros(program.exposures.shape[1]), np.zeros(program.n, np.int64)
    leaf = Leaf(none, np.zeros(1), sides, risk=risk)
    assert dual_value(program, leaf) == -np.inf
    assert np.isfinite(dual_value(program, dataclasses.replace(leaf, risk=0.0)))


def test_a_price_of_no_cap_proves_nothing() -> None:
    program = base_program(4)
    none, sides = np.zeros(program.exposures.shape[1]), np.zeros(program.n, np.int64)
    leaf = Leaf(none, np.zeros(1), sides, risk=1.0)
    assert dual_value(program, leaf) == -np.inf
    capped = dataclasses.replace(program, variance_cap=0.5)
    free = dual_value(program, dataclasses.replace(leaf, risk=0.0))
    assert free - 0.5 <= dual_value(capped, leaf) < np.inf

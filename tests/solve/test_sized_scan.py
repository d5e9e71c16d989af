# SPDX-License-Identifier: Apache-2.0
"""Minima by kind of trade against a scan of every allowed amount."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scan import naive_dual
from support.sized import on_grids, sized_program

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Program
from di_optimizer.program.sizes import ANY, HOLD
from di_optimizer.solve.dual import dual_value
from di_optimizer.solve.solution import Leaf

MANY = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def random_leaf(program: Program, rng: np.random.Generator, size: float) -> Leaf:
    """Multipliers that prove something, and some sides, kinds, modes and ranges."""
    rows = size * rng.normal(size=len(program.rows))
    ends = np.array(
        [
            row.upper if mu > 0 else row.lower
            for row, mu in zip(program.rows, rows, strict=True)
        ]
    )
    n, limits, piece = program.n, 0, -1
    if program.netting is not None:
        piece = int(rng.integers(len(program.netting.pieces)))
        limits = len(program.netting.limits(piece))
    kinds = np.where(rng.random(n) < 0.3, rng.integers(1, 16, n), ANY)
    ranges = []
    for i in np.flatnonzero(rng.random(n) < 0.4).tolist():
        cut = float(rng.choice([rng.uniform(0.0, 0.6), program.held[i], 0.05, 0.1]))
        ranges.append((i, -np.inf, cut) if rng.random() < 0.5 else (i, cut, np.inf))
    counts = [len(group.modes) for group in program.groups]
    return Leaf(
        size * rng.normal(size=program.exposures.shape[1]) * (program.gamma > 0.0),
        np.where(np.isfinite(ends), rows, 0.0),
        np.where(rng.random(n) < 0.2, rng.choice([-1, 1], n), 0),
        np.array(
            [rng.integers(c) if rng.random() < 0.3 else -1 for c in counts], np.int64
        ),
        piece,
        -size * rng.random(limits),
        kinds=kinds if rng.random() < 0.6 else np.zeros(0, dtype=np.int64),
        ranges=tuple(ranges) if rng.random() < 0.6 else (),
    )


@MANY
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.02, 0.3]), st.booleans())
def test_every_block_is_at_its_least(seed: int, size: float, netted: bool) -> None:
    program = sized_program(seed, netted=netted)
    rng = np.random.default_rng([seed, 5])
    for _ in range(3):
        leaf = random_leaf(program, rng, size)
        value, again = dual_value(program, leaf), naive_dual(program, leaf)
        close = 1e-9 * max(1.0, abs(again))
        assert value == again or abs(value - again) <= close
        assert not np.isfinite(again) or value <= again + 1e-9


def without_risk(seed: int) -> Program:
    """Two names in steps, one lot each, without any risk; counts and tickets."""
    program = dataclasses.replace(
        sized_program(seed, securities=2, groups=False), gamma=0.0
    )
    lots = program.lots
    kept = np.unique(lots.security, return_index=True)[1]
    arrays = ("security", "weight", "gain", "rate", "long_term", "sell_cost", "charge")
    only = {name: getattr(lots, name)[kept] for name in arrays}
    one = dataclasses.replace(
        lots,
        **only,
        floor=np.zeros(len(kept)),
        cap=only["weight"],
        floor_name=("",) * len(kept),
        cap_name=("",) * len(kept),
    )
    held = np.bincount(one.security, weights=one.weight, minlength=2)
    rows = [dataclasses.replace(row, sell=row.sell[kept]) for row in program.rows]
    return dataclasses.replace(
        on_grids(program),
        lots=one,
        held=held.astype(float),
        lower=np.minimum(program.lower, held),
        upper=np.maximum(program.upper, held),
        rows=tuple(rows),
    )


def exact_least(program: Program, leaf: Leaf) -> Fraction:
    """Least of the Lagrangian over all allowed amounts, in exact arithmetic."""
    total = Fraction(program.constant)
    for row, mu in zip(program.rows, leaf.rows.tolist(), strict=True):
        if mu:
            limit = row.upper if mu > 0 else row.lower
            total += Fraction(mu) * (Fraction(row.offset) - Fraction(limit))
    for i in range(program.n):
        values = [
            exact_value(program, leaf, i, *amounts)
            for amounts in amounts_of(program, i)
        ]
        if not values:
            return Fraction(10**400)
        total += min(values)
    return total


def amounts_of(program: Program, i: int) -> list[tuple[Fraction, Fraction]]:
    """Return purchase and sale of every allowed trade, steps exactly."""
    assert program.sizes is not None
    step, weight = Fraction(float(program.sizes.step[i])), float(program.held[i])
    counts = range(1, int(1.1 / float(step)) + 2)
    tried = [(Fraction(0), Fraction(0)), (Fraction(0), Fraction(weight))]
    tried += [(k * step, Fraction(0)) for k in counts]
    tried += [(Fraction(0), k * step) for k in counts if float(k * step) <= weight]
    found = []
    for bought, sold in dict.fromkeys(tried):
        buys, sells = (
            np.zeros(2),
            np.where(program.lots.security == i, float(sold), 0.0),
        )
        buys[i] = float(bought)
        x = float(program.after(buys, sells)[i])
        inside = program.lower[i] - 1e-12 <= x <= program.upper[i] + 1e-12
        if inside and of_allowed_size(program, buys, sells)[i]:
            found.append((bought, sold))
    return found


def exact_value(
    program: Program, leaf: Leaf, i: int, bought: Fraction, sold: Fraction
) -> Fraction:
    lots, sizes = program.lots, program.sizes
    assert sizes is not None
    buys, sells = np.zeros(2), np.where(lots.security == i, float(sold), 0.0)
    buys[i] = float(bought)
    traded = int(program.kinds(buys, sells)[i] != HOLD)
    held = int(program.is_held(buys, sells)[i])
    value = Fraction(float(program.buy_cost[i])) * bought
    value += Fraction(float(sizes.ticket[i])) * traded
    own = np.flatnonzero(lots.security == i).tolist()
    for lot in own:
        unit = Fraction(float(lots.gain[lot])) * Fraction(float(lots.rate[lot]))
        unit += Fraction(float(lots.sell_cost[lot])) + Fraction(float(lots.charge[lot]))
        value += unit * sold
    for row, mu in zip(program.rows, leaf.rows.tolist(), strict=True):
        part = Fraction(float(row.buy[i])) * bought
        part += sum(Fraction(float(row.sell[lot])) * sold for lot in own)
        part += 0 if row.names is None else Fraction(float(row.names[i])) * held
        part += 0 if row.trades is None else Fraction(float(row.trades[i])) * traded
        value += Fraction(mu) * part
    return value


@pytest.mark.parametrize("size", [0.1, 1e3, 1e9, 1e15])
def test_rounding_never_lifts_a_bound_above_the_exact_value(size: float) -> None:
    """Nor is more given up for it than 1e-12 of the multipliers' size."""
    given_up = 0
    for seed in range(25):
        program, rng = without_risk(seed), np.random.default_rng(seed)
        rows = size * rng.normal(size=len(program.rows))
        ends = [
            r.upper if mu > 0 else r.lower
            for r, mu in zip(program.rows, rows, strict=True)
        ]
        rows = np.where(np.isfinite(ends), rows, 0.0)
        leaf = Leaf(np.zeros(1), rows, np.zeros(2, np.int64))
        value, exact = dual_value(program, leaf), exact_least(program, leaf)
        if not np.isfinite(value):
            assert value == np.inf
            assert exact > 10**300
            continue
        assert Fraction(value) <= exact
        assert float(exact - Fraction(value)) <= 2e-12 * (1.0 + size)
        given_up += Fraction(value) < exact
    assert given_up >= 12

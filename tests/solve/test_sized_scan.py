# SPDX-License-Identifier: Apache-2.0
"""Minima by kind of trade against a scan of every allowed amount."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scan import naive_dual
from support.sized import sized_program

from di_optimizer.program.program import Program
from di_optimizer.program.sizes import ANY
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

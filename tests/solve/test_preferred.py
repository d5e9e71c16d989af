# SPDX-License-Identifier: Apache-2.0
"""Programs in which buying earns something: alphas, whatever their size."""

from dataclasses import replace

import numpy as np
import pytest
from support.features import Features, program_of

from di_optimizer.program.program import Program
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings, Status

PLANS = (Status.SOLVED, Status.LIMIT)
CLOSE = 1e-8


def earning(program: Program, seed: int, size: float) -> Program:
    """Return the program with an alpha of each security, most of them above 0."""
    rng = np.random.default_rng(seed)
    alpha = rng.normal(size, size, program.n)
    paid = rng.uniform(0.0, size, program.n) * (rng.random(program.n) < 0.3)
    lots = program.lots
    charge = lots.charge + alpha[lots.security]
    return replace(
        program,
        buy_cost=program.buy_cost - alpha + paid,
        buy_charge=paid - alpha,
        lots=replace(lots, charge=charge),
    )


def wanted(seed: int) -> Features:
    return Features(
        seed=seed,
        securities=3 + seed % 6,
        lots=3,
        factors=1 + seed % 3,
        gamma=(10.0, 0.5, 0.0, 50.0)[seed % 4],
        rows=((), ("sector",), ("turnover",))[seed % 3],
        groups=((), ("wash",), ("relief",))[(seed // 2) % 3],
        flow=(0.0, 0.1, -0.2)[seed % 3],
        netted=seed % 5 == 0,
        planted=0.05,
    )


@pytest.mark.parametrize("size", [0.001, 0.05, 2.0])
@pytest.mark.parametrize("seed", range(6))
def test_engines_agree_where_buying_earns(seed: int, size: float) -> None:
    program = earning(program_of(wanted(seed)), seed, size)
    ends = []
    for name in ("certified", "reference"):
        found = engine(name)(program, Settings(), None)
        assert found.status in PLANS
        assert found.objective == pytest.approx(
            program.objective(found.buys, found.sells), abs=1e-12
        )
        assert found.bound <= found.objective + 1e-12
        assert bound_of(program, found.leaves) == pytest.approx(found.bound, abs=1e-9)
        ends.append((found.bound, found.objective))
    (low, high), (other_low, other_high) = ends
    assert low <= other_high + CLOSE
    assert other_low <= high + CLOSE


def test_an_alpha_moves_the_objective_by_what_is_traded_alone() -> None:
    """Linear in trades: at any plan, the difference is alpha times the change."""
    program = program_of(wanted(1))
    rng = np.random.default_rng(0)
    alpha = rng.normal(0.0, 0.1, program.n)
    lots = program.lots
    scored = replace(
        program,
        buy_cost=program.buy_cost - alpha,
        buy_charge=-alpha,
        lots=replace(lots, charge=lots.charge + alpha[lots.security]),
    )
    for _ in range(5):
        buys = rng.uniform(0, 0.1, program.n)
        sells = rng.uniform(0, 1, len(lots)) * lots.weight
        change = program.after(buys, sells) - program.held
        apart = scored.objective(buys, sells) - program.objective(buys, sells)
        assert apart == pytest.approx(-float(alpha @ change), abs=1e-12)
        assert scored.cost(buys, sells) == pytest.approx(program.cost(buys, sells))

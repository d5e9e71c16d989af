# SPDX-License-Identifier: Apache-2.0
"""The baseline's envelopes and plans against naive ones."""

from dataclasses import replace

import numpy as np
import pytest
from support.programs import Shape, enumerate_optimum, random_program

from benchmarks.engines.baseline import solve_baseline
from benchmarks.engines.chains import NotCoveredError, bridges_of, chains_of
from benchmarks.engines.convex import DIRECT, FASTEST, Way
from benchmarks.engines.pieces import pieces_of, traded
from benchmarks.engines.synthetic import Size, synthetic
from di_optimizer.program.netting import Netting, Piece
from di_optimizer.solve.blocks import blocks_of, open_modes
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.solution import Settings

SEEDS = range(12)


def envelope(x: np.ndarray, f: np.ndarray) -> np.ndarray:
    """Lower convex hull of points with rising x, by going through them once."""
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (f[b] - f[a]) * (x[i] - x[a]) < (f[i] - f[a]) * (x[b] - x[a]):
                break
            hull.pop()
        hull.append(i)
    return np.interp(x, x[hull], f[hull])


def cheapest(program, security: int, x: np.ndarray) -> np.ndarray:
    """Cost of ending at each weight, lots taken one after the other, cheapest first."""
    own = program.lots.security == security
    unit, cap = program.lots.unit[own], program.lots.cap[own]
    held, d = program.held[security], program.gamma * program.specific[security]
    found = d * (x - program.benchmark[security]) ** 2
    for i, weight in enumerate(x):
        if weight >= held:
            found[i] += program.buy_cost[security] * (weight - held)
            continue
        left = held - weight
        for lot in np.argsort(unit):
            sold = min(left, cap[lot])
            found[i] += unit[lot] * sold
            left -= sold
    return found


def filled(pieces, block: int, x: np.ndarray) -> np.ndarray:
    """Pieces of a block filled in order of their slope, up and down from the start."""
    own = pieces.block == block
    found = np.zeros(len(x))
    for i, weight in enumerate(x):
        left = weight - pieces.start[block]
        sign = 1.0 if left >= 0.0 else -1.0
        mine = np.flatnonzero(own & (pieces.sign == sign))
        order = np.lexsort((pieces.slope[mine], pieces.square[mine] > 0.0))
        for piece in mine[order]:  # a bridge comes before what it touches
            z = min(abs(left), pieces.width[piece])
            found[i] += pieces.square[piece] * z**2 + pieces.slope[piece] * z
            left -= sign * z
        assert abs(left) < 1e-9
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_pieces_add_up_to_the_lower_convex_hull(seed):
    program = random_program(seed)
    chains = chains_of(program, blocks_of(program, open_modes(program)))
    none = np.zeros(chains.count, dtype=np.int64)
    every = np.ones(chains.count, dtype=np.bool_)
    pieces = pieces_of(chains, bridges_of(chains), none, every)
    for block, i in enumerate(chains.security.tolist()):
        low, high = max(program.lower[i], 0.0), program.upper[i]
        ends = [program.held[i], pieces.start[block]]
        x = np.unique(np.concatenate([np.linspace(low, high, 500), ends]))
        naive = envelope(x, cheapest(program, i, x))
        ours = filled(pieces, block, x)
        start = np.interp(pieces.start[block], x, naive)
        assert ours + start == pytest.approx(naive, abs=3e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_plan_is_legal_and_the_bound_is_one(seed):
    program = random_program(seed)
    best = enumerate_optimum(program)
    plan = solve_baseline(program)
    assert plan.missed <= 1e-9
    assert plan.objective == program.objective(plan.buys, plan.sells)
    assert plan.bound <= best + 1e-9
    assert plan.objective >= best - 1e-9
    assert np.all((plan.buys == 0.0) | (program.after(plan.buys, plan.sells) > 0.0))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_is_that_of_the_convex_hull_with_modes(seed):
    program = synthetic(Size(names=10, lots=3, factors=2, recent=0.5), 10.0, seed)
    hull = solve(program, Settings(flips=0))
    plans = [solve_baseline(program, way) for way in (FASTEST, DIRECT)]
    for plan in plans:
        assert plan.missed <= 1e-9
        assert plan.bound == pytest.approx(hull.bound, abs=2e-7)
        assert plan.bound <= hull.objective
        assert plan.objective >= hull.bound
    assert plans[0].objective == pytest.approx(plans[1].objective, abs=1e-7)


def test_nothing_is_bought_and_sold_and_floors_are_sold():
    program = synthetic(Size(names=10, lots=3, factors=2, recent=0.5), 10.0, 4)
    floor = np.zeros(30)
    floor[4] = program.lots.weight[4] / 2.0
    forced = replace(program, lots=replace(program.lots, floor=floor), groups=())
    plan = solve_baseline(forced)
    assert plan.sells[4] >= floor[4]
    assert plan.missed <= 1e-9
    sold = np.bincount(forced.lots.security, weights=plan.sells)
    assert not np.any((plan.buys > 0.0) & (sold > 0.0))


def test_what_must_be_bought_is_bought():
    program = random_program(1, Shape(securities=4))
    lower = program.lower.copy()
    lower[0] = program.held[0] + 0.01
    upper = np.maximum(program.upper, lower)
    plan = solve_baseline(replace(program, lower=lower, upper=upper))
    assert plan.buys[0] >= 0.01 - 1e-12
    assert plan.missed <= 1e-9


def test_pieces_trade_what_their_variables_say():
    program = random_program(2)
    chains = chains_of(program, blocks_of(program, open_modes(program)))
    none = bridges_of(replace(chains, kinked=np.zeros(chains.count, dtype=np.bool_)))
    free = np.zeros(chains.count, dtype=np.int64)
    every = np.ones(chains.count, dtype=np.bool_)
    pieces = pieces_of(chains, none, free, every)
    bought, sold = traded(chains, pieces, pieces.width)
    after = chains.held + bought - sold
    up = np.bincount(
        pieces.block, weights=pieces.sign * pieces.width, minlength=chains.count
    )
    assert after == pytest.approx(pieces.start + up)


def test_what_the_baseline_cannot_say_is_refused():
    program = random_program(0)
    piece = Piece(name="all", limits=(), short_rate=0.4, long_rate=0.2, constant=0.0)
    netting = Netting(short=0.0, long=0.0, before=0.0, pieces=(piece,))
    with pytest.raises(NotCoveredError, match="netted bill"):
        solve_baseline(replace(program, netting=netting))
    row = replace(program.rows[0], name="turnover")
    sell = row.sell.copy()
    lot = np.flatnonzero(np.diff(program.lots.security) == 0)[0]
    sell[lot] += 1.0
    with pytest.raises(NotCoveredError, match="row turnover tells lots"):
        solve_baseline(replace(program, rows=(replace(row, sell=sell),)))


def test_settings_that_fail_are_followed_by_safe_ones():
    program = random_program(3)
    weak = Way(settings={"max_iter": 2})
    assert solve_baseline(program, weak).objective == pytest.approx(
        solve_baseline(program).objective, abs=1e-8
    )

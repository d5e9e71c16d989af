# SPDX-License-Identifier: Apache-2.0
"""The search on the grid: plans keep every limit, and are as good as trying all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.features import Features, program_of
from support.sized_optimum import sized_optimum
from support.sized_options import options_of

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, LotArrays, Program, Row
from di_optimizer.program.sizes import DUST, EXIT, SELL, Sizes
from di_optimizer.solve.certified.board import Board, Goal, State, measure, state_of
from di_optimizer.solve.certified.levels import amounts_at, levels_of, nearest_places
from di_optimizer.solve.certified.moves import refresh
from di_optimizer.solve.certified.settle import MARGIN, Trades, settle
from di_optimizer.solve.certified.tariff import (
    lots_in_order,
    lots_sold,
    tariff_of,
)
from di_optimizer.solve.certified.walk import walk

EFFORT = 1000


def nothing(program: Program) -> Trades:
    return np.zeros(program.n), np.zeros(len(program.lots))


def check(program: Program, plan: Trades, margin: float = 0.0) -> None:
    """Every limit again, one by one."""
    buys, sells = plan
    lots, after = program.lots, program.after(buys, sells)
    assert of_allowed_size(program, buys, sells).all()
    assert np.all((sells >= lots.floor - DUST) & (sells <= lots.cap + DUST))
    assert np.all((after >= program.lower - DUST) & (after <= program.upper + DUST))
    assert not np.any((buys > 0.0)[lots.security] & (sells > 0.0))
    for row in program.rows:
        value = program.row_value(row, buys, sells)
        assert row.lower + margin - 1e-9 <= value <= row.upper - margin + 1e-9
    most = program.variance_cap
    assert program.variance(buys, sells) <= most or np.isinf(most)


def count_row(name: str, n: int, lots: int, upper: float, **count: Floats) -> Row:
    return Row(
        name=name,
        buy=np.zeros(n),
        sell=np.zeros(lots),
        offset=0.0,
        lower=-np.inf,
        upper=upper,
        lower_name="",
        upper_name=name,
        **count,
    )


def tiny(seed: int) -> Program:
    """Two or three securities on coarse grids, with everything else at random."""
    rng = np.random.default_rng(seed)
    names = ("sector", "beta", "turnover", "gains", "losses", "net")
    wanted = Features(
        seed=seed,
        securities=int(rng.integers(2, 4)),
        lots=int(rng.integers(0, 3)),
        factors=int(rng.integers(1, 3)),
        gamma=float(rng.choice([0.5, 2.0, 10.0, 50.0])),
        rows=tuple(name for name in names if rng.random() < 0.15),
        restricted=bool(rng.random() < 0.3),
        lot_limits=bool(rng.random() < 0.3),
        capped=bool(rng.random() < 0.2),
        planted=float(rng.choice([0.0123, 0.1234, 0.3456])),
    )
    program = program_of(wanted)
    n = program.n

    def some(size: float, share: float = 0.3) -> Floats:
        return np.where(rng.random(n) < share, size, 0.0) * (rng.random() < 0.6)

    sizes = Sizes(
        step=rng.choice([0.0501, 0.0997, 0.0311, 0.0203], n),
        least_buy=some(0.1),
        least_sell=some(0.1),
        least_held=some(0.1),
        ticket=some(1e-3, 0.5),
    )
    cash, *others = program.rows
    rows = [replace(cash, upper=cash.upper + 0.0471), *others]
    for name in ("names", "trades"):
        if rng.random() < 0.3:
            most, count = float(rng.integers(1, n + 1)), {name: np.ones(n)}
            rows.append(count_row(name, n, len(program.lots), most, **count))
    return replace(program, sizes=sizes, rows=tuple(rows))


def from_cash(
    price: Floats, nav: float, *, factors: int = 4, seed: int = 0, gamma: float = 10.0
) -> Program:
    """An account in whole shares that has nothing but cash, up to 1% of it kept."""
    rng, n = np.random.default_rng(seed), len(price)
    none, empty = np.zeros(n), np.zeros(0)
    lots = LotArrays.free(
        security=np.zeros(0, dtype=np.int64),
        weight=empty,
        gain=empty,
        rate=empty,
        long_term=np.zeros(0, dtype=np.bool_),
        sell_cost=empty,
    )
    cash = Row(
        name="cash",
        buy=np.full(n, -1.0001),
        sell=empty,
        offset=1.0,
        lower=0.0,
        upper=0.01,
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )
    market = 0.18 * np.exp(rng.normal(0.0, 0.2, (n, 1)))
    return Program(
        gamma=gamma,
        exposures=np.hstack([market, rng.normal(0.0, 0.05, (n, factors - 1))]),
        specific=rng.uniform(0.01, 0.12, n),
        benchmark=rng.dirichlet(np.full(n, 1.5)),
        held=none,
        lower=none,
        upper=np.ones(n),
        lower_name=("",) * n,
        upper_name=("",) * n,
        buy_cost=np.full(n, 1e-4),
        lots=lots,
        rows=(cash,),
        sizes=replace(Sizes.any(n), step=price / nav),
    )


def one_lot(held: float, **sizes: float) -> Program:
    """A held security at a loss and another one that is bought for it."""
    program = from_cash(np.array([100.0, 100.0]), 10_000.0, factors=1)
    lots = LotArrays.free(
        security=np.zeros(1, dtype=np.int64),
        weight=np.array([held]),
        gain=np.array([-0.5]),
        rate=np.array([0.4]),
        long_term=np.zeros(1, dtype=np.bool_),
        sell_cost=np.zeros(1),
    )
    cash = replace(
        program.rows[0], sell=np.ones(1), offset=1.0 - held, lower=0.0, upper=1.0
    )
    limits = {name: np.full(2, value) for name, value in sizes.items()}
    return replace(
        program,
        held=np.array([held, 0.0]),
        benchmark=np.array([0.5, 0.5]),
        lots=lots,
        rows=(cash,),
        sizes=replace(program.sizes or Sizes.any(2), **limits),
    )


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_tiny_plans_keep_every_limit_and_none_is_below_the_optimum(seed):
    program = tiny(seed)
    plan = settle(program, nothing(program), EFFORT)
    best = sized_optimum(program)
    if plan is not None:
        check(program, plan)
        assert program.objective(*plan) >= best - 1e-9


def test_most_tiny_plans_are_optimal_and_nearly_all_are_found():
    found = optimal = feasible = 0
    for seed in range(70):
        program = tiny(seed)
        best = sized_optimum(program)
        plan = settle(program, nothing(program), EFFORT)
        feasible += np.isfinite(best)
        if plan is not None:
            found += 1
            optimal += program.objective(*plan) <= best + 1e-8
    assert feasible > 60
    assert found >= 0.97 * feasible
    assert optimal >= 0.85 * feasible


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_places_are_all_allowed_amounts_in_order_of_the_weight(seed):
    program = tiny(seed)
    levels = levels_of(program)
    for i in range(program.n):
        own = range(int(levels.starts[i, -1]))
        places = [np.where(np.arange(program.n) == i, k, 0) for k in own]
        amounts = np.array([amounts_at(levels, place)[i] for place in places])
        wanted = [o.low if o.kind == 8 else -o.low for o in options_of(program, i)]
        assert np.all(np.diff(amounts) > 0.0)
        assert amounts == pytest.approx(np.sort(wanted), abs=1e-12)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_costs_rows_and_risk_of_places_are_those_of_the_trades(seed, other):
    program = tiny(seed)
    levels, rng = levels_of(program), np.random.default_rng(other)
    if (levels.starts[:, -1] == 0).any():
        return
    places = (rng.random(program.n) * levels.starts[:, -1]).astype(np.int64)
    order = lots_in_order(program, rng.normal(size=len(program.rows)))
    board = board_of(program, places, order)
    refresh(board)
    amounts = amounts_at(levels, places)
    sells = lots_sold(program, order, np.maximum(-amounts, 0.0))
    plan = np.maximum(amounts, 0.0), sells
    terms = program.terms(*plan)
    state = board.state
    values = [program.row_value(r, *plan) - r.offset for r in program.rows]
    assert state.rows[:-1] == pytest.approx(np.array(values), abs=1e-12)
    assert state.rows[-1] == pytest.approx(program.variance(*plan), abs=1e-13)
    cost = terms["tax"] + terms["cost"] + terms["charge"] - program.constant
    assert state.paid[0] == pytest.approx(cost, abs=1e-12)


def board_of(program: Program, places: np.ndarray, order: np.ndarray) -> Board:
    """The board of a program without limits."""
    tariff = tariff_of(program, order)
    exposures, free = program.exposures, np.full(len(program.rows) + 1, np.inf)
    gram = exposures @ exposures.T + np.diag(program.specific)
    goal = Goal(
        gamma=program.gamma,
        target=program.benchmark,
        specific=program.specific,
        exposures=exposures,
        gram=np.zeros((0, 0)),
        diagonal=np.diag(gram).copy(),
        low=-free,
        high=free,
        fine=np.zeros(program.n, dtype=np.bool_),
        tied=np.full(program.n, -1, dtype=np.int64),
    )
    state = state_of(goal, tariff, places, np.ones(len(free)))
    return Board(goal, levels_of(program), tariff, state)


@pytest.mark.parametrize("kept", [True, False], ids=["gram", "product"])
def test_what_moves_add_up_to_is_what_the_plan_comes_to(kept):
    rng = np.random.default_rng(3)
    program = from_cash(rng.uniform(5.0, 900.0, 40), 50_000.0)
    places = np.zeros(40, dtype=np.int64)
    board = board_of(program, places, np.zeros(0, dtype=np.int64))
    if kept:
        gram = program.exposures @ program.exposures.T + np.diag(program.specific)
        board = board._replace(goal=board.goal._replace(gram=gram))
    best = np.zeros(40, dtype=np.int64)
    walk(board, 300, best)
    moved = State(*(np.copy(array) for array in board.state))
    assert moved.place.any()
    refresh(board)
    assert measure(board.goal, board.state)
    for name in ("rows", "pull", "after", "paid"):
        ends = getattr(moved, name), getattr(board.state, name)
        assert ends[0] == pytest.approx(ends[1], abs=1e-13)


def floor_and_exchange(program: Program) -> float:
    """A plain rounding: floors, then the best single shares that cash allows."""
    step = program.sizes.step if program.sizes is not None else np.zeros(program.n)
    count = np.floor(program.benchmark / step)
    row, none = program.rows[0], np.zeros(0)
    while True:
        best, pick = program.objective(count * step, none), -1
        for i in range(program.n):
            more = count + (np.arange(program.n) == i)
            if program.row_value(row, more * step, none) < row.lower:
                continue
            value = program.objective(more * step, none)
            if value < best:
                best, pick = value, i
        if pick < 0:
            return best
        count[pick] += 1


@pytest.mark.parametrize("nav", [10_000.0, 50_000.0, 1_000_000.0])
def test_whole_shares_from_cash_beat_floor_and_exchange(nav):
    rng = np.random.default_rng(int(nav))
    program = from_cash(150.0 * np.exp(rng.normal(0.0, 0.8, 60)), nav)
    plan = settle(program, (program.benchmark, np.zeros(0)), 3000)
    assert plan is not None
    check(program, plan, MARGIN)
    assert program.objective(*plan) < floor_and_exchange(program)


def test_prices_from_a_cent_to_600000_stay_on_the_grid_bit_by_bit():
    price = np.array([0.01, 0.37, 5.03, 48.12, 99.99, 1250.5, 28_000.0, 600_000.0])
    program = from_cash(price, 2_345_678.9)
    step = price / 2_345_678.9
    plan = settle(program, (program.benchmark, np.zeros(0)), EFFORT)
    assert plan is not None
    check(program, plan, MARGIN)
    assert np.array_equal(plan[0], np.rint(plan[0] / step) * step)


def test_fractions_to_nine_decimals_stay_on_the_grid():
    price = np.array([1.37, 48.12, 1250.5, 600_000.0])
    program = from_cash(price * 1e-9, 1_000_000.0)
    plan = settle(program, (program.benchmark, np.zeros(0)), 100)
    assert plan is not None
    check(program, plan, MARGIN)
    step = price * 1e-9 / 1_000_000.0
    assert np.array_equal(plan[0], np.rint(plan[0] / step) * step)


def test_the_same_program_gives_the_same_plan():
    rng = np.random.default_rng(8)
    program = from_cash(rng.uniform(5.0, 900.0, 50), 20_000.0)
    start = program.benchmark, np.zeros(0)
    one, other = settle(program, start, EFFORT), settle(program, start, EFFORT)
    assert one is not None
    assert other is not None
    assert np.array_equal(one[0], other[0])


def test_a_full_exit_sells_the_odd_lot_exactly():
    program = one_lot(0.012345)
    program = replace(program, upper=np.array([0.0, 1.0]))
    plan = settle(program, nothing(program), EFFORT)
    assert plan is not None
    assert plan[1][0] == 0.012345
    assert program.kinds(*plan)[0] == EXIT


@pytest.mark.parametrize(("least", "bought"), [(0.05, True), (0.0501, False)])
def test_both_sides_of_the_least_purchase(least, bought):
    program = from_cash(np.array([100.0, 100.0]), 10_000.0, factors=1)
    cash = replace(program.rows[0], upper=1.0)
    program = replace(
        program,
        benchmark=np.array([0.05, 0.0]),
        upper=np.array([0.05, 0.0]),
        rows=(cash,),
        sizes=replace(program.sizes or Sizes.any(2), least_buy=np.full(2, least)),
    )
    plan = settle(program, nothing(program), EFFORT)
    assert plan is not None
    assert (plan[0][0] > 0.0) == bought
    if bought:
        assert plan[0][0] == 5 * 0.01


@pytest.mark.parametrize(
    ("least", "kept"), [(0.17, True), (0.1701, False)], ids=["at", "above"]
)
def test_both_sides_of_the_least_holding(least, kept):
    """Selling down to 0.17 is best: a smaller position has to go altogether."""
    program = one_lot(0.2, least_held=least)
    program = replace(
        program,
        benchmark=np.array([0.0, 0.0]),
        lower=np.array([0.0 if not kept else 0.17, 0.0]),
        upper=np.array([0.1999, 0.0]),
    )
    program = replace(program, lots=replace(program.lots, charge=np.array([0.5])))
    plan = settle(program, nothing(program), EFFORT)
    assert plan is not None
    left = program.after(*plan)[0]
    assert left == 0.0 or left >= least - DUST
    assert (program.kinds(*plan)[0] == SELL) == (left > 0.0)


def test_a_forced_part_of_a_lot_may_be_sold_off_the_grid_and_no_less():
    program = one_lot(0.2)
    forced = replace(
        program.lots,
        floor=np.array([0.0333]),
        charge=np.array([9.0]),
        cap=np.array([0.1]),
    )
    program = replace(program, lots=forced)
    plan = settle(program, nothing(program), EFFORT)
    assert plan is not None
    assert plan[1][0] == 0.0333
    check(program, plan)


def test_counts_need_no_margin_and_cash_has_one():
    rng = np.random.default_rng(5)
    program = from_cash(rng.uniform(5.0, 90.0, 30), 20_000.0)
    count = count_row("names", 30, 0, 12.0, names=np.ones(30))
    program = replace(program, rows=(*program.rows, count))
    plan = settle(program, (program.benchmark, np.zeros(0)), 3000)
    assert plan is not None
    check(program, plan)
    assert np.sum(plan[0] > 0.0) == 12
    cash = program.row_value(program.rows[0], *plan)
    assert MARGIN - 1e-12 <= cash <= 0.01 - MARGIN + 1e-12


def test_rows_that_leave_no_room_are_tried_without_margin():
    program = one_lot(0.2)
    idle = Row(
        name="turnover",
        buy=np.ones(2),
        sell=np.ones(1),
        offset=0.0,
        lower=-np.inf,
        upper=0.0,
        lower_name="",
        upper_name="turnover.maximum",
    )
    program = replace(program, rows=(*program.rows, idle))
    plan = settle(program, nothing(program), EFFORT)
    assert plan is not None
    assert not plan[0].any()
    assert not plan[1].any()


def test_where_nothing_fits_there_is_no_plan():
    program = from_cash(np.array([300.0, 700.0]), 1000.0, factors=1)
    tight = replace(program.rows[0], lower=0.2, upper=0.25)
    program = replace(program, rows=(tight,))
    assert settle(program, nothing(program), EFFORT) is None
    shut = replace(program, lower=np.array([0.31, 0.0]), upper=np.array([0.59, 1.0]))
    assert settle(shut, nothing(shut), EFFORT) is None


def test_the_start_is_kept_where_nothing_better_is_found():
    """Its lots are not the cheapest, which a limit on gains asks for."""
    program = one_lot(0.2)
    start = np.array([0.0, 0.1]), np.array([0.1])
    plan = settle(program, start, 0)
    assert plan is not None
    assert program.objective(*plan) <= program.objective(*start)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_nearest_places_of_a_plan_on_the_grid_are_its_own(seed):
    program, rng = tiny(seed), np.random.default_rng(seed)
    levels = levels_of(program)
    if (levels.starts[:, -1] == 0).any():
        return
    places = (rng.random(program.n) * levels.starts[:, -1]).astype(np.int64)
    amounts = amounts_at(levels, places)
    found = nearest_places(program, levels, program.held + amounts)
    assert amounts_at(levels, found) == pytest.approx(amounts, abs=1e-12)


def test_amounts_without_steps_are_close_to_the_best():
    rng = np.random.default_rng(4)
    program = from_cash(rng.uniform(5.0, 90.0, 12), 20_000.0)
    program = replace(program, sizes=Sizes.any(12))
    plan = settle(program, (program.benchmark * 0.99, np.zeros(0)), 5000)
    assert plan is not None
    check(program, plan, MARGIN)
    assert program.objective(*plan) < program.buy_cost[0] + 1e-6

# SPDX-License-Identifier: Apache-2.0
"""SCIP on sizes, tickets and counts: against enumeration, and by hand at each limit."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.features import Features, features, program_of
from support.sized_features import GRIDS, LIMITS
from support.sized_optimum import sized_optimum

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import LotArrays, Program, Row, at_modes
from di_optimizer.program.sizes import (
    BUY,
    EXIT,
    HOLD,
    NEAR,
    SELL,
    Sizes,
    off_grid,
)
from di_optimizer.solve.exact import engine as exact
from di_optimizer.solve.exact.cells import cells_of
from di_optimizer.solve.exact.model import model_of
from di_optimizer.solve.exact.polish import FEASIBLE, missed
from di_optimizer.solve.exact.start import offer
from di_optimizer.solve.solution import Settings, Solution, Status

GAP = 1e-7
EXACT = 2e-8  # tolerances of SCIP, Clarabel and HiGHS, fraction of base
TIGHT = Settings(gap=GAP)
TINY = ("", "whole", "blocks")  # grids coarse enough for the enumeration
PLANS = (Status.SOLVED, Status.LIMIT, Status.TIME)


def is_plan(program: Program, solution: Solution) -> bool:
    """Whether every limit is kept: sizes and counts as they are, the rest to 1e-9."""
    buys, sells = solution.buys, solution.sells
    assert solution.objective == program.objective(buys, sells)
    fixed = at_modes(program, solution.modes)
    allowed = bool(of_allowed_size(fixed, buys, sells).all())
    return allowed and missed(program, buys, sells) <= FEASIBLE


def check(program: Program, solution: Solution, optimum: float) -> None:
    """The interval holds the optimum, and the plan is one."""
    if np.isinf(optimum):
        assert solution.status is Status.INFEASIBLE
        assert solution.buys is None
        return
    assert solution.status is Status.SOLVED
    assert solution.bound <= optimum + EXACT
    assert optimum - EXACT <= solution.objective <= optimum + GAP + EXACT
    assert is_plan(program, solution)


def holdings(
    held: tuple[float, ...], benchmark: tuple[float, ...], **sizes: float
) -> Program:
    """Securities without costs or common risk, a lot each, and any cash."""
    n, weight = len(held), np.array(held)
    own = np.flatnonzero(weight)
    none = np.zeros(len(own))
    given = {f.name: np.full(n, 0.0) for f in dataclasses.fields(Sizes)}
    given |= {name: np.full(n, value) for name, value in sizes.items()}
    cash = Row(
        name="cash",
        buy=-np.ones(n),
        sell=np.ones(len(own)),
        offset=1.0 - float(weight.sum()),
        lower=0.0,
        upper=1.0,
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )
    return Program(
        gamma=10.0,
        exposures=np.zeros((n, 1)),
        specific=np.full(n, 0.1),
        benchmark=np.array(benchmark),
        held=weight,
        lower=np.zeros(n),
        upper=np.ones(n),
        lower_name=("",) * n,
        upper_name=("",) * n,
        buy_cost=np.zeros(n),
        lots=LotArrays.free(
            security=own,
            weight=weight[own],
            gain=none,
            rate=none,
            long_term=none > 0.0,
            sell_cost=none,
        ),
        rows=(cash,),
        sizes=Sizes(**given),
    )


def counting(program: Program, least: float, most: float, *, of: str) -> Program:
    """The program with a limit on how many are held (names) or traded (trades)."""
    row = dataclasses.replace(
        program.rows[0],
        name=of,
        buy=np.zeros(program.n),
        sell=np.zeros(len(program.lots)),
        offset=0.0,
        lower=least,
        upper=most,
        **{of: np.ones(program.n)},
    )
    return dataclasses.replace(program, rows=(*program.rows, row))


def solved(program: Program) -> tuple[Solution, list[int], list[float]]:
    """The answer, equal to the enumeration's, its kinds, and weights afterwards."""
    solution = exact.solve(program, TIGHT)
    check(program, solution, sized_optimum(program))
    kinds = program.kinds(solution.buys, solution.sells).tolist()
    after = program.after(solution.buys, solution.sells)
    return solution, kinds, after.round(5).tolist()


@pytest.mark.parametrize("grid", TINY)
def test_the_optimum_is_that_of_the_enumeration(grid: str) -> None:
    plans = 0
    for seed in range(12):
        limits = tuple(n for i, n in enumerate(LIMITS) if (seed + i) % 3 == 0)
        wanted = Features(
            seed=seed,
            securities=2 + seed % 2,
            rows=("sector",) if seed % 4 == 0 else (),
            groups=("wash",) if seed % 5 == 0 else (),
            restricted=seed % 4 == 1,
            lot_limits=seed % 4 == 2,
            netted=seed % 6 == 3,
            capped=seed % 6 == 4,
            planted=None if seed % 3 == 0 else 0.02,
            grid=grid,
            limits=limits,
        )
        program = program_of(wanted)
        optimum = sized_optimum(program)
        check(program, exact.solve(program, TIGHT), optimum)
        plans += bool(np.isfinite(optimum))
    assert plans >= 8


@settings(max_examples=25, deadline=None)
@given(
    wanted=features(3),
    grid=st.sampled_from(TINY),
    limits=st.lists(st.sampled_from(LIMITS), max_size=3, unique=True),
)
def test_any_tiny_program_is_solved(
    wanted: Features, grid: str, limits: list[str]
) -> None:
    groups = tuple(g for g in wanted.groups if g != "trade_off")
    assume(not wanted.capped or wanted.planted != 0.0)  # a single point is no cone
    few = {"lots": min(wanted.lots, 2), "groups": groups[:1]}
    sized = {"grid": grid, "limits": tuple(limits)}
    program = program_of(dataclasses.replace(wanted, **few, **sized))
    assume(sum(len(group.modes) for group in program.groups) < 6)
    optimum = sized_optimum(program)
    solution = exact.solve(program, TIGHT)
    check(program, solution, optimum)
    assert wanted.planted is None or np.isfinite(optimum)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    wanted=features(3),
    grid=st.sampled_from(GRIDS),
    limits=st.lists(st.sampled_from(LIMITS), max_size=4, unique=True),
)
def test_what_is_planted_is_found(
    wanted: Features, grid: str, limits: list[str]
) -> None:
    sized = {"grid": grid, "limits": tuple(limits), "planted": 0.01}
    program = program_of(dataclasses.replace(wanted, **sized))
    solution = exact.solve(program, Settings(gap=1e-5, seconds=5.0))
    assert solution.status in PLANS
    assert is_plan(program, solution)
    assert solution.bound <= solution.objective


@pytest.mark.parametrize(
    ("least", "kind"), [(0.1, BUY), (0.1 - 1e-9, BUY), (0.19, BUY), (0.21, HOLD)]
)
def test_a_purchase_is_at_least_its_minimum_or_none(least: float, kind: int) -> None:
    """The benchmark is 0.1 away: 0.19 overshoots by less than staying misses."""
    program = holdings((0.2,), (0.3,), least_buy=least)
    _, kinds, after = solved(program)
    assert kinds == [kind]
    assert after == ([round(0.2 + max(least, 0.1), 5)] if kind == BUY else [0.2])


@pytest.mark.parametrize(
    ("least", "kind"), [(0.1, SELL), (0.1 - 1e-9, SELL), (0.19, SELL), (0.21, HOLD)]
)
def test_a_sale_is_at_least_its_minimum_or_none(least: float, kind: int) -> None:
    _, kinds, after = solved(holdings((0.5,), (0.4,), least_sell=least))
    assert kinds == [kind]
    assert after == ([round(0.5 - max(least, 0.1), 5)] if kind == SELL else [0.5])


def test_a_full_exit_is_of_any_size() -> None:
    """What is held is below the least sale and half a step; selling all is open."""
    program = holdings((0.05,), (0.0,), least_sell=0.3, step=0.1)
    solution, kinds, after = solved(program)
    assert (kinds, after) == ([EXIT], [0.0])
    assert solution.sells.tolist() == program.lots.weight.tolist()
    kept = dataclasses.replace(program, lower=np.array([1e-6]))
    assert solved(kept)[1] == [HOLD]


@pytest.mark.parametrize(
    ("least", "wanted", "after"),
    [(0.1, 0.1, 0.1), (0.101, 0.1, 0.101), (0.1, 0.06, 0.1), (0.1, 0.04, 0.0)],
)
def test_a_position_is_at_least_its_minimum_or_none(
    least: float, wanted: float, after: float
) -> None:
    """At its minimum it may stay; below, it is topped up or sold."""
    assert solved(holdings((0.1,), (wanted,), least_held=least))[2] == [after]


def test_trades_are_whole_numbers_of_steps_to_the_last_digit() -> None:
    step = 1.0 / 30.0
    program = holdings((0.31, 0.0, 0.2), (0.2, 0.33, 0.47), step=step)
    solution, kinds, _ = solved(program)
    assert kinds == [SELL, BUY, BUY]
    assert solution.sells[0] == step * round(solution.sells[0] / step)
    for bought in solution.buys[1:]:
        assert bought == step * round(bought / step)


def test_a_forced_sale_off_the_grid_is_just_that_or_on_the_grid() -> None:
    program = holdings((0.5,), (0.45,), step=0.1)
    floored = dataclasses.replace(program.lots, floor=np.array([0.07]))
    forced = dataclasses.replace(program, lots=floored)
    assert solved(forced)[2] == [0.43]
    lower = dataclasses.replace(forced, benchmark=np.array([0.41]))
    assert solved(lower)[2] == [0.4]
    least = dataclasses.replace(program.sizes, least_sell=np.array([0.08]))
    assert solved(dataclasses.replace(forced, sizes=least))[2] == [0.4]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_at_most_so_many_names(count: int) -> None:
    program = holdings((0.0, 0.0, 0.3, 0.1), (0.4, 0.3, 0.15, 0.1))
    solution, _, after = solved(counting(program, -np.inf, count, of="names"))
    assert np.count_nonzero(after) == count
    more = exact.solve(counting(program, -np.inf, count + 1, of="names"), TIGHT)
    assert more.objective < solution.objective - 1e-5


def test_one_name_more_than_can_be_held() -> None:
    """Three of at least 0.4 are more than all of the account."""
    program = holdings((0.4, 0.0, 0.0), (0.4, 0.3, 0.3), least_held=0.4)
    _, _, after = solved(counting(program, 2.0, np.inf, of="names"))
    assert np.count_nonzero(after) == 2
    three = counting(program, 3.0, np.inf, of="names")
    assert exact.solve(three, TIGHT).status is Status.INFEASIBLE
    assert np.isinf(sized_optimum(three))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_at_most_so_many_trades(count: int) -> None:
    program = holdings((0.5, 0.3, 0.1), (0.3, 0.4, 0.15))
    limited = dataclasses.replace(counting(program, 0.0, count, of="trades"))
    _, kinds, _ = solved(dataclasses.replace(limited, sizes=None))
    assert sum(kind != HOLD for kind in kinds) == count
    assert all(kinds[i] != HOLD for i in range(count))


@pytest.mark.parametrize(("ticket", "kind"), [(0.0099, BUY), (0.0101, HOLD)])
def test_a_ticket_is_paid_where_a_trade_is_worth_it(ticket: float, kind: int) -> None:
    """Going 0.1 to the benchmark saves 10 · 0.1 · 0.1² = 0.01."""
    solution, kinds, _ = solved(holdings((0.2,), (0.3,), ticket=ticket))
    assert kinds == [kind]
    assert solution.terms["cost"] == (ticket if kind == BUY else 0.0)


def test_cash_pays_for_tickets() -> None:
    """What is left for shares is cash less a ticket for each that is traded."""
    program = holdings((0.4, 0.2, 0.1), (0.45, 0.4, 0.2), ticket=0.002)
    cash = dataclasses.replace(program.rows[0], trades=-program.sizes.ticket)
    paid = dataclasses.replace(program, rows=(cash,))
    solution, kinds, _ = solved(paid)
    spent = float(solution.buys.sum()) + 0.002 * kinds.count(BUY)
    assert spent <= 0.3 + float(solution.sells.sum()) + FEASIBLE
    assert solution.objective > exact.solve(program, TIGHT).objective + 5e-6


def test_steps_finer_than_the_tolerance_of_a_whole_number_are_kept() -> None:
    """A millionth of a share of 100 in an account of a million."""
    step = 1e-10
    program = holdings((0.31, 0.1), (0.123456789, 0.2), step=step, least_sell=0.15)
    tight = dataclasses.replace(program.rows[0], lower=0.6, upper=0.6 + 1e-9)
    solution = exact.solve(dataclasses.replace(program, rows=(tight,)), TIGHT)
    assert solution.status is Status.SOLVED
    assert is_plan(program, solution)
    assert off_grid(solution.sells, program.sizes.step).max() <= NEAR


def test_a_program_with_free_sizes_is_one_without() -> None:
    program = program_of(Features(seed=4, securities=5, groups=("wash",), planted=0.0))
    free = dataclasses.replace(program, sizes=Sizes.any(5))
    first, second = (exact.solve(one, TIGHT) for one in (program, free))
    assert abs(first.objective - second.objective) <= GAP + EXACT


def test_a_plan_is_a_start_and_a_plan_off_the_grid_is_none() -> None:
    program = program_of(
        Features(seed=2, securities=6, grid="blocks", limits=LIMITS[:3], planted=0.02)
    )
    known = exact.solve(program, TIGHT)
    model = model_of(program, cells_of(program))
    assert offer(model, program, known)
    stepped = np.flatnonzero((program.sizes.step > 0.0) & (known.buys > 0.0))
    assert len(stepped)
    buys = known.buys.copy()
    buys[stepped[0]] += 0.3 * program.sizes.step[stepped[0]]
    assert not offer(model, program, dataclasses.replace(known, buys=buys))


def test_whole_shares_at_mid_size_have_a_plan_at_once() -> None:
    wanted = Features(seed=5, securities=60, lots=3, factors=4, grid="whole")
    program = program_of(dataclasses.replace(wanted, limits=("tickets",)))
    solution = exact.solve(program, Settings(gap=1e-5, seconds=3.0))
    assert solution.buys is not None
    assert is_plan(program, solution)
    assert solution.gap < 5e-3


def test_sizes_that_are_no_numbers_are_refused() -> None:
    program = holdings((0.2,), (0.3,), ticket=np.nan)
    solution = exact.solve(program, TIGHT)
    assert solution.status is Status.FAILED
    assert solution.message == "not finite, or too large for SCIP: sizes.ticket"

# SPDX-License-Identifier: Apache-2.0
"""The reference engine on sizes, tickets and counts: by hand, and against enumeration.

By hand, risk is specific alone: an active weight of a costs γ·d·a², which is a² here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.plain import misses
from support.sized import sized_program
from support.sized_optimum import sized_optimum

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Floats, LotArrays, Program, Row, at_modes
from di_optimizer.program.sizes import BUY, EXIT, HOLD, SELL, Sizes
from di_optimizer.solve.proof import prove
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.solution import Settings, Solution, Status

CLOSE = 1e-8  # fraction of base: an interior point on a parabola of curvature 2


def account(
    benchmark: list[float],
    lots: list[tuple[int, float]] | None = None,
    *,
    cash: tuple[float, float] = (0.0, 1.0),
    **limits: float,
) -> Program:
    """Return a program without costs; ``lots`` are (security, weight), flat gains."""
    n, own = len(benchmark), lots or []
    weight = np.array([w for _, w in own])
    security = np.array([i for i, _ in own], dtype=np.int64)
    held = np.bincount(security, weights=weight, minlength=n).astype(np.float64)
    none = np.zeros(len(own))
    arrays = LotArrays.free(
        security=security,
        weight=weight,
        gain=none,
        rate=none,
        long_term=np.zeros(len(own), dtype=np.bool_),
        sell_cost=none,
    )
    names = ("step", "least_buy", "least_sell", "least_held", "ticket")
    sizes = {name: np.full(n, limits.get(name, 0.0)) for name in names}
    return Program(
        gamma=1.0,
        exposures=np.zeros((n, 1)),
        specific=np.ones(n),
        benchmark=np.array(benchmark),
        held=held,
        lower=np.zeros(n),
        upper=np.ones(n),
        lower_name=("",) * n,
        upper_name=("",) * n,
        buy_cost=np.zeros(n),
        lots=arrays,
        rows=(row(n, len(own), "cash", cash, 1.0 - float(held.sum())),),
        sizes=Sizes(**sizes),
    )


def row(
    n: int, lots: int, name: str, ends: tuple[float, float], offset: float = 0.0
) -> Row:
    amounts = 1.0 if name == "cash" else 0.0
    return Row(
        name=name,
        buy=np.full(n, -amounts),
        sell=np.full(lots, amounts),
        offset=offset,
        lower=ends[0],
        upper=ends[1],
        lower_name=f"{name}.minimum",
        upper_name=f"{name}.maximum",
        names=np.ones(n) if name == "names" else None,
        trades=np.ones(n) if name == "trades" else None,
    )


def counted(program: Program, name: str, low: float, high: float) -> Program:
    """Return the program with between ``low`` and ``high`` names or trades."""
    added = row(program.n, len(program.lots), name, (low, high))
    return replace(program, rows=(*program.rows, added))


def solved(program: Program, gap: float = 1e-7, flips: int = 4) -> Solution:
    """Solve; what the answer says about itself has to be true."""
    found = solve(program, Settings(gap=gap, flips=flips))
    if found.bound is not None:
        proven = prove(program, found.leaves)
        assert proven.complete
        assert proven.bound >= found.bound - 1e-10 * max(1.0, abs(found.bound))
    if found.buys is None:
        assert found.status in (Status.INFEASIBLE, Status.NO_PLAN)
        return found
    fixed = at_modes(program, found.modes)
    assert of_allowed_size(fixed, found.buys, found.sells).all()
    values = [program.row_value(r, found.buys, found.sells) for r in program.rows]
    for value, limit in zip(values, program.rows, strict=True):
        assert limit.lower - 1e-9 <= value <= limit.upper + 1e-9
    missed = misses(replace(program, rows=()), found)
    assert all(miss <= 1e-9 for miss in missed.values()), missed
    value = program.objective(found.buys, found.sells)
    assert found.objective == pytest.approx(value, abs=1e-12)
    assert found.bound <= found.objective
    assert (found.gap <= gap) is (found.status is Status.SOLVED)
    return found


def weights(program: Program, gap: float = 1e-7) -> Floats:
    found = solved(program, gap)
    return program.after(found.buys, found.sells)


@pytest.mark.parametrize(
    ("step", "bought"),
    [(0.1, 0.4), (0.01, 0.37), (0.0, 0.37), (0.25, 0.25), (0.2, 0.4), (0.5, 0.5)],
)
def test_d5_whole_shares_and_fractions(step: float, bought: float) -> None:
    """Of a wish of 0.37 the nearest amount there is, where cash is no limit."""
    assert weights(account([0.37], step=step)) == pytest.approx([bought], abs=1e-7)


@pytest.mark.parametrize(("wish", "bought"), [(0.374, 0.25), (0.376, 0.5)])
def test_d6_blocks_on_both_sides_of_half_a_block(wish: float, bought: float) -> None:
    assert weights(account([wish], step=0.25)) == pytest.approx([bought])


def test_d6_every_security_has_a_grid_of_its_own() -> None:
    program = account([0.31, 0.31, 0.31])
    sizes = replace(program.sizes, step=np.array([0.05, 0.2, 0.0]))
    x = weights(replace(program, sizes=sizes))
    assert x == pytest.approx([0.3, 0.4, 0.3], abs=1e-4)  # cash is all there is
    assert x[:2] == pytest.approx([0.3, 0.4], abs=1e-12)


@pytest.mark.parametrize(("money", "shares"), [(300.0, 37), (304.0, 38), (303.99, 37)])
def test_d7_the_share_that_cash_does_not_reach_is_not_bought(
    money: float, shares: int
) -> None:
    """300 at a price of 8 buy 37.5 shares: 37 and no more."""
    program = account([1.0], step=8.0 / money)
    found = solved(program)
    assert found.buys[0] * money / 8.0 == pytest.approx(shares, abs=1e-9)


@pytest.mark.parametrize(("wish", "after"), [(0.524, 0.5), (0.526, 0.55)])
def test_d11_the_least_purchase_is_made_from_half_of_it_on(
    wish: float, after: float
) -> None:
    program = account([wish], [(0, 0.5)], least_buy=0.05)
    assert weights(program) == pytest.approx([after], abs=1e-9)


@pytest.mark.parametrize(("wish", "after"), [(0.476, 0.5), (0.474, 0.45)])
def test_d11_the_least_sale_is_made_from_half_of_it_on(
    wish: float, after: float
) -> None:
    program = account([wish], [(0, 0.5)], least_sell=0.05)
    assert weights(program) == pytest.approx([after], abs=1e-9)


@pytest.mark.parametrize(("wish", "after"), [(0.551, 0.551), (0.449, 0.449)])
def test_d11_above_the_least_every_amount_is_allowed(wish: float, after: float) -> None:
    program = account([wish], [(0, 0.5)], least_sell=0.05, least_buy=0.05)
    assert weights(program) == pytest.approx([after], abs=1e-6)


@pytest.mark.parametrize(("wish", "after"), [(0.0, 0.0), (0.009, 0.0), (0.011, 0.02)])
def test_d12_a_full_exit_may_be_of_any_size(wish: float, after: float) -> None:
    """0.02 is below the least sale and off the grid: it may go whole or not at all."""
    program = account([wish], [(0, 0.013), (0, 0.007)], least_sell=0.05, step=0.03)
    found = solved(program)
    assert program.after(found.buys, found.sells) == pytest.approx([after], abs=1e-12)
    if after == 0.0:
        assert found.sells.tolist() == program.lots.weight.tolist()
        assert program.kinds(found.buys, found.sells).tolist() == [EXIT]


@pytest.mark.parametrize(("wish", "after"), [(0.024, 0.0), (0.026, 0.05)])
def test_d13_no_position_below_the_least(wish: float, after: float) -> None:
    assert weights(account([wish], least_held=0.05)) == pytest.approx([after])


@pytest.mark.parametrize(
    ("held", "wish", "after"),
    [(0.04, 0.024, 0.0), (0.04, 0.026, 0.05), (0.05, 0.05, 0.05), (0.3, 0.02, 0.0)],
)
def test_d13_a_position_below_the_least_is_topped_up_or_sold(
    held: float, wish: float, after: float
) -> None:
    program = account([wish], [(0, held)], least_held=0.05)
    assert weights(program) == pytest.approx([after], abs=1e-9)


@pytest.mark.parametrize(
    ("most", "after"),
    [(3, [0.4, 0.3, 0.2]), (2, [0.4, 0.3, 0.0]), (1, [0.4, 0, 0]), (0, [0, 0, 0])],
)
@pytest.mark.parametrize("step", [0.0, 0.1])
def test_d14_at_most_so_many_names(most: int, after: list[float], step: float) -> None:
    program = counted(account([0.4, 0.3, 0.2], step=step), "names", -np.inf, most)
    found = solved(program)
    assert program.after(found.buys, found.sells) == pytest.approx(after, abs=1e-6)
    left = sum(b**2 for b, x in zip([0.4, 0.3, 0.2], after, strict=True) if x == 0)
    assert found.objective == pytest.approx(left, abs=CLOSE)


def test_d14_names_that_are_held_count_until_they_are_sold() -> None:
    held = [(0, 0.3), (1, 0.3), (2, 0.3)]
    program = counted(account([0.3, 0.3, 0.2], held), "names", -np.inf, 2)
    found = solved(program)
    assert program.after(found.buys, found.sells)[:2] == pytest.approx(0.3, abs=1e-5)
    assert program.kinds(found.buys, found.sells)[2] == EXIT
    assert found.objective == pytest.approx(0.04, abs=CLOSE)


@pytest.mark.parametrize(("least", "third"), [(2, 0.0), (3, 0.05)])
def test_d14_at_least_so_many_names(least: int, third: float) -> None:
    program = account([0.6, 0.3, 0.0], least_held=0.05)
    x = weights(counted(program, "names", least, np.inf))
    assert x == pytest.approx([0.6, 0.3, third], abs=1e-6)


@pytest.mark.parametrize(
    ("most", "kinds", "left"),
    [
        (2, [BUY, SELL, HOLD], 0.0),
        (1, [HOLD, SELL, HOLD], 0.01),
        (0, [HOLD, HOLD, HOLD], 0.05),
    ],
)
def test_d14_at_most_so_many_trades(most: int, kinds: list[int], left: float) -> None:
    held = [(0, 0.2), (1, 0.4), (2, 0.1)]
    program = counted(account([0.3, 0.2, 0.1], held), "trades", -np.inf, most)
    found = solved(program)
    assert program.kinds(found.buys, found.sells).tolist() == kinds
    assert found.objective == pytest.approx(left, abs=CLOSE)


@pytest.mark.parametrize(
    ("ticket", "after"), [(0.0099, 0.4), (0.0101, 0.3), (0.0, 0.4)]
)
def test_c4_a_ticket_is_paid_where_the_trade_is_worth_it(
    ticket: float, after: float
) -> None:
    """0.1 of active weight costs 0.01."""
    program = account([0.4], [(0, 0.3)], ticket=ticket)
    found = solved(program)
    assert program.after(found.buys, found.sells) == pytest.approx([after], abs=1e-6)
    assert found.objective == pytest.approx(min(ticket, 0.01), abs=CLOSE)
    assert found.terms["cost"] == (ticket if after == 0.4 else 0.0)


def test_c4_cash_pays_for_tickets() -> None:
    program = account([1.0], ticket=0.01)
    cash = replace(program.rows[0], trades=-program.sizes.ticket)
    x = weights(replace(program, rows=(cash,)))
    assert x == pytest.approx([0.99], abs=1e-6)


def test_a_forced_sale_may_be_just_that_or_on_the_grid() -> None:
    program = account([0.48], [(0, 0.5)], step=0.2)
    lots = replace(program.lots, floor=np.array([0.03]))
    assert weights(replace(program, lots=lots)) == pytest.approx([0.47], abs=1e-12)
    low = replace(program, lots=lots, benchmark=np.array([0.36]))
    assert weights(low) == pytest.approx([0.3], abs=1e-12)


@pytest.mark.parametrize(("step", "plan"), [(0.25, True), (0.3, False)])
def test_a_grid_that_fits_no_row_is_no_plan_and_not_infeasible(
    step: float, plan: bool
) -> None:
    """All cash has to be spent: four steps of 0.25 do, none of 0.3."""
    found = solved(account([0.5, 0.5], step=step, cash=(0.0, 0.0)))
    assert found.status is (Status.SOLVED if plan else Status.NO_PLAN)
    assert not found.conflicts


def test_more_names_than_there_are_is_no_plan() -> None:
    found = solved(counted(account([0.5, 0.5], least_held=0.01), "names", 3, 9))
    assert found.buys is None


def test_limits_in_conflict_are_infeasible_with_sizes_too() -> None:
    program = account([0.5, 0.5], step=0.01, cash=(1.2, 2.0))
    found = solved(program)
    assert found.status is Status.INFEASIBLE
    assert [conflict.name for conflict in found.conflicts] == ["cash.minimum"]


def test_a_cap_on_tracking_error_holds_on_the_grid() -> None:
    """Of two steps too many or too few only one is within the cap."""
    program = replace(account([0.43], step=0.1), gamma=0.0, buy_cost=np.ones(1))
    tight, loose = (replace(program, variance_cap=cap**2) for cap in (0.031, 0.131))
    assert weights(tight) == pytest.approx([0.4])
    assert weights(loose) == pytest.approx([0.3])


@pytest.mark.parametrize("seed", [0, 4, 6, 8, 10, 12, 16, 18])
def test_random_programs_against_enumeration(seed: int) -> None:
    program = sized_program(seed, groups=seed % 4 == 0)
    best = sized_optimum(program)
    found = solved(program)
    if found.buys is None:
        assert best == np.inf or found.status is Status.NO_PLAN
        return
    small = 1e-8 * max(1.0, abs(best))
    assert found.bound <= best + small
    assert best - small <= found.objective
    if not program.groups:
        assert found.objective <= best + 1e-6 * max(1.0, abs(best))


@pytest.mark.parametrize("names", [None, 20])
def test_many_names_in_whole_shares_end_close_to_the_bound(names: int | None) -> None:
    """From cash, 60 names at prices up to a tenth of the account, little cash left."""
    rng = np.random.default_rng(3)
    benchmark = rng.dirichlet(np.full(60, 0.7))
    program = account(benchmark.tolist(), cash=(0.0, 0.01))
    program = replace(
        program,
        gamma=10.0,
        exposures=rng.normal(0.0, 0.05, (60, 3)) + np.array([0.16, 0.0, 0.0]),
        specific=rng.uniform(0.02, 0.16, 60),
        sizes=replace(program.sizes, step=np.exp(rng.uniform(-7.0, -2.3, 60))),
    )
    if names is not None:
        program = counted(program, "names", -np.inf, names)
    found = solved(program)
    assert np.count_nonzero(found.buys) <= (names or 60)
    assert found.gap <= 0.02 * found.objective

# SPDX-License-Identifier: Apache-2.0
"""The certified engine on sizes, tickets and counts, by hand: both sides of each limit.

By hand, risk is specific alone: an active weight of a costs γ·d·a², which is a² here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import honest
from support.by_hand import account, counted, paid_by_cash

from di_optimizer.program.program import Floats, Program
from di_optimizer.program.sizes import BUY, EXIT, HOLD, SELL, off_grid
from di_optimizer.solve.certified.engine import solve
from di_optimizer.solve.solution import Settings, Solution, Status

GAP = 1e-7
CLOSE = 1e-7  # fraction of base: cash keeps a margin of 1e-8
HAIR = 1e-9  # fraction of base: more than any rounding, less than anybody minds

pytestmark = pytest.mark.slow


def solved(program: Program) -> Solution:
    """Solve to the end; what the answer says about itself has to be true."""
    found = solve(program, Settings(gap=GAP, nodes=2000))
    honest.check(program, found, GAP)
    assert found.status is Status.SOLVED
    return found


def weights(program: Program) -> Floats:
    return honest.after(program, solved(program))


def kinds(program: Program) -> list[int]:
    found = solved(program)
    assert found.buys is not None
    assert found.sells is not None
    return program.kinds(found.buys, found.sells).tolist()


@pytest.mark.parametrize(
    ("step", "bought"),
    [(0.1, 0.4), (0.01, 0.37), (0.0, 0.37), (0.25, 0.25), (0.2, 0.4), (0.5, 0.5)],
)
def test_the_nearest_amount_is_bought(step: float, bought: float) -> None:
    assert weights(account([0.37], step=step)) == pytest.approx([bought], abs=CLOSE)


@pytest.mark.parametrize(("wish", "bought"), [(0.374, 0.25), (0.376, 0.5)])
def test_half_a_block_decides(wish: float, bought: float) -> None:
    assert weights(account([wish], step=0.25)) == pytest.approx([bought], abs=1e-12)


def test_every_security_has_a_grid_of_its_own() -> None:
    program = account([0.31, 0.31, 0.31], step=[0.05, 0.2, 0.0])
    assert weights(program) == pytest.approx([0.3, 0.4, 0.3], abs=CLOSE)


@pytest.mark.parametrize(
    ("price", "wish", "shares"),
    [
        (0.01, 0.3700000049, 37_000_000),
        (0.01, 0.3700000051, 37_000_001),
        (600_000.0, 0.29, 0),
        (600_000.0, 0.31, 1),
        (48.1234, 0.3, 6234),
    ],
)
def test_prices_from_a_cent_to_600_000(price: float, wish: float, shares: int) -> None:
    """A million; half a share decides."""
    step = price / 1e6
    found = solved(account([wish], step=step))
    assert found.buys is not None
    assert found.buys[0] == pytest.approx(shares * step, abs=2.0 * step * (step < 1e-7))
    assert off_grid(found.buys, np.array([step])).max() <= 1e-6


@pytest.mark.parametrize("money", [599_999.99, 600_000.0])
def test_one_share_is_all_that_cash_pays_for_or_too_much(money: float) -> None:
    found = solved(account([1.0], step=600_000.0 / money))
    assert found.buys is not None
    assert found.buys[0] == (1.0 if money == 600_000.0 else 0.0)


@pytest.mark.parametrize("step", [4.8123e-9, 1e-7, 1e-6])
def test_fine_steps_are_kept(step: float) -> None:
    """Fractions to 9 decimals, beside a whole share and any amount."""
    program = account([0.31, 0.31, 0.31], step=[step, 0.2, 0.0], cash=(0.0, 0.001))
    x = weights(program)
    assert x == pytest.approx([0.3, 0.4, 0.3], abs=1e-3)
    assert off_grid(x[:1], np.array([step])).max() <= 1e-6


@pytest.mark.parametrize(
    ("money", "shares"), [(300.0, 37), (304.0, 38), (303.99, 37), (304.01, 38)]
)
def test_the_share_that_cash_does_not_reach_is_not_bought(
    money: float, shares: int
) -> None:
    """At a price of 8, of 300 there are 37 and no more; 304 are 38 to the last cent."""
    found = solved(account([1.0], step=8.0 / money))
    assert found.buys is not None
    assert found.buys[0] * money / 8.0 == pytest.approx(shares, abs=1e-9)


@pytest.mark.parametrize(("least", "bought"), [(0.1, 0.9), (0.1 + 1e-8, 0.8)])
def test_cash_that_has_to_stay(least: float, bought: float) -> None:
    program = account([1.0], step=0.1, cash=(least, 1.0))
    assert weights(program) == pytest.approx([bought], abs=1e-12)


@pytest.mark.parametrize("step", [0.0, 0.05])
def test_nothing_need_be_done_where_cash_is_just_at_its_limit(step: float) -> None:
    """All is invested, as cash allows: a sale as small as one likes is none."""
    program = account([0.2, 0.8], [(0, 0.2), (1, 0.8)], step=step, least_sell=0.05)
    assert kinds(program) == [HOLD, HOLD]


@pytest.mark.parametrize(("wish", "after"), [(0.524, 0.5), (0.526, 0.55)])
@pytest.mark.parametrize("step", [0.0, 0.01])
def test_the_least_purchase(wish: float, after: float, step: float) -> None:
    program = account([wish], [(0, 0.5)], least_buy=0.05, step=step)
    assert weights(program) == pytest.approx([after], abs=1e-12)


@pytest.mark.parametrize(("wish", "after"), [(0.476, 0.5), (0.474, 0.45)])
@pytest.mark.parametrize("step", [0.0, 0.01])
def test_the_least_sale(wish: float, after: float, step: float) -> None:
    program = account([wish], [(0, 0.5)], least_sell=0.05, step=step)
    assert weights(program) == pytest.approx([after], abs=1e-12)


@pytest.mark.parametrize("step", [0.0, 0.1])
@pytest.mark.parametrize(("room", "kind"), [(0.0, 1), (-1e-13, 1), (-HAIR, 0)])
def test_the_least_trade_just_within_a_limit_of_the_weight(
    step: float, room: float, kind: int
) -> None:
    sale = account([0.3], [(0, 0.5)], least_sell=0.1, step=step)
    sale = replace(sale, lower=np.array([0.4 - room]))
    assert kinds(sale) == [(HOLD, SELL)[kind]]
    purchase = account([0.7], [(0, 0.5)], least_buy=0.1, step=step)
    purchase = replace(purchase, upper=np.array([0.6 + room]))
    assert kinds(purchase) == [(HOLD, BUY)[kind]]


@pytest.mark.parametrize(("wish", "after"), [(0.0, 0.0), (0.009, 0.0), (0.011, 0.02)])
def test_a_full_exit_may_be_of_any_size(wish: float, after: float) -> None:
    """0.02 is below the least sale and off the grid: it may go whole or not at all."""
    program = account([wish], [(0, 0.013), (0, 0.007)], least_sell=0.05, step=0.03)
    found = solved(program)
    assert honest.after(program, found) == pytest.approx([after], abs=1e-12)
    if after == 0.0:
        assert found.sells is not None
        assert found.sells.tolist() == program.lots.weight.tolist()
        assert kinds(program) == [EXIT]


@pytest.mark.parametrize(
    ("wish", "after"), [(0.0, 0.0), (0.0117, 0.0), (0.012, 0.023456), (0.1, 0.103456)]
)
def test_odd_positions_leave_by_whole_shares_or_whole(
    wish: float, after: float
) -> None:
    """12.3456 shares at a hundredth of the account each."""
    program = account([wish], [(0, 0.123), (0, 0.000456)], step=0.01)
    assert weights(program) == pytest.approx([after], abs=1e-12)


def test_an_exit_that_a_kept_lot_forbids() -> None:
    program = account([0.0], [(0, 0.12), (0, 0.003456)], step=0.01)
    lots = replace(program.lots, cap=np.array([0.12, 0.0]))
    assert weights(replace(program, lots=lots)) == pytest.approx([0.003456], abs=1e-12)


@pytest.mark.parametrize(("wish", "after"), [(0.024, 0.0), (0.026, 0.05)])
@pytest.mark.parametrize("step", [0.0, 0.01])
def test_no_position_below_the_least(wish: float, after: float, step: float) -> None:
    program = account([wish], least_held=0.05, step=step)
    assert weights(program) == pytest.approx([after], abs=1e-12)


@pytest.mark.parametrize(
    ("held", "wish", "after"),
    [(0.04, 0.024, 0.0), (0.04, 0.026, 0.05), (0.05, 0.05, 0.05), (0.3, 0.02, 0.0)],
)
@pytest.mark.parametrize("step", [0.0, 0.01])
def test_a_position_below_the_least_is_topped_up_or_sold(
    held: float, wish: float, after: float, step: float
) -> None:
    program = account([wish], [(0, held)], least_held=0.05, step=step)
    assert weights(program) == pytest.approx([after], abs=1e-9)


@pytest.mark.parametrize("step", [0.0, 0.1])
@pytest.mark.parametrize(("over", "after"), [(0.0, 0.3), (HAIR, 0.5)])
def test_a_sale_down_to_the_least_holding(
    step: float, over: float, after: float
) -> None:
    """0.2 is sold at least: to 0.3, or not where 0.3 and a hair is the least."""
    program = account([0.31], [(0, 0.5)], least_sell=0.2, step=step)
    sizes = replace(program.sizes, least_held=np.array([0.3 + over]))
    assert weights(replace(program, sizes=sizes)) == pytest.approx([after], abs=1e-12)


@pytest.mark.parametrize(
    ("wish", "after"), [(0.48, 0.47), (0.36, 0.3), (0.39, 0.47), (0.12, 0.1)]
)
def test_a_forced_sale_may_be_just_that_or_on_the_grid(
    wish: float, after: float
) -> None:
    """0.03 of 0.5 has to be sold, in steps of 0.2."""
    program = account([wish], [(0, 0.5)], step=0.2)
    lots = replace(program.lots, floor=np.array([0.03]))
    assert weights(replace(program, lots=lots)) == pytest.approx([after], abs=1e-12)


@pytest.mark.parametrize(("least", "after"), [(0.03, 0.47), (0.031, 0.3)])
def test_a_forced_sale_is_a_sale_of_the_least_size(least: float, after: float) -> None:
    program = account([0.48], [(0, 0.5)], step=0.2, least_sell=least)
    lots = replace(program.lots, floor=np.array([0.03]))
    assert weights(replace(program, lots=lots)) == pytest.approx([after], abs=1e-12)


@pytest.mark.parametrize("least", [0.47, 0.47 + HAIR])
def test_a_forced_sale_leaves_the_least_holding_or_nothing(least: float) -> None:
    program = account([0.48], [(0, 0.5)], step=0.2, least_held=least)
    lots = replace(program.lots, floor=np.array([0.03]))
    after = 0.47 if least == 0.47 else 0.0
    assert weights(replace(program, lots=lots)) == pytest.approx([after], abs=1e-12)


@pytest.mark.parametrize(
    ("ticket", "after"), [(0.0099, 0.4), (0.0101, 0.3), (0.0, 0.4)]
)
@pytest.mark.parametrize("step", [0.0, 0.1])
def test_a_ticket_is_paid_where_the_trade_is_worth_it(
    ticket: float, after: float, step: float
) -> None:
    """0.1 of active weight costs 0.01."""
    program = account([0.4], [(0, 0.3)], ticket=ticket, step=step)
    found = solved(program)
    assert honest.after(program, found) == pytest.approx([after], abs=CLOSE)
    assert found.objective == pytest.approx(min(ticket, 0.01), abs=CLOSE)
    assert found.terms["cost"] == (ticket if after == 0.4 else 0.0)


@pytest.mark.parametrize(("ticket", "bought"), [(0.1, 0.9), (0.1 + 1e-8, 0.8)])
def test_cash_pays_for_tickets(ticket: float, bought: float) -> None:
    program = paid_by_cash(account([1.5], ticket=ticket, step=0.1))
    assert weights(program) == pytest.approx([bought], abs=1e-12)


@pytest.mark.parametrize(
    ("most", "after"),
    [(3, [0.4, 0.3, 0.2]), (2, [0.4, 0.3, 0]), (1, [0.4, 0, 0]), (0, [0, 0, 0])],
)
@pytest.mark.parametrize("step", [0.0, 0.1])
def test_at_most_so_many_names(most: int, after: list[float], step: float) -> None:
    program = counted(account([0.4, 0.3, 0.2], step=step), "names", -np.inf, most)
    found = solved(program)
    assert honest.after(program, found) == pytest.approx(after, abs=CLOSE)
    left = sum(b**2 for b, x in zip([0.4, 0.3, 0.2], after, strict=True) if x == 0)
    assert found.objective == pytest.approx(left, abs=CLOSE)


@pytest.mark.parametrize("step", [0.0, 0.1])
@pytest.mark.parametrize(("most", "kind"), [(2, EXIT), (3, SELL)])
def test_names_that_are_held_count_until_they_are_sold(
    step: float, most: int, kind: int
) -> None:
    held = [(0, 0.3), (1, 0.3), (2, 0.3)]
    program = account([0.3, 0.3, 0.2], held, step=step)
    program = counted(program, "names", -np.inf, most)
    assert kinds(program)[2] == kind


@pytest.mark.parametrize("step", [0.0, 0.05])
@pytest.mark.parametrize(("least", "third"), [(2, 0.0), (3, 0.05)])
def test_at_least_so_many_names(least: int, third: float, step: float) -> None:
    program = account([0.6, 0.3, 0.0], least_held=0.05, step=step)
    x = weights(counted(program, "names", least, np.inf))
    assert x == pytest.approx([0.6, 0.3, third], abs=CLOSE)


@pytest.mark.parametrize("step", [0.0, 0.05])
@pytest.mark.parametrize(
    ("most", "wanted", "left"),
    [
        (2, [BUY, SELL, HOLD], 0.0),
        (1, [HOLD, SELL, HOLD], 0.01),
        (0, [HOLD, HOLD, HOLD], 0.05),
    ],
)
def test_at_most_so_many_trades(
    most: int, wanted: list[int], left: float, step: float
) -> None:
    held = [(0, 0.2), (1, 0.4), (2, 0.1)]
    program = account([0.3, 0.2, 0.1], held, step=step)
    program = counted(program, "trades", -np.inf, most)
    assert kinds(program) == wanted
    assert solved(program).objective == pytest.approx(left, abs=CLOSE)


def test_trades_that_are_needed_are_not_purchases_of_nothing() -> None:
    """What may not be bought is sold, one step of it; the bound knows it as well."""
    program = account([0.5], [(0, 0.5)], step=0.1)
    program = replace(program, upper=np.array([0.5]))
    program = counted(program, "trades", 1, 1)
    assert solved(program).objective == pytest.approx(0.01, abs=CLOSE)


def test_more_names_than_there_are_is_no_plan() -> None:
    program = account([0.5, 0.5], least_held=0.01, step=0.01)
    found = solve(counted(program, "names", 3, 9), Settings())
    assert found.status in (Status.INFEASIBLE, Status.NO_PLAN)


@pytest.mark.parametrize(("step", "plan"), [(0.25, True), (0.3, False)])
def test_a_grid_that_fits_cash_or_not(step: float, plan: bool) -> None:
    """All cash has to be spent: four steps of 0.25 do, none of 0.3."""
    program = account([0.5, 0.5], step=step, cash=(0.0, 0.0))
    found = solve(program, Settings())
    honest.check(program, found, Settings().gap)
    assert (found.buys is not None) is plan


@pytest.mark.parametrize(("cap", "after"), [(0.031, 0.4), (0.131, 0.3), (0.129, 0.4)])
def test_a_cap_on_tracking_error_holds_on_the_grid(cap: float, after: float) -> None:
    """Purchases cost, so that the least that the cap allows is bought."""
    program = account([0.43], step=0.1)
    program = replace(program, buy_cost=np.full(1, 9.0), variance_cap=cap**2)
    assert weights(program) == pytest.approx([after], abs=1e-12)

# SPDX-License-Identifier: Apache-2.0
"""Rounding: exits, cash, nothing worth no cent, and the best whole-share plan."""

import dataclasses
from decimal import Decimal

import numpy as np
import pytest
from support.jobs import ON, Kind, random_job
from support.whole_shares import best_whole_shares, few_shares, plans_to_try

from di_optimizer.account import CashBalance, Flow, Restriction
from di_optimizer.market import Security
from di_optimizer.one_account import rebalance_account
from di_optimizer.orders.grid import grid_of, nearby
from di_optimizer.orders.moves import moves
from di_optimizer.orders.sizing import weights_of
from di_optimizer.orders.swaps import best_swap
from di_optimizer.policy import Bounds, Cash, Trading, Wash
from di_optimizer.program.build import Job, build
from di_optimizer.tax.lots import Lot


def test_close_to_the_best_whole_share_plan() -> None:
    """Every combination of a few shares is tried; most accounts get the best one."""
    losses = []
    for seed in range(100):
        job = few_shares(seed)
        policy = dataclasses.replace(job.policy, wash=Wash(policy="ignore"))
        job = dataclasses.replace(job, policy=policy)
        built = build(job)
        if plans_to_try(built) > 4000:
            continue
        best = best_whole_shares(built)
        plan = rebalance_account(job)
        if np.isfinite(best) and plan.cash_over_maximum == 0:
            losses.append(plan.certificate.objective_bp - best * 1e4)
    assert len(losses) > 15
    assert min(losses) > -1e-6
    assert np.mean(np.array(losses) < 1e-6) >= 0.9


def account_of(shares: str, *, block: int | None, fractional: bool) -> Job:
    """One position, and a withdrawal that needs nearly all of it."""
    job = random_job(1, Kind(restrictions=False))
    lot = Lot(
        lot_id="odd",
        symbol="S00",
        shares=Decimal(shares),
        cost_basis=Decimal(100),
        acquired=ON,
        holding_start=ON,
    )
    worth = Decimal(shares) * job.market.price("S00")
    security = Security(symbol="S00", block=block and Decimal(block))
    return dataclasses.replace(
        job,
        account=dataclasses.replace(
            job.account,
            lots=(lot,),
            cash=(CashBalance(amount=Decimal(0)),),
            flows=(
                Flow(on=ON, amount=-(worth * Decimal("0.85")).quantize(Decimal(1))),
            ),
            fractional=fractional,
        ),
        market=dataclasses.replace(job.market, securities={"S00": security}),
        policy=dataclasses.replace(job.policy, bounds=Bounds(), cash=Cash(maximum=1.0)),
    )


@pytest.mark.parametrize(
    ("shares", "block", "fractional"),
    [("60", 100, True), ("1.3331", None, False), ("0.4", None, False)],
)
def test_what_is_left_of_a_position_can_be_sold_to_raise_cash(
    shares: str, block: int | None, fractional: bool
) -> None:
    """Less than a block, or a fraction of a share, leaves as a full exit."""
    plan = rebalance_account(account_of(shares, block=block, fractional=fractional))
    sold = sum(t.shares for t in plan.trades if t.side == "sell")
    assert sold == Decimal(shares)
    assert plan.figures.cash_after >= 0


def test_what_may_not_leave_keeps_its_remainder() -> None:
    job = account_of("60", block=100, fractional=True)
    rules = (Restriction(kind="min", symbol="S00", value=0.01),)
    account = dataclasses.replace(job.account, restrictions=rules)
    grid = grid_of(
        build(dataclasses.replace(job, account=account)).program,
        np.full(len(build(job).universe), 0.5),
    )
    assert -grid.ranges.low[1][0] == np.floor(0.99 * grid.tradable[0] / 0.5)


def test_no_trade_without_a_cent() -> None:
    for seed in range(8):
        job = random_job(seed, Kind(nav=60.0, restrictions=False))
        plan = rebalance_account(job)
        for order in plan.orders:
            assert order.amount > 0


def test_billions_of_a_penny_share_in_nine_decimals() -> None:
    """5e20 steps of 1e-9 shares at 0.01 would not fit into a whole number."""
    job = random_job(3, Kind(nav=5e9, restrictions=False))
    penny = Decimal("0.01")
    lots = tuple(
        dataclasses.replace(t, shares=t.shares * job.market.price(t.symbol) / penny)
        for t in job.account.lots
    )
    quotes = {
        s: dataclasses.replace(q, price=penny) for s, q in job.market.quotes.items()
    }
    policy = dataclasses.replace(job.policy, trading=Trading(decimals=9))
    job = dataclasses.replace(
        job,
        account=dataclasses.replace(job.account, lots=lots),
        market=dataclasses.replace(job.market, quotes=quotes),
        policy=policy,
    )
    plan = rebalance_account(job)
    assert plan.figures.nav > 4_900_000_000
    assert abs(plan.certificate.rounding_bp) < 1e-4


@pytest.mark.parametrize("seed", range(5))
def test_a_move_does_what_it_says(seed: int) -> None:
    """Change, cash and shift of every move against the program itself."""
    job = random_job(seed, Kind(fractional=False, nav=20_000))
    built = build(job)
    program, size = built.program, built.prices / float(built.base)
    grid = grid_of(program, size)
    rng = np.random.default_rng(seed)
    sells = program.lots.weight * (rng.random() < 0.7) * 0.5
    start = nearby(program, grid, np.zeros(program.n), sells)
    before = amounts(built, grid, start.bought, start.sold)
    for move in moves(program, grid, start, rng.integers(1, 4, program.n)):
        for i in np.flatnonzero(np.isfinite(move.change)):
            bought, sold = start.bought.copy(), start.sold.copy()
            bought[i] += move.bought[i]
            sold[i] += move.sold[i]
            after = amounts(built, grid, bought, sold)
            row = program.rows[0]
            change = program.objective(*after) - program.objective(*before)
            assert move.change[i] == pytest.approx(change, abs=1e-12)
            cash = program.row_value(row, *after) - program.row_value(row, *before)
            assert move.cash[i] == pytest.approx(cash)
            weight = program.after(*after)[i] - program.after(*before)[i]
            assert move.shift[i] == pytest.approx(weight, abs=1e-12)


def amounts(built, grid, bought, sold):
    """Steps as purchases and lot sales, the cheapest lots first, lot by lot."""
    program = built.program
    left = np.minimum(sold * grid.step, grid.tradable)
    sells = np.zeros(len(program.lots))
    unit = program.lots.tax + program.lots.sell_cost
    for i in np.argsort(unit, kind="stable"):
        sells[i] = min(left[program.lots.security[i]], program.lots.weight[i])
        left[program.lots.security[i]] -= sells[i]
    return bought * grid.step, sells


def test_a_swap_is_the_best_pair_that_fits() -> None:
    built = build(random_job(2, Kind(fractional=False, nav=20_000)))
    program = built.program
    grid = grid_of(program, built.prices / float(built.base))
    nothing = np.zeros(program.n)
    start = nearby(program, grid, nothing, np.zeros(len(program.lots)))
    options = moves(program, grid, start, np.ones(program.n, dtype=np.int64))
    swap = best_swap(program, options, (-0.002, 0.002))
    assert swap is not None
    base = amounts(built, grid, start.bought, start.sold)
    pairs = [
        ((a, i), (b, j))
        for a, one in enumerate(options)
        for b, other in enumerate(options)
        for i in np.flatnonzero(np.isfinite(one.change) & (one.cash < 0))
        for j in np.flatnonzero(np.isfinite(other.change) & (other.cash > 0))
        if i != j and abs(one.cash[i] + other.cash[j]) <= 0.002
    ]

    def change(pair) -> float:
        bought, sold = start.bought.copy(), start.sold.copy()
        for direction, i in pair:
            bought[i] += options[direction].bought[i]
            sold[i] += options[direction].sold[i]
        after = amounts(built, grid, bought, sold)
        return program.objective(*after) - program.objective(*base)

    assert swap.change == pytest.approx(min(map(change, pairs)), abs=1e-12)
    assert best_swap(program, options, (1.0, 2.0)) is None


def test_sizes_tie_out_with_the_trades() -> None:
    job = random_job(4, Kind(fractional=False, nav=30_000))
    plan, built = rebalance_account(job), build(job)
    size = weights_of(built, plan.trades)
    cash = built.program.row_value(
        built.program.rows[0], size.buys, size.sells
    ) * float(built.base)
    cents = 0.01 * (len(plan.trades) + 1)
    assert cash == pytest.approx(float(plan.figures.cash_after), abs=cents)

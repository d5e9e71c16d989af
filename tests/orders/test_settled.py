# SPDX-License-Identifier: Apache-2.0
"""Sizing inside a plan's choices: lot limits, marginal rates, rows, fixed orders."""

import dataclasses
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.jobs import ON, Kind, random_job

from di_optimizer.account import Restriction
from di_optimizer.one_account import rebalance_account
from di_optimizer.orders.excess import Excess, broken, tightened
from di_optimizer.orders.grid import excess, grid_of, nearby, row_values
from di_optimizer.orders.moves import moves
from di_optimizer.orders.rounder import Quantities, Room
from di_optimizer.orders.rounding import round_plan
from di_optimizer.orders.settled import settle
from di_optimizer.orders.trading import lot_sales
from di_optimizer.policy import Bounds, Budget, Taxes, Wash
from di_optimizer.program.build import build
from di_optimizer.program.groups import Group, Mode
from di_optimizer.program.job import Built, Job
from di_optimizer.program.netting import Netting, Piece
from di_optimizer.program.program import Row
from di_optimizer.solve.solution import Candidate
from di_optimizer.tax.lots import Lot

NONE = np.zeros(0, dtype=np.int64)


def unlimited(_quantities: Quantities) -> Room:
    return Room(short=Decimal(-(10**9)), over=Decimal(-(10**9)))


def plan_of(built: Built, sells: np.ndarray, modes: np.ndarray = NONE) -> Candidate:
    return Candidate(np.zeros(built.program.n), sells, sides=NONE, modes=modes)


def limited(built: Built, floor: np.ndarray, cap: np.ndarray) -> Built:
    lots = dataclasses.replace(built.program.lots, floor=floor, cap=cap)
    return dataclasses.replace(
        built, program=dataclasses.replace(built.program, lots=lots)
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), whole=st.booleans())
def test_sizes_stay_within_every_lots_limits(seed: int, whole: bool) -> None:
    """Whatever the plan says, what must go goes and what may not go stays."""
    rng = np.random.default_rng(seed)
    job = random_job(seed, Kind(fractional=not whole, nav=30_000, restrictions=False))
    policy = dataclasses.replace(job.policy, wash=Wash(policy="ignore"))
    built = build(dataclasses.replace(job, policy=policy))
    weight = built.program.lots.weight
    kind = rng.integers(0, 4, len(weight))
    built = limited(
        built, np.where(kind == 0, weight, 0.0), np.where(kind == 1, 0.0, weight)
    )
    limits = built.program.lots
    plan = plan_of(built, rng.uniform(limits.floor, limits.cap))
    settled = settle(built, plan)
    step = Decimal(1) if whole else Decimal("0.01")
    steps = (step,) * built.program.n
    quantities = round_plan(settled, steps, unlimited).quantities
    sold = {s.lot.lot_id: s.shares for s in lot_sales(settled, quantities.sells)}
    for i, lot in enumerate(built.lots):
        if limits.floor[i] > 0:
            assert sold[lot.lot_id] == lot.shares
        if limits.cap[i] == 0:
            assert lot.lot_id not in sold
    assert not set(quantities.buys) & set(quantities.sells)
    for symbol, shares in quantities.sells.items():
        own = [t for t in built.lots if t.symbol == symbol]
        entire = [t.shares for t in own if sold.get(t.lot_id) == t.shares]
        assert shares % step == 0 or shares == sum(entire)


def lot(lot_id: str, shares: str, basis: int, days: int = 900) -> Lot:
    day = ON - timedelta(days=days)
    return Lot(
        lot_id=lot_id,
        symbol="S00",
        shares=Decimal(shares),
        cost_basis=Decimal(basis),
        acquired=day,
        holding_start=day,
    )


def job_with(lots: tuple[Lot, ...], **taxes: object) -> Job:
    job = random_job(1, Kind(restrictions=False))
    policy = dataclasses.replace(
        job.policy, taxes=Taxes(**taxes), wash=Wash(policy="ignore"), bounds=Bounds()
    )
    account = dataclasses.replace(job.account, lots=lots)
    return dataclasses.replace(job, account=account, policy=policy)


def test_a_lot_that_must_go_is_the_least_and_the_rest_follows_in_steps() -> None:
    """2.6 shares must go, of 10: one step more is 3 shares, never fewer than 2.6."""
    built = build(job_with((lot("a", "2.6", 100), lot("b", "7.4", 100))))
    weight = built.program.lots.weight
    must = np.array([t.lot_id == "a" for t in built.lots])
    program = limited(built, np.where(must, weight, 0.0), weight).program
    size = np.full(program.n, weight.sum() / 10)
    grid = grid_of(program, size)
    start = nearby(program, grid, np.zeros(program.n), program.lots.floor)
    own = int(program.lots.security[0])
    up, down = moves(program, grid, start, np.ones(program.n, dtype=np.int64))
    assert down.shift[own] == pytest.approx(-0.4 * size[own])
    assert np.isinf(up.change[own])


def test_modes_close_purchases_and_hold_lots() -> None:
    built = build(job_with((lot("a", "5", 900), lot("b", "5", 100))))
    lots, own = built.program.lots, int(built.program.lots.security[0])
    mode = Mode(
        name="no loss sale",
        buys=np.array([False]),
        floor=np.zeros(2),
        cap=np.where(lots.gain < 0, 0.0, lots.weight),
        gain=lots.gain,
        buy_charge=np.zeros(1),
        sell_charge=np.zeros(2),
    )
    group = Group(
        name="S00",
        securities=np.array([own]),
        lots=np.array([0, 1]),
        modes=(mode,),
    )
    program = dataclasses.replace(built.program, groups=(group,))
    built = dataclasses.replace(built, program=program)
    plan = plan_of(built, lots.weight.copy(), np.array([0]))
    settled = settle(built, plan)
    sizes = np.full(program.n, lots.weight.sum() / 10)
    grid = grid_of(settled.built.program, sizes, settled.ranks)
    low, high = grid.ranges.low[:, own], grid.ranges.high[:, own]
    assert (min(low[low <= high]), max(high[low <= high])) == (-5, 0)
    [sale] = lot_sales(settled, {"S00": Decimal(5)})
    assert sale.lot.lot_id == "b"
    assert settled.built.program.upper[own] == program.held[own]


def piece(name, limit, short_rate: float, long_rate: float) -> Piece:
    return Piece(
        name=name,
        limits=(limit,),
        short_rate=short_rate,
        long_rate=long_rate,
        constant=0.0,
    )


def test_the_piece_of_the_bill_sets_the_rates_and_its_borders() -> None:
    built = build(job_with((lot("a", "5", 900), lot("b", "5", 100, 20))))
    pieces = (
        piece("gain", (1.0, 1.0, 0.0), 0.4, 0.2),
        piece("loss", (-1.0, -1.0, 0.0), 0.1, 0.05),
    )
    netting = Netting(short=-0.5, long=0.1, before=-0.045, pieces=pieces)
    program = dataclasses.replace(built.program, netting=netting)
    built = dataclasses.replace(built, program=program)
    settled = settle(built, plan_of(built, np.zeros(2)))
    lots = settled.built.program.lots
    assert lots.rate.tolist() == np.where(lots.long_term, 0.05, 0.1).tolist()
    border = settled.built.program.rows[-1]
    assert border.name == "loss"
    assert border.offset == pytest.approx(0.4)
    assert border.sell.tolist() == pytest.approx((-lots.gain).tolist())
    assert settled.built.program.netting is None


def test_what_rounding_breaks_of_a_row_is_mended() -> None:
    """At most 2.4 shares of loss: whole shares sell two, not the nearest of 2.6."""
    built = build(job_with((lot("a", "10", 9_000),)))
    program, own = built.program, int(built.program.lots.security[0])
    share = program.lots.weight[0] / 10
    row = Row(
        name="budget",
        buy=np.zeros(program.n),
        sell=np.ones(1),
        offset=0.0,
        lower=-np.inf,
        upper=2.4 * share,
        lower_name="",
        upper_name="budget maximum",
    )
    program = dataclasses.replace(program, rows=(*program.rows, row))
    built = dataclasses.replace(built, program=program)
    settled = settle(built, plan_of(built, np.array([2.6 * share])))
    whole = (Decimal(1),) * program.n
    quantities = round_plan(settled, whole, unlimited).quantities
    assert quantities.sells.get("S00", Decimal(0)) <= 2
    size = np.full(program.n, 1.0)
    size[own] = share
    grid = grid_of(program, size, settled.ranks)
    three = nearby(program, grid, np.zeros(program.n), np.array([3 * share]))
    assert excess(grid, row_values(grid, three))[0] == pytest.approx(0.6 * share)


def test_limits_move_in_by_what_was_broken() -> None:
    program = build(job_with((lot("a", "10", 9_000),))).program
    cash = program.rows[0]
    moved = tightened(program, Excess(rows=(0.001,))).rows[0]
    assert (moved.lower, moved.upper) == (cash.lower, cash.upper - 0.001)
    moved = tightened(program, Excess(rows=(-0.001,))).rows[0]
    assert (moved.lower, moved.upper) == (cash.lower + 0.001, cash.upper)
    assert broken(program, Excess(rows=(-0.001,))) == [("cash.minimum", 0.001)]
    assert broken(program, Excess(rows=(0.0,))) == []


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("relief", ["fifo", "lifo", "hifo", "lowest_tax"])
def test_sales_are_a_prefix_of_a_fixed_order(relief: str, whole: bool) -> None:
    """The check before the door recomputes the order, lot by lot."""
    for seed in range(3):
        job = random_job(seed, Kind(fractional=not whole, restrictions=False))
        policy = dataclasses.replace(
            job.policy, taxes=Taxes(relief=relief), wash=Wash(policy="ignore")
        )
        plan = rebalance_account(dataclasses.replace(job, policy=policy))
        assert plan.certificate.gap_bp >= -1e-6


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    "budget",
    [
        Budget(measure="loss", maximum=200.0),
        Budget(measure="gain", term="long", maximum=10.0),
        Budget(measure="net", minimum=-50.0, maximum=20.0),
    ],
)
def test_budgets_hold_after_sizing(budget: Budget, whole: bool) -> None:
    job = random_job(6, Kind(fractional=not whole, nav=30_000, restrictions=False))
    free = rebalance_account(job)
    policy = dataclasses.replace(job.policy, taxes=Taxes(budgets=(budget,)))
    plan = rebalance_account(dataclasses.replace(job, policy=policy))
    measured = {
        "gain": [g for g in gains(plan, budget.term) if g > 0],
        "loss": [-g for g in gains(plan, budget.term) if g < 0],
        "net": gains(plan, budget.term),
    }[budget.measure]
    assert sum(measured) <= budget.maximum + 0.01
    if budget.minimum is not None:
        assert sum(measured) >= budget.minimum - 0.01
    assert plan.trades != free.trades
    assert plan.certificate.bound_bp >= free.certificate.bound_bp - 1e-6


def gains(plan, term: str) -> list[float]:
    return [
        float(t.realised_gain)
        for t in plan.trades
        if t.realised_gain is not None and term in ("total", str(t.term))
    ]


def test_a_lot_that_must_be_sold_says_so_and_leaves_no_rest() -> None:
    job = job_with((lot("a", "7.3331", 100), lot("b", "20", 100)))
    rules = tuple(
        Restriction(kind=kind, symbol="S00", lot_id=name, source=f"rules.csv, row {n}")
        for n, kind, name in ((2, "sell_lot", "a"), (3, "keep_lot", "b"))
    )
    account = dataclasses.replace(job.account, restrictions=rules, fractional=False)
    plan = rebalance_account(dataclasses.replace(job, account=account))
    [sale] = [t for t in plan.trades if t.side == "sell"]
    assert (sale.lot_id, sale.shares) == ("a", Decimal("7.3331"))
    assert sale.reason.startswith("has to be sold: sell_lot (rules.csv, row 2)")


def test_at_a_rate_of_nothing_a_relief_order_has_lower_gains_first() -> None:
    built = build(random_job(3, Kind(nav=30_000)))
    lots = built.program.lots
    nothing = np.zeros(len(lots))
    lots = dataclasses.replace(lots, rate=nothing, charge=nothing)
    program = dataclasses.replace(built.program, lots=lots, groups=(), netting=None)
    settled = settle(
        dataclasses.replace(built, program=program),
        plan_of(built, nothing),
        relief=True,
    )
    several = [numbers for numbers in settled.order.values() if len(numbers) > 1]
    assert several
    for numbers in several:
        own = [n for n in numbers if lots.floor[n] == 0.0]
        assert [lots.gain[n] for n in own] == sorted(lots.gain[n] for n in own)

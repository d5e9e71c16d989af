# SPDX-License-Identifier: Apache-2.0
"""From account to arrays: units, bases, terms, cash, and invariance to order."""

import dataclasses
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from support.jobs import Kind, random_job

from di_optimizer.account import AccountType, Untraded
from di_optimizer.errors import InputError
from di_optimizer.program.build import base_of, build, value_of
from di_optimizer.tax.lots import Lot


def test_held_weights_and_cash_add_up_to_one() -> None:
    built = build(random_job(1, Kind(flow=0.1)))
    cash = built.program.rows[0].offset
    assert built.program.held.sum() + cash == pytest.approx(1.0, abs=1e-12)
    assert built.program.benchmark.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("flow", "base"), [(-90, 10), (Decimal("-90.01"), 100), (-100, 100), (50, 150)]
)
def test_base_is_nav_before_a_flow_of_more_than_ninety_percent(flow, base) -> None:
    assert base_of(Decimal(100) + Decimal(flow), Decimal(flow)) == Decimal(base)


def test_large_withdrawal_scales_the_benchmark_to_what_stays() -> None:
    built = build(random_job(2, Kind(flow=-0.95, restrictions=False)))
    share = float(built.nav / built.base)
    assert 0.0 < share < 0.1
    assert built.program.benchmark.sum() == pytest.approx(share)
    assert built.program.rows[0].upper == pytest.approx(0.02 * share)


def test_lot_tax_is_gain_times_the_rate_of_its_term() -> None:
    job = random_job(4)
    day = date(2023, 6, 28)  # sold 2024-06-28: exactly one year, still short
    lots = (
        Lot(
            lot_id="short",
            symbol="S00",
            shares=Decimal(10),
            cost_basis=Decimal(100),
            acquired=day,
            holding_start=day,
        ),
        Lot(
            lot_id="long",
            symbol="S00",
            shares=Decimal(10),
            cost_basis=Decimal(100),
            acquired=day,
            holding_start=date(2023, 6, 27),
        ),
    )
    built = build(dataclasses.replace(job, account=_with(job, lots=lots)))
    price = float(job.market.price("S00"))
    gain = 1 - 100 / (10 * price)
    assert [lot.lot_id for lot in built.lots] == ["long", "short"]
    assert built.program.lots.tax == pytest.approx([gain * 0.238, gain * 0.408])


def _with(job, **changes):
    return dataclasses.replace(job.account, **changes)


@pytest.mark.parametrize("kind", [AccountType.TAX_DEFERRED, AccountType.EXEMPT])
def test_no_tax_outside_taxable_accounts(kind: AccountType) -> None:
    built = build(random_job(5, Kind(type=kind)))
    assert np.all(built.program.lots.tax == 0.0)


def test_order_of_lots_and_restrictions_changes_nothing() -> None:
    job = random_job(6)
    shuffled = _with(
        job, lots=job.account.lots[::-1], restrictions=job.account.restrictions[::-1]
    )
    one = build(job).program
    two = build(dataclasses.replace(job, account=shuffled)).program
    for name in ("held", "benchmark", "exposures", "specific"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
    assert np.array_equal(one.lots.gain, two.lots.gain)


def test_only_flows_due_are_counted() -> None:
    job = random_job(7, Kind(flow=0.2))
    assert len(job.account.flows) == 2  # one due, one dated tomorrow
    without = _with(job, flows=())
    due = value_of(job.account, job.market) - value_of(without, job.market)
    assert due == Decimal("50000.0")


def test_untraded_position_counts_and_is_frozen() -> None:
    job = random_job(8, Kind(restrictions=False))
    moved = [lot for lot in job.account.lots if lot.symbol == "S00"]
    rest = tuple(lot for lot in job.account.lots if lot.symbol != "S00")
    shares = sum((lot.shares for lot in moved), Decimal(0))
    fixed = Untraded(symbol="S00", shares=shares, reason="no basis", valued=True)
    built = build(
        dataclasses.replace(job, account=_with(job, lots=rest, untraded=(fixed,)))
    )
    held = built.program.held[0]
    assert held > 0
    assert (built.program.lower[0], built.program.upper[0]) == (held, held)
    assert built.nav == build(job).nav


def test_an_account_without_value_is_refused() -> None:
    job = random_job(9)
    empty = _with(job, lots=(), cash=(), flows=())
    with pytest.raises(InputError, match="net asset value of 0; allowed: more than 0"):
        build(dataclasses.replace(job, account=empty))

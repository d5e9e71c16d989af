# SPDX-License-Identifier: Apache-2.0
"""Limits on totals in the program: rows, weights, what is left out, what is scaled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from support.totals import base_job, dense_betas, with_policy, with_rules, with_volume

from di_optimizer.account import Flow, Restriction
from di_optimizer.policy import Bounds, Limit, Turnover
from di_optimizer.program.build import build
from di_optimizer.program.job import Job
from di_optimizer.program.program import Program, Row


def program_of(job: Job, *limits: Limit) -> Program:
    return build(with_policy(job, limits=limits)).program


def total_rows(program: Program) -> list[Row]:
    return [row for row in program.rows if row.lazy]


def test_a_sector_is_a_row_on_weights():
    """The row at any trades is the weight of the members after them."""
    job = base_job()
    built = build(
        with_policy(job, limits=(Limit(on="sector", name="Energy", maximum=0.2),))
    )
    program = built.program
    [row] = total_rows(program)
    assert (row.name, row.lower, row.upper) == (
        "limits[1] (sector Energy)",
        -np.inf,
        0.2,
    )
    assert row.upper_name == "limits[1] (sector Energy) maximum"
    rng = np.random.default_rng(1)
    buys, sells = rng.random(program.n), rng.random(len(program.lots))
    after = program.after(buys, sells)
    securities = job.market.securities
    inside = [securities[s].sector == "Energy" for s in built.universe.symbols]
    assert program.row_value(row, buys, sells) == pytest.approx(after[inside].sum())


@pytest.mark.parametrize(
    ("unit", "low", "high"),
    [("absolute", -0.1, 0.2), ("active", -0.1, 0.2), ("multiple", -0.1, 0.2)],
)
def test_units_of_limits(unit, low, high):
    job = base_job()
    risk, b = job.risk, job.benchmark
    goal = sum(risk.exposures[risk.position[s], 1] * w for s, w in b.items())
    assert goal < 0
    limit = Limit(on="factor", name="style", unit=unit, minimum=low, maximum=high)
    [row] = total_rows(program_of(job, limit))
    expected = {
        "absolute": (low, high),
        "active": (goal + low, goal + high),
        "multiple": (high * goal, low * goal),
    }[unit]
    assert (row.lower, row.upper) == pytest.approx(expected)
    ends = ("minimum", "maximum") if unit != "multiple" else ("maximum", "minimum")
    assert (row.lower_name.split()[-1], row.upper_name.split()[-1]) == ends


def test_calibration_changes_no_exposure_and_no_beta():
    limits = (Limit(on="factor", name="*", maximum=0.3), Limit(on="beta", maximum=0.5))
    job = base_job()
    twice = replace(job, risk=job.risk.calibrated(2.0))
    for one, other in zip(
        total_rows(program_of(job, *limits)),
        total_rows(program_of(twice, *limits)),
        strict=True,
    ):
        assert one.buy.tolist() == pytest.approx(other.buy.tolist(), rel=1e-12)


def test_betas_against_the_full_matrix():
    job = base_job()
    [row] = total_rows(program_of(job, Limit(on="beta", maximum=0.5)))
    betas = dense_betas(job)
    assert row.buy.tolist() == pytest.approx([betas[s] for s in sorted(betas)])


def test_limits_shrink_with_nav_after_a_large_withdrawal():
    """NAV is 3 % of base: a fifth of it is 0.6 % of base."""
    job = base_job(flow=-0.97)
    built = build(
        with_policy(job, limits=(Limit(on="sector", name="Energy", maximum=0.2),))
    )
    [row] = total_rows(built.program)
    scale = float(built.nav / built.base)
    assert scale < 0.1
    assert row.upper == pytest.approx(0.2 * scale)


# What is left out, and what becomes a limit of one weight


def test_an_end_that_no_plan_reaches_is_left_out():
    """Weights of at most 2 %: no sector of three names is above 6 %."""
    job = with_policy(base_job(), bounds=Bounds(maximum=0.02))
    free = replace(job, account=replace(job.account, lots=()))
    wide, tight = (
        program_of(free, Limit(on="sector", name="*", maximum=most))
        for most in (0.06, 0.0599)
    )
    assert total_rows(wide) == []
    assert len(total_rows(tight)) == 1  # the other two sectors have two names
    [row] = total_rows(program_of(free, Limit(on="sector", name="Energy", maximum=0.9)))
    assert row.upper == 0.9  # one that is asked for by name stays


def test_only_ends_that_can_be_reached_stay():
    limit = Limit(on="sector", name="*", minimum=0.0, maximum=0.4)
    rows = total_rows(program_of(base_job(), limit))
    assert {(row.lower, row.upper) for row in rows} == {(-np.inf, 0.4)}


def test_an_issuer_with_one_security_is_a_limit_of_its_weight():
    job = base_job(securities=7)  # S06 is alone
    free = program_of(job)
    program = program_of(job, Limit(on="issuer", name="*", maximum=0.07))
    assert len(total_rows(program)) == 3
    assert program.upper[6] == 0.07 < free.upper[6]
    assert program.upper_name[6] == "limits[1] (issuer I3) maximum on S06"
    assert program.upper[:6].tolist() == free.upper[:6].tolist()
    wide = program_of(job, Limit(on="issuer", name="*", maximum=1.0))
    assert wide.upper.tolist() == free.upper.tolist()


def test_a_contradiction_with_one_weight_stays_a_row():
    """What may not be sold and is above the limit: a row says which limits clash."""
    rule = Restriction(kind="no_sell", symbol="S06")
    job = with_rules(base_job(securities=7), rule)
    held = program_of(job).held[6]
    assert held > 0.01
    rows = total_rows(program_of(job, Limit(on="issuer", name="I3", maximum=held / 2)))
    assert [row.name for row in rows] == ["limits[1] (issuer I3)"]


def test_a_minimum_of_one_weight_stays_a_row():
    """Weights' own minimums force no purchase; a limit on a total does."""
    job = base_job(securities=7)
    program = program_of(job, Limit(on="issuer", name="I3", minimum=0.3))
    [row] = total_rows(program)
    assert row.lower == 0.3
    assert program.lower[6] <= program.held[6]


def test_a_soft_limit_of_one_weight_is_a_row_with_a_price():
    job = base_job(securities=7)
    limit = Limit(on="issuer", name="I3", maximum=0.05, price=0.3)
    program = program_of(job, limit)
    [row] = total_rows(program)
    assert (row.upper_price, row.lower_price) == (0.3, np.inf)
    assert program.slacks[0].sign == 1
    assert total_rows(program_of(job, replace(limit, price=0.0))) == []


def test_large_numbers_are_scaled_with_their_limit_and_price():
    limit = Limit(on="cap", maximum=3e9, price=1e-10)
    [row] = total_rows(program_of(base_job(), limit))
    assert 1.0 <= np.abs(row.buy[:8]).max() < 10.0
    assert row.upper == pytest.approx(3.0)
    assert row.upper_price == pytest.approx(0.1)


# Turnover and volume


@pytest.mark.parametrize("flow", [10_000, -10_000])
def test_turnover_is_half_of_trades_less_half_of_the_flow(flow):
    job = base_job()
    due = Flow(on=job.on, amount=Decimal(flow))
    job = replace(job, account=replace(job.account, flows=(due,)))
    built = build(with_policy(job, turnover=Turnover(maximum=0.1)))
    [row] = [r for r in built.program.rows if r.name == "turnover.maximum"]
    assert row.upper == pytest.approx(0.1 + 5_000 / float(built.base))
    n = built.program.n
    assert built.program.row_value(
        row, np.full(n, 0.02), built.program.lots.weight
    ) == (pytest.approx(0.01 * n + built.program.lots.weight.sum() / 2))


def test_volume_is_a_limit_of_each_weight_in_whole_steps():
    job = base_job(fractional=False)
    job = with_policy(with_volume(job, 109.0), turnover=Turnover(adv=0.1))
    built = build(job)
    program, shares = built.program, 10.0
    moved = shares * built.prices / float(built.base)
    assert np.all(program.upper <= program.held + moved + 1e-12)
    assert np.all(program.lower >= program.held - moved - 1e-12)
    assert set(program.upper_name) == {
        f"turnover.adv on {s}" for s in built.universe.symbols
    }

# SPDX-License-Identifier: Apache-2.0
"""The curve of one account: monotone, proven point by point, and what it is made of."""

from __future__ import annotations

import itertools
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from support.jobs import Kind, random_job

from di_optimizer.errors import InfeasibleError
from di_optimizer.frontier.api import stops_of
from di_optimizer.frontier.curve import Frontier
from di_optimizer.frontier.picture import picture
from di_optimizer.frontier.sweep import Stop, sweep
from di_optimizer.one_account import rebalance_account
from di_optimizer.policy import Bounds, Taxes, Tracking
from di_optimizer.program.job import Job

EXACT = 1e-6  # bp


def account(seed: int = 3, gamma: float = 10.0) -> Job:
    job = random_job(seed, Kind(restrictions=False, gamma=gamma))
    return replace(job, policy=replace(job.policy, bounds=Bounds()))


def curve(job: Job, points: int = 9, te_bp: list[float] | None = None) -> Frontier:
    stops = stops_of(job.policy.tracking, points, te_bp)
    return sweep(job, stops, lambda _: None)


@pytest.fixture(scope="module")
def priced() -> Frontier:
    return curve(account())


def test_less_tracking_error_never_pays_less(priced: Frontier) -> None:
    """Monotone by construction, whatever the engine left open at a point."""
    pairs = [(p.te_bp, p.price_bp) for p in priced.solved]
    assert len(pairs) == 9
    for (far, cheap), (near, dear) in itertools.pairwise(pairs):
        assert near <= far + EXACT
        assert dear >= cheap - EXACT
    assert pairs[-1][0] < 0.5 * pairs[0][0]
    assert pairs[-1][1] > pairs[0][1] + 1.0


def test_each_point_stands_above_its_own_bound(priced: Frontier) -> None:
    for point in priced.solved:
        assert point.objective_bp == pytest.approx(
            point.gamma * point.te_bp**2 / 1e4 + point.price_bp, abs=EXACT
        )
        assert point.gap_bp == pytest.approx(point.objective_bp - point.bound_bp)
        assert point.gap_bp >= -EXACT
        assert (point.status == "solved") == (point.gap_bp <= 0.1)
        assert point.engine
    assert sum(point.status == "solved" for point in priced.solved) >= 6


def test_no_point_is_worse_than_another_points_plan(priced: Frontier) -> None:
    for point, other in itertools.product(priced.solved, repeat=2):
        there = point.gamma * other.te_bp**2 / 1e4 + other.price_bp
        assert point.objective_bp <= there + EXACT


def test_the_point_at_the_policys_own_price_is_its_plan_before_rounding() -> None:
    job = account()
    plan = rebalance_account(job)
    [point] = [p for p in curve(job).points if p.gamma == pytest.approx(10.0)]
    before = plan.certificate.objective_bp - plan.certificate.rounding_bp
    assert point.objective_bp <= before + EXACT
    assert point.objective_bp >= plan.certificate.bound_bp - EXACT
    money = float(plan.figures.tax + plan.figures.cost)
    assert float(point.tax + point.cost) == pytest.approx(money, abs=5.0)
    assert point.turnover == pytest.approx(plan.figures.turnover, abs=1e-3)


def test_caps_are_kept_and_a_cap_below_all_plans_is_a_point_without_one() -> None:
    job = account()
    caps = [600.0, 450.0, 300.0, 200.0, 0.001]
    found = curve(job, te_bp=caps[::-1])
    assert [p.max_te_bp for p in found.points] == caps
    for point in found.points[:-1]:
        assert point.te_bp <= point.max_te_bp * (1 + 1e-6)
        assert point.gamma == 0.0
        assert point.objective_bp == point.price_bp
    prices = [p.price_bp for p in found.solved]
    assert all(b >= a - EXACT for a, b in itertools.pairwise(prices))
    last = found.points[-1]
    if last.te_bp is None:
        assert last.status in ("infeasible", "no_plan")
        assert last.tax is None


def test_the_three_forms_lie_on_one_curve() -> None:
    """A priced point, capped at its own tracking error, pays what it paid."""
    job = account(gamma=2.0)
    for point in curve(job, points=4).solved:
        [capped] = curve(job, te_bp=[point.te_bp * (1 + 1e-9)]).points
        left = max(capped.gap_bp, 1e-4)  # what the engine left open, and its margin
        assert capped.price_bp <= point.price_bp + left
        assert capped.bound_bp <= point.price_bp + EXACT


def test_tax_is_told_whole_even_where_it_is_not_weighed() -> None:
    job = account()
    light = replace(job, policy=replace(job.policy, taxes=Taxes(weight=0.0)))
    for point in curve(light, points=3).solved:
        assert abs(point.tax) > 10
        cost = float(point.cost) / 250_000 * 1e4
        assert point.price_bp == pytest.approx(cost, rel=0.1)


def test_an_account_without_a_plan_says_why() -> None:
    job = account()
    policy = replace(
        job.policy, tracking=Tracking(max_te_bp=0.001, unreachable="refuse")
    )
    tight = replace(job, policy=replace(policy, taxes=Taxes(max_tax=-1e6)))
    with pytest.raises(InfeasibleError, match=r"taxes\.max_tax"):
        sweep(tight, [Stop(gamma=1.0)], lambda _: None)


def test_table_files_and_picture(priced: Frontier, tmp_path) -> None:
    frame = priced.to_frame()
    assert len(frame) == 9
    assert (frame["account"] == "A3").all()
    assert frame["te_before_bp"].nunique() == 1
    priced.write(tmp_path)
    lines = (tmp_path / "frontier.csv").read_text().splitlines()
    assert lines[0].startswith("account,gamma,max_te_bp,status,te_before_bp,te_bp")
    assert len(lines) == 10
    root = ElementTree.fromstring((tmp_path / "frontier.svg").read_text())
    circles = [e for e in root.iter() if e.tag.endswith("circle")]
    assert len(circles) == 9
    assert repr(priced).startswith("Frontier(account='A3', 2024-06-28, 9 of 9 points")


def test_a_picture_of_nothing_is_still_a_picture() -> None:
    drawn = picture([], title="none", before=0.0)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_same_input_same_curve(priced: Frontier) -> None:
    again = curve(account())
    same = [replace(p, seconds=0.0) for p in again.points]
    assert same == [replace(p, seconds=0.0) for p in priced.points]

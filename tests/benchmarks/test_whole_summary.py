# SPDX-License-Identifier: Apache-2.0
"""Both sides of each bar of the benchmark of whole shares."""

import pytest

from benchmarks.whole.cases import CASH, LEAST, LOTS, NAMES
from benchmarks.whole.report import _bp
from benchmarks.whole.summary import bars, gap, meets, over, times_best, within

HEURISTICS = {"heuristics": {"by weight": {"te_bp": 120.0}, "other": {"te_bp": 100.0}}}


def case(kind=CASH, quick=None, exact=None, **changes):
    ours = {"objective_bp": 10.0, "bound_bp": 9.9, "te_bp": 100.0, "risk_bp": 10.0,
            "seconds": 0.1, "faults": []}  # fmt: skip
    scip = {"objective_bp": 10.0, "bound_bp": 9.8, "te_bp": 100.0, "risk_bp": 10.0}
    other = None if exact is False else scip | (exact or {})
    both = {"quick": ours | (quick or {}), "exact": other}
    return {"kind": kind, "hash": "h"} | both | changes


def bar(cases, start, heuristics=None):
    found = bars(cases, heuristics or {})
    return next(b for b in found if b["bar"].startswith(start))


@pytest.mark.parametrize(
    ("ours", "scip", "near"),
    [(10.2, 10.0, True), (10.201, 10.0, False), (9.0, 10.0, True),
     (0.5199, 0.5, True), (0.5201, 0.5, False),
     (-98.0, -100.0, True), (-97.99, -100.0, False)],
)  # fmt: skip
def test_near_is_two_hundredths_of_a_bp_or_two_percent(ours, scip, near):
    found = case(quick={"objective_bp": ours}, exact={"objective_bp": scip})
    assert within(found) is near


def test_the_strict_measure_takes_the_part_of_the_risk_alone():
    found = case(
        LOTS,
        quick={"objective_bp": -99.7},
        exact={"objective_bp": -100.0, "risk_bp": 14.0},
    )
    assert within(found) is True
    assert within(found, "risk_bp") is False
    found["exact"]["risk_bp"] = 15.1
    assert within(found, "risk_bp") is True


def test_without_scip_nothing_is_known_and_without_a_plan_nothing_is_near():
    assert within(case(exact=False)) is None
    assert within(case(exact={"objective_bp": None})) is None
    assert over(case(quick={"objective_bp": None})) == float("inf")
    assert within(case(quick={"objective_bp": None})) is False
    assert within(case(quick={"faults": ["off the grid"]})) is False
    assert gap(None) is None
    assert gap({"objective_bp": 2.0, "bound_bp": 1.5}) == 0.5


@pytest.mark.parametrize(("te", "near"), [(102.0, True), (102.1, False)])
def test_few_names_are_judged_by_tracking_error(te, near):
    found = case(NAMES, quick={"te_bp": te, "objective_bp": 99.0})
    assert within(found) is near


@pytest.mark.parametrize(("te", "met"), [(100.005, True), (100.02, False)])
def test_the_best_heuristic_counts(te, met):
    found = case(NAMES, quick={"te_bp": te})
    assert times_best(found, HEURISTICS) == te / 100.0
    wanted = "few names: tracking error no worse"
    assert bar([found], wanted, {"h": HEURISTICS})["met"] is met


@pytest.mark.parametrize(
    ("ours", "scip", "meeting"),
    [((10.0, 9.9), (10.1, 9.8), True), ((10.0, 9.9), (10.3, 10.0005), True),
     ((10.0, 9.9), (10.3, 10.002), False), ((10.3, 10.002), (10.0, 9.9), False)],
)  # fmt: skip
def test_a_bound_above_the_other_plan_does_not_meet_it(ours, scip, meeting):
    found = case(
        quick={"objective_bp": ours[0], "bound_bp": ours[1]},
        exact={"objective_bp": scip[0], "bound_bp": scip[1]},
    )
    assert meets(found) is meeting
    assert bar([found], "bounds below")["met"] is meeting


@pytest.mark.parametrize(("bad", "met"), [(2, True), (3, False)])
def test_nineteen_of_twenty_are_enough(bad, met):
    far = case(quick={"objective_bp": 11.0})
    row = bar([case()] * (40 - bad) + [far] * bad, "whole shares: objective")
    assert (row["found"], row["met"]) == (f"{40 - bad} of 40", met)


@pytest.mark.parametrize(("seconds", "met"), [(0.499, True), (0.5, False)])
def test_the_slowest_account_counts(seconds, met):
    cases = [case(), case(quick={"seconds": seconds})]
    assert bar(cases, "whole shares: slowest")["met"] is met


def test_one_fault_misses_the_bar_and_bars_without_programs_are_left_out():
    found = bars([case(), case(quick={"faults": ["limits missed"]})], {})
    row = next(b for b in found if b["bar"].startswith("plans within"))
    assert (row["found"], row["met"]) == ("1 of 2", False)
    assert not any("few names" in b["bar"] for b in found)
    assert any("minimum" in b["bar"] for b in bars([case(LEAST)], {}))


def test_numbers_show_what_the_bars_are_about():
    assert [_bp(v) for v in (0.02, 12.3456, -123.456, float("inf"))] == [
        "0.0200", "12.346", "-123.46", "no plan",
    ]  # fmt: skip

# SPDX-License-Identifier: Apache-2.0
"""The benchmark of engines runs, small; what it records can be read again."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from support.programs import random_program

from benchmarks.engines import compare, formulations, growth, report, scip
from benchmarks.engines.cases import Case, digest, read, save, spread
from benchmarks.engines.measure import nothing
from benchmarks.engines.summary import bars, quartiles, summarised
from benchmarks.engines.synthetic import Size, synthetic
from di_optimizer.program.program import Program

TINY = Size(names=8, lots=3, factors=2, recent=0.5)


def case(seed: int, gamma: float = 10.0) -> Case:
    account = f"R{seed:03d}"
    return Case(
        label=f"2011-10-03 {account} g{gamma:g}",
        kind="main",
        date=date(2011, 10, 3),
        after=False,
        gamma=gamma,
        account=account,
        program=synthetic(TINY, gamma, seed),
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    save([case(1), case(2)], tmp_path / "programs")
    for module in (compare, formulations, scip):
        monkeypatch.setattr(module, "on_one_core", lambda: 0)
    return tmp_path


def arguments(folder, *more: str) -> list[str]:
    return ["--programs", str(folder / "programs"), "--turns", "2", *more,
            "--engine", "reference", "--out", str(folder / "out.json")]  # fmt: skip


# ---------------------------------------------------------------- cases


def test_cases_come_back_as_they_were(folder):
    first, second = read(folder / "programs")
    assert [first.label, second.label] == ["2011-10-03 R001 g10", "2011-10-03 R002 g10"]
    assert digest(first.program) == digest(case(1).program)
    with pytest.raises(FileNotFoundError, match="no odd programs in"):
        read(folder / "programs", "odd")


def test_the_hash_sees_every_number_and_no_order_of_fields():
    program = synthetic(TINY, 10.0, 1)
    known = {digest(program)}
    weight = program.lots.weight.copy()
    weight[0] = np.nextafter(weight[0], 1.0)
    row, group = program.rows[0], program.groups[0]
    changed = [
        replace(program, gamma=2.0),
        replace(program, variance_cap=1.0),
        replace(program, lots=replace(program.lots, weight=weight)),
        replace(program, rows=(replace(row, upper=0.02),)),
        replace(program, groups=(replace(group, name="other"), *program.groups[1:])),
    ]
    known |= {digest(each) for each in changed}
    assert len(known) == 1 + len(changed)
    assert digest(replace(program, variance_cap=np.inf)) == digest(program)
    assert digest(synthetic(TINY, 10.0, 1)) == digest(program)


def test_a_spread_covers_accounts_and_a_larger_one_only_adds():
    cases = [case(seed, gamma) for seed in (1, 2, 3) for gamma in (2.0, 10.0, 50.0)]
    three = spread(cases, 3)
    assert {c.account for c in three} == {"R001", "R002", "R003"}
    assert {c.gamma for c in three} == {2.0, 10.0, 50.0}
    assert spread(cases, 5)[:3] == three
    assert spread(cases[::-1], 9) == spread(cases, 9)


def test_doing_nothing_is_a_plan_where_cash_is_in_its_range():
    program = synthetic(TINY, 10.0, 1)
    value, stays = nothing(program)
    assert stays
    zero = np.zeros(program.n), np.zeros(len(program.lots))
    assert value == program.objective(*zero)
    rich = replace(program, rows=(replace(program.rows[0], offset=0.02),))
    assert nothing(rich) == (value, False)


# ---------------------------------------------------------------- the scripts


def test_the_comparison_runs_and_is_summed_up(folder, capsys):
    document = json.loads(compare.main(arguments(folder)).read_text())
    first, second = document["cases"]
    assert first["hash"] != second["hash"]
    for found in (first, second):
        assert found["status"] in ("solved", "limit")
        assert found["bound_bp"] <= found["objective_bp"] <= found["nothing_bp"]
        assert found["missed"] <= 1e-9
        assert found["baseline"]["missed"] <= 1e-9
        assert found["baseline"]["bound_bp"] <= found["objective_bp"]
        assert found["bound_bp"] <= found["baseline"]["objective_bp"]
        parts = found["baseline"]["compile_ms"] + found["baseline"]["solve_ms"]
        assert 0.0 < parts < found["baseline"]["ms"]
        reached = {name for name, ms in found["ms_to"].items() if ms is not None}
        limits = {"1": 1.0, "0.2": 0.2, "0.1": 0.1}
        assert reached == {n for n, gap in limits.items() if found["gap_bp"] <= gap}
    assert document["summary"]["programs"] == 2
    assert document["summary"]["repeatable"]
    assert "2011-10-03 R001 g10" in capsys.readouterr().out
    text = report.engines(document)
    assert "| programs | ≥ 100 | 2 | not met |" in text
    assert "| all | 2 | 24–24 |" in text


def test_scip_is_run_once_a_program(folder, monkeypatch):
    more = ("--exact", "reference", "--seconds", "5")
    monkeypatch.setattr(scip, "SHARE", 0.0)
    scip.main(arguments(folder, "--count", "1", *more))
    one = json.loads((folder / "out.json").read_text())["programs"]
    scip.main(arguments(folder, "--count", "2", *more))
    document = json.loads((folder / "out.json").read_text())
    two = document["programs"]
    assert len(one) == 1
    assert len(two) == 2
    assert [two[key] for key in one] == [*one.values()]
    assert set(two) == {digest(case(seed).program) for seed in (1, 2)}
    for found in two.values():
        assert found["quick"]["objective_bp"] == found["exact"]["objective_bp"]
    text = report.scip(document)
    assert "worse by more than 0.1 bp on 0; SCIP has no plan on 0. It had" in text


@pytest.mark.parametrize(
    ("changes", "counts"),
    [({}, True), ({"seconds": 30.0}, False), ({"busy": 44.9}, False)],
)
def test_a_record_counts_where_scip_had_its_time(changes, counts):
    values = {"seconds": 60.0, "busy": 45.0} | changes
    exact = {"seconds": 50.0, "processor_seconds": values["busy"]}
    assert scip.valid({"seconds": values["seconds"], "exact": exact}, 60.0) is counts
    assert not scip.valid(None, 60.0)


def test_ways_of_writing_the_baseline_agree(folder):
    found = formulations.main(arguments(folder, "--count", "2"))
    document = json.loads(found.read_text())
    assert len(document["ways"]) == len(formulations.WAYS) + 1
    for way in document["ways"]:
        assert way["bounds_bp"] < 0.01
    assert "| one vector, quadratic form (the baseline) |" in report.formulations(
        document
    )


def test_growth_is_a_ratio_of_medians():
    sizes = [TINY, replace(TINY, names=12)]
    programs = growth.cases(sizes, [case(1)])
    chosen = [each for each in programs if "seed 1, γ 10" in each.label]
    records = growth.run([*chosen, programs[-1]], "reference", 1)
    found = growth.grouped(records)
    small, large = (found[str(size)] for size in sizes)
    assert large["times"][str(TINY)] == pytest.approx(large["ms"] / small["ms"])
    assert found["real"]["programs"] == 1
    marks = growth.memory(TINY, "reference")
    assert 20.0 < marks["imported_mib"] <= marks["built_mib"] <= marks["peak_mib"]
    document = {"sizes": found, "memory": {str(TINY): marks}}
    assert f"| {TINY} | 1 |" in report.growth(document)


# ---------------------------------------------------------------- figures


def test_a_gap_that_is_never_reached_counts_as_no_speed_at_all():
    assert quartiles([4.0, None])["median"] == 2.0
    assert quartiles([]) == {"count": 0}


@pytest.mark.parametrize(
    ("number", "value", "met"),
    [(0, 100, True), (0, 99, False), (1, 0.99, True), (1, 0.989, False),
     (2, 0.1, True), (2, 0.11, False), (3, 10.0, True), (3, 9.9, False),
     (4, 3.0, True), (4, 2.9, False), (5, 0.1, True), (5, 0.11, False)],
)  # fmt: skip
def test_a_bar_is_met_from_its_limit_on(number, value, met):
    figures = [value] * 6
    found = {
        "programs": figures[0],
        "within_1_bp": figures[1],
        "gap_bp": {"median": figures[2]},
        "times": {"1": {"median": figures[3]}, "0.1": {"median": figures[4]}},
        "worse_bp": {"largest": figures[5]},
    }
    assert bars(found)[number]["met"] is met


def test_a_program_without_a_plan_meets_no_bar():
    record = {
        "names": 1, "lots": 1, "gap_bp": None, "gap_of_improvement": None, "nodes": 0,
        "ms": 1.0, "ms_to": {"1": None, "0.2": None, "0.1": None}, "worse_bp": None,
        "times": {"1": None, "0.2": None, "0.1": None}, "repeatable": True,
        "baseline": dict.fromkeys(
            ("ms", "compile_ms", "solve_ms", "direct_ms", "gap_bp"), 1.0),
    }  # fmt: skip
    found = summarised([record])
    assert found["ms_to"]["1"]["never"] == 1
    assert not any(bar["met"] for bar in found["bars"])


# ---------------------------------------------------------------- programs and README


def test_synthetic_accounts_are_the_same_for_the_same_numbers():
    program = synthetic(TINY, 10.0, 3)
    assert isinstance(program, Program)
    assert len(program.lots) == 24
    assert program.held.sum() == pytest.approx(0.996)
    assert program.groups
    for group in program.groups:
        for mode in group.modes:
            assert np.all(mode.floor <= mode.cap)
    assert digest(program) != digest(random_program(3))


def test_the_readme_shows_the_recorded_results():
    text = report.README.read_text()
    assert report.renewed(text) == text, "run python -m benchmarks.engines.report"
    with pytest.raises(ValueError, match="lacks the marks"):
        report.renewed("nothing")

# SPDX-License-Identifier: Apache-2.0
"""The profile of the certified engine: what it adds up, and a page that is current."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from support.programs import random_program

from benchmarks.engines import floor, profile, profile_page
from benchmarks.engines.cases import Case, save
from benchmarks.engines.synthetic import Size, synthetic
from benchmarks.engines.trace import Spot, Trace, totals, traced


def test_what_a_call_calls_counts_for_itself(monkeypatch):
    ticks = iter([0.0, 1.0, 4.0, 10.0])  # outer, inner, inner, outer
    monkeypatch.setattr(
        "benchmarks.engines.trace.time.perf_counter", lambda: next(ticks)
    )
    trace = Trace()
    inner = trace.wrapped("inner", lambda x: x + 1)
    outer = trace.wrapped("outer", lambda x: inner(x) * 2)
    assert outer(1) == 4
    assert list(zip(trace.rows, trace.seconds, strict=True)) == [
        ("inner", 3.0),
        ("outer", 7.0),
    ]
    assert trace.arguments == {"inner": (1,), "outer": (1,)}


def test_spots_are_traced_and_put_back():
    owner = SimpleNamespace(f=lambda: 1, g=lambda: 2)
    before = owner.f, owner.g
    calls = []
    spots = [Spot(owner, "f", "a"), Spot(owner, "g", "b", lambda: calls.append(3))]
    found = totals(lambda: [owner.f(), owner.g(), owner.f()], spots, 2)
    assert {row: total.calls for row, total in found.items()} == {"a": 2, "b": 1}
    assert calls == [3, 3]
    assert (owner.f, owner.g) == before


def test_runs_that_differ_are_refused():
    owner, turns = SimpleNamespace(f=lambda: 1), iter([1, 2])
    with pytest.raises(ValueError, match="runs of the same program call different"):
        totals(lambda: [owner.f() for _ in range(next(turns))],
               [Spot(owner, "f", "a")], 2)  # fmt: skip


def test_the_source_of_the_loops_solves_as_the_compiled_ones_do():
    program = random_program(3)
    found = []
    traced(lambda: found.append(profile.engine.solve(program, profile.Settings())), [])
    for spots in (profile.KERNELS, profile.SLOPES):
        traced(
            lambda: found.append(profile.engine.solve(program, profile.Settings())),
            spots,
        )
    plain, *others = found
    for other in others:
        assert np.array_equal(plain.buys, other.buys)
        assert (plain.bound, plain.iterations) == (other.bound, other.iterations)


def test_the_floor_has_a_time_for_every_pass():
    found = floor.measured(random_program(3))
    assert found["names"] == random_program(3).n
    assert min(found[name] for name in profile_page.PASSES) > 0.0


def test_a_profile_is_measured_and_written(tmp_path, monkeypatch):
    monkeypatch.setattr(profile, "on_one_core", lambda: 0)
    monkeypatch.setattr(floor, "TURNS", 2)
    program = synthetic(Size(names=8, lots=3, factors=2, recent=0.5), 10.0, 1)
    save([_case("2011-10-03 R001 g10", program)], tmp_path / "programs")
    page = tmp_path / "page.md"
    page.write_text(f"before\n{profile_page.BEGIN}\nold\n{profile_page.END}\nafter\n")
    out = profile.main(
        ["--programs", str(tmp_path / "programs"), "--label", "2011-10-03 R001 g10",
         "--turns", "2", "--out", str(tmp_path / "out.json"), "--page", str(page)]
    )  # fmt: skip
    document = json.loads(out.read_text())
    [case] = document["cases"]
    assert case["steps"] > 0
    assert case["slopes"] >= case["steps"]
    parts = {row["name"]: row for row in case["parts"]}
    assert parts[profile.RELAX]["us"] > 0.0
    assert sum(row["us"] for row in parts.values()) < 2.0 * case["us"]
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| canonical order | 1 |" in text
    assert profile_page.renewed(text, document) == text


def _case(label: str, program: object) -> Case:
    return Case(label=label, kind="main", date=None, after=False, gamma=10.0,
                account="R001", program=program)  # fmt: skip


def test_the_page_says_what_was_recorded():
    text, recorded = profile_page.PAGE.read_text(), json.loads(profile.OUT.read_text())
    assert profile_page.renewed(text, recorded) == text
    with pytest.raises(ValueError, match="the page lacks the marks"):
        profile_page.renewed("nothing", recorded)

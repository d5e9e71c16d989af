# SPDX-License-Identifier: Apache-2.0
"""The benchmark of whole shares runs, small; what it records can be read again."""

import itertools
import json
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.engines.cases import Case, digest, save
from benchmarks.engines.synthetic import Size, synthetic
from benchmarks.whole import compare, counts, report, scip
from benchmarks.whole.cases import CASH, KINDS, LOTS, NAMES, in_turns, read_all
from benchmarks.whole.checks import faults
from benchmarks.whole.supports import HEURISTICS, fitted
from di_optimizer.program.groups import Floats
from di_optimizer.program.program import Program, Row
from di_optimizer.program.sizes import Sizes
from di_optimizer.solve.exact import run as scip_run
from di_optimizer.solve.solution import Solution, Status

TINY = Size(names=8, lots=2, factors=2, recent=0.0)
DAYS = (date(2011, 10, 3), date(2016, 2, 11))


def from_lots(seed: int) -> Program:
    """A tiny account whose positions are whole numbers of steps."""
    program = synthetic(TINY, 10.0, seed)
    step = np.bincount(
        program.lots.security, weights=program.lots.weight, minlength=program.n
    )
    sizes = replace(Sizes.any(program.n), step=step / 4.0)
    cash = replace(program.rows[0], lower=0.0, upper=0.2)
    return replace(program, sizes=sizes, rows=(cash, *program.rows[1:]), groups=())


def few_names(seed: int, most: int) -> Program:
    """A tiny index that is tracked from cash with at most so many names."""
    program = synthetic(TINY, 10.0, seed)
    n, none = program.n, np.zeros(0)
    lots = replace(
        program.lots,
        **{
            name: getattr(program.lots, name)[:0]
            for name in program.lots.__dataclass_fields__
        },
    )
    limits = {"lower_name": "", "upper_name": ""}
    cash = Row(name="cash", buy=-np.ones(n), sell=none, offset=1.0, lower=0.0,
               upper=0.0, **limits)  # fmt: skip
    row = Row(name="names", buy=np.zeros(n), sell=none, offset=0.0, lower=-np.inf,
              upper=float(most), names=np.ones(n), **limits)  # fmt: skip
    return replace(
        program, lots=lots, held=np.zeros(n), buy_cost=np.zeros(n), lower=np.zeros(n),
        upper=np.ones(n), lower_name=("",) * n, upper_name=("",) * n,
        rows=(cash, row), groups=(), benchmark=program.benchmark
        / program.benchmark.sum(),
    )  # fmt: skip


def case(kind: str, account: str, day: date, program: Program) -> Case:
    return Case(
        label=f"{day} {account}", kind=kind, date=day, after=False, gamma=10.0,
        account=account, program=program,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    cases = [
        case(LOTS, "10k-lots", DAYS[0], from_lots(1)),
        case(LOTS, "10k-lots", DAYS[1], from_lots(2)),
        case(NAMES, "K003", DAYS[0], few_names(3, 3)),
    ]
    save(cases, tmp_path / "programs")
    for module in (compare, counts, scip):
        monkeypatch.setattr(module, "on_one_core", lambda: 0)
    monkeypatch.setattr(scip_run, "PARAMETERS", dict(scip_run.PARAMETERS))
    return tmp_path


def arguments(folder, name: str, *more: str) -> list[str]:
    return ["--programs", str(folder / "programs"), *more,
            "--out", str(folder / f"{name}.json")]  # fmt: skip


def run_scip(folder, *more: str):
    kinds = ("--kinds", LOTS, NAMES)
    path = scip.main(arguments(folder, "whole-scip", "--seconds", "20", *kinds, *more))
    return json.loads(path.read_text())["programs"]


def run_compare(folder, *more: str):
    path = compare.main(
        arguments(folder, "whole", "--engine", "exact", "--turns", "1",
                  "--scip", str(folder / "whole-scip.json"),
                  "--kinds", LOTS, NAMES, *more)
    )  # fmt: skip
    return json.loads(path.read_text())


# ---------------------------------------------------------------- cases


def test_every_account_comes_once_before_any_comes_twice():
    program = from_lots(1)
    cases = [
        case(kind, f"{size}-{kind}", day, program)
        for kind in (CASH, LOTS)
        for size in ("10k", "25k")
        for day in DAYS
    ]
    turns = in_turns(cases)
    assert len(turns) == len(cases)
    assert len({c.account for c in turns[:4]}) == 4
    assert {c.date for c in turns[:2]} == set(DAYS)
    assert in_turns(cases[::-1]) == turns


def test_few_names_come_after_whole_shares(folder):
    found = read_all(folder / "programs", (LOTS, NAMES))
    assert [c.kind for c in found] == [LOTS, LOTS, NAMES]
    with pytest.raises(FileNotFoundError, match=r"benchmarks\.whole\.programs --data"):
        read_all(folder / "programs", KINDS)


# ---------------------------------------------------------------- the scripts


def test_scip_is_run_once_a_program_and_goes_on_where_it_stopped(folder, capsys):
    one = run_scip(folder, "--count", "1")
    every = run_scip(folder)
    assert len(one) == 1
    assert len(every) == 3
    assert [every[key] for key in one] == [*one.values()]
    assert scip_run.PARAMETERS[scip.CLOCK] == scip.PROCESSOR
    for found in every.values():
        assert found["exact"]["faults"] == []
        gap = found["exact"]["objective_bp"] - found["exact"]["bound_bp"]
        assert -1e-9 <= gap < 1e-3
    assert "2011-10-03 10k-lots" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("most", "seconds", "stays"),
    [(None, 60.0, True), (0.5, 60.0, True), (0.4, 60.0, False), (None, 30.0, False)],
)
def test_a_record_stays_where_it_is_closed_as_far_as_is_asked(most, seconds, stays):
    options = SimpleNamespace(seconds=60.0, open=most)
    exact = {"objective_bp": 1.5, "bound_bp": 1.0}
    assert scip.counts({"seconds": seconds, "exact": exact}, options) is stays
    assert not scip.counts(None, options)
    without = {"seconds": 60.0, "exact": exact | {"objective_bp": None}}
    assert scip.counts(without, options) is (most is None)


@pytest.mark.parametrize(
    ("new", "old", "kept"),
    [((2.0, 1.0), (2.1, 1.9), "new"), ((2.1, 1.9), (2.0, 1.0), "old"),
     ((2.0, 1.0), (2.0, 1.1), "old"), ((None, 1.0), (9.0, None), "old"),
     ((2.0, 1.0), (2.0, 1.0), "new")],
)  # fmt: skip
def test_of_two_answers_the_better_plan_stays(new, old, kept):
    records = {
        name: {"seconds": 60.0, "exact": {"objective_bp": one, "bound_bp": bound}}
        for name, (one, bound) in {"new": new, "old": old}.items()
    }
    assert scip.better(records["new"], records["old"], 60.0) is records[kept]
    assert scip.better(records["new"], None, 60.0) is records["new"]
    assert (
        scip.better(records["new"], records["old"] | {"seconds": 9.0}, 60.0)
        is (records["new"])
    )


def test_the_comparison_finds_what_is_recorded_of_scip(folder):
    scips = run_scip(folder)
    document = run_compare(folder)
    assert len(document["cases"]) == 3
    for found in document["cases"]:
        assert found["exact"] == scips[found["hash"]]["exact"]
        near = found["exact"]["objective_bp"]
        assert found["quick"]["objective_bp"] == pytest.approx(near, abs=1e-3)
        assert found["quick"]["repeatable"]
        assert found["quick"]["faults"] == []
    assert not document["one_run"]


def test_a_comparison_without_records_has_no_scip_unless_asked(folder):
    alone = run_compare(folder, "--count", "1")["cases"][0]
    assert alone["exact"] is None
    both = run_compare(folder, "--count", "1", "--with-scip", "--seconds", "20")
    assert both["one_run"]
    assert both["cases"][0]["exact"]["objective_bp"] is not None


def test_the_tables_are_written_from_what_was_recorded(folder):
    run_scip(folder)
    run_compare(folder)
    counts.main(arguments(folder, "whole-counts"))
    text = report.section(folder)
    assert "3 programs on one core" in text
    assert "SCIP's answers, recorded before, are there for 3; on 0 it has no" in text
    assert "above SCIP's | ≥ 95 % | 2 of 2 | met |" in text
    assert "| 10k from lots | 2 |" in text
    assert "| 3 | 1 |" in text
    assert "from cash" not in text


# ---------------------------------------------------------------- checks


def plan(program: Program, buys: Floats, sells: Floats, off: float = 0.0) -> Solution:
    value = program.objective(buys, sells)
    return Solution(
        status=Status.SOLVED, engine="test", buys=buys, sells=sells,
        sides=np.zeros(program.n), modes=np.zeros(0, dtype=np.int64),
        objective=value + off, bound=value - 1e-6,
    )  # fmt: skip


def test_a_plan_without_a_fault_has_none():
    program = from_lots(1)
    none = np.zeros(program.n), np.zeros(len(program.lots))
    assert faults(program, plan(program, *none)) == []
    nothing = Solution(status=Status.NO_PLAN, engine="test")
    assert faults(program, nothing) == []


@pytest.mark.parametrize(
    ("part", "off", "said"),
    [(1.0, 0.0, None), (0.999, 0.0, "1 securities off their allowed sizes"),
     (1.0, 2e-9, "objective "), (1.0, 0.9e-9, None),
     (-1.0, 0.0, "negative trades"), (40.0, 0.0, "limits missed by")],
)  # fmt: skip
def test_every_fault_of_a_plan_is_named(part, off, said):
    program = from_lots(1)
    buys, sells = np.zeros(program.n), np.zeros(len(program.lots))
    small = int(np.argmin(program.sizes.step))
    cash = replace(program.rows[0], lower=-0.01, upper=0.2)
    program = replace(program, rows=(cash, *program.rows[1:]))
    buys[small] = part * program.sizes.step[small]
    found = faults(program, plan(program, buys, sells, off))
    if said is None:
        assert found == []
    else:
        assert any(text.startswith(said) for text in found)


@pytest.mark.parametrize(("above", "fault"), [(0.9e-9, False), (1.1e-9, True)])
def test_a_bound_above_the_objective_is_a_fault(above, fault):
    program = from_lots(1)
    found = plan(program, np.zeros(program.n), np.zeros(len(program.lots)))
    assert found.objective is not None
    found = replace(found, bound=found.objective + above)
    assert bool(faults(program, found)) is fault


def test_buying_and_selling_at_once_is_a_fault():
    program = from_lots(1)
    buys, sells = np.zeros(program.n), np.zeros(len(program.lots))
    buys[0], sells[0] = program.sizes.step[0], program.lots.weight[0]
    assert "bought and sold at once" in faults(program, plan(program, buys, sells))


# ---------------------------------------------------------------- heuristics


def best_by_trying(program: Program, most: int) -> float:
    every = itertools.combinations(range(program.n), most)
    return min(variance_of(program, np.array(names)) for names in every)


def variance_of(program: Program, names: np.ndarray) -> float:
    return program.variance(fitted(program, names), np.zeros(0))


@pytest.mark.parametrize(("seed", "most"), [(0, 2), (1, 4), (2, 3)])
def test_heuristics_keep_to_the_count_and_the_best_is_near_the_best_of_all(seed, most):
    program = few_names(seed, most)
    best, found = best_by_trying(program, most), {}
    for name, choose in HEURISTICS.items():
        names = choose(program, most)
        assert len(names) == len(set(names.tolist())) <= most
        found[name] = variance_of(program, names)
        assert found[name] >= best - 1e-12
    assert min(found.values()) <= 1.2 * best


@pytest.mark.parametrize("seed", range(3))
def test_the_first_step_forwards_is_the_best_single_pair(seed):
    program = few_names(seed, 2)
    first = HEURISTICS["greedy, forwards"](program, 1)
    alone = [variance_of(program, np.array([i])) for i in range(program.n)]
    assert first.tolist() == [int(np.argmin(alone))]
    pair = HEURISTICS["greedy, forwards"](program, 2)
    others = [i for i in range(program.n) if i != first[0]]
    pairs = {i: variance_of(program, np.array([first[0], i])) for i in others}
    assert variance_of(program, pair) == pytest.approx(min(pairs.values()), rel=1e-3)


def test_fitted_weights_are_a_whole_portfolio_of_the_names():
    program = few_names(5, 3)
    weights = fitted(program, np.array([1, 4, 6]))
    assert weights.sum() == pytest.approx(1.0, abs=1e-7)
    assert set(np.flatnonzero(weights)) <= {1, 4, 6}


# ---------------------------------------------------------------- README


def test_the_readme_shows_the_recorded_results():
    text = report.README.read_text()
    assert report.renewed(text) == text, "run python -m benchmarks.whole.report"
    with pytest.raises(ValueError, match="lacks the marks"):
        report.renewed("nothing")


def test_the_hash_sees_which_names_and_trades_a_row_counts():
    program = few_names(3, 3)
    cash, row = program.rows
    half = replace(row, names=np.append(np.ones(program.n - 1), 0.5))
    trades = replace(row, names=None, trades=row.names)
    every = [program, *(replace(program, rows=(cash, r)) for r in (half, trades))]
    assert len({digest(one) for one in every}) == 3

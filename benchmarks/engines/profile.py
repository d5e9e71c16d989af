# SPDX-License-Identifier: Apache-2.0
"""Where the certified engine's time goes, and how far that is from the floor.

    python -m benchmarks.engines.profile [--programs DIR] [--label TEXT ...]

Writes results/engines-profile.json and the tables of docs/engine.md from it. The engine
is run as it is for the parts of a solve, and once more with the Python source of its
outer loops for the kernels within; kernels are compiled in both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from numba import njit

from benchmarks.engines import floor
from benchmarks.engines.cases import FOLDER, Case, described, read
from benchmarks.engines.compare import write
from benchmarks.engines.measure import BP, Record, on_one_core, place
from benchmarks.engines.profile_page import PAGE, renewed
from benchmarks.engines.trace import Spot, Total, Trace, totals, traced
from benchmarks.environment import versions
from benchmarks.real import RESULTS
from di_optimizer.program.program import Program
from di_optimizer.solve.certified import (
    engine,
    netted,
    newton,
    outer,
    plans,
    relax,
    relaxation,
    tree,
)
from di_optimizer.solve.certified.relaxation import Relaxation
from di_optimizer.solve.solution import Settings

OUT = RESULTS / "engines-profile.json"
LABELS = ("2016-02-11 R001 g10", "2008-11-20 R001 g10")  # one node, and several
CALLS = 30
BETWEEN = "between kernels"
PRICES, ALONG = "prices from the multipliers", "prices along a step"
HESSIAN = "Hessian"
RELAX = "Newton's method and envelopes"

PARTS = (
    Spot(engine, "canonical", "canonical order"),
    Spot(netted, "Relaxation", "arrays of the kernels"),
    Spot(relaxation, "relax", RELAX),
    Spot(Relaxation, "minima", "exact minima of all blocks"),
    Spot(Relaxation, "bound", "bounds of nodes from them"),
    Spot(Relaxation, "picks", "what a point is made of"),
    Spot(plans, "keeps", "judging plans"),
    Spot(Program, "objective", "judging plans"),
    Spot(Relaxation, "trades", "trades of a point"),
    Spot(tree, "leaning", "modes and sides that a point leans to"),
    Spot(outer, "_values", "values of outer rows"),
    Spot(engine, "_solution", "assembling the solution"),
)
KERNELS = (
    Spot(relaxation, "relax", BETWEEN, relax.relax.py_func),
    Spot(relax, "build", "pieces and envelopes"),
    Spot(relax, "anchor_rows", "values of the inner rows"),
    Spot(relax, "hull_gap", "gap of the convexified program"),
    Spot(relax, "reprice", PRICES),
    Spot(relax, "settle", "x at new prices"),
    Spot(relax, "maximise", BETWEEN, newton.maximise.py_func),
    Spot(newton, "settle", "x at new prices"),
    Spot(newton, "gradient", "gradient"),
    Spot(newton, "hessian", HESSIAN),
    Spot(newton, "solve_in_place", "Cholesky's method"),
    Spot(newton, "search", "line search"),
)
SLOPES = (  # without times: what is called this often costs less than looking on
    Spot(relaxation, "relax", "", relax.relax.py_func),
    Spot(relax, "maximise", "", newton.maximise.py_func),
    Spot(newton, "search", "", newton.search.py_func),
    Spot(newton, "climb", "slope"),
)


@njit  # type: ignore[untyped-decorator]
def _nothing(*_: Any) -> None:
    """Take arguments as a kernel does."""


def passing(arguments: tuple[Any, ...]) -> float:
    """Return the least seconds of a traced call that does nothing with arguments."""
    trace = Trace()
    nothing = trace.wrapped("nothing", _nothing)
    for _ in range(CALLS):
        nothing(*arguments)
    return min(trace.seconds)


def least(run: Callable[[], object], turns: int) -> float:
    """Return the least seconds of several runs."""
    found = []
    for _ in range(turns):
        started = time.perf_counter()
        run()
        found.append(time.perf_counter() - started)
    return min(found)


def profile(case: Case, turns: int) -> Record:
    """Return where the time of one program goes."""
    settings = Settings()

    def run() -> object:
        return engine.solve(case.program, settings)

    solution = engine.solve(case.program, settings)
    seconds = least(run, 3 * turns)
    parts = totals(run, PARTS, turns)
    kernels = totals(run, KERNELS, turns)
    slopes = traced(run, SLOPES).rows.count("slope")
    return {
        **described(case),
        "nodes": solution.nodes,
        "gap_bp": None if solution.gap is None else solution.gap * BP,
        "steps": kernels[HESSIAN].calls,
        "slopes": slopes,
        "us": seconds * 1e6,
        "parts": [_row(name, total) for name, total in parts.items()],
        "kernels": _kernels(kernels, parts[RELAX]),
        "floor": floor.measured(engine.canonical(case.program).program),
    }


def _row(name: str, total: Total) -> Record:
    return {"name": name, "calls": total.calls, "us": total.seconds * 1e6}


def _kernels(found: dict[str, Total], whole: Total) -> list[Record]:
    """Return the kernels' rows without the cost of calling them from Python.

    The product of exposures and a step has no kernel of its own; that of the
    multipliers is the same.
    """
    rows = [
        {
            "name": name,
            "calls": total.calls,
            "us": (total.seconds - total.calls * passing(total.arguments)) * 1e6,
        }
        for name, total in found.items()
        if name != BETWEEN
    ]
    like = next(row for row in rows if row["name"] == PRICES)
    steps, each = found[HESSIAN].calls, like["us"] / like["calls"]
    called = whole.calls * passing(whole.arguments) * 1e6
    return [
        *rows,
        {"name": ALONG, "calls": steps, "us": steps * each},
        {"name": "calls from Python", "calls": whole.calls, "us": called},
    ]


def chosen(folder: Path, labels: Sequence[str]) -> list[Case]:
    """Return the programs with these labels.

    Raises
    ------
    KeyError
        When the folder lacks one.
    """
    cases = {case.label: case for case in read(folder)}
    return [cases[label] for label in labels]


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measure, and write the results and the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--programs", type=Path, default=FOLDER, metavar="DIR")
    parser.add_argument("--label", nargs="+", default=LABELS, metavar="TEXT")
    parser.add_argument("--turns", type=int, default=30, metavar="N")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FILE")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE")
    options = parser.parse_args(arguments)
    cases, core = chosen(options.programs, options.label), on_one_core()
    document = {
        "benchmark": "engines-profile",
        "turns": options.turns,
        "cases": [profile(case, options.turns) for case in cases],
        "machine": place(core),
        "versions": versions(),
    }
    write(options.out, document)
    options.page.write_text(renewed(options.page.read_text(), document))
    print(f"wrote {options.page}")
    return Path(options.out)


if __name__ == "__main__":
    main()

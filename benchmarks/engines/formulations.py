# SPDX-License-Identifier: Apache-2.0
"""Ways of writing the two convex solves, timed: which of them is the baseline.

    python -m benchmarks.engines.formulations [--programs DIR] [--count 16]

Every way has the same relaxation, so that bounds and plans must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.engines.baseline import solve_baseline
from benchmarks.engines.cases import Case, read, spread
from benchmarks.engines.compare import parser, write
from benchmarks.engines.convex import DIRECT, FASTEST, SAFE, Way
from benchmarks.engines.measure import BP, Record, on_one_core, place, solver, timed
from benchmarks.environment import versions
from benchmarks.real import RESULTS
from di_optimizer.program.program import Program
from di_optimizer.solve.solution import Settings

OUT = RESULTS / "engines-formulations.json"
COUNT = 16
WAYS: tuple[tuple[str, Way], ...] = (
    ("one vector, quadratic form (the baseline)", FASTEST),
    ("the same, Clarabel's own settings", Way(settings=SAFE)),
    ("the same, sum of squares", Way(squares=True)),
    ("the same, SciPy backend", Way(backend="SCIPY")),
    ("the same, COO backend", Way(backend="COO")),
    ("the same matrices to Clarabel, without cvxpy", DIRECT),
)
CELLS = "perspective cells for every kink (reference engine, no flips)"

# Seconds, those of compiling and solving, the plan's objective, the bound.
_Found = tuple[float, float, float, float, float]


def by_cells(program: Program) -> _Found:
    """Solve as the reference engine does where no flips are allowed."""
    found, seconds = timed(solver("reference", Settings(flips=0)), program)
    nan = float("nan")
    return seconds, nan, nan, found.objective or nan, found.bound or nan


def by_pieces(way: Way, program: Program) -> _Found:
    """Solve as the baseline does."""
    plan = solve_baseline(program, way)
    return plan.seconds, plan.compile, plan.solve, plan.objective, plan.bound


def run(cases: Sequence[Case], turns: int) -> list[Record]:
    """Return medians over the cases, of the fastest turn of each, for every way."""
    ways: list[tuple[str, Callable[[Program], _Found]]] = [
        (name, partial(by_pieces, way)) for name, way in WAYS
    ]
    ways.append((CELLS, by_cells))
    found: dict[str, list[_Found]] = {name: [] for name, _ in ways}
    for case in cases:
        several: dict[str, list[_Found]] = {name: [] for name, _ in ways}
        for turn in range(turns):
            for name, solve in ways if turn % 2 == 0 else ways[::-1]:
                several[name].append(solve(case.program))
        for name, results in several.items():
            found[name].append(min(results))
    first = np.array(found[ways[0][0]])
    return [_row(name, np.array(rows), first) for name, rows in found.items()]


def _row(name: str, rows: np.ndarray, first: np.ndarray) -> Record:
    """Return medians in ms, and how far plans and bounds are from the first way's."""
    ms, compiled, solved = (np.median(rows[:, :3], axis=0) * 1e3).tolist()
    plan, bound = (np.max(np.abs(rows - first)[:, 3:], axis=0) * BP).tolist()
    parts = {"compile_ms": compiled, "solve_ms": solved}
    known = {key: value for key, value in parts.items() if not np.isnan(value)}
    return {"way": name, "ms": ms, **known, "plans_bp": plan, "bounds_bp": bound}


def main(arguments: Sequence[str] | None = None) -> Path:
    """Time every way and return the file with the results."""
    options = parser(__doc__, OUT).parse_args(arguments)
    core = on_one_core()
    cases = spread(read(options.programs), options.count or COUNT)
    run(cases[:1], 1)  # imports
    rows = run(cases, options.turns)
    for row in rows:
        print(f"{row['way']:66}{row['ms']:8.1f} ms")
    document = {
        "benchmark": "engines-formulations",
        "turns": options.turns,
        "programs": [case.label for case in cases],
        "machine": place(core),
        "versions": versions(),
        "ways": rows,
    }
    write(options.out, document)
    return Path(options.out)


if __name__ == "__main__":
    main()

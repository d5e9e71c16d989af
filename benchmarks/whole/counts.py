# SPDX-License-Identifier: Apache-2.0
"""Tracking with at most K names: what heuristics reach that pick the names first.

    python -m benchmarks.whole.counts [--programs DIR]

Writes results/whole-counts.json by program hash; the engines' own answers are in
results/whole.json and whole-scip.json.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.engines.cases import Case, digest
from benchmarks.engines.compare import parser, write
from benchmarks.engines.measure import BP, Record, on_one_core, place
from benchmarks.environment import versions
from benchmarks.real import RESULTS
from benchmarks.whole.cases import FOLDER, NAMES, read_all
from benchmarks.whole.supports import HELD, HEURISTICS, fitted
from di_optimizer.program.program import Program

OUT = RESULTS / "whole-counts.json"


def most_names(program: Program) -> int:
    """Return the most names that a program may hold."""
    return int(next(row.upper for row in program.rows if row.names is not None))


def tracked(program: Program, name: str) -> Record:
    """Return a heuristic's tracking error, bp, names and seconds."""
    started = time.perf_counter()
    chosen = HEURISTICS[name](program, most_names(program))
    weights = fitted(program, chosen)
    return {
        "te_bp": float(np.sqrt(program.variance(weights, np.zeros(0)))) * BP,
        "names": int(np.count_nonzero(weights > HELD)),
        "sum": float(weights.sum()),
        "seconds": round(time.perf_counter() - started, 3),
    }


def record(case: Case) -> Record:
    """Return what every heuristic reaches on a program."""
    program = case.program
    found = {name: tracked(program, name) for name in HEURISTICS}
    noted = {"label": case.label, "names": most_names(program), "heuristics": found}
    print(f"{case.label:20}", {n: round(f["te_bp"], 2) for n, f in found.items()})
    return noted


def main(arguments: Sequence[str] | None = None) -> Path:
    """Run the heuristics and return the file with the results."""
    options = parser(__doc__, OUT)
    options.set_defaults(programs=FOLDER)
    chosen = options.parse_args(arguments)
    core, cases = on_one_core(), read_all(chosen.programs, (NAMES,))
    programs = {digest(case.program): record(case) for case in cases[: chosen.count]}
    document = {
        "benchmark": "whole-counts",
        "machine": place(core),
        "versions": versions(),
        "programs": programs,
    }
    write(chosen.out, document)
    return Path(chosen.out)


if __name__ == "__main__":
    main()

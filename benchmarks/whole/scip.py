# SPDX-License-Identifier: Apache-2.0
"""SCIP given a minute on every program; results by program hash, to be gone on with.

    python -m benchmarks.whole.scip [--programs DIR] [--count N] [--seconds 60]

Writes after every program; what is recorded is not run again, unless ``--afresh``, or
where SCIP's own gap was above ``--open`` bp; of two answers the better plan stays.
The minute is one of processor time, so that it is whole on a core that others use
too; building SCIP's problem counts, cleaning its plan up afterwards does not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engines.cases import Case, digest
from benchmarks.engines.compare import parser, write
from benchmarks.engines.measure import Record, on_one_core, place, solver
from benchmarks.engines.scip import EXACT, SECONDS, answer
from benchmarks.environment import PACKAGES, versions
from benchmarks.real import RESULTS
from benchmarks.whole.cases import FOLDER, KINDS, read_all
from benchmarks.whole.checks import described
from benchmarks.whole.summary import gap
from di_optimizer.program.program import Program
from di_optimizer.solve.exact import run as scip
from di_optimizer.solve.solution import Settings

OUT = RESULTS / "whole-scip.json"
CLOCK, PROCESSOR = "timing/clocktype", 1


def by_processor_time() -> None:
    """Let SCIP's limit count the processor time that it had, not the clock's."""
    scip.PARAMETERS[CLOCK] = PROCESSOR


def found_by(name: str, program: Program, settings: Settings) -> Record:
    """Return what an engine finds, and what there is to say about its plan."""
    solution, noted = answer(solver(name, settings), program)
    return noted | described(program, solution) | {"message": solution.message}


def run(cases: Sequence[Case], recorded: Record, options: Any) -> Record:
    """Run what is not recorded yet, write after each, and return everything."""
    for case in cases:
        key = digest(case.program)
        if counts(recorded["programs"].get(key), options) and not options.afresh:
            continue
        settings = Settings(gap=0.0, seconds=options.seconds)
        found = {
            "label": case.label,
            "kind": case.kind,
            "seconds": options.seconds,
            "exact": found_by(options.exact, case.program, settings),
            "versions": versions((*PACKAGES, "pyscipopt")),
        }
        print(line(found), flush=True)
        before = recorded["programs"].get(key)
        recorded["programs"][key] = better(found, before, options.seconds)
        write(options.out, recorded)
    return recorded


def better(found: Record, before: Record | None, seconds: float) -> Record:
    """Return the record with the better plan, of two that had the same time."""
    if before is None or before["seconds"] != seconds:
        return found
    return min(found, before, key=lambda one: _rank(one["exact"]))


def _rank(answer: Record) -> tuple[float, float]:
    objective, bound = answer["objective_bp"], answer["bound_bp"]
    return (
        np.inf if objective is None else objective,
        np.inf if bound is None else -bound,
    )


def counts(before: Record | None, options: Any) -> bool:
    """Return whether a record stays: the same limit, and closed as far as is asked."""
    if before is None or before["seconds"] != options.seconds:
        return False
    apart = gap(before["exact"])
    return options.open is None or (apart is not None and apart <= options.open)


def line(found: Record) -> str:
    """Return one line about a program."""
    exact = found["exact"]
    return (
        f"{found['kind']:7}{found['label']:22}{exact['status']:11}"
        f"{_number(exact['objective_bp'])} bound {_number(exact['bound_bp'])}"
        f" {exact['nodes']:7} nodes, {exact['seconds']:.0f} s"
        f" ({exact['processor_seconds']:.0f} of the processor)"
        f" {'; '.join(exact['faults'])} {exact['message']}"
    )


def _number(value: float | None) -> str:
    return "         -" if value is None else f"{value:10.4f}"


def recorded_in(path: Path) -> Record:
    """Return the programs that are recorded already, by hash."""
    if not path.exists():
        return {}
    found: Record = json.loads(path.read_text())["programs"]
    return found


def main(arguments: Sequence[str] | None = None) -> Path:
    """Run SCIP where there is no record yet and return the file with the results."""
    options = _options(arguments)
    core, cases = on_one_core(), read_all(options.programs, options.kinds)
    by_processor_time()
    document = {
        "benchmark": "whole-scip",
        "machine": place(core),
        "programs": recorded_in(options.out),
    }
    run(cases[: options.count], document, options)
    return Path(options.out)


def _options(arguments: Sequence[str] | None) -> Any:
    found = parser(__doc__, OUT)
    found.set_defaults(programs=FOLDER)
    found.add_argument("--seconds", type=float, default=SECONDS, metavar="S")
    found.add_argument("--exact", default=EXACT, metavar="NAME")
    found.add_argument("--afresh", action="store_true")
    found.add_argument("--open", type=float, default=None, metavar="BP")
    found.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    return found.parse_args(arguments)


if __name__ == "__main__":
    main()

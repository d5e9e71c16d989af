# SPDX-License-Identifier: Apache-2.0
"""The certified engine on every program, beside what is recorded of SCIP.

    python -m benchmarks.whole.compare [--programs DIR] [--turns 3] [--with-scip]

One process on one core, kernels compiled before; the fastest of three turns counts.
With ``--with-scip`` SCIP's minute is run again beside each program, so that both are
of one run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.engines.cases import Case, described, digest
from benchmarks.engines.compare import parser, write
from benchmarks.engines.measure import Record, on_one_core, place, solver
from benchmarks.engines.scip import EXACT, SECONDS
from benchmarks.environment import PACKAGES, versions
from benchmarks.real import RESULTS
from benchmarks.whole import scip
from benchmarks.whole.cases import FOLDER, KINDS, read_all
from di_optimizer.solve.registry import prepare
from di_optimizer.solve.solution import Settings

OUT = RESULTS / "whole.json"


def quick(name: str, case: Case, turns: int) -> Record:
    """Return the fastest of an engine's turns, and whether they were all the same."""
    found = [scip.found_by(name, case.program, Settings()) for _ in range(turns)]
    best = min(found, key=lambda one: float(one["seconds"]))
    same = {(one["objective_bp"], one["bound_bp"]) for one in found}
    return best | {"repeatable": len(same) == 1}


def record(case: Case, options: Any, scips: Record) -> Record:
    """Return both engines' answers to a program; SCIP's may be missing."""
    noted = described(case) | {"account": case.account, "date": f"{case.date}"}
    noted["quick"] = quick(options.engine, case, options.turns)
    if options.with_scip:
        settings = Settings(gap=0.0, seconds=options.seconds)
        noted["exact"] = scip.found_by(options.exact, case.program, settings)
    else:
        noted["exact"] = scips.get(digest(case.program), {}).get("exact")
    return noted


def line(found: Record) -> str:
    """Return one line about a program."""
    quick, exact = found["quick"], found["exact"]
    return (
        f"{found['kind']:7}{found['label']:22}{quick['status']:11}"
        f"{_number(quick['objective_bp'])} bound {_number(quick['bound_bp'])}"
        f" {quick['nodes']:5} nodes {quick['seconds']:7.3f} s"
        f"  SCIP {_number(exact and exact['objective_bp'])}"
        f" bound {_number(exact and exact['bound_bp'])} {'; '.join(quick['faults'])}"
    )


def _number(value: float | None) -> str:
    return "        -" if value is None else f"{value:9.4f}"


def main(arguments: Sequence[str] | None = None) -> Path:
    """Run the comparison and return the file with the results."""
    options = _options(arguments)
    core, cases = on_one_core(), read_all(options.programs, options.kinds)
    prepare(options.engine)
    scip.by_processor_time()
    solver(options.engine, Settings())(cases[0].program)  # imports, first pages
    scips, records = scip.recorded_in(options.scip), []
    for case in cases[: options.count]:
        records.append(record(case, options, scips))
        print(line(records[-1]), flush=True)
    document = {
        "benchmark": "whole",
        "engine": options.engine,
        "turns": options.turns,
        "one_run": options.with_scip,
        "machine": place(core),
        "versions": versions((*PACKAGES, "pyscipopt")),
        "cases": records,
    }
    write(options.out, document)
    return Path(options.out)


def _options(arguments: Sequence[str] | None) -> Any:
    found = parser(__doc__, OUT)
    found.set_defaults(programs=FOLDER)
    found.add_argument("--scip", type=Path, default=scip.OUT, metavar="FILE")
    found.add_argument("--with-scip", action="store_true")
    found.add_argument("--seconds", type=float, default=SECONDS, metavar="S")
    found.add_argument("--exact", default=EXACT, metavar="NAME")
    found.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    return found.parse_args(arguments)


if __name__ == "__main__":
    main()

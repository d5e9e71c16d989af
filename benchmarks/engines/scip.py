# SPDX-License-Identifier: Apache-2.0
"""The certified engine against SCIP given a minute, on the same exact program.

    python -m benchmarks.engines.scip [--programs DIR] [--count 24] [--seconds 60]

Results are recorded by program hash, after every program; what is recorded is not run
again, unless ``--afresh`` or where SCIP had to share its core. A program's two times
come from one run, on one core.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.engines.cases import Case, digest, read, spread
from benchmarks.engines.compare import parser, write
from benchmarks.engines.measure import BP, Record, on_one_core, place, solver, timed
from benchmarks.environment import PACKAGES, versions
from benchmarks.real import RESULTS
from di_optimizer.program.program import Program
from di_optimizer.solve.solution import GAPS, Settings, Solution

OUT = RESULTS / "scip-60s.json"
COUNT = 24
SECONDS = 60.0
SHARE = 0.9  # of a core; with less SCIP did not have its minute
EXACT = "exact"

Solve = Callable[[Program], Solution]


def answer(solve: Solve, program: Program) -> tuple[Solution, Record]:
    """Return one engine's answer, and what is recorded of it; values in bp.

    Processor seconds below those of the clock say that something else ran as well.
    """
    busy = time.process_time()
    solution, seconds = timed(solve, program)
    busy = time.process_time() - busy
    return solution, {
        "status": str(solution.status),
        "objective_bp": None if solution.objective is None else solution.objective * BP,
        "bound_bp": None if solution.bound is None else solution.bound * BP,
        "seconds": round(seconds, 6),
        "processor_seconds": round(busy, 6),
        "nodes": solution.nodes,
    }


def both(case: Case, names: tuple[str, str], seconds: float, turns: int) -> Record:
    """Return both engines' answers to a program; the quick one's fastest turn.

    ``seconds_to`` are those to each gap, of that turn.
    """
    quick = solver(names[0], Settings())
    exact = solver(names[1], Settings(gap=0.0, seconds=seconds))
    found, noted = min(
        (answer(quick, case.program) for _ in range(turns)),
        key=lambda pair: float(pair[1]["seconds"]),
    )
    reached = dict(found.reached)
    to = {
        f"{gap * BP:g}": reached.get(gap, found.seconds)
        for gap in GAPS
        if found.gap is not None and found.gap <= gap
    }
    return {
        "label": case.label,
        "seconds": seconds,
        "quick": noted | {"seconds_to": to},
        "exact": answer(exact, case.program)[1],
        "versions": versions((*PACKAGES, "pyscipopt")),
    }


def run(cases: Sequence[Case], recorded: Record, options: Any, out: Path) -> Record:
    """Run what is not recorded yet, write after each, and return everything."""
    names = options.engine, options.exact
    solver(names[0], Settings())(cases[0].program)  # whatever is compiled once
    for case in cases:
        key = digest(case.program)
        before = recorded["programs"].get(key)
        if valid(before, options.seconds) and not options.afresh:
            continue
        recorded["programs"][key] = both(case, names, options.seconds, options.turns)
        print(line(recorded["programs"][key]), flush=True)
        write(out, recorded)
    return recorded


def valid(before: Record | None, seconds: float) -> bool:
    """Return whether a record counts: the same limit, and SCIP had a core to itself."""
    if before is None or before["seconds"] != seconds:
        return False
    return share(before) >= SHARE


def share(found: Record) -> float:
    """Return which part of a core SCIP had while it ran."""
    exact = found["exact"]
    return float(exact["processor_seconds"] / exact["seconds"])


def line(found: Record) -> str:
    """Return one line about a program."""
    quick, exact = found["quick"], found["exact"]
    parts = [
        f"{name} {answer['objective_bp']} in {answer['seconds']:.3f} s"
        for name, answer in (("certified", quick), ("SCIP", exact))
    ]
    return f"{found['label']:26}{'; '.join(parts)}, {share(found):.0%} of a core"


def main(arguments: Sequence[str] | None = None) -> Path:
    """Run SCIP where there is no record yet and return the file with the results."""
    options = _options(arguments)
    core, cases = on_one_core(), read(options.programs)
    before = json.loads(options.out.read_text()) if options.out.exists() else {}
    document = {
        "benchmark": "scip",
        "machine": place(core),
        "programs": before.get("programs", {}),
    }
    run(spread(cases, options.count or COUNT), document, options, options.out)
    return Path(options.out)


def _options(arguments: Sequence[str] | None) -> Any:
    found = parser(__doc__, OUT)
    found.add_argument("--seconds", type=float, default=SECONDS, metavar="S")
    found.add_argument("--exact", default=EXACT, metavar="NAME")
    found.add_argument("--afresh", action="store_true")
    return found.parse_args(arguments)


if __name__ == "__main__":
    main()

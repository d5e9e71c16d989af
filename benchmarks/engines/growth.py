# SPDX-License-Identifier: Apache-2.0
"""How time and memory grow with the account.

    python -m benchmarks.engines.growth [--programs DIR]

Synthetic accounts of an index's size and of 3,000 names, and real ones where a folder
of programs is given, in turns on one core. Memory is the high-water mark of a process
that imports the engine, builds one account and solves it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.engines.cases import Case, read, spread
from benchmarks.engines.compare import parser, write
from benchmarks.engines.measure import BP, Record, on_one_core, place, solver, timed
from benchmarks.engines.synthetic import Size, synthetic
from benchmarks.environment import versions
from benchmarks.real import RESULTS
from di_optimizer.program.program import Program
from di_optimizer.solve.solution import GAPS, Settings

OUT = RESULTS / "engines-growth.json"
SMALL = Size(names=450, lots=6, factors=30)
LARGE = Size(names=3000, lots=10, factors=40)
GAMMAS = (2.0, 10.0, 50.0)
SEEDS = (1, 2, 3)
COUNT = 24  # real programs


@dataclass(frozen=True)
class Sized:
    """A program of one of the sizes that are compared."""

    size: str
    label: str
    program: Program


def cases(sizes: Sequence[Size], real: Sequence[Case]) -> list[Sized]:
    """Return the programs to time."""
    made = [
        Sized(str(size), f"seed {seed}, γ {gamma:g}", synthetic(size, gamma, seed))
        for size in sizes
        for gamma in GAMMAS
        for seed in SEEDS
    ]
    return made + [Sized("real", case.label, case.program) for case in real]


def run(programs: Sequence[Sized], name: str, turns: int) -> list[Record]:
    """Return the least time of several turns of each, all programs in every turn."""
    solve = solver(name, Settings())
    solve(programs[0].program)  # whatever is compiled once
    rounds = [[timed(solve, each.program) for each in programs] for _ in range(turns)]
    records = []
    for number, each in enumerate(programs):
        found = rounds[0][number][0]
        near = [dict(turn[number][0].reached).get(GAPS[0]) for turn in rounds]
        known = [seconds for seconds in near if seconds is not None]
        records.append(
            {
                "size": each.size,
                "label": each.label,
                "lots": len(each.program.lots),
                "status": str(found.status),
                "gap_bp": None if found.gap is None else found.gap * BP,
                "nodes": found.nodes,
                "ms": min(turn[number][1] for turn in rounds) * 1e3,
                "ms_to_1_bp": min(known) * 1e3 if known else None,
            }
        )
    return records


def grouped(records: Sequence[Record]) -> dict[str, Record]:
    """Return medians by size, and the time over that of each other size."""
    sizes = list(dict.fromkeys(record["size"] for record in records))
    found: dict[str, Record] = {}
    for size in sizes:
        own = [record for record in records if record["size"] == size]
        near = [r["ms_to_1_bp"] for r in own if r["ms_to_1_bp"] is not None]
        found[size] = {
            "programs": len(own),
            "ms": float(np.median([r["ms"] for r in own])),
            "ms_to_1_bp": float(np.median(near)) if near else None,
            "largest_gap_bp": max(r["gap_bp"] or 0.0 for r in own),
        }
    for row in found.values():
        row["times"] = {other: row["ms"] / found[other]["ms"] for other in sizes}
    return found


def memory(size: Size, name: str) -> Record:
    """Return the high-water marks of a fresh process, MiB."""
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.engines.memory", name),
            *map(str, (size.names, size.lots, size.factors)),
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    found: Record = json.loads(answer.stdout)
    return found


def main(arguments: Sequence[str] | None = None) -> Path:
    """Time and weigh all sizes and return the file with the results."""
    options = parser(__doc__, OUT).parse_args(arguments)
    core = on_one_core()
    folder = options.programs.exists()
    real = spread(read(options.programs), options.count or COUNT) if folder else []
    records = run(cases((SMALL, LARGE), real), options.engine, options.turns)
    document = {
        "benchmark": "engines-growth",
        "engine": options.engine,
        "machine": place(core),
        "versions": versions(),
        "sizes": grouped(records),
        "memory": {str(size): memory(size, options.engine) for size in (SMALL, LARGE)},
        "cases": records,
    }
    print(json.dumps({key: document[key] for key in ("sizes", "memory")}, indent=1))
    write(options.out, document)
    return Path(options.out)


if __name__ == "__main__":
    main()

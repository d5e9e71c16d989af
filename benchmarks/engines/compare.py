# SPDX-License-Identifier: Apache-2.0
"""The certified engine against the fastest pair of cvxpy and Clarabel solves.

    python -m benchmarks.engines.compare [--programs DIR] [--count N]

One process on one core, in turns. Writes results/engines.json after the last program
and the tables of README.md from it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engines.cases import FOLDER, Case, read, spread
from benchmarks.engines.measure import (
    Record,
    compare,
    on_one_core,
    place,
    record,
    solver,
)
from benchmarks.engines.summary import summarised
from benchmarks.environment import versions
from benchmarks.real import RESULTS
from di_optimizer.solve.solution import Settings

OUT = RESULTS / "engines.json"


def parser(about: str | None, out: Path) -> argparse.ArgumentParser:
    """Return the options that the benchmarks of engines share."""
    found = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    found.add_argument("--programs", type=Path, default=FOLDER, metavar="DIR")
    found.add_argument("--count", type=int, default=None, metavar="N")
    found.add_argument("--engine", default="certified", metavar="NAME")
    found.add_argument("--turns", type=int, default=3, metavar="N")
    found.add_argument("--out", type=Path, default=out, metavar="FILE")
    return found


def run(cases: Sequence[Case], name: str, turns: int) -> list[Record]:
    """Return a record of every case; the first one is solved once unrecorded."""
    solve, records = solver(name, Settings()), []
    compare(cases[0].program, solve, 1)  # whatever is compiled or imported once
    for case in cases:
        found = record(case, compare(case.program, solve, turns))
        records.append(found)
        print(line(found), flush=True)
    return records


def line(found: Record) -> str:
    """Return one line about a case."""
    reached = " ".join(
        f"{name}: {'-' if ms is None else f'{ms:.1f}'}"
        for name, ms in found["ms_to"].items()
    )
    gap = "-" if found["gap_bp"] is None else f"{found['gap_bp']:.3f}"
    return (
        f"{found['label']:26}{found['status']:10}gap {gap:>7} bp"
        f" {found['nodes']:4} nodes  ms to bp {reached}"
        f"  baseline {found['baseline']['ms']:.1f} ms"
    )


def main(arguments: Sequence[str] | None = None) -> Path:
    """Run the comparison and return the file with the results."""
    options = parser(__doc__, OUT).parse_args(arguments)
    core, cases = on_one_core(), read(options.programs)
    chosen = spread(cases, options.count) if options.count else cases
    records = run(chosen, options.engine, options.turns)
    document = {
        "benchmark": "engines",
        "engine": options.engine,
        "turns": options.turns,
        "machine": place(core),
        "versions": versions(),
        "summary": summarised(records),
        "cases": records,
    }
    write(options.out, document)
    return Path(options.out)


def write(out: Path, document: Record) -> None:
    """Write results as JSON, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    part.write_text(json.dumps(document, indent=1) + "\n")
    part.replace(out)
    print(f"wrote {out}")


if __name__ == "__main__":
    main()

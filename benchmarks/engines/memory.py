# SPDX-License-Identifier: Apache-2.0
"""A process that imports an engine and solves one synthetic account; prints its peak.

    python -m benchmarks.engines.memory certified 3000 10 40

The mark is VmHWM of /proc/self/status, the most that was ever resident; the one of
``getrusage`` would begin with that of the parent.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engines.synthetic import Size, synthetic
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings

GAMMA = 10.0


def peak() -> float:
    """Return the most memory this process ever had resident, MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None, "Linux says so"
    return int(found[1]) / 1024.0


def main(arguments: Sequence[str]) -> None:
    """Print the marks after the imports, after building, and after solving."""
    name, *numbers = arguments
    names, lots, factors = map(int, numbers)
    solve = engine(name)
    imported = peak()
    program = synthetic(Size(names=names, lots=lots, factors=factors), GAMMA, 1)
    built = peak()
    solution = solve(program, Settings())
    marks = {"imported_mib": imported, "built_mib": built, "peak_mib": peak()}
    print(json.dumps(marks | {"status": str(solution.status)}))


if __name__ == "__main__":
    main(sys.argv[1:])

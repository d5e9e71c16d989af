# SPDX-License-Identifier: Apache-2.0
"""What a comparison comes to: medians, quartiles, and bars that were met or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Record = dict[str, Any]

WORSE = 0.1  # bp; objectives further apart than this count as worse
NO_PLAN = 1e4  # bp; what counts where there is no plan: all of NAV


def quartiles(values: Iterable[float | None]) -> Record:
    """Return least, quartiles, 99th percentile and largest; None counts as 0.

    A gap that was not reached has no time, and its ratio is 0.

    Examples
    --------
    >>> found = quartiles([1.0, 2.0, None, 4.0])
    >>> found["least"], found["median"], found["count"]
    (0.0, 1.5, 4)
    """
    found = np.array([0.0 if v is None else v for v in values])
    if len(found) == 0:
        return {"count": 0}
    low, median, high, most = np.percentile(found, [25, 50, 75, 99]).tolist()
    return {
        "count": len(found),
        "least": float(found.min()),
        "quartile": low,
        "median": median,
        "upper_quartile": high,
        "p99": most,
        "largest": float(found.max()),
    }


def summarised(records: Sequence[Record]) -> Record:
    """Return the figures over all cases, and the bars."""
    gaps = [NO_PLAN if r["gap_bp"] is None else r["gap_bp"] for r in records]
    names = list(records[0]["ms_to"])
    found = {
        "programs": len(records),
        "names": _range(r["names"] for r in records),
        "lots": _range(r["lots"] for r in records),
        "gap_bp": quartiles(gaps),
        "within_1_bp": float(np.mean(np.array(gaps) <= 1.0)),
        "gap_of_improvement": quartiles(
            r["gap_of_improvement"] for r in records if r["gap_of_improvement"]
        ),
        "nodes": quartiles(r["nodes"] for r in records),
        "ms": quartiles(r["ms"] for r in records),
        "ms_to": {name: _reached(records, name) for name in names},
        "baseline_ms": quartiles(r["baseline"]["ms"] for r in records),
        "compile_ms": quartiles(r["baseline"]["compile_ms"] for r in records),
        "solve_ms": quartiles(r["baseline"]["solve_ms"] for r in records),
        "direct_ms": quartiles(r["baseline"]["direct_ms"] for r in records),
        "baseline_gap_bp": quartiles(r["baseline"]["gap_bp"] for r in records),
        "times": {n: quartiles(r["times"][n] for r in records) for n in names},
        "worse_bp": quartiles(
            NO_PLAN if r["worse_bp"] is None else r["worse_bp"] for r in records
        ),
        "repeatable": all(r["repeatable"] for r in records),
    }
    return found | {"bars": bars(found)}


def _range(values: Iterable[int]) -> list[int]:
    several = list(values)
    return [min(several), max(several)]


def _reached(records: Sequence[Record], name: str) -> Record:
    """Return quartiles of the times to a gap, and how many never got there."""
    times = [r["ms_to"][name] for r in records]
    never = sum(ms is None for ms in times)
    return quartiles(ms for ms in times if ms is not None) | {"never": never}


_Bar = tuple[str, str, Callable[[Record], float], Callable[[float], bool]]
_BARS: tuple[_Bar, ...] = (
    ("programs", "≥ 100", lambda s: s["programs"], lambda v: v >= 100),
    (
        "gap at most 1 bp of NAV",
        "≥ 99 %",
        lambda s: 100.0 * s["within_1_bp"],
        lambda v: v >= 99.0,
    ),
    ("median gap, bp", "≤ 0.1", lambda s: s["gap_bp"]["median"], lambda v: v <= 0.1),
    (
        "times the baseline's speed to 1 bp, median",
        "≥ 10",
        lambda s: s["times"]["1"]["median"],
        lambda v: v >= 10.0,
    ),
    (
        "times the baseline's speed to 0.1 bp, median",
        "≥ 3",
        lambda s: s["times"]["0.1"]["median"],
        lambda v: v >= 3.0,
    ),
    (
        "objective worse than the baseline's by at most, bp",
        "≤ 0.1",
        lambda s: s["worse_bp"]["largest"],
        lambda v: v <= WORSE,
    ),
)


def bars(found: Record) -> list[Record]:
    """Return each bar with what was wanted and found, and whether it was met."""
    rows = []
    for name, wanted, value_of, met in _BARS:
        value = float(value_of(found))
        rows.append({"bar": name, "wanted": wanted, "found": value, "met": met(value)})
    return rows

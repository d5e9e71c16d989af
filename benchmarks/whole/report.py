# SPDX-License-Identifier: Apache-2.0
"""The tables of README.md about whole shares, few names and few trades.

    python -m benchmarks.whole.report

A test compares the section with what this would write, so that it cannot go stale.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.engines.report import README, table
from benchmarks.real import RESULTS
from benchmarks.whole.cases import CASH, LEAST, LOTS, NAMES, TRADES
from benchmarks.whole.summary import (
    PART,
    Record,
    bars,
    gap,
    largest,
    median,
    of_kinds,
    over,
    share,
    times_best,
    within,
)

BEGIN = "<!-- written by benchmarks.whole.report -->"
END = "<!-- end of what benchmarks.whole.report writes -->"
SAID = {
    CASH: "from cash",
    LOTS: "from lots",
    LEAST: "minimum trade 500",
    TRADES: "at most 60 trades",
}
COLUMNS = [
    "", "programs", "objective", "SCIP's", "largest difference", "bound",
    "SCIP's bound", "gap", "SCIP's gap", "seconds", "near",
]  # fmt: skip


def section(results: Path = RESULTS) -> str:
    """Return the text between the marks, from whatever results there are."""
    if not (results / "whole.json").exists():
        return "Nothing is recorded yet."
    document = json.loads((results / "whole.json").read_text())
    path = results / "whole-counts.json"
    counts = json.loads(path.read_text())["programs"] if path.exists() else {}
    cases = document["cases"]
    parts = [_head(document), _bars(cases, counts)]
    parts += [_small(cases), _names(cases, counts), _few(cases)]
    return "\n\n".join(part for part in parts if part)


def _head(document: Record) -> str:
    """Say how many programs, on what, and what SCIP had."""
    cases, machine = document["cases"], document["machine"]
    scip = [case["exact"] for case in cases if case["exact"]]
    without = sum(answer["objective_bp"] is None for answer in scip)
    run = "in the same run" if document["one_run"] else "recorded before"
    return (
        f"{len(cases)} programs on one core of an {machine['processor']} (load "
        f"{machine['load']:.1f}), the fastest of {document['turns']} turns. SCIP's "
        f"answers, {run}, are there for {len(scip)}; on {without} it has no plan."
    )


def _bars(cases: Sequence[Record], counts: Record) -> str:
    rows = [
        [b["bar"], b["wanted"], b["found"], "met" if b["met"] else "not met"]
        for b in bars(cases, counts)
    ]
    return table(["bar", "wanted", "found", ""], rows)


def _small(cases: Sequence[Record]) -> str:
    """Return the table by account size."""
    rows = []
    for kind in (CASH, LOTS):
        own = of_kinds(cases, (kind,))
        names = sorted({case["account"] for case in own}, key=_size)
        for name in names:
            these = [case for case in own if case["account"] == name]
            said = f"{name.split('-')[0]} {SAID[kind]}"
            rows.append(_row(said, these))
    if not rows:
        return ""
    text = (
        "Whole shares, bp of NAV; medians over the dates, largest values in brackets; "
        "near: at most max(0.02 bp, 2 %) above SCIP's objective, and the same with "
        "2 % of what tracking error alone is charged."
    )
    return text + "\n\n" + table(COLUMNS, rows)


def _size(name: str) -> float:
    number = name.split("-")[0]
    return float(number[:-1]) * {"k": 1.0, "m": 1000.0}[number[-1]]


def _few(cases: Sequence[Record]) -> str:
    """Return the table of minimum trades and few trades on the real accounts."""
    rows = [
        _row(f"{date}, {SAID[kind]}", these)
        for kind in (LEAST, TRADES)
        for date in sorted({case["date"] for case in of_kinds(cases, (kind,))})
        if (these := [c for c in of_kinds(cases, (kind,)) if c["date"] == date])
    ]
    if not rows:
        return ""
    return "The real accounts, in the same way:\n\n" + table(COLUMNS, rows)


def _row(name: str, cases: Sequence[Record]) -> list[str]:
    def of(who: str, key: str) -> str:
        return _bp(median(_value(case, who, key) for case in cases))

    return [
        name,
        str(len(cases)),
        of("quick", "objective_bp"),
        of("exact", "objective_bp"),
        _bp(largest(map(over, cases))),
        of("quick", "bound_bp"),
        of("exact", "bound_bp"),
        _both(_bp, [gap(case["quick"]) for case in cases]),
        _both(_bp, [gap(case["exact"]) for case in cases]),
        _both(_seconds, [case["quick"]["seconds"] for case in cases]),
        f"{_of(map(within, cases))}, {_of(within(c, 'risk_bp') for c in cases)}",
    ]


def _value(case: Record, who: str, key: str) -> float | None:
    found = case[who]
    return None if found is None else found[key]


def _of(found: Iterable[bool | None]) -> str:
    good, known = share(found)
    return f"{good}/{known}"


def _both(show: Callable[[float | None], str], values: list[float | None]) -> str:
    if all(value is None for value in values):
        return "–"
    return f"{show(median(values))} ({show(largest(values))})"


def _names(cases: Sequence[Record], counts: Record) -> str:
    """Return the table of few names: tracking errors."""
    own = of_kinds(cases, (NAMES,))
    tried = sorted({h for found in counts.values() for h in found["heuristics"]})
    rows = [
        _tracked(name, [case for case in own if case["account"] == name], counts, tried)
        for name in sorted({case["account"] for case in own})
    ]
    if not rows:
        return ""
    header = ["names", "programs", "tracking error", "SCIP's", "proven least"]
    header += ["SCIP's proven least", *tried, "÷ SCIP's", "÷ best heuristic"]
    header += ["seconds", f"within {PART:.0%} of SCIP's"]
    return (
        "Few names, fully invested, no costs; tracking errors in bp a year, medians "
        "over the dates. What is proven is the bound as a tracking error; ratios are "
        "the largest:\n\n" + table(header, rows)
    )


def _tracked(
    name: str, cases: Sequence[Record], counts: Record, tried: Sequence[str]
) -> list[str]:
    """Return the row of a number of names."""
    known = [case for case in cases if case["hash"] in counts]
    ratios = [_ratio(case) for case in cases]
    return [
        str(int(name[1:])),
        str(len(cases)),
        _bp(median(case["quick"].get("te_bp") for case in cases)),
        _bp(median((case["exact"] or {}).get("te_bp") for case in cases)),
        _bp(median(_proven(case, "quick") for case in cases)),
        _bp(median(_proven(case, "exact") for case in cases)),
        *(
            _bp(median(counts[c["hash"]]["heuristics"][h]["te_bp"] for c in known))
            for h in tried
        ),
        _plain(largest(ratios)),
        _plain(largest(times_best(case, counts[case["hash"]]) for case in known)),
        _both(_seconds, [case["quick"]["seconds"] for case in cases]),
        _of(map(within, cases)),
    ]


def _ratio(case: Record) -> float | None:
    """Return the tracking error over SCIP's; None where one has no plan."""
    exact = case["exact"] or {}
    ours, other = case["quick"].get("te_bp"), exact.get("te_bp")
    return None if ours is None or other is None else float(ours / other)


def _proven(case: Record, who: str) -> float | None:
    """Return an answer's bound as a tracking error, bp."""
    bound = _value(case, who, "bound_bp")
    if bound is None:
        return None
    return float(np.sqrt(max(bound, 0.0) / 1e4 / case["gamma"])) * 1e4


def _bp(value: float | None) -> str:
    """Return basis points with as many digits as the bars are about.

    Examples
    --------
    >>> _bp(123.456), _bp(8.4567), _bp(0.01234), _bp(None), _bp(-1e-9)
    ('123.46', '8.457', '0.0123', '–', '0')
    """
    if value is None:
        return "–"
    if not np.isfinite(value):
        return "no plan"
    digits = 2 if abs(value) >= 100.0 else 3 if abs(value) >= 1.0 else 4
    return "0" if abs(value) < 5e-5 else f"{value:,.{digits}f}"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def renewed(text: str, results: Path = RESULTS) -> str:
    """Return README's text with the section written anew.

    Raises
    ------
    ValueError
        When the marks are missing.
    """
    if BEGIN not in text or END not in text:
        raise ValueError(f"README.md lacks the marks {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{section(results)}\n\n{END}{rest.split(END, 1)[1]}"


def main() -> None:
    """Rewrite the section of README.md."""
    README.write_text(renewed(README.read_text()))
    print(f"wrote {README}")


if __name__ == "__main__":
    main()

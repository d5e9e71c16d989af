# SPDX-License-Identifier: Apache-2.0
"""The tables of README.md, written from the recorded results.

    python -m benchmarks.engines.report

A test compares the section with what this would write, so that it cannot go stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.engines.scip import share
from benchmarks.engines.summary import WORSE, Record, quartiles
from benchmarks.real import RESULTS

README = RESULTS.parent / "README.md"
BEGIN = "<!-- written by benchmarks.engines.report -->"
END = "<!-- end of what benchmarks.engines.report writes -->"


def section(results: Path = RESULTS) -> str:
    """Return the text between the marks, from whatever results there are."""
    parts = (
        ("engines.json", engines),
        ("engines-formulations.json", formulations),
        ("scip-60s.json", scip),
        ("engines-growth.json", growth),
    )
    found = {
        name: json.loads((results / name).read_text())
        for name, _ in parts
        if (results / name).exists()
    }
    _renew(found.get("scip-60s.json"), found.get("engines.json"))
    texts = [write(found[name]) for name, write in parts if name in found]
    return "\n\n".join(texts)


def _renew(recorded: Record | None, latest: Record | None) -> None:
    """Compare SCIP's plans with the latest ones; its times stay those of one run."""
    if recorded is None or latest is None:
        return
    plans = {case["hash"]: case["objective_bp"] for case in latest["cases"]}
    for key, pair in recorded["programs"].items():
        pair["quick"]["objective_bp"] = plans.get(key, pair["quick"]["objective_bp"])


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a markdown table.

    Examples
    --------
    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [header, ["---"] * len(header), *rows]
    drawn = ["| " + " | ".join(cells) + " |" for cells in lines]
    drawn[1] = "|" + "---|" * len(header)
    return "\n".join(drawn)


def engines(document: Record) -> str:
    """Return the bars, the ratios and a table by date."""
    found, cases = document["summary"], document["cases"]
    bars = [
        [b["bar"], b["wanted"], _short(b["found"]), "met" if b["met"] else "not met"]
        for b in found["bars"]
    ]
    runs: dict[str, list[Record]] = {}
    for case in cases:
        runs.setdefault(case["label"].split()[0], []).append(case)
    dates = [
        *(_by_date(run, own) for run, own in sorted(runs.items())),
        _by_date("all", cases),
    ]
    return "\n\n".join(
        [
            f"{found['programs']} programs on {_machine(document)}:",
            table(["bar", "wanted", "found", ""], bars),
            table(["", "least", "quartile", "median", "quartile", "largest"],
                  _spread(found)),
            "By date (+5: five trading days after a rebalance); medians, the largest "
            "value in brackets, of times the median to 1 and to 0.1 bp:",
            table(
                ["run", "programs", "lots", "gap, bp", "gap ÷ improvement", "nodes",
                 "ms", "baseline ms", "its gap, bp", "times"],
                dates,
            ),
        ]
    )  # fmt: skip


def _spread(found: Record) -> list[list[str]]:
    ms = found["ms_to"]
    rows: list[tuple[str, Record]] = [
        *((f"certified, ms to {n} bp{_never(s)}", s) for n, s in ms.items()),
        ("certified, ms in all", found["ms"]),
        ("baseline, ms in all", found["baseline_ms"]),
        ("of it cvxpy", found["compile_ms"]),
        ("of it Clarabel", found["solve_ms"]),
        ("the same without cvxpy, ms", found["direct_ms"]),
        *((f"baseline ÷ certified to {n} bp", s) for n, s in found["times"].items()),
        ("certified gap, bp", found["gap_bp"]),
        ("baseline's gap, bp", found["baseline_gap_bp"]),
        ("certified − baseline, bp", found["worse_bp"]),
    ]
    keys = ("least", "quartile", "median", "upper_quartile", "largest")
    return [[name, *(_short(row.get(key)) for key in keys)] for name, row in rows]


def _never(spread: Record) -> str:
    never = spread["never"]
    return f" ({never} never)" if never else ""


def _by_date(name: str, cases: Sequence[Record]) -> list[str]:
    def both(values: Iterable[float | None]) -> str:
        known = [v for v in values if v is not None]
        if not known:
            return "–"
        return f"{_short(float(np.median(known)))} ({_short(max(known))})"

    lots = [case["lots"] for case in cases]
    times = [
        quartiles(case["times"][gap] for case in cases)["median"]
        for gap in ("1", "0.1")
    ]
    return [
        name,
        str(len(cases)),
        f"{min(lots)}–{max(lots)}",
        both(case["gap_bp"] for case in cases),
        both(case["gap_of_improvement"] for case in cases),
        both(case["nodes"] for case in cases),
        both(case["ms"] for case in cases),
        both(case["baseline"]["ms"] for case in cases),
        both(case["baseline"]["gap_bp"] for case in cases),
        " / ".join(f"{ratio:.1f}" for ratio in times),
    ]


def formulations(document: Record) -> str:
    """Return the ways of writing the two convex solves."""
    rows = [
        [
            way["way"],
            *(_short(way.get(key)) for key in ("ms", "compile_ms", "solve_ms")),
        ]
        for way in document["ways"]
    ]
    return "\n\n".join(
        [
            f"Ways of writing the two convex solves, medians over "
            f"{len(document['programs'])} programs:",
            table(["", "ms in all", "cvxpy", "Clarabel"], rows),
        ]
    )


def scip(document: Record) -> str:
    """Return how SCIP's results compare, for the programs that are recorded."""
    pairs = [*document["programs"].values()]
    known = [p for p in pairs if _objectives(p) is not None]
    worse = quartiles(_objectives(p) for p in known)
    gaps = [
        p["exact"]["objective_bp"] - p["exact"]["bound_bp"]
        for p in known
        if p["exact"]["bound_bp"] is not None
    ]
    rows: list[tuple[str, Record]] = [
        (f"SCIP's seconds ÷ certified to {name} bp", _times(pairs, name))
        for name in ("1", "0.1")
    ]
    rows += [
        ("SCIP's seconds ÷ certified in all", _times(pairs, None)),
        ("certified − SCIP, bp", worse),
        ("SCIP's own gap, bp", quartiles(gaps)),
    ]
    keys = ("least", "quartile", "median", "upper_quartile", "largest")
    seconds = max((p["seconds"] for p in pairs), default=0.0)
    over = sum((_objectives(p) or 0.0) > WORSE for p in known)
    return "\n\n".join(
        [
            f"Against SCIP given {seconds:g} s, {len(pairs)} programs, both in one "
            f"run: the certified plan is worse by more than {WORSE} bp on {over}; "
            f"SCIP has no plan on {len(pairs) - len(known)}. "
            f"It had at least {min(map(share, pairs)):.0%} of the core.",
            table(
                ["", "least", "quartile", "median", "quartile", "largest"],
                [[name, *(_short(row.get(key)) for key in keys)] for name, row in rows],
            ),
        ]
    )


def _objectives(pair: Record) -> float | None:
    """Return certified less SCIP, bp; None where one has no plan."""
    values = pair["quick"]["objective_bp"], pair["exact"]["objective_bp"]
    if values[0] is None or values[1] is None:
        return None
    return float(values[0] - values[1])


def _times(pairs: Iterable[Record], name: str | None) -> Record:
    """Return SCIP's time over the certified one; 0 where a gap was not reached."""
    return quartiles(_ratio(pair, name) for pair in pairs)


def _ratio(pair: Record, name: str | None) -> float:
    quick = pair["quick"]
    seconds = quick["seconds"] if name is None else quick["seconds_to"].get(name)
    return pair["exact"]["seconds"] / seconds if seconds else 0.0


def growth(document: Record) -> str:
    """Return times and memory by size."""
    sizes, memory = document["sizes"], document["memory"]
    rows = [
        [
            size,
            str(row["programs"]),
            _short(row["ms"]),
            _short(row["ms_to_1_bp"]),
            _short(row["largest_gap_bp"]),
            *(_short(row["times"][other]) for other in sizes),
            _mib(memory.get(size)),
        ]
        for size, row in sizes.items()
    ]
    header = ["", "programs", "ms", "ms to 1 bp", "largest gap, bp"]
    header += [f"÷ {size}" for size in sizes] + ["MiB at most (imports)"]
    return "Growth, medians:\n\n" + table(header, rows)


def _mib(marks: Record | None) -> str:
    if marks is None:
        return "–"
    return f"{marks['peak_mib']:.0f} ({marks['imported_mib']:.0f})"


def _machine(document: Record) -> str:
    machine, versions = document["machine"], document["versions"]
    return (
        f"one core of an {machine['processor']} (load {machine['load']:.1f}), "
        f"Python {versions['python']}, NumPy {versions['numpy']}, "
        f"Numba {versions['numba']}, cvxpy {versions['cvxpy']}, "
        f"Clarabel {versions['clarabel']}"
    )


def _short(value: float | None) -> str:
    """Return a number with three digits that count.

    Examples
    --------
    >>> _short(1234.5), _short(0.01234), _short(2.0), _short(None), _short(-1e-9)
    ('1,234', '0.0123', '2', '–', '0')
    >>> _short(0.000543)
    '5.4e-04'
    """
    if value is None or not np.isfinite(value):
        return "–"
    if abs(value) < 5e-8:
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


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

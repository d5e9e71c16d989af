# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/engine.md, written from a recorded profile.

A test compares the page with what this would write, so that it cannot go stale.
"""

from __future__ import annotations

from benchmarks.engines.measure import Record
from benchmarks.engines.report import table
from benchmarks.real import RESULTS

PAGE = RESULTS.parents[1] / "docs" / "engine.md"
BEGIN = "<!-- written by benchmarks.engines.profile -->"
END = "<!-- end of what benchmarks.engines.profile writes -->"
PASSES = {
    "exposures": "each exposure touched once",
    "lots": "each lot touched once",
    "prices": "prices: exposures × a step",
    "gradient": "gradient: exposures × x",
    "hessian": "Hessian: half of the products of exposures, interior names",
}
STEP = (
    "x at new prices",
    "gradient",
    "Hessian",
    "Cholesky's method",
    "line search",
    "prices along a step",
)


def renewed(text: str, document: Record) -> str:
    """Return a page's text with the tables written anew.

    Raises
    ------
    ValueError
        When the marks are missing.
    """
    if BEGIN not in text or END not in text:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{section(document)}\n\n{END}{rest.split(END, 1)[1]}"


def section(document: Record) -> str:
    """Return the text between the marks."""
    machine, versions = document["machine"], document["versions"]
    head = (
        f"One core of an {machine['processor']} (load {machine['load']:.1f}), "
        f"Python {versions['python']}, NumPy {versions['numpy']}, "
        f"Numba {versions['numba']}; the least of {document['turns']} runs, "
        f"call by call."
    )
    return "\n\n".join([head, *(_case(case) for case in document["cases"])])


def _case(case: Record) -> str:
    gap = "no plan" if case["gap_bp"] is None else f"gap {case['gap_bp']:.3f} bp"
    return "\n\n".join(
        [
            f"**{case['label']}**: {case['names']} names, {case['lots']} lots, "
            f"{case['factors']} factors, {case['groups']} groups with "
            f"{case['modes']} modes; {case['us'] / 1e3:.2f} ms, "
            f"nodes {case['nodes']}, {gap}, {case['steps']} Newton steps "
            f"with {case['slopes']} slopes in their line searches.",
            _parts(case),
            _whole(case),
            _kernels(case),
            _floor(case),
        ]
    )


def _parts(case: Record) -> str:
    rows = sorted(case["parts"], key=lambda row: -float(row["us"]))
    rest = case["us"] - sum(row["us"] for row in rows)
    rows.append({"name": "the rest of Python", "calls": 1, "us": rest})
    return table(["part of a solve", "calls", "µs", "share"], _cells(rows, case["us"]))


def _whole(case: Record) -> str:
    alone = sum(row["us"] for row in case["kernels"])
    whole = max(row["us"] for row in case["parts"])
    return (
        f"Kernels timed by themselves add up to {alone:,.0f} µs; compiled into one "
        f"whole they are the {whole:,.0f} µs above."
    )


def _kernels(case: Record) -> str:
    rows = sorted(case["kernels"], key=lambda row: -float(row["us"]))
    whole = sum(row["us"] for row in rows)
    return table(["a kernel by itself", "calls", "µs", "share"], _cells(rows, whole))


def _cells(rows: list[Record], whole: float) -> list[list[str]]:
    return [
        [
            row["name"],
            str(row["calls"]),
            f"{row['us']:,.0f}",
            f"{row['us'] / whole:.0%}",
        ]
        for row in rows
    ]


def _floor(case: Record) -> str:
    """Return what a step takes, beside what touching its data takes."""
    floor, steps = case["floor"], case["steps"]
    newton = sum(row["us"] for row in case["kernels"] if row["name"] in STEP)
    touched = floor["exposures"] + floor["lots"]
    products = floor["prices"] + floor["gradient"] + floor["hessian"] + floor["lots"]
    rows = [[PASSES[name], f"{floor[name]:.1f}"] for name in PASSES]
    rows += [
        ["**the floor**: each exposure and each lot once", f"{touched:.1f}"],
        ["the products that a step needs, and the lots once", f"{products:.1f}"],
        ["a step of the engine, line search included", f"{newton / steps:.1f}"],
        ["the whole solve by its steps", f"{case['us'] / steps:.1f}"],
    ]
    head = (
        f"A Newton step, µs ({floor['names']} × {floor['columns']} exposures and rows, "
        f"{floor['pairs']} pairs of lot and mode, {floor['interior']} names interior)"
    )
    return table([head, "µs"], rows)

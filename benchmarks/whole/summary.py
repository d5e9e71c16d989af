# SPDX-License-Identifier: Apache-2.0
"""What the comparison comes to: how far from SCIP and heuristics, bars met or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks.whole.cases import LEAST, NAMES, TRADES, WHOLE

Record = dict[str, Any]

WORSE = 0.02  # bp; or the part below of SCIP's objective, whichever is more
PART = 0.02
EQUAL = 1e-4  # part of a tracking error; heuristics this close count as equal
FAST = 0.5  # seconds on one core
MEET = 1e-3  # bp; SCIP's bounds hold up to its own tolerances
NEVER = np.inf


def over(case: Record) -> float | None:
    """Return objective less SCIP's, bp: inf without a plan, None without SCIP's."""
    exact = case["exact"]
    if exact is None or exact["objective_bp"] is None:
        return None
    if case["quick"]["objective_bp"] is None:
        return NEVER
    return float(case["quick"]["objective_bp"] - exact["objective_bp"])


def allowed(case: Record, of: str) -> float:
    """Return by how much an objective may be above SCIP's, bp.

    ``of`` is what the part is taken of: ``objective_bp``, or ``risk_bp`` for what the
    objective charges for tracking error alone, which no tax saved makes large.
    """
    return max(WORSE, PART * abs(float(case["exact"][of])))


def within(case: Record, of: str = "objective_bp") -> bool | None:
    """Return whether an objective is near enough to SCIP's; None without SCIP's.

    For few names the measure is the tracking error. A plan with a fault is none.
    """
    far = over(case)
    if far is None:
        return None
    if case["quick"]["faults"]:
        return False
    if case["kind"] == NAMES:
        return far < NEVER and times_scip(case) <= 1.0 + PART
    return far <= allowed(case, of)


def times_scip(case: Record) -> float:
    """Return the tracking error over SCIP's."""
    return float(case["quick"]["te_bp"] / case["exact"]["te_bp"])


def times_best(case: Record, heuristics: Record) -> float:
    """Return the tracking error over that of the best heuristic."""
    best = min(found["te_bp"] for found in heuristics["heuristics"].values())
    found = case["quick"].get("te_bp")
    return NEVER if found is None else float(found / best)


def meets(case: Record) -> bool | None:
    """Return whether both engines' intervals share a point; None without SCIP's."""
    quick, exact = case["quick"], case["exact"]
    if exact is None or exact["bound_bp"] is None or quick["bound_bp"] is None:
        return None
    ends = (quick["objective_bp"], exact["objective_bp"])
    least = min((end for end in ends if end is not None), default=NEVER)
    return bool(max(quick["bound_bp"], exact["bound_bp"]) <= least + MEET)


def of_kinds(cases: Iterable[Record], kinds: Sequence[str]) -> list[Record]:
    """Return the cases of some kinds."""
    return [case for case in cases if case["kind"] in kinds]


def share(found: Iterable[bool | None]) -> tuple[int, int]:
    """Return how many are true, and how many are known."""
    known = [one for one in found if one is not None]
    return sum(known), len(known)


def bars(cases: Sequence[Record], heuristics: Record) -> list[Record]:
    """Return each bar with what was wanted and found, and whether it was met.

    Parameters
    ----------
    heuristics : mapping
        By program hash, as results/whole-counts.json has them.
    """
    whole, names = of_kinds(cases, WHOLE), of_kinds(cases, (NAMES,))
    few = of_kinds(cases, (LEAST, TRADES))
    slowest = max((case["quick"]["seconds"] for case in whole), default=NEVER)
    near = "objective at most max(0.02 bp, 2 %) above SCIP's"
    rows = [
        _shared(f"whole shares: {near}", "≥ 95 %", 0.95, map(within, whole)),
        _shared(
            "the same, 2 % of what tracking error is charged",
            "≥ 95 %",
            0.95,
            (within(case, "risk_bp") for case in whole),
        ),
        _bar(
            "whole shares: slowest, seconds",
            f"< {FAST}",
            f"{slowest:.2f}",
            slowest < FAST,
        ),
        _shared(
            "few names: tracking error at most 2 % above SCIP's",
            "all",
            1.0,
            map(within, names),
        ),
        _shared(
            "few names: tracking error no worse than the best heuristic's",
            "all",
            1.0,
            (
                times_best(case, heuristics[case["hash"]]) <= 1.0 + EQUAL
                for case in names
                if case["hash"] in heuristics
            ),
        ),
        _shared(f"minimum and few trades: {near}", "all", 1.0, map(within, few)),
        _shared(
            "the same, 2 % of what tracking error is charged",
            "all",
            1.0,
            (within(case, "risk_bp") for case in few),
        ),
        _shared(
            "plans within every limit, on their grid, objective as said",
            "all",
            1.0,
            (not case["quick"]["faults"] for case in cases),
        ),
        _shared("bounds below both objectives", "all", 1.0, map(meets, cases)),
    ]
    return [row for row in rows if row["found"] != "–"]


def _shared(
    name: str, wanted: str, least: float, found: Iterable[bool | None]
) -> Record:
    good, known = share(found)
    if not known:
        return _bar(name, wanted, "–", met=False)
    return _bar(name, wanted, f"{good} of {known}", good >= least * known - 1e-9)


def _bar(name: str, wanted: str, found: str, met: bool) -> Record:
    return {"bar": name, "wanted": wanted, "found": found, "met": met}


def median(values: Iterable[float | None]) -> float | None:
    """Return the median of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def largest(values: Iterable[float | None]) -> float | None:
    """Return the largest of what is known; None where nothing is."""
    return max((value for value in values if value is not None), default=None)


def gap(answer: Record | None) -> float | None:
    """Return objective − bound of an answer, bp."""
    if not answer or answer["objective_bp"] is None or answer["bound_bp"] is None:
        return None
    return float(answer["objective_bp"] - answer["bound_bp"])

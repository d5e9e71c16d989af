# SPDX-License-Identifier: Apache-2.0
"""The recorded times with all limits say what the page says, and are counted right."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from benchmarks.limits import MOST_TIMES, verdict
from benchmarks.real import RESULTS

PAGE = Path(__file__).parents[2] / "benchmarks" / "README.md"


def recorded() -> tuple[dict[str, object], pd.DataFrame]:
    document = json.loads((RESULTS / "limits.json").read_text(encoding="utf-8"))
    return document, pd.DataFrame(document["accounts"])


def test_the_page_says_what_is_recorded() -> None:
    document, table = recorded()
    assert verdict(table) == document["verdict"]
    words = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert str(document["verdict"]) in words


def test_a_verdict_counts_both_sides_of_its_bars() -> None:
    table = pd.DataFrame(
        {
            "times": [1.0, MOST_TIMES, 5.01, 9.0],
            "all_gap_bp": [0.0, 1.0, 1.001, 0.5],
            "times_counted": [10.0, 20.0, 30.0, 40.0],
            "counted_gap_bp": [0.1, 0.1, 2.0, 2.0],
        }
    )
    said = verdict(table)
    assert "50% within 5 times" in said
    assert "gap at most 1 bp on 75%" in said
    assert "25.00 times at the median" in said
    assert said.endswith("on 50%")

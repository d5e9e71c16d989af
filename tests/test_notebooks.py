# SPDX-License-Identifier: Apache-2.0
"""Every study in notebooks/ runs from beginning to end and leaves nothing behind."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.code import ROOT

STUDIES = sorted((ROOT / "notebooks").glob("*.py"))
SECONDS = 120  # a slow core; the studies themselves are to stay under 25


def run(study: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-X", "utf8", str(study)],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, str]:
    """What each study prints; all end cleanly and write nothing where they run."""
    found = {}
    for study in STUDIES:
        folder = tmp_path_factory.mktemp(study.stem)
        done = run(study, folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert list(folder.iterdir()) == []
        found[study.stem] = done.stdout
    return found


def test_every_study_runs_and_prints(printed):
    assert set(printed) == {study.stem for study in STUDIES}
    assert all(printed.values())


def test_tracking_error_against_tax_prints_its_sweep(printed):
    text = printed["tracking_error_against_tax"]
    heading = next(line for line in text.splitlines() if "te after bp" in line)
    for column in ("te before bp", "tax", "objective bp", "gap bp"):
        assert column in heading
    rows = text.partition(heading)[2].splitlines()[2:5]
    assert [row.split()[0] for row in rows] == ["2", "10", "50"]
    assert all(len(row.split()) == 10 for row in rows)
    said = ("harvest long term loss", "price paid", "disallowed: 0.00", "no gains")
    for part in said:
        assert part in text


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.stem)
def test_studies_alternate_words_and_code_and_check_themselves(study: Path):
    cells = re.split(r"^# %%", study.read_text(), flags=re.MULTILINE)[1:]
    words = [cell for cell in cells if cell.startswith(" [markdown]\n")]
    assert len(words) >= len(cells) / 2
    assert all(
        line.startswith("#") or not line
        for cell in words
        for line in cell.splitlines()[1:]
    )
    assert cells[-1].count("assert ") > 5


def test_each_study_is_in_the_readme():
    readme = (ROOT / "notebooks" / "README.md").read_text()
    assert [study.name for study in STUDIES if study.name not in readme] == []

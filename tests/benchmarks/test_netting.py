# SPDX-License-Identifier: Apache-2.0
"""The comparison of the bill with flat rates runs, and judges plans as they do."""

from __future__ import annotations

import json

import pytest
from support import real_folder

from benchmarks import netting


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = real_folder.write(tmp_path_factory.mktemp("data"))
    out = tmp_path_factory.mktemp("out") / "n.json"
    netting.main(
        ["--data", str(folder), "--dates", "2016-09-30", "--accounts", "3",
         "--factors", "3", "--out", str(out)]
    )  # fmt: skip
    return json.loads(out.read_text())


def test_every_account_has_both_plans_and_the_bill_s_is_never_worse(document):
    (rows,) = document["runs"].values()
    assert [row["year"] for row in rows] == [name for name, _ in netting.YEARS[:3]]
    for row in rows:
        assert row["status"] in ("solved", "limit")
        assert row["better_bp"] >= -1e-6
        assert row["better_bp"] == pytest.approx(row["flat_bp"] - row["netting_bp"])
    assert document["verdict"].startswith("3 accounts: better by more than .01 bp on")
    assert "worse on 0" in document["verdict"]


def test_the_judge_agrees_with_a_plan_of_its_own_bill(tmp_path, monkeypatch):
    """The judge works the bill out from gains alone; the plan's certificate has it."""
    seen = []
    judged = netting.judged
    monkeypatch.setattr(
        netting, "judged", lambda p, w: seen.append((p, judged(p, w))) or seen[-1][1]
    )
    folder = real_folder.write(tmp_path / "data")
    netting.main(
        ["--data", str(folder), "--dates", "2016-12-30", "--accounts", "2",
         "--factors", "3", "--out", str(tmp_path / "n.json")]
    )  # fmt: skip
    netted = [(p, value) for p, value in seen if p.figures.bill is not None]
    assert len(netted) == 2
    for plan, value in netted:
        assert value == pytest.approx(plan.certificate.objective_bp, abs=0.01)

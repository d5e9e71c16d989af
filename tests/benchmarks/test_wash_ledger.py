# SPDX-License-Identifier: Apache-2.0
"""The benchmark of the wash-sale ledger runs, small, and says what it ran."""

import json

import pandas as pd

from benchmarks.wash_ledger import main, transactions


def test_transactions_are_the_same_for_the_same_numbers():
    one, two = (transactions(300, 5) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    assert one["account"].nunique() == 5
    signed = one["shares"].where(one["side"] == "buy", -one["shares"])
    held = signed.groupby([one["account"], one["symbol"]]).cumsum()
    assert held.min() >= 0


def test_a_small_run_records_sizes_and_ratios(tmp_path, capsys):
    main(["--rows", "600", "--accounts", "4", "--one", "60", "--out", str(tmp_path)])
    text = (tmp_path / "wash_ledger.json").read_text()
    assert capsys.readouterr().out == text
    result = json.loads(text)
    sizes = [timing["transactions"] for timing in result["timings"]]
    assert sizes == [600, 1200, 1200, 60, 120]
    assert all(timing["replacements"] > 0 for timing in result["timings"])
    assert result["ratio_twice_the_days"] > 0
    assert set(result["machine"]) == {"processor", "cores", "memory_gib", "system"}

# SPDX-License-Identifier: Apache-2.0
"""The commands from outside: what they print, write and exit with."""

import json
import os
import resource
from pathlib import Path

import pandas as pd
import pytest
from support.code import ROOT
from support.command_line import Result, call

from di_optimizer import __version__
from di_optimizer.sample.write import SamplePaths, write_sample

FILES = ["orders.csv", "summary.csv", "trades.csv"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> SamplePaths:
    """A small market and two accounts, with their risk model in the same folder."""
    folder = tmp_path_factory.mktemp("sample")
    paths = write_sample(folder, securities=40, accounts=2)
    made = call(
        "risk", "estimate", "--prices", paths.price_history, "--date", paths.on,
        "--factors", 5, "--out", folder / "risk.npz",
    )  # fmt: skip
    assert made.status == 0, made.err
    assert made.out.startswith("40 securities, ")
    return paths


def rebalance(paths: SamplePaths, out: Path, *more: object, **other: Path) -> Result:
    """Rebalance the sample, with other files for some tables."""
    files = {
        "lots": paths.lots,
        "accounts": paths.accounts,
        "taxpayers": paths.taxpayers,
        "cash": paths.cash,
        "flows": paths.flows,
        "restrictions": paths.restrictions,
        "activity": paths.activity,
        "securities": paths.securities,
        "prices": paths.prices,
        "holdings": paths.holdings,
        "policy": paths.policy,
        "risk": paths.folder / "risk.npz",
    } | other
    words = [word for name, path in files.items() for word in (f"--{name}", path)]
    return call("rebalance", *words, "--date", paths.on, "--out", out, *more)


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


def edited(path: Path, folder: Path, change) -> Path:
    """Write a changed copy of a CSV table."""
    target = folder / path.name
    change(pd.read_csv(path, dtype=str)).to_csv(target, index=False)
    return target


def test_rebalance_writes_the_three_tables_and_says_where(sample, tmp_path):
    out = tmp_path / "out"
    result = rebalance(sample, out)
    assert (result.status, written(out)) == (0, FILES)
    for name in ("A001", "A002", "2 accounts", *(str(out / f) for f in FILES)):
        assert name in result.out
    assert "Wash-sale rules were not applied" not in result.out
    assert "2 of 2 accounts (100 %)" in result.err
    summary = pd.read_csv(out / "summary.csv")
    assert summary["account"].tolist() == ["A001", "A002"]
    assert summary["gap_bp"].notna().all()


def test_json_is_the_summary_and_nothing_else(sample, tmp_path):
    result = rebalance(sample, tmp_path, "--json", "--quiet")
    data = json.loads(result.out)
    summary = pd.read_csv(tmp_path / "summary.csv")
    assert (result.status, data["ok"], result.err) == (0, True, "")
    assert data["date"] == sample.on.isoformat()
    assert [a["account"] for a in data["accounts"]] == ["A001", "A002"]
    assert [a["tax"] for a in data["accounts"]] == summary["tax"].tolist()
    assert data["totals"]["tax"] == pytest.approx(summary["tax"].sum(), abs=1e-9)
    assert data["totals"]["trades"] == len(pd.read_csv(tmp_path / "trades.csv"))
    assert data["files"][0] == str(tmp_path / "trades.csv")


def test_quiet_says_nothing_when_all_is_well(sample, tmp_path):
    result = rebalance(sample, tmp_path, "--quiet")
    assert (result.status, result.out, result.err) == (0, "", "")
    assert written(tmp_path) == FILES


def test_two_workers_write_the_same_bytes_as_one(sample, tmp_path):
    for workers in (1, 2):
        rebalance(sample, tmp_path / str(workers), "--quiet", "--workers", workers)
    for name in ("trades.csv", "orders.csv"):
        one, two = ((tmp_path / w / name).read_bytes() for w in ("1", "2"))
        assert one == two
    assert written(tmp_path / "2") == FILES


def test_an_account_without_a_plan_is_named_and_the_status_is_3(sample, tmp_path):
    def lock_a002(rows: pd.DataFrame) -> pd.DataFrame:
        sectors = pd.read_csv(sample.securities)["sector"].dropna().unique()
        locks = [{"account": "A002", "sector": s, "kind": "no_trade"} for s in sectors]
        return pd.concat([rows, pd.DataFrame(locks)])

    policy = tmp_path / "half-cash.toml"
    policy.write_text("[cash]\nminimum = 0.5\nmaximum = 0.6\n")
    locked = edited(sample.restrictions, tmp_path, lock_a002)
    out = tmp_path / "out"
    result = rebalance(sample, out, restrictions=locked, policy=policy)
    assert (result.status, written(out)) == (3, FILES)
    assert "A002 has no plan (infeasible):" in result.out
    status = pd.read_csv(out / "summary.csv").set_index("account")["status"]
    assert status["A002"] == "infeasible"
    assert status["A001"] != "infeasible"


def test_quiet_still_names_accounts_without_a_plan(sample, tmp_path):
    everything_out = edited(
        sample.flows, tmp_path, lambda rows: rows.assign(amount="-999999999")
    )
    out = tmp_path / "out"
    result = rebalance(sample, out, "--quiet", flows=everything_out)
    assert (result.status, result.out, written(out)) == (3, "", FILES)
    assert result.err.startswith("A002 has no plan (")
    quiet = rebalance(sample, out, "--quiet", "--json", flows=everything_out)
    assert (quiet.status, quiet.err) == (3, "")
    assert json.loads(quiet.out)["accounts"][1]["account"] == "A002"


def test_old_prices_and_an_old_model_are_said_to_be_old(sample, tmp_path):
    result = rebalance(sample, tmp_path, "--date", "2024-10-01", "--json")
    assert (result.status, json.loads(result.out)["notes"]) == (
        0,
        [
            f"{sample.prices}: 40 prices more than 14 days old, the oldest of "
            "2024-06-28, 95 days",
            "risk model: a model as of 2024-06-28, 95 days old",
            "benchmark Tessaline Broad Market ETF: weights as of 2024-06-28, 95 days "
            "old",
        ],
    )


def test_paths_are_printed_whole_and_as_they_are(sample, tmp_path):
    out = tmp_path / "of [bold]June[bold]" / ":apple:" / ("long" * 40)
    result = rebalance(sample, out)
    assert f"  • {out / 'summary.csv'}\n" in result.out


def test_a_disk_that_is_full_leaves_the_results_of_before(sample, tmp_path):
    rebalance(sample, tmp_path, "--quiet")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        result = rebalance(sample, tmp_path, "--quiet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (result.status, result.out) == (1, "")
    assert result.err == f"OSError: [Errno 27] File too large: '{tmp_path}'\n"
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_without_permission_is_refused_before_solving(
    sample, tmp_path, monkeypatch
):
    monkeypatch.setattr("os.access", lambda _, mode: not mode & os.W_OK)
    out = tmp_path / "new" / "out"
    result = rebalance(sample, out)
    assert result.status == 1
    assert result.err == f"PermissionError: [Errno 13] Permission denied: '{out}'\n"
    assert not out.parent.exists()


def test_all_problems_come_at_once_and_nothing_is_written(sample, tmp_path):
    def damage(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[0, "shares"] = "-3"
        return rows

    out = tmp_path / "out"
    result = rebalance(
        sample,
        out,
        lots=edited(sample.lots, tmp_path, damage),
        prices=tmp_path / "no-prices.csv",
        holdings=tmp_path / "no-holdings.csv",
        risk=tmp_path / "no-risk.npz",
        policy=tmp_path / "no-policy.toml",
    )
    assert (result.status, out.exists(), result.out) == (2, False, "")
    assert result.err.startswith("5 problems in the input:\n")
    assert "lots.csv, row 2, column 'shares': found -3" in result.err
    for name in ("no-prices.csv", "no-holdings.csv", "no-risk.npz", "no-policy.toml"):
        assert name in result.err
    assert "Traceback" not in result.err


def test_two_benchmarks_of_one_name_are_refused(sample, tmp_path):
    out = tmp_path / "out"
    more = ("--holdings", sample.holdings)
    result = rebalance(sample, out, *more)
    assert (result.status, out.exists()) == (2, False)
    assert "a second benchmark called" in result.err
    assert "--holdings NAME=FILE" in result.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--date", "2024-02-30"], "2024-02-30"),
        (["--workers", "0"], "greater than or equal to 1"),
        (["--wrokers", "2"], "No such option"),
    ],
)
def test_wrong_usage_has_status_2(words, message, sample, tmp_path):
    out = tmp_path / "out"
    result = rebalance(sample, out, *words)
    assert (result.status, out.exists()) == (2, False)
    assert message in result.err


def test_a_folder_that_cannot_be_made_is_one_line_and_status_1(sample, tmp_path):
    (tmp_path / "file").touch()
    result = rebalance(sample, tmp_path / "file" / "out", "--quiet")
    assert result.status == 1
    assert result.err.startswith("NotADirectoryError: ")
    assert "Traceback" not in result.err


def test_risk_estimate_refuses_what_the_history_cannot_tell(sample, tmp_path):
    result = call(
        "risk", "estimate", "--prices", sample.price_history, "--date", sample.on,
        "--factors", 40, "--out", tmp_path / "risk.npz",
    )  # fmt: skip
    assert (result.status, written(tmp_path)) == (2, [])
    assert "column 'factors': found 40; allowed: at most 39" in result.err


def test_holdings_show_prints_the_facts_of_a_file():
    result = call("holdings", "show", ROOT / "constituents" / "sample_ishares.csv")
    assert result.status == 0
    assert result.out.startswith(
        "Tessaline Broad Market ETF (iShares, as of 2024-06-28)"
    )
    assert "300 securities" in result.out
    assert "no security" in result.out


def test_holdings_show_as_json_has_every_security():
    path = ROOT / "constituents" / "sample_vanguard.json"
    data = json.loads(call("holdings", "show", path, "--json").out)
    weights = [row["weight"] for row in data["holdings"]]
    assert (len(weights), data["as_of"]) == (300, "2024-06-28")
    assert sum(weights) + sum(data["residual"].values()) == pytest.approx(1, abs=5e-3)


def test_holdings_show_of_no_file_has_status_2(tmp_path):
    result = call("holdings", "show", tmp_path / "none.csv")
    assert (result.status, result.out) == (2, "")
    assert "none.csv: found an unreadable file" in result.err


@pytest.mark.parametrize(
    "words", [[], ["rebalance"], ["demo"], ["risk", "estimate"], ["holdings", "show"]]
)
def test_every_help_states_the_exit_statuses(words):
    result = call(*words, "--help")
    assert result.status == 0
    for text in ("Exit status:", "0 done", "3 files written"):
        assert text in result.out


def test_version():
    assert call("--version").out == f"{__version__}\n"

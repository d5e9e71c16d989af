# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer compact`` and ``di-optimizer curves`` on a small sample."""

import json

import pandas as pd
import pytest
from support.command_line import Result, call

import di_optimizer as di
from di_optimizer.sample.write import SamplePaths, write_sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> SamplePaths:
    folder = tmp_path_factory.mktemp("sample")
    paths = write_sample(folder, securities=30, accounts=1)
    made = call(
        "risk", "estimate", "--prices", paths.price_history, "--date", paths.on,
        "--factors", 4, "--out", folder / "risk.npz",
    )  # fmt: skip
    assert made.status == 0, made.err
    return paths


def run(command: str, paths: SamplePaths, *more: object) -> Result:
    known = ("--holdings", paths.holdings, "--risk", paths.folder / "risk.npz")
    given = (*known, "--securities", paths.securities, "--date", paths.on)
    return call(command, *given, *more)


def test_compact_writes_a_holdings_file(sample, tmp_path) -> None:
    made = run(
        "compact", sample, "--names", 6, "--nodes", 5, "--out", tmp_path, "--json"
    )
    assert made.status == 0, made.err
    told = json.loads(made.out)
    read = di.Benchmark.from_holdings(tmp_path / "holdings.csv")
    assert read.weights.to_dict() == pytest.approx(told["weights"])
    assert len(told["weights"]) <= 6
    assert 0.0 <= told["bound_bp"] <= told["te_bp"]
    assert told["gap_bp"] == pytest.approx(told["te_bp"] - told["bound_bp"])
    assert told["files"] == [str(tmp_path / "holdings.csv")]


def test_compact_for_people_and_quiet(sample) -> None:
    made = run("compact", sample, "--names", 5, "--method", "top", "--min-weight", 0.01)
    assert made.status == 0, made.err
    assert "the largest of 5 names" in made.out
    assert "nothing is below" in made.out
    quiet = run("compact", sample, "--names", 5, "--method", "top", "-q")
    assert (quiet.status, quiet.out) == (0, "")


def test_compact_with_a_completion_fund(sample, tmp_path) -> None:
    own = di.Benchmark.from_holdings(sample.holdings).weights[::2]
    path = tmp_path / "half.csv"
    (own / own.sum()).rename_axis("symbol").to_csv(path)
    made = run(
        "compact", sample, "--names", 4, "--completion", f"HALF={path}",
        "--method", "greedy", "--json",
    )  # fmt: skip
    assert made.status == 0, made.err
    told = json.loads(made.out)
    assert told["completion"]["HALF"] == pytest.approx(told["weights"]["HALF"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--names", 31), "names: found 31; allowed: 1 to 30"),
        (("--names", 3, "--method", "gredy"), "Did you mean 'greedy'?"),
        (("--names", 3, "--completion", "ETF"), "found ETF; allowed: SYMBOL=FILE"),
        (("--names", 3, "--exclude", "NOPE"), "unknown symbol 'NOPE'"),
    ],
)
def test_what_compact_refuses(sample, words, said) -> None:
    made = run("compact", sample, *words)
    assert made.status == 2
    assert said in made.err


def test_curves_write_tables_and_pictures(sample, tmp_path) -> None:
    made = run(
        "curves", sample, "--prices", sample.prices, "--names", 4, "--names", 8,
        "--size", 1000, "--size", 100_000, "--nodes", 2, "--out", tmp_path, "--json",
        "-q",
    )  # fmt: skip
    assert made.status == 0, made.err
    told = json.loads(made.out)
    assert [point["limit"] for point in told["te_vs_names"]] == [4, 8]
    assert len(told["te_vs_account_size"]) == 4
    names = [path.rsplit("/")[-1] for path in told["files"]]
    assert names == [
        "te_vs_names.csv", "te_vs_names.svg",
        "te_vs_account_size.csv", "te_vs_account_size.svg",
    ]  # fmt: skip
    for name in names:
        assert (tmp_path / name).stat().st_size > 100
    read = pd.read_csv(tmp_path / "te_vs_account_size.csv")
    assert read["size"].tolist() == [1000, 100_000, 1000, 100_000]


def test_curves_for_people_without_prices(sample) -> None:
    made = run("curves", sample, "--names", 5, "--names", 10, "--method", "greedy")
    assert made.status == 0, made.err
    assert "tracking error by number of names" in made.out
    assert "account size" not in made.out
    assert "numbers of names" in made.err  # progress


def test_prices_without_a_member_are_named_with_their_file(sample, tmp_path) -> None:
    prices = pd.read_csv(sample.prices)
    path = tmp_path / "prices.csv"
    prices.iloc[1:].to_csv(path, index=False)
    made = run("curves", sample, "--prices", path, "--names", 5, "--method", "top")
    assert made.status == 2
    assert f"{path}: found no price of '{prices['symbol'].iloc[0]}'" in made.err


def test_prices_in_two_currencies_are_refused(sample, tmp_path) -> None:
    prices = pd.read_csv(sample.prices)
    prices["currency"] = ["EUR", *["USD"] * (len(prices) - 1)]
    path = tmp_path / "prices.csv"
    prices.to_csv(path, index=False)
    made = run("curves", sample, "--prices", path, "--names", 5)
    assert made.status == 2
    assert "found prices in EUR, USD; allowed: prices in one currency" in made.err

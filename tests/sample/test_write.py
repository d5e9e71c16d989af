# SPDX-License-Identifier: Apache-2.0
import tomllib
from datetime import date

import pandas as pd
import pytest
from support.sample import market, tables

from di_optimizer.errors import InputError
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.policy import Policy
from di_optimizer.sample.market import END
from di_optimizer.sample.prices import price_history
from di_optimizer.sample.securities import securities_table
from di_optimizer.sample.write import write_sample
from di_optimizer.tables import TABLES, read_table


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample"), securities=40, accounts=12)


def test_same_seed_same_bytes_other_seed_others(paths, tmp_path):
    again = write_sample(tmp_path / "again", securities=40, accounts=12)
    other = write_sample(tmp_path / "other", securities=40, accounts=12, seed=8)
    for one, two, three in zip(
        paths.files(), again.files(), other.files(), strict=True
    ):
        assert one.name == two.name == three.name
        assert one.read_bytes() == two.read_bytes(), one.name
        if one.name not in ("policy.toml", "accounts.csv"):  # no drawn numbers there
            assert one.read_bytes() != three.read_bytes(), one.name


def test_every_file_is_there_and_no_other(paths):
    assert sorted(p.name for p in paths.folder.iterdir()) == sorted(
        p.name for p in paths.files()
    )
    assert paths.on == END


@pytest.mark.parametrize(
    "name",
    [
        *("accounts", "taxpayers", "cash", "flows", "lots", "restrictions"),
        *("activity", "securities", "prices", "price_history"),
    ],
)
def test_tables_are_read_without_a_problem(paths, name):
    frame = read_table(getattr(paths, name), TABLES[name])
    assert len(frame) > 0


def test_what_was_written_is_what_was_generated(paths):
    lots = read_table(paths.lots, TABLES["lots"])
    generated = tables(12, 40)["lots"]
    for column in ("account", "lot_id", "symbol", "shares", "cost_basis"):
        assert lots[column].tolist() == generated[column].tolist()
    history = pd.read_parquet(paths.price_history)
    expected = price_history(market(securities=40))
    assert history["close"].tolist() == expected["close"].tolist()
    assert history["date"].tolist() == expected["date"].tolist()


def test_holdings_give_the_index_weights(paths):
    benchmark = Benchmark.from_holdings(paths.holdings)
    index = market(securities=40).weights(END)
    assert benchmark.as_of == END
    assert (benchmark.weights - index).abs().max() < 5e-8
    known = set(securities_table(market(securities=40))["symbol"])
    assert set(benchmark.weights.index) <= known


def test_policy_file_is_a_policy_and_only_says_defaults(paths):
    settings = tomllib.loads(paths.policy.read_text("utf-8"))
    assert Policy(**settings) == Policy()


def test_files_of_an_earlier_sample_are_replaced(tmp_path):
    write_sample(tmp_path, securities=25, accounts=2)
    first = (tmp_path / "lots.csv").read_bytes()
    write_sample(tmp_path, securities=25, accounts=1)
    assert len((tmp_path / "lots.csv").read_bytes()) < len(first)


@pytest.mark.parametrize("count", [0, 1000])
def test_number_of_accounts_out_of_range_is_refused(tmp_path, count):
    with pytest.raises(InputError, match=f"found {count}; allowed: 1 to 999"):
        write_sample(tmp_path / "none", accounts=count)
    assert not (tmp_path / "none").exists()


def test_dates_are_plain_days(paths):
    text = paths.lots.read_text("utf-8").splitlines()[1]
    assert "T" not in text.split(",")[5]
    assert date.fromisoformat(text.split(",")[5]) <= END

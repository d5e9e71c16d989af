# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.real_folder import write

from benchmarks import real
from benchmarks.corrections import LATER_SPLITS
from benchmarks.forward import apply_trades, move_on
from benchmarks.real_accounts import RECENT, build, counts, deposits, specs
from benchmarks.real_data import load
from di_optimizer.errors import InputError
from di_optimizer.exact import cents, exact

ON = date(2016, 9, 30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def data(folder):
    return load(folder)


@pytest.fixture(scope="module")
def tables(data):
    built, left_out = build(data, ON, specs(3))
    assert left_out == []
    return built


# ---------------------------------------------------------------- data


def test_symbols_are_those_of_the_prices_and_what_is_left_out_is_named(data):
    assert {"FB", "BRK.B", "AAPL"} <= set(data.shares.index)
    notes = "\n".join(data.notes)
    assert "left out, no shares in the holdings file: 1 names: ZZA" in notes
    assert "left out, no prices: 1 names: NEW" in notes
    assert "survivorship" in notes
    assert "0 of 11 known corrections found their row" in notes
    assert "missing after" not in notes


def test_weights_use_the_shares_of_their_day(data):
    before, after = date(2016, 11, 1), date(2016, 12, 30)
    for on in (before, after):
        weights = data.weights(on)
        assert weights.sum() == pytest.approx(1.0)
        caps = data.shares.drop("S03") * data.book.closes(on).drop("S03")
        relative = weights.drop("S03") / weights.drop("S03").sum()
        assert relative.to_dict() == pytest.approx((caps / caps.sum()).to_dict())
    ratio = {
        on: data.weights(on)["S03"] / data.weights(on)["S04"] for on in (before, after)
    }
    closes = {on: data.book.closes(on) for on in (before, after)}
    moved = (closes[after]["S03"] * 3 / closes[before]["S03"]) / (
        closes[after]["S04"] / closes[before]["S04"]
    )
    assert ratio[after] / ratio[before] == pytest.approx(moved)


def test_later_splits_turn_shares_of_the_file_into_shares_of_the_last_price(
    data, folder
):
    lines = (folder / "holdings" / "ishares_IVV_2022-12-30.csv").read_text()
    row = next(r for r in lines.splitlines() if r.startswith('"AAPL"'))
    printed = int(row.split('","')[7].replace(",", ""))
    assert data.shares["AAPL"] == printed / 4


def test_a_split_that_the_table_lacks_is_noticed(folder, monkeypatch):
    without = tuple(s for s in LATER_SPLITS if s.symbol != "AAPL")
    monkeypatch.setattr("benchmarks.corrections.LATER_SPLITS", without)
    notes = "\n".join(load(folder).notes)
    assert "AAPL: a split may be missing after 2016-12-30, × 4.000" in notes


def test_adjusted_close_is_total_return(data):
    table = data.history[data.history["symbol"] == "S03"].set_index("date")
    split_day = table.index[table["split"] != 1][0]
    i = table.index.get_loc(split_day)
    adjusted = table["adjusted_close"] / table["adjusted_close"].shift()
    expected = (
        table["close"].iloc[i] * table["split"].iloc[i] / table["close"].iloc[i - 1]
    )
    assert adjusted.iloc[i] == pytest.approx(expected)
    assert table["adjusted_close"].iloc[-1] == pytest.approx(table["close"].iloc[-1])


# ---------------------------------------------------------------- accounts


@pytest.mark.parametrize("spec", specs(8), ids=lambda s: s.account)
def test_half_of_the_accounts_got_money_within_thirty_days(spec):
    flow = deposits(spec, ON, date(2000, 1, 3))
    away = (ON - flow["date"].max()).days
    assert (0 < away <= RECENT) == spec.recent
    assert (spec.number % 2 == 0) == spec.recent
    assert flow["date"].is_monotonic_increasing
    assert flow["date"].is_unique
    years = (ON - flow["date"].min()).days / 365.25
    assert spec.years - 0.2 < years <= spec.years + 0.01
    assert all(exact(a) == cents(exact(a)) for a in flow["amount"])


def test_deposits_never_precede_the_first_price():
    flow = deposits(specs(1)[0], ON, ON - timedelta(days=400))
    assert (flow["date"].min() - (ON - timedelta(days=400))).days >= 0


def test_accounts_are_deterministic_and_have_the_columns_of_the_tables(data, tables):
    again, _ = build(data, ON, specs(3))
    pd.testing.assert_frame_equal(again.lots, tables.lots)
    assert list(tables.lots.columns[:3]) == ["account", "lot_id", "symbol"]
    assert not tables.lots.duplicated(["account", "lot_id"]).any()
    assert set(tables.activity.columns) >= {"account", "symbol", "date", "side"}
    assert set(tables.prices["symbol"]) >= set(tables.lots["symbol"])
    assert (counts(tables)["names"] >= 30).all()


# ---------------------------------------------------------------- forward


def trade(tables, row, **values):
    lot = tables.lots.iloc[row]
    price = tables.prices.set_index("symbol")["price"][lot["symbol"]]
    shares = values.pop("shares", lot["shares"])
    known = {
        "account": lot["account"],
        "symbol": lot["symbol"],
        "lot_id": lot["lot_id"],
        "side": "sell",
        "shares": shares,
        "amount": float(cents(exact(float(shares)) * exact(float(price)))),
    }
    return {**known, **values}


def cash_of(tables, account):
    return exact(float(tables.cash.set_index("account")["amount"][account]))


def test_trades_move_lots_and_cash_to_the_cent(tables):
    lot = tables.lots.iloc[0]
    half = round(lot["shares"] / 2, 4)
    sales = [trade(tables, 0, shares=half), trade(tables, 1)]
    buy = trade(tables, 2, side="buy", lot_id=None, shares=0.5, amount=12.34)
    after = apply_trades(
        tables, pd.DataFrame([*sales, buy]), {lot["account"]: 0.07}, ON
    )
    lots = after.lots.set_index(["account", "lot_id"])
    kept = lots.loc[(lot["account"], lot["lot_id"])]
    assert exact(kept["shares"]) == exact(lot["shares"]) - exact(half)
    share_left = kept["shares"] / lot["shares"]
    assert kept["cost_basis"] == pytest.approx(
        lot["cost_basis"] * share_left, abs=0.005
    )
    gone = tables.lots.iloc[1]
    assert (gone["account"], gone["lot_id"]) not in lots.index
    new = lots.loc[(lot["account"], f"{buy['symbol']}-20160930")]
    assert (new["shares"], new["cost_basis"]) == (0.5, 12.34)
    assert new["acquired"] == pd.Timestamp(ON)
    moved = exact(sales[0]["amount"]) + exact(sales[1]["amount"])
    expected = cash_of(tables, lot["account"]) + moved - exact(12.34) - exact(0.07)
    assert cash_of(after, lot["account"]) == expected
    assert len(after.activity) == len(tables.activity) + 3
    assert after.activity["side"].tail(3).tolist() == ["sell", "sell", "buy"]
    assert len(after.lots) == len(tables.lots)


def test_two_purchases_on_one_day_are_two_lots(tables):
    buy = trade(tables, 0, side="buy", lot_id=None, shares=0.1, amount=0.01)
    after = apply_trades(tables, pd.DataFrame([buy, buy]), {}, ON)
    made = after.lots.loc[after.lots["acquired"] == pd.Timestamp(ON), "lot_id"]
    assert made.tolist() == [f"{buy['symbol']}-20160930", f"{buy['symbol']}-20160930-2"]


def test_trades_that_do_not_fit_are_refused_together(tables):
    lot = tables.lots.iloc[0]
    wrong = [
        trade(tables, 0, lot_id="none"),
        trade(tables, 0, shares=lot["shares"] + 0.0001),
        trade(tables, 0, symbol="XYZ"),
        trade(tables, 1, side="buy", lot_id=None, shares=1.0, amount=1e9),
    ]
    with pytest.raises(InputError) as caught:
        apply_trades(tables, pd.DataFrame(wrong), {}, ON)
    assert len(caught.value.problems) == 4
    text = str(caught.value)
    assert "of lot none of R001 sold; allowed: held: no such lot" in text
    assert "found cash -999" in text


def test_exactly_the_lot_can_be_sold(tables):
    after = apply_trades(tables, pd.DataFrame([trade(tables, 0)]), {}, ON)
    assert len(after.lots) == len(tables.lots) - 1


def test_moving_on_splits_lots_and_pays_dividends(data, tables):
    day = next(s.on for s in data.book.splits if s.symbol == "S03")
    before = move_on(tables, data, day - timedelta(days=1))
    after = move_on(before, data, day)
    old = before.lots.set_index(["account", "lot_id"])
    new = after.lots.set_index(["account", "lot_id"])
    s03 = old["symbol"] == "S03"
    assert s03.any()
    assert (new["shares"][s03] == (old["shares"][s03] * 3).round(6)).all()
    assert (new["shares"][~s03] == old["shares"][~s03]).all()
    assert (new["cost_basis"] == old["cost_basis"]).all()
    paid = [d for d in data.book.dividends if tables.on < d.on <= date(2016, 12, 30)]
    assert paid
    end = move_on(tables, data, date(2016, 12, 30))
    for account in ("R001", "R002", "R003"):
        held = end.lots[end.lots["account"] == account]
        shares = held.groupby("symbol")["shares"].sum()
        owed = sum(
            cents(exact(float(shares[d.symbol])) * d.amount)
            for d in paid
            if d.symbol in shares.index and d.symbol != "S03"
        )
        assert cash_of(end, account) == cash_of(tables, account) + owed
    assert set(end.prices["as_of"].dt.date) == {date(2016, 12, 30)}


def test_moving_on_in_steps_is_moving_on_at_once(data, tables):
    once = move_on(tables, data, date(2016, 12, 1))
    steps = move_on(move_on(tables, data, date(2016, 10, 20)), data, date(2016, 12, 1))
    pd.testing.assert_frame_equal(once.lots, steps.lots)
    pd.testing.assert_frame_equal(once.cash, steps.cash)


# ---------------------------------------------------------------- the whole run


def test_the_benchmark_runs_on_a_small_folder(folder, tmp_path, capsys):
    out = real.main(
        ["--data", str(folder), "--dates", "2016-09-30", "2016-12-30",
         "--accounts", "2", "--factors", "3", "--out", str(tmp_path / "r.json")]
    )  # fmt: skip
    document = json.loads(out.read_text())
    labels = [run["label"] for run in document["runs"]]
    assert labels == [
        "2016-09-30",
        "2016-10-07, 5 trading days after the rebalance of 2016-09-30",
        "2016-12-30",
        "2016-12-23, to go on to 2016-12-30",
        "2016-12-30, 5 trading days after the rebalance of 2016-12-23",
    ]
    rows = [row for run in document["runs"] for row in run["accounts"]]
    assert len(rows) == 10
    planned = [row for row in rows if row["status"] in ("solved", "limit")]
    assert planned
    for row in planned:
        numbers = [row[name] for name in ("te_before_bp", "tax", "turnover", "seconds")]
        assert np.isfinite(numbers).all()
        assert row["te_after_bp"] >= 0
        assert row["gap_bp"] >= -1e-6
    for run in document["runs"]:  # an account without a plan says why
        refused = {r["account"] for r in run["accounts"] if r not in planned}
        assert all(any(a in note for note in run["notes"]) for a in refused)
    assert document["machine"]["cores"] >= 1
    assert document["versions"]["numpy"] == np.__version__
    printed = capsys.readouterr().out
    assert "survivorship" in printed
    assert "te_before_bp" in printed


def test_the_table_counts_turnover_as_half_of_what_was_traded(tables):
    accounts = tables.accounts["account"]
    result = pd.DataFrame(
        {"account": accounts, "nav": 0.0, "te_before_bp": 2.0, "te_after_bp": 1.0,
         "tax": -3.0, "gap_bp": 0.1, "seconds": 0.5, "status": "solved"}
    )  # fmt: skip
    nav = counts(tables)["nav"]
    trades = pd.DataFrame(
        {"account": "R001", "side": ["buy", "sell"], "amount": [nav["R001"] / 10] * 2}
    )
    table = real.summary(tables, result, trades)
    assert table["turnover"].to_dict() == pytest.approx(
        {"R001": 0.1, "R002": 0.0, "R003": 0.0}
    )
    assert list(table.columns) == list(real.COLUMNS)


# ---------------------------------------------------------------- real data


@pytest.fixture(scope="module")
def real_folder(request):
    given = request.config.getoption("--data")
    if given is None:
        pytest.skip("real data not given: pytest --data DIR")
    return load(Path(given))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("on", "top", "fewest", "most"),
    [
        (date(2008, 11, 20), {"XOM", "MSFT", "JNJ", "PG"}, 400, 420),
        (date(2011, 10, 3), {"XOM", "AAPL", "MSFT", "IBM"}, 380, 450),
        (date(2016, 12, 30), {"AAPL", "MSFT", "AMZN", "XOM", "BRK.B"}, 440, 465),
    ],
)
def test_the_index_looks_like_its_day(real_folder, on, top, fewest, most):
    weights = real_folder.weights(on)
    assert fewest <= len(weights) <= most
    assert top <= set(weights.nlargest(10).index)
    assert weights.max() < 0.06
    assert weights.sum() == pytest.approx(1.0)


@pytest.mark.real_data
def test_no_correction_lost_its_row_and_no_split_is_missing(real_folder):
    notes = "\n".join(real_folder.notes)
    assert "11 of 11 known corrections found their row" in notes
    assert "a split may be missing" not in notes
    assert "without splits" not in notes


@pytest.mark.real_data
def test_no_day_doubles_a_price_and_more(real_folder):
    adjusted = real_folder.history.groupby("symbol")["adjusted_close"]
    daily = adjusted.pct_change()
    wild = real_folder.history[daily > 1.1]
    assert wild[["symbol", "date"]].to_numpy().tolist() == []


@pytest.mark.real_data
def test_larger_accounts_have_two_to_three_thousand_lots(real_folder):
    tables, left_out = build(real_folder, date(2011, 10, 3), specs(4))
    table = counts(tables)
    assert table["names"].between(380, 450).all()
    assert table["lots"].between(2_000, 3_400).all()
    assert left_out == []


@pytest.mark.real_data
def test_recent_accounts_have_purchases_inside_thirty_days(real_folder):
    on = date(2011, 10, 3)
    accounts = [replace(s, years=2.0) for s in specs(2)]
    tables, _ = build(real_folder, on, accounts)
    last = tables.activity.groupby("account")["date"].max()
    assert (pd.Timestamp(on) - last["R001"]).days <= 30
    assert (pd.Timestamp(on) - last["R002"]).days > 30

# SPDX-License-Identifier: Apache-2.0
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from di_optimizer.errors import InputError
from di_optimizer.exact import exact
from di_optimizer.sample.book import PriceBook, snap_ratio
from di_optimizer.sample.buying import Buying, divide_cash
from di_optimizer.sample.ledger import split_shares
from di_optimizer.sample.replay import replay_deposits

MONDAY = date(2020, 1, 6)


def history(**closes):
    """A long table with one close a day from MONDAY on; None is no row."""
    rows = [
        (symbol, pd.Timestamp(MONDAY + timedelta(days=i)), close, 0.0, 1.0)
        for symbol, values in closes.items()
        for i, close in enumerate(values)
        if close is not None
    ]
    return pd.DataFrame(rows, columns=["symbol", "date", "close", "dividend", "split"])


def event(table, symbol, day, **values):
    """Set dividend or split of one row."""
    row = (table["symbol"] == symbol) & (table["date"] == pd.Timestamp(day))
    assert row.sum() == 1
    table = table.copy()
    for name, value in values.items():
        table.loc[row, name] = value
    return table


def day(i):
    return MONDAY + timedelta(days=i)


def deposits(*pairs):
    return pd.DataFrame(pairs, columns=["date", "amount"])


def fixed(**weights):
    return lambda _day: pd.Series(weights)


def ledger(replay):
    """Lots as tuples of text: symbol, shares, cost, day."""
    return [
        (lot.symbol, lot.shares, lot.cost_basis, lot.acquired.date())
        for lot in replay.lots.itertuples()
    ]


# ---------------------------------------------------------------- book


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        (7.000007, Fraction(7)),
        (1.499999, Fraction(3, 2)),
        (3.000003, Fraction(3)),
        (0.142857, Fraction(1, 7)),
        (0.166667, Fraction(1, 6)),
        (1.05, Fraction(21, 20)),
        (1.235, Fraction(247, 200)),
        (50.0, Fraction(50)),
    ],
)
def test_noisy_ratios_snap_to_the_simplest_fraction(printed, meant):
    assert snap_ratio(printed) == meant


def test_snap_tolerance_has_two_sides():
    assert snap_ratio(2 * (1 + 1.9e-6)) == 2
    assert snap_ratio(2 * (1 + 2.1e-6)) is None


def test_a_ratio_that_is_no_fraction_is_kept_and_reported():
    book = PriceBook.from_history(
        event(history(A=[10.0, 33.0]), "A", day(1), split=0.3035821)
    )
    assert [split.ratio for split in book.splits] == [Fraction("0.3035821")]
    assert [(s.symbol, s.on) for s in book.unsnapped] == [("A", day(1))]


def test_close_is_the_latest_on_or_before_and_absent_before_the_first():
    book = PriceBook.from_history(history(A=[1.25, 2.5, 3.75], B=[None, 8.0, None]))
    assert book.close_on("B", day(0)) is None
    assert book.close_on("B", day(1)) == book.close_on("B", day(9)) == Decimal("8.0")
    assert book.close_on("A", MONDAY - timedelta(days=1)) is None
    assert book.closes(day(1)).to_dict() == {"A": 2.5, "B": 8.0}
    assert book.closes(day(2)).to_dict() == {"A": 3.75}


def test_trading_days_are_counted_from_the_first_on_or_after():
    book = PriceBook.from_history(history(A=[1.0, None, 3.0, 4.0]))
    assert book.trading_day(day(1)) == day(2)
    assert book.trading_day(day(1), ahead=1) == day(3)
    assert book.trading_day(day(3), ahead=1) is None


def test_every_bad_value_of_a_history_is_named():
    table = event(history(A=[1.0, 2.0, 3.0]), "A", day(0), close=0.0, dividend=-0.1)
    table = event(table, "A", day(1), split=0.0)
    table = event(table, "A", day(2), close=np.nan)
    with pytest.raises(InputError) as caught:
        PriceBook.from_history(pd.concat([table, table.iloc[[1]]], ignore_index=True))
    text = str(caught.value)
    assert "row 3: found A on 2020-01-07 twice" in text
    assert "row 0, column 'close': found 0 (A); allowed: a number above 0" in text
    assert "row 2, column 'close': found nan (A)" in text
    assert "row 0, column 'dividend': found -0.1 (A); allowed: a number of at" in text
    assert "row 1, column 'split': found 0 (A)" in text


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="no column 'split'"):
        PriceBook.from_history(history(A=[1.0]).drop(columns="split"))
    with pytest.raises(InputError, match="an empty table"):
        PriceBook.from_history(history())


# ---------------------------------------------------------------- ledgers


def test_one_deposit_buys_the_index_and_keeps_what_cannot_be_spent():
    book = PriceBook.from_history(history(A=[30.0], B=[7.0]))
    replay = replay_deposits(
        deposits((MONDAY, 100)), weights=fixed(A=3, B=1), book=book, on=MONDAY
    )
    assert ledger(replay) == [
        ("A", 2.5, 75.0, MONDAY),
        ("B", 3.5714, 25.0, MONDAY),
    ]
    assert replay.cash == Decimal("0.00")
    assert replay.lots["lot_id"].tolist() == ["A-20200106", "B-20200106"]


def test_whole_shares_leave_the_rest_in_cash_for_the_next_deposit():
    book = PriceBook.from_history(history(A=[30.0, 30.0]))
    replay = replay_deposits(
        deposits((day(0), 100), (day(1), 50)),
        weights=fixed(A=1),
        book=book,
        on=day(1),
        decimals=0,
    )
    assert ledger(replay) == [("A", 3.0, 90.0, day(0)), ("A", 2.0, 60.0, day(1))]
    assert replay.cash == Decimal("0.00")


def test_a_split_multiplies_shares_and_leaves_the_basis():
    table = event(history(A=[30.0, 10.0, 11.0]), "A", day(1), split=3.000003)
    book = PriceBook.from_history(table)
    flow = deposits((day(0), 60), (day(1), 60))
    before = replay_deposits(flow, weights=fixed(A=1), book=book, on=day(0))
    after = replay_deposits(flow, weights=fixed(A=1), book=book, on=day(1))
    assert ledger(before) == [("A", 2.0, 60.0, day(0))]
    assert ledger(after) == [("A", 6.0, 60.0, day(0)), ("A", 6.0, 60.0, day(1))]
    assert after.activity["shares"].tolist() == [2.0, 6.0]  # as of their date


def test_a_reverse_split_truncates_to_the_stated_decimals():
    table = event(history(A=[1.0, 7.0]), "A", day(1), split=0.142857)
    replay = replay_deposits(
        deposits((day(0), 10)),
        weights=fixed(A=1),
        book=PriceBook.from_history(table),
        on=day(1),
    )
    assert ledger(replay) == [("A", 1.428571, 10.0, day(0))]


def test_a_lot_without_a_share_after_a_split_is_reported():
    table = event(history(A=[1.0, 1.0e9]), "A", day(1), split=1e-9)
    replay = replay_deposits(
        deposits((day(0), 10)),
        weights=fixed(A=1),
        book=PriceBook.from_history(table),
        on=day(1),
    )
    assert replay.lots.empty
    assert replay.left_out["reason"].tolist() == [
        "no share of lot A-20200106 after a split"
    ]


def test_dividends_go_to_cash_and_are_invested_with_the_next_deposit():
    table = event(history(A=[10.0, 10.0, 10.0]), "A", day(1), dividend=0.333)
    book = PriceBook.from_history(table)
    flow = deposits((day(0), 100), (day(2), 50))
    paid = replay_deposits(flow, weights=fixed(A=1), book=book, on=day(1))
    assert (paid.cash, paid.dividends) == (Decimal("3.33"), Decimal("3.33"))
    spent = replay_deposits(flow, weights=fixed(A=1), book=book, on=day(2))
    assert ledger(spent)[1] == ("A", 5.333, 53.33, day(2))
    assert spent.cash == Decimal("0.00")


def test_shares_bought_on_the_ex_date_get_no_dividend_and_splits_come_first():
    table = event(history(A=[10.0, 5.0]), "A", day(1), dividend=0.5, split=2.0)
    replay = replay_deposits(
        deposits((day(0), 100), (day(1), 100)),
        weights=fixed(A=1),
        book=PriceBook.from_history(table),
        on=day(1),
    )
    assert replay.dividends == Decimal("10.00")  # 20 shares after the split


def test_a_deposit_without_prices_that_day_is_invested_on_the_next():
    book = PriceBook.from_history(history(A=[10.0, None, 12.5, None]))
    flow = deposits((day(1), 25), (day(3), 40))
    replay = replay_deposits(flow, weights=fixed(A=1), book=book, on=day(3))
    assert ledger(replay) == [("A", 2.0, 25.0, day(2))]
    assert replay.cash == Decimal("40.00")
    early = replay_deposits(flow, weights=fixed(A=1), book=book, on=day(1))
    assert early.lots.empty
    assert early.cash == Decimal("25.00")


def test_names_without_a_close_are_left_out_and_reported():
    book = PriceBook.from_history(history(A=[10.0], B=[None], C=[5.0]))
    replay = replay_deposits(
        deposits((MONDAY, 30)),
        weights=fixed(A=0.2, B=0.7, C=0.1, ZZ=0.05),
        book=book,
        on=MONDAY,
    )
    assert ledger(replay) == [("A", 2.0, 20.0, MONDAY), ("C", 2.0, 10.0, MONDAY)]
    assert replay.left_out[["symbol", "weight", "reason"]].to_numpy().tolist() == [
        ["B", 0.7, "no close"],
        ["ZZ", 0.05, "no close"],
    ]


def test_activity_keeps_the_lookback_and_nothing_older():
    book = PriceBook.from_history(history(A=[10.0] * 12))
    replay = replay_deposits(
        deposits((day(0), 10), (day(1), 10), (day(11), 10)),
        weights=fixed(A=1),
        book=book,
        on=day(11),
        buying=Buying(lookback_days=10),
    )
    assert replay.activity["date"].dt.date.tolist() == [day(1), day(11)]
    assert set(replay.activity["lot_id"]) <= set(replay.lots["lot_id"])


def test_bad_deposits_and_weights_are_named_together():
    book = PriceBook.from_history(history(A=[10.0]))
    with pytest.raises(InputError) as caught:
        replay_deposits(
            deposits((MONDAY, -5), (MONDAY, 5), (MONDAY, 1.005), (MONDAY, np.nan)),
            weights=fixed(A=1),
            book=book,
            on=MONDAY,
        )
    assert [p.row for p in caught.value.problems] == [0, 2, 3]
    assert "allowed: an amount above 0 in whole cents" in str(caught.value)
    with pytest.raises(InputError, match="deposits: found no column 'amount'"):
        replay_deposits(
            pd.DataFrame({"date": []}), weights=fixed(A=1), book=book, on=MONDAY
        )
    with pytest.raises(InputError, match=r"weights of 2020-01-06: found -1\.0 for A"):
        replay_deposits(
            deposits((MONDAY, 5)), weights=fixed(A=-1.0), book=book, on=MONDAY
        )
    twice = pd.Series([0.5, 0.5], index=["A", "A"])
    with pytest.raises(InputError, match="found 'A' twice"):
        replay_deposits(
            deposits((MONDAY, 5)), weights=lambda _: twice, book=book, on=MONDAY
        )


# ---------------------------------------------------------------- buying


def test_a_top_up_buys_the_names_that_lack_most():
    target = np.array([0.25, 0.25, 0.25, 0.25])
    value = np.array([100.0, 90.0, 80.0, 100.0])
    money = divide_cash(10.0, target, value, Buying(breadth=0.5))
    assert money == pytest.approx([0.0, 10 * 5 / 20, 10 * 15 / 20, 0.0])


def test_a_large_deposit_buys_every_name_that_lacks():
    target = np.full(4, 0.25)
    value = np.array([30.0, 20.0, 20.0, 0.0])
    rules = Buying(breadth=0.25, full_at=0.3)
    assert np.count_nonzero(divide_cash(30.0, target, value, rules)) == 3
    assert np.count_nonzero(divide_cash(29.0, target, value, rules)) == 1


def test_without_targets_nothing_is_bought():
    assert divide_cash(10.0, np.zeros(2), np.array([5.0, 0.0]), Buying()).sum() == 0


def market(names, months, seed=1):
    """Month ends of random walks, capitalisation weights, all names."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.006, 0.08, size=(months, names))
    close = np.round(50 * np.exp(np.cumsum(steps, axis=0)), 2)
    shares = rng.lognormal(0.0, 1.3, size=names)
    dates = pd.bdate_range("2006-01-31", periods=months, freq="BME")
    symbols = [f"S{i:03d}" for i in range(names)]
    wide = pd.DataFrame(close, index=dates, columns=symbols)
    table = wide.rename_axis("date").reset_index().melt("date", var_name="symbol")
    table = table.rename(columns={"value": "close"}).assign(dividend=0.0, split=1.0)
    caps = wide * shares
    return table, lambda on: caps.loc[pd.Timestamp(on)], dates


@pytest.mark.parametrize(("years", "fewest", "most"), [(8, 5.0, 8.0), (10, 6.0, 8.5)])
def test_years_of_monthly_deposits_leave_five_to_eight_lots_a_name(years, fewest, most):
    table, weights, dates = market(400, 12 * years)
    flow = pd.DataFrame(
        {"date": dates, "amount": [40_000] + [2_000] * (len(dates) - 1)}
    )
    replay = replay_deposits(
        flow, weights=weights, book=PriceBook.from_history(table), on=dates[-1].date()
    )
    per_name = replay.lots.groupby("symbol").size()
    assert len(per_name) >= 390
    assert fewest <= per_name.mean() <= most
    weight = weights(dates[-1]) / weights(dates[-1]).sum()
    value = replay.lots["shares"] * replay.lots["symbol"].map(
        table[table["date"] == dates[-1]].set_index("symbol")["close"]
    )
    held = value.groupby(replay.lots["symbol"]).sum() / value.sum()
    assert (held.reindex(weight.index).fillna(0) - weight).abs().sum() / 2 < 0.05


# ---------------------------------------------------------------- invariants

prices = st.lists(
    st.one_of(st.none(), st.integers(1, 50_000).map(lambda c: c / 100)),
    min_size=6,
    max_size=6,
)
flows = st.lists(
    st.tuples(st.integers(0, 7), st.integers(1, 500_000).map(lambda c: c / 100)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(
    closes=st.tuples(prices, prices, prices),
    flow=flows,
    decimals=st.sampled_from([0, 1, 4, 6]),
    payout=st.integers(0, 300),
    until=st.integers(0, 7),
)
def test_money_is_conserved_and_never_overspent(closes, flow, decimals, payout, until):
    table = history(Z=[1.0] * 6, **dict(zip("ABC", closes, strict=True)))
    table["dividend"] = payout / 100
    replay = replay_deposits(
        deposits(*((day(i), amount) for i, amount in flow)),
        weights=fixed(A=0.5, B=0.3, C=0.2),
        book=PriceBook.from_history(table),
        on=day(until),
        decimals=decimals,
        buying=Buying(breadth=0.3, minimum=Decimal("0.01")),
    )
    paid_in = sum((exact(a) for i, a in flow if i <= until), Decimal(0))
    spent = sum(map(exact, replay.lots["cost_basis"]), Decimal(0))
    assert replay.cash >= 0
    assert replay.cash + spent == paid_in + replay.dividends
    step = Decimal(1).scaleb(-decimals)
    assert all(exact(s) % step == 0 and s > 0 for s in replay.lots["shares"])
    assert replay.lots["lot_id"].is_unique
    assert len(replay.activity) == len(replay.lots)  # all within the lookback


@given(
    shares=st.decimals(min_value=0, max_value=10**6, places=4),
    p=st.integers(1, 50),
    q=st.integers(1, 50),
)
def test_a_split_loses_less_than_the_last_decimal(shares, p, q):
    after = split_shares(shares, Fraction(p, q), 6)
    exactly = Fraction(shares) * p / q
    assert 0 <= exactly - Fraction(after) < Fraction(1, 10**6)


def test_a_replay_agrees_with_a_plain_loop_over_days():
    """Naive second implementation: one name, every day in turn, fractions."""
    rng = np.random.default_rng(5)
    closes = [float(c) for c in np.round(rng.uniform(5, 50, size=60), 2)]
    table = history(A=closes)
    for i, ratio in ((10, 2.0), (30, 1.499999), (45, 0.2)):
        table = event(table, "A", day(i), split=ratio)
    for i in range(5, 60, 13):
        table = event(table, "A", day(i), dividend=0.21)
    flow = [(day(i), 150 + i) for i in range(0, 60, 7)]
    cash, held = 0, []  # whole cents, fractions of shares
    amounts = dict(flow)
    for row in table.itertuples():
        close, paid = Fraction(str(row.close)), Fraction(str(row.dividend))
        ratio = {1.499999: Fraction(3, 2)}.get(row.split, Fraction(str(row.split)))
        if ratio != 1:
            held = [Fraction(int(s * ratio * 10**6), 10**6) for s in held]
        cash += int(sum(held) * paid * 100 + Fraction(1, 2))
        if row.date.date() in amounts:
            cash += 100 * amounts[row.date.date()]
            held.append(Fraction(int(cash / close * 100), 10_000))
            cash -= int(held[-1] * close * 100 + Fraction(1, 2))
    replay = replay_deposits(
        deposits(*flow),
        weights=fixed(A=1),
        book=PriceBook.from_history(table),
        on=day(59),
    )
    assert replay.lots["shares"].tolist() == [float(s) for s in held]
    assert replay.cash * 100 == cash

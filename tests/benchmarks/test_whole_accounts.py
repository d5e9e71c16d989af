# SPDX-License-Identifier: Apache-2.0
"""Accounts bought in whole shares: worth what they should be, share by share."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.real_folder import write

from benchmarks.real_accounts import RECENT
from benchmarks.real_data import load
from benchmarks.whole import programs
from benchmarks.whole.accounts import CASH, Small, bought, deposits, smalls, tables
from benchmarks.whole.cases import CASH as FROM_CASH
from benchmarks.whole.cases import LEAST, LOTS, NAMES, TRADES, WHOLE, read_all
from benchmarks.whole.lots import KEPT, Deposit, replayed, whole_shares
from di_optimizer.program.sizes import off_grid

ON = date(2016, 9, 30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def data(folder):
    return load(folder)


# ---------------------------------------------------------------- purchases


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), cash=st.floats(10.0, 1e5), share=st.floats(0, 3))
def test_purchases_are_whole_within_the_cash_and_leave_little_of_it(seed, cash, share):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    target = rng.dirichlet(np.ones(n))
    price = rng.lognormal(3.5, 1.0, n)
    price[rng.random(n) < 0.1] = np.nan
    value = np.where(np.isfinite(price), rng.dirichlet(np.ones(n)) * share * cash, 0.0)
    count = whole_shares(cash, target, value, price)
    known = np.isfinite(price)
    left = cash - float(count[known] @ price[known])
    assert np.all(count >= 0)
    assert not np.any(count[~known])
    assert left >= -1e-6
    cheapest = np.min(price[known], initial=np.inf)
    assert left <= KEPT * (cash + value.sum()) + 1e-6 or left < cheapest


def test_what_a_name_lacks_in_whole_shares_is_bought_first():
    target, price = np.array([0.6, 0.4]), np.array([10.0, 7.0])
    count = whole_shares(1000.0, target, np.zeros(2), price)
    assert count.tolist() == [60, 57]
    assert 0 <= 1000 - count @ price < 7.0


def test_lots_stay_whole_through_splits_and_dividends_go_to_cash(data):
    day = date(2014, 1, 6)
    ledger, value = replayed(data, [Deposit(day, 20_000.0)], date(2016, 12, 30))
    shares = [lot.shares for lots in ledger.lots.values() for lot in lots]
    assert all(one == int(one) > 0 for one in shares)
    worth = sum(
        float(ledger.shares(s)) * float(data.book.close_on(s, date(2016, 12, 30)))
        for s in ledger.lots
    )
    assert float(value) == pytest.approx(worth)
    spent = sum(purchase.cost_basis for purchase in ledger.bought)
    assert ledger.cash == 20_000 - spent + ledger.dividends
    split = next(s for s in data.book.splits if s.symbol in ledger.lots and s.on > day)
    first = next(p for p in ledger.bought if p.symbol == split.symbol)
    assert ledger.shares(split.symbol) == int(first.shares * split.ratio.numerator)


# ---------------------------------------------------------------- accounts


@pytest.mark.parametrize("small", [s for s in smalls() if s.lots], ids=lambda s: s.name)
def test_lots_and_cash_are_worth_the_size(data, small):
    ledger, cash = bought(small, data, ON)
    closes = data.book.closes(ON)
    worth = sum(float(ledger.shares(s)) * closes[s] for s in ledger.lots)
    assert worth + float(cash) == pytest.approx(small.size, abs=0.006)
    assert 0.0 < float(cash) < 0.12 * small.size
    days = {purchase.acquired for purchase in ledger.bought}
    assert 2 <= len(days) <= 3
    assert max(days) < ON


def test_deposits_depend_on_size_and_date_alone_and_some_are_recent(data):
    last = []
    for small in smalls():
        found, new = deposits(small, data, ON)
        assert deposits(small, data, ON) == (found, new)
        assert 0.02 <= new <= 0.07
        last.append((ON - max(d.on for d in found)).days)
    assert min(last) <= RECENT < max(last)


def test_tables_hold_cash_accounts_without_lots_and_lots_in_whole_shares(data):
    both = [Small(number=0, size=10_000, lots=lots) for lots in (False, True)]
    found = tables(data, ON, both)
    assert set(found.lots["account"]) == {"10k-lots"}
    assert np.array_equal(found.lots["shares"], np.rint(found.lots["shares"]))
    assert found.cash.loc[0, "amount"] == 10_000.0
    assert found.cash["max"].tolist() == [CASH[10_000]] * 2
    assert not found.accounts["fractional"].any()
    assert (found.activity["date"] > pd.Timestamp(ON) - pd.Timedelta(days=401)).all()


# ---------------------------------------------------------------- programs


def test_programs_of_every_kind_are_written(folder, tmp_path):
    count = programs.main(
        ["--data", str(folder), "--programs", str(tmp_path), "--dates", f"{ON}",
         "--real", f"{ON}", "--accounts", "1", "--factors", "5"]
    )  # fmt: skip
    cases = read_all(tmp_path)
    assert len(cases) == count == 2 * len(CASH) + len(programs.COUNTS) + 2
    for case in cases:
        program, sizes = case.program, case.program.sizes
        cash = program.rows[0]
        if case.kind in WHOLE:
            assert np.all(sizes.step > 0.0)
            held = program.held if case.kind == LOTS else np.zeros(program.n)
            assert np.all(off_grid(held, sizes.step) < 1e-9)
            size = case.account.split("-")[0]
            assert cash.upper == {"10k": 0.01, "25k": 0.005, "50k": 0.005}.get(
                size, 0.002
            )
        if case.kind == FROM_CASH:
            assert cash.offset == pytest.approx(1.0)
            assert not np.any(program.buy_cost)
        if case.kind == NAMES:
            assert (cash.lower, cash.upper, sizes) == (0.0, 0.0, None)
            assert program.rows[1].upper == float(case.account[1:])
        if case.kind == LEAST:
            assert np.all((sizes.least_buy > 0.0) & (sizes.step == 0.0))
        if case.kind == TRADES:
            assert program.rows[-1].upper == 60.0


def test_the_least_order_is_500_dollars(folder, tmp_path):
    programs.main(
        ["--data", str(folder), "--programs", str(tmp_path), "--dates",
         "--real", f"{ON}", "--accounts", "1", "--factors", "5"]
    )  # fmt: skip
    (case,) = read_all(tmp_path, (LEAST,))
    lots = case.program.lots
    assert (
        np.ptp(case.program.sizes.least_sell) < 1e-4 * case.program.sizes.least_sell[0]
    )
    assert 0.0 < case.program.sizes.least_buy[0] < lots.weight.sum()

# SPDX-License-Identifier: Apache-2.0
"""Tables to accounts: what arrives, and that order and format don't matter."""

import time
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tables import ACCOUNTS, LOTS, ON, PRICES, book, frame, refused, write_csv

from di_optimizer.account import AccountType, CashBalance, Flow
from di_optimizer.errors import InputError
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake import Inputs, load
from di_optimizer.policy import Policy, Tracking
from di_optimizer.policy_file import PolicyBook
from di_optimizer.tax.term import Term, term


def test_a_simple_book() -> None:
    inputs = load(book(), on=ON)
    one, two = inputs.accounts
    assert (one.account, two.account) == ("A1", "A2")
    assert one.positions() == {"AAA": Decimal(10), "BBB": Decimal("2.5")}
    lot = two.lots[0]
    assert (lot.lot_id, lot.shares, lot.cost_basis) == (
        "1",
        Decimal(4),
        Decimal("500.25"),
    )
    assert (lot.acquired, lot.holding_start) == (date(2022, 12, 30), date(2022, 12, 30))
    assert (lot.origin, lot.sleeve) == ("purchase", "main")
    assert one.cash == (CashBalance(amount=Decimal(100)),)
    assert (one.type, one.fractional, one.benchmark) == (
        AccountType.TAXABLE,
        True,
        "index",
    )
    assert (one.taxpayer.taxpayer, one.taxpayer.short_rate) == ("A1", 0.4)
    assert inputs.market.price("BBB") == Decimal(20)
    assert (inputs.market.on, inputs.market.quotes["BBB"].currency) == (ON, "USD")
    assert (inputs.notes, inputs.unpriced, inputs.unexposed) == ((), (), ())


def test_money_and_shares_keep_their_digits() -> None:
    lots = frame(LOTS, shares=[0.1, 123456789.0123, 1e-9], cost_basis=[0.3, 1e9, 0.01])
    one, two = load(book(lots=lots), on=ON).accounts
    assert [lot.shares for lot in one.lots] == [
        Decimal("0.1"),
        Decimal("123456789.0123"),
    ]
    assert one.lots[0].cost_basis == Decimal("0.3")
    assert two.lots[0].shares == Decimal("1E-9")


def test_csv_files_give_the_same_as_frames(tmp_path: Path) -> None:
    paths = {
        name: write_csv(tmp_path / f"{name}.csv", frame(columns))
        for name, columns in (
            ("lots", LOTS),
            ("accounts", ACCOUNTS),
            ("prices", PRICES),
        )
    }
    assert same(load(book(**paths), on=ON), load(book(), on=ON))


def same(one: Inputs, two: Inputs) -> bool:
    return all(
        getattr(one, item.name) == getattr(two, item.name) for item in fields(Inputs)
    )


def many_lots(count: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "account": rng.choice(["A1", "A2"], count),
            "lot_id": [str(i) for i in range(count)],
            "symbol": rng.choice(["AAA", "BBB", "CCC"], count),
            "shares": rng.integers(1, 90, count) / 8,
            "cost_basis": rng.integers(1, 9000, count) / 100,
            "acquired": pd.to_datetime("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 900, count), unit="D"),
        }
    )


@given(st.permutations(range(60)))
@settings(max_examples=8, deadline=None)
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    lots = many_lots()
    assert same(load(book(lots=lots.iloc[order]), on=ON), load(book(lots=lots), on=ON))


def test_lots_are_those_of_the_table() -> None:
    lots = many_lots()
    for account in load(book(lots=lots), on=ON).accounts:
        own = lots[lots["account"] == account.account]
        assert {lot.lot_id for lot in account.lots} == set(own["lot_id"])
        for lot in account.lots:
            row = own[own["lot_id"] == lot.lot_id].iloc[0]
            assert (lot.symbol, lot.acquired) == (row["symbol"], row["acquired"].date())
            assert (float(lot.shares), float(lot.cost_basis)) == (
                row["shares"],
                row["cost_basis"],
            )
        places = [(lot.symbol, lot.acquired, lot.lot_id) for lot in account.lots]
        assert places == sorted(places)


def test_holding_start_origin_and_sleeve() -> None:
    lots = frame(
        LOTS,
        holding_start=["2019-01-01", "", None],
        origin=["gift", "", "rsu"],
        sleeve=["", "legacy", ""],
    )
    (first, second), (third,) = (a.lots for a in load(book(lots=lots), on=ON).accounts)
    assert (first.acquired, first.holding_start) == (
        date(2020, 1, 31),
        date(2019, 1, 1),
    )
    assert (first.origin, first.sleeve) == ("gift", "main")
    assert (second.holding_start, second.sleeve) == (date(2021, 6, 1), "legacy")
    assert third.origin == "rsu"


@pytest.mark.parametrize(
    ("origin", "stated", "kind"),
    [
        ("inheritance", "", Term.LONG),  # IRC 1223(9), whatever the dates
        ("inheritance", "2022-12-30", Term.SHORT),  # what is stated counts
        ("gift", "", Term.SHORT),
    ],
)
def test_an_inheritance_is_long_term_at_once(origin, stated, kind) -> None:
    lots = frame(LOTS, origin=["", "", origin], holding_start=["", "", stated])
    (lot,) = load(book(lots=lots), on=ON).accounts[1].lots
    assert lot.acquired == date(2022, 12, 30)
    assert term(lot.holding_start, ON) is kind


def test_lots_after_the_date() -> None:
    days = ["2023-01-03", "2023-01-04", "2022-12-30"]
    starts = ["", "2023-01-04", "2023-01-05"]
    found = refused(book(lots=frame(LOTS, acquired=days, holding_start=starts)))
    tail = "after the rebalance date; allowed: a date up to 2023-01-03"
    assert found == [
        f"lots, row 2, column 'acquired': found 2023-01-04, {tail}",
        f"lots, row 2, column 'holding_start': found 2023-01-04, {tail}",
        f"lots, row 3, column 'holding_start': found 2023-01-05, {tail}",
    ]


def test_an_account_without_lots_holds_cash_only() -> None:
    accounts = frame(ACCOUNTS, account=["A1", "A0"])
    lots = frame(LOTS).iloc[:2]
    empty, one = load(book(lots=lots, accounts=accounts), on=ON).accounts
    assert (empty.account, empty.lots, empty.cash_amount()) == ("A0", (), Decimal(0))
    assert len(one.lots) == 2


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("lots", LOTS),
        ("cash", {"amount": [1, 2, 3]}),
        ("flows", {"date": ["2023-01-03"] * 3, "amount": [1, 2, 3]}),
        ("restrictions", {"symbol": ["AAA"] * 3, "kind": ["no_buy"] * 3}),
        (
            "activity",
            {
                "symbol": ["AAA"] * 3,
                "date": ["2022-12-30"] * 3,
                "side": ["buy"] * 3,
                "shares": [1] * 3,
                "amount": [1] * 3,
            },
        ),
        (
            "working_orders",
            {
                "order_id": ["1", "2", "3"],
                "symbol": ["AAA"] * 3,
                "side": ["buy"] * 3,
                "shares": [1] * 3,
                "status": ["open"] * 3,
            },
        ),
    ],
)
def test_unknown_accounts_in_every_table(name: str, columns: dict[str, list]) -> None:
    table = frame(columns, account=["ACC1", "ACC9", "zz"])
    accounts = frame(ACCOUNTS, account=["ACC1", "ACC2"])
    lots = frame(LOTS, account=["ACC1"] * 3, lot_id=["1", "2", "3"])
    sources = book(**{"lots": lots, name: table})
    sources = book(**{**vars_of(sources), "accounts": accounts})
    found = [text for text in refused(sources) if "unknown account" in text]
    wide = ", group:NAME, model:NAME or *" if name == "restrictions" else ""
    assert found == [
        f"{name}, row 2, column 'account': found unknown account 'ACC9'; "
        f"allowed: an account of accounts{wide}. Did you mean 'ACC2'?",
        f"{name}, row 3, column 'account': found unknown account 'zz'; "
        f"allowed: an account of accounts{wide}",
    ]


def vars_of(sources: object) -> dict[str, object]:
    return {item.name: getattr(sources, item.name) for item in fields(sources)}


def test_problems_of_all_tables_come_together() -> None:
    sources = book(
        lots=frame(LOTS, shares=[-1, 2, 3]),
        prices=frame(PRICES, price=[0, 1, 2]),
        accounts=frame(ACCOUNTS, typ=["taxable"] * 2),
    )
    found = refused(sources)
    assert [text.split(",")[0] for text in found] == ["prices", "accounts", "lots"]


def test_joined_problems_come_together_sorted() -> None:
    sources = book(
        lots=frame(LOTS, symbol=["AAA", "QQQ", "ZZZ"], account=["A1", "A1", "A3"]),
        accounts=frame(ACCOUNTS, cash=[None, 1], long_rate=[0.2, None]),
    )
    places = [text.split(":")[0] for text in refused(sources)]
    assert places == [
        "accounts, row 1, column 'cash'",
        "accounts, row 2, column 'long_rate'",
        "lots, row 2, column 'symbol'",
        "lots, row 3, column 'account'",
    ]


def test_policies_by_name() -> None:
    policies = PolicyBook(named={"calm": Policy(tracking=Tracking(gamma=50))})
    accounts = frame(ACCOUNTS, policy=["calm", ""])
    one, two = load(book(accounts=accounts, policies=policies), on=ON).accounts
    assert (one.policy, two.policy) == ("calm", "")
    found = refused(
        book(accounts=frame(ACCOUNTS, policy=["clam", ""]), policies=policies)
    )
    assert found == [
        "accounts, row 1, column 'policy': found unknown policy 'clam'; allowed: "
        "a named policy (calm) or blank. Did you mean 'calm'?"
    ]
    found = refused(book(accounts=frame(ACCOUNTS, policy=["calm", ""])))
    assert "allowed: blank: none is named" in found[0]


def two_benchmarks() -> dict[str, Benchmark]:
    weights = {"broad": {"AAA": 0.5, "BBB": 0.5}, "narrow": {"CCC": 1.0}}
    return {
        name: Benchmark.from_weights(values, name=name)
        for name, values in weights.items()
    }


def test_one_benchmark_needs_no_name_and_takes_any_one_name() -> None:
    for names in (["", ""], ["S&P 500", "S&P 500"], ["S&P 500", ""]):
        accounts = frame(ACCOUNTS, benchmark=names)
        inputs = load(book(accounts=accounts), on=ON)
        assert [a.benchmark for a in inputs.accounts] == ["index", "index"]
    found = refused(book(accounts=frame(ACCOUNTS, benchmark=["index", "indx"])))
    assert found == [
        "accounts, row 2, column 'benchmark': found unknown benchmark 'indx'; "
        "allowed: one of the benchmarks index. Did you mean 'index'?"
    ]


def test_several_benchmarks_need_names() -> None:
    accounts = frame(ACCOUNTS, benchmark=["narrow", "broad"])
    sources = book(accounts=accounts, benchmarks=two_benchmarks())
    inputs = load(sources, on=ON)
    assert [a.benchmark for a in inputs.accounts] == ["narrow", "broad"]
    accounts = frame(ACCOUNTS, benchmark=["narow", ""])
    found = refused(book(accounts=accounts, benchmarks=two_benchmarks()))
    assert "unknown benchmark 'narow'" in found[0]
    assert "Did you mean 'narrow'?" in found[0]
    assert "row 2, column 'benchmark': found blank; allowed: one of the" in found[1]
    assert "benchmarks: found no benchmark" in refused(book(benchmarks={}))[0]


def test_flows_and_working_orders() -> None:
    flows = frame(
        {
            "account": ["A1", "A1", "A1"],
            "date": ["2023-02-01", "2023-01-03", "2023-01-03"],
            "amount": [-500, 20.5, -10],
        }
    )
    orders = frame(
        {
            "account": ["A2", "A2"],
            "order_id": ["b", "a"],
            "symbol": ["aaa", "BBB"],
            "side": ["buy", "sell"],
            "shares": [None, 3],
            "amount": [250, None],
            "status": ["open", "sent"],
            "limit_price": [None, 19.99],
        }
    )
    one, two = load(book(flows=flows, working_orders=orders), on=ON).accounts
    assert one.flows == (
        Flow(on=ON, amount=Decimal(-10)),
        Flow(on=ON, amount=Decimal("20.5")),
        Flow(on=date(2023, 2, 1), amount=Decimal(-500)),
    )
    assert one.flow_due(ON) == Decimal("10.5")
    first, second = two.working_orders
    assert (first.order_id, first.shares, first.amount) == ("a", Decimal(3), None)
    assert first.limit_price == Decimal("19.99")
    assert (second.symbol, second.shares, second.amount) == ("AAA", None, Decimal(250))
    found = refused(book(working_orders=orders.assign(symbol=["AAAA", "BBB"])))
    assert "unknown symbol 'AAAA'" in found[0]
    assert "Did you mean 'AAA'?" in found[0]


def test_activity_is_sorted_and_not_after_the_date() -> None:
    columns = {
        "account": ["A1", "A1", "A1"],
        "symbol": ["BBB", "gone", "AAA"],
        "date": ["2023-01-03", "2022-12-01", "2022-12-01"],
        "side": ["buy", "sell", "buy"],
        "shares": [1, 2, 3],
        "amount": [20, 30.25, 300],
        "lot_id": ["", "7", ""],
        "purchase_order": [1, None, 2],
    }
    one, _ = load(book(activity=frame(columns)), on=ON).accounts
    assert [a.symbol for a in one.activity] == ["AAA", "GONE", "BBB"]
    sale = one.activity[1]
    assert (sale.lot_id, sale.purchase_order, sale.sleeve) == ("7", None, "main")
    assert sale.amount == Decimal("30.25")
    late = frame(columns, date=["2023-01-04", "2022-12-01", "2022-12-01"])
    (found,) = refused(book(activity=late))
    assert "activity, row 1, column 'date': found 2023-01-04, after the" in found


def test_a_bad_table_stops_before_anything_is_joined() -> None:
    with pytest.raises(InputError, match="no column 'symbol'"):
        load(book(lots=frame(LOTS).drop(columns="symbol")), on=ON)


@pytest.mark.slow
def test_a_hundred_accounts_of_2500_lots_load_in_seconds() -> None:
    count = 250_000
    lots = many_lots(count).assign(account=[f"A{i // 2500}" for i in range(count)])
    names = sorted(set(lots["account"]))
    accounts = pd.DataFrame(
        {"account": names, "cash": 0.0, "short_rate": 0.4, "long_rate": 0.2}
    )
    began = time.process_time()
    inputs = load(book(lots=lots, accounts=accounts), on=ON)
    assert sum(len(account.lots) for account in inputs.accounts) == count
    assert time.process_time() - began < 20

# SPDX-License-Identifier: Apache-2.0
"""Absent is not zero: each lack refuses the input, or holds the position."""

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from support.tables import (
    ACCOUNTS,
    LOTS,
    ON,
    PRICES,
    WEIGHTS,
    book,
    frame,
    held,
    refused,
)

from di_optimizer.account import Untraded
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake import Sources, load
from di_optimizer.policy import Missing, Policy
from di_optimizer.policy_file import PolicyBook

SECURITIES = {"symbol": ["AAA", "BBB", "CCC", "DDD"]}


def lacking(name: str) -> Sources:
    """Return a book in which BBB, in lot 2 of A1, lacks something."""
    only = {"index": Benchmark.from_weights({"AAA": 1.0}, name="index")}
    match name:
        case "symbol":
            return book(
                lots=frame(LOTS, symbol=["AAA", "BBBB", "AAA"]), benchmarks=only
            )
        case "price":
            return book(prices=frame(PRICES, price=[100, None, 5]), benchmarks=only)
        case "exposure":
            return book(risk_symbols=["AAA", "CCC"], benchmarks=only)
        case _:
            return book(lots=frame(LOTS, cost_basis=[900, None, 500]), benchmarks=only)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "symbol",
            "column 'symbol': found unknown symbol 'BBBB'; allowed: a symbol of "
            "prices. Did you mean 'BBB'?",
        ),
        (
            "price",
            "column 'symbol': found 'BBB', which has no price; allowed: a price in "
            "prices.",
        ),
        (
            "exposure",
            "column 'symbol': found 'BBB', which the risk model does not know; "
            "allowed: a symbol of the risk model.",
        ),
        (
            "basis",
            "column 'cost_basis': found blank; allowed: the cost basis of the whole "
            "lot.",
        ),
    ],
)
def test_refused_by_default_with_a_way_out(name: str, text: str) -> None:
    way_out = f'Or hold it untraded: missing.{name} = "hold" in the policy.'
    assert refused(lacking(name)) == [f"lots, row 2, {text} {way_out}"]


@pytest.mark.parametrize(
    ("name", "symbol", "reason", "valued"),
    [
        ("symbol", "BBBB", "unknown symbol", False),
        ("price", "BBB", "no price", False),
        ("exposure", "BBB", "no exposure in the risk model", True),
        ("basis", "BBB", "no cost basis in lot 2", True),
    ],
)
def test_held_by_policy_with_a_note(
    name: str, symbol: str, reason: str, valued: bool
) -> None:
    sources = lacking(name)
    inputs = load(with_policies(sources, held(**{name: "hold"})), on=ON)
    one, two = inputs.accounts
    assert [lot.symbol for lot in one.lots] == ["AAA"]
    assert one.untraded == (
        Untraded(symbol=symbol, shares=Decimal("2.5"), reason=reason, valued=valued),
    )
    assert (two.untraded, len(two.lots)) == ((), 1)
    outside = "" if valued else "; not counted in its value"
    assert inputs.notes == (
        f"account A1: 2.5 shares of {symbol} held untraded: {reason}{outside}",
    )


@pytest.mark.parametrize("name", ["symbol", "price", "exposure", "basis"])
def test_each_lack_has_its_own_setting(name: str) -> None:
    others = {n: "hold" for n in ("symbol", "price", "exposure", "basis") if n != name}
    assert len(refused(with_policies(lacking(name), held(**others)))) == 1


def with_policies(sources: Sources, policies: PolicyBook) -> Sources:
    return replace(sources, policies=policies)


def with_lots(sources: Sources, lots: pd.DataFrame) -> Sources:
    return replace(sources, lots=lots)


def test_all_lots_of_a_held_position_stay_those_of_others_do_not() -> None:
    lots = frame(
        {
            "account": ["A1", "A1", "A1", "A2"],
            "lot_id": ["1", "2", "3", "1"],
            "symbol": ["AAA", "AAA", "BBB", "AAA"],
            "shares": [0.1, 0.2, 1, 4],
            "cost_basis": [5, None, 5, 5],
            "acquired": ["2020-01-31"] * 4,
        }
    )
    one, two = load(book(lots=lots, policies=held(basis="hold")), on=ON).accounts
    assert [lot.lot_id for lot in one.lots] == ["3"]
    assert one.untraded[0].shares == Decimal("0.3")
    assert len(two.lots) == 1


def test_several_reasons_are_all_told_once() -> None:
    lots = frame(LOTS, symbol=["BBB"] * 3, cost_basis=[None, None, 500])
    prices = frame(PRICES, price=[1, None, 1])
    policies = held(price="hold", exposure="hold", basis="hold")
    sources = book(lots=lots, prices=prices, risk_symbols=["AAA"], policies=policies)
    backwards = with_lots(sources, lots.iloc[::-1])
    assert load(sources, on=ON).notes == load(backwards, on=ON).notes
    one, two = load(sources, on=ON).accounts
    assert one.untraded[0].reason == (
        "no price; no exposure in the risk model; no cost basis in lot 1; "
        "no cost basis in lot 2"
    )
    assert two.untraded[0].reason == "no price; no exposure in the risk model"


def test_policy_of_the_account_decides() -> None:
    policies = PolicyBook(named={"loose": Policy(missing=Missing(basis="hold"))})
    accounts = frame(ACCOUNTS, policy=["loose", ""])
    lots = frame(LOTS, cost_basis=[None, 1, None])
    found = refused(book(lots=lots, accounts=accounts, policies=policies))
    assert [text.split(":")[0] for text in found] == [
        "lots, row 3, column 'cost_basis'"
    ]


def test_zero_basis_is_a_basis() -> None:
    lots = frame(LOTS, cost_basis=[0, 0, 0])
    accounts = load(book(lots=lots), on=ON).accounts
    assert all(lot.cost_basis == 0 for a in accounts for lot in a.lots)


def test_without_a_risk_model_exposures_are_not_asked_for() -> None:
    assert load(book(risk_symbols=None), on=ON).unexposed == ()


def test_securities_table_decides_what_is_known() -> None:
    lots = frame(LOTS, symbol=["AAA", "DDD", "EEE"])
    found = refused(book(lots=lots, securities=frame(SECURITIES), risk_symbols=None))
    assert ["'DDD', which has no price" in found[0], len(found)] == [True, 2]
    assert "unknown symbol 'EEE'; allowed: a symbol of securities" in found[1]


def test_an_unknown_symbol_with_a_price_counts_in_value() -> None:
    securities = frame({"symbol": ["AAA", "CCC"]})
    policies = held(symbol="hold", price="hold")
    inputs = load(book(securities=securities, policies=policies), on=ON)
    assert inputs.accounts[0].untraded[0].valued is True


def test_activity_in_unknown_securities() -> None:
    activity = frame(
        {
            "account": ["A1", "A2"],
            "symbol": ["AAB", "OLD"],
            "date": ["2022-12-01"] * 2,
            "side": ["buy"] * 2,
            "shares": [1, 1],
            "amount": [1, 1],
        }
    )
    sources = {"activity": activity, "securities": frame(SECURITIES)}
    found = refused(book(**sources))
    assert "activity, row 1, column 'symbol': found unknown symbol 'AAB'" in found[0]
    assert len(found) == 2
    inputs = load(book(**sources, policies=held(symbol="hold")), on=ON)
    assert [a.symbol for a in inputs.accounts[0].activity] == ["AAB"]
    assert inputs.notes == (
        "activity: trades in unknown symbol AAB kept",
        "activity: trades in unknown symbol OLD kept",
    )


def members(**weights: float) -> dict[str, Benchmark]:
    return {"index": Benchmark.from_weights(weights, name="index")}


def test_members_without_price_or_exposure_are_refused() -> None:
    benchmarks = members(AAA=0.5, DDD=0.25, EEE=0.25)
    found = refused(book(benchmarks=benchmarks, risk_symbols=["AAA", "BBB", "DDD"]))
    assert found == [
        "benchmark index: found 2 members without price: DDD, EEE; allowed: a price "
        'for each member. Or set missing.price = "hold" in the policy of A1, A2: '
        "they are not bought then.",
        "benchmark index: found 1 member without exposure: EEE; allowed: an exposure "
        'for each member. Or set missing.exposure = "hold" in the policy of A1, A2: '
        "they are left out of the tracking error then.",
    ]


def test_members_without_price_or_exposure_are_left_out_by_policy() -> None:
    benchmarks = members(AAA=0.5, DDD=0.25, EEE=0.25)
    policies = held(price="hold", exposure="hold")
    risk = ["AAA", "BBB", "DDD"]
    sources = book(benchmarks=benchmarks, risk_symbols=risk, policies=policies)
    inputs = load(sources, on=ON)
    assert (inputs.unpriced, inputs.unexposed) == (("DDD", "EEE"), ("EEE",))
    assert inputs.notes == (
        "benchmark index: 2 members without price are not bought: DDD, EEE",
        "benchmark index: 1 member without exposure are left out of the tracking "
        "error: EEE",
    )


def test_long_lists_of_members_are_cut() -> None:
    weights = {"AAA": 0.5} | {f"X{i:02d}": 0.5 / 25 for i in range(25)}
    (found,) = refused(book(benchmarks=members(**weights), risk_symbols=None))
    assert "25 members without price: X00, X01," in found
    assert "X19 and 5 more; allowed" in found


def test_benchmarks_that_nobody_follows_are_not_checked() -> None:
    benchmarks = {
        "index": Benchmark.from_weights(WEIGHTS, name="index"),
        "other": Benchmark.from_weights({"ZZZ": 1.0}, name="other"),
    }
    accounts = frame(ACCOUNTS, benchmark=["index", "index"])
    assert load(book(accounts=accounts, benchmarks=benchmarks), on=ON).unpriced == ()

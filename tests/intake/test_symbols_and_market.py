# SPDX-License-Identifier: Apache-2.0
"""Spellings, prices and currencies."""

from datetime import date
from decimal import Decimal

import pytest
from support.tables import ACCOUNTS, LOTS, ON, PRICES, WEIGHTS, book, frame, refused

from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake import load

SECURITIES = {
    "symbol": ["AAA", "BBB", "CCC", "BRK.B"],
    "aliases": ["OLD;AAA US", "", "", ""],
    "alias_until": ["2023-01-03", "", "", ""],
    "cusip": ["", "111111111", "", ""],
}


@pytest.mark.parametrize(
    ("spelling", "symbol"),
    [("old", "AAA"), ("AAA US", "AAA"), ("111111111", "BBB"), ("bbb", "BBB")],
)
def test_spellings_are_resolved_everywhere(spelling: str, symbol: str) -> None:
    rules = frame({"account": ["A1"], "symbol": [spelling], "kind": ["no_buy"]})
    lots = frame(LOTS, symbol=[spelling, "CCC", "CCC"])
    sources = book(lots=lots, restrictions=rules, securities=frame(SECURITIES))
    one, _ = load(sources, on=ON).accounts
    assert one.lots[0].symbol == symbol
    assert one.restrictions[0].symbol == symbol


def test_share_classes_need_no_table() -> None:
    lots = frame(LOTS, symbol=["BRKB", "brk-b", "BRK B"])
    prices = frame(PRICES, symbol=["BRK/B", "AAA", "BBB"])
    benchmarks = {"i": Benchmark.from_weights({"BRK.B": 1.0}, name="i")}
    sources = book(lots=lots, prices=prices, benchmarks=benchmarks, risk_symbols=None)
    one, two = load(sources, on=ON).accounts
    assert {lot.symbol for lot in one.lots + two.lots} == {"BRK.B"}


def test_aliases_are_dated() -> None:
    lots = frame(LOTS, symbol=["OLD", "BBB", "AAA"])
    sources = book(lots=lots, securities=frame(SECURITIES))
    assert load(sources, on=ON).accounts[0].lots[0].symbol == "AAA"
    ended = frame(SECURITIES, alias_until=["2023-01-02", "", "", ""])
    assert "unknown symbol 'OLD'" in refused(book(lots=lots, securities=ended))[0]
    later = frame(SECURITIES, alias_from=["2023-01-04", "", "", ""])
    assert "unknown symbol 'OLD'" in refused(book(lots=lots, securities=later))[0]


def test_a_spelling_of_two_securities() -> None:
    both = frame(SECURITIES, aliases=["OLD", "old", "", ""])
    (found,) = refused(book(securities=both))
    assert found == (
        "securities, row 2, column 'aliases': found 'old' for BBB, also AAA of row 1; "
        "allowed: one security for each spelling on one date"
    )
    taken = frame(SECURITIES, aliases=["BBB", "", "", "BRKA;BRKB"])
    (found,) = refused(book(securities=taken))
    assert "row 1, column 'aliases': found 'BBB' for AAA, also BBB;" in found


@pytest.mark.parametrize(
    ("name", "columns"), [("prices", PRICES), ("securities", SECURITIES)]
)
def test_one_security_under_two_spellings(name: str, columns: dict[str, list]) -> None:
    rest = columns["symbol"][2:]
    table = frame(columns, symbol=["BRKB", "brk/b", *rest])
    if name == "securities":
        table = table.iloc[:3]
    found = refused(book(**{name: table}))
    assert found[-1] != ""
    assert any(
        f"{name}, row 2, column 'symbol': found BRK.B again under another spelling, "
        "first in row 1; allowed: each security once" in text
        for text in found
    )


def test_quotes_and_securities_arrive_whole() -> None:
    prices = frame(
        PRICES,
        as_of=["2023-01-03", "", None],
        adv=[1e6, None, 0],
        spread_bp=[1.5, None, 0],
    )
    securities = frame(
        SECURITIES,
        name=["Alpha", "", "", ""],
        type=["etf", "", "", ""],
        decimals=[0, None, None, None],
        block=[0.01, None, None, None],
        sector=["Tech", "", "", ""],
        wash_group=["g", "", "", ""],
        esg=["7", "", "", ""],
    )
    market = load(book(prices=prices, securities=securities), on=ON).market
    quote = market.quotes["AAA"]
    assert (quote.price, quote.as_of, quote.adv) == (Decimal(100), ON, 1e6)
    assert quote.spread_bp == Decimal("1.5")
    assert market.quotes["BBB"].spread_bp is None
    assert market.quotes["CCC"].spread_bp == 0
    alpha, beta = market.securities["AAA"], market.securities["BBB"]
    assert (alpha.name, alpha.type, alpha.decimals) == ("Alpha", "etf", 0)
    assert (alpha.block, alpha.sector, alpha.wash_group) == (
        Decimal("0.01"),
        "Tech",
        "g",
    )
    assert (beta.type, beta.decimals, beta.block) == ("stock", None, None)
    assert (beta.multiplier, beta.currency, beta.sector) == (Decimal(1), "USD", None)


def test_prices_after_the_date() -> None:
    prices = frame(PRICES, as_of=["2023-01-04", "2023-01-03", ""])
    assert refused(book(prices=prices)) == [
        "prices, row 1, column 'as_of': found 2023-01-04, after the rebalance date; "
        "allowed: a date up to 2023-01-03"
    ]


def test_weights_after_the_date() -> None:
    def dated(day: date) -> dict[str, Benchmark]:
        return {"i": Benchmark.from_weights(WEIGHTS, name="i", as_of=day)}

    assert load(book(benchmarks=dated(ON)), on=ON).notes == ()
    (found,) = refused(book(benchmarks=dated(date(2023, 1, 4))))
    assert "benchmark i: found weights as of 2023-01-04, after the rebalance" in found


def test_one_currency() -> None:
    euros = frame(PRICES, currency=["EUR"] * 3)
    accounts = frame(ACCOUNTS, currency=["EUR"] * 2)
    market = load(book(prices=euros, accounts=accounts), on=ON).market
    assert market.quotes["AAA"].currency == "EUR"
    found = refused(book(prices=frame(PRICES, currency=["USD", "EUR", "USD"])))
    todo = "Accounts and prices need one currency; convert before."
    assert found == [
        "benchmark index: found members not quoted in USD: BBB; allowed: prices in "
        f"USD, the currency of its accounts. {todo}",
        "lots, row 2, column 'symbol': found BBB, quoted in EUR; allowed: USD, the "
        f"account's currency. {todo}",
    ]


def test_price_in_another_currency_than_the_security() -> None:
    securities = frame(SECURITIES, currency=["EUR", "", "USD", "USD"])
    (found,) = refused(book(securities=securities))
    assert found == (
        "prices, row 1, column 'currency': found USD for AAA; allowed: EUR, its "
        "currency in the securities table"
    )


def test_a_position_is_worth_price_times_multiplier() -> None:
    """Of a contract of 100 the price is of one of them."""
    securities = frame({"symbol": ["AAA", "BBB", "CCC"], "multiplier": [1, 100, 50]})
    market = load(book(securities=securities), on=ON).market
    assert market.price("AAA") == market.quotes["AAA"].price
    assert market.price("BBB") == 100 * market.quotes["BBB"].price

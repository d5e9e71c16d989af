# SPDX-License-Identifier: Apache-2.0
import math
import pickle
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.index import FUND, ISSUERS, render

from di_optimizer.errors import InputError
from di_optimizer.index import Benchmark

NAMES = st.from_regex(r"[A-Z]{1,4}Z", fullmatch=True)  # no share class ends in Z
LISTED = st.dictionaries(NAMES, st.floats(0.001, 1.0), min_size=2, max_size=12)


def fractions(listed: dict[str, float]) -> dict[str, float]:
    return {s: w / sum(listed.values()) for s, w in listed.items()}


@pytest.fixture
def tiny(tmp_path: Path) -> Benchmark:
    (tmp_path / "tiny.csv").write_bytes(render("iShares"))
    return Benchmark.from_holdings(tmp_path / "tiny.csv")


@pytest.mark.parametrize("issuer", ISSUERS)
def test_weights_are_the_equity_lines_renormalised(issuer: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(render(issuer))
    benchmark = Benchmark.from_holdings(tmp_path / "f")
    equities = {e.symbol: float(e.weight) for e in FUND if e.kind == "equity"}
    expected = {s: w / sum(equities.values()) for s, w in equities.items()}
    assert benchmark.weights.to_dict() == pytest.approx(expected, rel=1e-14)
    assert list(benchmark.weights.index) == ["AAA", "BRK.B", "CCC"]
    assert benchmark.weights.index.name == "symbol"
    assert list(benchmark.holdings["symbol"]) == ["AAA", "BRK.B", "CCC"]
    assert benchmark.issuer == issuer


def test_the_name_is_the_callers_the_funds_or_the_files(tmp_path: Path) -> None:
    named, plain = tmp_path / "a.csv", tmp_path / "mine.csv"
    named.write_bytes(render("iShares"))
    plain.write_bytes(render("plain"))
    assert Benchmark.from_holdings(named, name="Mine").name == "Mine"
    assert Benchmark.from_holdings(named).name == "Tiny Fund ETF"
    assert Benchmark.from_holdings(plain).name == "mine"


def test_the_repr_fits_an_issue(tiny: Benchmark) -> None:
    assert repr(tiny) == (
        "Benchmark('Tiny Fund ETF', iShares, as of 2022-12-30, 3 securities, "
        "residual cash 0.40 % + money_market 0.10 %)"
    )
    assert repr(tiny.without(["AAA"])).endswith("1 dropped (50.25 %))")


def test_weights_cannot_be_written(tiny: Benchmark) -> None:
    with pytest.raises(ValueError, match="read-only"):
        tiny.weights["AAA"] = 1.0
    with pytest.raises(AttributeError):
        tiny.name = "x"  # type: ignore[misc]


def test_a_benchmark_travels_to_a_worker(tiny: Benchmark) -> None:
    there = pickle.loads(pickle.dumps(tiny))
    assert there.weights.equals(tiny.weights)
    assert there.holdings.equals(tiny.holdings)
    assert repr(there) == repr(tiny)


@settings(deadline=None, max_examples=40)
@given(LISTED)
def test_weights_sum_to_one(listed: dict[str, float]) -> None:
    benchmark = Benchmark.from_weights(fractions(listed), name="B")
    assert abs(math.fsum(benchmark.weights) - 1) <= 1e-12
    assert list(benchmark.weights.index) == sorted(listed)
    assert benchmark.residual == {}
    for symbol, weight in fractions(listed).items():
        assert benchmark.weights[symbol] == pytest.approx(weight, rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(LISTED, st.data())
def test_dropping_in_two_steps_is_dropping_at_once(
    listed: dict[str, float], data: st.DataObject
) -> None:
    benchmark = Benchmark.from_weights(fractions(listed), name="B")
    names = list(benchmark.weights.index)
    gone = data.draw(st.lists(st.sampled_from(names), max_size=len(names) - 1))
    half = len(gone) // 2
    once = benchmark.without(gone)
    twice = benchmark.without(gone[:half]).without(set(gone) - set(gone[:half]))
    assert once.weights.to_dict() == pytest.approx(twice.weights.to_dict())
    assert once.dropped == pytest.approx(twice.dropped)
    assert set(once.dropped) == set(gone)
    assert math.fsum(once.dropped.values()) == pytest.approx(
        math.fsum(benchmark.weights[s] for s in set(gone)), abs=1e-12
    )


def test_the_same_weights_have_the_same_digest() -> None:
    one = Benchmark.from_weights({"A": 0.25, "B": 0.75}, name="x")
    other = Benchmark.from_weights(pd.Series({"b": 0.75, "a": 0.25}), name="y")
    third = Benchmark.from_weights({"A": 0.75, "B": 0.25}, name="x")
    assert one.sha256 == other.sha256
    assert one.sha256 != third.sha256


def test_weights_by_hand_keep_date_and_aliases() -> None:
    on = date(2024, 2, 29)
    benchmark = Benchmark.from_weights(
        {"FB": 1.0}, name="x", as_of=on, aliases={"FB": "META"}
    )
    assert benchmark.weights.to_dict() == {"META": 1.0}
    assert benchmark.as_of == on
    assert benchmark.holdings["as_of"].tolist() == [on]


def test_every_wrong_weight_is_named() -> None:
    weights = pd.Series([0.5, -0.1, math.nan, 0.2, 0.3], list("ABCDa"))
    weights = pd.concat([weights, pd.Series([0.1], index=[" "])])
    with pytest.raises(InputError) as caught:
        Benchmark.from_weights(weights, name="Mine")
    text = str(caught.value)
    assert "4 problems" in text
    assert "benchmark Mine: found -0.1 for 'B'; allowed: 0 or more" in text
    assert "found nan for 'C'" in text
    assert "found 'A' again; allowed: each symbol once" in text
    assert "found the symbol ' '; allowed: a text" in text


@pytest.mark.parametrize(
    ("total", "fits"),
    [(1.0049, True), (1.0051, False), (0.9951, True), (0.9949, False), (100.0, False),
     (0.0, False)],
)  # fmt: skip
def test_the_sum_by_hand(total: float, fits: bool) -> None:
    weights = {"A": total / 4, "B": 3 * total / 4}
    if fits:
        made = Benchmark.from_weights(weights, name="x")
        assert made.weights.to_dict() == pytest.approx({"A": 0.25, "B": 0.75})
        return
    with pytest.raises(
        InputError, match=rf"weights of {total:.6g} in all; allowed: fr"
    ):
        Benchmark.from_weights(weights, name="x")


def test_what_cannot_be_dropped(tiny: Benchmark) -> None:
    with pytest.raises(InputError, match=r"'BRK.A' to drop.*Did you mean 'BRK.B'"):
        tiny.without(["BRKA"])
    with pytest.raises(InputError, match="nothing of weight left"):
        tiny.without(["AAA", "BRK/B", "CCC"])
    assert set(tiny.without(["brk b"]).weights.index) == {"AAA", "CCC"}


def test_holdings_follow_the_weights(tiny: Benchmark) -> None:
    kept = tiny.without(["BRK.B"])
    assert kept.holdings["symbol"].tolist() == ["AAA", "CCC"]
    assert kept.holdings.index.tolist() == [0, 1]
    assert kept.residual == tiny.residual
    assert len(tiny.holdings) == 3


def test_names_that_nobody_knows_up_to_a_tenth_of_a_percent() -> None:
    known = {"A", "B"}
    small = Benchmark.from_weights({"A": 0.5, "B": 0.499, "C": 0.001}, name="x")
    assert small.restricted_to(known).dropped == pytest.approx({"C": 0.001})
    assert small.restricted_to({*known, "C"}) is small
    large = Benchmark.from_weights({"A": 0.5, "B": 0.4989, "C": 0.0011}, name="x")
    with pytest.raises(InputError, match=r"unknown symbol 'C'.*Add an alias, or drop"):
        large.restricted_to(known)
    assert large.restricted_to(known, tolerance=0.01).weights.sum() == pytest.approx(1)


def test_repricing_by_hand(tiny: Benchmark) -> None:
    """1000 x 1, 200 x 5 and 300 x 10 are 1000, 1000 and 3000 of 5000."""
    prices = {"AAA": 1.0, "BRK.B": 5.0, "CCC": 10.0, "ZZZ": math.nan}
    later = tiny.repriced(prices, as_of=date(2023, 1, 3))
    assert later.weights.to_dict() == pytest.approx(
        {"AAA": 0.2, "BRK.B": 0.2, "CCC": 0.6}
    )
    assert later.as_of == date(2023, 1, 3)
    assert later.holdings.equals(tiny.holdings)
    series = tiny.repriced(pd.Series(prices), as_of=date(2023, 1, 3))
    assert series.weights.equals(later.weights)


def test_repricing_needs_shares_and_prices_of_all(tiny: Benchmark) -> None:
    with pytest.raises(InputError) as caught:
        tiny.repriced({"AAA": 0.0, "CCC": np.nan}, as_of=date(2023, 1, 3))
    text = str(caught.value)
    assert "found price 0.0 of 'AAA'; allowed: a number above 0" in text
    assert "found no price of 'BRK.B'" in text
    assert "found price nan of 'CCC'" in text
    bare = Benchmark.from_weights({"A": 1.0}, name="x")
    with pytest.raises(InputError, match="no shares of 'A'"):
        bare.repriced({"A": 1.0}, as_of=date(2023, 1, 3))


def test_a_fund_of_zero_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "zero.csv"
    path.write_text("symbol,weight,asset_class\nAAA,0,equity\nUSD,1,cash\n")
    with pytest.raises(InputError, match="no weight above 0"):
        Benchmark.from_holdings(path)


@pytest.mark.parametrize(
    ("weights", "message"),
    [([0.5, 0.6], "unlike fractions"), ([-0.5, 1.5], "unlike fractions"),
     ([np.nan, 1.0], "unlike fractions")],
)  # fmt: skip
def test_construction_checks_the_weights(
    tiny: Benchmark, weights: list[float], message: str
) -> None:
    holdings = tiny.holdings.iloc[:2]
    series = pd.Series(weights, index=["AAA", "BRK.B"])
    with pytest.raises(InputError, match=message):
        Benchmark(**(vars(tiny) | {"weights": series, "holdings": holdings}))


def test_construction_checks_the_order(tiny: Benchmark) -> None:
    with pytest.raises(InputError, match="out of order"):
        Benchmark(**(vars(tiny) | {"weights": tiny.weights.iloc[::-1]}))
    with pytest.raises(InputError, match="holdings of other symbols"):
        Benchmark(**(vars(tiny) | {"holdings": tiny.holdings.iloc[:2]}))

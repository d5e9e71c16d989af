# SPDX-License-Identifier: Apache-2.0
"""What is of a later day is refused, what is old is said to be old."""

from datetime import date, timedelta

import pytest
from support.tables import ON, PRICES, WEIGHTS, book, frame, refused

from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake import Sources, load


def priced(*days_before: int) -> Sources:
    dates = [ON - timedelta(days=days) for days in days_before]
    return book(prices=frame(PRICES, as_of=dates))


def weighed(as_of: date | None) -> Sources:
    index = Benchmark.from_weights(WEIGHTS, name="index", as_of=as_of)
    return book(benchmarks={"index": index})


def test_prices_of_today_and_up_to_14_days_ago_need_no_word():
    assert load(priced(0, 1, 14), on=ON).notes == ()


def test_older_prices_are_counted():
    assert load(priced(0, 14, 15), on=ON).notes == (
        "prices: 1 price more than 14 days old, the oldest of 2022-12-19, 15 days",
    )
    (note,) = load(priced(366, 15, 14), on=ON).notes
    assert note.startswith("prices: 2 prices more than 14 days old, the oldest of 2022")
    assert note.endswith(", 366 days")


def test_a_price_of_tomorrow_is_refused_by_its_row():
    assert refused(priced(0, -1, 0)) == [
        "prices, row 2, column 'as_of': found 2023-01-04, after the rebalance date; "
        "allowed: a date up to 2023-01-03"
    ]


@pytest.mark.parametrize(
    ("make", "file", "what"),
    [
        (weighed, "benchmark index", "weights"),
        (lambda as_of: book(risk_as_of=as_of), "risk model", "a model"),
    ],
)
def test_the_date_of_weights_and_of_a_risk_model(make, file, what):
    for as_of in (None, ON, ON - timedelta(days=92)):
        assert load(make(as_of), on=ON).notes == ()
    old = ON - timedelta(days=93)
    said = f"{file}: {what} as of {old}, 93 days old"
    assert load(make(old), on=ON).notes == (said,)
    assert refused(make(ON + timedelta(days=1))) == [
        f"{file}: found {what} as of 2023-01-04, after the rebalance date; allowed: a "
        "date up to 2023-01-03"
    ]

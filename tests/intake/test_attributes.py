# SPDX-License-Identifier: Apache-2.0
"""Further columns of the securities table: numbers, text, and what is neither."""

from datetime import date

import pandas as pd
import pytest

from di_optimizer.errors import InputError
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake.load import load
from di_optimizer.intake.sources import Sources
from di_optimizer.policy import Limit, Policy, Score
from di_optimizer.policy_file import PolicyBook

ON = date(2024, 6, 28)
SYMBOLS = ["AAA", "BBB", "CCC"]


def attributes(limits=(), scores=(), **columns):
    securities = pd.DataFrame({"symbol": SYMBOLS} | columns)
    lots = pd.DataFrame(
        {
            "account": ["A"],
            "lot_id": ["1"],
            "symbol": ["AAA"],
            "shares": [4],
            "cost_basis": [900.0],
            "acquired": ["2020-01-31"],
        }
    )
    accounts = pd.DataFrame(
        {"account": ["A"], "cash": [100], "short_rate": [0.4], "long_rate": [0.2]}
    )
    index = Benchmark.from_weights({"AAA": 1.0}, name="x")
    sources = Sources(
        lots=lots,
        accounts=accounts,
        prices=pd.DataFrame({"symbol": SYMBOLS, "price": [1.0, 2.0, 3.0]}),
        securities=securities,
        benchmarks={"x": index},
        policies=PolicyBook(default=Policy(limits=limits, scores=scores)),
    )
    found = load(sources, on=ON).market.securities
    return [dict(found[s].attributes) for s in SYMBOLS]


@pytest.mark.parametrize("cells", [[1.5, 2.0, 3.0], ["1.5", "2", "3e0"]])
def test_a_column_of_numbers_is_numbers(cells):
    assert attributes(esg=cells) == [{"esg": 1.5}, {"esg": 2.0}, {"esg": 3.0}]


def test_whole_numbers_of_a_frame_are_numbers():
    assert attributes(rank=[1, 2, 3])[2] == {"rank": 3.0}


def test_a_blank_is_no_attribute_and_no_zero():
    found = attributes(esg=["1", "", None], theme=["", "water", " "])
    assert found == [{"esg": 1.0}, {"theme": "water"}, {}]


def test_a_column_with_any_text_is_text():
    assert attributes(code=["037833100", "17275R102", "1"]) == [
        {"code": "037833100"},
        {"code": "17275R102"},
        {"code": "1"},
    ]


def test_a_column_of_blanks_is_neither():
    assert attributes(theme=["", "", ""]) == [{}, {}, {}]


@pytest.mark.parametrize(
    "used",
    [
        {"limits": (Limit(on="esg", maximum=1),)},
        {"scores": (Score(column="esg", price=1),)},
    ],
)
def test_what_policy_uses_as_numbers_has_to_be_numbers(used):
    with pytest.raises(InputError) as error:
        attributes(esg=["1", "n/a", "2,5"], **used)
    text = str(error.value)
    assert "2 problems" in text
    assert "securities, row 2, column 'esg': found n/a; allowed: a number" in text
    assert "row 3, column 'esg': found 2,5" in text
    assert "The policy uses this column as numbers." in text
    assert attributes(esg=["1", "", "2.5"], **used)[2] == {"esg": 2.5}


def test_a_group_of_a_mixed_column_is_no_use_of_numbers():
    limits = (Limit(on="esg", name="n/a", maximum=1),)
    assert attributes(esg=["1", "n/a", "2"], limits=limits)[0] == {"esg": "1"}


def test_a_column_that_policy_uses_and_nobody_has():
    with pytest.raises(
        InputError, match=r"no column 'egs'.*Did you mean 'esg'"
    ) as error:
        attributes(esg=[1, 2, 3], limits=(Limit(on="egs", maximum=1),))
    assert "securities, row 1, column 'egs'" in str(error.value)
    assert attributes(esg=[1, 2, 3], limits=(Limit(on="beta", maximum=1),))

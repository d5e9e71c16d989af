# SPDX-License-Identifier: Apache-2.0
"""Rules: whom they bind, what they may say, and which contradict each other."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tables import ON, book, frame, refused

from di_optimizer.account import Restriction
from di_optimizer.errors import InputError
from di_optimizer.intake import load

SECURITIES = {
    "symbol": ["AAA", "BBB", "CCC"],
    "sector": ["Energy", "Tech", "Tech"],
    "wash_group": ["", "g1", "g1"],
}


def rules(*rows: tuple) -> object:
    """Return restriction rows: account, symbol, kind, value, from, until."""
    names = ("account", "symbol", "kind", "value", "from", "until")
    padded = [(*row, *[None] * (6 - len(row))) for row in rows]
    columns = {
        name: list(values)
        for name, values in zip(names, zip(*padded, strict=True), strict=True)
    }
    return frame(columns)


def test_a_star_is_everybody_in_file_order() -> None:
    table = rules(
        ("A2", "AAA", "no_sell"),
        ("*", "BBB", "max", 0.05, "2023-01-01", "2023-12-31"),
        ("A2", "CCC", "min", 0.01),
    )
    one, two = load(book(restrictions=table), on=ON).accounts
    shared = Restriction(
        kind="max",
        symbol="BBB",
        value=0.05,
        start=date(2023, 1, 1),
        end=date(2023, 12, 31),
        scope="*",
        source="restrictions, row 2",
    )
    assert one.restrictions == (shared,)
    assert [r.kind for r in two.restrictions] == ["no_sell", "max", "min"]
    assert two.restrictions[1] is one.restrictions[0]


def test_sectors_and_groups_are_those_of_the_securities() -> None:
    table = frame(
        {
            "account": ["*", "*"],
            "sector": ["Tech", ""],
            "group": ["", "g1"],
            "kind": ["no_buy", "no_trade"],
        }
    )
    sources = book(restrictions=table, securities=frame(SECURITIES))
    first, second = load(sources, on=ON).accounts[0].restrictions
    assert (first.sector, first.symbol, second.group) == ("Tech", None, "g1")
    wrong = table.assign(sector=["Tecch", ""], group=["", "g2"])
    found = refused(book(restrictions=wrong, securities=frame(SECURITIES)))
    assert found == [
        "restrictions, row 1, column 'sector': found unknown sector 'Tecch'; allowed: "
        "a sector of securities. Did you mean 'Tech'?",
        "restrictions, row 2, column 'group': found unknown group 'g2'; allowed: a "
        "wash_group of securities",
    ]
    assert len(refused(book(restrictions=table))) == 2


def test_unknown_symbol_is_named_with_the_nearest() -> None:
    (found,) = refused(book(restrictions=rules(("A1", "AAAA", "no_buy"))))
    assert "restrictions, row 1, column 'symbol': found unknown symbol 'AAAA'" in found
    assert found.endswith("Did you mean 'AAA'?")


@pytest.mark.parametrize("kind", ["min", "max"])
@pytest.mark.parametrize("value", [0, 0.5, 1])
def test_limits_take_a_value(kind: str, value: float) -> None:
    table = rules(("A1", "AAA", kind, value))
    (rule,) = load(book(restrictions=table), on=ON).accounts[0].restrictions
    assert (rule.kind, rule.value) == (kind, float(value))


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (("A1", "AAA", "min"), "'value': found blank for 'min'; allowed: a number"),
        (
            ("A1", "AAA", "no_buy", 0.1),
            "'value': found 0.1 for 'no_buy'; allowed: blank",
        ),
        (
            ("A1", "AAA", "max", 1.1),
            "'value': found 1.1; allowed: a number from 0 to 1",
        ),
        (
            ("A1", "AAA", "no_buy", None, "2023-02-01", "2023-01-31"),
            "'from': found 2023-02-01, after until 2023-01-31",
        ),
    ],
)
def test_rules_that_make_no_sense(row: tuple, text: str) -> None:
    (found,) = refused(book(restrictions=rules(row)))
    assert found.startswith("restrictions, row 1, column ")
    assert text in found


def test_a_rule_of_one_day() -> None:
    table = rules(("A1", "AAA", "no_buy", None, "2023-01-03", "2023-01-03"))
    (rule,) = load(book(restrictions=table), on=ON).accounts[0].restrictions
    assert rule.active(ON)


def test_contradictions_name_both_rows() -> None:
    table = rules(
        ("A1", "AAA", "max", 0.02),
        ("A1", "AAA", "min", 0.03),
        ("*", "BBB", "no_hold"),
        ("A2", "BBB", "min", 0.01),
    )
    assert refused(book(restrictions=table)) == [
        "restrictions, row 2, column 'kind': found min 0.03 in row 2 against max 0.02 "
        "in row 1; allowed: a minimum that the other rule permits",
        "restrictions, row 4, column 'kind': found min 0.01 in row 4 against no_hold "
        "in row 3; allowed: a minimum that the other rule permits",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [("A1", "AAA", "max", 0.03), ("A1", "AAA", "min", 0.03)],
        [("A1", "AAA", "max", 0.02), ("A2", "AAA", "min", 0.03)],
        [("A1", "AAA", "max", 0.02), ("A1", "BBB", "min", 0.03)],
        [("A1", "AAA", "no_hold"), ("A1", "AAA", "min", 0)],
        [
            ("A1", "AAA", "max", 0.02, None, "2023-01-31"),
            ("A1", "AAA", "min", 0.03, "2023-02-01"),
        ],
    ],
)
def test_rules_that_do_not_meet(rows: list[tuple]) -> None:
    assert len(load(book(restrictions=rules(*rows)), on=ON).accounts) == 2


ROW = st.tuples(
    st.sampled_from(["*", "A1", "A2"]),
    st.sampled_from(["AAA", "BBB"]),
    st.sampled_from(["min", "max", "no_hold"]),
    st.sampled_from([0.0, 0.1, 0.2]),
    st.sampled_from([None, "2023-01-01", "2023-03-01"]),
    st.sampled_from([None, "2023-03-01", "2023-06-01"]),
)


@given(st.lists(ROW, min_size=1, max_size=5))
@settings(max_examples=20, deadline=None)
def test_contradictions_are_those_of_a_plain_search(rows: list[tuple]) -> None:
    rows = [(*r[:3], None if r[2] == "no_hold" else r[3], *r[4:]) for r in rows]
    try:
        load(book(restrictions=rules(*rows)), on=ON)
        found = []
    except InputError as error:
        found = [problem.found for problem in error.problems]
    assert len(found) == len(plain_contradictions(rows))


def plain_contradictions(rows: list[tuple]) -> list[tuple[int, int]]:
    pairs = []
    for (i, low), (j, high) in product(enumerate(rows), repeat=2):
        if low[2] != "min" or high[2] == "min" or low[1] != high[1]:
            continue
        ceiling = 0.0 if high[2] == "no_hold" else high[3]
        together = low[0] == high[0] or "*" in (low[0], high[0])
        first = max(low[4] or "", high[4] or "")
        last = min(low[5] or "9", high[5] or "9")
        if together and low[3] > ceiling and first <= last:
            pairs.append((i, j))
    return pairs


@pytest.mark.parametrize(("column", "name"), [("sector", "Tech"), ("group", "g1")])
def test_limits_on_a_total_are_refused(column: str, name: str) -> None:
    """They would otherwise limit each security, which nobody means."""
    row = {"account": ["A1"], column: [name], "kind": ["max"], "value": [0.2]}
    (found,) = refused(book(restrictions=frame(row), securities=frame(SECURITIES)))
    assert found == (
        f"restrictions, row 1, column '{column}': found 'max' for the {column} "
        f"'{name}'; allowed: a symbol: min_total and max_total limit the total of a "
        "sector or group"
    )

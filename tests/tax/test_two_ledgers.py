# SPDX-License-Identifier: Apache-2.0
"""The ledger agrees with the share-by-share one of the tests, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import astuple, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.both_ledgers import (
    SETTING,
    Held,
    Piece,
    by_tables,
    held_inside,
    held_shown,
    in_sales,
    inside,
    pieces_inside,
    pieces_shown,
    summed,
)
from support.naive_wash import Outcome, Row, naive_wash
from support.random_ledgers import (
    ALL_RATIOS,
    PEOPLE,
    SHORT_DECIMALS,
    TAXPAYER,
    Case,
    cases,
)

from di_optimizer.tax.ledger import Ledger, Setting
from di_optimizer.tax.ledger.rounding import CENTS
from di_optimizer.tax.ledger.state_file import state_of, state_text

WHOLE = cases(cents=144, ratios=SHORT_DECIMALS)  # nothing to round
ODD = cases(cents=1, ratios=ALL_RATIOS)  # exact inside, rounded where it is shown
MATCH = ["shares", "disallowed", "account", "lot_id", "symbol", "bought"]
MATCH += ["basis_added", "lost", "carried"]


def many(examples: int) -> Callable[[Any], Any]:
    """Return the settings of a test over so many ledgers, the same in each run."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def agree(pieces: Iterable[Piece], held: Held, case: Case) -> Outcome:
    """Check every sale and every share that is left, without any tolerance."""
    expected = naive_wash(case.rows, PEOPLE, case.splits)
    sales = in_sales(pieces, case.rows)
    assert {number: summed(sale) for number, sale in sales.items()} == expected.sales
    assert held == expected.held
    return expected


def agree_on_whole_cents(examples: int) -> Counter[str]:
    """Compare so many ledgers; return how many had what."""
    seen: Counter[str] = Counter()

    @many(examples)
    @given(WHOLE)
    def compare(case: Case) -> None:
        ledger = inside(case)
        expected = agree(pieces_inside(ledger), held_inside(ledger), case)
        seen["ledgers"] += 1
        for field in ("disallowed", "lost"):
            seen[field] += any(getattr(s, field) for s in expected.sales.values())

    compare()
    return seen


def agree_on_odd_amounts(examples: int) -> None:
    """Compare basis and dates exactly, and sales to a cent for each piece so far.

    A loss goes on in the cents that are shown of it, so pieces before count as well.
    """

    @many(examples)
    @given(ODD)
    def compare(case: Case) -> None:
        ledger = inside(case)
        expected = naive_wash(case.rows, PEOPLE, case.splits)
        assert held_inside(ledger) == expected.held
        off = Fraction(0)
        for number, pieces in in_sales(pieces_inside(ledger), case.rows).items():
            shown, exact = summed(pieces), expected.sales[number]
            off += Fraction(len(pieces), CENTS)
            assert abs(shown.gain - exact.gain) <= off
            assert abs(shown.disallowed - exact.disallowed) <= off
            assert abs(shown.lost - exact.lost) <= off

    compare()


def test_random_ledgers_agree_and_wash_sales_are_frequent_in_them():
    seen = agree_on_whole_cents(500)
    assert seen["ledgers"] >= 500
    assert seen["disallowed"] * 3 >= seen["ledgers"], seen
    assert seen["lost"] * 10 >= seen["ledgers"], seen


def test_random_ledgers_agree_where_amounts_are_no_whole_cents():
    agree_on_odd_amounts(200)


@many(25)
@given(WHOLE)
def test_the_tables_say_the_same(case):
    result = by_tables(case)
    agree(pieces_shown(result.gains), held_shown(result.lots), case)


@pytest.mark.slow
def test_twenty_thousand_ledgers_agree():
    seen = agree_on_whole_cents(20_000)
    assert seen["disallowed"] * 3 >= seen["ledgers"], seen
    agree_on_odd_amounts(20_000)


# --- in two halves, and under other names -------------------------------------------


def lots_of(ledger: Ledger) -> list[tuple[Any, ...]]:
    return [(lot.holding, lot.shown, lot.order) for lot in ledger.lots]


def gains_of(*ledgers: Ledger) -> dict[tuple[str, str], Any]:
    """Return gain rows by account and id; what a later ledger amends replaces."""
    return {
        (row.account, row.gain_id): astuple(row)
        for ledger in ledgers
        for row in ledger.gains
    }


def matches_of(*ledgers: Ledger) -> list[tuple[Any, ...]]:
    """Return the replacements of each account of a loss, in the order of time."""
    matches = [match for ledger in ledgers for match in ledger.matches]
    return [
        (match.row.gain_id, *(getattr(match, name) for name in MATCH))
        for match in sorted(matches, key=lambda match: match.row.account)
    ]


@many(200)
@given(ODD, st.integers(0, 17), st.sampled_from([0, 0, 1, 29]))
def test_two_halves_end_as_at_once(case, place, later):
    days = sorted({event.day for event in (*case.rows, *case.splits)})
    cut = days[place % len(days)] + timedelta(days=later)
    first = inside(case.part(date.min, cut))
    saved = state_of(state_text(first.state), "state.json")
    assert saved == first.state
    second = inside(case.part(cut + timedelta(days=1), date.max), saved)
    once = inside(case)
    assert lots_of(second) == lots_of(once)
    assert gains_of(first, second) == gains_of(once)
    assert matches_of(first, second) == matches_of(once)


@many(150)
@given(ODD, st.permutations(sorted(TAXPAYER)))
def test_names_of_accounts_mean_nothing(case, names):
    other = dict(zip(sorted(TAXPAYER), names, strict=True))
    renamed = Setting(
        taxpayers={other[name]: f"not {who}" for name, who in TAXPAYER.items()},
        untaxed=frozenset(other[name] for name in SETTING.untaxed),
        groups=SETTING.groups,
    )
    rows = [replace(row, account=other[row.account]) for row in case.rows]
    there = inside(Case(rows, case.splits), setting=renamed)
    here = inside(case)
    assert lots_of(there) == sorted(
        (
            (replace(holding, account=other[holding.account]), shown, order)
            for holding, shown, order in lots_of(here)
        ),
        key=lambda lot: (lot[0].account, lot[0].symbol, lot[2]),
    )
    assert gains_of(there) == {
        (other[account], number): (other[account], *rest)
        for (account, number), (_, *rest) in gains_of(here).items()
    }


# --- written by hand ----------------------------------------------------------------


def ledger(text: str) -> Case:
    """Return a case of account A1 from lines ``date side shares amount [lot]``."""
    rows = []
    for line in text.strip().splitlines():
        day, side, shares, amount, *lot = line.split()
        rows.append(
            Row(
                account="A1",
                symbol="XXX",
                day=date.fromisoformat(day),
                side=side,
                shares=Fraction(shares),
                amount=Fraction(amount),
                lot_id="".join(lot),
            )
        )
    return Case(rows, [])


# IRS Publication 550, "Wash Sales"; Treas. Reg. § 1.1091-1(h), examples 1 to 3;
# what the sales disallow, and shares and basis of what is left
VECTORS = {
    "all are bought again": (
        """2024-01-02 buy 100 1000
           2024-03-01 sell 100 750
           2024-03-10 buy 100 800""",
        250,
        {(100, 1050)},
    ),
    "more sold than bought": (
        """2013-09-26 buy 100 5000
           2013-12-19 buy 50 2750
           2013-12-27 buy 25 1125
           2014-01-09 sell 100 4000""",
        750,
        {(50, 3250), (25, 1375)},
    ),
    "more bought than sold": (
        """2023-09-21 buy 100 2000
           2024-02-06 sell 100 1000
           2024-02-11 buy 50 501
           2024-02-12 buy 50 502
           2024-02-13 buy 50 503
           2024-02-14 buy 50 504""",
        1000,
        {(50, 1001), (50, 1002), (50, 503), (50, 504)},
    ),
    "gains stay gains": (
        """2024-01-02 buy 100 15800
           2024-01-03 buy 100 10000
           2024-01-04 buy 100 9500
           2024-03-01 sell 300 37500
           2024-03-10 buy 250 31250""",
        3300,
        {(100, 15800), (150, 18750)},
    ),
    "part of a purchase replaces": (
        """2024-01-02 buy 20 2000
           2024-03-01 sell 20 1600
           2024-03-10 buy 30 2700""",
        400,
        {(20, 2200), (10, 900)},
    ),
    # a part of a lot is taken before the parts behind it
    "parts of a lot are sold in their order": (
        """2024-03-01 buy 3 30
           2024-03-01 sell 1 5
           2024-03-01 sell 1 5
           2024-03-01 sell 1 5
           2024-03-01 buy 4 40 L4
           2024-03-01 sell 3 15 L4""",
        15,
        {(1, 10)},
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_both_ledgers_know_the_published_examples(name):
    text, disallowed, left = VECTORS[name]
    case = ledger(text)
    result = by_tables(case)
    expected = agree(pieces_shown(result.gains), held_shown(result.lots), case)
    assert sum(sale.disallowed for sale in expected.sales.values()) == disallowed
    alike = expected.held["A1", "XXX"]
    assert {(n, unit * n) for (unit, *_), n in alike.items()} == left

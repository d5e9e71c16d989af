# SPDX-License-Identifier: Apache-2.0
"""The dated tables: complete, monotone, sourced, without gaps or overlaps."""

from fractions import Fraction
from itertools import pairwise

import pytest

from di_optimizer.tax.rates import loss_limit, states
from di_optimizer.tax.rates.dated import STATUSES, Table, tables, years_of

FILES = ("federal", "niit", "loss_limit", "states")
YEARS = range(2013, 2027)


@pytest.mark.parametrize("name", FILES)
def test_every_table_names_its_source_and_years(name: str) -> None:
    for table in tables(name):
        assert len(table.source.split()) >= 2
        assert 1900 < table.start <= (table.end or table.start)


@pytest.mark.parametrize("name", ["federal", "niit", "loss_limit"])
@pytest.mark.parametrize("year", YEARS)
def test_exactly_one_table_holds_in_a_year(name: str, year: int) -> None:
    assert len([table for table in tables(name) if table.covers(year)]) == 1


@pytest.mark.parametrize("kind", ["ordinary", "long"])
@pytest.mark.parametrize("table", tables("federal"), ids=Table.years)
def test_brackets_are_complete_and_rise(table: Table, kind: str) -> None:
    scale = table.figures[kind]
    assert set(scale) == {"rates", *STATUSES}
    rises(scale["rates"])
    for status in STATUSES:
        assert len(scale[status]) == len(scale["rates"]) - 1
        rises(scale[status])


def rises(values: list[Fraction]) -> None:
    assert all(low < high for low, high in pairwise(values))


@pytest.mark.parametrize("kind", ["ordinary", "long"])
def test_thresholds_never_fall_from_year_to_year_under_one_law(kind: str) -> None:
    """Indexing has only raised them; 2018 began another table (Pub. L. 115-97)."""
    for before, after in pairwise(tables("federal")):
        if kind == "ordinary" and after.start == 2018:
            continue
        for status in STATUSES:
            old, new = before.figures[kind][status], after.figures[kind][status]
            assert all(x <= y for x, y in zip(old, new, strict=True)), after.start


@pytest.mark.parametrize("table", tables("federal"), ids=Table.years)
def test_statuses_relate_as_the_law_has_them(table: Table) -> None:
    """IRC § 1(a), (d), (f)(7): surviving spouses as joint returns, separate returns
    half of them, each rounded down by itself, so up to 25 apart."""
    for kind in ("ordinary", "long"):
        scale = table.figures[kind]
        assert scale["surviving_spouse"] == scale["married_joint"]
        halves = zip(scale["married_joint"], scale["married_separate"], strict=True)
        assert all(
            0 <= Fraction(joint, 2) - separate <= 25 for joint, separate in halves
        )


@pytest.mark.parametrize("table", tables("federal")[:5], ids=Table.years)
def test_until_2017_long_rates_followed_the_ordinary_brackets(table: Table) -> None:
    """IRC § 1(h)(1)(B), (C): 0 % to the top of 15 %, 20 % from the start of 39.6 %."""
    for status in STATUSES:
        brackets = table.figures["ordinary"][status]
        assert table.figures["long"][status] == [brackets[1], brackets[5]]


def test_states_are_complete_but_for_the_one_whose_sources_disagree() -> None:
    assert len(states()) == 50  # with DC, without SC
    assert all(len(state) == 2 and state.isupper() for state in states())
    for state in states():
        own = [t for t in tables("states") if t.figures["state"] == state]
        assert years_of(own) in ("2025", "2025 to 2026")
        assert len([t for t in own if t.covers(2025)]) == 1


@pytest.mark.parametrize(
    "table", tables("states"), ids=lambda t: f"{t.figures['state']}-{t.start}"
)
def test_state_rates_are_rates(table: Table) -> None:
    figures = table.figures
    assert set(figures) == {"state", "short", "long", "ordinary"}
    assert all(
        0 <= figures[kind] <= Fraction("0.14") for kind in figures.keys() - {"state"}
    )
    if table.figures["state"] != "WA":  # taxes long-term gains only
        assert figures["long"] <= figures["short"]


@pytest.mark.parametrize(
    ("year", "status", "limit"),
    [
        (1987, "single", 3000),
        (2025, "head_of_household", 3000),
        (2026, "married_joint", 3000),
        (2026, "surviving_spouse", 3000),
        (2026, "married_separate", 1500),
    ],
)
def test_loss_limit(year: int, status: str, limit: int) -> None:
    assert loss_limit(year, status) == limit

# SPDX-License-Identifier: Apache-2.0
"""Holdings in every layout, damaged in every way.

As with the tables: exit status 2, the file and place of every problem on stderr, and
nothing written.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from support import damage as d
from support.cli_book import SECURITIES, Book, refused

from di_optimizer.sample.fund import Fund, fund_on
from di_optimizer.sample.layouts import LAYOUTS
from di_optimizer.sample.market import MarketSpec, build_market

ON = date(2024, 6, 28)


@pytest.fixture(scope="module")
def fund() -> Fund:
    return fund_on(build_market(MarketSpec(securities=SECURITIES)), ON)


def line_with(fund: Fund, at: int, **changes: object) -> Fund:
    """Return the fund with one line changed."""
    lines = list(fund.lines)
    lines[at] = replace(lines[at], **changes)
    return replace(fund, lines=tuple(lines))


# name: what happens to the fund before it is printed, and what stderr says of it
FUNDS = {
    "NaN weight": (
        lambda f: line_with(f, 1, weight=float("nan"), market_value=float("nan")),
        ("found 'nan'; allowed: a number", "found 'NaN'; allowed: a number"),
    ),
    "negative weight": (
        lambda f: line_with(f, 1, weight=-0.05, market_value=-1e9, shares=-1e6),
        ("allowed: 0 or more",),
    ),
    "a symbol twice": (
        lambda f: line_with(f, 2, symbol=f.lines[1].symbol),
        ("again, after row ",),
    ),
    "blank symbol": (lambda f: line_with(f, 1, symbol=""), ("found blank",)),
    "a line gone": (
        lambda f: replace(f, lines=f.lines[1:]),
        ("in all lines, residual included; allowed: 99.5% to 100.5%",),
    ),
    "no security": (
        lambda f: replace(f, lines=()),
        ("no equity line", "no header row", "no such column"),
    ),
}
UNFIT = {
    "of tomorrow": (
        lambda f: replace(f, on=f.on + timedelta(days=3)),
        "found weights as of 2024-07-01, after the rebalance date",
    ),
    "unknown symbol": (
        lambda f: line_with(f, 1, symbol="XYZZY"),
        "1 member without price: XYZZY; allowed: a price for each member",
    ),
}
HEADERS = {
    "sample_ishares.csv": "Weight (%)",
    "sample_state_street.xlsx": "Weight",
    "sample_invesco.csv": "Weight",
    "sample_vanguard.json": "mktValPercent",
    "sample_plain.csv": "weight",
}


def test_every_layout_undamaged_gets_its_plans(book, tmp_path):
    others = [name for name in LAYOUTS if name != "sample_plain.csv"]
    for pair in (others[:2], others[2:]):
        rows = d.rows_of(book.files["accounts"].read_bytes())
        named = [
            [*rows[0], "benchmark"],
            *([*r, n] for r, n in zip(rows[1:], pair, strict=True)),
        ]
        accounts = tmp_path / "accounts.csv"
        accounts.write_bytes(d.text_of(named))
        other = {"accounts": accounts, "securities": book.files["securities"]}
        first, second = (f"{name}={book.folder / name}" for name in pair)
        other["holdings"] = first
        more = ("--holdings", second, "--quiet")
        result = book.rebalance(tmp_path / "out", other, *more)
        assert (result.status, result.err) == (0, "")


def refused_layouts(
    book: Book, folder: Path, content: Callable[[str], bytes]
) -> dict[str, list[str]]:
    """Return the problems of each of five damaged files, given all at once."""
    places = {name: folder / name for name in LAYOUTS}
    for name, place in places.items():
        place.write_bytes(content(name))
    first, *others = places.values()
    more = [word for place in others for word in ("--holdings", place)]
    lines = refused(book, folder, *more, holdings=first)
    return {n: [t for t in lines if t.startswith(str(p))] for n, p in places.items()}


@pytest.mark.parametrize("what", FUNDS)
def test_funds_that_are_none_in_every_layout(what, fund, book, tmp_path):
    change, says = FUNDS[what]
    found = refused_layouts(book, tmp_path, lambda name: LAYOUTS[name](change(fund)))
    for name, lines in found.items():
        assert any(said in line for line in lines for said in says), (name, lines)


@pytest.mark.parametrize("what", UNFIT)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_fund_that_does_not_fit_the_market(layout, what, fund, book, tmp_path):
    change, said = UNFIT[what]
    place = tmp_path / layout
    place.write_bytes(LAYOUTS[layout](change(fund)))
    lines = refused(book, tmp_path, holdings=place, securities=book.files["securities"])
    assert any(t.startswith(str(place)) and said in t for t in lines), lines


@pytest.mark.parametrize(
    "change",
    [d.instead(b""), d.instead(d.GARBAGE), d.cut_to(0.3), d.cut_to(0.7)],
    ids=["empty", "binary", "a third", "two thirds"],
)
def test_holdings_files_that_cannot_be_read(change, book, tmp_path):
    found = refused_layouts(
        book, tmp_path, lambda name: change((book.folder / name).read_bytes())
    )
    assert [name for name, lines in found.items() if not lines] == []


def test_holdings_files_with_another_header(book, tmp_path):
    def content(layout: str) -> bytes:
        data = (book.folder / layout).read_bytes()
        if layout.endswith(".json"):
            return data.replace(HEADERS[layout].encode(), b"share")
        return d.words((HEADERS[layout], "Share"))(data)

    for layout, lines in refused_layouts(book, tmp_path, content).items():
        assert f"column '{HEADERS[layout]}': found no such column" in lines[0]

# SPDX-License-Identifier: Apache-2.0
"""Which rules are in force: the most specific of each target and family win."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ruled import ON, buy, job, refusals, rule, traded
from support.tables import ON as DAY
from support.tables import book, frame, held, refused

from di_optimizer.account import Restriction
from di_optimizer.intake import load
from di_optimizer.one_account import rebalance_account
from di_optimizer.restrictions import in_force, standing
from di_optimizer.verify.precedence import rules_in_force

SCOPES = ("*", "model:index", "group:family", "account", "")
KINDS = (
    "no_buy",
    "no_sell",
    "no_trade",
    "no_hold",
    "allow",
    "min",
    "max",
    "threshold_min",
    "threshold_max",
    "min_total",
    "max_total",
    "sell_lot",
    "keep_lot",
    "lock",
)
TARGETS = (
    {"symbol": "AAA"},
    {"symbol": "BBB"},
    {"sector": "Energy"},
    {"group": "Energy"},
)
OPEN = (None, *(ON + timedelta(days=days) for days in (-2, -1, 0, 1, 2)))


@st.composite
def a_rule(draw: st.DrawFn) -> Restriction:
    return Restriction(
        kind=draw(st.sampled_from(KINDS)),
        scope=draw(st.sampled_from(SCOPES)),
        start=draw(st.sampled_from(OPEN)),
        end=draw(st.sampled_from(OPEN)),
        value=draw(st.sampled_from((0.0, 0.1, 0.2))),
        source=str(draw(st.integers(0, 99))),
        **draw(st.sampled_from(TARGETS)),
    )


def plainly(rules: list[Restriction], on: date) -> list[Restriction]:
    """A rule holds on its days unless a narrower one of its family is about the same.

    Straight from the documentation, every rule against every other.
    """
    families = [
        {"no_buy", "no_sell", "no_trade", "no_hold", "allow"},
        *({kind} for kind in KINDS[5:11]),
    ]
    order = ["*", "model:index", "group:family", "account"]

    def today(one: Restriction) -> bool:
        return (one.start or on) <= on <= (one.end or on)

    def beaten(one: Restriction, two: Restriction) -> bool:
        same = any({one.kind, two.kind} <= family for family in families)
        about = (one.symbol, one.sector, one.group) == (
            two.symbol,
            two.sector,
            two.group,
        )
        if not (same and about and one.scope and two.scope and today(two)):
            return False
        return order.index(two.scope) > order.index(one.scope)

    return [
        one
        for one in rules
        if today(one) and one.kind != "allow"
        if not any(beaten(one, two) for two in rules)
    ]


@given(st.lists(a_rule(), max_size=8))
def test_both_resolutions_are_what_the_documentation_says(rules: list[Restriction]):
    wanted = plainly(rules, ON)
    assert list(in_force(rules, ON)) == wanted
    assert list(rules_in_force(rules, ON)) == wanted


@given(st.lists(a_rule(), max_size=8))
def test_everything_active_stands_or_is_overridden_by_something(rules):
    found = standing(rules, ON)
    kept = [id(item.rule) for item in found]
    lost = {id(r) for item in found for r in item.overrode}
    active = {id(r) for r in rules if r.active(ON)}
    assert set(kept) | lost == active
    assert not set(kept) & lost
    for item in found:
        assert all(r.level < item.rule.level for r in item.overrode)


HELD = {"AAA": 100, "BBB": 300, "CCC": 300, "DDD": 299}


@pytest.mark.parametrize(
    ("rules", "bought"),
    [
        ((), True),
        ((rule("no_buy", "AAA", scope="*"),), False),
        ((rule("no_buy", "AAA", scope="*"), rule("allow", "AAA")), True),
        ((rule("no_buy", "AAA"), rule("allow", "AAA", scope="*")), False),
        (
            (
                rule("allow", "AAA", scope="model:m"),
                rule("no_buy", "AAA", scope="group:g"),
            ),
            False,
        ),
        (
            (
                rule("no_buy", "AAA", scope="model:m"),
                rule("allow", "AAA", scope="group:g"),
            ),
            True,
        ),
        ((rule("no_trade", "AAA", scope="*"), rule("no_sell", "AAA")), True),
        ((rule("no_buy", sector="Energy", scope="*"), rule("allow", "AAA")), False),
        (
            (
                rule("no_buy", sector="Energy", scope="*"),
                rule("allow", sector="Energy"),
            ),
            True,
        ),
        (
            (
                rule("no_buy", "AAA", scope="*"),
                rule("allow", "AAA", end=ON - timedelta(days=1)),
            ),
            False,
        ),
        ((rule("no_buy", "AAA", scope="*"), rule("max", "AAA", value=0.9)), False),
        ((rule("max", "AAA", value=0.0, scope="*"), rule("max", "AAA", value=1)), True),
        ((rule("max", "AAA", value=0.5), rule("max", "AAA", value=0.0)), False),
    ],
)
def test_the_plan_follows_the_most_specific(rules, bought: bool):
    """AAA is at 10 % where 25 % are wanted."""
    own = job(HELD, *rules)
    assert (traded(rebalance_account(own)).get("AAA", 0.0) > 0) is bought
    wrong = refusals(own, (buy("AAA", 0.5),), "symbol AAA")
    assert (wrong == []) is bought


ACCOUNTS = {
    "account": ["A1", "A2"],
    "group": ["family", ""],
    "benchmark": ["index", "index"],
    "cash": [100, 0],
    "short_rate": [0.4, 0.4],
    "long_rate": [0.2, 0.2],
}


def rows(*given_rows: dict) -> object:
    names = ("account", "symbol", "sector", "kind", "value", "from", "until", "by")
    names = (*names, "sleeve", "lot_id", "group")
    return frame({name: [row.get(name) for row in given_rows] for name in names})


def row(account: str, symbol: str | None, kind: str, **more: object) -> dict:
    return {"account": account, "symbol": symbol, "kind": kind, **more}


def loaded(*given_rows: dict, **more: object):
    sources = book(accounts=frame(ACCOUNTS), restrictions=rows(*given_rows), **more)
    return load(sources, on=DAY).accounts


def problems(*given_rows: dict, **more: object) -> list[str]:
    table = rows(*given_rows)
    return refused(book(accounts=frame(ACCOUNTS), restrictions=table, **more))


def test_rows_reach_the_accounts_that_they_are_about():
    one, two = loaded(
        row("*", "AAA", "no_buy"),
        row("model:index", "AAA", "max", value=0.1),
        row("group:family", "AAA", "no_hold", by="2023-02-01"),
        row("A2", "AAA", "allow"),
    )
    assert [r.scope for r in one.restrictions] == ["*", "model:index", "group:family"]
    assert [r.scope for r in two.restrictions] == ["*", "model:index", "account"]
    assert one.group == "family"
    assert [r.kind for r in one.rules(DAY)] == ["max", "no_hold"]
    assert [r.kind for r in two.rules(DAY)] == ["max"]
    assert one.restrictions[2].by == date(2023, 2, 1)


@pytest.mark.parametrize(
    ("head", "hint"),
    [
        ("group:famly", ". Did you mean 'group:family'?"),
        ("model:indx", ". Did you mean 'model:index'?"),
        ("zz", ""),
    ],
)
def test_misspelt_heads_are_refused(head: str, hint: str):
    (found,) = problems(row(head, "AAA", "no_buy"))
    assert f"found unknown account '{head}'" in found
    assert found.endswith(f"group:NAME, model:NAME or *{hint}")


@pytest.mark.parametrize("name", ["*", "group:x", "model:x"])
def test_accounts_may_not_be_called_like_a_scope(name: str):
    accounts = frame({**ACCOUNTS, "account": ["A1", name]})
    lots = frame(
        {
            "account": ["A1"],
            "lot_id": ["1"],
            "symbol": ["AAA"],
            "shares": [1],
            "cost_basis": [1.0],
            "acquired": ["2020-01-31"],
        }
    )
    (found,) = refused(book(accounts=accounts, lots=lots))
    assert f"found '{name}'; allowed: a name other than *, group:… and model:…" in found


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (row("A1", "AAA", "lock"), "found symbol filled for 'lock'; allowed: none"),
        (row("A1", None, "no_buy"), "found all blank; allowed: exactly one of symbol"),
        (row("A1", "AAA", "no_buy", sleeve="main"), "found 'main' for 'no_buy'"),
        (row("A1", "AAA", "no_buy", by="2023-02-01"), "found 2023-02-01 for 'no_buy'"),
        (
            row("A1", "AAA", "no_hold", by="2023-02-01", **{"from": "2023-02-02"}),
            "before from 2023-02-02",
        ),
        (
            row("A1", "AAA", "no_hold", by="2023-02-01", until="2023-01-31"),
            "after until 2023-01-31",
        ),
        (
            row("A1", "AAA", "min_total", value=0.1),
            "allowed: a sector or group: min and max limit a symbol",
        ),
        (row("A1", "AAA", "threshold_max"), "blank for 'threshold_max'"),
        (row("group:family", None, "sell_lot", lot_id="1"), "lot ids are an account's"),
        (row("A1", None, "lock", sleeve="safe"), "found unknown sleeve 'safe'"),
    ],
)
def test_rows_that_make_no_sense(wrong: dict, text: str):
    (found,) = problems(wrong)
    assert text in found


def test_a_lock_of_a_sleeve_that_is_there():
    one, _ = loaded(row("A1", None, "lock", sleeve="main"))
    assert (one.locked(DAY), one.locked_sleeves(DAY)) == (False, {"main"})
    one, _ = loaded(row("group:family", None, "lock"))
    assert one.locked(DAY)


CONTRADICTIONS = [
    (
        [row("*", "AAA", "no_hold"), row("A1", "AAA", "min", value=0.1)],
        "min 0.1 in row 2 against no_hold in row 1",
    ),
    (
        [row("A1", None, "no_hold", sector="Tech"), row("*", "BBB", "min", value=0.1)],
        "min 0.1 in row 2 against no_hold in row 1",
    ),
    (
        [
            row("A1", "AAA", "threshold_min", value=0.2),
            row("*", "AAA", "threshold_max", value=0.1),
        ],
        "threshold_min 0.2 in row 1 against threshold_max 0.1 in row 2",
    ),
    (
        [
            row("A1", None, "min_total", value=0.2, sector="Tech"),
            row("*", None, "max_total", value=0.1, sector="Tech"),
        ],
        "min_total 0.2 in row 1 against max_total 0.1 in row 2",
    ),
    (
        [row("A1", "AAA", "allow"), row("A1", "AAA", "no_buy")],
        "allow 'AAA' in row 1 against no_buy in row 2",
    ),
    (
        [row("A1", None, "sell_lot", lot_id="1"), row("*", None, "lock")],
        "sell_lot '1' in row 1 against lock in row 2",
    ),
    (
        [
            row("A1", None, "sell_lot", lot_id="1"),
            row("A1", None, "lock", sleeve="main"),
        ],
        "sell_lot '1' in row 1 against lock 'main' in row 2",
    ),
    (
        [row("A1", None, "keep_lot", lot_id="1"), row("*", "AAA", "no_hold")],
        "keep_lot '1' in row 1 against no_hold 'AAA' in row 2",
    ),
    (
        [row("A1", None, "sell_lot", lot_id="1"), row("*", "AAA", "no_trade")],
        "sell_lot '1' in row 1 against no_trade 'AAA' in row 2",
    ),
]
SECURITIES = {
    "symbol": ["AAA", "BBB", "CCC"],
    "sector": ["Energy", "Tech", "Tech"],
    "wash_group": ["", "g1", "g1"],
}


@pytest.mark.parametrize(("given_rows", "text"), CONTRADICTIONS)
def test_contradictions_are_named_by_row(given_rows: list[dict], text: str):
    found = problems(*given_rows, securities=frame(SECURITIES))
    assert any(text in line for line in found)
    apart = [{**given_rows[0], "until": "2023-01-31"}, {**given_rows[1]}]
    apart[1]["from"] = "2023-02-01"
    assert len(loaded(*apart, securities=frame(SECURITIES))) == 2


@pytest.mark.parametrize(
    "given_rows",
    [
        [
            row("*", "AAA", "no_hold"),
            row("A1", "AAA", "min", value=0.1),
            row("A1", "AAA", "allow"),
        ],
        [
            row("*", "AAA", "max", value=0.05),
            row("A1", "AAA", "min", value=0.1),
            row("A1", "AAA", "max", value=0.2),
        ],
        [
            row("A1", None, "sell_lot", lot_id="1"),
            row("*", "AAA", "no_sell"),
            row("group:family", "AAA", "allow"),
        ],
    ],
)
def test_what_a_narrower_rule_lifts_contradicts_nothing(given_rows: list[dict]):
    assert len(loaded(*given_rows)) == 2


def test_a_narrower_rule_that_ends_lifts_only_until_then():
    found = problems(
        row("*", "AAA", "no_hold"),
        row("A1", "AAA", "min", value=0.1),
        row("A1", "AAA", "allow", until="2023-06-30"),
    )
    assert "min 0.1 in row 2 against no_hold in row 1" in found[0]


def outside(**columns: list) -> dict:
    return {"account": ["A1"], "symbol": ["CCC"], "shares": [7], **columns}


def test_outside_holdings_are_read():
    table = frame(outside(name=["stock plan"]))
    one, two = load(book(outside=table), on=DAY).accounts
    (found,) = one.untraded
    assert (found.symbol, found.shares) == ("CCC", 7)
    assert (found.valued, found.closed) == (True, False)
    assert found.reason == "outside holding: stock plan"
    assert two.untraded == ()


def test_outside_holdings_without_a_price_follow_the_policy():
    table, prices = (
        frame(outside(symbol=["DDD"])),
        frame({"symbol": ["AAA", "BBB", "CCC"], "price": [100, 20, 5]}),
    )
    securities = frame({"symbol": ["AAA", "BBB", "CCC", "DDD"]})
    (one, *_) = refused(book(outside=table, prices=prices, securities=securities))
    assert "found 'DDD', which has no price; allowed: a price in prices" in one
    policies = held(price="hold", exposure="hold")
    sources = book(
        outside=table, prices=prices, securities=securities, policies=policies
    )
    (found,) = load(sources, on=DAY).accounts[0].untraded
    assert (found.valued, "no price" in found.reason) == (False, True)
    (wrong, *_) = refused(book(outside=frame(outside(symbol=["CCCC"]))))
    assert "unknown symbol 'CCCC'" in wrong
    assert "Did you mean 'CCC'?" in wrong

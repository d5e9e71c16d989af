# SPDX-License-Identifier: Apache-2.0
"""Rules on single lots, and what the tables say of purchases and past gains."""

from decimal import Decimal
from typing import Any

import pytest
from support.tables import LOTS, ON, book, frame, held, refused

from di_optimizer.account import Restriction
from di_optimizer.intake import load

SECURITIES = {
    "symbol": ["AAA", "BBB", "CCC"],
    "sector": ["Energy", "Tech", "Tech"],
    "wash_group": ["g1", "", ""],
}


def rules(*rows: dict[str, Any]) -> Any:
    """Return restriction rows; what a row does not name is blank."""
    names = ("account", "symbol", "sector", "group", "lot_id", "kind", "from", "until")
    return frame({name: [row.get(name) for row in rows] for name in names})


def rule(kind: str, lot: str | None = None, account: str = "A1", **more: Any) -> dict:
    return {"account": account, "kind": kind, "lot_id": lot, **more}


def problems(*rows: dict[str, Any], **sources: Any) -> list[str]:
    return refused(book(restrictions=rules(*rows), **sources))


def test_rules_on_lots_are_read() -> None:
    table = rules(rule("sell_lot", "1"), rule("keep_lot", "2", until="2023-02-01"))
    one, two = load(book(restrictions=table), on=ON).accounts
    first, second = one.restrictions
    assert first == Restriction(
        kind="sell_lot", lot_id="1", scope="account", source="restrictions, row 1"
    )
    assert (second.kind, second.lot_id, second.symbol) == ("keep_lot", "2", None)
    assert two.restrictions == ()


@pytest.mark.parametrize("kind", ["sell_lot", "keep_lot"])
def test_a_lot_is_an_accounts_own(kind: str) -> None:
    assert problems(rule(kind, "1", account="*")) == [
        "restrictions, row 1, column 'account': found *; allowed: one account: lot ids "
        "are an account's own"
    ]


def test_an_unknown_lot_is_named_with_the_nearest() -> None:
    lots = frame(LOTS, lot_id=["L-100", "L-200", "L-300"])
    assert problems(rule("sell_lot", "L-10O"), lots=lots) == [
        "restrictions, row 1, column 'lot_id': found unknown lot 'L-10O'; allowed: a "
        "lot of account 'A1' in lots. Did you mean 'L-100'?"
    ]
    (found,) = problems(rule("keep_lot", "L-300"), lots=lots)  # it is A2's
    assert "found unknown lot 'L-300'; allowed: a lot of account 'A1'" in found


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (
            rule("sell_lot", symbol="AAA"),
            "column 'lot_id': found blank for 'sell_lot'; allowed: a lot of the "
            "account, and no symbol, sector or group",
        ),
        (
            rule("no_buy", "1"),
            "column 'lot_id': found '1' for 'no_buy'; allowed: blank, and a symbol, "
            "sector or group",
        ),
    ],
)
def test_kinds_and_targets_that_do_not_go_together(row: dict, text: str) -> None:
    assert problems(row) == [f"restrictions, row 1, {text}"]


@pytest.mark.parametrize("row", [rule("sell_lot", "1", symbol="AAA"), rule("sell_lot")])
def test_a_rule_has_one_target(row: dict) -> None:
    (found,) = problems(row)
    assert "symbol, sector, group, lot_id" in found.replace("'", "").replace(
        " + ", ", "
    )


def test_selling_and_keeping_one_lot_is_refused() -> None:
    assert problems(rule("keep_lot", "1"), rule("sell_lot", "1")) == [
        "restrictions, row 2, column 'kind': found sell_lot '1' in row 2 against "
        "keep_lot '1' in row 1; allowed: a sale that the other rule permits"
    ]


@pytest.mark.parametrize(
    "other",
    [
        rule("no_sell", symbol="AAA"),
        rule("no_trade", symbol="AAA", account="*"),
        rule("no_sell", sector="Energy"),
        rule("no_trade", group="g1"),
    ],
)
def test_a_sale_that_another_rule_forbids_is_refused(other: dict) -> None:
    securities = frame(SECURITIES)
    (found,) = problems(rule("sell_lot", "1"), other, securities=securities)
    about = other.get("symbol") or other.get("sector") or other.get("group")
    assert f"against {other['kind']} '{about}' in row 2" in found


@pytest.mark.parametrize(
    "rows",
    [
        [rule("sell_lot", "1"), rule("keep_lot", "2")],
        [rule("sell_lot", "1"), rule("keep_lot", "1", account="A2")],
        [rule("sell_lot", "1"), rule("no_sell", symbol="BBB")],
        [rule("sell_lot", "1"), rule("no_sell", symbol="AAA", account="A2")],
        [rule("sell_lot", "1"), rule("no_buy", symbol="AAA")],
        [rule("keep_lot", "1"), rule("no_sell", symbol="AAA")],
        [
            rule("sell_lot", "1", until="2023-01-31"),
            rule("keep_lot", "1", **{"from": "2023-02-01"}),
        ],
    ],
)
def test_rules_on_lots_that_go_together(rows: list[dict]) -> None:
    assert len(load(book(restrictions=rules(*rows)), on=ON).accounts) == 2


def test_a_lot_of_an_untraded_position_cannot_be_sold() -> None:
    lots = frame(LOTS, cost_basis=[None, 60.5, 500.25])
    sources = {"lots": lots, "policies": held(basis="hold")}
    (found,) = problems(rule("sell_lot", "1"), **sources)
    assert found.startswith(
        "restrictions, row 1, column 'lot_id': found '1' of AAA, which is held "
        "untraded;"
    )
    keep = rules(rule("keep_lot", "1"))
    assert load(book(restrictions=keep, **sources), on=ON).accounts[0].untraded


# --- purchases, replacements and past gains ----------------------------------------


def test_purchase_and_replacement_of_lots() -> None:
    lots = frame(LOTS, purchase=["p", None, None], replacement=["false", "true", ""])
    one, two = load(book(lots=lots), on=ON).accounts
    said = [(lot.purchase, lot.replacement) for lot in (*one.lots, *two.lots)]
    assert said == [("p", False), ("", True), ("", False)]
    (first, *_), _ = (a.lots for a in load(book(), on=ON).accounts)
    assert (first.purchase, first.replacement) == ("", False)


def lots_of(symbols: list[str], days: list[str], account: str = "A1") -> Any:
    return frame(
        LOTS,
        account=["A1", account, "A2"],
        lot_id=["1", "2", "3"],
        symbol=[*symbols, "AAA"],
        acquired=[*days, "2022-12-30"],
        purchase=["p", "p", None],
    )


def test_one_purchase_is_of_one_day() -> None:
    assert refused(
        book(lots=lots_of(["AAA", "AAA"], ["2020-01-31", "2020-02-03"]))
    ) == [
        "lots, row 2, column 'purchase': found 'p' for AAA acquired 2020-02-03; "
        "allowed: lots acquired 2020-01-31, as in row 1. A purchase is of one day."
    ]


@pytest.mark.parametrize(
    "lots",
    [
        lots_of(["AAA", "AAA"], ["2020-01-31", "2020-01-31"]),
        lots_of(["AAA", "BBB"], ["2020-01-31", "2020-02-03"]),
        lots_of(["AAA", "AAA"], ["2020-01-31", "2020-02-03"], account="A2"),
    ],
)
def test_purchases_that_agree_or_are_others(lots: Any) -> None:
    assert len(load(book(lots=lots), on=ON).accounts) == 2


def activity(side: str, gain: object) -> Any:
    return frame(
        {
            "account": ["A1"],
            "symbol": ["AAA"],
            "date": ["2022-12-30"],
            "side": [side],
            "shares": [2],
            "amount": [200],
            "realised_gain": [gain],
        }
    )


@pytest.mark.parametrize(
    ("gain", "said"),
    [(-12.34, Decimal("-12.34")), (0, Decimal(0)), (5, Decimal(5)), (None, None)],
)
def test_the_gain_of_a_past_sale(gain: object, said: Decimal | None) -> None:
    one = load(book(activity=activity("sell", gain)), on=ON).accounts[0]
    assert one.activity[0].realised_gain == said


def test_a_purchase_has_no_gain() -> None:
    assert refused(book(activity=activity("buy", 1))) == [
        "activity, row 1, column 'realised_gain': found 1 for a purchase; allowed: "
        "blank"
    ]
    assert load(book(activity=activity("buy", None)), on=ON)

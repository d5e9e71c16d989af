# SPDX-License-Identifier: Apache-2.0
"""Candidates, deferrals, sums and the calendar, on books small enough to do by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from di_optimizer.errors import InputError
from di_optimizer.harvest import HarvestReport, harvest
from di_optimizer.policy import Harvest, Policy, Wash
from di_optimizer.tables import TABLES, read_table

ON = date(2024, 3, 31)
LOT = ("account", "lot_id", "symbol", "shares", "cost_basis", "acquired")
TRADE = ("account", "symbol", "date", "side", "shares", "amount", "realised_gain")
ACCOUNTS = pd.DataFrame(
    {
        "account": ["A", "B", "IRA", "C"],
        "taxpayer": ["T", "T", "T", "U"],
        "type": ["taxable", "taxable", "tax_deferred", "taxable"],
        "cash": [0, 0, 0, 0],
        "short_rate": [0.4, 0.4, 0.4, 0.3],
        "long_rate": [0.2, 0.2, 0.2, 0.1],
    }
)
PRICES = pd.DataFrame({"symbol": ["X", "X2", "Y"], "price": [8, 80, 50]})
SECURITIES = pd.DataFrame(
    {"symbol": ["X", "X2", "Y"], "wash_group": ["fund", "fund", None]}
)


def day(ago: int) -> str:
    return (ON - timedelta(days=ago)).isoformat()


def lots(*rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=LOT)


def report(
    lots: pd.DataFrame, policy: Policy | None = None, **more: Any
) -> HarvestReport:
    tables = {"accounts": ACCOUNTS, "prices": PRICES, "securities": SECURITIES} | more
    return harvest(date=ON, policy=policy, lots=lots, **tables)


def state(found: HarvestReport, lot: str) -> tuple[str, float, date]:
    one = next(c for c in found.candidates if c.lot_id == lot)
    return str(one.state), float(one.replaced_shares), one.free_from


OLD = ("A", "old", "X", 100, 1000, "2020-01-02")


def test_a_loss_is_worth_its_rate() -> None:
    """100 shares bought for 1,000, worth 800; 20 bought for 200 within a year."""
    found = report(lots(OLD, ("A", "new", "X", 20, 200, "2023-12-01")))
    old, new = found.candidates
    assert (old.lot_id, old.loss, old.tax_value) == ("old", 200, 40)
    assert (new.lot_id, new.loss, new.tax_value) == ("new", 40, 16)
    assert [str(c.term) for c in found.candidates] == ["long", "short"]
    assert old.loss_fraction == pytest.approx(0.2)
    assert old.buy_from == date(2024, 5, 1)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (0, ("partly_replaced", 30, date(2024, 5, 1))),
        (30, ("partly_replaced", 30, date(2024, 4, 1))),
        (31, ("free", 0, ON)),
    ],
)
def test_shares_bought_within_30_days_replace(
    ago: int, expected: tuple[str, float, date]
) -> None:
    found = report(lots(OLD, ("A", "late", "X", 30, 200, day(ago))))
    assert state(found, "old") == expected


def test_more_recent_shares_than_sold_replace_all() -> None:
    found = report(lots(OLD, ("A", "late", "X", 130, 900, day(3))))
    assert state(found, "old") == ("replaced", 100, date(2024, 4, 28))


def test_a_purchase_does_not_replace_itself() -> None:
    """Rev. Rul. 56-602: shares of one purchase never replace each other."""
    found = report(lots(("A", "late", "X", 100, 1000, day(3))))
    assert state(found, "late") == ("free", 0, ON)


@pytest.mark.parametrize("account", ["B", "IRA"])
@pytest.mark.parametrize("symbol", ["X", "X2"])
def test_every_account_and_symbol_of_the_group_counts(
    account: str, symbol: str
) -> None:
    found = report(lots(OLD, (account, "late", symbol, 30, 90, day(3))))
    assert state(found, "old") == ("partly_replaced", 30, date(2024, 4, 28))


def test_another_taxpayer_s_purchase_does_not_count() -> None:
    found = report(lots(OLD, ("C", "late", "X", 30, 90, day(3))))
    assert state(found, "old") == ("free", 0, ON)


@pytest.mark.parametrize(
    ("ago", "gain", "expected"),
    [
        (30, -5, "buy_blocked"),
        (31, -5, "free"),
        (3, 5, "free"),
        (3, 0, "free"),
        (3, None, "buy_blocked"),  # nobody said: it may have been a loss
    ],
)
def test_a_past_loss_sale_closes_purchases(
    ago: int, gain: float | None, expected: str
) -> None:
    sold = pd.DataFrame([("B", "X2", day(ago), "sell", 1, 80, gain)], columns=TRADE)
    found = report(lots(OLD), activity=sold)
    assert state(found, "old") == (expected, 0, ON)
    assert len(found.calendar) == (0 if expected == "free" else 1)


def test_ira_lots_are_no_candidates() -> None:
    found = report(lots(("IRA", "1", "X", 100, 1000, "2020-01-02")))
    assert found.candidates == ()
    assert found.gains == ()


@pytest.mark.parametrize(
    ("thresholds", "kept"),
    [
        (Harvest(minimum_loss=200), True),
        (Harvest(minimum_loss=200.01), False),
        (Harvest(minimum_fraction=0.2), True),
        (Harvest(minimum_fraction=0.2001), False),
        (Harvest(minimum_value=39.92), True),  # 40 less half of 2 bp on 800: 0.08
        (Harvest(minimum_value=39.93), False),
    ],
)
def test_thresholds_on_both_sides(thresholds: Harvest, kept: bool) -> None:
    found = report(lots(OLD), Policy(harvest=thresholds))
    assert bool(found.candidates) is kept


@pytest.mark.parametrize(
    ("basis", "kept"), [(800, False), ("800.004", False), ("800.01", True)]
)
def test_without_thresholds_every_loss_of_a_cent_is_listed(
    basis: float | str, kept: bool
) -> None:
    """Also one that saves less tax than its sale costs: 0 is no threshold."""
    found = report(lots(("A", "1", "X", 100, float(basis), "2020-01-02")))
    assert bool(found.candidates) is kept
    assert len(found.to_frame()) == kept


def test_gains_say_what_waiting_saves() -> None:
    """Bought 2023-04-05: long-term from 2024-04-06, six days on."""
    found = report(
        lots(
            ("A", "soon", "Y", 10, 300, "2023-04-05"),
            ("A", "long", "Y", 10, 300, "2023-03-30"),
        )
    )
    soon, long = found.gains
    assert (soon.lot_id, soon.days_to_long, soon.long_from) == (
        "soon",
        6,
        date(2024, 4, 6),
    )
    assert (soon.gain, soon.tax, soon.saved_by_waiting) == (200, 80, 40)
    assert (long.days_to_long, long.tax, long.saved_by_waiting) == (0, 40, 0)


def test_sums_by_account() -> None:
    found = report(
        lots(
            OLD,
            ("A", "late", "X", 130, 1100, day(3)),
            ("A", "gain", "Y", 10, 300, "2023-04-05"),
            ("C", "1", "X", 10, 100, "2020-01-02"),
        )
    )
    sums = {a.account: a for a in found.available}
    assert (sums["A"].short_loss, sums["A"].long_loss) == (60, 200)
    assert (sums["A"].short_gain, sums["A"].long_gain) == (200, 0)
    # the old lot is replaced in full; the late one by nothing but the old: free
    assert sums["A"].harvestable == 24
    assert sums["C"].harvestable == 2
    assert sums["B"].long_loss == 0


def test_the_calendar_has_each_window_once() -> None:
    sold = pd.DataFrame([("B", "Y", day(10), "sell", 4, 200, -20)], columns=TRADE)
    found = report(lots(OLD, ("A", "late", "X", 30, 200, day(3))), activity=sold)
    assert [
        (e.taxpayer, str(e.closed), e.group, e.account, e.free_from, e.days_left)
        for e in found.calendar
    ] == [
        ("T", "buying", "Y", "B", date(2024, 4, 21), 21),
        ("T", "losses", "fund", "A", date(2024, 4, 28), 28),
    ]


def test_a_margin_makes_small_gains_losses() -> None:
    sold = pd.DataFrame([("B", "Y", day(10), "sell", 4, 200, 0.5)], columns=TRADE)
    assert report(lots(OLD), activity=sold).calendar == ()
    careful = Policy(wash=Wash(margin=0.003))
    assert len(report(lots(OLD), careful, activity=sold).calendar) == 1


def test_what_is_written_reads_back(tmp_path: Any) -> None:
    sold = pd.DataFrame([("B", "Y", day(10), "sell", 4, 200, -20)], columns=TRADE)
    found = report(lots(OLD, ("A", "gain", "Y", 10, 300, "2023-04-05")), activity=sold)
    found.write(tmp_path)
    for name, frame in found.frames().items():
        back = read_table(tmp_path / f"{name}.csv", TABLES[name])
        assert len(back) == len(frame) > 0
        assert list(back.columns) == list(frame.columns)
    assert (tmp_path / "harvest.csv").read_text().splitlines()[1] == (
        "A,X,old,100,8,1000.00,2020-01-02,200.00,0.200000,long,40.00,free,0,"
        "2024-03-31,2024-05-01"
    )


def test_an_empty_report_has_every_column(tmp_path: Any) -> None:
    found = report(lots(("A", "1", "Y", 10, 500, "2020-01-02")))  # worth what it cost
    assert found.candidates == found.gains == found.calendar == ()
    found.write(tmp_path)
    header = (tmp_path / "calendar.csv").read_text()
    assert header.startswith("taxpayer,group,closed,account,symbol,shares,on,")
    assert repr(found).endswith("0 candidates worth 0, 0 gains, 0 open windows)")


def test_input_problems_are_named_together() -> None:
    bad = lots(("A", "1", "X", -1, 1000, "2020-01-02"), ("Z", "1", "X", 1, 1, day(1)))
    with pytest.raises(InputError) as caught:
        report(bad)
    assert [p.column for p in caught.value.problems] == ["shares"]
    with pytest.raises(InputError, match="'Z'"):
        report(lots(("Z", "1", "X", 1, 1, day(1))))


def test_untraded_positions_are_said_not_listed() -> None:
    priced = PRICES[PRICES["symbol"] != "Y"]
    held = lots(OLD, ("A", "2", "Y", 1, 100, "2020-01-02"))
    with pytest.raises(InputError, match="price"):
        report(held, prices=priced)
    policy = Policy(missing={"price": "hold"})  # type: ignore[arg-type]
    found = report(held, policy, prices=priced)
    assert [c.lot_id for c in found.candidates] == ["old"]
    assert any("Y" in note for note in found.notes)


def test_money_is_to_the_cent() -> None:
    found = report(lots(("A", "1", "X", 1.0 / 3, 10, "2020-01-02")))
    lot = found.candidates[0]
    assert lot.loss == Decimal("7.33")
    assert lot.tax_value == Decimal("1.47")

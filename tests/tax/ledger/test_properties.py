# SPDX-License-Identifier: Apache-2.0
"""What holds for every ledger: nothing appears or is lost, however it is batched."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.ledger import accounts, in_parts, same, table

from di_optimizer.exact import exact
from di_optimizer.wash import wash_sales

PEOPLE = {"A": "ann", "B": "ann", "I": "ann", "C": "bob"}
TABLES = {
    "accounts": accounts(
        "A ann taxable\nB ann taxable\nI ann tax_deferred\nC bob taxable"
    ),
    "securities": table("symbol wash_group\nX g\nY g\nZ -"),
}
START = date(2023, 12, 11)
GAPS = st.sampled_from([0, 0, 0, 1, 7, 29, 30, 31])
many = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass
class Case:
    """Transactions that never sell what is not there, and splits among them."""

    rows: pd.DataFrame
    actions: pd.DataFrame | None
    days: list[str]
    bought: Counter[tuple[str, str]] = field(default_factory=Counter)
    paid: Decimal = Decimal(0)
    received: Decimal = Decimal(0)

    def tables(self) -> dict[str, Any]:
        given = {} if self.actions is None else {"actions": self.actions}
        return {**TABLES, **given}


@st.composite
def cases(draw: st.DrawFn, splits: bool = True) -> Case:
    """Up to 25 trades in quarter shares and odd cents; a 2-for-1 split of X."""
    day, rows = START, []
    held: Counter[tuple[str, str]] = Counter()
    split_at = draw(st.integers(1, 25)) if splits and draw(st.booleans()) else 99
    case = Case(pd.DataFrame(), None, [])
    for at in range(draw(st.integers(4, 25))):
        day += timedelta(days=draw(GAPS))
        if at == split_at:
            day += timedelta(days=1)
            text = f"date symbol kind new_shares\n{day} X split 2"
            case.actions = table(text)
            for place in [place for place in held if place[1] == "X"]:
                case.bought[place] += held[place]
                held[place] *= 2
        open_places = sorted(place for place, units in held.items() if units)
        sells = bool(open_places) and draw(st.booleans())
        choices = open_places if sells else [(a, s) for a in PEOPLE for s in "XYZ"]
        place = draw(st.sampled_from(choices))
        units = draw(st.integers(1, held[place] if sells else 40))
        amount = Decimal(draw(st.integers(1, 9999))) / 100
        held[place] += -units if sells else units
        if sells:
            case.received += amount
        else:
            case.bought[place] += units
            case.paid += amount
        rows.append(
            (
                *place,
                day.isoformat(),
                "sell" if sells else "buy",
                str(units / 4),
                str(amount),
                str(draw(st.integers(0, 2))) if draw(st.booleans()) else "",
            )
        )
    columns = ["account", "symbol", "date", "side", "shares", "amount"]
    case.rows = pd.DataFrame(rows, columns=[*columns, "purchase_order"], dtype="str")
    case.days = sorted({row[2] for row in rows})
    return case


def total(column: pd.Series) -> Decimal:
    return sum(map(exact, column.tolist()), Decimal(0))


@given(cases())
@many
def test_money_ties_to_the_cent(case: Case) -> None:
    """Basis in = basis out; disallowed = basis added + lost; proceeds = amounts."""
    result = wash_sales(case.rows, **case.tables())
    gains, matches = result.gains, result.matches
    added = total(matches["basis_added"])
    assert total(gains["disallowed"]) == added + total(matches["lost"])
    assert total(gains["lost"]) == total(matches["lost"])
    assert total(gains["proceeds"]) == case.received
    out = total(gains["cost_basis"]) + total(result.lots["cost_basis"])
    assert out == case.paid + added
    assert (result.lots["cost_basis"] >= 0).all()
    for row in gains.itertuples():
        gain, disallowed = exact(row.gain), exact(row.disallowed)
        assert gain == exact(row.proceeds) - exact(row.cost_basis)
        if row.account == "I":
            assert (row.allowed, row.disallowed, row.reported) == (0, 0, 0)
        else:
            assert exact(row.reported) == gain + disallowed
            assert exact(row.allowed) + disallowed == max(Decimal(0), -gain)
            assert 0 <= row.lost <= row.disallowed


@given(cases(splits=False))
@many
def test_shares_are_conserved_and_replace_once(case: Case) -> None:
    """Bought = sold + held; a lot replaces no more shares than it ever had."""
    result = wash_sales(case.rows, **case.tables())
    found: Counter[tuple[str, str]] = Counter()
    for frame in (result.lots, result.gains):
        for row in frame.itertuples():
            found[row.account, row.symbol] += exact(row.shares) * 4
    assert {p: n for p, n in found.items() if n} == dict(case.bought)
    matches = result.matches
    again = matches[["replacement_account", "replacement_lot"]].duplicated()
    assert not again.any()
    used = result.lots[result.lots["replacement"]]
    names = set(
        zip(matches["replacement_account"], matches["replacement_lot"], strict=True)
    )
    assert set(zip(used["account"], used["lot_id"], strict=True)) <= names
    sold = result.gains.set_index(["account", "gain_id"])["shares"]
    replaced = matches.groupby(["account", "gain_id"])["shares"].sum()
    assert (replaced <= sold.loc[replaced.index]).all()


@given(cases(), st.data())
@many
def test_in_two_or_three_batches_as_at_once(case: Case, data: st.DataObject) -> None:
    cuts = data.draw(
        st.lists(st.sampled_from(case.days), max_size=2, unique=True).map(sorted)
    )
    once = wash_sales(case.rows, **case.tables())
    same(in_parts(case.rows, *cuts, **case.tables()), once)


@given(cases(), st.randoms())
@many
def test_names_and_places_of_other_taxpayers_change_nothing(case: Case, random) -> None:
    """Rows of a taxpayer keep their order; those of another move among them."""
    once = wash_sales(case.rows, **case.tables())
    owner = case.rows["account"].map(PEOPLE)
    order = owner.to_numpy().copy()
    random.shuffle(order)
    queues = {name: iter(case.rows.index[owner == name]) for name in set(owner)}
    mixed = case.rows.loc[[next(queues[name]) for name in order]]
    mixed = mixed.sort_values("date", kind="stable")
    moved = wash_sales(mixed, **case.tables())
    for name in ("lots", "gains", "matches"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(moved, name))


@given(cases())
@many
def test_acquired_is_never_rewritten_and_days_add_up(case: Case) -> None:
    """``acquired`` is a trade date; ``holding_start`` is that less the days carried."""
    result = wash_sales(case.rows, **case.tables())
    bought = case.rows[case.rows["side"] == "buy"]
    days = set(zip(bought["account"], bought["date"], strict=True))
    carried = {
        (match.replacement_account, match.replacement_lot): match.days_carried
        for match in result.matches.itertuples()
    }
    for lot in result.lots.itertuples():
        assert (lot.account, f"{lot.acquired:%Y-%m-%d}") in days
        extra = carried.get((lot.account, lot.lot_id))
        moved = 0 if extra is None or extra is pd.NA else int(extra)
        assert lot.acquired - lot.holding_start == pd.Timedelta(days=moved)
        assert lot.replacement == ((lot.account, lot.lot_id) in carried)

# SPDX-License-Identifier: Apache-2.0
"""What is demanded of single lots: both sides of every threshold."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from support.wash import PERSON, account, ago, ira, job, lot, policy

from di_optimizer.account import Restriction
from di_optimizer.errors import InfeasibleError
from di_optimizer.policy import Harvest, Taxes, Trading
from di_optimizer.program.build import build


def arrays(*lots, owner=account, rules=None, **more):
    found = build(job(owner("A", *lots, **more), policy=rules or policy()))
    return found.program.lots


def taxes(**settings):
    return policy(taxes=Taxes(**settings))


@pytest.mark.parametrize("owner", [account, ira])
@pytest.mark.parametrize(("days", "kept"), [(30, True), (31, False), (0, True)])
def test_minimum_holding_days(owner, days, kept):
    found = arrays(
        lot("1", "CCC", days, 50), owner=owner, rules=taxes(minimum_holding_days=31)
    )
    assert bool(found.cap[0] == 0.0) is kept
    name = "taxes.minimum_holding_days on CCC lot 1"
    assert found.cap_name == (name if kept else "",)
    assert found.floor_name == ("",)


@pytest.mark.parametrize(
    ("start", "near"),
    [
        (date(2023, 7, 7), True),  # long from 2024-07-08: in 10 days
        (date(2023, 7, 8), False),  # in 11
        (date(2023, 6, 28), True),  # tomorrow
        (date(2023, 6, 27), False),  # today: long already
    ],
)
def test_near_long(start, near):
    gain = lot("1", "CCC", 300, 50, holding_start=start)
    held = arrays(gain, rules=taxes(near_long="hold", near_long_days=10))
    assert bool(held.cap[0] == 0.0) is near
    assert held.cap_name == ("taxes.near_long on CCC lot 1" if near else "",)
    settings = {"near_long_days": 10, "near_long_weight": 0.75}
    priced = arrays(gain, rules=taxes(near_long="price", **settings))
    assert priced.charge[0] == pytest.approx(0.2 * 0.5 * 0.75 if near else 0.0)
    assert priced.cap[0] == priced.weight[0]
    sold = arrays(gain, rules=taxes(near_long="sell", **settings))
    assert (sold.charge[0], sold.cap[0]) == (0.0, sold.weight[0])


@pytest.mark.parametrize("how", ["hold", "price"])
@pytest.mark.parametrize("unit", [100, 120])
def test_near_long_is_about_gains_that_are_taxed(how, unit):
    start = ago(360)
    rules = taxes(near_long=how)
    for owner, cost in ((account, unit), (ira, 50)):
        found = arrays(
            lot("1", "CCC", 300, cost, holding_start=start), owner=owner, rules=rules
        )
        assert (found.cap[0], found.charge[0]) == (found.weight[0], 0.0)


def test_waiting_never_pays_for_selling():
    odd = replace(PERSON, short_rate=0.1)
    gain = lot("1", "CCC", 300, 50, holding_start=ago(360))
    assert arrays(gain, taxpayer=odd, rules=taxes(near_long="price")).charge[0] == 0.0


def counted(harvest, unit, **more):
    """Return the gain that counts of ten shares at 100, in money."""
    found = arrays(
        lot("1", "CCC", 90, unit),
        rules=policy(harvest=harvest, trading=Trading(spread_bp=100)),
        **more,
    )
    return round(float(found.gain[0]) * 1000, 6)


@pytest.mark.parametrize(
    ("harvest", "unit", "gain"),
    [
        (Harvest(), 100.01, -0.1),
        (Harvest(minimum_loss=50), 105, -50.0),
        (Harvest(minimum_loss=50), 104.999, 0.0),
        (Harvest(minimum_fraction=0.2), 125, -250.0),
        (Harvest(minimum_fraction=0.2), 124.99, 0.0),
        (Harvest(minimum_value=15), 105, -50.0),  # 50 × 0.4 − 1,000 × 0.5 %
        (Harvest(minimum_value=15.01), 105, 0.0),
        (Harvest(minimum_loss=50, minimum_fraction=0.2), 105, 0.0),
        (Harvest(minimum_loss=500), 90, 100.0),
        (Harvest(minimum_loss=500), 100, 0.0),
    ],
)
def test_losses_below_a_threshold_do_not_count(harvest, unit, gain):
    assert counted(harvest, unit) == pytest.approx(gain)


def test_a_loss_that_does_not_count_may_still_be_sold():
    found = arrays(
        lot("1", "CCC", 90, 101), rules=policy(harvest=Harvest(minimum_loss=50))
    )
    assert found.cap[0] == found.weight[0]
    assert found.tax[0] == 0.0


def test_forced_and_kept_lots():
    rules = (
        Restriction(kind="sell_lot", lot_id="1", source="rules.csv, row 2"),
        Restriction(kind="keep_lot", lot_id="2", source="rules.csv, row 3"),
        Restriction(kind="keep_lot", lot_id="3", end=ago(1)),
        Restriction(kind="sell_lot", lot_id="3", start=ago(-1)),
    )
    found = arrays(*(lot(n, "CCC", 90, 50) for n in "123"), restrictions=rules)
    weight = found.weight.tolist()
    assert found.floor.tolist() == [weight[0], 0.0, 0.0]
    assert found.cap.tolist() == [weight[0], 0.0, weight[2]]
    assert found.floor_name == ("sell_lot (rules.csv, row 2) on CCC lot 1", "", "")
    assert found.cap_name == ("", "keep_lot (rules.csv, row 3) on CCC lot 2", "")


def test_what_contradicts_itself_is_named_at_once():
    rules = (
        Restriction(kind="sell_lot", lot_id="1", source="rules.csv, row 2"),
        Restriction(kind="keep_lot", lot_id="1", source="rules.csv, row 3"),
        Restriction(kind="sell_lot", lot_id="2"),
    )
    lots = (lot("1", "CCC", 90, 50), lot("2", "CCC", 3, 50))
    with pytest.raises(InfeasibleError) as caught:
        arrays(*lots, restrictions=rules, rules=taxes(minimum_holding_days=5))
    assert str(caught.value).splitlines() == [
        "account 'A': lots to be sold may not be sold:",
        "  sell_lot (rules.csv, row 2) on CCC lot 1 against keep_lot (rules.csv, row "
        "3) on CCC lot 1",
        "  sell_lot on CCC lot 2 against taxes.minimum_holding_days on CCC lot 2",
    ]


def test_without_rules_lots_are_free():
    found = arrays(lot("1", "CCC", 3), lot("2", "AAA", 400, 50))
    assert np.array_equal(found.cap, found.weight)
    assert not np.any(found.floor)
    assert not np.any(found.charge)
    assert found.cap_name == found.floor_name == ("", "")

# SPDX-License-Identifier: Apache-2.0
"""Fixed relief orders as boxes: exactly the sales that follow the order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wash import PERSON, account, ago, ira, job, lot, policy

from di_optimizer.account import Restriction
from di_optimizer.errors import InputError
from di_optimizer.policy import Budget, Taxes, Wash
from di_optimizer.program import relief_modes as module
from di_optimizer.program.build import build
from di_optimizer.solve.reference.engine import solve
from di_optimizer.solve.solution import Settings
from di_optimizer.tax.relief import Relief, SaleView, relief_order

NETTED = replace(PERSON, filing_status="single", tax_year=2024)


def reliefs(method, *lots, **more):
    """Return, by group, what each mode says of lots in the order they are named."""
    taxes = Taxes(relief=method, **more.pop("taxes", {}))
    wash = Wash(policy=more.pop("wash", "ignore"))
    owner = more.pop("owner", account)("A", *lots, **more)
    found = build(job(owner, policy=policy(taxes=taxes, wash=wash)))
    weight = found.program.lots.weight
    said = {}
    for group in found.program.groups:
        names = [found.lots[number].lot_id for number in group.lots]
        modes = []
        for mode in group.modes:
            boxes = zip(names, mode.floor, mode.cap, weight[group.lots], strict=True)
            words = {
                n: "kept" if high == 0 else "sold" if low == w else "free"
                for n, low, high, w in boxes
            }
            bought = "+" if np.any(mode.buys) else ""
            modes.append(" ".join(words[n] for n in sorted(words)) + bought)
        said[group.name] = modes
    return said


def test_a_dearer_lot_after_a_cheaper_one_is_one_run():
    """First in, first out where that is cheapest anyway: nothing to choose."""
    assert reliefs("fifo", lot("1", "CCC", 90, 140), lot("2", "CCC", 80, 60)) == {}
    assert reliefs("hifo", lot("1", "CCC", 90, 60), lot("2", "CCC", 80, 140)) == {}


def test_a_cheaper_lot_behind_a_dearer_one_is_reached_through_it():
    lots = (lot("1", "CCC", 90, 60), lot("2", "CCC", 80, 140))
    assert reliefs("fifo", *lots) == {"CCC": ["free kept+", "sold free"]}
    assert reliefs("lifo", *lots) == {}


def test_runs_of_three_lots():
    lots = (
        lot("1", "CCC", 90, 110),
        lot("2", "CCC", 80, 60),
        lot("3", "CCC", 70, 140),
    )
    assert reliefs("fifo", *lots) == {"CCC": ["free free kept+", "sold sold free"]}


def test_terms_decide_what_is_cheaper():
    """A long-term gain of 50 costs 10, a short-term one of 30 costs 12."""
    lots = (lot("1", "CCC", 80, 70), lot("2", "CCC", 500, 50))
    assert reliefs("hifo", *lots) == {"CCC": ["free kept+", "sold free"]}
    assert reliefs("lowest_tax", *lots) == {}


def test_equal_lots_are_no_run_their_order_is_that_of_their_names():
    lots = (lot("1", "CCC", 80), lot("2", "CCC", 80))
    assert reliefs("fifo", *lots) == {"CCC": ["free kept+", "sold free"]}


@pytest.mark.parametrize("person", [PERSON, NETTED])
def test_where_budgets_tell_lots_apart_no_two_share_a_run(person):
    lots = (lot("1", "CCC", 90, 140), lot("2", "CCC", 80, 60))
    more = {"taxes": {"budgets": (Budget(maximum=5),)}, "taxpayer": person}
    assert reliefs("fifo", *lots, **more) == {"CCC": ["free kept+", "sold free"]}


ONE_RUN, TWO_RUNS = ["free free+"], ["free kept+", "sold free"]


@pytest.mark.parametrize(
    ("first", "second", "modes"),
    [
        ((90, 80), (80, 60), ONE_RUN),  # short-term gains of 20, then 40
        ((90, 140), (80, 120), ONE_RUN),  # losses of 40, then 20
        ((90, 60), (80, 80), TWO_RUNS),
        ((90, 60), (80, 60), TWO_RUNS),  # equal
        ((500, 80), (90, 60), TWO_RUNS),  # a long-term gain, a short-term one
        ((500, 140), (90, 120), TWO_RUNS),
        ((500, 120), (90, 60), ONE_RUN),  # a loss, then a gain of the other term
        ((500, 100), (90, 60), ONE_RUN),
        ((500, 120), (90, 100), ONE_RUN),
        ((500, 80), (90, 120), TWO_RUNS),
    ],
)
def test_under_a_bill_lots_share_a_run_where_no_rates_turn_them(first, second, modes):
    lots = (lot("1", "CCC", *first), lot("2", "CCC", *second))
    assert reliefs("fifo", *lots, taxpayer=NETTED) == {"CCC": modes}


def test_under_a_bill_losses_disallowed_in_part_share_no_run():
    lots = (lot("1", "CCC", 90, 140), lot("2", "CCC", 80, 120), lot("3", "CCC", 3, 90))
    (modes,) = reliefs("fifo", *lots, taxpayer=NETTED, wash="trade_off").values()
    assert modes[:3] == ["free kept kept+", "sold free kept", "sold sold free"]
    (modes,) = reliefs("fifo", *lots, taxpayer=NETTED, wash="ignore").values()
    assert modes == ["free free free+"]


def test_untaxed_accounts_have_no_order():
    lots = (lot("1", "CCC", 90, 60), lot("2", "CCC", 80, 140))
    assert reliefs("fifo", *lots, owner=ira) == {}


def test_lots_that_may_not_be_sold_are_passed_over_forced_ones_come_first():
    lots = (
        lot("1", "CCC", 90, 60),
        lot("2", "CCC", 80, 140),
        lot("3", "CCC", 70, 60),
    )
    keep = Restriction(kind="keep_lot", lot_id="1")
    assert reliefs("fifo", *lots, restrictions=(keep,)) == {}
    sell = Restriction(kind="sell_lot", lot_id="3")
    assert reliefs("fifo", *lots, restrictions=(sell,)) == {
        "CCC": ["free kept sold", "sold free sold"]
    }


def test_securities_without_a_common_wash_group_choose_alone():
    lots = [
        lot(f"{s}{n}", s, 90 - n, 60 + 60 * n) for s in ("BBB", "CCC") for n in (0, 1)
    ]
    assert list(reliefs("fifo", *lots)) == ["BBB", "CCC"]
    twins = [lot(f"{s}{n}", s, 90 - n, 50 + n) for s in ("AAA", "AAB") for n in (0, 1)]
    assert list(reliefs("fifo", *twins)) == ["AAA", "AAB"]


def test_wash_modes_times_relief_modes_without_empty_boxes():
    """Recent lot 3 goes last under fifo: to sell it, all have to be sold."""
    lots = (
        lot("1", "CCC", 90, 60),
        lot("2", "CCC", 80, 140),
        lot("3", "CCC", 3, 60),
    )
    assert reliefs("fifo", *lots, wash="disallow") == {
        "CCC": ["free kept kept+", "sold sold sold"]
    }
    assert reliefs("hifo", *lots, wash="disallow") == {
        "CCC": ["kept kept kept+", "sold sold sold"]
    }


def test_an_order_that_keeps_a_loss_keeps_what_comes_after_it():
    lots = (
        lot("1", "CCC", 90, 120),
        lot("2", "CCC", 80, 60),
        lot("3", "CCC", 3, 140),
    )
    found = reliefs("fifo", *lots, wash="disallow")["CCC"]
    assert found[0] == "kept kept kept+"


def test_two_members_and_their_orders_are_a_product():
    lots = [
        lot(f"{s}{n}", s, 90 - n, unit)
        for s in ("AAA", "AAB")
        for n, unit in enumerate((60, 140))
    ]
    (modes,) = reliefs("fifo", *lots, wash="trade_off").values()
    assert len(modes) == 4 + 4 + 5  # moved, in part; without a wash sale
    assert modes[:4] == [
        "free kept free kept+",
        "free kept sold free+",
        "sold free free kept+",
        "sold free sold free",
    ]


def test_too_many_ways_are_refused():
    lots = [
        lot(f"{s}{n:02}", s, 300 - n, 140 + 1.5 * n)
        for s in ("AAA", "AAB")
        for n in range(65)
    ]
    assert len(reliefs("fifo", *lots[:64], *lots[65:-1], wash="trade_off")) == 1
    with pytest.raises(InputError, match="found 4225 ways to sell the lots of one"):
        reliefs("fifo", *lots, wash="trade_off")


RATES = [(0.4, 0.2), (0.0, 0.0), (0.4, 0.0), (0.0, 0.2), (0.1, 0.3)]
ONE = st.tuples(st.sampled_from([60, 90, 110, 140]), st.sampled_from([50, 90, 400]))


@given(
    st.lists(ONE, min_size=1, max_size=5),
    st.sampled_from(["fifo", "lifo", "hifo", "lowest_tax"]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_boxes_hold_every_sale_in_order_and_their_best_is_in_order(
    kinds, method, coupled
):
    lots = [lot(str(n), "CCC", days, unit) for n, (unit, days) in enumerate(kinds)]
    person = NETTED if coupled else PERSON
    owner = account("A", *lots, taxpayer=person)
    rules = policy(taxes=Taxes(relief=method), wash=Wash(policy="ignore"))
    found = build(job(owner, policy=rules))
    sale = SaleView(
        price=Fraction(100),
        on=ago(0),
        short_rate=Fraction("0.4"),
        long_rate=Fraction("0.2"),
    )
    order = [x.lot_id for x in relief_order(Relief(method), lots, sale)]
    place = {x.lot_id: n for n, x in enumerate(found.lots)}
    taken = np.array([place[name] for name in order])
    weight = found.program.lots.weight
    modes = [(m.floor, m.cap, g.lots) for g in found.program.groups for m in g.modes]
    modes = modes or [(0 * weight, weight, np.arange(len(lots)))]
    for whole, part in itertools.product(range(len(lots)), (0.0, 0.5, 1.0)):
        sells = np.zeros(len(lots))
        sells[taken[:whole]] = weight[taken[:whole]]
        sells[taken[whole]] = part * weight[taken[whole]]
        assert any(
            np.all((sells[own] >= low) & (sells[own] <= high))
            for low, high, own in modes
        )
    every = found.program.lots
    assert not coupled or all(group.ordered for group in found.program.groups)
    for rates in RATES if coupled else [(0.4, 0.2)]:
        unit = np.where(every.long_term, rates[1], rates[0]) * every.gain
        for low, high, own in modes:
            cheapest = sorted(own, key=lambda n: (unit[n], every.gain[n]))
            free = [n for n in cheapest if (high - low)[list(own).index(n)] > 0.0]
            assert free == [n for n in taken if n in free]


@pytest.mark.slow
@given(
    st.lists(ONE, min_size=2, max_size=5),
    st.sampled_from(["fifo", "lifo", "hifo"]),
    st.sampled_from([-4000, -50, 0, 300]),
    st.sampled_from([-200, 0, 500]),
)
@settings(max_examples=4, deadline=None)
def test_runs_under_a_bill_prove_what_single_lots_do_and_plans_keep_the_order(
    kinds, method, short, long
):
    lots = [lot(str(n), "CCC", days, unit) for n, (unit, days) in enumerate(kinds)]
    person = replace(NETTED, realised_short=Decimal(short), realised_long=Decimal(long))
    owner = account("A", *lots, taxpayer=person)
    rules = policy(taxes=Taxes(relief=method), wash=Wash(policy="ignore"))
    merged = build(job(owner, policy=rules)).program
    with mock.patch.object(module, "_rises_netted", lambda _, own, __: own[1:] < 0):
        single = build(job(owner, policy=rules)).program
    exact = Settings(gap=0.0)
    found, naive = solve(merged, exact), solve(single, exact)
    assert found.bound == pytest.approx(naive.bound, abs=2e-9)
    assert found.objective == pytest.approx(naive.objective, abs=2e-8)
    assert any(
        np.all((found.sells[g.lots] >= m.floor) & (found.sells[g.lots] <= m.cap))
        for g in single.groups
        for m in g.modes
    )


@pytest.mark.parametrize("ordered", [True, False])
def test_no_row_turns_the_order_round(ordered):
    """The row wants gains; lot 1 at a loss comes first, and takes lot 2 with it."""
    lots = (lot("1", "CCC", 90, 140), lot("2", "CCC", 80, 60))
    owner = account("A", *lots, taxpayer=NETTED)
    rules = policy(taxes=Taxes(relief="fifo"), wash=Wash(policy="ignore"))
    program = build(job(owner, policy=rules)).program
    (group,) = program.groups
    [cash] = program.rows
    gains = replace(cash, name="gains", buy=0 * cash.buy, sell=0 * cash.sell)
    gains = replace(gains, offset=0.0, lower=0.0, upper=np.inf, short=1.0)
    groups = (replace(group, ordered=ordered),)
    told = replace(program, netting=None, rows=(cash, gains), groups=groups)
    sells = solve(told, Settings()).sells
    weight = program.lots.weight
    if ordered:
        assert sells is None or sells[0] >= weight[0] - 1e-9 or sells[1] == 0.0
    else:
        assert weight[0] > sells[0] < sells[1] + 1e-9
        assert sells[1] > 0.0

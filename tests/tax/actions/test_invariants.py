# SPDX-License-Identifier: Apache-2.0
"""What every action keeps, over random lots; and a plain second way to compute it."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import chain
from math import floor

from hypothesis import given
from hypothesis import strategies as st
from support.holdings import lots, numbers, total

from di_optimizer.tax.actions import Action, Kind, Leg, apply
from di_optimizer.tax.actions.action import USES

ON = date(2022, 9, 1)
PRICES = numbers(0, 60).filter(bool)
RATIOS = {
    Kind.SPLIT: numbers(1, 5).filter(lambda x: x > 1),
    Kind.REVERSE_SPLIT: numbers(0, 1).filter(lambda x: 0 < x < 1),
}
VALUES = {
    "ratio": numbers(0, 3).filter(bool),
    "cash": PRICES,
    "new_symbol": st.just("NEW"),
    "basis_fraction": numbers(0, 1).filter(lambda x: 0 < x < 1),
    "new_price": PRICES,
    "lieu_price": PRICES,
}


@st.composite
def actions(draw, kinds=tuple(Kind)):
    kind = draw(st.sampled_from(kinds))
    values = VALUES | {"ratio": RATIOS.get(kind, VALUES["ratio"])}
    optional = [name for name in USES[kind].may if draw(st.booleans())]
    fields = {name: draw(values[name]) for name in (*USES[kind].needs, *optional)}
    return Action(on=ON, symbol="AAA", kind=kind, **fields)


@given(actions(), lots(least=0))
def test_basis_and_cash_are_accounted_for_exactly(action, held):
    after = apply(action, held)
    left = total(after.holdings, "cost_basis") + total(after.disposals, "cost_basis")
    assert left == total(held, "cost_basis")
    assert after.cash == total(after.disposals, "proceeds")
    gains = total(after.disposals, "gain")
    assert gains == after.cash - total(held, "cost_basis") + total(
        after.holdings, "cost_basis"
    )


@given(actions(), lots())
def test_lots_after_are_sound_and_named_once(action, held):
    after = apply(action, held).holdings
    assert all(lot.shares > 0 and lot.cost_basis >= 0 for lot in after)
    assert len({lot.lot_id for lot in after}) == len(after)


@given(actions(), lots())
def test_dates_purchase_and_replacement_are_carried(action, held):
    carried = ("account", "acquired", "holding_start", "purchase", "replacement")
    before = {lot.lot_id: lot for lot in held}
    after = apply(action, held)
    for lot in chain(after.holdings, (leg.holding for leg in after.disposals)):
        spun = action.kind is Kind.SPIN_OFF and lot.symbol == "NEW"
        old = before[lot.parent if spun else lot.lot_id]
        assert all(getattr(lot, name) == getattr(old, name) for name in carried)
        assert spun or (lot.parent, lot.origin) == (old.parent, old.origin)


@given(actions(), lots())
def test_shares_are_those_the_terms_say(action, held):
    shares = total(held, "shares")
    after = apply(action, held)
    gone = total(after.disposals, "shares")
    old = [lot for lot in after.holdings if lot.symbol == "AAA"]
    new = [lot for lot in after.holdings if lot.symbol == "NEW"]
    match action.kind:
        case Kind.MERGER_CASH:
            assert (after.holdings, gone) == ((), shares)
        case Kind.RETURN_OF_CAPITAL:
            assert (total(old, "shares"), gone, new) == (shares, 0, [])
        case Kind.SPIN_OFF:
            assert total(old, "shares") == shares
            assert total(new, "shares") + gone == shares * action.ratio
        case _:
            ratio = action.ratio or 1
            assert total(after.holdings, "shares") + gone == shares * ratio
            assert not (old if action.new_symbol else new)


@given(actions(), lots())
def test_cash_in_lieu_is_the_fraction_of_the_whole_position_first_in_first_out(
    action, held
):
    after = apply(action, held)
    lieu = [leg for leg in after.disposals if leg.kind is Leg.CASH_IN_LIEU]
    if action.lieu_price is None:
        assert lieu == []
        return
    position = total(held, "shares") * action.ratio
    assert total(lieu, "shares") == position - floor(position)
    assert all(leg.proceeds == leg.shares * action.lieu_price for leg in lieu)
    received = [x for x in after.holdings if x.symbol == lieu_symbol(action)]
    for leg in lieu[:-1]:
        assert leg.holding.lot_id not in {lot.lot_id for lot in received}
    if lieu and received:
        assert max(key(leg.holding) for leg in lieu) <= min(map(key, received))


def lieu_symbol(action):
    return action.new_symbol or action.symbol


def key(lot):
    return lot.acquired, lot.lot_id


@given(actions([Kind.MERGER_MIXED]), lots())
def test_boot_taxes_gains_up_to_the_cash_and_keeps_the_rest_for_later(action, held):
    after = apply(replace(action, lieu_price=None), held)
    boots = {leg.holding.lot_id: leg for leg in after.disposals}
    new = {lot.lot_id: lot for lot in after.holdings}
    for lot in held:
        leg, worth = boots[lot.lot_id], lot.shares * action.ratio * action.new_price
        realised = leg.proceeds + worth - lot.cost_basis
        later = worth - new[lot.lot_id].cost_basis
        assert leg.proceeds == lot.shares * action.cash
        assert 0 <= leg.gain <= leg.proceeds
        assert leg.gain + later == realised
        assert (leg.gain > 0) == (realised > 0)
        assert leg.gain == 0 or later == 0 or leg.gain == leg.proceeds


@given(actions([Kind.RETURN_OF_CAPITAL]), lots())
def test_a_return_of_capital_is_a_gain_only_once_the_basis_is_gone(action, held):
    after = apply(action, held)
    for leg, lot in zip(after.disposals, after.holdings, strict=True):
        assert leg.gain >= 0
        assert leg.gain == 0 or lot.cost_basis == 0


@given(actions(), lots(), st.randoms())
def test_the_order_of_the_lots_does_not_matter(action, held, random):
    other = list(held)
    random.shuffle(other)
    assert apply(action, other) == apply(action, held)


@given(actions(), lots())
def test_a_lot_in_two_parts_ends_as_one_would(action, held):
    """Ids a < b sort between their neighbours, so first in first out is the same."""
    parts = [
        replace(
            lot,
            lot_id=lot.lot_id + name,
            shares=lot.shares * part,
            cost_basis=lot.cost_basis * part,
        )
        for lot in held
        for name, part in (("a", Fraction(1, 3)), ("b", Fraction(2, 3)))
    ]
    one, two = apply(action, held), apply(action, parts)
    for what in ("shares", "cost_basis"):
        assert total(one.holdings, what) == total(two.holdings, what)
    for what in ("shares", "cost_basis", "proceeds", "gain"):
        assert total(one.disposals, what) == total(two.disposals, what)


@given(lots(), st.lists(actions([Kind.SPLIT, Kind.REVERSE_SPLIT]), max_size=4))
def test_splits_without_cash_compose_to_one(held, splits):
    ratio, now = Fraction(1), held
    for split in splits:
        now = apply(replace(split, lieu_price=None), now).holdings
        ratio *= split.ratio
    assert {x.lot_id: x.shares for x in now} == {
        x.lot_id: x.shares * ratio for x in held
    }


@given(actions([Kind.SPLIT, Kind.MERGER_STOCK]), lots())
def test_a_plain_loop_over_the_lots_agrees(action, held):
    action = replace(action, lieu_price=action.lieu_price or Fraction(10))
    position = total(held, "shares") * action.ratio
    unpaid, kept = position - floor(position), {}
    for lot in sorted(held, key=key):
        shares = lot.shares * action.ratio
        left = shares - min(shares, unpaid)
        unpaid -= shares - left
        if left:
            kept[lot.lot_id] = (left, lot.cost_basis / shares * left)
    after = apply(action, held)
    assert {x.lot_id: (x.shares, x.cost_basis) for x in after.holdings} == kept

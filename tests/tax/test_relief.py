# SPDX-License-Identifier: Apache-2.0
"""Relief methods as little ledgers, and against every order there is."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.holdings import START, holding, lots, numbers, rows, total

from di_optimizer.errors import InputError
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.relief import (
    Relief,
    SaleView,
    relief_order,
    relieve,
    tax_of_one,
)

SALE = SaleView(
    price=Fraction(20),
    on=date(2021, 1, 3),
    short_rate=Fraction("0.4"),
    long_rate=Fraction("0.2"),
)
NEWER = date(2020, 1, 3)  # still short-term on SALE.on; START is long-term by a day
WITHOUT_SALE = (Relief.FIFO, Relief.LIFO, Relief.HIFO)


def order(method, held, sale=None):
    return "".join(lot.lot_id for lot in relief_order(method, held, sale))


@pytest.mark.parametrize(
    ("method", "expected"),
    [(Relief.FIFO, "bacd"), (Relief.LIFO, "dcab"), (Relief.HIFO, "cbad")],
)
def test_the_order_of_each_method(method, expected):
    held = [
        holding("a", 10, 100, acquired=date(2021, 1, 4)),
        holding("b", 1, 11, acquired=date(2020, 1, 2)),
        holding("c", 2, 30, acquired=date(2021, 1, 5)),
        holding("d", 100, 900, acquired=date(2021, 1, 6)),
    ]
    assert order(method, held) == expected


def test_lowest_tax_sells_short_losses_first_and_short_gains_last():
    held = [
        holding("a", 10, 100, acquired=NEWER),  # short gain of 10: 4.00 a share
        holding("b", 10, 100, acquired=START),  # long gain of 10: 2.00
        holding("c", 10, 300, acquired=START),  # long loss of 10: −2.00
        holding("d", 10, 300, acquired=NEWER),  # short loss of 10: −4.00
        holding("e", 10, 450, acquired=START),  # long loss of 25: −5.00
    ]
    assert order(Relief.LOWEST_TAX, held, SALE) == "edcba"
    assert [tax_of_one(lot, SALE) for lot in held] == [4, 2, -2, -4, -5]


@pytest.mark.parametrize(("bought", "tax"), [(START, 2), (NEWER, 4)])
def test_the_tax_of_a_share_turns_on_the_day_the_term_does(bought, tax):
    assert tax_of_one(holding("a", 1, 10, acquired=bought), SALE) == tax


def test_lowest_tax_counts_the_term_from_the_holding_start_not_acquired():
    lot = holding("a", 1, 10, acquired=NEWER, holding_start=START)
    assert tax_of_one(lot, SALE) == 2


@pytest.mark.parametrize("method", list(Relief))
def test_equal_lots_follow_by_acquired_then_id_whatever_the_order(method):
    held = [holding(name, 5, 50) for name in "cab"]
    older = holding("z", 5, 50, acquired=START - timedelta(days=400))
    first = "abcz" if method is Relief.LIFO else "zabc"
    for some in permutations([*held, older]):
        assert order(method, some, SALE) == first


@pytest.mark.parametrize("method", list(Relief))
def test_lots_of_files_are_ordered_as_those_of_the_ledger(method):
    held = [holding("a", 4, 90), holding("b", 3, 50, acquired=NEWER)]
    filed = [
        Lot(
            lot_id=x.lot_id,
            symbol=x.symbol,
            shares=Decimal(int(x.shares)),
            cost_basis=Decimal(int(x.cost_basis)),
            acquired=x.acquired,
            holding_start=x.holding_start,
        )
        for x in held
    ]
    assert order(method, filed, SALE) == order(method, held, SALE)


def test_lowest_tax_without_a_sale_is_refused():
    with pytest.raises(InputError, match="found no price, date and rates; allowed: a"):
        relief_order(Relief.LOWEST_TAX, [])


def test_a_sale_takes_whole_lots_and_part_of_the_last():
    held = [holding("a", 3, 10), holding("b", 6, 20, parent="x"), holding("c", 5, 50)]
    first, second = relieve(held, Fraction(5))
    assert (first.sold, first.left) == (held[0], None)
    assert rows([second.sold, second.left]) == [
        ("b", "AAA", 2, Fraction(20, 3)),
        ("b", "AAA", 4, Fraction(40, 3)),
    ]
    assert (second.left.parent, second.left.purchase) == ("x", "pb")


@pytest.mark.parametrize("shares", [Fraction(-1, 9), Fraction(91, 9)])
def test_more_shares_than_there_are_and_less_than_none_are_refused(shares):
    message = f"found a sale of {shares} shares; allowed: 0 to 10, the shares held"
    with pytest.raises(InputError, match=message):
        relieve([holding("a", 10, 10)], shares)
    assert relieve([holding("a", 10, 10)], Fraction(0)) == ()
    assert relieve([holding("a", 10, 10)], Fraction(10))[0].left is None


def sold_part(data, held):
    share = data.draw(st.integers(0, 20)) / Fraction(20)
    return total(held, "shares") * share


@given(lots(), st.data())
def test_shares_and_basis_are_conserved(held, data):
    shares = sold_part(data, held)
    pieces = relieve(held, shares)
    left = [piece.left for piece in pieces if piece.left]
    kept = [*left, *held[len(pieces) :]]
    assert len(left) <= 1
    assert total(pieces, "shares") == shares
    for what in ("shares", "cost_basis"):
        assert total(pieces, what) == total([p.sold for p in pieces], what)
        assert total(pieces, what) + total(kept, what) == total(held, what)
    assert all(p.cost_basis / p.shares == p.holding.unit_cost for p in pieces)


@given(lots(), st.sampled_from(Relief))
def test_the_order_of_the_input_does_not_matter(held, method):
    assert relief_order(method, held, SALE) == relief_order(method, held[::-1], SALE)


def outcomes(held, shares, value):
    """Return ``value`` of the pieces in every order: an optimum is among them.

    What is linear in the shares of each lot, with a fixed total, is best at a vertex:
    all lots but one whole or untouched, which some order gives.
    """
    return [value(relieve(some, shares)) for some in permutations(held)]


@given(lots(), st.data())
def test_hifo_sells_the_most_basis(held, data):
    shares = sold_part(data, held)
    sold = relieve(relief_order(Relief.HIFO, held), shares)
    basis = outcomes(held, shares, lambda pieces: total(pieces, "cost_basis"))
    assert total(sold, "cost_basis") == max(basis)


@given(lots(), st.data(), numbers(0, 60), st.integers(0, 1000))
def test_lowest_tax_pays_the_least(held, data, price, days):
    sale = SaleView(
        price=price,
        on=START + timedelta(days=days),
        short_rate=data.draw(numbers(0, 1)),
        long_rate=data.draw(numbers(0, 1)),
    )

    def tax(pieces):
        return sum(p.shares * tax_of_one(p.holding, sale) for p in pieces)

    shares = sold_part(data, held)
    sold = relieve(relief_order(Relief.LOWEST_TAX, held, sale), shares)
    assert tax(sold) == min(outcomes(held, shares, tax))


@given(lots(), st.sampled_from(WITHOUT_SALE), numbers(1, 9))
def test_only_lowest_tax_looks_at_the_sale(held, method, price):
    other = SaleView(price=price, on=START, short_rate=price, long_rate=price)
    assert relief_order(method, held) == relief_order(method, held, other)

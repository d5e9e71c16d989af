# SPDX-License-Identifier: Apache-2.0
"""Each kernel of the certified engine against a plain answer from dense samples."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.curves import (
    Part,
    blank_envelope,
    blank_pieces,
    curves,
    elements_of,
    grids,
    hull_at,
    lot_sales,
    lowest,
    overlapping,
    parts_of,
    pieces_of,
    samples,
    trades,
    values,
)

from di_optimizer.program.program import Ints
from di_optimizer.solve.certified.envelope import envelope_of
from di_optimizer.solve.certified.layout import Envelope, Pieces
from di_optimizer.solve.certified.newton import place
from di_optimizer.solve.certified.refine import COPIES, overlaps, refine
from di_optimizer.solve.certified.relax import row_of

CLOSE = 1e-10  # values and slopes here are below 100
any_curve = st.one_of(curves(), grids(), trades(), lot_sales())
many = settings(max_examples=150, deadline=None, derandomize=True)
far_more = settings(max_examples=20_000, deadline=None)


def enveloped(parts: list[Part]) -> tuple[Pieces, Envelope]:
    """Return parts as pieces, and their envelope."""
    pieces, envelope = pieces_of(parts), blank_envelope(2 * len(parts) + 1)
    room = len(parts) + 1
    envelope_of(pieces, 0, envelope, np.zeros(room, dtype=np.int64), np.zeros(room))
    return pieces, envelope


def near(parts: list[Part]) -> Ints:
    """Return room for the numbers of all parts."""
    return np.zeros(len(parts), dtype=np.int64)


def refined(parts: list[Part]) -> Pieces:
    """Return the lowest of overlapping parts."""
    out = blank_pieces(COPIES * len(parts) + 8)
    assert refine(pieces_of(parts), 0, np.zeros(2 * len(parts)), near(parts), out)
    return out


def check_envelope(parts: list[Part]) -> None:
    """The envelope is convex, below the curve, and not below the curve's hull."""
    _, envelope = enveloped(parts)
    elements = elements_of(envelope)
    x = samples(parts)
    curve = lowest(parts, x)
    on = np.isfinite(curve)
    found = lowest(elements, x)
    assert elements[0].low == x[0]
    assert elements[-1].high == x[-1]
    assert np.all(found[on] <= curve[on] + CLOSE)
    spacing = np.diff(x).max() if len(x) > 1 else 0.0
    coarse = max(part.bend for part in parts) * spacing**2 / 4.0
    hull = hull_at(x[on], curve[on], x)
    assert np.all(found <= hull + CLOSE)
    assert np.all(found >= hull - coarse - CLOSE)
    check_convex(elements)


def check_convex(elements: list[Part]) -> None:
    """Elements lie end to end, and slopes rise."""
    for left, right in pairwise(elements):
        assert left.high == right.low
        assert left.end == pytest.approx(right.value, abs=CLOSE)
        ends = left.slope + 2.0 * left.bend * (left.high - left.low)
        assert ends <= right.slope + CLOSE * max(1.0, abs(ends))
    assert all(one.high > one.low for one in elements) or len(elements) == 1


def check_ends(parts: list[Part]) -> None:
    """At both ends of an element its pieces are the curve and meet the envelope."""
    pieces, envelope = enveloped(parts)
    for e, element in enumerate(elements_of(envelope)):
        left, right = parts[envelope.left[e]], parts[envelope.right[e]]
        assert left.at(np.array(element.low)) == pytest.approx(element.value, abs=CLOSE)
        assert right.at(np.array(element.high)) == pytest.approx(element.end, abs=CLOSE)
        width = element.high - element.low
        close = 1e-8 + 1e-13 / max(width, 1e-12)  # as x is rounded within a narrow one
        for share in (0.0, 0.25, 1.0):
            x = element.low + share * width
            expected = (1.0 - share) * left.row_at(element.low)
            expected += share * right.row_at(element.high)
            found = row_of(pieces, envelope, 0, e, x)
            assert found == pytest.approx(expected, abs=close)


@many
@example([Part(0, 1, 0), Part(1, 1, 1), Part(1.125, 1.125, 20)])
@example([Part(0, 0, 0), Part(1, 1, 1, slope=50), Part(1, 2, -5, slope=105)])
@example([Part(0, 0, 0), Part(0, 0, 0), Part(0, 1, 0), Part(1, 1, 0), Part(1, 2, 0)])
@given(any_curve)
def test_envelope_is_the_lower_convex_hull(parts: list[Part]) -> None:
    check_envelope(parts)


@many
@given(any_curve)
def test_rows_of_an_element_are_those_of_its_pieces(parts: list[Part]) -> None:
    """Between two pieces a row runs straight, whatever it jumps by: trades, names."""
    check_ends(parts)


def check_refined(parts: list[Part]) -> None:
    """Parts of the result do not overlap, and are the least of all at every x."""
    out = refined(parts)
    found = parts_of(out)
    assert not overlaps(out, 0)
    x = samples([*parts, *found])
    expected, least = lowest(parts, x), lowest(found, x)
    assert np.array_equal(np.isfinite(expected), np.isfinite(least))
    on = np.isfinite(expected)
    assert least[on] == pytest.approx(expected[on], abs=CLOSE)
    for q, part in enumerate(found):
        source = parts[out.block[q]]
        middle = 0.5 * (part.low + part.high)
        assert source.low <= part.low <= part.high <= source.high
        for place_ in (part.low, middle, part.high):
            at = np.array(place_)
            assert source.at(at) == pytest.approx(part.at(at), abs=CLOSE)
            assert source.row_at(place_) == pytest.approx(part.row_at(place_))


@many
@example([Part(0.5, 1, 0, bend=1), Part(0.5, 1, 0, slope=1e-18, bend=0.5)])
@given(overlapping())
def test_refined_parts_are_the_least_of_overlapping_ones(parts: list[Part]) -> None:
    check_refined(parts)


@many
@given(overlapping())
def test_envelope_of_refined_parts_is_the_hull_of_all(parts: list[Part]) -> None:
    check_envelope(parts_of(refined(parts)))


def test_no_room_for_parts_is_told() -> None:
    parts = [Part(0, 1, 0), Part(0.25, 0.5, -1)]
    pieces, ends = pieces_of(parts), np.zeros(4)
    assert refine(pieces, 0, ends, near(parts), blank_pieces(3))
    assert not refine(pieces, 0, ends, near(parts), blank_pieces(2))


pulls = st.sampled_from([0.0, 1e-6, 0.01, 3.0])


def check_place(
    parts: list[Part], price: float, pull: float, centre: float, begin: int
) -> None:
    """The point found is the least of envelope, price and pull, from any start."""
    _, envelope = enveloped(parts)
    elements = elements_of(envelope)
    x = samples(parts, 3000)
    cost = lowest(elements, x) + price * x + 0.5 * pull * (x - centre) ** 2
    found, at, weight = place(envelope, 0, begin, price, pull, centre)
    element = elements[at]
    assert element.low <= found <= element.high
    value = float(element.at(np.array(found)))
    value += price * found + 0.5 * pull * (found - centre) ** 2
    assert value <= cost.min() + CLOSE
    curve = 2.0 * element.bend + pull
    assert weight in (0.0, 1.0 / curve if curve else 0.0)
    if element.low < found < element.high:
        assert weight > 0.0


@many
@given(any_curve, values, pulls, values, st.integers(-3, 20))
def test_place_is_the_least_point(
    parts: list[Part], price: float, pull: float, centre: float, begin: int
) -> None:
    check_place(parts, price, pull, centre, begin)


@pytest.mark.slow
@far_more
@given(any_curve, overlapping(), values, pulls, values, st.integers(-3, 20))
def test_the_same_on_many_more(
    parts: list[Part],
    several: list[Part],
    price: float,
    pull: float,
    centre: float,
    begin: int,
) -> None:
    check_envelope(parts)
    check_ends(parts)
    check_place(parts, price, pull, centre, begin)
    check_refined(several)
    check_envelope(parts_of(refined(several)))

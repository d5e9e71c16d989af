# SPDX-License-Identifier: Apache-2.0
"""The convex regions of the two totals on which the bill is linear.

::

                     L
     short losses    |   gains
     cross-net       |   in both
     long gains      |
   ------------------+---------------- S      S + L = 0 runs through the origin:
     both losses,    |   long losses          below it lies the strip of net
     carried by      |   cross-net            losses within the limit, and below
     character       |   short gains          S + L = −limit what is carried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from di_optimizer.tax.netting.rules import BillRules

Limit = tuple[Fraction, Fraction, Fraction]

ZERO, ONE = Fraction(0), Fraction(1)
S_UP: Limit = (ONE, ZERO, ZERO)  # S >= 0
S_DOWN: Limit = (-ONE, ZERO, ZERO)
L_UP: Limit = (ZERO, ONE, ZERO)
L_DOWN: Limit = (ZERO, -ONE, ZERO)
NET_UP: Limit = (ONE, ONE, ZERO)
NET_DOWN: Limit = (-ONE, -ONE, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon:
    """A closed convex region of the (S, L) plane on which the bill is linear.

    Attributes
    ----------
    name : str
        What happens in it, for people.
    limits : tuple of (a, b, c)
        The region is where a·S + b·L ≥ c for all of them; money.
    short_rate, long_rate, constant : Fraction
        bill = short_rate·S + long_rate·L + constant.
    """

    name: str
    limits: tuple[Limit, ...]
    short_rate: Fraction
    long_rate: Fraction
    constant: Fraction

    def holds(self, short: Fraction, long: Fraction) -> bool:
        """Return whether the totals are in the region, borders included."""
        return all(a * short + b * long >= c for a, b, c in self.limits)

    def bill(self, short: Fraction, long: Fraction) -> Fraction:
        """Return the linear bill, true inside the region only."""
        return self.short_rate * short + self.long_rate * long + self.constant


def polygons(rules: BillRules) -> tuple[Polygon, ...]:
    """Return the regions that cover the plane; on each the bill is linear.

    Three bands: net gain, net loss within the limit, net loss above it. A band
    whose regions share one rate is one region, neighbouring bands with the same
    bill are one band, and a limit of 0 has no middle band. At most seven regions.

    Examples
    --------
    >>> rules = BillRules.of(short_rate=0.4, long_rate=0.2, ordinary_rate=0.4,
    ...                      filing_status="single", tax_year=2025, carry_value=0.5)
    >>> for region in polygons(rules):
    ...     print(region.name)
    gains in both
    short losses cross-net long gains
    long losses cross-net short gains
    net loss within the limit
    short losses above the limit, long gains used up
    short losses above the limit, long losses carried
    short losses within the limit, long losses carried
    """
    return tuple(
        region
        for band in _merged_bands([_gains(rules), _within(rules), _above(rules)])
        for region in band
    )


def _merged_bands(bands: list[list[Polygon]]) -> Iterator[list[Polygon]]:
    """Join neighbouring bands that are one region each, with the same bill."""
    filled = [band for band in bands if band]
    current = filled[0]
    for following in filled[1:]:
        if len(current) == len(following) == 1 and _same(current[0], following[0]):
            current = [_joined(current[0], following[0])]
        else:
            yield current
            current = following
    yield current


def _same(one: Polygon, other: Polygon) -> bool:
    return one.bill(ZERO, ZERO) == other.bill(ZERO, ZERO) and (
        (one.short_rate, one.long_rate) == (other.short_rate, other.long_rate)
    )


def _joined(upper: Polygon, lower: Polygon) -> Polygon:
    """Return two bands of S + L as one: the border between them goes."""
    above = tuple(limit for limit in upper.limits if limit[0] < 0)
    below = tuple(limit for limit in lower.limits if limit[0] > 0)
    return Polygon(
        name=f"{upper.name} or {lower.name}",
        limits=above + below,
        short_rate=upper.short_rate,
        long_rate=upper.long_rate,
        constant=upper.constant,
    )


def _net(name: str, limits: tuple[Limit, ...], rate: Fraction) -> Polygon:
    """Return a region whose bill is rate · (S + L)."""
    return Polygon(
        name=name, limits=limits, short_rate=rate, long_rate=rate, constant=ZERO
    )


def _gains(rules: BillRules) -> list[Polygon]:
    """S + L ≥ 0."""
    short, long = rules.short_rate, rules.long_rate
    if short == long:
        return [_net("net gain", (NET_UP,), short)]
    both = Polygon(
        name="gains in both",
        limits=(S_UP, L_UP),
        short_rate=short,
        long_rate=long,
        constant=ZERO,
    )
    return [
        both,
        _net("short losses cross-net long gains", (S_DOWN, NET_UP), long),
        _net("long losses cross-net short gains", (L_DOWN, NET_UP), short),
    ]


def _within(rules: BillRules) -> list[Polygon]:
    """−limit ≤ S + L ≤ 0: all of the net loss is deducted, nothing is carried."""
    if rules.limit == 0:
        return []
    name, above = "net loss within the limit", (ONE, ONE, -rules.limit)
    return [_net(name, (NET_DOWN, above), rules.ordinary_rate)]


def _above(rules: BillRules) -> list[Polygon]:
    """S + L ≤ −limit: the limit is deducted, the rest carried by character."""
    limit, short, long = rules.limit, rules.carry_short, rules.carry_long
    net: Limit = (-ONE, -ONE, limit)
    saved = -rules.ordinary_rate * limit

    def carry(name: str, limits: tuple[Limit, ...], *rates: Fraction) -> Polygon:
        first, second = rates
        return Polygon(
            name=name,
            limits=limits,
            short_rate=first,
            long_rate=second,
            constant=saved + first * limit,
        )

    if short == long:
        return [carry("net loss above the limit", (net,), short, short)]
    # The deduction takes short-term losses first. Where they do not fill it (or
    # where S is a gain), only a long-term loss is left, so S = −limit is the border.
    return [
        carry(
            "short losses above the limit, long gains used up",
            (L_UP, net),
            short,
            short,
        ),
        carry(
            "short losses above the limit, long losses carried",
            (L_DOWN, (-ONE, ZERO, limit)),
            short,
            long,
        ),
        carry(
            "short losses within the limit, long losses carried",
            ((ONE, ZERO, -limit), net),
            long,
            long,
        ),
    ]

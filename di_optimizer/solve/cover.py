# SPDX-License-Identifier: Apache-2.0
"""What statements about parts prove about the whole: a cover of all combinations.

A statement fixes some variables and says of every combination that agrees with it
that its value is at least so much. The least over all combinations of the best
statement about each is proven for the whole. What the variables mean is not known
here.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

Fixings = Mapping[int, int]

NOTHING = float("-inf")
SHOWN = 10  # parts without a statement that are listed
WORK = 200  # parts looked at, for each statement; trees need two


def mask_of(fixings: Fixings) -> int:
    """Return the variables that are fixed as the bits of a number.

    Examples
    --------
    >>> bin(mask_of({0: 1, 3: -1}))
    '0b1001'
    """
    return sum(1 << variable for variable in fixings)


@dataclass(frozen=True)
class Statement:
    """Every combination that agrees with ``fixings`` has at least this value."""

    fixings: Fixings
    value: float

    @cached_property
    def mask(self) -> int:
        """The variables fixed."""
        return mask_of(self.fixings)


@dataclass(frozen=True)
class Variables:
    """The domain: the values of a variable, and whether no combination is in a part."""

    values: Callable[[int], Sequence[int]]
    empty: Callable[[Fixings], bool]


@dataclass(frozen=True)
class Cover:
    """What is proven: the least value, and some parts about which nothing is said."""

    value: float
    missing: tuple[Fixings, ...]


@dataclass(frozen=True)
class _Part:
    """The combinations that agree with some fixings.

    ``value`` is the best statement about all of them; ``rest`` are the better ones
    that are about some of them.
    """

    fixings: Fixings
    value: float
    rest: list[Statement]


def cover(statements: Sequence[Statement], variables: Variables) -> Cover:
    """Return what statements prove together.

    Parts are split on one variable at a time, the part with the least value first:
    no part has a lower value than the first one that cannot be split, nor than the
    least one when the work is done, so that the value is proven whenever this ends.
    The statements of a tree share a variable in every part of it and are split
    without any repetition; of other statements, the variable that most of them fix
    is taken.

    Examples
    --------
    >>> two = Variables(lambda variable: (0, 1), lambda fixings: False)
    >>> tree = [Statement({0: 0}, 3.0), Statement({0: 1, 5: 0}, 4.0)]
    >>> cover([*tree, Statement({0: 1, 5: 1}, 2.0)], two)
    Cover(value=2.0, missing=())
    >>> cover(tree, two)
    Cover(value=-inf, missing=({0: 1, 5: 1},))
    """
    heap = [_entry(0, _part({}, NOTHING, statements))]
    missing: list[Fixings] = []
    number, most = 1, WORK * (len(statements) + 1)
    while heap and len(missing) < SHOWN:
        part = heapq.heappop(heap)[2]
        if missing and part.value > NOTHING:
            break
        if part.rest and number < most:
            for child in _split(part, variables):
                heapq.heappush(heap, _entry(number, child))
                number += 1
        elif variables.empty(part.fixings):
            continue
        elif part.value > NOTHING:
            return Cover(part.value, ())
        else:
            missing.append(part.fixings)
    return Cover(NOTHING if missing else float("inf"), tuple(missing))


def _entry(number: int, part: _Part) -> tuple[float, int, _Part]:
    """Return how a part is queued: the least value first, then the oldest."""
    return part.value, number, part


def _part(fixings: Fixings, value: float, candidates: Iterable[Statement]) -> _Part:
    """Return a part with the best of its statements; worse ones are of no use."""
    mask = mask_of(fixings)
    about_all, about_some = [value], []
    for one in candidates:
        if one.mask & ~mask:
            about_some.append(one)
        else:
            about_all.append(one.value)
    best = max(about_all)
    return _Part(fixings, best, [one for one in about_some if one.value > best])


def _split(part: _Part, variables: Variables) -> Iterator[_Part]:
    """Yield a part's parts, one for each value of a variable."""
    variable = _variable(part)
    free: list[Statement] = []
    fixed: dict[int, list[Statement]] = {}
    for one in part.rest:
        if variable in one.fixings:
            fixed.setdefault(one.fixings[variable], []).append(one)
        else:
            free.append(one)
    for value in variables.values(variable):
        fixings = {**part.fixings, variable: value}
        candidates = (*fixed.get(value, ()), *free)
        yield _part(fixings, part.value, candidates)


def _variable(part: _Part) -> int:
    """Return a variable that all of a part's statements fix, or else most of them."""
    fixed = mask_of(part.fixings)
    common = ~fixed
    for one in part.rest:
        common &= one.mask
        if not common:
            break
    if common:
        return (common & -common).bit_length() - 1
    counts = Counter(v for one in part.rest for v in one.fixings)
    return min(
        (v for v in counts if v not in part.fixings), key=lambda v: (-counts[v], v)
    )

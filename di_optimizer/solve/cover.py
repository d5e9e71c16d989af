# SPDX-License-Identifier: Apache-2.0
"""What statements about parts prove about the whole: a cover of all combinations.

A variable is in one of its cells, which have an order. A statement leaves some cells
of some variables open and says of every combination within them that its value is at
least so much. The least over all combinations of the best statement about each is
proven for the whole. What the variables mean is not known here.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Cells = Mapping[int, int]  # cells that are open, as bits, by variable

NOTHING = float("-inf")
SHOWN = 10  # parts without a statement that are listed
WORK = 200  # parts looked at, for each statement; trees need two


@dataclass(frozen=True)
class Statement:
    """Every combination within ``cells`` has at least this value."""

    cells: Cells
    value: float


@dataclass(frozen=True)
class Variables:
    """The domain: how many cells a variable has, and whether a part has no member."""

    count: Callable[[int], int]
    empty: Callable[[Cells], bool]

    def open(self, part: Cells, variable: int) -> int:
        """Return the cells of a variable that a part leaves open."""
        found = part.get(variable)
        return (1 << self.count(variable)) - 1 if found is None else found


@dataclass(frozen=True)
class Cover:
    """What is proven: the least value, and some parts about which nothing is said.

    ``parts`` is how many parts were looked at.
    """

    value: float
    missing: tuple[Cells, ...]
    parts: int = field(default=0, compare=False, repr=False)


# a statement with the variables, as bits, of which it leaves only a part of a part
_Item = tuple[Statement, int]


@dataclass(frozen=True)
class _Part:
    """The combinations within some cells.

    ``value`` is the best statement about all of them; ``rest`` are the better ones
    that are about some of them.
    """

    cells: Cells
    value: float
    rest: list[_Item]


def cover(statements: Sequence[Statement], variables: Variables) -> Cover:
    """Return what statements prove together.

    Parts are split in two, the part with the least value first, and of equal ones
    the newest: no part has a lower value than the first one that cannot be split, nor
    than the least one when the work is done, so that the value is proven whenever this
    ends. The statements of a
    tree share a variable in every part of it and are split without any repetition; of
    other statements, the variable is taken that most of them are about.

    Examples
    --------
    >>> two = Variables(lambda variable: 2, lambda part: False)
    >>> tree = [Statement({0: 0b01}, 3.0), Statement({0: 0b10, 5: 0b01}, 4.0)]
    >>> cover([*tree, Statement({0: 0b10, 5: 0b10}, 2.0)], two)
    Cover(value=2.0, missing=())
    >>> cover(tree, two)
    Cover(value=-inf, missing=({0: 2, 5: 2},))
    """
    whole = _part({}, NOTHING, _items(statements, variables))
    heap = [(whole.value, 0, whole)]
    missing: list[Cells] = []
    number, most = 1, WORK * (len(statements) + 1)
    while heap and len(missing) < SHOWN:
        part = heapq.heappop(heap)[2]
        if missing and part.value > NOTHING:
            break
        if part.rest and number < most:
            for child in _split(part, variables):
                heapq.heappush(heap, (child.value, -number, child))
                number += 1
        elif variables.empty(part.cells):
            continue
        elif part.value > NOTHING:
            return Cover(part.value, (), number)
        else:
            missing.append(part.cells)
    value = NOTHING if missing else float("inf")
    return Cover(value, tuple(missing), number)


def _items(statements: Iterable[Statement], variables: Variables) -> Iterator[_Item]:
    """Yield the statements about something, with the variables that they narrow."""
    for one in statements:
        bits, some = 0, True
        for variable, cells in one.cells.items():
            own = (1 << variables.count(variable)) - 1
            some = some and cells & own != 0
            bits |= (cells & own != own) << variable
        if some:
            yield one, bits


def _part(cells: Cells, value: float, items: Iterable[_Item]) -> _Part:
    """Return a part with the best of its statements; worse ones are of no use."""
    about_all, about_some = [value], []
    for item in items:
        if item[1]:
            about_some.append(item)
        else:
            about_all.append(item[0].value)
    best = max(about_all)
    return _Part(cells, best, [it for it in about_some if it[0].value > best])


def _split(part: _Part, variables: Variables) -> list[_Part]:
    """Return a part's parts: some of one variable's cells; the hardest comes first.

    What is said of the last one is the soonest known, and may settle it all.
    """
    variable, masks = _variable(part, variables)
    own = variables.open(part.cells, variable)
    chosen = _cut(masks, own)
    found = []
    for cells in (chosen, own & ~chosen):
        items = _within(part.rest, variable, cells)
        found.append(_part({**part.cells, variable: cells}, part.value, items))
    return sorted(found, key=lambda child: -len(child.rest))


def _within(rest: Iterable[_Item], variable: int, cells: int) -> Iterator[_Item]:
    """Yield the statements about some cells of a variable."""
    bit = 1 << variable
    for item in rest:
        one, bits = item
        if not bits & bit:
            yield item
            continue
        inside = one.cells[variable] & cells
        if inside == cells:
            yield one, bits & ~bit
        elif inside:
            yield item


def _variable(part: _Part, variables: Variables) -> tuple[int, Counter[int]]:
    """Return the variable to split, and the cells that statements leave open in it.

    Of the variables that all of a part's statements are about, one that can be cut
    in two with the fewest of them on both sides, and evenly.
    """
    common = -1
    for _, bits in part.rest:
        common &= bits
        if not common:
            break
    if not common:
        counts = Counter(v for one, bits in part.rest for v in _places(bits))
        often = min(counts, key=lambda v: (-counts[v], v))
        own = variables.open(part.cells, often)
        return often, Counter(one.cells.get(often, own) & own for one, _ in part.rest)
    found = []
    for variable in _places(common):
        own = variables.open(part.cells, variable)
        masks = Counter(one.cells[variable] & own for one, _ in part.rest)
        found.append((variable, masks, own))
    if len(found) == 1:
        return found[0][0], found[0][1]
    variable, masks, _ = min(found, key=lambda it: (_badness(it[1], it[2]), it[0]))
    return variable, masks


def _places(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _badness(masks: Counter[int], own: int) -> tuple[int, bool, int]:
    """Return the cost of the best cut."""
    return min(_cost(masks, own, cut) for cut in _cuts(masks, own))


def _cut(masks: Counter[int], own: int) -> int:
    """Return the cells to split from the others."""
    return min(_cuts(masks, own), key=lambda cut: _cost(masks, own, cut))


def _cuts(masks: Iterable[int], own: int) -> Iterator[int]:
    """Yield cuts: at both ends of what a statement leaves open, or just that."""
    for mask in masks:
        low, high = mask & -mask, 1 << mask.bit_length()
        for cut in (own & (low - 1), own & (high - 1), mask):
            if cut and cut != own:
                yield cut


def _cost(masks: Counter[int], own: int, cut: int) -> tuple[int, bool, int]:
    """Return how many statements a cut crosses, and how uneven it is.

    Of cuts across equally many, one between two neighbours comes first: then cells
    that are ranges make parts that are ranges.
    """
    crossing = balance = 0
    rest = own & ~cut
    for mask, count in masks.items():
        if not mask & rest:
            balance += count
        elif not mask & cut:
            balance -= count
        else:
            crossing += count
    return crossing, rest & -rest < cut, abs(balance)

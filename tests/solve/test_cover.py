# SPDX-License-Identifier: Apache-2.0
"""What statements about parts prove: all that follows, and fast where it is a tree."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from di_optimizer.solve.cover import Cells, Statement, Variables, cover

MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)
COUNTS = (2, 3, 2, 2)  # values of each variable

cells = st.dictionaries(st.integers(0, 3), st.integers(0, 15), max_size=4)
single = st.dictionaries(st.integers(0, 3), st.sampled_from([1, 2, 4]), max_size=4)
values = st.integers(-3, 3).map(float)
statements = st.lists(st.builds(Statement, cells | single, values), max_size=14)
combinations = list(itertools.product(*(range(count) for count in COUNTS)))


def full(count: int, empty: Callable[[Cells], bool] | None = None) -> Variables:
    """Variables that all have as many cells; without holes if none are given."""
    counts = dict.fromkeys(range(999), count)
    return Variables(counts.__getitem__, empty or (lambda _: False))


def agrees(combination: tuple[int, ...], part: Mapping[int, int]) -> bool:
    return all(part[v] >> combination[v] & 1 for v in part)


@MANY
@given(statements, st.sets(st.sampled_from(combinations), max_size=12))
def test_the_cover_is_the_least_over_all_combinations(
    given_: list[Statement], holes: set[tuple[int, ...]]
) -> None:
    """Any statements, foreign cells included; holes are combinations that are none."""

    def empty(part: Mapping[int, int]) -> bool:
        return all(c in holes for c in combinations if agrees(c, part))

    found = cover(given_, Variables(COUNTS.__getitem__, empty))
    least = math.inf
    for combination in combinations:
        if combination not in holes:
            about = [s.value for s in given_ if agrees(combination, s.cells)]
            least = min(least, max(about, default=-math.inf))
    assert found.value == least
    assert bool(found.missing) == (least == -math.inf)
    for part in found.missing:
        unsaid = [c for c in combinations if agrees(c, part) and c not in holes]
        assert unsaid
        assert not any(agrees(c, s.cells) for c in unsaid for s in given_)


ranges = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(sorted)
runs = st.lists(
    st.builds(
        lambda ends, value: Statement({0: (2 << ends[1]) - (1 << ends[0])}, value),
        ranges,
        values,
    ),
    max_size=9,
)


@MANY
@given(runs, st.sets(st.integers(0, 7)))
def test_parts_of_ranges_are_ranges(given_: list[Statement], holes: set[int]) -> None:
    """Cells between cuts are never asked about across a gap."""
    asked: list[int] = []

    def empty(part: Mapping[int, int]) -> bool:
        mask = part.get(0, 255)
        asked.append(mask)
        return all(cell in holes for cell in range(8) if mask >> cell & 1)

    cover(given_, full(8, empty))
    assert all("01" not in bin(mask)[2:] for mask in asked)


def halved(rng: np.random.Generator, size: int, kinds: int) -> list[dict[int, int]]:
    """A tree over variables of 16 cells, each cut again and again."""
    leaves: list[dict[int, int]] = [{}]
    while len(leaves) < size:
        leaf = leaves.pop(int(rng.integers(len(leaves))))
        variable = int(rng.integers(kinds))
        own = leaf.get(variable, (1 << 16) - 1)
        if own & (own - 1) == 0:
            leaves.append(leaf)
            continue
        places = [bit for bit in range(16) if own >> bit & 1]
        at = places[int(rng.integers(1, len(places)))]
        low, high = own & ((1 << at) - 1), own & ~((1 << at) - 1)
        if rng.random() < 0.3:  # cells that are not in a row
            low, high = own & 0x5555, own & 0xAAAA
        if not low or not high:
            leaves.append(leaf)
            continue
        leaves += [{**leaf, variable: low}, {**leaf, variable: high}]
    return leaves


def test_a_tree_of_a_thousand_leaves_that_cut_again_is_no_work() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        tree = [Statement(leaf, float(rng.normal())) for leaf in halved(rng, 1000, 60)]
        rng.shuffle(tree)  # type: ignore[arg-type]
        found = cover(tree, full(16))
        assert found.value == min(s.value for s in tree)
        assert found.parts <= 2 * len(tree)
        assert cover(tree[1:], full(16)).value == -math.inf


def test_what_two_statements_share_is_proven_by_the_better_one() -> None:
    """To hold is on both sides; where nothing else is open, one of them is enough."""
    sides = [Statement({0: 0b0111}, 1.0), Statement({0: 0b1100}, 2.0)]
    free = full(4)
    assert cover(sides, free).value == 1.0
    stuck = full(4, lambda part: not part.get(0, 15) & 0b0100)
    assert cover(sides, stuck).value == 2.0
    assert cover(sides[1:], free).missing == ({0: 0b0011},)
    assert cover(sides[1:], stuck).value == 2.0


def test_cells_that_are_not_in_a_row() -> None:
    """All trades on the one hand, to hold on the other."""
    free = full(4)
    traded, held = Statement({0: 0b1011}, 3.0), Statement({0: 0b0100}, 5.0)
    assert cover([traded, held], free).value == 3.0
    assert cover([traded], free).missing == ({0: 0b0100},)
    assert cover([held], free).missing == ({0: 0b0011}, {0: 0b1000})


def grown(rng: np.random.Generator, size: int, depth: int) -> list[dict[int, int]]:
    """A lopsided binary tree over 400 variables."""
    leaves: list[dict[int, int]] = [{}]
    while len(leaves) < size:
        at = -1 if rng.random() < 0.6 else int(rng.integers(len(leaves)))
        leaf = leaves.pop(at)
        variable = int(rng.integers(400))
        if variable in leaf or len(leaf) >= depth:
            leaves.insert(0, leaf)
            continue
        leaves += [{**leaf, variable: 1}, {**leaf, variable: 2}]
    return leaves


BITS = full(2)


def test_a_tree_is_split_where_it_was_and_nowhere_else() -> None:
    rng = np.random.default_rng(1)
    leaves = grown(rng, 2000, 60)
    assert max(len(leaf) for leaf in leaves) >= 30
    tree = [Statement(leaf, float(rng.normal())) for leaf in leaves]
    found = cover(tree, BITS)
    assert found.value == min(s.value for s in tree)
    assert found.parts <= 2 * len(tree) - 1
    free = [Statement({}, value) for value in (-9.0, -5.0, -7.0)]
    again = cover([*free, *tree[::-1]], BITS)
    assert again == found
    assert again.parts <= found.parts


def test_two_trees_prove_at_least_what_each_proves() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        trees = [
            [Statement(leaf, float(rng.normal())) for leaf in grown(rng, 60, 12)]
            for _ in range(2)
        ]
        alone = [cover(tree, BITS).value for tree in trees]
        found = cover([*trees[0], *trees[1]], BITS)
        assert found.value >= max(alone)
        assert found.parts < 2 * 60 * 60


def test_hopeless_statements_end_with_what_is_proven_so_far() -> None:
    """Random clauses over many variables: the work has an end, and no bound."""
    rng = np.random.default_rng(0)
    clauses = [
        Statement({int(v): int(rng.integers(1, 3)) for v in rng.choice(60, 4)}, 1.0)
        for _ in range(40)
    ]
    found = cover(clauses, BITS)
    assert found.value == -math.inf
    assert found.parts <= 200 * 41 + 1
    assert cover([Statement({}, 0.5), *clauses], BITS).value == 0.5

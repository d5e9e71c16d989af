# SPDX-License-Identifier: Apache-2.0
"""What statements about parts prove: all that follows, and fast where it is a tree."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from di_optimizer.solve.cover import Statement, Variables, cover

MANY = settings(max_examples=200, deadline=None, derandomize=True, database=None)
COUNTS = (2, 3, 2, 2)  # values of each variable

fixings = st.dictionaries(st.integers(0, 3), st.integers(0, 2), max_size=4)
statements = st.lists(
    st.builds(Statement, fixings, st.integers(-3, 3).map(float)), max_size=14
)
combinations = list(itertools.product(*(range(count) for count in COUNTS)))


def agrees(combination: tuple[int, ...], part: Mapping[int, int]) -> bool:
    return all(combination[v] == value for v, value in part.items())


@MANY
@given(statements, st.sets(st.sampled_from(combinations), max_size=12))
def test_the_cover_is_the_least_over_all_combinations(
    given_: list[Statement], holes: set[tuple[int, ...]]
) -> None:
    """Any statements, foreign values included; holes are combinations that are none."""

    def empty(part: Mapping[int, int]) -> bool:
        return all(c in holes for c in combinations if agrees(c, part))

    found = cover(given_, Variables(lambda v: range(COUNTS[v]), empty))
    least = math.inf
    for combination in combinations:
        if combination not in holes:
            about = [s.value for s in given_ if agrees(combination, s.fixings)]
            least = min(least, max(about, default=-math.inf))
    assert found.value == least
    assert bool(found.missing) == (least == -math.inf)
    for part in found.missing:
        unsaid = [c for c in combinations if agrees(c, part) and c not in holes]
        assert unsaid
        assert not any(agrees(c, s.fixings) for c in unsaid for s in given_)


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
        leaves += [{**leaf, variable: 0}, {**leaf, variable: 1}]
    return leaves


class Counted:
    """Two values a variable; counts how often a part was split."""

    def __init__(self) -> None:
        self.splits = 0
        self.variables = Variables(self.values, lambda _: False)

    def values(self, variable: int) -> range:
        assert variable >= 0
        self.splits += 1
        return range(2)


def test_a_tree_is_split_where_it_was_and_nowhere_else() -> None:
    rng = np.random.default_rng(1)
    leaves = grown(rng, 2000, 60)
    assert max(len(leaf) for leaf in leaves) >= 30
    tree = [Statement(leaf, float(rng.normal())) for leaf in leaves]
    counted = Counted()
    found = cover(tree, counted.variables)
    assert found.value == min(s.value for s in tree)
    assert counted.splits <= len(tree) - 1
    again = Counted()
    free = [Statement({}, value) for value in (-9.0, -5.0, -7.0)]
    assert cover([*free, *tree[::-1]], again.variables) == found
    assert again.splits <= counted.splits


def test_two_trees_prove_at_least_what_each_proves() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        trees = [
            [Statement(leaf, float(rng.normal())) for leaf in grown(rng, 60, 12)]
            for _ in range(2)
        ]
        alone = [cover(tree, Counted().variables).value for tree in trees]
        together = Counted()
        found = cover([*trees[0], *trees[1]], together.variables)
        assert found.value >= max(alone)
        assert together.splits < 60 * 60


def test_hopeless_statements_end_with_what_is_proven_so_far() -> None:
    """Random clauses over many variables: the work has an end, and no bound."""
    rng = np.random.default_rng(0)
    clauses = [
        Statement({int(v): int(rng.integers(2)) for v in rng.choice(60, 4)}, 1.0)
        for _ in range(40)
    ]
    counted = Counted()
    assert cover(clauses, counted.variables).value == -math.inf
    assert counted.splits <= 200 * 41
    assert cover([Statement({}, 0.5), *clauses], Counted().variables).value == 0.5

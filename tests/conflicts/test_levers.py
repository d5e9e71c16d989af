# SPDX-License-Identifier: Apache-2.0
"""The least that limits give way, against brute force over sets of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csc_array

from di_optimizer.solve.elastic import Elastic
from di_optimizer.solve.levers import Lever, least_relaxation, levers_of


def elastic(matrix, right, names) -> Elastic:
    matrix = np.asarray(matrix, dtype=np.float64)
    return Elastic(
        matrix=csc_array(matrix),
        right=np.asarray(right, dtype=np.float64),
        names=tuple(names),
        row=np.full(len(right), -1),
        sign=np.ones(len(right), dtype=np.int64),
        high=np.full(matrix.shape[1], np.inf),
    )


def meets(one: Elastic, amounts: dict[str, float]) -> bool:
    """Whether a point is within all limits, those named moved out."""
    right = one.right + [amounts.get(name, 0.0) + 1e-9 for name in one.names]
    columns = one.matrix.shape[1]
    return bool(linprog(np.zeros(columns), one.matrix.toarray(), right).status == 0)


def levels(one: Elastic, *names: tuple[str, ...]) -> list[list[Lever]]:
    factors = {name: (name, 1.0) for level in names for name in level}
    known = {lever.name: lever for lever in levers_of(one, factors, {})}
    return [[known[name] for name in level] for level in names]


TWO_AGAINST_ONE = elastic([[1], [-1], [-1]], [0.4, -0.5, -0.7], ["top", "low", "high"])


@pytest.mark.parametrize(
    ("order", "due"),
    [
        ((("top", "low", "high"),), {"top": 0.3}),
        ((("top",), ("low", "high")), {"low": 0.1, "high": 0.3}),
        ((("low",), ("top", "high")), {"high": 0.2, "top": 0.1}),
        ((("high",), ("low",), ("top",)), {"top": 0.3}),
    ],
)
def test_little_conflicts_by_hand(order, due):
    """x is at most 0.4, and at least 0.5 and 0.7."""
    found = least_relaxation(TWO_AGAINST_ONE, levels(TWO_AGAINST_ONE, *order))
    assert found is not None
    if order[0] == ("low",):  # either of two ways, as little in all
        assert sum(found.values()) == pytest.approx(0.3)
        assert "low" not in found
    else:
        assert found == pytest.approx(due)


def test_limits_that_can_be_met_stay():
    one = elastic([[1], [-1]], [0.5, -0.5], ["top", "low"])
    assert least_relaxation(one, levels(one, ("top", "low"))) == {}


def test_limits_that_cannot_give_way_are_no_way_out():
    one = elastic([[1], [-1]], [0.4, -0.5], ["", ""])
    assert least_relaxation(one, []) in ({}, None)
    stuck = elastic([[1], [-1], [1]], [0.4, -0.5, 9], ["", "", "free"])
    assert least_relaxation(stuck, levels(stuck, ("free",))) is None


def test_a_lever_moves_all_of_its_lines_by_their_factors_and_no_further():
    one = elastic([[1, 0], [0, 1], [-1, -1]], [0.1, 0.1, -0.5], ["a", "b", ""])
    factors = {"a": ("each", 1.0), "b": ("each", 2.0)}
    [lever] = levers_of(one, factors, {"each": 9.0})
    assert least_relaxation(one, [[lever]]) == pytest.approx({"each": 0.1})
    [short] = levers_of(one, factors, {"each": 0.09})
    assert least_relaxation(one, [[short]]) is None


@pytest.mark.parametrize("seed", range(25))
def test_no_limit_of_the_answer_could_have_stayed(seed):
    """Brute force: of one level, no part of the set is enough however far it moves."""
    rng = np.random.default_rng(seed)
    names = [f"n{i}" for i in range(5)]
    matrix = rng.normal(size=(5, 2)).round(2)
    one = elastic(matrix, rng.normal(size=5).round(2) - 0.8, names)
    found = least_relaxation(one, levels(one, tuple(names)))
    assert found is not None
    assert meets(one, found)
    for size in range(len(found)):
        for part in itertools.combinations(found, size):
            assert not meets(one, dict.fromkeys(part, 1e6))


@pytest.mark.parametrize("seed", range(15))
def test_what_is_important_gives_way_only_as_far_as_it_must(seed):
    rng = np.random.default_rng(100 + seed)
    names = [f"n{i}" for i in range(6)]
    one = elastic(rng.normal(size=(6, 2)), rng.normal(size=6) - 0.8, names)
    first, rest = tuple(names[:3]), tuple(names[3:])
    found = least_relaxation(one, levels(one, first, rest))
    assert found is not None
    assert meets(one, found)
    important = {name for name in found if name in first}
    for size in range(len(important)):
        for part in itertools.combinations(sorted(important), size):
            assert not meets(one, dict.fromkeys((*part, *rest), 1e6))

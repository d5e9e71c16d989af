# SPDX-License-Identifier: Apache-2.0
"""Rules of thumb keep their limits, and are never better than trying every set."""

from dataclasses import replace

import numpy as np
import pytest
from support.compact import best_of_all, random_task

from di_optimizer.compact.certify import rule
from di_optimizer.compact.heuristics import RULES, exchanged, greedy, l1, top

LIMITS = [
    {},
    {"least": 0.05},
    {"least": 0.15, "most": 0.6},
    {"most": 0.34},
]


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("seed", range(4))
def test_no_rule_is_better_than_all_sets_and_the_search_starts_from_the_best(
    seed, limits
):
    task = random_task(9, 3, seed, **limits)
    best = best_of_all(task)
    starts = []
    for make in RULES.values():
        found = make(task)
        assert task.keeps(found.weights)
        assert found.variance >= best * (1.0 - 1e-7)
        better = exchanged(task, found)
        assert task.keeps(better.weights)
        assert better.variance <= found.variance
        starts.append(better.variance)
    assert rule(task, "search").variance == min(starts)
    assert min(starts) <= best * 1.15


def test_exchanges_reach_the_best_of_all_sets_on_most_small_cases():
    tasks = [random_task(8, 3, seed) for seed in range(15)]
    ratios = [rule(t, "search").variance / best_of_all(t) for t in tasks]
    assert np.mean(np.array(ratios) <= 1.0 + 1e-6) >= 0.9


def test_top_holds_the_largest_and_the_first_of_equals():
    task = random_task(10, 3, 1)
    order = np.argsort(-task.target)[:3]
    assert set(top(task).chosen) == set(order)
    equal = replace(task, target=np.full(10, 0.1))
    assert top(equal).chosen.tolist() == [0, 1, 2]


def test_greedy_starts_with_the_best_single_security():
    task = random_task(10, 1, 2)
    assert greedy(task).variance == pytest.approx(best_of_all(task), rel=1e-9)


@pytest.mark.parametrize("make", [top, greedy, l1])
def test_what_may_not_be_held_is_not(make):
    task = random_task(10, 4, 3)
    allowed = np.ones(10, dtype=bool)
    allowed[np.argsort(-task.target)[:2]] = False
    found = make(replace(task, allowed=allowed))
    assert not found.weights[~allowed].any()
    assert 1 <= len(found.held) <= 4


@pytest.mark.parametrize("make", [top, greedy, l1])
def test_all_names_are_the_index_itself(make):
    task = random_task(10, 10, 4)
    assert make(task).variance < 1e-20


def test_more_names_never_cost_with_exchanges():
    found = [rule(random_task(30, names, 5), "search") for names in (3, 6, 12, 24)]
    errors = [one.variance for one in found]
    assert errors == sorted(errors, reverse=True)

# SPDX-License-Identifier: Apache-2.0
"""Weights of chosen securities are optimal, and so are the estimates made of them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.compact import naive_variance, random_task

from di_optimizer.compact.fit import fit
from di_optimizer.compact.heuristics import gains_of, losses_of
from di_optimizer.compact.task import Task

ALL = np.arange(12)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 12),
    least=st.sampled_from([0.0, 0.02, 0.08]),
    most=st.sampled_from([1.0, 0.3, 0.12]),
    budget=st.sampled_from([1.0, 0.4]),
)
def test_weights_satisfy_the_conditions_of_the_optimum(
    seed, count, least, most, budget
):
    task = random_task(12, 12, seed, least=least, most=most)
    task = replace(task, budget=budget)
    chosen = np.random.default_rng(seed).permutation(12)[:count]
    found = fit(task, chosen)
    x = found.weights[np.sort(chosen)]
    share = budget / count
    low, high = min(least, share), max(most, share)
    assert x.sum() == pytest.approx(budget, abs=1e-12)
    assert np.all(x >= low - 1e-12)
    assert np.all(x <= high + 1e-12)
    assert not np.delete(found.weights, chosen).any()
    pull = (found.slope - found.price)[np.sort(chosen)]
    covariance = task.exposures @ task.exposures.T + np.diag(task.specific)
    scale = 1e-9 * np.max(np.abs(covariance @ task.target))
    assert np.all(pull[x < high - 1e-12] >= -scale)
    assert np.all(pull[x > low + 1e-12] <= scale)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("limits", [{}, {"least": 0.1, "most": 0.25}])
def test_weights_agree_with_an_interior_point_method(seed, limits):
    task = random_task(9, 9, seed, **limits)
    chosen = (0, 2, 3, 5, 8)
    found = fit(task, np.array(chosen))
    assert found.variance == pytest.approx(naive_variance(task, chosen), rel=1e-7)


def test_where_all_may_be_held_the_index_is_its_target():
    task = random_task(12, 12, 3)
    found = fit(task, ALL)
    assert found.weights == pytest.approx(task.target, abs=1e-12)
    assert found.variance < 1e-25


@pytest.mark.parametrize("specific", [0.0, 1e-12])
def test_securities_without_specific_risk_are_solved_too(specific):
    task = random_task(12, 12, 4)
    task = replace(task, specific=np.where(ALL % 3 == 0, specific, task.specific))
    chosen = (0, 1, 3, 4, 6, 9)
    found = fit(task, np.array(chosen))
    wanted = naive_variance(task, chosen)
    assert found.variance == pytest.approx(wanted, rel=1e-5, abs=1e-12)


def test_limits_give_way_where_too_few_are_chosen():
    task = random_task(12, 12, 5, most=0.2)
    found = fit(task, np.array([1, 7]))
    assert found.weights[[1, 7]] == pytest.approx([0.5, 0.5])
    assert not task.keeps(found.weights)


def test_the_start_does_not_change_the_answer():
    task = random_task(12, 12, 6)
    chosen = np.array([0, 1, 4, 6, 7, 10])
    start = np.zeros(12)
    start[4] = 1.0
    first, second = fit(task, chosen), fit(task, chosen, start=start)
    assert first.weights == pytest.approx(second.weights, abs=1e-10)


def roomy(seed: int) -> tuple[Task, np.ndarray]:
    """A task where every chosen weight is inside of its limits."""
    for trial in range(seed, seed + 500):
        task = random_task(12, 12, trial)
        chosen = np.sort(np.random.default_rng(trial).permutation(12)[:7])
        if np.all(fit(task, chosen).weights[chosen] > 0.01):
            return task, chosen
    raise AssertionError("no such task")


@pytest.mark.parametrize("seed", [0, 1000, 2000])
def test_gains_are_what_adding_a_security_brings(seed):
    task, chosen = roomy(seed)
    found = fit(task, chosen)
    gains, tried = gains_of(task, found), 0
    for new in np.setdiff1d(ALL, chosen).tolist():
        more = fit(task, np.append(chosen, new))
        if np.all(more.weights[chosen] > 0.0):
            assert found.variance - more.variance == pytest.approx(
                gains[new], rel=1e-6, abs=1e-15
            )
            tried += 1
    assert tried
    assert not gains[chosen].any()


@pytest.mark.parametrize("seed", [0, 1000, 2000])
def test_losses_are_what_dropping_a_security_costs(seed):
    task, chosen = roomy(seed)
    found = fit(task, chosen)
    losses, tried = losses_of(task, found), 0
    for out, loss in zip(found.held.tolist(), losses.tolist(), strict=True):
        less = fit(task, np.setdiff1d(chosen, [out]))
        if len(less.held) == len(chosen) - 1:
            assert less.variance - found.variance == pytest.approx(loss, rel=1e-6)
            tried += 1
    assert tried

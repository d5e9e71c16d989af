# SPDX-License-Identifier: Apache-2.0
"""Which securities to hold, by rules of thumb; their weights are always exact.

``top`` takes the largest targets, ``greedy`` adds one security after another,
``l1`` lets a reweighted charge on the weights drive them out, and ``exchanged``
swaps one at a time while that helps. None of them proves anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from di_optimizer.compact.fit import Fit, Inverse, fit
from di_optimizer.compact.task import Task
from di_optimizer.program.program import Floats, Ints

BETTER = 1e-9  # relative: what counts as an improvement
PASSES = 40  # of exchanges over all that is held
TRIED = 3  # securities tried exactly in the place of one
REWEIGHTINGS = 4
HALVINGS = 12
CLOSE = 0.1  # of the mean weight: where the reweighted charge stops to grow
RANGE = 40  # doublings of the charge before all but a few are driven out


def top(task: Task) -> Fit:
    """Hold the largest targets, with their best weights."""
    order = np.lexsort((np.arange(task.n), -task.target))
    order = order[task.allowed[order]]
    return fit(task, order[: task.names])


def greedy(task: Task) -> Fit:
    """Add the security that lowers the variance most, weights solved each time."""
    return grown(task, fit(task, np.array([_first(task)])))


def grown(task: Task, found: Fit) -> Fit:
    """Add securities to those held until as many are held as may be."""
    best = _valid(task, found, None)
    while len(found.held) < task.names:
        gains = gains_of(task, found)
        if not np.any(gains > 0.0):
            break
        chosen = np.append(found.held, int(np.argmax(gains)))
        found = fit(task, chosen, start=found.weights)
        best = _valid(task, found, best)
    return best or found


def _valid(task: Task, found: Fit, best: Fit | None) -> Fit | None:
    """Return the better of two, if the new one is within the limits."""
    if not task.keeps(found.weights):
        return best
    return found if best is None or found.variance < best.variance else best


def _first(task: Task) -> int:
    """Return the security that by itself is closest to the target."""
    factor = task.exposures @ (task.exposures.T @ task.target)
    own = np.sum(task.exposures**2, axis=1) + task.specific
    value = task.budget * own - 2.0 * (factor + task.specific * task.target)
    return int(np.argmin(np.where(task.allowed, value, np.inf)))


def gains_of(task: Task, found: Fit) -> Floats:
    """Return what adding each security would lower the variance by, (n,).

    Exact where no limit of a weight binds: with g the derivative of the variance
    along the re-optimised path and s its curvature, g²/4s. 0 where g > 0, where
    held, and where not allowed.
    """
    free = found.held
    inverse = Inverse.of(task, free)
    ones = inverse.times(np.ones(len(free)))
    F, d = task.exposures, task.floored
    spread = F @ (task.exposures[free].T @ ones) - 1.0
    inner = np.sum((F @ inverse.small) * F, axis=1)
    curvature = d + inner + spread**2 / float(ones.sum())
    slope = np.minimum(found.slope - found.price, 0.0)
    closed = ~task.allowed
    closed[free] = True
    gains: Floats = np.where(closed, 0.0, slope**2 / (4.0 * curvature))
    return gains


def losses_of(task: Task, found: Fit) -> Floats:
    """Return what dropping each held security would raise the variance by, (held,).

    Exact where no limit of a weight binds: x² over the diagonal of the inverse of
    the system that the weights solve.
    """
    held = found.held
    inverse = Inverse.of(task, held)
    ones = inverse.times(np.ones(len(held)))
    diagonal = inverse.diagonal() - ones**2 / float(ones.sum())
    tiny = np.finfo(np.float64).tiny
    losses: Floats = found.weights[held] ** 2 / np.maximum(diagonal, tiny)
    return losses


def exchanged(task: Task, found: Fit) -> Fit:
    """Swap one security for another, or drop one, while the variance falls."""
    found = grown(task, found)
    for _ in range(PASSES):
        better = _one_pass(task, found)
        if better is found:
            return found
        found = better
    return found


def _one_pass(task: Task, found: Fit) -> Fit:
    """Try to replace each security once, the least missed first."""
    order = found.held[np.argsort(losses_of(task, found), kind="stable")]
    for out in order.tolist():
        if found.weights[out] > 0.0 and len(found.held) > 1:
            found = _replaced(task, found, out)
    return found


def _replaced(task: Task, found: Fit, out: int) -> Fit:
    """Return the best with one security replaced or left out, or what was there."""
    kept = found.held[found.held != out]
    less = fit(task, kept, start=_without(found.weights, out))
    best = _improved(task, less, found)
    gains = gains_of(task, less)
    gains[out] = 0.0
    hoped = less.variance - gains
    for new in np.argsort(hoped, kind="stable")[:TRIED].tolist():
        if gains[new] <= 0.0 or hoped[new] >= best.variance:
            break
        trial = fit(task, np.append(less.held, new), start=less.weights)
        best = _improved(task, trial, best)
    return best


def _improved(task: Task, trial: Fit, best: Fit) -> Fit:
    lower = trial.variance < best.variance * (1.0 - BETTER)
    return trial if lower and task.keeps(trial.weights) else best


def _without(weights: Floats, out: int) -> Floats:
    less = weights.copy()
    less[out] = 0.0
    return less


def l1(task: Task) -> Fit:
    """Drive weights out by a charge on each, larger for the small ones.

    The least charge, of a fixed halving, that leaves as many as may be held; their
    weights are then solved without it, and free places filled up.

    References
    ----------
    Candès, Wakin and Boyd (2008), Enhancing Sparsity by Reweighted ℓ1 Minimization.
    """
    allowed = np.flatnonzero(task.allowed)
    free = fit(task, allowed, charge=np.zeros(task.n))
    high = float(np.mean(np.sum(task.exposures**2, axis=1) + task.specific)) * 1e-8
    left = _charged(task, free, high)
    for _ in range(RANGE):
        if len(left) <= task.names:
            break
        high *= 2.0
        left = _charged(task, free, high)
    low = 0.5 * high
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        held = _charged(task, free, middle)
        if len(held) <= task.names:
            high, left = middle, held
        else:
            low = middle
    return grown(task, fit(task, left[: task.names]))


def _charged(task: Task, free: Fit, charge: float) -> Ints:
    """Return what is left of the securities after the reweighted charges."""
    close = CLOSE * task.budget / task.names
    found = free
    for _ in range(REWEIGHTINGS):
        prices = charge / (found.weights + close)
        found = fit(task, found.held, start=found.weights, charge=prices)
    return found.held


RULES: Mapping[str, Callable[[Task], Fit]] = {"top": top, "greedy": greedy, "l1": l1}

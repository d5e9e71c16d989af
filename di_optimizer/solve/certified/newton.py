# SPDX-License-Identifier: Apache-2.0
"""The dual of the convexified program: a proximal method with Newton's steps inside.

With envelopes in place of curves, the program is convex. A quadratic term around the
last point makes its dual smooth in the multipliers of factors and rows; Newton's
method with a line search maximises it, and the term's centre then moves on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.certified.kernel import kernel
from di_optimizer.solve.certified.layout import Envelope

STUCK = 4  # steps without a gradient half as large, once it is
SMALL = 1e-9  # this small, fraction of base


class Smooth(NamedTuple):
    """The smooth part: multipliers λ = (ν, μ) price x by ``phi`` @ λ.

    Attributes
    ----------
    phi : (n, k + m)
        Factor exposures, then coefficients of the rows.
    flat : (k + m,)
        Diagonal of the negative Hessian that no security decides: 1/2γ, then a
        little for each row.
    shift : (k + m,)
        Constant part of the gradient: −Fᵀb, then the rows' offsets.
    low, high : (m,)
        Limits of the rows.
    pull : (n,)
        Weight of the term around the last point.
    row_pull : (m,)
        The same for the rows' values.
    """

    phi: Floats
    flat: Floats
    shift: Floats
    low: Floats
    high: Floats
    pull: Floats
    row_pull: Floats


class State(NamedTuple):
    """Where the iteration stands.

    Attributes
    ----------
    x, price : (n,)
    offset : (n,)
        Part of the price that is in the envelopes already, with a minus.
    element : (n,)
        Element of the envelope in which x lies.
    weight : (n,)
        Derivative of −x by the price.
    centre : (n,)
    multipliers, centred : (k + m,)
    z, row_centre : (m,)
        Values of the rows, and the last ones.
    """

    x: Floats
    price: Floats
    offset: Floats
    element: Ints
    weight: Floats
    centre: Floats
    multipliers: Floats
    centred: Floats
    z: Floats
    row_centre: Floats


@kernel
def place(
    envelope: Envelope, i: int, at: int, price: float, pull: float, centre: float
) -> tuple[float, int, float]:
    """Minimise envelope + price·x + pull/2·(x − centre)²; x, its element, −dx/dprice.

    Walks from element ``at``: the marginal cost rises along the envelope.
    """
    first = envelope.start[i]
    last = first + envelope.size[i] - 1
    at = min(max(at, first), last)
    came = 0
    while True:
        low, high = envelope.low[at], envelope.high[at]
        bend = 2.0 * envelope.bend[at]
        begin = envelope.slope[at] + price + pull * (low - centre)
        if begin >= 0.0:
            if at == first or came > 0:
                return low, at, 0.0
            at, came = at - 1, -1
            continue
        if begin + (bend + pull) * (high - low) <= 0.0:
            if at == last or came < 0:
                return high, at, 0.0
            at, came = at + 1, 1
            continue
        step = -begin / (bend + pull)
        return low + step, at, 1.0 / (bend + pull)


@kernel
def settle(envelope: Envelope, smooth: Smooth, state: State) -> None:
    """Put every x and row value where the present prices want them."""
    for i in range(len(state.x)):
        state.x[i], state.element[i], state.weight[i] = place(
            envelope,
            i,
            state.element[i],
            state.price[i],
            smooth.pull[i],
            state.centre[i],
        )


@kernel
def row_value(smooth: Smooth, state: State, j: int, mu: float) -> float:
    """Return the row value that a multiplier picks within the limits."""
    wanted = state.row_centre[j] + mu / smooth.row_pull[j]
    return min(max(wanted, smooth.low[j]), smooth.high[j])


@kernel
def gradient(smooth: Smooth, state: State, out: Floats) -> None:
    """Write the gradient of the dual at the present x."""
    size, m = len(out), len(smooth.low)
    k = size - m
    for a in range(size):
        out[a] = smooth.shift[a] - smooth.flat[a] * (
            state.multipliers[a] - (state.centred[a] if a >= k else 0.0)
        )
    for i in range(len(state.x)):
        x = state.x[i]
        for a in range(size):
            out[a] += x * smooth.phi[i, a]
    for j in range(m):
        state.z[j] = row_value(smooth, state, j, state.multipliers[k + j])
        out[k + j] -= state.z[j]


@kernel
def hessian(smooth: Smooth, state: State, out: Floats) -> None:
    """Write the lower triangle of the negative Hessian of the dual."""
    size, m = len(out), len(smooth.low)
    k = size - m
    out[:, :] = 0.0
    for i in range(len(state.x)):
        weight = state.weight[i]
        if weight > 0.0:
            for a in range(size):
                scaled = weight * smooth.phi[i, a]
                for c in range(a + 1):
                    out[a, c] += scaled * smooth.phi[i, c]
    for a in range(size):
        out[a, a] += smooth.flat[a]
    for j in range(m):
        if smooth.low[j] < state.z[j] < smooth.high[j]:
            out[k + j, k + j] += 1.0 / smooth.row_pull[j]


@kernel
def solve_in_place(matrix: Floats, vector: Floats) -> None:
    """Solve a positive definite system by Cholesky's method; lower triangle given."""
    size = len(vector)
    for a in range(size):
        for c in range(a):
            total = matrix[a, c]
            for e in range(c):
                total -= matrix[a, e] * matrix[c, e]
            matrix[a, c] = total / matrix[c, c]
        total = matrix[a, a]
        floor = 1e-14 * total
        for e in range(a):
            total -= matrix[a, e] * matrix[a, e]
        matrix[a, a] = np.sqrt(max(total, floor))
    for a in range(size):
        total = vector[a]
        for c in range(a):
            total -= matrix[a, c] * vector[c]
        vector[a] = total / matrix[a, a]
    for a in range(size - 1, -1, -1):
        total = vector[a]
        for c in range(a + 1, size):
            total -= matrix[c, a] * vector[c]
        vector[a] = total / matrix[a, a]


@kernel
def climb(
    envelope: Envelope,
    smooth: Smooth,
    state: State,
    direction: Floats,
    along: Floats,
    step: float,
) -> float:
    """Return the slope of the dual along a direction, ``step`` ahead."""
    size, m = len(direction), len(smooth.low)
    k = size - m
    total = 0.0
    for i in range(len(state.x)):
        x, state.element[i], _ = place(
            envelope,
            i,
            state.element[i],
            state.price[i] + step * along[i],
            smooth.pull[i],
            state.centre[i],
        )
        total += x * along[i]
    for a in range(size):
        ahead = state.multipliers[a] + step * direction[a]
        rest = smooth.shift[a] - smooth.flat[a] * (
            ahead - (state.centred[a] if a >= k else 0.0)
        )
        if a >= k:
            rest -= row_value(smooth, state, a - k, ahead)
        total += rest * direction[a]
    return total


@kernel
def search(
    envelope: Envelope, smooth: Smooth, state: State, direction: Floats, along: Floats
) -> float:
    """Return a step at which the slope along the direction has nearly vanished."""
    start = climb(envelope, smooth, state, direction, along, 0.0)
    if start <= 0.0:
        return 0.0
    low, high, step = 0.0, np.inf, 1.0
    slope_low, slope_high = start, 0.0
    for _ in range(40):
        slope = climb(envelope, smooth, state, direction, along, step)
        if abs(slope) <= 0.1 * start:
            return step
        if slope > 0.0:
            low, slope_low = step, slope
            if high == np.inf:
                step *= 4.0
                continue
        else:
            high, slope_high = step, slope
        step = low + (high - low) * slope_low / (slope_low - slope_high)
        step = min(max(step, low + 0.05 * (high - low)), high - 0.05 * (high - low))
    return low if low > 0.0 else step


@kernel
def reprice(smooth: Smooth, state: State) -> None:
    """Set the prices of x from the multipliers."""
    for i in range(len(state.x)):
        total = state.offset[i]
        for a in range(len(state.multipliers)):
            total += smooth.phi[i, a] * state.multipliers[a]
        state.price[i] = total


@kernel
def maximise(
    envelope: Envelope, smooth: Smooth, state: State, tolerance: float, steps: int
) -> int:
    """Maximise the smoothed dual by Newton's method; return the steps made."""
    size = len(state.multipliers)
    slope, matrix = np.empty(size), np.empty((size, size))
    along = np.empty(len(state.x))
    settle(envelope, smooth, state)
    best, since = np.inf, 0
    for number in range(steps):
        gradient(smooth, state, slope)
        size_now = np.max(np.abs(slope))
        if size_now <= tolerance:
            return number
        since = 0 if size_now < 0.5 * best else since + 1
        best = min(best, size_now)
        if since >= STUCK and best <= SMALL:
            return number  # what is left is rounding
        hessian(smooth, state, matrix)
        solve_in_place(matrix, slope)
        for i in range(len(state.x)):
            total = 0.0
            for a in range(size):
                total += smooth.phi[i, a] * slope[a]
            along[i] = total
        step = search(envelope, smooth, state, slope, along)
        if step == 0.0:
            return number
        for a in range(size):
            state.multipliers[a] += step * slope[a]
        for i in range(len(state.x)):
            state.price[i] += step * along[i]
        settle(envelope, smooth, state)
    return steps

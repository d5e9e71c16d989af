# SPDX-License-Identifier: Apache-2.0
"""The floor under a Newton step: what merely touching its data takes.

Plain loops, compiled with fast-math, which the engine does not allow itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numba import njit

from di_optimizer.program.program import Floats, Program
from di_optimizer.solve.certified.relaxation import COLD, Relaxation

REPEAT = 200  # calls between two looks at the clock
TURNS = 40

loop = njit(fastmath=True)


@loop  # type: ignore[untyped-decorator]
def _touch(values: Floats, times: int) -> float:
    """Add up all numbers, again and again; each time from another one on."""
    total = 0.0
    for start in range(times):
        for i in range(start % 2, len(values)):
            total += values[i]
    return total


@loop  # type: ignore[untyped-decorator]
def _prices(phi: Floats, step: Floats, out: Floats, times: int) -> None:
    """Multiply exposures and a step, (n,)."""
    for number in range(times):
        for i in range(len(phi)):
            total = 0.0
            for a in range(len(step)):
                total += phi[i, a] * step[a]
            out[i] = total + number


@loop  # type: ignore[untyped-decorator]
def _gradient(phi: Floats, x: Floats, out: Floats, times: int) -> None:
    """Add up exposures times x, (k,)."""
    for _ in range(times):
        for i in range(len(phi)):
            for a in range(len(out)):
                out[a] += x[i] * phi[i, a]


@loop  # type: ignore[untyped-decorator]
def _hessian(phi: Floats, weight: Floats, out: Floats, times: int) -> None:
    """Add up the lower triangles of weighted products, (k, k)."""
    for _ in range(times):
        for i in range(len(phi)):
            if weight[i] > 0.0:
                for a in range(len(out)):
                    scaled = weight[i] * phi[i, a]
                    for c in range(a + 1):
                        out[a, c] += scaled * phi[i, c]


def measured(program: Program) -> dict[str, float]:
    """Return microseconds of one pass each, and how much there is to touch.

    ``interior`` is how many securities are between two breakpoints at the first
    relaxation's end: only these are in the Hessian.
    """
    own = Relaxation(program)
    own.solve(own.free(), own.start(), COLD)
    phi, weight = own.frame.smooth.phi, own.frame.state.weight
    n, size = phi.shape
    x, square = own.frame.state.x.copy(), np.zeros((size, size))
    lots = np.concatenate([own.book.unit, own.book.floor, own.book.cap])
    step, vector, along = np.ones(size), np.zeros(size), np.zeros(n)
    return {
        "names": n,
        "columns": size,
        "pairs": len(own.lot),
        "interior": int(np.count_nonzero(weight > 0.0)),
        "exposures": _each(lambda: _touch(phi.ravel(), REPEAT)),
        "lots": _each(lambda: _touch(lots, REPEAT)),
        "prices": _each(lambda: _prices(phi, step, along, REPEAT)),
        "gradient": _each(lambda: _gradient(phi, x, vector, REPEAT)),
        "hessian": _each(lambda: _hessian(phi, weight, square, REPEAT)),
    }


def _each(run: Callable[[], object]) -> float:
    """Return the least microseconds of one of the repetitions."""
    run()
    least = np.inf
    for _ in range(TURNS):
        started = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - started)
    return float(least) / REPEAT * 1e6

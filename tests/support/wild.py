# SPDX-License-Identifier: Apache-2.0
"""Programs at the edges: everything that a limit, a lot or a row may look like."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import LotArrays, Program, Row


def wild_program(seed: int) -> Program:
    """Up to four securities with odd lots, limits, rows, risks and prices of risk.

    No lots or forty, losses of a hundred times the value, untraded parts, forced
    purchases and sales, ranges of no width, borrowed cash, no risk at all.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    cash = float(rng.choice([0.0, 0.02, 0.3, -0.05, 0.9]))
    spread = np.full(n, float(rng.choice([0.0, 1e-4, 5e-3])))
    lots = _lots(rng, n, 1.0 - cash, spread)
    held = np.bincount(lots.security, weights=lots.weight, minlength=n).astype(float)
    untraded = rng.random(n) < 0.1
    held = held + np.where(untraded, rng.uniform(0.0, 0.1, n), 0.0)
    share = float(rng.choice([1.0, 1.0, 1.0, 0.05]))
    benchmark = rng.dirichlet(np.full(n, rng.choice([0.3, 3.0]))) * share
    lower, upper, names = _limits(rng, held, benchmark, untraded)
    exposures, specific = _risk(rng, n)
    return Program(
        gamma=float(rng.choice([0.0, 0.5, 2.0, 10.0, 50.0, 200.0])),
        exposures=exposures,
        specific=specific,
        benchmark=benchmark,
        held=held,
        lower=lower,
        upper=upper,
        lower_name=tuple(f"least {name}" for name in names),
        upper_name=tuple(f"most {name}" for name in names),
        buy_cost=spread,
        lots=lots,
        rows=_rows(rng, held, lots, spread),
    )


def _lots(
    rng: np.random.Generator, n: int, total: float, spread: np.ndarray
) -> LotArrays:
    m = int(rng.choice([0, 1, n, 3 * n, 8 * n, 40]))
    security = np.sort(rng.integers(0, n, size=m)).astype(np.int64)
    weight = rng.uniform(0.01, 1.0, m) ** rng.choice([1, 3])
    kind = rng.random()
    gain = np.clip(rng.normal(-0.05, 0.3, m), -2.0, 0.95)
    if kind < 0.2:
        gain = 1.0 - np.exp(rng.normal(0.0, 2.0, m))
    elif kind > 0.9:
        gain = np.where(rng.random(m) < 0.5, -99.0, 0.99)
    long_term = rng.random(m) < 0.5
    return LotArrays.free(
        security=security,
        weight=weight * total / weight.sum() if m else weight,
        gain=gain,
        rate=np.where(long_term, 0.238, 0.408) * (rng.random() < 0.9),
        long_term=long_term,
        sell_cost=spread[security],
    )


def _limits(
    rng: np.random.Generator,
    held: np.ndarray,
    benchmark: np.ndarray,
    untraded: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    lower, upper = np.zeros(len(held)), np.ones(len(held))
    kinds = rng.integers(0, 11, size=len(held))
    for i, (h, b) in enumerate(zip(held, benchmark, strict=True)):
        pairs = {
            0: (h, 1.0),
            1: (0.0, h),
            2: (min(h, 0.7 * b), max(h, 1.3 * b)),
            3: (h, h) if untraded[i] else (0.0, 0.0),
            4: (h, h),
            5: (0.0, h * rng.uniform(0.3, 1.0)),
            6: (h + rng.uniform(0.0, 0.1), 1.0),
        }
        lower[i], upper[i] = pairs.get(int(kinds[i]), (0.0, 1.0))
    return lower, np.maximum(upper, lower), [str(i) for i in range(len(held))]


def _risk(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    k = int(rng.integers(1, 4))
    exposures, specific = rng.normal(0.0, 0.15, (n, k)), rng.uniform(0.01, 0.12, n)
    if rng.random() < 0.15:
        exposures[:] = 0.0
    if k > 1 and rng.random() < 0.15:
        exposures[:, 1] = exposures[:, 0]
    if rng.random() < 0.15:
        specific[rng.integers(n)] = 0.0
    if rng.random() < 0.05:
        specific[:] = 0.0
    return exposures, specific


def _rows(
    rng: np.random.Generator, held: np.ndarray, lots: LotArrays, spread: np.ndarray
) -> tuple[Row, ...]:
    n, security = len(held), lots.security
    low, high = [(0, 0.005), (0, 0.05), (0.01, 0.01), (-np.inf, 0.02), (0, np.inf)][
        int(rng.integers(0, 5))
    ]
    present = float(rng.choice([0.0, 0.5, -0.3]))
    offset = 1.0 - held.sum() if rng.random() < 0.8 else present
    rows = [
        _row("cash", -(1.0 + spread), 1.0 - spread[security], (offset, low, high)),
    ]
    if rng.random() < 0.3:
        part = (rng.random(n) < 0.5) * 1.0
        now = float(part @ held)
        limits = (now, now - float(rng.uniform(0.0, 0.1)), now + 0.05)
        rows.append(_row("sector", part, -part[security], limits))
    if rng.random() < 0.2:
        most = float(rng.choice([0.05, 0.3]))
        ones = np.ones(n)
        rows.append(_row("turnover", ones, ones[security], (0.0, -np.inf, most)))
    return tuple(rows)


def _row(
    name: str, buy: np.ndarray, sell: np.ndarray, limits: tuple[float, float, float]
) -> Row:
    offset, lower, upper = limits
    return Row(
        name=name,
        buy=buy,
        sell=sell,
        offset=offset,
        lower=lower,
        upper=upper,
        lower_name=f"{name}.minimum",
        upper_name=f"{name}.maximum",
    )

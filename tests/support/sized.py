# SPDX-License-Identifier: Apache-2.0
"""Random programs in which sizes are limited and names and trades are counted."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import LotArrays, Program, Row, at_modes
from di_optimizer.program.sizes import HOLD, Sizes
from support.features import Features, program_of

NEAR = 1e-9  # fraction of base; sums of weights in another order differ by less
STEPS = (0.0, 0.01, 0.05, 0.125, 0.3)


def sized_program(
    seed: int, *, securities: int = 3, groups: bool = True, netted: bool = False
) -> Program:
    """An account with grids, least amounts, tickets and stepped rows, all or some."""
    rng = np.random.default_rng([seed, 71])
    kinds = ("relief", "wash", "any", "trade_off")
    wanted = Features(
        seed=seed,
        securities=securities,
        lots=2,
        rows=("sector",) if rng.random() < 0.3 else (),
        groups=(str(rng.choice(kinds)),) if groups and rng.random() < 0.5 else (),
        restricted=bool(rng.random() < 0.4),
        lot_limits=bool(rng.random() < 0.4),
        netted=netted,
    )
    program = program_of(wanted)
    if rng.random() < 0.7:
        program = _on_a_grid(program, rng)
    sizes = _sizes(program, rng)
    cash = program.rows[0]
    upper = max(cash.upper, float(rng.choice([0.0, 0.1, 0.4])))
    rows = [replace(cash, upper=upper, trades=-sizes.ticket), *program.rows[1:]]
    rows += _counts(program, rng)
    return replace(program, rows=tuple(rows), sizes=sizes)


def _on_a_grid(program: Program, rng: np.random.Generator) -> Program:
    """Lots of whole steps of 0.01 or 0.05, for those without groups."""
    if program.groups or not np.array_equal(program.lots.cap, program.lots.weight):
        return program
    step = float(rng.choice([0.01, 0.05]))
    lots = program.lots
    weight = np.maximum(np.rint(lots.weight / step), 1.0) * step
    part = np.where(lots.floor > 0.0, 1.0, 0.0)
    held = np.bincount(lots.security, weights=weight, minlength=program.n)
    lots = replace(lots, weight=weight, cap=weight, floor=part * weight)
    return replace(
        program,
        lots=lots,
        held=held.astype(float),
        lower=np.minimum(program.lower, held),
        upper=np.maximum(program.upper, held),
    )


def _sizes(program: Program, rng: np.random.Generator) -> Sizes:
    n = program.n

    def some(*choices: float) -> np.ndarray:
        return rng.choice(choices, n) * (rng.random() < 0.6)

    return Sizes(
        step=rng.choice(STEPS, n) if rng.random() < 0.8 else np.zeros(n),
        least_buy=some(0.0, 0.05, 0.2),
        least_sell=some(0.0, 0.05, 0.2),
        least_held=some(0.0, 0.05, 0.3),
        ticket=some(0.0, 0.001, 0.01),
    )


def _counts(program: Program, rng: np.random.Generator) -> list[Row]:
    """At most so many names, at most so many trades; or neither."""
    n, found = program.n, []
    nothing = np.zeros(n), np.zeros(len(program.lots))
    for name in ("names", "trades"):
        if rng.random() < 0.5:
            row = Row(
                name=name,
                buy=nothing[0],
                sell=nothing[1],
                offset=0.0,
                lower=float(rng.integers(0, 2)),
                upper=float(rng.integers(1, n + 1)),
                lower_name=f"counts.min_{name}",
                upper_name=f"counts.max_{name}",
            )
            found.append(replace(row, **{name: np.ones(n)}))
    return found


def on_grids(program: Program, least: float = 0.05) -> Program:
    """Return the program with a step for every security, of some weight at least."""
    sizes = program.sizes or Sizes.any(program.n)
    step = np.where(sizes.step > 0.0, np.maximum(sizes.step, least), 0.125)
    return replace(program, sizes=replace(sizes, step=step))


def enumerated(program: Program) -> float:
    """Return the least objective of all plans in steps; inf where there is none.

    Lots are sold from the cheapest one on, which is best where no row tells them
    apart. What is allowed is asked of the rule in plain arithmetic.
    """
    counts = (range(len(group.modes)) for group in program.groups)
    modes = (np.array(m, dtype=np.int64) for m in itertools.product(*counts))
    return min(_least_in_mode(at_modes(program, chosen)) for chosen in modes)


def _least_in_mode(program: Program) -> float:
    trades = [_trades(program, i) for i in range(program.n)]
    if not all(trades):
        return np.inf
    covariance = program.exposures @ program.exposures.T + np.diag(program.specific)
    best = np.inf
    for chosen in itertools.product(*trades):
        active = np.array([trade[0] for trade in chosen]) - program.benchmark
        value = program.gamma * float(active @ covariance @ active)
        value += program.constant + sum(trade[1] for trade in chosen)
        rows = sum(trade[2] for trade in chosen)
        if value < best and np.all(
            np.abs(rows - np.clip(rows, *_ends(program))) < NEAR
        ):
            best = value
    return best


def _ends(program: Program) -> tuple[np.ndarray, np.ndarray]:
    low = np.array([row.lower - row.offset for row in program.rows])
    return low, np.array([row.upper - row.offset for row in program.rows])


def _trades(program: Program, i: int) -> list[tuple[float, float, np.ndarray, int]]:
    """Return weight, cost, rows and kind of every allowed trade of a security."""
    sizes, lots = program.sizes, program.lots
    assert sizes is not None
    step, own = float(sizes.step[i]), np.flatnonzero(lots.security == i)
    own = own[np.argsort(lots.unit[own], kind="stable")]
    forced, most = float(lots.floor[own].sum()), float(lots.cap[own].sum())
    room = float(program.upper[i] - program.held[i])
    sales = {k * step for k in range(int(most / step) + 2)} | {forced, most}
    amounts = [(0.0, t) for t in sales if forced - NEAR <= t <= most + NEAR]
    if forced <= 0.0:
        amounts += [(k * step, 0.0) for k in range(1, int(room / step + NEAR) + 1)]
    found = []
    for bought, sold in amounts:
        buys, sells = np.zeros(program.n), np.zeros(len(lots))
        buys[i] = bought
        width = lots.cap[own] - lots.floor[own]
        before = np.concatenate([[0.0], np.cumsum(width)[:-1]])
        sells[own] = lots.floor[own] + np.clip(sold - forced - before, 0.0, width)
        x = float(program.after(buys, sells)[i])
        inside = program.lower[i] - NEAR <= x <= program.upper[i] + NEAR
        if inside and of_allowed_size(program, buys, sells)[i]:
            kind = int(program.kinds(buys, sells)[i])
            cost, rows = _cost(program, i, buys, sells), _rows(program, i, buys, sells)
            found.append((x, cost, rows, kind))
    return found


def weights_of(program: Program, i: int) -> list[tuple[float, int]]:
    """Return weight and kind of every allowed trade of a security, each once."""
    found = {(round(trade[0], 12), trade[3]) for trade in _trades(program, i)}
    return sorted(found)


def _cost(program: Program, i: int, buys: np.ndarray, sells: np.ndarray) -> float:
    traded = program.kinds(buys, sells)[i] != HOLD
    cost = float(program.buy_cost @ buys + program.lots.unit @ sells)
    return cost + float(program.sizes.ticket[i] * traded)  # type: ignore[union-attr]


def _rows(program: Program, i: int, buys: np.ndarray, sells: np.ndarray) -> np.ndarray:
    traded = program.kinds(buys, sells)[i] != HOLD
    held = program.is_held(buys, sells)[i]
    found = []
    for row in program.rows:
        value = row.buy @ buys + row.sell @ sells
        value += 0.0 if row.names is None else row.names[i] * held
        found.append(value + (0.0 if row.trades is None else row.trades[i] * traded))
    return np.array(found)


def one_name(
    *, step: float = 0.1, cap: float = 0.3, floor: float = 0.0, **limits: float
) -> Program:
    """Half in one name, lots of 0.2 at a gain and 0.3 at a loss, half in cash.

    ``cap`` and ``floor`` are those of the second lot; other limits are those of the
    program, or of its sizes.
    """
    weight = np.array([0.2, 0.3])
    lots = LotArrays.free(
        security=np.array([0, 0]),
        weight=weight,
        gain=np.array([0.3, -0.2]),
        rate=np.array([0.2, 0.2]),
        long_term=np.array([True, True]),
        sell_cost=np.zeros(2),
    )
    lots = replace(lots, floor=np.array([0.0, floor]), cap=np.array([0.2, cap]))
    sizes = replace(Sizes.any(1), step=np.array([step]))
    names = {"least_buy", "least_sell", "least_held", "ticket"}
    own = {name: np.array([limits[name]]) for name in names & set(limits)}
    ends = {"lower": 0.0, "upper": 1.0, "held": 0.5} | limits
    return Program(
        gamma=2.0,
        exposures=np.array([[0.1]]),
        specific=np.array([0.05]),
        benchmark=np.array([0.5]),
        held=np.array([ends["held"]]),
        lower=np.array([ends["lower"]]),
        upper=np.array([ends["upper"]]),
        lower_name=("lower",),
        upper_name=("upper",),
        buy_cost=np.zeros(1),
        lots=lots,
        sizes=replace(sizes, **own),
    )

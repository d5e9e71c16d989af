# SPDX-License-Identifier: Apache-2.0
"""Programs where arithmetic may go wrong: each a plain account with one thing odd."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from di_optimizer.program.program import LotArrays, Program, Row
from support.programs import Shape, cash_row, random_program


def base(seed: int = 3, **changes: float) -> Program:
    """An account of five securities with three lots each, give or take."""
    return random_program(seed, Shape(**changes))


def with_lots(program: Program, **columns: np.ndarray) -> Program:
    """The program with other columns of its lots."""
    return replace(program, lots=replace(program.lots, **columns))


def loose(program: Program) -> Program:
    """The program without limits of single securities."""
    n = program.n
    return replace(program, lower=np.zeros(n), upper=np.ones(n) * 2.0)


def without_lots(program: Program) -> Program:
    """All in cash."""
    none = np.zeros(0)
    lots = LotArrays.free(
        security=np.zeros(0, dtype=np.int64),
        weight=none,
        gain=none,
        rate=none,
        long_term=np.zeros(0, dtype=np.bool_),
        sell_cost=none,
    )
    row = cash_row(program.n, lots, 1.0, (0.0, 0.01))
    held = np.zeros(program.n)
    return replace(loose(program), lots=lots, held=held, rows=(row,))


def badly_scaled() -> Program:
    """Lots of 1e-9 of the account beside one of half of it."""
    program = loose(base(securities=4))
    weight = program.lots.weight.copy()
    first = np.flatnonzero(program.lots.security != program.lots.security[0])
    weight[first[::2]] *= 1e-8
    weight *= 0.98 / weight.sum()
    held = np.bincount(program.lots.security, weights=weight, minlength=program.n)
    row = replace(program.rows[0], offset=1.0 - float(held.sum()))
    program = replace(program, held=held.astype(np.float64), rows=(row,))
    return with_lots(program, weight=weight, cap=weight)


def not_for_sale_at_the_market() -> Program:
    """A fifth of the benchmark cannot be bought."""
    program = loose(base())
    upper = program.upper.copy()
    upper[0], upper[2] = program.held[0], 0.0
    benchmark = program.benchmark.copy()
    benchmark[0] += 0.2
    return replace(program, upper=upper, benchmark=benchmark / benchmark.sum())


def gains(*, low: float, high: float) -> Program:
    """Every other lot has one gain per unit, the rest the other one."""
    program = loose(base())
    odd = np.arange(len(program.lots)) % 2 == 0
    return with_lots(program, gain=np.where(odd, low, high))


def withdrawal() -> Program:
    """All has to go: of the base, which is the value before the flow, none is left."""
    program = loose(base())
    row = replace(program.rows[0], offset=1.0 - program.held.sum() - 0.999)
    row = replace(row, lower=0.0, upper=0.01)
    return replace(program, rows=(row,))


def full_withdrawal() -> Program:
    """Nothing is left to hold: every limit is zero, costs come from cash."""
    program = base()
    cost = 1e-4 * float(program.held.sum())
    row = replace(program.rows[0], offset=0.0, lower=-np.inf, upper=np.inf)
    assert cost > 0.0
    return replace(loose(program), upper=np.zeros(program.n), rows=(row,))


def equality() -> Program:
    """Cash and a sector to the last digit."""
    program = loose(base())
    row = replace(program.rows[0], lower=0.01, upper=0.01)
    part = np.arange(program.n) % 2 * 1.0
    now = float(part @ program.held)
    sector = Row(
        name="sector",
        buy=part,
        sell=-part[program.lots.security],
        offset=now,
        lower=0.4,
        upper=0.4,
        lower_name="sector.minimum",
        upper_name="sector.maximum",
    )
    return replace(program, rows=(row, sector))


def open_ended() -> Program:
    """Rows that have one end, or none."""
    program = equality()
    cash, sector = program.rows
    free = replace(sector, name="free", lower=-np.inf, upper=np.inf)
    rows = (
        replace(cash, lower=0.0, upper=np.inf),
        replace(sector, lower=-np.inf),
        free,
    )
    return replace(program, rows=rows)


def optimal() -> Program:
    """The account is the benchmark, without any gain: it stays as it is."""
    program = loose(base())
    lots = replace(program.lots, gain=np.zeros(len(program.lots)))
    total = float(program.held.sum())
    cash = replace(program.rows[0], offset=1.0 - total, lower=0.0, upper=0.05)
    return replace(program, benchmark=program.held.copy(), lots=lots, rows=(cash,))


def same_security_twice() -> Program:
    """Two securities that nothing but their lots tells apart."""
    program = loose(base(securities=4))
    weight = np.array([0.05, 0.05, 0.08, 0.02, 0.4, 0.38])
    lots = LotArrays.free(
        security=np.array([0, 0, 1, 1, 2, 3]),
        weight=weight,
        gain=np.array([-0.1, 0.2, -0.1, 0.2, 0.1, -0.3]),
        rate=np.full(6, 0.4),
        long_term=np.zeros(6, dtype=np.bool_),
        sell_cost=np.full(6, 1e-4),
    )
    held = np.array([0.1, 0.1, 0.4, 0.38])
    exposures, specific = program.exposures.copy(), program.specific.copy()
    benchmark = program.benchmark.copy()
    exposures[1], specific[1], benchmark[1] = exposures[0], specific[0], benchmark[0]
    return replace(
        program,
        exposures=exposures,
        specific=specific,
        benchmark=benchmark,
        held=held,
        lots=lots,
        rows=(cash_row(4, lots, 0.02, (0.0, 0.01)),),
    )


def _twice(exposures: np.ndarray) -> np.ndarray:
    return np.hstack([exposures, exposures[:, :1], exposures])


EDGES = {
    "as it is": lambda: loose(base()),
    "badly scaled": badly_scaled,
    "no specific risk": lambda: replace(loose(base()), specific=np.zeros(5)),
    "one without specific risk": lambda: replace(
        loose(base()), specific=np.array([0.0, 0.02, 0.02, 0.0, 0.1])
    ),
    "one name": lambda: base(securities=1),
    "no lots": lambda: without_lots(base()),
    "all at a loss": lambda: gains(low=-0.5, high=-0.01),
    "all at a gain": lambda: gains(low=0.5, high=0.01),
    "factors twice": lambda: replace(base(), exposures=_twice(base().exposures)),
    "no exposures": lambda: replace(base(), exposures=np.zeros((5, 2))),
    "no factors": lambda: replace(base(), exposures=np.zeros((5, 0))),
    "no risk at all": lambda: replace(
        loose(base()), exposures=np.zeros((5, 2)), specific=np.zeros(5)
    ),
    "cannot be bought": not_for_sale_at_the_market,
    "lots at 1 % and 100 times": lambda: gains(low=0.99, high=-99.0),
    "nearly all withdrawn": withdrawal,
    "all withdrawn": full_withdrawal,
    "no price of risk": lambda: replace(loose(base()), gamma=0.0),
    "a tiny price of risk": lambda: replace(loose(base()), gamma=1e-12),
    "a huge price of risk": lambda: replace(loose(base()), gamma=1e6),
    "equalities": equality,
    "open ends": open_ended,
    "optimal": optimal,
    "two of a kind": same_security_twice,
}

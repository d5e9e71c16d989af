# SPDX-License-Identifier: Apache-2.0
"""The true optimum of a tiny program with sizes and counts, by trying everything.

:func:`sized_optimum` goes through every mode of every group, every piece of the bill
and, of every security, each kind of trade: each whole number of steps where there are
steps, a whole range where there are none. What is left open at such a choice (amounts
without steps, which lots) is a convex problem, solved by itself. The least of all is
the optimum over all plans; as a limit where a sale or a purchase may be of any size
above nothing (x → 0+ counts as held, u → 0+ as traded). It shares no code with the
engines and proves no more than that the choices are all there are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import clarabel
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_matrix

from di_optimizer.program.program import Program, Row, at_modes
from di_optimizer.program.sizes import BUY, EXIT, SELL
from support.programs import pieces_of
from support.sized_options import Option, counted, options_of, ticket

MOST = 300_000  # choices; more of them are no tiny program
DUST = 1e-12
REDUCED = 1e-7  # what an almost solved cone program is solved to
BP = 1e4


def sized_optimum(program: Program) -> float:
    """Least objective of all plans; inf where there is none.

    What modes charge is part of it: with wash sales that may be below the true cost.

    Raises
    ------
    ValueError
        Where there are too many choices to try them all.
    """
    best = np.inf
    for modes in itertools.product(*(range(len(g.modes)) for g in program.groups)):
        fixed = at_modes(program, np.array(modes, dtype=np.int64))
        options = [options_of(fixed, i) for i in range(fixed.n)]
        count = int(np.prod([len(several) for several in options]))
        if count > MOST:
            raise ValueError(f"{count} choices are too many")
        for piece in pieces_of(fixed):
            if not any(option.open for several in options for option in several):
                best = min(best, _settled(piece, options, best))
                continue
            for chosen in itertools.product(*options):
                if _counts_fit(piece, chosen):
                    best = min(best, _at(piece, chosen))
    return best


def _counts_fit(program: Program, chosen: Sequence[Option]) -> bool:
    """Whether rows about nothing but counts are kept."""
    for row in program.rows:
        if row.buy.any() or row.sell.any() or row.short or row.long:
            continue
        value = row.offset + _count(program, row, chosen)
        if not row.lower - 1e-9 <= value <= row.upper + 1e-9:
            return False
    return True


def _count(program: Program, row: Row, chosen: Sequence[Option]) -> float:
    return sum(counted(program, row, i, option) for i, option in enumerate(chosen))


def _settled(program: Program, options: list[list[Option]], best: float) -> float:
    """The optimum where every amount is settled, and only lots are to be chosen.

    Choices are tried in the order of what they would cost with the cheapest lots,
    until that is more than the best: it is least whatever the rows say about lots.
    """
    choices = np.array(
        list(itertools.product(*(range(len(several)) for several in options)))
    ).reshape(-1, program.n)
    if not len(choices):
        return np.inf
    trade, cost = _tables(program, options)
    at = (np.arange(program.n)[None, :], choices)
    active = (program.held - program.benchmark)[None, :] + trade[at]
    covariance = program.exposures @ program.exposures.T + np.diag(program.specific)
    variance = np.einsum("ci,ij,cj->c", active, covariance, active)
    value = program.gamma * variance + cost[at].sum(axis=1) + program.constant
    value = np.where(variance <= program.variance_cap + DUST, value, np.inf)
    for row in program.rows:
        least, most = (t[at].sum(axis=1) for t in _reach(program, row, options))
        fits = (least <= row.upper + 1e-9) & (most >= row.lower - 1e-9)
        value = np.where(fits, value, np.inf)
    for order in np.argsort(value, kind="stable"):
        if value[order] >= best:
            return best
        chosen = [
            several[k] for several, k in zip(options, choices[order], strict=True)
        ]
        lots = _lots_cost(program, chosen)
        best = min(best, float(value[order] - _cheapest(program, chosen) + lots))
    return best


def _tables(program: Program, options: list[list[Option]]) -> tuple[np.ndarray, ...]:
    """Change of weight and cost of every option, (n, options)."""
    shape = (program.n, max(len(several) for several in options))
    trade, cost = np.zeros(shape), np.zeros(shape)
    for i, several in enumerate(options):
        for k, option in enumerate(several):
            buying = option.kind == BUY
            trade[i, k] = option.low if buying else -option.low
            cost[i, k] = ticket(program, i, option)
            cost[i, k] += program.buy_cost[i] * option.low if buying else 0.0
            cost[i, k] += _cheapest_of(program, i, option)
    return trade, cost


def _reach(
    program: Program, row: Row, options: list[list[Option]]
) -> tuple[np.ndarray, np.ndarray]:
    """Least and most that every option adds to a row, whatever lots, (n, options)."""
    shape = (program.n, max(len(several) for several in options))
    least, most = np.zeros(shape), np.zeros(shape)
    lines = _on_lots(program, row)
    for i, several in enumerate(options):
        own = lines[program.lots.security == i]
        for k, option in enumerate(several):
            kind = counted(program, row, i, option) + row.offset / program.n
            ends = own if option.kind in (EXIT, SELL) else row.buy[i : i + 1]
            least[i, k] = kind + option.low * float(ends.min(initial=np.inf))
            most[i, k] = kind + option.low * float(ends.max(initial=-np.inf))
    return least, most


def _cheapest(program: Program, chosen: list[Option]) -> float:
    return sum(_cheapest_of(program, i, option) for i, option in enumerate(chosen))


def _cheapest_of(program: Program, i: int, option: Option) -> float:
    """The cost of a sale from the cheapest lots, their floors first."""
    if option.kind not in (EXIT, SELL):
        return 0.0
    lots, own = program.lots, np.flatnonzero(program.lots.security == i)
    unit = lots.gain * lots.rate + lots.sell_cost + lots.charge
    left = option.low - float(lots.floor[own].sum())
    total = float(unit[own] @ lots.floor[own])
    for j in own[np.argsort(unit[own], kind="stable")]:
        taken = min(max(left, 0.0), float(lots.cap[j] - lots.floor[j]))
        total, left = total + taken * float(unit[j]), left - taken
    return total


def _lots_cost(program: Program, chosen: list[Option]) -> float:
    """Least cost of lots that sell what is chosen within the rows; inf for none."""
    lots, rows = program.lots, program.rows
    unit = lots.gain * lots.rate + lots.sell_cost + lots.charge
    bought = np.array([o.low if o.kind == BUY else 0.0 for o in chosen])
    sold = np.array([o.low if o.kind in (EXIT, SELL) else 0.0 for o in chosen])
    kinds = [_count(program, row, chosen) for row in rows]
    rest = np.array(
        [r.offset + r.buy @ bought + c for r, c in zip(rows, kinds, strict=True)]
    )
    low = np.array([row.lower for row in rows]) - rest - 1e-10
    high = np.array([row.upper for row in rows]) - rest + 1e-10
    if not len(lots):
        return 0.0 if np.all(low <= 0.0) and np.all(high >= 0.0) else np.inf
    lines = np.array([_on_lots(program, row) for row in rows]).reshape(len(rows), -1)
    owner = np.zeros((program.n, len(lots)))
    owner[lots.security, np.arange(len(lots))] = 1.0
    own = owner.any(axis=1)
    if np.any(sold[~own] > 0.0):
        return np.inf
    within = [np.isfinite(high), np.isfinite(low)]
    ends = BP * lots.floor, BP * np.maximum(lots.cap, lots.floor)
    solved = linprog(
        unit,
        A_ub=np.vstack([lines[within[0]], -lines[within[1]]]),
        b_ub=BP * np.concatenate([high[within[0]], -low[within[1]]]),
        A_eq=owner[own],
        b_eq=BP * sold[own],
        bounds=list(zip(*(end.tolist() for end in ends), strict=True)),
        options={"primal_feasibility_tolerance": 1e-9},
    )
    if solved.status != 0:
        return np.inf
    return float(unit @ np.asarray(solved.x)) / BP


def _on_lots(program: Program, row: Row) -> np.ndarray:
    by_term = np.where(program.lots.long_term, row.long, row.short)
    return row.sell + by_term * program.lots.gain


def _at(program: Program, chosen: tuple[Option, ...]) -> float:
    """The optimum at chosen kinds, some of them with a range of amounts."""
    lots, n, m = program.lots, program.n, len(program.lots)
    owner = np.zeros((n, m))
    owner[lots.security, np.arange(m)] = 1.0
    selling = np.array([o.kind in (EXIT, SELL) for o in chosen])
    low = np.array([o.low for o in chosen])
    high = np.array([o.high for o in chosen])
    buying = np.array([o.kind == BUY for o in chosen])
    if np.any(selling & ~owner.any(axis=1)):
        return np.inf
    free = np.concatenate([buying, selling[lots.security]])
    move = np.hstack([np.eye(n), -owner])[:, free]
    amount = np.hstack([np.eye(n), owner])[:, free]
    unit = lots.gain * lots.rate + lots.sell_cost + lots.charge
    cost = np.concatenate([program.buy_cost, unit])[free]
    lines, ends = [], []
    for row in program.rows:
        line = np.concatenate([row.buy, _on_lots(program, row)])[free]
        count = _count(program, row, chosen)
        for sign, end in ((1.0, row.upper), (-1.0, row.lower)):
            if np.isfinite(end):
                lines.append(sign * line)
                ends.append(sign * (end - row.offset - count))
    boxes = np.eye(m)[:, selling[lots.security]]
    boxes = np.hstack([np.zeros((m, int(buying.sum()))), boxes])[selling[lots.security]]
    sold = selling[lots.security]
    ranged, tied = (high > low) & (buying | selling), (high <= low) & (buying | selling)
    lines += [*boxes, *-boxes, *amount[ranged], *-amount[ranged]]
    ends += [*lots.cap[sold], *-lots.floor[sold], *high[ranged], *-low[ranged]]
    fixed = sum(ticket(program, i, o) for i, o in enumerate(chosen)) + program.constant
    start = program.held - program.benchmark
    problem = _Problem(
        move=move,
        linear=cost,
        lines=np.array(lines).reshape(len(ends), int(free.sum())),
        ends=np.array(ends),
        equal=amount[tied],
        exact=high[tied],
    )
    return _least(program, problem, start) + fixed


@dataclass(frozen=True, kw_only=True)
class _Problem:
    """linear z and risk of move z, where lines z ≤ ends and equal z = exact."""

    move: np.ndarray
    linear: np.ndarray
    lines: np.ndarray
    ends: np.ndarray
    equal: np.ndarray
    exact: np.ndarray


def _least(program: Program, problem: _Problem, start: np.ndarray) -> float:
    """Least value; inf where nothing is feasible. The cap is a cone."""
    root = np.vstack([program.exposures.T, np.diag(np.sqrt(program.specific))])
    size, most = problem.move.shape[1], float(np.sqrt(program.variance_cap))
    base = float(np.sum((root @ start) ** 2))
    if size == 0:
        fits = np.all(problem.ends >= -1e-10) and np.sqrt(base) <= most + 1e-10
        return program.gamma * base if fits else np.inf
    matrix = root @ problem.move
    quadratic = 2.0 * program.gamma * matrix.T @ matrix
    linear = problem.linear + 2.0 * program.gamma * matrix.T @ (root @ start)
    lines = [problem.equal, problem.lines]
    ends = [problem.exact, problem.ends + 1e-11]
    cones = [
        clarabel.ZeroConeT(len(problem.exact)),
        clarabel.NonnegativeConeT(len(problem.ends)),
    ]
    if np.isfinite(most):
        lines += [np.zeros((1, size)), -matrix]
        ends += [np.array([most]), root @ start]
        cones.append(clarabel.SecondOrderConeT(1 + len(root)))
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    for tolerance in (1e-10, 1e-9, 1e-8, 1e-7):
        settings.tol_gap_abs = settings.tol_gap_rel = tolerance
        settings.tol_feas = tolerance
        settings.reduced_tol_gap_abs = settings.reduced_tol_gap_rel = REDUCED
        settings.reduced_tol_feas = REDUCED
        solved = clarabel.DefaultSolver(
            csc_matrix(np.triu(BP * quadratic)),
            BP * linear,
            csc_matrix(np.vstack(lines)),
            np.concatenate(ends),
            cones,
            settings,
        ).solve()
        if str(solved.status) == "Solved":
            return float(solved.obj_val) / BP + program.gamma * base
        if "Infeasible" in str(solved.status):
            return np.inf
    if str(solved.status) == "AlmostSolved":
        return float(solved.obj_val) / BP + program.gamma * base
    raise AssertionError(f"the enumeration ended as {solved.status}")

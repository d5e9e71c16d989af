# SPDX-License-Identifier: Apache-2.0
"""Why no plan exists: the named limits in conflict, each with an amount.

An elastic linear program lets every named limit give way at a price of one per unit
of base and minimises the total. Where that total is above zero, no plan exists (the
linear program admits more than the account does), and the limits with a price are
the ones in conflict. Each of them is then tried alone. Sizes and counts are asked
about where the linear program has nothing to say.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from di_optimizer.program.program import Floats, Program, at_modes
from di_optimizer.solve.elastic import elastic_of, least_slack
from di_optimizer.solve.groups import totals
from di_optimizer.solve.sized_conflicts import sized_conflicts
from di_optimizer.solve.solution import Conflict

SMALL = 1e-9  # fraction of base; below it a limit counts as met
MOST = 25  # limits tried alone
MOST_MODES = 64  # combinations of modes tried to prove that none fits


def find_conflicts(program: Program) -> tuple[Conflict, ...]:
    """Return the limits in conflict, those that suffice alone first; () if none.

    Amounts are fractions of base. Where no single limit suffices, every returned
    one has to give way by its amount, together.
    """
    elastic = elastic_of(program)
    named = np.flatnonzero([bool(name) for name in elastic.names])
    together, prices = least_slack(elastic, named)
    if together is None or together.sum() <= SMALL:
        return sized_conflicts(program)
    suspects = named[(prices > SMALL) | (together > SMALL)].tolist()
    lines: dict[str, list[int]] = {}
    for row in named.tolist():
        lines.setdefault(elastic.names[row], []).append(row)
    alone = []
    for name in [*dict.fromkeys(elastic.names[row] for row in suspects)][:MOST]:
        slack, _ = least_slack(elastic, np.array(lines[name]))
        if slack is not None:
            alone.append(_conflict(name, slack.sum(), alone=True))
    if alone:
        return tuple(sorted(alone, key=lambda c: (c.amount, c.name)))
    amounts: dict[str, float] = {}
    for row, amount in zip(named.tolist(), together.tolist(), strict=True):
        if amount > SMALL:
            name = elastic.names[row]
            amounts[name] = amounts.get(name, 0.0) + amount
    return tuple(_conflict(n, amount, alone=False) for n, amount in amounts.items())


def row_prices(program: Program) -> Floats:
    """Return multipliers of the rows along which the dual function rises, (rows,).

    Where only the rows make the program infeasible, some multiple of them proves
    it; zero where a plan may exist.
    """
    elastic = elastic_of(program)
    rows = np.flatnonzero(elastic.row >= 0)
    slack, prices = least_slack(elastic, rows)
    if slack is None or slack.sum() <= SMALL:
        return np.zeros(len(program.rows))
    signed = prices * elastic.sign[rows]
    return totals(elastic.row[rows], signed, len(program.rows))


def missing(program: Program) -> float:
    """Return by how much limits, named or not, have to give way in all; 0 for none."""
    elastic = elastic_of(program)
    slack, _ = least_slack(elastic, np.arange(len(elastic.names)))
    total = np.inf if slack is None else float(slack.sum())
    return total if total > SMALL else 0.0


def mode_conflicts(program: Program) -> tuple[Conflict, ...]:
    """Return the groups in conflict with the other limits where no modes fit.

    Proven by trying all combinations; () where one may fit or they are too many.
    """
    counts = [range(len(group.modes)) for group in program.groups]
    if not counts or math.prod(map(len, counts)) > MOST_MODES:
        return ()
    combined = (np.array(modes, dtype=np.int64) for modes in itertools.product(*counts))
    least = min(missing(at_modes(program, modes)) for modes in combined)
    if least == 0.0:
        return ()
    return tuple(_conflict(g.name, least, alone=False) for g in program.groups)


def _conflict(name: str, amount: float, *, alone: bool) -> Conflict:
    return Conflict(name=name, amount=float(amount), alone=alone)

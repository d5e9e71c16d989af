# SPDX-License-Identifier: Apache-2.0
"""The least that limits have to give way together, the less important ones first.

A lever is one limit as a person sets it: it moves several lines of the program at
once, each by its own factor. Levels are solved in turn, the most important first:
those of a level give way as little as they can while all less important ones may give
way without end, and what they need is then fixed.

Reference: Sherali and Soyster, Preemptive and nonpreemptive multi-objective
programming, 1983.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csc_array, hstack

from di_optimizer.program.program import Floats
from di_optimizer.solve.elastic import Elastic

SMALL = 1e-9  # fraction of base; below it a limit counts as met
ROOM = 1e-10  # fraction of base by which a fixed level may be exceeded: solver noise


@dataclass(frozen=True)
class Lever:
    """One limit: the lines that it moves, by how much a unit of it, and its most.

    ``lines`` are numbers of lines of an :class:`Elastic`, ``factors`` their moves.
    """

    name: str
    lines: tuple[int, ...]
    factors: tuple[float, ...]
    most: float = np.inf

    @property
    def price(self) -> float:
        """What a unit is in fractions of base: the largest move of a line."""
        return max(self.factors)


def levers_of(
    elastic: Elastic,
    factors: Mapping[str, tuple[str, float]],
    most: Mapping[str, float],
) -> tuple[Lever, ...]:
    """Return the levers behind the lines of a program, by name.

    Parameters
    ----------
    factors : mapping of str to (str, float)
        Lever and factor by the name of a line; lines without one cannot give way.
    most : mapping of str to float
        The most that each lever moves; without one there is no end.
    """
    found: dict[str, list[tuple[int, float]]] = {}
    for line, name in enumerate(elastic.names):
        if name in factors:
            lever, factor = factors[name]
            found.setdefault(lever, []).append((line, factor))
    return tuple(
        Lever(
            name=name,
            lines=tuple(line for line, _ in pairs),
            factors=tuple(factor for _, factor in pairs),
            most=most.get(name, np.inf),
        )
        for name, pairs in sorted(found.items())
    )


def least_relaxation(
    elastic: Elastic, levels: Sequence[Sequence[Lever]]
) -> dict[str, float] | None:
    """Return how far each lever has to move, by name; those that need not are left out.

    No lever of the result can be left where it was, the others being free to move as
    far as they like within their own level and below.

    Parameters
    ----------
    levels : sequence of sequences of Lever
        The most important level first.

    Returns
    -------
    dict or None
        Empty where all limits can be met as they are; None where they cannot be met
        however far the levers move.
    """
    fixed: dict[str, float] = {}
    for number, level in enumerate(levels):
        free = [lever for later in levels[number:] for lever in later]
        moved = _solved(elastic, free, level, fixed, levels)
        if moved is None:
            return None
        amounts = {lever.name: moved[lever.name] for lever in level}
        kept = _few(elastic, level, amounts, fixed, levels[number + 1 :], levels)
        fixed |= kept
    return {name: amount for name, amount in fixed.items() if amount > 0.0}


def _few(
    elastic: Elastic,
    level: Sequence[Lever],
    amounts: dict[str, float],
    fixed: Mapping[str, float],
    later: Sequence[Sequence[Lever]],
    levels: Sequence[Sequence[Lever]],
) -> dict[str, float]:
    """Return moves of a level of which none can be left out, large ones kept.

    One that the others can do without is left out, though they then move further.
    """
    wanted = [lever for lever in level if amounts[lever.name] * lever.price > SMALL]
    wanted.sort(key=lambda lever: (amounts[lever.name] * lever.price, lever.name))
    below = [lever for other in later for lever in other]
    for lever in list(wanted):
        rest = [one for one in wanted if one is not lever]
        moved = _solved(elastic, [*rest, *below], rest, fixed, levels)
        if moved is not None:
            wanted = rest
            amounts = {one.name: moved[one.name] for one in rest}
    return {lever.name: amounts[lever.name] for lever in wanted}


def _solved(
    elastic: Elastic,
    free: Iterable[Lever],
    priced: Sequence[Lever],
    fixed: Mapping[str, float],
    levels: Sequence[Sequence[Lever]],
) -> dict[str, float] | None:
    """Return the cheapest moves of free levers, fixed ones given; None for none."""
    every = [*free]
    right = elastic.right + _given(elastic, fixed, levels)
    rows, columns = elastic.matrix.shape
    entries, places = [], ([], [])  # type: ignore[var-annotated]
    for column, lever in enumerate(every):
        entries += [-factor for factor in lever.factors]
        places[0].extend(lever.lines)
        places[1].extend([column] * len(lever.lines))
    moves = coo_array((entries, places), shape=(rows, len(every)))
    names = {lever.name for lever in priced}
    prices = [lever.price if lever.name in names else 0.0 for lever in every]
    answer: Any = linprog(  # type: ignore[call-overload]
        np.concatenate([np.zeros(columns), prices]),
        A_ub=csc_array(hstack([elastic.matrix, moves])),
        b_ub=right,
        bounds=np.column_stack(
            [
                np.zeros(columns + len(every)),
                np.concatenate([elastic.high, [lever.most for lever in every]]),
            ]
        ),
        method="highs",
    )
    if answer.status != 0:
        return None
    amounts: list[float] = answer.x[columns:].tolist()
    return dict(zip((lever.name for lever in every), amounts, strict=True))


def _given(
    elastic: Elastic, fixed: Mapping[str, float], levels: Sequence[Sequence[Lever]]
) -> Floats:
    """Return by how much each line is moved by levers whose amounts are known."""
    moved = np.zeros(len(elastic.names))
    for lever in (lever for level in levels for lever in level):
        if fixed.get(lever.name, 0.0) > 0.0:
            amount = fixed[lever.name] + ROOM / lever.price
            moved[list(lever.lines)] += amount * np.array(lever.factors)
    return moved

# SPDX-License-Identifier: Apache-2.0
"""Cuts as rows: what a curb says in one direction.

No plan within a curb breaks any of its cuts, so a bound on the plans within some cuts
is one on the plans within the curb. A cut is checked when it is read: its direction
has to be one that the curb admits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from di_optimizer.program.program import Program, Row
from di_optimizer.solve.solution import Cut


def with_cut_rows(
    program: Program, cuts: Sequence[Cut], margin: float = 0.0
) -> Program:
    """Return the program with cuts as its last rows, and without curbs.

    Parameters
    ----------
    margin : float
        By how much the rows are tighter than the curbs, for plans that are to keep
        within them; a bound is that of the curbs only where it is 0.

    Raises
    ------
    ValueError
        For a cut that is none of its curb.
    """
    rows = tuple(_row(program, cut, margin) for cut in cuts)
    return replace(program, rows=(*program.rows, *rows), curbs=())


def _row(program: Program, cut: Cut, margin: float) -> Row:
    curb = program.curbs[cut.curb]
    if not curb.admits(cut.direction):
        raise ValueError(f"a cut that '{curb.name}' does not admit")
    c, at_benchmark = curb.coefficients(cut.direction)
    buy, first = c.copy(), program.securities
    for number, slack in enumerate(program.slacks):
        if slack.curb == cut.curb:
            buy[first + number] = -1.0
    return Row(
        name=curb.name,
        buy=buy,
        sell=-c[program.lots.security],
        offset=float(c @ program.held) - at_benchmark,
        lower=-np.inf,
        upper=curb.limit - margin,
        lower_name="",
        upper_name=curb.name,
    )

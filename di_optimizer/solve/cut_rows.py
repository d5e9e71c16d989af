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

from di_optimizer.program.curbs import RiskCurb
from di_optimizer.program.program import Program, Row
from di_optimizer.solve.risk_curbs import at_price, is_risk
from di_optimizer.solve.solution import Cut


def with_cut_rows(
    program: Program, cuts: Sequence[Cut], margin: float = 0.0
) -> Program:
    """Return the program with cuts as its last rows, and without curbs.

    A cut with a price is a row of nothing, and a part of the objective.

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
    priced = program
    for cut in cuts:
        curb = program.curbs[cut.curb]
        if cut.price and isinstance(curb, RiskCurb):
            priced = at_price(priced, curb, cut.price)
    return replace(priced, rows=(*program.rows, *rows), curbs=())


def _row(program: Program, cut: Cut, margin: float) -> Row:
    curb = program.curbs[cut.curb]
    if cut.price and is_risk(curb) and cut.price > 0.0:
        return _nothing(program, curb.name)
    if cut.price or not curb.admits(cut.direction):
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


def _nothing(program: Program, name: str) -> Row:
    """Return a row that is always 0, in the place of a price."""
    return Row(
        name=name,
        buy=np.zeros(program.n),
        sell=np.zeros(len(program.lots)),
        offset=0.0,
        lower=-np.inf,
        upper=0.0,
        lower_name="",
        upper_name=name,
    )

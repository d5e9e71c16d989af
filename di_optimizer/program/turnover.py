# SPDX-License-Identifier: Apache-2.0
"""How much may be traded: turnover as a row, volume as limits of each security.

A position that may not be held is sold as far as volume allows: what is left stays
until another day.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import ZERO, exact
from di_optimizer.program.draft import Draft
from di_optimizer.program.groups import Floats
from di_optimizer.program.program import Program, Row
from di_optimizer.program.steps import step

MAX_TURNOVER = "turnover.maximum"
VOLUME = "turnover.adv"
NOISE = 1e-12  # a weight this close to a limit is on it


def turnover_rows(draft: Draft) -> Sequence[Row]:
    """Return the row of ``turnover.maximum``, or none.

    Turnover is half of purchases and sales, less half of the due cash flow, whichever
    way it goes: what an account that trades for nothing else turns over.
    """
    most = draft.job.policy.turnover.maximum
    if most is None:
        return ()
    flow = abs(draft.job.account.flow_due(draft.job.on))
    return (
        Row(
            name=MAX_TURNOVER,
            buy=np.full(draft.program.n, 0.5),
            sell=np.full(len(draft.program.lots), 0.5),
            offset=0.0,
            lower=-np.inf,
            upper=most * draft.scale + float(flow / draft.base) / 2.0,
            lower_name="",
            upper_name=MAX_TURNOVER,
        ),
    )


def within_volume(draft: Draft) -> Program:
    """Return the program with weights limited by ``turnover.adv``.

    Raises
    ------
    InputError
        Naming every security that may be traded and has no ``adv``.
    """
    program = draft.program
    if draft.job.policy.turnover.adv is None:
        return program
    held = program.held
    idle = (program.lower >= held - NOISE) & (program.upper <= held + NOISE)
    traded = np.flatnonzero(~idle).tolist()
    _check_volumes(draft, [draft.universe.symbols[i] for i in traded])
    return _limited(draft, _weights(draft, traded))


def _check_volumes(draft: Draft, symbols: Sequence[str]) -> None:
    quotes = draft.job.market.quotes
    problems = [
        Problem(
            file="prices",
            column="adv",
            found=f"no volume of {symbol}",
            allowed=f"one of each security that may be traded, as {VOLUME} is set",
        )
        for symbol in symbols
        if quotes[symbol].adv is None
    ]
    if problems:
        raise InputError(problems)


def volume_shares(draft: Draft, symbol: str) -> Decimal:
    """Return the most shares of a security that may be traded, in whole steps.

    Of an account's part of the day's volume; none where that is below the least
    trade.
    """
    job = draft.job
    part, volume = job.policy.turnover.adv, job.market.quotes[symbol].adv
    cap = Fraction(exact(part or 0.0)) * Fraction(exact(volume or 0.0))
    size = step(job.account, job.market, job.policy, symbol)
    shares = math.floor(cap * job.volume_share / Fraction(size)) * size
    small = shares * job.market.price(symbol) < exact(job.policy.trading.min_trade)
    return ZERO if small else shares


def _weights(draft: Draft, numbers: Sequence[int]) -> Floats:
    """Return what may be traded of each security, fractions of base, (n,); or inf."""
    most = np.full(draft.program.n, np.inf)
    for i in numbers:
        symbol = draft.universe.symbols[i]
        value = volume_shares(draft, symbol) * draft.job.market.price(symbol)
        most[i] = float(value / draft.base)
    return most


def _limited(draft: Draft, most: Floats) -> Program:
    """Return the program with trades of at most ``most``.

    What must be sold or bought is, as far as that allows.
    """
    program, symbols = draft.program, draft.universe.symbols
    low, high = program.held - most, program.held + most
    lower, upper = (np.clip(end, low, high) for end in (program.lower, program.upper))
    lower_name, upper_name = [*program.lower_name], [*program.upper_name]
    for i in np.flatnonzero(lower != program.lower).tolist():
        lower_name[i] = f"{VOLUME} on {symbols[i]}"
    for i in np.flatnonzero(upper != program.upper).tolist():
        upper_name[i] = f"{VOLUME} on {symbols[i]}"
    return replace(
        program,
        lower=lower,
        upper=upper,
        lower_name=tuple(lower_name),
        upper_name=tuple(upper_name),
    )

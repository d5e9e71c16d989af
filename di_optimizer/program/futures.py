# SPDX-License-Identifier: Apache-2.0
"""Futures in accounts whose gains are taxed: what is not modelled is not traded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from di_optimizer.errors import InputError, Problem
from di_optimizer.program.groups import Floats
from di_optimizer.program.job import Job
from di_optimizer.program.limits import Limits
from di_optimizer.universe import Universe


def check_futures(
    job: Job, universe: Universe, held: Floats, bounds: Sequence[Limits]
) -> None:
    """Refuse futures that a taxable account could trade.

    Raises
    ------
    InputError
        Naming each.

    References
    ----------
    IRC § 1256: futures are marked to market at year end, 60 % of a gain is long-term.
    """
    problems = [*_taxed(job, universe, held, bounds)]
    if problems:
        raise InputError(problems)


def _taxed(
    job: Job, universe: Universe, held: Floats, bounds: Sequence[Limits]
) -> Iterator[Problem]:
    for symbol, weight, limit in zip(
        universe.symbols, held.tolist(), bounds, strict=True
    ):
        closed = limit.lower.weight >= weight >= limit.upper.weight
        if job.taxed and job.market.is_future(symbol) and not closed:
            yield Problem(
                file=f"account '{job.account.account}'",
                found=f"the future {symbol} in a taxable account",
                allowed="futures in accounts that are not taxed: how they are taxed "
                "(IRC § 1256) is not modelled",
                todo="Close it with a no_trade restriction.",
            )

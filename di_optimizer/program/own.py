# SPDX-License-Identifier: Apache-2.0
"""The facts of an account that terms of one's own are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from di_optimizer.exact import exact
from di_optimizer.market import Market
from di_optimizer.own_terms.columns import columns_of
from di_optimizer.own_terms.load import own_terms
from di_optimizer.own_terms.values import Facts, Line
from di_optimizer.program.draft import Draft
from di_optimizer.program.program import Floats, Program, Row


def with_own(draft: Draft) -> Program:
    """Return the program with the terms that the policy names.

    Affine constraints are rows as any other; what is left needs cvxpy.

    Raises
    ------
    InputError
        When one cannot be found or is no convex term.
    """
    job, program = draft.job, draft.program
    if not job.policy.terms:
        return program
    file = f"policy of account '{job.account.account}'"
    own = own_terms(job.policy.terms, _facts(draft), file=file)
    if own is None:
        return program
    ticket = float(exact(job.policy.trading.ticket) / draft.base)
    rows = [_row(line, program, ticket) for line in own.lines()]
    return replace(program, rows=(*program.rows, *rows), own=own.curved())


def _row(line: Line, program: Program, ticket: float) -> Row:
    paid = line.tickets * ticket
    return Row(
        name=line.name,
        buy=line.buys,
        sell=line.sells,
        offset=line.constant,
        lower=line.lower,
        upper=line.upper,
        lower_name=line.name,
        upper_name=line.name,
        trades=np.full(program.n, paid) if paid else None,
    )


def _facts(draft: Draft) -> Facts:
    program, job, base = draft.program, draft.job, draft.base
    symbols, lots = draft.universe.symbols, program.lots
    charge = 0.0 if program.buy_charge is None else program.buy_charge
    futures = np.array([job.market.is_future(s) for s in symbols], dtype=np.bool_)
    at_once = job.policy.trading.futures_cost == "immediate"
    late = program.buy_cost - charge if at_once else 0.0
    cash = job.account.cash_amount() + job.account.flow_due(job.on)
    return Facts(
        symbols=symbols,
        lot_ids=tuple(view.lot.lot_id for view in draft.views),
        lot_security=lots.security,
        held=program.held,
        benchmark=program.benchmark,
        prices=_prices(job.market, symbols),
        lot_weights=lots.weight,
        lot_gains=_gains(draft),
        cash=float(cash / base),
        cash_buy=-np.where(futures, late, 1.0 + program.buy_cost - charge),
        cash_sell=np.where(futures[lots.security], 0.0, 1.0 - lots.sell_cost),
        ticket=float(exact(job.policy.trading.ticket) / base),
        nav=float(draft.nav),
        base=float(base),
        columns=columns_of(job.market, symbols),
    )


def _prices(market: Market, symbols: Sequence[str]) -> Floats:
    quotes = market.quotes
    return np.array(
        [float(market.price(s)) if s in quotes else np.nan for s in symbols]
    )


def _gains(draft: Draft) -> Floats:
    """Return the true gain of each lot per unit of weight sold."""
    one = Decimal(1)
    return np.array([float(one - v.lot.cost_basis / v.value) for v in draft.views])

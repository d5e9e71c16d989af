# SPDX-License-Identifier: Apache-2.0
"""Whether rules that force a sale wait, or what cash is used for closes a side."""

from __future__ import annotations

from di_optimizer.verify.case import Case


def divides(case: Case) -> bool:
    """Return whether a flow out is raised by the same part of every position."""
    policy = case.policy.cash
    return policy.withdrawal == "proportional" and case.account.flow_due(case.on) < 0


def waits(case: Case) -> bool:
    """Return whether nothing has to be sold today, whatever rules say."""
    return case.policy.cash.scope == "cash" or divides(case)


def kept_by_use(case: Case, symbol: str) -> bool:
    """Return whether the use of cash keeps a position from being sold."""
    cash = case.policy.cash
    if cash.use == "exchange":
        return symbol not in cash.exchange_out
    return cash.use == "invest"


def out_of_model(case: Case, symbol: str) -> bool:
    """Return whether a change of models has a position sold whole."""
    changes = case.policy.cash.use == "model_change"
    return changes and not case.benchmark.get(symbol, 0.0) > 0.0

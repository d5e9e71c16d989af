# SPDX-License-Identifier: Apache-2.0
"""Why each trade is made, in a few words of account language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from di_optimizer.exact import ZERO
from di_optimizer.trades import Trade


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a reason depends on: present and benchmark weight, and the due flow."""

    held: float
    benchmark: float
    flow: Decimal


def with_reasons(
    trades: Sequence[Trade], context: dict[str, Context]
) -> tuple[Trade, ...]:
    """Return the trades with their reason filled in."""
    return tuple(replace(t, reason=reason(t, context[t.symbol])) for t in trades)


def reason(trade: Trade, context: Context) -> str:
    """Return the reason of one trade.

    Examples
    --------
    >>> trade = Trade(account="a", symbol="AAA", side="buy", shares=Decimal(1),
    ...               price=Decimal(1), amount=Decimal(1))
    >>> reason(trade, Context(held=0.01, benchmark=0.02, flow=ZERO))
    'underweight against the benchmark'
    """
    if trade.side == "buy":
        return _buy_reason(context)
    if trade.realised_gain is not None and trade.realised_gain < 0 and trade.tax < 0:
        return f"harvest {trade.term} term loss"
    return _sell_reason(context)


def _buy_reason(context: Context) -> str:
    if context.held < context.benchmark:
        return "underweight against the benchmark"
    return "replaces exposure of what is sold"


def _sell_reason(context: Context) -> str:
    if context.benchmark == 0.0:
        return "not in the benchmark"
    if context.held > context.benchmark:
        return "overweight against the benchmark"
    return "raises cash for the withdrawal" if context.flow < ZERO else "offsets risk"

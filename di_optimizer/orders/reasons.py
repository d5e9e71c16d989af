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
    """What a reason depends on.

    Attributes
    ----------
    held, benchmark : float
        Present and benchmark weight of the security, fractions of base.
    flow : Decimal
        The due cash flow.
    forced : bool
        Whether the security may not be held.
    short_of_cash : bool
        Whether cash is below its minimum before trading.
    sells : bool
        Whether the account sells anything.
    """

    held: float
    benchmark: float
    flow: Decimal
    forced: bool = False
    short_of_cash: bool = False
    sells: bool = True


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
    if context.forced:
        return "may not be held"
    if trade.realised_gain is not None and trade.realised_gain < 0 and trade.tax < 0:
        return f"harvest {trade.term} term loss"
    return _sell_reason(context)


def _buy_reason(context: Context) -> str:
    if context.held < context.benchmark:
        return "underweight against the benchmark"
    if context.flow > ZERO:
        return "invests the deposit"
    return "replaces exposure of what is sold" if context.sells else "invests cash"


def _sell_reason(context: Context) -> str:
    if context.benchmark == 0.0:
        return "not in the benchmark"
    if context.held > context.benchmark:
        return "overweight against the benchmark"
    if not context.short_of_cash:
        return "offsets risk"
    return "raises cash for the withdrawal" if context.flow < ZERO else "raises cash"

# SPDX-License-Identifier: Apache-2.0
"""What may be asked of a curve by account size, and everything wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import pandas as pd

from di_optimizer.compact.curve import FRACTIONAL, WHOLE
from di_optimizer.compact.options import Limits, numbers
from di_optimizer.errors import Problem
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.universe import nearest

SIZES = (1_000.0, 5_000.0, 10_000.0, 25_000.0, 50_000.0, 100_000.0, 1_000_000.0)
SHARES = (WHOLE, FRACTIONAL)


class SizeOptions(TypedDict, total=False):
    """Keyword arguments of :func:`te_vs_account_size`: see :class:`Trading`."""

    shares: Sequence[str]
    decimals: int
    max_cash: float
    gap: float
    nodes: int | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Trading:
    """How accounts trade, and how far the search goes.

    Attributes
    ----------
    shares : sequence of str
        "whole", "fractional" or both.
    decimals : int
        Of a share, where fractions trade.
    max_cash : float
        Most cash that stays, fraction of the account.
    gap, nodes, seconds
        As in :class:`di_optimizer.compact.options.Limits`; None is 400 nodes.
    """

    shares: Sequence[str] = SHARES
    decimals: int = 4
    max_cash: float = 0.01
    gap: float = 0.002
    nodes: int | None = None
    seconds: float | None = None

    def digits(self, shares: str) -> int:
        """Return the decimals of a share that trade."""
        return 0 if shares == WHOLE else self.decimals

    @property
    def effort(self) -> Limits:
        """How far the search goes."""
        return Limits(gap=self.gap, nodes=self.nodes, seconds=self.seconds)


def price_problems(
    benchmark: Benchmark, prices: Mapping[str, float] | pd.Series[float]
) -> Iterator[Problem]:
    """Yield every member without a price above 0."""
    known = dict(prices.items())
    for symbol in benchmark.weights.index:
        price = known.get(symbol)
        if price is None:
            hint = nearest(symbol, [str(s) for s in known])
            found = f"no price of '{symbol}'"
            yield Problem(
                file="prices", found=found, allowed="one of each member", todo=hint
            )
        elif not (math.isfinite(price) and price > 0.0):
            found = f"{price} of '{symbol}'"
            yield Problem(file="prices", found=found, allowed="a number above 0")


def size_problems(sizes: Sequence[float]) -> Iterator[Problem]:
    """Yield every size that is none."""
    if not sizes:
        yield Problem(file="sizes", found="nothing", allowed="one size or more")
    for size in sizes:
        if not (math.isfinite(size) and size > 0.0):
            allowed = "a number above 0"
            yield Problem(file="sizes", found=str(size), allowed=allowed)


def trading_problems(trading: Trading) -> Iterator[Problem]:
    """Yield what is wrong with how accounts trade."""
    if not trading.shares:
        yield Problem(file="shares", found="nothing", allowed=" or ".join(SHARES))
    for shares in trading.shares:
        if shares not in SHARES:
            yield Problem(
                file="shares",
                found=f"'{shares}'",
                allowed=" or ".join(SHARES),
                todo=nearest(str(shares), SHARES),
            )
    if not 0 <= trading.decimals <= 9:
        found = str(trading.decimals)
        yield Problem(file="decimals", found=found, allowed="0 to 9")
    if not 0.0 <= trading.max_cash <= 1.0:
        found = str(trading.max_cash)
        yield Problem(file="max_cash", found=found, allowed="a fraction, 0 to 1")
    yield from numbers(trading.effort)

# SPDX-License-Identifier: Apache-2.0
"""In what steps a security trades: whole shares, decimals of a share, or blocks."""

from __future__ import annotations

from decimal import Decimal

from di_optimizer.account import Account
from di_optimizer.market import Market
from di_optimizer.policy import Policy

LEAST = Decimal("0.0001")  # money that a fractional step is worth at least


def step(account: Account, market: Market, policy: Policy, symbol: str) -> Decimal:
    """Return the smallest tradable quantity of a symbol, in shares.

    The security's block comes first. Without one: whole shares in accounts without
    fractions, else the security's decimals, else the policy's. Decimals of a share
    that are worth next to nothing are not used: their count would outgrow a float.
    """
    security = market.securities.get(symbol)
    if security is not None and security.block is not None:
        return security.block
    if not account.fractional:
        return Decimal(1)
    decimals = policy.trading.decimals
    if security is not None and security.decimals is not None:
        decimals = security.decimals
    size = Decimal(1).scaleb(-decimals)
    quote = market.quotes.get(symbol)
    while quote is not None and size < 1 and size * quote.price < LEAST:
        size *= 10
    return size

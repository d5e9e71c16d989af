# SPDX-License-Identifier: Apache-2.0
"""In what steps a security trades: whole shares, decimals of a share, or blocks."""

from __future__ import annotations

from decimal import Decimal

from di_optimizer.account import Account
from di_optimizer.market import Market, Security
from di_optimizer.policy import Policy, Trading

STOCK = "stock"  # what a security is that no table says anything of
LEAST = Decimal("0.0001")  # money that a fractional step is worth at least


def step(account: Account, market: Market, policy: Policy, symbol: str) -> Decimal:
    """Return the smallest tradable quantity of a symbol, in shares.

    The security's block comes first. Without one: whole shares in accounts without
    fractions, else the security's decimals, else those of its type, else the policy's.
    Decimals of a share that are worth next to nothing are not used: their count would
    outgrow a float.
    """
    security = market.securities.get(symbol)
    if security is not None and security.block is not None:
        return security.block
    if not account.fractional:
        return Decimal(1)
    size = Decimal(1).scaleb(-decimals_of(security, policy.trading))
    price = market.price(symbol) if symbol in market.quotes else None
    while price is not None and size < 1 and size * price < LEAST:
        size *= 10
    return size


def decimals_of(security: Security | None, trading: Trading) -> int:
    """Return the decimals of a share that trade where fractions may.

    Examples
    --------
    >>> trading = Trading(decimals=4, type_decimals={"etf": 2})
    >>> decimals_of(Security(symbol="A", type="etf"), trading)
    2
    >>> decimals_of(Security(symbol="A", type="etf", decimals=0), trading)
    0
    >>> decimals_of(Security(symbol="A"), trading)
    4
    """
    if security is not None and security.decimals is not None:
        return security.decimals
    by_type = {str(kind): n for kind, n in (trading.type_decimals or {}).items()}
    kind = STOCK if security is None else security.type
    return by_type.get(kind, trading.decimals)

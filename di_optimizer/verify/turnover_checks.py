# SPDX-License-Identifier: Apache-2.0
"""How much is traded: turnover, and each security against a day's volume."""

from __future__ import annotations

import math
from fractions import Fraction

from di_optimizer.exact import CENT, exact
from di_optimizer.verify.books import Books
from di_optimizer.verify.case import Case
from di_optimizer.verify.share_checks import grid

HALF_A_CENT = Fraction(1, 200)
FLOATING = Fraction(1, 10**9)  # of base


def check_turnover(case: Case, books: Books) -> list[str]:
    """Half of purchases and sales, less half of the flow, is within its maximum."""
    most = case.policy.turnover.maximum
    if most is None:
        return []
    nav = max(books.nav, Fraction(0))
    traded = sum((e.amount for e in books.entries), Fraction(0))
    over = (traded - abs(books.flow)) / 2 - Fraction(exact(most)) * nav
    if over <= HALF_A_CENT + FLOATING * books.base:
        return []
    allowed = f"{most!r} of NAV and half of the flow, {float(abs(books.flow) / 2)!r}"
    return [case.says(f"turnover of {float(traded / 2)!r}", allowed)]


def volume_cap(case: Case, symbol: str) -> Fraction | None:
    """Return the shares of a symbol that may be traded by volume; None for any."""
    part = case.policy.turnover.adv
    if part is None:
        return None
    quote = case.market.quotes.get(symbol)
    volume = 0.0 if quote is None or quote.adv is None else quote.adv
    return Fraction(exact(part)) * Fraction(exact(volume)) * case.volume_share


def check_volume(case: Case, books: Books) -> list[str]:
    """No more of a security is traded than its part of a day's volume."""
    wrong = []
    for side in ("buy", "sell"):
        for symbol, shares in sorted(books.shares(side).items()):
            cap = volume_cap(case, symbol)
            if cap is not None and shares > cap:
                found = f"a {side} of {float(shares)!r} shares"
                allowed = f"{float(cap)!r}: turnover.adv"
                wrong.append(case.says(found, allowed, symbol=symbol))
    return wrong


def held_back(case: Case, books: Books, symbol: str) -> bool:
    """Return whether as much of a position was sold as volume allows.

    That is all whole steps of the account's part, to the cent, or nothing where these
    are worth less than the least trade.
    """
    cap = volume_cap(case, symbol)
    if cap is None:
        return False
    step, price = grid(case, symbol), books.prices[symbol]
    worth = math.floor(cap / step) * step * price
    if worth < Fraction(exact(case.policy.trading.min_trade)):
        return True
    left = cap - books.shares("sell").get(symbol, Fraction(0))
    return left < step or left * price < Fraction(CENT)

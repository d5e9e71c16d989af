# SPDX-License-Identifier: Apache-2.0
"""Sizes of orders, and that no share and no basis is lost or made."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.exact import CENT
from di_optimizer.market import Security
from di_optimizer.trades import Trade
from di_optimizer.verify.books import Books, signed, total
from di_optimizer.verify.case import Case, nearest_cent


def grid(case: Case, symbol: str) -> Fraction:
    """Return the step that an order of a symbol must be a multiple of.

    The security's block; else a whole share where fractions are not allowed; else the
    security's decimals, its type's, the policy's.
    """
    security = case.market.securities.get(symbol, Security(symbol=symbol))
    if security.block is not None:
        return Fraction(security.block)
    if not case.account.fractional:
        return Fraction(1)
    trading = case.policy.trading
    by_type = {str(kind): n for kind, n in (trading.type_decimals or {}).items()}
    decimals = by_type.get(security.type, trading.decimals)
    return Fraction(
        1, 10 ** (decimals if security.decimals is None else security.decimals)
    )


def check_sizes(case: Case, books: Books) -> list[str]:
    """Orders are whole blocks, or fractions where allowed; full exits are exempt.

    The order of a symbol is the total of its trades: parts of lots may be smaller.
    Lots sold whole are exempt as well: one that has to go leaves no rest behind.
    """
    whole = whole_lots(books)
    return [
        case.says(
            f"a {side} order of {float(shares)!r} shares",
            f"multiples of {float(step)!r}, or whole lots sold",
            symbol=symbol,
        )
        for side in ("buy", "sell")
        for symbol, shares in sorted(books.shares(side).items())
        if side == "buy" or shares != whole.get(symbol)
        if shares % (step := grid(case, symbol))
    ]


def whole_lots(books: Books) -> dict[str, Fraction]:
    """Return the shares of each symbol's lots of which nothing is left."""
    sold = total((e.trade.lot_id or "", e.trade.shares) for e in books.of("sell"))
    lots = {e.lot.lot_id: e.lot for e in books.entries if e.lot is not None}
    return total(
        (lot.symbol, lot.shares)
        for name, lot in lots.items()
        if sold[name] == Fraction(lot.shares)
    )


def check_shares(case: Case, books: Books) -> list[str]:
    """Shares tie out when each sale is taken from its lot, whatever symbol it says."""
    pieces = [(lot.symbol, lot.shares) for lot in case.account.lots]
    pieces += [(u.symbol, u.shares) for u in case.account.untraded if u.valued]
    for e in books.entries:
        symbol = e.trade.symbol if e.lot is None else e.lot.symbol
        pieces.append((symbol, signed(e.trade)))
    kept = total(pieces)
    return [
        case.says(f"{float(by_lot)!r} shares left by lot", f"{float(n)!r}", symbol=s)
        for s, n in sorted(books.after.items())
        if (by_lot := kept.get(s, Fraction(0))) != n
    ]


def check_basis(case: Case, books: Books) -> list[str]:
    """Basis that left the lots is the basis that the sales state: amount − gain.

    Lots without a sale keep theirs; amount and gain of a sale are rounded once each.
    """
    sales = [e.trade for e in books.of("sell")]
    lots = {e.lot.lot_id: e.lot for e in books.entries if e.lot is not None}
    sold = total((trade.lot_id or "", trade.shares) for trade in sales)
    gone = Fraction(0)
    for lot_id, lot in lots.items():
        basis, shares = Fraction(lot.cost_basis), Fraction(lot.shares)
        gone += basis - basis * (shares - sold[lot_id]) / shares
    stated = sum((stated_basis(trade) for trade in sales), Fraction(0))
    if abs(gone - stated) <= len(sales) * Fraction(CENT):
        return []
    return [
        case.says(
            f"basis {nearest_cent(stated)} in the sales (amount − realised gain)",
            f"{nearest_cent(gone)}, what left the lots, ± a cent a sale",
        )
    ]


def stated_basis(trade: Trade) -> Fraction:
    """Return the basis that a sale says it used; 0 where it says no number."""
    money = (trade.amount, trade.realised_gain)
    amount, gain = (Fraction(m) if m and m.is_finite() else Fraction(0) for m in money)
    return amount - gain

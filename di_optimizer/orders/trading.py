# SPDX-License-Identifier: Apache-2.0
"""From quantities to lot-level trades, their money, and the orders for the broker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from di_optimizer.exact import ZERO, cents, cents_up, exact
from di_optimizer.orders.rounder import Quantities
from di_optimizer.orders.settled import Settled
from di_optimizer.program.job import Job
from di_optimizer.tax.lots import Lot, gain_of
from di_optimizer.tax.term import Term, term
from di_optimizer.trades import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSale:
    """Shares of one lot to sell."""

    lot: Lot
    shares: Decimal


@dataclass(frozen=True, kw_only=True)
class Order:
    """What goes to a broker: one security, one side, with its lot instructions."""

    account: str
    order_id: str
    symbol: str
    side: str
    shares: Decimal
    price: Decimal
    amount: Decimal
    lots: tuple[tuple[str, Decimal], ...] = ()
    type: str = "MKT"
    execution_method: str = "UNITS"
    algo: str = ""
    wave: int = 1
    reason: str = ""


def lot_sales(settled: Settled, sells: dict[str, Decimal]) -> tuple[LotSale, ...]:
    """Spread each symbol's sold shares over its lots within their limits.

    What must be sold of a lot comes first; the rest follows the settled order.
    """
    found: dict[int, Decimal] = {}
    for symbol, wanted in sells.items():
        own, left = settled.order[symbol], wanted
        for limit in (settled.due, settled.most):
            for i in own:
                before = found.get(i, ZERO)
                shares = min(left, limit[i] - before)
                if shares > 0:
                    found[i] = before + shares
                    left -= shares
    return tuple(
        LotSale(lot=settled.built.lots[i], shares=found[i]) for i in sorted(found)
    )


def sale_trade(job: Job, sale: LotSale) -> Trade:
    """Return the trade of one lot sale: gain, term and tax by the law's dates."""
    lot, price = sale.lot, job.market.price(sale.lot.symbol)
    kind = term(lot.holding_start, job.on)
    gain = gain_of(lot, sale.shares, price)
    rate = Fraction(exact(job.account.tax_rate(kind)))
    return Trade(
        account=job.account.account,
        symbol=lot.symbol,
        side="sell",
        shares=sale.shares,
        price=price,
        amount=cents(sale.shares * price),
        lot_id=lot.lot_id,
        realised_gain=cents(gain),
        term=kind,
        tax=cents(gain * rate),
    )


def buy_trade(job: Job, symbol: str, shares: Decimal) -> Trade:
    """Return the trade of one purchase."""
    price = job.market.price(symbol)
    return Trade(
        account=job.account.account,
        symbol=symbol,
        side="buy",
        shares=shares,
        price=price,
        amount=cents(shares * price),
    )


@dataclass(frozen=True, kw_only=True)
class Money:
    """Cash side of a list of trades, to the cent; spreads and tickets unrounded."""

    bought: Decimal
    sold: Decimal
    cost: Decimal
    bought_spread: Fraction
    sold_spread: Fraction
    bought_tickets: Fraction
    sold_tickets: Fraction

    @property
    def net(self) -> Decimal:
        """Change of cash."""
        return self.sold - self.bought - self.cost

    @property
    def purchase_cost(self) -> Fraction:
        """What purchases cost."""
        return self.bought_spread + self.bought_tickets

    @property
    def sale_cost(self) -> Fraction:
        """What sales cost."""
        return self.sold_spread + self.sold_tickets

    @property
    def tickets(self) -> Fraction:
        """What orders of any size cost."""
        return self.bought_tickets + self.sold_tickets


@dataclass(frozen=True, slots=True)
class Line:
    """Shares of one symbol traded: what cash depends on."""

    symbol: str
    side: str
    shares: Decimal


def money_of(job: Job, lines: Iterable[Line | Trade]) -> Money:
    """Add up what lines bring and cost; the cost is rounded up once, at the end.

    Each order, one a security, costs a ticket besides its spread. The value of futures
    moves no cash, and what they cost does so where it is charged at once.
    """
    money = {"buy": ZERO, "sell": ZERO}
    spread = {"buy": Fraction(0), "sell": Fraction(0)}
    orders: dict[str, set[str]] = {"buy": set(), "sell": set()}
    for line in lines:
        if not _charged(job, line):
            continue
        orders[line.side].add(line.symbol)
        value = line.shares * job.market.price(line.symbol)
        half = job.market.half_spread(line.symbol, job.policy.trading.spread_bp)
        spread[line.side] += Fraction(value) * Fraction(half)
        if not job.market.is_future(line.symbol):
            money[line.side] += cents(value)
    ticket = Fraction(exact(job.policy.trading.ticket))
    tickets = {side: len(symbols) * ticket for side, symbols in orders.items()}
    return Money(
        bought=money["buy"],
        sold=money["sell"],
        cost=cents_up(sum((*spread.values(), *tickets.values()), Fraction(0))),
        bought_spread=spread["buy"],
        sold_spread=spread["sell"],
        bought_tickets=tickets["buy"],
        sold_tickets=tickets["sell"],
    )


def _charged(job: Job, line: Line | Trade) -> bool:
    """Return whether cash pays what a trade costs: of futures purchases at most."""
    at_once = job.policy.trading.futures_cost == "immediate" and line.side == "buy"
    return at_once or not job.market.is_future(line.symbol)


def lines_of(settled: Settled, quantities: Quantities) -> tuple[Line, ...]:
    """Return what :func:`trades_of` would trade, without gains and taxes."""
    sales = lot_sales(settled, quantities.sells)
    return (
        *(Line(sale.lot.symbol, "sell", sale.shares) for sale in sales),
        *(Line(symbol, "buy", n) for symbol, n in quantities.buys.items()),
    )


def gains_of(trades: Iterable[Trade], kind: Term) -> tuple[Decimal, Decimal]:
    """Return the net realised gain and the tax of one term."""
    chosen = [t for t in trades if t.term is kind]
    gain = sum((t.realised_gain or ZERO for t in chosen), ZERO)
    return gain, sum((t.tax for t in chosen), ZERO)


def trades_of(job: Job, settled: Settled, quantities: Quantities) -> tuple[Trade, ...]:
    """Return all trades without reasons: sales by lot, then purchases, by symbol.

    Wash sales are not looked at: see :mod:`di_optimizer.orders.disallowed`.
    """
    sales = [sale_trade(job, sale) for sale in lot_sales(settled, quantities.sells)]
    buys = [
        buy_trade(job, symbol, shares)
        for symbol, shares in sorted(quantities.buys.items())
    ]
    return (*sales, *buys)


def orders_of(trades: Sequence[Trade]) -> tuple[Order, ...]:
    """Merge lot-level trades into one order a security: sales first, in wave 1."""
    grouped: dict[tuple[str, str], list[Trade]] = {}
    for trade in trades:
        grouped.setdefault((trade.side, trade.symbol), []).append(trade)
    found = []
    ranked = sorted(grouped, key=lambda key: (key[0] != "sell", key[1]))
    for number, (side, symbol) in enumerate(ranked, start=1):
        parts = grouped[side, symbol]
        first = parts[0]
        lots = tuple((t.lot_id, t.shares) for t in parts if t.lot_id is not None)
        shares = sum((t.shares for t in parts), ZERO)
        found.append(
            Order(
                account=first.account,
                order_id=f"{first.account}-{number:04d}",
                symbol=symbol,
                side=side,
                shares=shares,
                price=first.price,
                amount=cents(shares * first.price),
                lots=lots,
                wave=1 if side == "sell" else 2,
                reason=max(parts, key=lambda t: t.amount).reason,
            )
        )
    return tuple(found)

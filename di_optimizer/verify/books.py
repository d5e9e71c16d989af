# SPDX-License-Identifier: Apache-2.0
"""The account before and after the trades, exact: what each trade should say.

Nothing is judged here except whether a trade can be booked at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction
from functools import cached_property

from di_optimizer.exact import ZERO, exact
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term, term
from di_optimizer.trades import Trade
from di_optimizer.verify.case import (
    Case,
    nearest_cent,
    next_cent,
    positive,
    priced,
    settled_daily,
    worth,
)
from di_optimizer.verify.wash_match import disallowed_parts

EXACT = Context(prec=100, traps=[Inexact])  # sums are exact, or an error
DRAINING = Fraction(9, 10)  # a flow that takes out more leaves too small a base


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A trade and what follows from its lot, shares and market price.

    ``paid`` is whether its amount moves cash, ``charged`` whether its cost does.

    ``amount``, ``gain``, ``disallowed``, ``tax`` and ``cost`` are unrounded, the
    ``*_due`` are what the trade has to state. ``lot``, ``term`` and ``gain_due`` are
    None on buys.
    """

    trade: Trade
    lot: Lot | None
    term: Term | None
    amount: Fraction
    gain: Fraction
    disallowed: Fraction
    tax: Fraction
    cost: Fraction
    amount_due: Decimal
    gain_due: Decimal | None
    disallowed_due: Decimal
    tax_due: Decimal
    paid: bool = True
    charged: bool = True

    @property
    def counted(self) -> Fraction:
        """The gain that is taxed: without the part of a loss that is disallowed."""
        return self.gain + self.disallowed


@dataclass(frozen=True, kw_only=True)
class Books:
    """Shares by symbol before and after, valued untraded positions included.

    ``nav`` is before trading and after the flow; ``base`` is what fractions refer to.
    ``ticket`` is what an order costs besides its spread.
    """

    entries: tuple[Entry, ...]
    before: Mapping[str, Fraction]
    after: Mapping[str, Fraction]
    prices: Mapping[str, Fraction]
    cash: Fraction
    flow: Fraction
    nav: Fraction
    base: Fraction
    ticket: Fraction = Fraction(0)

    @cached_property
    def weights_before(self) -> dict[str, float]:
        """Weights held, fractions of base."""
        return self._weights(self.before)

    @cached_property
    def weights_after(self) -> dict[str, float]:
        """Weights after trading, fractions of base."""
        return self._weights(self.after)

    def _weights(self, shares: Mapping[str, Fraction]) -> dict[str, float]:
        base = float(self.base)
        return {s: float(n * self.prices[s]) / base for s, n in shares.items()}

    def of(self, side: str) -> list[Entry]:
        """Return the entries of one side."""
        return [e for e in self.entries if e.trade.side == side]

    def shares(self, side: str) -> dict[str, Fraction]:
        """Return shares by symbol of one side."""
        return total((e.trade.symbol, e.trade.shares) for e in self.of(side))

    def money(self, side: str) -> Fraction:
        """Return the money that one side moves, each trade to the cent."""
        moved = (Fraction(e.amount_due) for e in self.of(side) if e.paid)
        return sum(moved, Fraction(0))

    def charged(self, side: str) -> list[Entry]:
        """Return the entries of one side whose cost cash pays."""
        return [e for e in self.of(side) if e.charged]

    @cached_property
    def cost(self) -> Fraction:
        """Half spreads of all trades and tickets of all orders, unrounded."""
        orders = {(e.trade.symbol, e.trade.side) for e in self.entries}
        return sum((e.cost for e in self.entries), len(orders) * self.ticket)

    @cached_property
    def cost_paid(self) -> Fraction:
        """What of the cost cash pays, unrounded: of futures some or none."""
        entries = [*self.charged("buy"), *self.charged("sell")]
        orders = {(e.trade.symbol, e.trade.side) for e in entries}
        return sum((e.cost for e in entries), len(orders) * self.ticket)

    @cached_property
    def cash_after(self) -> Fraction:
        """Cash + flow + sales − purchases − cost, as money moves: in cents."""
        cost = Fraction(next_cent(self.cost_paid))
        net = self.money("sell") - self.money("buy") - cost
        return self.cash + self.flow + net


def total(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Fraction]:
    """Return the sums of decimals by name, exact."""
    sums: dict[str, Decimal] = {}
    with localcontext(EXACT):
        for name, number in pairs:
            sums[name] = sums.get(name, ZERO) + number
    return {name: Fraction(number) for name, number in sums.items()}


def unbookable(case: Case, trades: Sequence[Trade]) -> list[str]:
    """Return why figures cannot be computed from some trades; empty if they can."""
    lots = {lot.lot_id for lot in case.account.lots}
    wrong = []
    for trade in trades:
        place = {"symbol": trade.symbol, "lot": trade.lot_id}
        if trade.side not in ("buy", "sell"):
            wrong.append(case.says(f"side {trade.side}", "buy or sell", **place))
        if trade.side == "sell" and trade.lot_id not in lots:
            wrong.append(case.says("a sale of no lot held", "a lot held", **place))
        if not positive(trade.shares):
            wrong.append(case.says(f"{trade.shares} shares", "above 0", **place))
        if not priced(case.market, trade.symbol):
            wrong.append(case.says("no usable quote", "a price above 0", **place))
    return wrong


def lot_sold(lots: Mapping[str, Lot], trade: Trade) -> Lot | None:
    """Return the lot that a sale names; None for a purchase, whatever it names."""
    if trade.side == "buy" or trade.lot_id is None:
        return None
    return lots[trade.lot_id]


def entry(case: Case, trade: Trade, lot: Lot | None, part: Fraction) -> Entry:
    """Return what a trade should say.

    A sale's gain is shares × price less its share of the lot's basis, negative for a
    loss, of which a wash sale disallows ``part``; the tax is what is left times the
    flat rate of its term.
    """
    shares = Fraction(trade.shares)
    amount = shares * worth(case.market, trade.symbol)
    spread = case.policy.trading.spread_bp
    half_spread = Fraction(case.market.half_spread(trade.symbol, spread))
    gain, character, rate = Fraction(0), None, Fraction(0)
    if lot is not None:
        gain = amount - Fraction(lot.cost_basis) * shares / Fraction(lot.shares)
        character = term(lot.holding_start, case.on)
        rate = Fraction(exact(case.account.tax_rate(character)))
    disallowed = -part * gain
    future = settled_daily(case.market, trade.symbol)
    tax = (gain + disallowed) * rate
    return Entry(
        trade=trade,
        lot=lot,
        term=character,
        amount=amount,
        gain=gain,
        disallowed=disallowed,
        tax=tax,
        cost=amount * half_spread,
        amount_due=nearest_cent(amount),
        gain_due=None if lot is None else nearest_cent(gain),
        disallowed_due=nearest_cent(disallowed),
        tax_due=nearest_cent(tax),
        paid=not future,
        charged=not future
        or (trade.side == "buy" and case.policy.trading.futures_cost == "immediate"),
    )


def base_of(nav: Fraction, flow: Fraction) -> Fraction:
    """Return NAV after the flow, or before it when the flow takes out over 90 %.

    Examples
    --------
    >>> base_of(Fraction(10), Fraction(-90)), base_of(Fraction(9), Fraction(-91))
    (Fraction(10, 1), Fraction(100, 1))
    """
    before_flow = nav - flow
    return before_flow if -flow > DRAINING * before_flow else nav


def signed(trade: Trade) -> Decimal:
    """Return the shares that a trade adds."""
    return trade.shares if trade.side == "buy" else trade.shares.copy_negate()


def open_books(case: Case, trades: Sequence[Trade]) -> Books:
    """Return the books of a case whose trades can all be booked."""
    account = case.account
    lots = {lot.lot_id: lot for lot in account.lots}
    parts, none = disallowed_parts(case, trades), Fraction(0)
    entries = tuple(
        entry(case, trade, lot_sold(lots, trade), parts.get(trade.lot_id or "", none))
        for trade in trades
    )
    held = [(lot.symbol, lot.shares) for lot in account.lots]
    held += [(u.symbol, u.shares) for u in account.untraded if u.valued]
    moves = [(trade.symbol, signed(trade)) for trade in trades]
    before, after = total(held), total(held + moves)
    prices = {symbol: worth(case.market, symbol) for symbol in after}
    cash = sum((Fraction(c.amount) for c in account.cash), Fraction(0))
    flow = Fraction(account.flow_due(case.on))
    valued = [s for s in before if not settled_daily(case.market, s)]
    nav = sum((before[s] * prices[s] for s in valued), cash + flow)
    return Books(
        entries=entries,
        before=before,
        after=after,
        prices=prices,
        cash=cash,
        flow=flow,
        nav=nav,
        base=base_of(nav, flow),
        ticket=Fraction(exact(case.policy.trading.ticket)),
    )

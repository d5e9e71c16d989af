# SPDX-License-Identifier: Apache-2.0
"""The books of one taxpayer: trades in the order of time, washed group by group.

Consecutive sales of a day in a group are one sale, and consecutive purchases count
together: matching waits until the other side trades, or for the end of the day.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from di_optimizer.errors import Problem
from di_optimizer.tax.holding import Holding
from di_optimizer.tax.ledger.account_book import AccountBook
from di_optimizer.tax.ledger.entries import Setting, Trade
from di_optimizer.tax.ledger.gains import GainRow, Match, OpenLoss
from di_optimizer.tax.ledger.open_lot import OpenLot
from di_optimizer.tax.ledger.position import KEYS, Taken, taken
from di_optimizer.tax.ledger.refusals import (
    RefusedError,
    check_lot_id,
    chosen_lots,
    shares_sold,
)
from di_optimizer.tax.ledger.rounding import to_cents
from di_optimizer.tax.ledger.sale import Sold, gain_row, open_loss, sell
from di_optimizer.tax.ledger.wash import disallow
from di_optimizer.tax.ledger.window import (
    Shares,
    Window,
    in_order_sold,
    may_replace,
    pairs,
)


class TaxpayerBook:
    """All accounts of one taxpayer, and what the ledger has written about them.

    Attributes
    ----------
    gains : dict of GainRow
        Rows of this run, and those from before it that a purchase has amended.
    matches : list of Match
        Every replacement of this run.
    problems : list of Problem
        Trades that were not booked.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.accounts: dict[str, AccountBook] = {}
        self.windows: dict[str, Window] = {}
        self.gains: dict[GainRow, None] = {}
        self.matches: list[Match] = []
        self.problems: list[Problem] = []
        self.on = date.min
        self._active: dict[str, Window] = {}
        self._oversold: set[tuple[str, str]] = set()
        self._losses = 0

    def account(self, name: str) -> AccountBook:
        """Return the book of an account, a new one where there was none."""
        found = self.accounts.get(name)
        if found is None:
            taxable = name not in self.setting.untaxed
            key = KEYS[self.setting.relief]
            found = self.accounts[name] = AccountBook(name, taxable, key)
        found.begin(self.on)
        return found

    def window(self, symbol: str) -> Window:
        """Return the window of a symbol's group as of today."""
        group = self.setting.group(symbol)
        found = self._active.get(group)
        if found is None:
            found = self._active[group] = self.windows.setdefault(group, Window())
            found.close(self.on)
        return found

    def open(self, lot: OpenLot) -> None:
        """Take in a lot from before the first trade."""
        book = self.account(lot.holding.account)
        book.add(lot)
        book.labels.add(lot.holding.purchase)
        if may_replace(lot):
            self._window_before(lot.holding.symbol).offer(lot)

    def open_loss(self, loss: OpenLoss) -> None:
        """Take in a loss from before the first trade; they come in order of sale."""
        self._window_before(loss.symbol).losses.append(loss)

    def _window_before(self, symbol: str) -> Window:
        return self.windows.setdefault(self.setting.group(symbol), Window())

    def begin(self, on: date) -> None:
        """End the day before, and start a day."""
        if on != self.on:
            self.settle()
            self.on = on
            self._active = {}
            self._losses = 0

    def settle(self) -> None:
        """Match all that has been traded."""
        for window in self._active.values():
            self._match_sold(window)
            self._match_bought(window)

    def trade(self, trade: Trade) -> None:
        """Book a trade; a sale that does not fit is a problem and changes nothing.

        After a sale of more than is held, what follows in that position says no more
        than the first message did.
        """
        place = trade.account, trade.symbol
        if place in self._oversold:
            return
        self.begin(trade.on)
        book = self.account(trade.account)
        try:
            (self._sell if trade.is_sale else self._buy)(trade, book)
        except RefusedError as error:
            self.problems.append(error.problem)
            if not trade.is_sale:  # under another name, for what follows to sell
                self._buy(replace(trade, lot_id=""), book)
            elif not trade.lot_id:
                self._oversold.add(place)

    def _buy(self, trade: Trade, book: AccountBook) -> None:
        check_lot_id(trade, book, self.setting.file)
        window = self.window(trade.symbol)
        self._match_sold(window)
        lot = bought(trade, book)
        book.add(lot)
        window.bought.append(lot)

    def _sell(self, trade: Trade, book: AccountBook) -> None:
        window = self.window(trade.symbol)
        self._match_bought(window)
        takes = self._takes(trade, book)
        self.sold(sell(takes, trade.amount, trade.on, book), book)
        for lot, _ in takes:
            if lot.entry < 0:  # nothing is left that could replace
                window.shares.pop(lot, None)

    def _takes(self, trade: Trade, book: AccountBook) -> list[Taken]:
        file = self.setting.file
        if trade.lot_id:
            lots = chosen_lots(trade, book, file)
            held = sum((lot.shares for lot in lots[1:]), lots[0].shares)
            return taken(lots, shares_sold(trade, held, file))
        position = book.position(trade.symbol)
        return position.take(shares_sold(trade, position.total, file))

    def sold(self, pieces: Iterable[Sold], book: AccountBook) -> None:
        """Write the rows of a sale and keep its losses for matching."""
        for piece in pieces:
            row = gain_row(piece, book)
            self.gains[row] = None
            loss = open_loss(piece, row)
            if loss is not None:
                self.window(loss.symbol).sold.append((piece.order, loss))

    def _match_sold(self, window: Window) -> None:
        """Match a sale with what was bought in the 30 days before and is still held.

        IRC § 1091(a). What the sale itself has sold is no longer there to replace
        anything: a position that is closed in one sale has no wash sale behind it.
        """
        if not window.sold:
            return
        losses = in_order_sold(window.sold)
        window.sold.clear()
        for loss in losses:
            self._losses += 1
            loss.number = self._losses
        self._match(losses, window.shares, None)
        window.keep(losses)

    def _match_bought(self, window: Window) -> None:
        """Match purchases with the losses of the 30 days before (IRC § 1091(a))."""
        if not window.bought:
            return
        fresh: Shares = OrderedDict.fromkeys(
            sorted(window.bought, key=lambda lot: lot.order)
        )
        window.bought.clear()
        self._match(window.losses, fresh, self.on)
        for lot in fresh:
            window.offer(lot)

    def _match(
        self, losses: Iterable[OpenLoss], shares: Shares, amends: date | None
    ) -> None:
        for loss, lot, count in pairs(losses, shares):
            if count == lot.shares:
                del shares[lot]
            book = self.account(lot.holding.account)
            self.matches.append(disallow(loss, lot, count, book))
            if amends:
                loss.row.amended = amends
                self.gains[loss.row] = None


def bought(trade: Trade, book: AccountBook) -> OpenLot:
    """Return the lot of a purchase.

    References
    ----------
    IRC § 1012(a): the basis is cost.
    """
    name = trade.lot_id or book.free_name(f"{trade.symbol}-{trade.on:%Y%m%d}")
    book.today.names.add(name)
    holding = Holding(
        account=trade.account,
        lot_id=name,
        symbol=trade.symbol,
        shares=trade.shares,
        cost_basis=trade.amount,
        acquired=trade.on,
        holding_start=trade.on,
        purchase=book.purchase_of(trade),
    )
    return OpenLot(
        holding=holding,
        shown=to_cents(trade.amount),
        rank=trade.order or 0,
        arrival=trade.arrival,
    )

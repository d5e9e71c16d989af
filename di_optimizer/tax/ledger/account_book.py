# SPDX-License-Identifier: Apache-2.0
"""One account in the ledger: its positions, the names of its lots, today's counts."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date

from di_optimizer.tax.ledger.entries import Trade
from di_optimizer.tax.ledger.open_lot import OpenLot
from di_optimizer.tax.ledger.position import Key, Position


@dataclass(slots=True)
class Today:
    """Names given and rows written on one day; days never come back."""

    on: date = date.min
    names: set[str] = field(default_factory=set)
    purchases: int = 0
    fills: dict[tuple[str, int], str] = field(default_factory=dict)
    gains: int = 0


@dataclass(slots=True, eq=False)
class AccountBook:
    """Open lots of one account by symbol, by name and by the lot they are part of."""

    name: str
    taxable: bool
    key: Key
    positions: dict[str, Position] = field(default_factory=dict)
    open: dict[str, OpenLot] = field(default_factory=dict)
    parts: dict[str, OrderedDict[int, OpenLot]] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    today: Today = field(default_factory=Today)

    def begin(self, on: date) -> None:
        """Start the counts of a day, once."""
        if self.today.on != on:
            self.today = Today(on)

    def position(self, symbol: str) -> Position:
        """Return the position in a symbol, a new one where there was none."""
        found = self.positions.get(symbol)
        if found is None:
            found = self.positions[symbol] = Position(self.key)
        return found

    def add(self, lot: OpenLot) -> None:
        """Take in a lot under its name."""
        self.position(lot.holding.symbol).add(lot)
        self.enter(lot)

    def drop(self, lot: OpenLot) -> None:
        """Forget a lot of which nothing is left."""
        self.position(lot.holding.symbol).remove(lot)
        self.leave(lot)

    def enter(self, lot: OpenLot) -> None:
        """Write a lot into the names."""
        self.open[lot.holding.lot_id] = lot
        if lot.part:
            self.parts.setdefault(lot.root, OrderedDict())[lot.part] = lot

    def leave(self, lot: OpenLot) -> None:
        """Take a lot out of the names."""
        del self.open[lot.holding.lot_id]
        if lot.part:
            parts = self.parts[lot.root]
            del parts[lot.part]
            if not parts:
                del self.parts[lot.root]

    def named(self, lot_id: str) -> list[OpenLot]:
        """Return the lot of that name, or the open parts of it in order."""
        if lot_id in self.open:
            return [self.open[lot_id]]
        return list(self.parts.get(lot_id, {}).values())

    def taken(self, lot_id: str) -> bool:
        """Return whether a name stands for something that is held."""
        return lot_id in self.open or lot_id in self.parts

    def free_part(self, root: str, number: int) -> int:
        """Return the first number from ``number`` on that makes a free name."""
        while self.taken(f"{root}.{number}"):
            number += 1
        return number

    def free_name(self, stem: str) -> str:
        """Return ``stem``, or with -2, -3 … a name not held and not given today."""
        name, number = stem, 1
        while self.taken(name) or name in self.today.names:
            number += 1
            name = f"{stem}-{number}"
        return name

    def purchase_of(self, trade: Trade) -> str:
        """Return the label of a row's purchase.

        Fills with one purchase order are one purchase; any other row is its own.
        """
        fill = None if trade.order is None else (trade.symbol, trade.order)
        if fill in self.today.fills:
            return self.today.fills[fill]
        label = self._free_label(trade.on)
        if fill is not None:
            self.today.fills[fill] = label
        return label

    def _free_label(self, on: date) -> str:
        while True:
            self.today.purchases += 1
            label = f"{on}#{self.today.purchases}"
            if label not in self.labels:
                return label

    def gain_number(self) -> int:
        """Return the place of the next gain row of the day, from 1."""
        self.today.gains += 1
        return self.today.gains

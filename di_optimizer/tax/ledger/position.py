# SPDX-License-Identifier: Apache-2.0
"""One account's open lots of one symbol, in the order in which sales take them.

A heap with late removal: a sale looks at the lots it takes and at no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count
from typing import Any

from di_optimizer.tax.ledger.open_lot import OpenLot
from di_optimizer.tax.relief import Relief, unit_cost

Key = Callable[[OpenLot], tuple[Any, ...]]
Taken = tuple[OpenLot, Fraction]


def fifo(lot: OpenLot) -> tuple[Any, ...]:
    """First bought first, lots of one day as they came (Treas. Reg. § 1.1012-1(c)).

    The relief methods for a table of lots break ties by id; a ledger knows the time.
    """
    return lot.holding.acquired, lot.arrival, lot.part, lot.holding.lot_id


def lifo(lot: OpenLot) -> tuple[Any, ...]:
    """Last bought first; within a lot its parts in order."""
    day = lot.holding.acquired.toordinal()
    return -day, -lot.arrival, lot.part, lot.holding.lot_id


def hifo(lot: OpenLot) -> tuple[Any, ...]:
    """Highest cost of a share first, equal ones as they were bought."""
    return -unit_cost(lot.holding), *fifo(lot)


KEYS: dict[Relief, Key] = {
    Relief.FIFO: fifo,
    Relief.LIFO: lifo,
    Relief.HIFO: hifo,
}


class Position:
    """Open lots of one account and symbol."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._heap: list[tuple[tuple[Any, ...], int, OpenLot]] = []
        self._entries = count()
        self.lots: dict[OpenLot, None] = {}
        self.total = Fraction(0)

    def add(self, lot: OpenLot) -> None:
        """Take in a lot."""
        self.lots[lot] = None
        self.total += lot.shares
        self.place(lot)

    def place(self, lot: OpenLot) -> None:
        """Put a lot where its cost and part number now belong."""
        lot.entry = next(self._entries)
        heappush(self._heap, (self._key(lot), lot.entry, lot))

    def remove(self, lot: OpenLot) -> None:
        """Forget a lot; its entry in the heap goes when it comes to the top."""
        del self.lots[lot]
        self.total -= lot.shares
        lot.entry = -1

    def take(self, shares: Fraction) -> list[Taken]:
        """Return the lots that fill a sale and what it takes of each.

        The caller removes those that it takes whole; ``shares`` are held.
        """
        found: list[Taken] = []
        wanted = shares
        while wanted:
            _, entry, lot = self._heap[0]
            if lot.entry != entry:
                heappop(self._heap)
                continue
            part = min(wanted, lot.shares)
            if part == lot.shares:
                heappop(self._heap)
            found.append((lot, part))
            wanted -= part
        return found


def taken(lots: Iterable[OpenLot], shares: Fraction) -> list[Taken]:
    """Return what a sale takes of lots that are in order already."""
    found: list[Taken] = []
    wanted = shares
    for lot in lots:
        if not wanted:
            break
        found.append((lot, min(wanted, lot.shares)))
        wanted -= found[-1][1]
    return found

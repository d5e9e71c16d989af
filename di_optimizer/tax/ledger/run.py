# SPDX-License-Identifier: Apache-2.0
"""One run of the ledger: taxpayer by taxpayer, from a state to a state."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

from di_optimizer.errors import InputError, Problem
from di_optimizer.tax.actions import Action
from di_optimizer.tax.ledger.book import TaxpayerBook
from di_optimizer.tax.ledger.corporate import act
from di_optimizer.tax.ledger.entries import Setting, Trade
from di_optimizer.tax.ledger.gains import GainRow, Match
from di_optimizer.tax.ledger.open_lot import OpenLot
from di_optimizer.tax.ledger.state import (
    LedgerState,
    LossState,
    LotState,
    loaded_loss,
    loaded_lot,
    saved_loss,
    saved_lot,
)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a run processes.

    Attributes
    ----------
    trades : mapping of taxpayer to iterable of Trade
        Those of a taxpayer by date, then in the order of the input.
    actions : sequence of Action
        By date.
    rows : int
        Number of trades.
    through : date, optional
        Last date among trades and actions.
    """

    trades: Mapping[str, Iterable[Trade]] = field(default_factory=dict)
    actions: Sequence[Action] = ()
    rows: int = 0
    through: date | None = None


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What a run leaves.

    Attributes
    ----------
    lots : tuple of OpenLot
        By account, symbol and order of acquisition.
    gains : tuple of GainRow
        Of this run, with earlier rows that it amended; by account, date and number.
    matches : tuple of Match
        Of this run, by account of the loss, then as they happened.
    """

    lots: tuple[OpenLot, ...]
    gains: tuple[GainRow, ...]
    matches: tuple[Match, ...]
    state: LedgerState


def process(batch: Batch, state: LedgerState, setting: Setting) -> Ledger:
    """Process a batch that begins after the state ends; the state is not changed.

    Raises
    ------
    InputError
        With every trade that does not fit what is held.
    """
    with _no_collector():
        books = list(_books(batch, state, setting))
    problems = list(chain.from_iterable(book.problems for book in books))
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    return _joined(books, batch, state)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector from walking millions of rows, none in a cycle."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _books(batch: Batch, state: LedgerState, setting: Setting) -> Iterator[_Closed]:
    lots, losses = _by_taxpayer(state, setting)
    for person in sorted({*batch.trades, *lots, *losses}):
        book = opened(setting, lots.get(person, ()), losses.get(person, ()))
        _go(book, batch.trades.get(person, ()), batch.actions)
        yield _closed(book, batch.through)


def opened(
    setting: Setting, lots: Iterable[LotState], losses: Iterable[LossState]
) -> TaxpayerBook:
    """Return the books of a taxpayer as they were."""
    book = TaxpayerBook(setting)
    for lot in sorted(map(loaded_lot, lots), key=lambda lot: lot.order):
        book.open(lot)
    for loss in sorted(map(loaded_loss, losses), key=lambda loss: loss.place):
        book.open_loss(loss)
    return book


def _go(book: TaxpayerBook, trades: Iterable[Trade], actions: Sequence[Action]) -> None:
    """Process trades, each after the actions up to its date."""
    waiting = iter(actions)
    action = next(waiting, None)
    for trade in trades:
        while action is not None and action.on <= trade.on:
            act(action, book)
            action = next(waiting, None)
        book.trade(trade)
    while action is not None:
        act(action, book)
        action = next(waiting, None)
    book.settle()


@dataclass(frozen=True, slots=True)
class _Closed:
    """What is kept of the books of a taxpayer."""

    lots: list[OpenLot]
    losses: list[LossState]
    gains: list[GainRow]
    matches: list[Match]
    problems: list[Problem]


def _closed(book: TaxpayerBook, through: date | None) -> _Closed:
    if through is not None:
        book.begin(through)
        for window in book.windows.values():
            window.close(through)
    return _Closed(
        lots=[
            lot for account in book.accounts.values() for lot in account.open.values()
        ],
        losses=[
            saved_loss(loss)
            for window in book.windows.values()
            for loss in window.losses
            if loss.shares
        ],
        gains=list(book.gains),
        matches=book.matches,
        problems=book.problems,
    )


def _joined(books: Sequence[_Closed], batch: Batch, state: LedgerState) -> Ledger:
    lots = sorted(chain.from_iterable(book.lots for book in books), key=_lot_place)
    gains = chain.from_iterable(book.gains for book in books)
    matches = chain.from_iterable(book.matches for book in books)
    losses = chain.from_iterable(book.losses for book in books)
    return Ledger(
        lots=tuple(lots),
        gains=tuple(sorted(gains, key=_gain_place)),
        matches=tuple(sorted(matches, key=lambda match: match.row.account)),
        state=replace(
            state,
            through=batch.through or state.through,
            rows=state.rows + batch.rows,
            lots=tuple(map(saved_lot, lots)),
            losses=tuple(sorted(losses, key=_loss_place)),
        ),
    )


def _lot_place(lot: OpenLot) -> tuple[object, ...]:
    return lot.holding.account, lot.holding.symbol, *lot.order


def _loss_place(loss: LossState) -> tuple[object, ...]:
    return loss.row.account, loss.row.sold, loss.number


def _gain_place(row: GainRow) -> tuple[object, ...]:
    return row.account, row.sold, row.number


def _by_taxpayer(
    state: LedgerState, setting: Setting
) -> tuple[dict[str, list[LotState]], dict[str, list[LossState]]]:
    lots: defaultdict[str, list[LotState]] = defaultdict(list)
    losses: defaultdict[str, list[LossState]] = defaultdict(list)
    for lot in state.lots:
        lots[setting.taxpayer(lot.holding.account)].append(lot)
    for loss in state.losses:
        losses[setting.taxpayer(loss.row.account)].append(loss)
    return lots, losses

# SPDX-License-Identifier: Apache-2.0
"""A past harvest: losses that an account sold shortly before the sample's last day.

The names are ones that were not bought around the sale, so no loss was disallowed;
buying them back within the window would change that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from di_optimizer.exact import ZERO, cents, exact
from di_optimizer.sample.book import PriceBook
from di_optimizer.tax.term import Term, term

DAYS_AGO = 12
WINDOW = timedelta(days=31)  # no purchase of a sold name this near the sale
NAMES = 3
COLUMNS = ("symbol", "date", "side", "shares", "amount", "lot_id", "realised_gain")


@dataclass(frozen=True, eq=False, kw_only=True)
class Harvest:
    """What was sold; the default is nothing."""

    lot_ids: tuple[str, ...] = ()
    proceeds: Decimal = ZERO
    realised: Mapping[Term, Decimal] = field(default_factory=dict)
    activity: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(COLUMNS))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A lot that is sold whole; money to the cent."""

    lot_id: str
    symbol: str
    shares: float
    proceeds: Decimal
    gain: Decimal
    term: Term


def harvest(
    lots: pd.DataFrame, activity: pd.DataFrame, book: PriceBook, on: date
) -> Harvest:
    """Sell the lots at a loss of the three names with the largest losses.

    Parameters
    ----------
    lots, activity : DataFrame
        Of the account on ``on``, as a replay returns them.
    book : PriceBook
    on : date
        Sales were 12 days before it, at the close.
    """
    day = book.dates[book.row(on - timedelta(days=DAYS_AGO))].item()
    barred = _bought_near(activity, day) | _split_since(book, day)
    sales = [s for s in _losses(lots, book, day) if s.symbol not in barred]
    total: dict[str, Decimal] = {}
    for sale in sales:
        total[sale.symbol] = total.get(sale.symbol, ZERO) + sale.gain
    chosen = sorted(total, key=lambda symbol: (total[symbol], symbol))[:NAMES]
    return _result([s for s in sales if s.symbol in chosen], day)


def _bought_near(activity: pd.DataFrame, day: date) -> set[str]:
    dates = activity["date"]
    near = (dates > pd.Timestamp(day - WINDOW)) & (dates < pd.Timestamp(day + WINDOW))
    return set(activity.loc[near, "symbol"])


def _split_since(book: PriceBook, day: date) -> set[str]:
    return {split.symbol for split in book.splits if split.on > day}


def _losses(lots: pd.DataFrame, book: PriceBook, day: date) -> list[Sale]:
    """Return every lot as a sale at the close of ``day``, if that is a loss."""
    sales = []
    for lot in lots.itertuples():
        close = book.close_on(str(lot.symbol), day)
        if close is None:
            continue
        proceeds = cents(exact(lot.shares) * close)  # type: ignore[arg-type]
        gain = proceeds - exact(lot.cost_basis)  # type: ignore[arg-type]
        acquired = pd.Timestamp(lot.acquired).date()  # type: ignore[arg-type]
        if gain < 0 and acquired < day:
            sales.append(
                Sale(
                    lot_id=str(lot.lot_id),
                    symbol=str(lot.symbol),
                    shares=float(lot.shares),  # type: ignore[arg-type]
                    proceeds=proceeds,
                    gain=gain,
                    term=term(acquired, day),
                )
            )
    return sales


def _result(sales: list[Sale], day: date) -> Harvest:
    realised = {
        kind: sum((s.gain for s in sales if s.term is kind), ZERO) for kind in Term
    }
    stamp = pd.Timestamp(day)
    rows = [
        (s.symbol, stamp, "sell", s.shares, float(s.proceeds), s.lot_id, float(s.gain))
        for s in sales
    ]
    return Harvest(
        lot_ids=tuple(s.lot_id for s in sales),
        proceeds=sum((s.proceeds for s in sales), ZERO),
        realised=realised,
        activity=pd.DataFrame(rows, columns=list(COLUMNS)),
    )

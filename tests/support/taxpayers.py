# SPDX-License-Identifier: Apache-2.0
"""Random taxpayers with a past: transactions first, and accounts from their ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from di_optimizer.account import Account, AccountType, Activity, CashBalance, Taxpayer
from di_optimizer.batch.shared import Shared
from di_optimizer.errors import InputError
from di_optimizer.market import Market, Security
from di_optimizer.policy import Cash, Policy, Search, Tracking, Wash
from di_optimizer.policy_file import PolicyBook
from di_optimizer.tax.lots import Lot
from di_optimizer.trades import Trade
from di_optimizer.wash import WashSales, wash_sales
from support.jobs import ON, market_of, risk_of

COLUMNS = (
    "account",
    "symbol",
    "date",
    "side",
    "shares",
    "amount",
    "lot_id",
    "purchase_order",
)
TYPES = {"A": "taxable", "B": "taxable", "R": "tax_deferred"}
GROUP = ("S00", "S01")


@dataclass(frozen=True)
class Past:
    """What sort of taxpayer to make."""

    securities: int = 4
    fractional: bool = True
    accounts: tuple[str, ...] = ("A", "B", "R")
    gamma: float = 10.0
    netting: bool = False
    recent: float = 0.5  # chance of purchases in the last 31 days, by security
    sales: float = 0.4  # chance of a sale in the last 31 days


@dataclass(frozen=True)
class Person:
    """A taxpayer's past as transactions, and the same as accounts on the day."""

    history: pd.DataFrame
    kinds: pd.DataFrame
    securities: pd.DataFrame
    accounts: tuple[Account, ...]
    shared: Shared

    def with_policy(self, policy: Policy) -> Person:
        """Return the same taxpayer with another policy for all accounts."""
        shared = replace(self.shared, policies=PolicyBook(default=policy))
        return replace(self, shared=shared)

    @property
    def policy(self) -> Policy:
        """The policy of all accounts."""
        return self.shared.policies.default

    def ledger(self, trades: Mapping[str, Sequence[Trade]]) -> WashSales:
        """Return the accounting of the past and of today's trades after it."""
        rows = [self.history, *(_rows(trades[name]) for name in sorted(trades))]
        return self._account_for(pd.concat(rows, ignore_index=True))

    def _account_for(self, rows: pd.DataFrame) -> WashSales:
        """Name the whole lot where it is split only tonight, by trades of today.

        Raises InputError where that names too little: such a day has no ledger.
        """
        tables = {"accounts": self.kinds, "securities": self.securities}
        for _ in range(3):
            try:
                return wash_sales(rows, **tables)
            except InputError as error:
                split = {problem.found.strip("'") for problem in error.problems}
                whole = {name: name.rsplit(".", 1)[0] for name in split if "." in name}
                rows = rows.assign(lot_id=rows["lot_id"].replace(whole))
        return wash_sales(rows, **tables)

    def washed(self, trades: Mapping[str, Sequence[Trade]]) -> tuple[float, Decimal]:
        """Return the shares and the losses that today's trades make wash sales of.

        After loss sales of the same day shares alone tell: which of a day's losses
        are disallowed is decided at its end, and what is sold replaces nothing.
        """
        before, after = self.ledger({}), self.ledger(trades)
        shares = after.matches["shares"].sum() - before.matches["shares"].sum()
        lost = after.gains["disallowed"].sum() - before.gains["disallowed"].sum()
        return round(float(shares), 6), Decimal(str(round(float(lost), 2)))

    def sides_today(self) -> set[str]:
        """What was traded on the day already: buy, sell, both or nothing."""
        return set(self.history[self.history["date"] == pd.Timestamp(ON)]["side"])


def _rows(trades: Sequence[Trade]) -> pd.DataFrame:
    ordered = sorted(trades, key=lambda t: t.side != "sell")
    return pd.DataFrame(
        [
            (
                t.account,
                t.symbol,
                pd.Timestamp(ON),
                t.side,
                float(t.shares),
                float(t.amount),
                t.lot_id,
                None,
            )
            for t in ordered
        ],
        columns=list(COLUMNS),
    )


@dataclass
class _Writer:
    """Writes transactions that never sell what is not there."""

    rng: np.random.Generator
    past: Past
    prices: Mapping[str, float]
    rows: list[tuple[object, ...]] = field(default_factory=list)
    count: int = 0

    def price(self, symbol: str) -> float:
        return self.prices[symbol] * float(np.exp(self.rng.normal(0.02, 0.15)))

    def shares(self, symbol: str) -> float:
        worth = float(self.rng.uniform(300, 3_000)) / self.prices[symbol]
        return round(worth, 4) if self.past.fractional else float(max(1, round(worth)))

    def buy(self, account: str, symbol: str, day: date, order: int | None) -> float:
        self.count += 1
        shares = self.shares(symbol)
        amount = round(shares * self.price(symbol), 2)
        name = f"L{self.count}"
        row = (account, symbol, day, "buy", shares, amount, name, order)
        self.rows.append(row)
        return shares

    def sell(self, account: str, symbol: str, day: date, held: float) -> float:
        part = float(self.rng.choice([0.3, 0.7, 1.0]))
        shares = round(held * part, 4 if self.past.fractional else 0)
        if shares <= 0 or shares > held:
            return 0.0
        amount = round(shares * self.price(symbol), 2)
        self.rows.append((account, symbol, day, "sell", shares, amount, None, None))
        return shares


def random_person(seed: int, past: Past = Past()) -> Person:
    """A taxpayer who bought and sold in the weeks before the day."""
    rng = np.random.default_rng(seed)
    symbols = [f"S{i:02d}" for i in range(past.securities)]
    prices = {s: round(float(rng.lognormal(3.5, 0.6)), 2) for s in symbols}
    history = _history(rng, past, symbols, prices)
    kinds = pd.DataFrame(
        {
            "account": list(past.accounts),
            "taxpayer": "T",
            "type": [TYPES[a] for a in past.accounts],
        }
    )
    securities = pd.DataFrame({"symbol": list(GROUP), "wash_group": "twins"})
    known = wash_sales(history, accounts=kinds, securities=securities)
    market = market_of(rng, symbols, prices)
    twins = {s: Security(symbol=s, wash_group="twins") for s in GROUP}
    market = Market(on=ON, quotes=market.quotes, securities=twins)
    weights = rng.dirichlet(np.full(len(symbols), 2.0)).tolist()
    shared = Shared(
        market=market,
        benchmarks={"": dict(zip(symbols, weights, strict=True))},
        risk=risk_of(rng, symbols),
        policies=PolicyBook(default=_policy(past)),
    )
    return Person(
        history=history,
        kinds=kinds,
        securities=securities,
        accounts=_accounts(rng, past, history, known),
        shared=shared,
    )


def _policy(past: Past) -> Policy:
    return Policy(
        tracking=Tracking(gamma=past.gamma),
        cash=Cash(minimum=0.0, maximum=0.3),
        search=Search(flips=6),
    )


def _history(
    rng: np.random.Generator, past: Past, symbols: list[str], prices: dict[str, float]
) -> pd.DataFrame:
    writer = _Writer(rng, past, prices)
    for account in past.accounts:
        for symbol in symbols:
            _live(writer, account, symbol)
    frame = pd.DataFrame(writer.rows, columns=list(COLUMNS))
    frame["date"] = pd.to_datetime(frame["date"])
    frame = frame.sort_values("date", kind="stable", ignore_index=True)
    return frame.astype({"purchase_order": "Int64"})


def _live(writer: _Writer, account: str, symbol: str) -> None:
    """Buy long ago, buy and sell lately, in the order of days."""
    rng, held = writer.rng, 0.0
    if rng.random() < 0.8:
        day = ON - timedelta(days=int(rng.integers(45, 500)))
        held += writer.buy(account, symbol, day, None)
    events = []
    for _ in range(int(rng.integers(1, 3))):
        ago = int(rng.choice([0, 1, 5, 29, 30, 31]))
        if rng.random() < writer.past.recent:
            events.append((ago, "buy"))
        if rng.random() < writer.past.sales:
            events.append((int(rng.choice([0, 1, 10, 29, 30, 31])), "sell"))
    for ago, side in sorted(events, reverse=True):
        day = ON - timedelta(days=ago)
        if side == "sell" and held > 0:
            held = round(held - writer.sell(account, symbol, day, held), 4)
        elif side == "buy" and rng.random() < 0.4:
            for _ in range(2):  # one purchase that arrived in two lots
                held += writer.buy(account, symbol, day, 1)
        elif side == "buy":
            held += writer.buy(account, symbol, day, None)
        held = round(held, 4)


def _accounts(
    rng: np.random.Generator, past: Past, history: pd.DataFrame, known: WashSales
) -> tuple[Account, ...]:
    person = Taxpayer(taxpayer="T", short_rate=0.408, long_rate=0.238)
    if past.netting:
        person = replace(
            person,
            tax_year=2024,
            filing_status="single",
            realised_long=Decimal(int(rng.integers(-500, 900))),
        )
    return tuple(
        Account(
            account=name,
            taxpayer=person,
            type=AccountType(TYPES[name]),
            lots=_lots(known.lots[known.lots["account"] == name]),
            cash=(CashBalance(amount=Decimal(int(rng.integers(0, 900)))),),
            fractional=past.fractional,
            activity=_activity(rng, name, history, known),
        )
        for name in past.accounts
    )


def _lots(frame: pd.DataFrame) -> tuple[Lot, ...]:
    return tuple(
        Lot(
            lot_id=row.lot_id,
            symbol=row.symbol,
            shares=Decimal(str(row.shares)),
            cost_basis=Decimal(str(row.cost_basis)),
            acquired=row.acquired.date(),
            holding_start=row.holding_start.date(),
            purchase=row.purchase,
            replacement=bool(row.replacement),
        )
        for row in frame.itertuples()
    )


def _activity(
    rng: np.random.Generator, name: str, history: pd.DataFrame, known: WashSales
) -> tuple[Activity, ...]:
    """The rows of the last 40 days; the gain of a sale where one row alone has it."""
    since = pd.Timestamp(ON - timedelta(days=40))
    own = history[(history["account"] == name) & (history["date"] >= since)]
    gains = known.gains[known.gains["account"] == name]
    found = []
    for row in own.itertuples():
        same = own[(own["symbol"] == row.symbol) & (own["date"] == row.date)]
        alone = (same["side"] == "sell").sum() == 1
        sold = gains[(gains["symbol"] == row.symbol) & (gains["sold"] == row.date)]
        stated = row.side == "sell" and alone and rng.random() < 0.8
        gain = Decimal(str(round(float(sold["gain"].min()), 2))) if stated else None
        found.append(
            Activity(
                symbol=row.symbol,
                on=row.date.date(),
                side=row.side,
                shares=Decimal(str(row.shares)),
                amount=Decimal(str(row.amount)),
                lot_id=row.lot_id if row.side == "buy" else None,
                purchase_order=None
                if pd.isna(row.purchase_order)
                else int(row.purchase_order),
                realised_gain=gain,
            )
        )
    return tuple(found)


def ignoring(policy: Policy) -> Policy:
    """Return the policy with wash sales not looked at."""
    return replace(policy, wash=Wash(policy="ignore"))

# SPDX-License-Identifier: Apache-2.0
"""Accounts of the sample market as tables: owners, cash, flows, lots, rules, past.

Lots are what deposits bought over the price history; see ``replay``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from di_optimizer.exact import ZERO, cents, exact
from di_optimizer.sample.book import PriceBook
from di_optimizer.sample.buying import Buying
from di_optimizer.sample.harvest import Harvest, harvest
from di_optimizer.sample.market import SampleMarket
from di_optimizer.sample.prices import price_history
from di_optimizer.sample.profiles import Profile, deposits, draw_profiles, owner
from di_optimizer.sample.replay import replay_deposits
from di_optimizer.sample.sectors import SECTORS
from di_optimizer.tax.term import Term

CURRENCY = "USD"
ACTIVITY_DAYS = 366
FRACTION_DECIMALS = 4
LEGACY = (
    (date(2009, 3, 12), 0.12, "purchase"),
    (date(2015, 10, 2), 0.40, "inheritance"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Opened:
    """One account with what its past left: lots, cash, activity, realised gains."""

    account: str
    profile: Profile
    lots: pd.DataFrame
    cash: Decimal
    activity: pd.DataFrame
    realised: Mapping[Term, Decimal]


def sample_accounts(market: SampleMarket, count: int = 12) -> dict[str, pd.DataFrame]:
    """Return the tables of accounts on the last day of the market.

    Returns
    -------
    dict with accounts, taxpayers, cash, flows, lots, restrictions and activity.

    Examples
    --------
    >>> from di_optimizer.sample.market import MarketSpec, build_market
    >>> tables = sample_accounts(build_market(MarketSpec(securities=30)), count=2)
    >>> tables["accounts"]["account"].tolist()
    ['A001', 'A002']
    """
    book = PriceBook.from_history(price_history(market))
    profiles = draw_profiles(market.spec.seed, count)
    opened = [
        _open(f"A{number:03d}", profile, market, book)
        for number, profile in enumerate(profiles, start=1)
    ]
    return {
        "accounts": pd.DataFrame([_account_row(o) for o in opened]),
        "taxpayers": pd.DataFrame(_taxpayer_rows(opened, market.days[-1].year)),
        "cash": pd.DataFrame([_cash_row(o) for o in opened]),
        "flows": _flows(opened, market.days[-1]),
        "lots": _stack(opened, "lots"),
        "restrictions": _restrictions(opened, market),
        "activity": _stack(opened, "activity"),
    }


def _open(
    account: str, profile: Profile, market: SampleMarket, book: PriceBook
) -> Opened:
    """Replay the deposits of one account, then what else happened to it."""
    on = market.days[-1]
    whole = not profile.fractional
    replay = replay_deposits(
        deposits(profile, market.days),
        weights=market.weights,
        book=book,
        on=on,
        decimals=0 if whole else FRACTION_DECIMALS,
        buying=Buying(split_decimals=0) if whole else Buying(),
    )
    lots = replay.lots.assign(origin="purchase")
    sold = harvest(lots, replay.activity, book, on) if profile.harvested else Harvest()
    lots = lots[~lots["lot_id"].isin(sold.lot_ids)]
    past = [replay.activity, sold.activity] if sold.lot_ids else [replay.activity]
    activity = pd.concat(past, ignore_index=True)
    recent = activity["date"] > pd.Timestamp(on - timedelta(days=ACTIVITY_DAYS))
    return Opened(
        account=account,
        profile=profile,
        lots=_with_legacy(lots, profile, market),
        cash=replay.cash + sold.proceeds,
        activity=activity[recent].sort_values(["date", "symbol"], kind="stable"),
        realised=sold.realised,
    )


def _with_legacy(
    lots: pd.DataFrame, profile: Profile, market: SampleMarket
) -> pd.DataFrame:
    """Add old lots of one large company worth the profile's fraction of the account."""
    if not profile.legacy:
        return lots
    on = market.days[-1]
    symbol = str(market.weights(on).nlargest(3).index[-1])
    closes = dict(zip(market.symbols, market.last[-1].tolist(), strict=True))
    value = float((lots["shares"] * lots["symbol"].map(closes)).sum())
    wanted = value * profile.legacy / (1.0 - profile.legacy) / len(LEGACY)
    shares = float(round(wanted / closes[symbol]))
    rows = [
        {
            "lot_id": f"{symbol}-{acquired:%Y%m%d}",
            "symbol": symbol,
            "shares": shares,
            "cost_basis": float(cents(exact(shares * closes[symbol] * part))),
            "acquired": pd.Timestamp(acquired),
            "origin": origin,
        }
        for acquired, part, origin in LEGACY
    ]
    old = pd.DataFrame(rows)
    return pd.concat([lots, old], ignore_index=True).sort_values(["symbol", "acquired"])


def _account_row(opened: Opened) -> dict[str, object]:
    return {
        "account": opened.account,
        "taxpayer": _taxpayer(opened.profile.owner),
        "type": opened.profile.type.value,
        "currency": CURRENCY,
        "fractional": opened.profile.fractional,
    }


def _taxpayer(number: int) -> str:
    return f"T{number + 1:03d}"


def _taxpayer_rows(opened: Iterable[Opened], year: int) -> list[dict[str, object]]:
    """Return one row an owner, with what all its accounts realised this year."""
    realised: dict[int, dict[Term, Decimal]] = {}
    for one in opened:
        totals = realised.setdefault(one.profile.owner, dict.fromkeys(Term, ZERO))
        for term, gain in one.realised.items():
            totals[term] += gain
    return [
        {
            "taxpayer": _taxpayer(number),
            "tax_year": year,
            "filing_status": owner(number).filing_status,
            "short_rate": owner(number).short_rate,
            "long_rate": owner(number).long_rate,
            "realised_short": float(totals[Term.SHORT]),
            "realised_long": float(totals[Term.LONG]),
            "carry_short": owner(number).carry_short,
            "carry_long": owner(number).carry_long,
        }
        for number, totals in sorted(realised.items())
    ]


def _cash_row(opened: Opened) -> dict[str, object]:
    return {
        "account": opened.account,
        "currency": CURRENCY,
        "amount": float(opened.cash),
    }


def _flows(opened: Iterable[Opened], on: date) -> pd.DataFrame:
    rows = [
        (one.account, on.isoformat(), one.profile.flow)
        for one in opened
        if one.profile.flow
    ]
    return pd.DataFrame(rows, columns=["account", "date", "amount"])


def _restrictions(opened: Iterable[Opened], market: SampleMarket) -> pd.DataFrame:
    """Return rules on a name, a sector and a held name for restricted accounts."""
    rows = []
    names = market.weights(market.days[-1]).nlargest(12).index
    for one in opened:
        if one.profile.restricted:
            held = one.lots.groupby("symbol")["shares"].sum().index
            kept = next(s for s in names[1:] if s in held)
            rows += [
                (one.account, names[0], "", "no_buy"),
                (one.account, "", SECTORS[3].name, "no_buy"),
                (one.account, kept, "", "no_sell"),
            ]
    return pd.DataFrame(rows, columns=["account", "symbol", "sector", "kind"])


def _stack(opened: Iterable[Opened], what: str) -> pd.DataFrame:
    """Return one table of all accounts, in their order."""
    frames = [getattr(one, what).assign(account=one.account) for one in opened]
    frame: pd.DataFrame = pd.concat(frames, ignore_index=True)
    others = [column for column in frame.columns if column != "account"]
    return frame[["account", *others]]

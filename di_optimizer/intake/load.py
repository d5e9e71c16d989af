# SPDX-License-Identifier: Apache-2.0
"""All tables to accounts and market, joined and checked against one another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from di_optimizer.account import Account, AccountType, Taxpayer
from di_optimizer.intake.attributes import number_columns
from di_optimizer.intake.cash import read_cash, read_flows
from di_optimizer.intake.dates import check_model
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.lot_rules import (
    check_lot_rules,
    check_sleeves,
    holdings_of,
)
from di_optimizer.intake.lots import read_lots
from di_optimizer.intake.market import read_market
from di_optimizer.intake.members import Gaps, check_members
from di_optimizer.intake.missing import Facts
from di_optimizer.intake.outside import read_outside
from di_optimizer.intake.profiles import Profiles, members_of, read_profiles
from di_optimizer.intake.rates import converted, read_rates, with_limits
from di_optimizer.intake.restrictions import read_restrictions
from di_optimizer.intake.scopes import check_names, of_known_scopes
from di_optimizer.intake.sheets import Sheet, known_only, read_sheets
from di_optimizer.intake.sources import Sources
from di_optimizer.intake.symbols import Symbols, read_symbols, unrepeated
from di_optimizer.intake.taxpayers import read_taxpayers
from di_optimizer.intake.trading import (
    check_activity_symbols,
    read_activity,
    read_working_orders,
)
from di_optimizer.market import Market

OF_ACCOUNTS = ("cash", "flows", "lots", "outside", "activity", "working_orders")
WITH_SYMBOLS = (
    "lots",
    "prices",
    "outside",
    "restrictions",
    "activity",
    "working_orders",
)

Sheets = dict[str, Sheet]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything a rebalance needs, resolved; nothing about it is missing.

    Attributes
    ----------
    accounts : tuple of Account
        Sorted by id; each with the key of its benchmark.
    market : Market
        Quotes and securities on the date.
    notes : tuple of str
        What policy left out or holds untraded.
    unpriced, unexposed : tuple of str
        Members of benchmarks in use without a price or an exposure, sorted.
    """

    accounts: tuple[Account, ...]
    market: Market
    notes: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()
    unexposed: tuple[str, ...] = ()


def load(sources: Sources, *, on: date) -> Inputs:
    """Read, join and check every table for a rebalance on a date.

    Problems inside single tables come first, all tables together; when there are
    none, the problems between tables, again all together.

    Raises
    ------
    InputError
        With every problem found; nothing is dropped or filled instead.

    Examples
    --------
    >>> import pandas as pd
    >>> from di_optimizer.index.benchmark import Benchmark
    >>> lots = pd.DataFrame({"account": ["A"], "lot_id": ["1"], "symbol": ["brk/b"],
    ...     "shares": [4.5], "cost_basis": [900.0], "acquired": ["2020-01-31"]})
    >>> accounts = pd.DataFrame({"account": ["A"], "cash": [100],
    ...     "short_rate": [0.4], "long_rate": [0.2]})
    >>> prices = pd.DataFrame({"symbol": ["BRK.B"], "price": [300]})
    >>> index = Benchmark.from_weights({"BRKB": 1.0}, name="x")
    >>> sources = Sources(lots=lots, accounts=accounts, prices=prices,
    ...     benchmarks={"x": index})
    >>> load(sources, on=date(2023, 1, 4)).accounts[0].positions()
    {'BRK.B': Decimal('4.5')}
    """
    findings = Findings()
    sheets = _resolved(read_sheets(sources), sources, on, findings)
    numbers = number_columns(sources.policies.every())
    profiles = read_profiles(
        sheets["accounts"], sources.policies, sources.benchmarks, findings
    )
    rates = read_rates(sheets["rates"], profiles, findings)
    market = read_market(sheets["securities"], sheets["prices"], on, findings, numbers)
    market = converted(market, rates, profiles)
    facts = _facts(sheets, market, sources)
    check_model("risk model", "a model", sources.risk_as_of, on, findings)
    _check_rules(sheets, market, facts, sources, findings)
    check_activity_symbols(sheets["activity"], sheets["securities"], profiles, findings)
    accounts = _accounts(sheets, profiles, facts, market, findings)
    gaps = check_members(sources.benchmarks or {}, profiles, facts, market, findings)
    findings.raise_if_any()
    return _inputs(accounts, market, findings, gaps)


def _inputs(
    accounts: tuple[Account, ...], market: Market, findings: Findings, gaps: Gaps
) -> Inputs:
    return Inputs(
        accounts=accounts,
        market=market,
        notes=tuple(findings.notes),
        unpriced=gaps.unpriced,
        unexposed=gaps.unexposed,
    )


def _resolved(sheets: Sheets, sources: Sources, on: date, findings: Findings) -> Sheets:
    """Return the sheets with canonical symbols and rows of known accounts only."""
    resolved = dict(sheets)
    symbols = read_symbols(sheets["securities"], on, findings)
    securities = Symbols({}).sheet(sheets["securities"])
    resolved["securities"] = unrepeated(securities, findings)
    for name in WITH_SYMBOLS:
        resolved[name] = symbols.sheet(sheets[name])
    resolved["prices"] = unrepeated(resolved["prices"], findings)
    accounts = sheets["accounts"]
    check_names(accounts, findings)
    known = set(accounts.frame["account"].tolist())
    of = f"an account of {accounts.file}"
    for name in OF_ACCOUNTS:
        resolved[name] = known_only(
            resolved[name], known, findings, column="account", of=of
        )
    resolved["restrictions"] = of_known_scopes(
        resolved["restrictions"], accounts, sources.benchmarks, findings
    )
    return resolved


def _facts(sheets: Sheets, market: Market, sources: Sources) -> Facts:
    listing = sheets["securities" if sheets["securities"].given else "prices"]
    exposed = sources.risk_symbols
    return Facts(
        listed=frozenset(listing.frame["symbol"].tolist()),
        listing=listing.file,
        priced=frozenset(market.quotes),
        pricing=sheets["prices"].file,
        exposed=None if exposed is None else frozenset(exposed),
    )


def _check_rules(
    sheets: Sheets, market: Market, facts: Facts, sources: Sources, findings: Findings
) -> None:
    """Check what restrictions and working orders name; a misspelt rule is no rule."""
    symbols = set(facts.listed | facts.priced | (facts.exposed or frozenset()))
    symbols.update(sheets["lots"].frame["symbol"].tolist())
    for benchmark in (sources.benchmarks or {}).values():
        symbols.update(str(symbol) for symbol in benchmark.weights.index)
    securities = market.securities.values()
    known = {
        "symbol": symbols,
        "sector": {s.sector for s in securities if s.sector},
        "group": {s.wash_group for s in securities if s.wash_group},
    }
    source = sheets["securities"].file
    of = {
        "symbol": "a symbol of the lots, prices, securities, benchmarks or risk model",
        "sector": f"a sector of {source}",
        "group": f"a wash_group of {source}",
    }
    for column, names in known.items():
        rules = sheets["restrictions"]
        known_only(rules, names, findings, column=column, of=of[column])
    orders = sheets["working_orders"]
    known_only(orders, symbols, findings, column="symbol", of=of["symbol"])


def _accounts(
    sheets: Sheets, profiles: Profiles, facts: Facts, market: Market, findings: Findings
) -> tuple[Account, ...]:
    """Return the accounts sorted by id, each part from its own table."""
    rows, on = sheets["accounts"], market.on
    people = read_taxpayers(rows, sheets["taxpayers"], on, findings)
    tracked = any(profile.benchmark for profile in profiles.values())
    cash = read_cash(
        rows, sheets["cash"], profiles, findings, needed=tracked, rates=market.rates
    )
    flows = read_flows(rows, sheets["flows"], on, findings)
    rules = read_restrictions(
        sheets["restrictions"], members_of(profiles), market, findings
    )
    activity = read_activity(sheets["activity"], on, findings)
    orders = read_working_orders(sheets["working_orders"])
    holdings = read_lots(sheets["lots"], facts, profiles, market, findings)
    untraded = {(a, u.symbol) for a, held in holdings.untraded.items() for u in held}
    known = holdings_of(sheets["lots"], untraded, market)
    check_lot_rules(sheets["restrictions"], rules, known, findings)
    with_sleeves = (sheets["lots"], sheets["cash"])
    check_sleeves(sheets["restrictions"], rules, with_sleeves, findings)
    outside = read_outside(sheets["outside"], facts, profiles, market, findings)
    return tuple(
        replace(
            account,
            lots=holdings.lots.get(account.account, ()),
            untraded=(
                *holdings.untraded.get(account.account, ()),
                *outside.get(account.account, ()),
            ),
            cash=cash.get(account.account, ()),
            flows=flows.get(account.account, ()),
            restrictions=rules.of(account.account),
            activity=activity.get(account.account, ()),
            working_orders=with_limits(orders.get(account.account, ()), market),
        )
        for account in _bare_accounts(rows, profiles, people)
    )


def _bare_accounts(
    rows: Sheet, profiles: Profiles, people: dict[str, Taxpayer]
) -> list[Account]:
    """Return the accounts as their own table has them, sorted by id."""
    columns = ("account", "type", "group", "policy", "currency", "fractional")
    accounts = [
        Account(
            account=account,
            taxpayer=people[account],
            type=AccountType(kind),
            benchmark=profiles[account].benchmark,
            group=group or "",
            policy=policy or "",
            currency=currency,
            fractional=fractional,
        )
        for _, account, kind, group, policy, currency, fractional in rows.rows(*columns)
    ]
    return sorted(accounts, key=lambda account: account.account)

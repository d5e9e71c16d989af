# SPDX-License-Identifier: Apache-2.0
"""From an account to its program: the one place where domain objects become numbers.

Fractions refer to a recorded base: NAV after the due cash flow, or before it when
the flow takes out more than 90 % (so that a full withdrawal does not divide by 0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np

from di_optimizer.account import Account
from di_optimizer.errors import InputError, Problem
from di_optimizer.exact import ZERO
from di_optimizer.market import Market
from di_optimizer.policy import Policy
from di_optimizer.program.limits import Limit, Limits, Weights, limits, restricted
from di_optimizer.program.program import Floats, LotArrays, Program, Row
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term, term
from di_optimizer.trades import Trade
from di_optimizer.universe import Universe

SHOWN = 10  # symbols that one note lists
LARGE_WITHDRAWAL = Decimal("0.9")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one program is built from. ``benchmark`` maps symbols to weights, sum 1.

    ``related`` are the taxpayer's other accounts as they are before trading,
    ``planned`` what those of them trade that were solved before this one.

    Benchmark members without a quote may not be bought; members and positions that
    the risk model does not know are left out of tracking error.
    """

    account: Account
    market: Market
    benchmark: Mapping[str, float]
    risk: FactorRiskModel
    policy: Policy
    related: tuple[Account, ...] = ()
    planned: Mapping[str, tuple[Trade, ...]] = field(default_factory=dict)

    @property
    def on(self) -> date:
        """The trade date."""
        return self.market.on


@dataclass(frozen=True, kw_only=True)
class Built:
    """A program and the way back from its arrays to the account.

    ``lots`` are in the program's lot order, ``prices`` (n,) in account currency;
    ``breached`` lists limits that the present positions already break.
    """

    program: Program
    universe: Universe
    lots: tuple[Lot, ...]
    prices: Floats
    nav: Decimal
    base: Decimal
    breached: tuple[str, ...]


def value_of(account: Account, market: Market) -> Decimal:
    """Return NAV after the due flow: lots, valued untraded positions, cash, flow."""
    lots = sum((lot.shares * market.price(lot.symbol) for lot in account.lots), ZERO)
    fixed = sum(
        (u.shares * market.price(u.symbol) for u in account.untraded if u.valued), ZERO
    )
    return lots + fixed + account.cash_amount() + account.flow_due(market.on)


def base_of(nav: Decimal, flow: Decimal) -> Decimal:
    """Return the base of fractions: NAV, or NAV before a flow that takes over 90 %.

    Examples
    --------
    >>> base_of(Decimal(50), Decimal(-50)), base_of(Decimal(5), Decimal(-95))
    (Decimal('50'), Decimal('100'))
    """
    before = nav - flow
    return before if -flow > LARGE_WITHDRAWAL * before else nav


def build(job: Job) -> Built:
    """Build the program of one account.

    Raises
    ------
    InputError
        When the account has nothing to invest (NAV at or below 0).
    """
    nav = value_of(job.account, job.market)
    base = base_of(nav, job.account.flow_due(job.on))
    if base <= 0:
        raise InputError([_worthless(job.account, nav)])
    universe = _universe(job)
    lots = _ordered(job.account.lots)
    arrays = _lot_arrays(job, universe, lots, base)
    held = _held(job, universe, arrays, base)
    scale = _scale(nav, base)
    benchmark = _benchmark(job, universe) * scale
    bounds = _bounds(job, universe, held, benchmark, scale)
    exposures, specific = job.risk.loadings(universe.symbols)
    cost = _half_spreads(job, universe)
    program = Program(
        gamma=job.policy.tracking.gamma,
        exposures=exposures,
        specific=specific,
        benchmark=benchmark,
        held=held,
        lower=np.array([b.lower.weight for b in bounds]),
        upper=np.array([b.upper.weight for b in bounds]),
        lower_name=_names(universe, [b.lower for b in bounds]),
        upper_name=_names(universe, [b.upper for b in bounds]),
        buy_cost=cost,
        lots=arrays,
        rows=(_cash_row(job, arrays, cost, (nav, base)),),
    )
    return Built(
        program=program,
        universe=universe,
        lots=lots,
        prices=_prices(job, universe),
        nav=nav,
        base=base,
        breached=_breaches(universe, bounds),
    )


def _scale(nav: Decimal, base: Decimal) -> float:
    """Return NAV / base: 1, less after a large withdrawal, 0 when that takes it all."""
    return max(float(nav / base), 0.0)


def _prices(job: Job, universe: Universe) -> Floats:
    quotes = job.market.quotes
    return np.array(
        [float(quotes[s].price) if s in quotes else np.nan for s in universe.symbols]
    )


def _worthless(account: Account, nav: Decimal) -> Problem:
    return Problem(
        file=f"account '{account.account}'",
        found=f"a net asset value of {nav}",
        allowed="more than 0 after the due cash flow",
        todo="Check cash and flows of the account.",
    )


def _universe(job: Job) -> Universe:
    """Held and benchmark securities that the risk model knows, sorted."""
    known = set(job.risk.symbols)
    held = {lot.symbol for lot in job.account.lots}
    fixed = {u.symbol for u in job.account.untraded if u.valued}
    wanted = held | fixed | set(job.benchmark)
    return Universe(tuple(sorted(wanted & known)))


def _ordered(lots: tuple[Lot, ...]) -> tuple[Lot, ...]:
    """Canonical lot order: whatever the order of rows, the same program."""
    return tuple(
        sorted(
            lots,
            key=lambda t: (t.symbol, t.holding_start, t.acquired, t.lot_id),
        )
    )


def _lot_arrays(
    job: Job, universe: Universe, lots: tuple[Lot, ...], base: Decimal
) -> LotArrays:
    values = [lot.shares * job.market.price(lot.symbol) for lot in lots]
    terms = [term(lot.holding_start, job.on) for lot in lots]
    spreads = [
        job.market.half_spread(lot.symbol, job.policy.trading.spread_bp) for lot in lots
    ]
    gains = [
        float(1 - lot.cost_basis / value)
        for lot, value in zip(lots, values, strict=True)
    ]
    return LotArrays.free(
        security=np.array([universe.position[lot.symbol] for lot in lots], np.int64),
        weight=np.array([float(value / base) for value in values]),
        gain=np.array(gains),
        rate=np.array([job.account.tax_rate(t) for t in terms]),
        long_term=np.array([t is Term.LONG for t in terms], dtype=np.bool_),
        sell_cost=np.array([float(s) for s in spreads]),
    )


def _held(job: Job, universe: Universe, arrays: LotArrays, base: Decimal) -> Floats:
    """Present weights: tradable lots plus what is held untraded."""
    held = np.bincount(
        arrays.security, weights=arrays.weight, minlength=len(universe)
    ).astype(np.float64)
    for fixed in job.account.untraded:
        if fixed.valued and fixed.symbol in universe.position:
            value = fixed.shares * job.market.price(fixed.symbol)
            held[universe.position[fixed.symbol]] += float(value / base)
    return held


def _benchmark(job: Job, universe: Universe) -> Floats:
    known = {s: w for s, w in job.benchmark.items() if s in universe.position}
    return universe.align(known, what="benchmark", fill=0.0)


def _half_spreads(job: Job, universe: Universe) -> Floats:
    quotes, default = job.market.quotes, job.policy.trading.spread_bp
    return np.array(
        [
            float(job.market.half_spread(s, default)) if s in quotes else 0.0
            for s in universe.symbols
        ]
    )


def _bounds(
    job: Job, universe: Universe, held: Floats, benchmark: Floats, scale: float
) -> list[Limits]:
    rules = restricted(job.account, job.market)
    fixed = {u.symbol: u.reason for u in job.account.untraded}
    found = []
    for i, symbol in enumerate(universe.symbols):
        reason = fixed.get(symbol, "")
        if not reason and symbol not in job.market.quotes:
            reason = "no price"
        if reason:
            found.append(_frozen(float(held[i]), f"held untraded: {reason}"))
            continue
        weights = Weights(held=float(held[i]), benchmark=float(benchmark[i]), most=1.0)
        chosen = rules.get(symbol, ())
        found.append(limits(weights, job.policy.bounds, chosen, scale))
    return found


def _frozen(held: float, name: str) -> Limits:
    limit = Limit(weight=held, name=name)
    return Limits(lower=limit, upper=limit)


def _names(universe: Universe, found: list[Limit]) -> tuple[str, ...]:
    """Name each limit with its security; a natural limit stays without a name."""
    return tuple(
        f"{limit.name} on {symbol}" if limit.name else ""
        for symbol, limit in zip(universe.symbols, found, strict=True)
    )


def _breaches(universe: Universe, bounds: list[Limits]) -> tuple[str, ...]:
    """Say once for each limit which positions are outside of it already."""
    outside: dict[str, list[str]] = {}
    for symbol, limit in zip(universe.symbols, bounds, strict=True):
        for name in limit.breached:
            outside.setdefault(name, []).append(symbol)
    return tuple(
        f"{_listed(symbols)}: already outside {name}; may not move further out"
        for name, symbols in outside.items()
    )


def _listed(symbols: list[str]) -> str:
    more = len(symbols) - SHOWN
    return ", ".join(symbols[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _cash_row(
    job: Job, lots: LotArrays, cost: Floats, worth: tuple[Decimal, Decimal]
) -> Row:
    """Cash after the flow and all trades, costs included; ``worth`` is NAV and base."""
    account, policy = job.account, job.policy
    cash = account.cash_amount() + account.flow_due(job.on)
    nav, base = worth
    low, high = account.cash_range(policy.cash.minimum, policy.cash.maximum)
    scale = _scale(nav, base)
    return Row(
        name="cash",
        buy=-(1.0 + cost),
        sell=1.0 - lots.sell_cost,
        offset=float(cash / base),
        lower=low * scale,
        upper=high * scale,
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )

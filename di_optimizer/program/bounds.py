# SPDX-License-Identifier: Apache-2.0
"""The weight limits of every security of a job: policy, restrictions, closed groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from di_optimizer.program.groups import Flags, Floats
from di_optimizer.program.job import Job
from di_optimizer.program.limits import (
    NO_BUYS,
    NO_SALES,
    SIDES,
    Limit,
    Limits,
    Shut,
    Weights,
    label,
    limits,
    restricted,
)
from di_optimizer.program.thresholds import left_alone
from di_optimizer.restrictions import LOCK
from di_optimizer.universe import Universe
from di_optimizer.wash_facts import LossSale, WashFacts, group_of

SHOWN = 10  # symbols that one note lists


def bounds_of(
    job: Job,
    universe: Universe,
    weights: tuple[Floats, Floats, Floats],
    scale: float,
    facts: WashFacts,
) -> list[Limits]:
    """Return the limits of each security.

    Parameters
    ----------
    weights : three of (n,)
        Held and benchmark weights, and what of the held ones is never traded;
        fractions of base.
    scale : float
        NAV / base: limits are set in fractions of NAV.
    """
    rules = restricted(job.account, job.market)
    frozen = _frozen_symbols(job)
    closed = closures(job, universe, facts)
    aside, sides = left_alone(job), job.policy.trading.sides
    found = []
    for i, symbol in enumerate(universe.symbols):
        held, benchmark, fixed = (float(part[i]) for part in weights)
        reason = frozen.get(symbol, "")
        if not reason and symbol not in job.market.quotes:
            reason = "held untraded: no price"
        if reason:
            found.append(_frozen(held, reason))
            continue
        own = Weights(held=held, benchmark=benchmark, most=1.0, fixed=fixed)
        late = (closed[symbol],) if symbol in closed else ()
        shut = Shut(
            buys=(*late, SIDES) if sides in NO_BUYS else late,
            sales=(SIDES,) if sides in NO_SALES else (),
            aside=aside.get(symbol, ""),
        )
        chosen = rules.get(symbol, ())
        found.append(limits(own, job.policy.bounds, chosen, scale, shut, job.on))
    return found


def _frozen_symbols(job: Job) -> dict[str, str]:
    """Return why securities are not traded at all, by symbol."""
    account = job.account
    locks = [
        label(rule)
        for rule in account.rules(job.on)
        if rule.kind == LOCK and rule.sleeve is None
    ]
    if locks:
        held = {lot.symbol for lot in account.lots}
        held |= {u.symbol for u in account.untraded}
        return dict.fromkeys(held | set(job.benchmark), locks[0])
    closed = (u for u in account.untraded if u.closed)
    return {u.symbol: f"held untraded: {u.reason}" for u in closed}


def closures(job: Job, universe: Universe, facts: WashFacts) -> dict[str, str]:
    """Return what closes a security to purchases, by symbol."""
    if not job.washes:
        return {}
    sales = ((s, facts.closed.get(group_of(job.market, s))) for s in universe.symbols)
    return {symbol: closure(sale) for symbol, sale in sales if sale is not None}


def postponed(
    job: Job, universe: Universe, facts: WashFacts, upper_name: Sequence[str]
) -> Flags:
    """Return what only another account's loss sale of today closes, (n,).

    Parameters
    ----------
    upper_name : (n,)
        What set the most weight of each security.
    """
    found = np.zeros(len(universe), dtype=np.bool_)
    if not job.washes:
        return found
    for i, symbol in enumerate(universe.symbols):
        sale = facts.closed.get(group_of(job.market, symbol))
        planned = sale is not None and sale.source == "planned"
        if sale is not None and planned:
            found[i] = upper_name[i] == f"{closure(sale)} on {symbol}"
    return found


def closure(sale: LossSale) -> str:
    """Return what messages call the limit that a loss sale sets on its group."""
    return (
        f"wash sale: loss of {sale.symbol} sold {sale.on} in account '{sale.account}', "
        f"no purchase before {sale.free}"
    )


def _frozen(held: float, name: str) -> Limits:
    limit = Limit(weight=held, name=name)
    return Limits(lower=limit, upper=limit)


def names_of(universe: Universe, found: Sequence[Limit]) -> tuple[str, ...]:
    """Name each limit with its security; a natural limit stays without a name."""
    return tuple(
        f"{limit.name} on {symbol}" if limit.name else ""
        for symbol, limit in zip(universe.symbols, found, strict=True)
    )


def breaches(universe: Universe, bounds: Sequence[Limits]) -> tuple[str, ...]:
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

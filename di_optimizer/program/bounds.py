# SPDX-License-Identifier: Apache-2.0
"""The weight limits of every security of a job: policy, restrictions, closed groups."""

from __future__ import annotations

from collections.abc import Sequence

from di_optimizer.program.groups import Floats
from di_optimizer.program.job import Job
from di_optimizer.program.limits import Limit, Limits, Weights, limits, restricted
from di_optimizer.universe import Universe
from di_optimizer.wash_facts import LossSale, WashFacts, group_of

SHOWN = 10  # symbols that one note lists


def bounds_of(
    job: Job,
    universe: Universe,
    weights: tuple[Floats, Floats],
    scale: float,
    facts: WashFacts,
) -> list[Limits]:
    """Return the limits of each security.

    Parameters
    ----------
    weights : pair of (n,)
        Held and benchmark weights, fractions of base.
    scale : float
        NAV / base: limits are set in fractions of NAV.
    """
    rules = restricted(job.account, job.market)
    fixed = {u.symbol: u.reason for u in job.account.untraded}
    closed = closures(job, universe, facts)
    found = []
    for i, symbol in enumerate(universe.symbols):
        held, benchmark = float(weights[0][i]), float(weights[1][i])
        reason = fixed.get(symbol, "")
        if not reason and symbol not in job.market.quotes:
            reason = "no price"
        if reason:
            found.append(_frozen(held, f"held untraded: {reason}"))
            continue
        own = Weights(held=held, benchmark=benchmark, most=1.0)
        shut = (closed[symbol],) if symbol in closed else ()
        chosen = rules.get(symbol, ())
        found.append(limits(own, job.policy.bounds, chosen, scale, shut))
    return found


def closures(job: Job, universe: Universe, facts: WashFacts) -> dict[str, str]:
    """Return what closes a security to purchases, by symbol."""
    if not job.washes:
        return {}
    sales = ((s, facts.closed.get(group_of(job.market, s))) for s in universe.symbols)
    return {symbol: closure(sale) for symbol, sale in sales if sale is not None}


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

# SPDX-License-Identifier: Apache-2.0
"""Synthetic accounts of any size as programs: for growth, memory and smoke tests.

Weights fall off like an index's, lots come from years of purchases along price
paths, a few names were bought within the last month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.groups import Floats, Group, Ints, Mode
from di_optimizer.program.program import LotArrays, Program, Row
from di_optimizer.solve.groups import totals

COST = 1e-4  # half a spread of 2 bp
RATES = (0.408, 0.238)  # short, long


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a synthetic account is; ``recent`` names have wash-sale modes."""

    names: int
    lots: int
    factors: int
    recent: float = 0.04

    def __str__(self) -> str:
        return f"{self.names} names × {self.lots} lots, {self.factors} factors"


def synthetic(size: Size, gamma: float, seed: int) -> Program:
    """Return an account that drifted from its index and can harvest losses.

    Deterministic in its arguments.
    """
    rng = np.random.default_rng([size.names, size.lots, size.factors, seed])
    n = size.names
    benchmark = rng.permutation(np.arange(1, n + 1, dtype=np.float64) ** -0.8)
    benchmark /= benchmark.sum()
    lots = _lots(rng, size, benchmark)
    held = totals(lots.security, lots.weight, n)
    return Program(
        gamma=gamma,
        exposures=_exposures(rng, n, size.factors),
        specific=rng.lognormal(np.log(0.25), 0.3, n) ** 2,
        benchmark=benchmark,
        held=held,
        lower=np.zeros(n),
        upper=np.ones(n),
        lower_name=("",) * n,
        upper_name=("",) * n,
        buy_cost=np.full(n, COST),
        lots=lots,
        rows=(_cash(n, lots, 1.0 - float(held.sum())),),
        groups=_groups(rng, size, lots),
    )


def _lots(rng: np.random.Generator, size: Size, benchmark: Floats) -> LotArrays:
    """Return lots bought over five years along prices of 18 % and 30 % volatility."""
    n, count = size.names, size.names * size.lots
    ages = np.sort(rng.uniform(0.1, 5.0, (n, size.lots)), axis=1)[:, ::-1]
    market = 0.18 * rng.normal(size=size.lots) * np.sqrt(ages[0])
    own = 0.3 * rng.normal(size=(n, size.lots)) * np.sqrt(ages)
    growth = np.exp(0.04 * ages + 0.3 * market + own)  # since the purchase
    weight = benchmark[:, None] * rng.uniform(0.3, 1.7, (n, size.lots)) * growth
    weight *= 0.996 / weight.sum()
    long = (ages > 1.0).ravel()
    return LotArrays.free(
        security=np.repeat(np.arange(n), size.lots),
        weight=weight.ravel(),
        gain=1.0 - 1.0 / growth.ravel(),
        rate=np.where(long, RATES[1], RATES[0]),
        long_term=long,
        sell_cost=np.full(count, COST),
    )


def _exposures(rng: np.random.Generator, n: int, factors: int) -> Floats:
    """Return a market factor of 16 % and others of 1 to 6 %."""
    scale = np.geomspace(0.06, 0.01, factors)
    found: Floats = rng.normal(size=(n, factors)) * scale
    found[:, 0] = 0.16 * rng.normal(1.0, 0.25, n)
    return found


def _cash(n: int, lots: LotArrays, cash: float) -> Row:
    return Row(
        name="cash",
        buy=np.full(n, -1.0 - COST),
        sell=1.0 - lots.sell_cost,
        offset=cash,
        lower=0.0,
        upper=0.01,
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )


def _groups(rng: np.random.Generator, size: Size, lots: LotArrays) -> tuple[Group, ...]:
    chosen = rng.random(size.names) < size.recent
    losers = np.bincount(lots.security, weights=lots.gain < 0.0, minlength=size.names)
    return tuple(
        _group(i, size, lots) for i in np.flatnonzero(chosen & (losers > 0)).tolist()
    )


def _group(security: int, size: Size, lots: LotArrays) -> Group:
    """Return a name whose last lot is recent: no loss, or that lot sold as well."""
    own: Ints = np.arange(security * size.lots, (security + 1) * size.lots)
    weight, gain = lots.weight[own], lots.gain[own]
    last = np.arange(size.lots) == size.lots - 1
    nothing = np.zeros(size.lots)
    boxes = (
        ("no loss sale", True, nothing, np.where(gain < 0.0, 0.0, weight)),
        ("losses, recent shares sold", False, np.where(last, weight, 0.0), weight),
    )
    modes = tuple(
        Mode(
            name=name,
            buys=np.array([buys]),
            floor=floor,
            cap=cap,
            gain=gain,
            buy_charge=np.zeros(1),
            sell_charge=nothing,
        )
        for name, buys, floor, cap in boxes
    )
    return Group(
        name=f"S{security}", securities=np.array([security]), lots=own, modes=modes
    )

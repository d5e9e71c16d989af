# SPDX-License-Identifier: Apache-2.0
"""Random programs with every feature at once, any number of securities."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from di_optimizer.program.groups import Group
from di_optimizer.program.program import (
    Floats,
    Ints,
    LotArrays,
    Program,
    Row,
    at_modes,
)
from di_optimizer.solve.widen import widened
from support.modes import (
    any_modes,
    bill,
    relief_modes,
    traded_off_group,
    wash_modes,
)
from support.sized_features import GRIDS, LIMITS, in_sizes, with_grid, with_limits

ROWS = ("sector", "beta", "turnover", "gains", "losses", "net")
GROUPS = ("wash", "relief", "any", "trade_off")
BOXES = {"wash": wash_modes, "relief": relief_modes, "any": any_modes}


@dataclass(frozen=True, kw_only=True)
class Features:
    """What a random program has; the defaults are the plainest one.

    ``rows`` and ``groups`` name kinds; each group takes one or two securities. ``flow``
    is due cash as a fraction of what is held. With ``planted`` a random plan keeps
    every limit, each with up to that much room; without, there may be none. ``grid``
    is one of :data:`GRIDS`, ``limits`` name sizes and counts; '' and () leave sizes
    free and draw no numbers.
    """

    seed: int = 0
    securities: int = 2
    lots: int = 2
    factors: int = 1
    gamma: float = 10.0
    rows: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    flow: float = 0.0
    restricted: bool = False
    lot_limits: bool = False
    netted: bool = False
    capped: bool = False
    planted: float | None = None
    grid: str = ""
    limits: tuple[str, ...] = ()

    @property
    def sized(self) -> bool:
        """Whether sizes are limited or counted."""
        return bool(self.grid or self.limits)


def kinds(names: tuple[str, ...], most: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Up to ``most`` of the names, in order."""
    several = st.lists(st.sampled_from(names), max_size=most, unique=True)
    return several.map(lambda found: tuple(n for n in names if n in found))


def features(most: int = 12) -> st.SearchStrategy[Features]:
    """Any features, of up to ``most`` securities."""
    return st.builds(
        Features,
        seed=st.integers(0, 10**6),
        securities=st.integers(2, most),
        lots=st.integers(0, 4),
        factors=st.integers(1, 4),
        gamma=st.sampled_from([10.0, 0.5, 2.0, 50.0]),
        rows=kinds(ROWS, 3),
        groups=kinds(GROUPS, 3),
        flow=st.sampled_from([0.0, 0.1, -0.2, -0.5]),
        restricted=st.booleans(),
        lot_limits=st.booleans(),
        netted=st.booleans(),
        capped=st.booleans(),
        planted=st.sampled_from([None, 0.0, 0.01, 0.1]),
    )


def sized_features(most: int = 12) -> st.SearchStrategy[Features]:
    """Any features with sizes or counts, of up to ``most`` securities."""
    pair = st.tuples(st.sampled_from(("", *GRIDS)), kinds(LIMITS, 3))
    chosen = pair.filter(lambda found: bool(found[0] or found[1]))
    return st.builds(
        lambda wanted, found: replace(wanted, grid=found[0], limits=found[1]),
        features(most),
        chosen,
    )


def program_of(wanted: Features) -> Program:
    """Return the program that has these features; the same ones give the same."""
    rng = np.random.default_rng([wanted.seed, wanted.securities, wanted.lots])
    program, sizes = _account(wanted, rng), np.random.default_rng([wanted.seed, 7])
    if wanted.sized:
        program = with_grid(program, wanted.grid, sizes)
    if wanted.restricted:
        program = _restricted(program, rng)
    if wanted.lot_limits:
        program = replace(program, lots=_limited(program.lots, rng))
    program = replace(program, groups=_groups(program, wanted, rng))
    rows = [_row(program, name, rng) for name in wanted.rows]
    program = replace(program, rows=(*program.rows, *rows))
    if wanted.netted:
        program = replace(program, netting=bill(rng))
    if wanted.capped:
        program = replace(program, variance_cap=float(rng.choice([3e-3, 1e-3, 2e-4])))
    if wanted.sized:
        program = with_limits(program, wanted.limits, sizes)
    return program if wanted.planted is None else _planted(program, wanted, rng)


def _account(wanted: Features, rng: np.random.Generator) -> Program:
    """Lots with gains and losses, a benchmark and a cash range."""
    n = wanted.securities
    count = rng.integers(0, wanted.lots + 1, n)
    security = np.repeat(np.arange(n), count)
    m, spread = len(security), rng.choice([0.0, 1e-4, 3e-3])
    weight, cash = rng.uniform(0.1, 1.0, m), float(rng.choice([0.0, 0.01, 0.1]))
    weight *= (1.0 - cash) / (1.0 + wanted.flow) / weight.sum() if m else 1.0
    long_term = rng.random(m) < 0.5
    lots = LotArrays.free(
        security=security,
        weight=weight,
        gain=1.0 - np.exp(rng.normal(0.0, rng.choice([0.1, 0.4]), m)),
        rate=np.where(long_term, 0.238, 0.408),
        long_term=long_term,
        sell_cost=np.full(m, spread),
    )
    held = np.bincount(security, weights=weight, minlength=n).astype(np.float64)
    buy_cost = np.full(n, spread)
    low, high = [(0.0, 0.005), (0.0, 0.05), (0.01, 0.01)][int(rng.integers(0, 3))]
    cash_row = Row(
        name="cash",
        buy=-(1.0 + buy_cost),
        sell=1.0 - lots.sell_cost,
        offset=1.0 - float(held.sum()),
        lower=low,
        upper=high,
        lower_name="cash.minimum",
        upper_name="cash.maximum",
    )
    return Program(
        gamma=wanted.gamma,
        exposures=rng.normal(0.0, 0.15, (n, wanted.factors)),
        specific=rng.uniform(0.01, 0.12, n),
        benchmark=rng.dirichlet(np.full(n, 2.0)) * (rng.random(n) < 0.9),
        held=held,
        lower=np.zeros(n),
        upper=np.ones(n) * np.maximum(held, 1.0),
        lower_name=("",) * n,
        upper_name=("",) * n,
        buy_cost=buy_cost,
        lots=lots,
        rows=(cash_row,),
    )


def _restricted(program: Program, rng: np.random.Generator) -> Program:
    """No purchase, no sale, no trade, a full exit, or limits around the benchmark."""
    held, near = program.held, program.benchmark
    lower, upper = program.lower.copy(), program.upper.copy()
    for i, kind in enumerate(rng.integers(0, 10, program.n)):
        if kind in (0, 2):
            upper[i] = held[i]
        if kind in (1, 2):
            lower[i] = held[i]
        if kind == 3:
            upper[i] = 0.0
        if kind == 4:
            lower[i], upper[i] = min(held[i], near[i]), max(held[i], 1.5 * near[i])
    return replace(program, lower=lower, upper=upper)


def _limited(lots: LotArrays, rng: np.random.Generator) -> LotArrays:
    """Lots that must be sold, that must be kept, and preferences."""
    kind = rng.integers(0, 12, len(lots))
    part = np.where(kind == 0, 1.0, np.where(kind == 1, 0.4, 0.0))
    most = np.where(kind == 2, 0.0, np.where(kind == 3, 0.5, 1.0))
    return replace(
        lots,
        floor=part * lots.weight,
        cap=most * lots.weight,
        charge=np.where(kind == 4, 0.02, 0.0),
    )


def _groups(
    program: Program, wanted: Features, rng: np.random.Generator
) -> tuple[Group, ...]:
    """One group a kind, of one or two securities each, as long as there are some."""
    order = rng.permutation(program.n)
    found: list[Group] = []
    for kind in wanted.groups:
        size = int(rng.integers(1, 3))
        members, order = np.sort(order[:size]), order[size:]
        if not len(members):
            break
        own = np.flatnonzero(np.isin(program.lots.security, members))
        own = rng.permutation(own)
        if kind == "trade_off":
            options = {"netted": wanted.netted, "numbered": bool(rng.random() < 0.5)}
            found.append(traded_off_group(program, members, own, rng, **options))
            continue
        modes = BOXES[kind](program, members, own, rng)
        name = f"{kind} {members[0]}"
        found.append(Group(name=name, securities=members, lots=own, modes=modes))
    return tuple(found)


def _row(program: Program, name: str, rng: np.random.Generator) -> Row:
    """A limit that ties securities together, around what is held."""
    n, lots, gain = program.n, program.lots, program.lots.gain
    zero, size = np.zeros(n), float(rng.choice([0.0, 0.01, 0.1]))
    short = long = 0.0
    buy: Floats
    buy, sell, offset, low, high = zero, np.zeros(len(lots)), 0.0, -np.inf, np.inf
    if name in ("sector", "beta"):
        buy = (rng.random(n) < 0.5) * 1.0 if name == "sector" else rng.normal(1, 0.3, n)
        sell, offset = -buy[lots.security], float(buy @ program.held)
        low, high = offset - size, offset + float(rng.choice([0.0, 0.05, np.inf]))
    elif name == "turnover":
        buy, sell = np.ones(n), np.ones(len(lots))
        high = float(rng.choice([0.1, 0.4, 1.0]))
    elif name == "gains":
        sell, high = np.maximum(gain, 0.0), size
    elif name == "losses":
        sell, low = np.maximum(-gain, 0.0), 0.1 * size
    else:
        short, long = 1.0, float(rng.choice([0.0, 1.0]))
        low, high = -size, size
    return Row(
        name=name,
        buy=buy,
        sell=sell,
        offset=offset,
        lower=low,
        upper=high,
        lower_name=f"{name}.minimum",
        upper_name=f"{name}.maximum",
        short=short,
        long=long,
    )


def _planted(program: Program, wanted: Features, rng: np.random.Generator) -> Program:
    """Move limits out to a random plan, and a little further."""
    modes = _random_modes(program, rng)
    fixed = at_modes(program, modes)
    buys, sells = _plan_at(program, fixed, rng)
    program, (buys, sells) = in_sizes(program, fixed, (buys, sells))
    wide = widened(program, buys, sells)
    room = wanted.planted or 0.0
    rows = tuple(
        replace(row, lower=row.lower - room, upper=row.upper + room)
        for row in wide.rows
    )
    cap = wide.variance_cap * (1.0 + room)
    return replace(wide, rows=rows, variance_cap=cap)


def random_plan(program: Program, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Purchases or sales of every security, the groups' in one mode each."""
    return _plan_at(program, at_modes(program, _random_modes(program, rng)), rng)


def _random_modes(program: Program, rng: np.random.Generator) -> Ints:
    chosen = [int(rng.integers(0, len(group.modes))) for group in program.groups]
    return np.array(chosen, dtype=np.int64)


def _plan_at(
    program: Program, fixed: Program, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    floor, cap = fixed.lots.floor, fixed.lots.cap
    opened = fixed.upper > program.held
    own = program.lots.security
    forced = np.bincount(own, weights=floor, minlength=program.n) > 0.0
    opened &= ~forced
    buying = opened & (rng.random(program.n) < 0.5)
    part = rng.choice([0.0, 0.0, 1.0, rng.random()], len(floor))
    sells = np.where(buying[own], 0.0, floor + part * (cap - floor))
    spend = program.rows[0].offset + float(sells.sum())
    share = rng.dirichlet(np.ones(program.n)) * buying
    buys = share / max(share.sum(), 1e-12) * max(spend, 0.0)
    return np.minimum(buys, np.maximum(program.upper - program.held, 0.0)), sells

# SPDX-License-Identifier: Apache-2.0
"""Random small programs with modes, lot limits, budgets and a netted bill."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from di_optimizer.program.groups import Group, Mode, WashShares
from di_optimizer.program.netting import Netting, Piece
from di_optimizer.program.program import Program, Row
from di_optimizer.tax.netting import BillRules, polygons
from support.programs import Shape, random_program

GAMMAS = (0.5, 2.0, 10.0, 50.0)


def base_program(seed: int, most: int = 3) -> Program:
    """An account of up to ``most`` securities with two or three lots each."""
    shape = Shape(
        securities=1 + seed // 4 % most, lots_each=2 + seed % 2, gamma=GAMMAS[seed % 4]
    )
    return random_program(seed, shape)


def grouped_program(seed: int) -> Program:
    """One or two groups with modes: no wash sale, a relief order, or any boxes."""
    program, rng = base_program(seed), np.random.default_rng([seed, 1])
    kinds = (wash_modes, relief_modes, any_modes)
    groups, first = [], 0
    while first < program.n and len(groups) < 2:
        size = int(rng.integers(1, 3))
        members = np.arange(first, min(first + size, program.n))
        own = np.flatnonzero(np.isin(program.lots.security, members))
        own = rng.permutation(own)
        kind = kinds[int(rng.integers(0, 3))]
        modes = kind(program, members, own, rng)
        groups.append(
            Group(name=f"g{first}", securities=members, lots=own, modes=modes)
        )
        first += size + int(rng.integers(0, 2))
    return replace(program, groups=tuple(groups))


def mode(
    program: Program,
    own: np.ndarray,
    buys: np.ndarray,
    *,
    floor: np.ndarray,
    cap: np.ndarray,
    name: str = "mode",
) -> Mode:
    """A box without any charge."""
    return Mode(
        name=name,
        buys=buys,
        floor=floor,
        cap=cap,
        gain=program.lots.gain[own],
        buy_charge=np.zeros(len(buys)),
        sell_charge=np.zeros(len(own)),
    )


def wash_modes(
    program: Program, members: np.ndarray, own: np.ndarray, rng: np.random.Generator
) -> tuple[Mode, ...]:
    """No loss sale; or losses with all recent lots sold and nothing bought."""
    weight = program.lots.weight[own]
    loss, recent = program.lots.gain[own] < 0.0, rng.random(len(own)) < 0.4
    purchase, none = np.arange(len(own)), np.zeros(len(own))
    buys = np.full(len(members), rng.random() < 0.8)
    shut = np.zeros(len(members), dtype=bool)

    def box(kept: np.ndarray, sold: np.ndarray, open_: np.ndarray) -> Mode:
        cap, floor = np.where(kept, 0.0, weight), np.where(sold, weight, none)
        return mode(program, own, open_, floor=np.minimum(floor, cap), cap=cap)

    found = [box(loss, none > 0, buys), box(none > 0, recent, shut)]
    for one in np.flatnonzero(recent & loss):
        other = purchase != one
        found.append(box(loss & other, recent & other & ~loss, shut))
    return tuple(found)


def relief_modes(
    program: Program, members: np.ndarray, own: np.ndarray, _: np.random.Generator
) -> tuple[Mode, ...]:
    """Lots in the order of the group, one mode a lot: earlier ones fully sold."""
    weight, place = program.lots.weight[own], np.arange(len(own))
    found = []
    for last in range(max(len(own), 1)):
        floor, cap = (
            np.where(place < last, weight, 0.0),
            np.where(place <= last, weight, 0.0),
        )
        found.append(
            mode(program, own, np.full(len(members), last == 0), floor=floor, cap=cap)
        )
    return tuple(found)


def any_modes(
    program: Program, members: np.ndarray, own: np.ndarray, rng: np.random.Generator
) -> tuple[Mode, ...]:
    """Boxes of any kind, some of them empty of plans."""
    weight = program.lots.weight[own]
    found = []
    for _ in range(int(rng.integers(1, 4))):
        low = weight * rng.choice([0.0, 0.0, 0.0, 0.3, 1.0], len(own))
        high = np.maximum(low, weight * rng.choice([0.0, 0.5, 1.0, 1.0], len(own)))
        buys = rng.random(len(members)) < 0.6
        found.append(mode(program, own, buys, floor=low, cap=high))
    return tuple(found)


def limited_program(seed: int) -> Program:
    """Lots that must or must not be sold, preferences, and budgets on gains."""
    program, rng = base_program(seed, 4), np.random.default_rng([seed, 2])
    lots, count = program.lots, len(program.lots)
    kind = rng.integers(0, 10, size=count)
    floor = np.where(
        kind == 0, lots.weight, np.where(kind == 1, 0.4 * lots.weight, 0.0)
    )
    cap = np.where(kind == 2, 0.0, np.where(kind == 3, 0.5 * lots.weight, lots.weight))
    lots = replace(
        lots,
        floor=floor,
        cap=cap,
        floor_name=tuple(f"sell_lot {i}" if f else "" for i, f in enumerate(floor)),
        cap_name=tuple(
            f"keep_lot {i}" if c < w else ""
            for i, (c, w) in enumerate(zip(cap, lots.weight, strict=True))
        ),
        charge=np.where(kind == 4, 0.02, 0.0),
    )
    program = replace(program, lots=lots)
    return replace(program, rows=program.rows + budgets(program, rng))


def budgets(program: Program, rng: np.random.Generator) -> tuple[Row, ...]:
    """Most gains, least losses, or a net gain of one term, in fractions of base."""
    gain, lots = program.lots.gain, program.lots
    sell = [np.maximum(gain, 0.0), np.maximum(-gain, 0.0), np.zeros(len(lots))]
    kind = int(rng.integers(0, 3))
    size = float(rng.choice([0.0, 0.01, 0.05]))
    limits = [(-np.inf, size), (0.2 * size, np.inf), (-size, size)][kind]
    term = rng.choice([0, 1]) if kind == 2 else -1
    return (
        Row(
            name="budget",
            buy=np.zeros(program.n),
            sell=sell[kind],
            offset=0.0,
            lower=limits[0],
            upper=limits[1],
            lower_name="budget minimum",
            upper_name="budget maximum",
            short=float(term == 0),
            long=float(term == 1),
        ),
    )


def bill(rng: np.random.Generator) -> Netting:
    """A taxpayer's year with some totals before the run; base is 1."""
    rules = BillRules(
        short_rate=Fraction("0.408"),
        long_rate=Fraction("0.238"),
        ordinary_rate=Fraction("0.37"),
        limit=Fraction(str(rng.choice([0.003, 0.02]))),
        carry_short=Fraction(str(rng.choice([0.0, 0.204, 0.4]))),
        carry_long=Fraction("0.119"),
    )
    pieces = tuple(
        Piece(
            name=region.name,
            limits=tuple((float(a), float(b), float(c)) for a, b, c in region.limits),
            short_rate=float(region.short_rate),
            long_rate=float(region.long_rate),
            constant=float(region.constant),
        )
        for region in polygons(rules)
    )
    short, long = rng.choice([0.0, 0.0, 0.01, -0.02, 0.1, -0.1], size=2).tolist()
    before = Netting(short=short, long=long, before=0.0, pieces=pieces)
    return replace(before, before=before.bill(0.0, 0.0))


def netted_program(seed: int) -> Program:
    """The bill of the year instead of flat rates; every third one has groups."""
    program = grouped_program(seed) if seed % 3 == 0 else base_program(seed)
    return replace(program, netting=bill(np.random.default_rng([seed, 3])))


def traded_off_program(seed: int, *, netted: bool = False) -> Program:
    """One group whose losses may be disallowed: moved as a whole, or in part."""
    program, rng = base_program(seed), np.random.default_rng([seed, 4])
    own = rng.permutation(np.arange(len(program.lots)))
    numbered = seed % 2 == 0
    group = traded_off_group(
        program, np.arange(program.n), own, rng, netted=netted, numbered=numbered
    )
    netting = bill(rng) if netted else None
    return replace(program, groups=(group,), netting=netting)


def traded_off_group(
    program: Program,
    members: np.ndarray,
    own: np.ndarray,
    rng: np.random.Generator,
    *,
    netted: bool,
    numbered: bool,
) -> Group:
    """Losses may be disallowed: moved as a whole, or in part.

    ``numbered`` makes every lot a purchase of its own.
    """
    lots, weight, gain = program.lots, program.lots.weight[own], program.lots.gain[own]
    wash = WashShares(
        loss=gain < 0.0,
        replaces=rng.random(len(own)) < 0.5,
        purchase=np.arange(len(own)) if numbered else rng.integers(0, 3, len(own)),
        lot_shares=rng.uniform(0.5, 2.0, len(own)),
        buy_shares=rng.uniform(0.5, 2.0, len(members)),
        outside=float(rng.choice([0.0, 0.05])),
        moved=float(rng.choice([0.0, 0.5, 0.9])),
    )
    least = 0.0
    if wash.loss.any() and not netted:
        saved = np.abs(gain * lots.rate[own] / wash.lot_shares)
        least = float(saved[wash.loss].min()) * (1.0 - wash.moved)
    certain = wash.replaces & ~np.isin(wash.purchase, wash.purchase[wash.loss])
    kept = np.where(certain, least * wash.lot_shares, 0.0)
    opened, none = np.ones(len(members), bool), np.zeros(len(own))
    free = mode(program, own, opened, floor=none, cap=weight)
    modes = (
        replace(free, gain=np.where(wash.loss, gain * wash.moved, gain)),
        replace(
            free,
            buy_charge=least * wash.buy_shares,
            sell_charge=-kept,
            constant=float(least * wash.outside + kept @ weight),
        ),
    )
    return Group(
        name=f"wash {members[0]}", securities=members, lots=own, modes=modes, wash=wash
    )

# SPDX-License-Identifier: Apache-2.0
"""Blocks: each security in each mode that its group may take, as flat arrays.

Bounds and engines both work on blocks. Within one, a security is bought or sold by
itself; which of a group's modes holds is the group's choice. No rate is in here:
the pieces of a netted bill share the same blocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from di_optimizer.program.groups import Group
from di_optimizer.program.program import Flags, Floats, Ints, Program
from di_optimizer.solve.groups import totals

Column = Floats | Ints | Flags

_BLOCK = ("security", "buys", "buy_cost")
_PAIR = ("lot", "floor", "cap", "gain", "charge", "low", "high")
_CHOICE = ("group", "mode", "constant")

FREE = -1  # a mode that is still open, and the choice of a security without group


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Blocks, the lots in them, and the choices between them.

    Attributes
    ----------
    security, choice : (blocks,)
        ``choice`` is −1 for a security without group.
    buys : (blocks,)
        Whether the block may buy: the mode allows it and forces no sale.
    buy_cost : (blocks,)
        Cost and charge per unit bought.
    group, mode, constant : (choices,)
        Which mode of which group each choice is, and what it adds.
    owner, lot : (pairs,)
        A lot of a block; sorted by block.
    floor, cap, gain, charge : (pairs,)
        Of the lot in that block; ``charge`` is all of its charges per unit.
    low, high : (pairs,)
        Between these is the gain per unit that truly counts, whatever is matched.
    """

    security: Ints
    choice: Ints
    buys: Flags
    buy_cost: Floats
    group: Ints
    mode: Ints
    constant: Floats
    owner: Ints
    lot: Ints
    floor: Floats
    cap: Floats
    gain: Floats
    charge: Floats
    low: Floats
    high: Floats

    @property
    def count(self) -> int:
        """Number of blocks."""
        return len(self.security)

    def at(self, modes: Ints) -> Flags:
        """Return which blocks are in their group's mode, or in no group, (blocks,)."""
        chosen = np.ones(len(self.mode) + 1, dtype=np.bool_)  # −1 picks the last
        if len(modes):
            chosen[:-1] = modes[self.group] == self.mode
        return chosen[self.choice]

    def inside(self, keep: Flags) -> Flags:
        """Return which blocks are in one of some modes, or in no group, (blocks,)."""
        return np.append(keep, True)[self.choice]  # −1 picks the last

    def only(self, keep: Flags) -> Blocks:
        """Return the blocks without those of some modes; ``keep`` (choices,)."""
        if keep.all():
            return self
        number = np.cumsum(keep) - 1
        stays = self.inside(keep)
        place, inside = np.cumsum(stays) - 1, stays[self.owner]
        choice = self.choice[stays]
        columns = {name: getattr(self, name) for name in _BLOCK + _PAIR + _CHOICE}
        return Blocks(
            **{name: columns[name][stays] for name in _BLOCK},
            **{name: columns[name][inside] for name in _PAIR},
            **{name: columns[name][keep] for name in _CHOICE},
            choice=np.where(choice == FREE, FREE, number[choice]),
            owner=place[self.owner[inside]],
        )

    def some(self, chosen: Flags) -> Blocks:
        """Return some blocks by themselves, without choices; ``chosen`` (blocks,)."""
        place, inside = np.cumsum(chosen) - 1, chosen[self.owner]
        columns = {name: getattr(self, name) for name in _BLOCK + _PAIR + _CHOICE}
        return Blocks(
            **{name: columns[name][chosen] for name in _BLOCK},
            **{name: columns[name][inside] for name in _PAIR},
            **{name: columns[name][:0] for name in _CHOICE},
            choice=np.full(int(chosen.sum()), FREE, dtype=np.int64),
            owner=place[self.owner[inside]],
        )

    def per_block(self, amounts: Floats) -> Floats:
        """Return the sums of pair amounts by block, (blocks,)."""
        return totals(self.owner, amounts, self.count)

    def per_choice(self, amounts: Floats) -> Floats:
        """Return every mode's constant and the sum of its blocks, (choices,)."""
        chosen = self.choice != FREE
        count = len(self.constant)
        return self.constant + totals(self.choice[chosen], amounts[chosen], count)


@dataclass(frozen=True)
class _Part:
    """Some blocks: columns by block and by pair, pairs counted from their first."""

    blocks: dict[str, Column]
    pairs: dict[str, Column]


def open_modes(program: Program) -> Ints:
    """Return modes that leave every group open, (groups,)."""
    return np.full(len(program.groups), FREE, dtype=np.int64)


def blocks_of(program: Program, modes: Ints) -> Blocks:
    """Return the blocks of every group's open modes.

    Parameters
    ----------
    modes : (groups,)
        Mode of each group, −1 for all of them.
    """
    parts = [_ungrouped(program)]
    choices: list[tuple[int, int, float]] = []
    for number, (group, only) in enumerate(
        zip(program.groups, modes.tolist(), strict=True)
    ):
        for mode in range(len(group.modes)) if only == FREE else (only,):
            parts.append(_in_mode(program, group, mode, len(choices)))
            choices.append((number, mode, group.modes[mode].constant))
    table = np.array(choices, dtype=np.float64).reshape(-1, 3)
    return Blocks(
        group=table[:, 0].astype(np.int64),
        mode=table[:, 1].astype(np.int64),
        constant=table[:, 2],
        owner=_owners(parts),
        **_joined(part.blocks for part in parts),
        **_joined(part.pairs for part in parts),
    )


def _joined(tables: Iterable[dict[str, Column]]) -> dict[str, Any]:
    several = list(tables)
    return {name: np.concatenate([t[name] for t in several]) for name in several[0]}


def _owners(parts: list[_Part]) -> Ints:
    """Return each pair's block, counted over all parts."""
    sizes = [len(part.blocks["security"]) for part in parts]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    owners = [part.pairs.pop("owner") + f for part, f in zip(parts, first, strict=True)]
    return np.concatenate(owners).astype(np.int64)


def _ungrouped(program: Program) -> _Part:
    """Return one block a security, for those in no group."""
    alone = np.ones(program.n, dtype=np.bool_)
    for group in program.groups:
        alone[group.securities] = False
    number = np.cumsum(alone) - 1
    security = np.flatnonzero(alone)
    lots = program.lots
    lot = np.flatnonzero(alone[lots.security])
    owner, gain = number[lots.security[lot]], lots.gain[lot]
    forced = np.bincount(owner, weights=lots.floor[lot], minlength=len(security))
    return _Part(
        blocks={
            "security": security,
            "choice": np.full(len(security), FREE, dtype=np.int64),
            "buys": forced == 0.0,
            "buy_cost": program.buy_cost[security],
        },
        pairs={
            "owner": owner,
            "lot": lot,
            "floor": lots.floor[lot],
            "cap": lots.cap[lot],
            "gain": gain,
            "charge": lots.charge[lot],
            "low": gain,
            "high": gain,
        },
    )


def _in_mode(program: Program, group: Group, number: int, choice: int) -> _Part:
    """Return one block a member of a group in one of its modes."""
    mode, count = group.modes[number], len(group.securities)
    place = np.full(program.n, -1, dtype=np.int64)
    place[group.securities] = np.arange(count)
    member = place[program.lots.security[group.lots]]
    order = np.argsort(member, kind="stable")
    lot, owner = group.lots[order], member[order]
    floor, gain = mode.floor[order], mode.gain[order]
    least, most = _counted(group, program.lots.gain[lot], order)
    forced = np.bincount(owner, weights=floor, minlength=count)
    return _Part(
        blocks={
            "security": group.securities,
            "choice": np.full(count, choice, dtype=np.int64),
            "buys": mode.buys & (forced == 0.0),
            "buy_cost": program.buy_cost[group.securities] + mode.buy_charge,
        },
        pairs={
            "owner": owner,
            "lot": lot,
            "floor": floor,
            "cap": mode.cap[order],
            "gain": gain,
            "charge": program.lots.charge[lot] + mode.sell_charge[order],
            "low": gain if least is None else least,
            "high": gain if most is None else most,
        },
    )


def _counted(
    group: Group, gain: Floats, order: Ints
) -> tuple[Floats | None, Floats | None]:
    """Return the range of the gain that counts where losses may be disallowed."""
    if group.wash is None:
        return None, None
    moved = np.where(group.wash.loss[order], group.wash.moved * gain, gain)
    return np.minimum(gain, moved), np.maximum(gain, moved)

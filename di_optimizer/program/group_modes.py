# SPDX-License-Identifier: Apache-2.0
"""Which securities share modes, and those modes: wash sales times relief orders.

Most securities stay without a group: only where a plan could have a wash sale, or
could leave a fixed relief order, is there a choice to make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.errors import InfeasibleError
from di_optimizer.exact import ZERO, exact
from di_optimizer.program.groups import Floats, Group, Ints, Mode
from di_optimizer.program.job import Job
from di_optimizer.program.limits import NOISE
from di_optimizer.program.lot_rules import LotRule, LotView
from di_optimizer.program.program import Program
from di_optimizer.program.relief_modes import ReliefCase, relief_modes
from di_optimizer.program.traits import Traits
from di_optimizer.program.wash_modes import (
    WashCase,
    disallow_modes,
    free_mode,
    needs_modes,
    trade_off_modes,
    wash_shares,
)
from di_optimizer.tax.relief import Relief, SaleView, relief_order
from di_optimizer.tax.term import Term
from di_optimizer.universe import Universe
from di_optimizer.wash_facts import WashFacts, group_of

OPTIMIZER = "optimizer"


@dataclass(frozen=True, kw_only=True)
class Choices:
    """A program without groups, and what its lots are in the account's words."""

    job: Job
    program: Program
    universe: Universe
    views: Sequence[LotView]
    rules: Sequence[LotRule]
    facts: WashFacts
    traits: Traits
    base: Decimal

    @property
    def washes(self) -> bool:
        """Whether sales of this account can be wash sales that matter."""
        return self.job.taxed and self.job.washes

    @property
    def relieves(self) -> bool:
        """Whether sales follow a fixed order; untaxed accounts have no such choice."""
        return self.job.taxed and self.job.policy.taxes.relief != OPTIMIZER

    @property
    def netted(self) -> bool:
        """Whether gains are taxed by the bill of the year."""
        return self.program.netting is not None

    @property
    def repriced(self) -> bool:
        """Whether gains may be priced at other rates: by a bill or a limit on tax."""
        return self.netted or self.job.policy.taxes.max_tax is not None


def groups_of(choices: Choices) -> tuple[Group, ...]:
    """Return the groups of a program, in the order of their names.

    Raises
    ------
    InfeasibleError
        Where what is demanded of lots leaves a group no mode.
    InputError
        Where a fixed relief order has too many modes.
    """
    if not (choices.washes or choices.relieves):
        return ()
    outside = _outside(choices.facts) if choices.washes else {}
    found: list[Group] = []
    for name, members in _families(choices):
        case = _case(choices, name, members, outside.get(name, 0.0))
        if choices.washes and needs_modes(case):
            found.append(_wash_group(choices, case))
        elif choices.relieves:
            alone = ((choices.universe.symbols[i], (i,)) for i in members)
            cases = [_case(choices, symbol, one, 0.0) for symbol, one in alone]
            pairs = [
                (one, _relief_group(choices, one)) for one in cases if len(one.lots)
            ]
            found += [g for one, g in pairs if choices.repriced or _chooses(one, g)]
    return tuple(found)


def _chooses(case: WashCase, group: Group) -> bool:
    """Return whether a group's modes forbid anything: one may, if others never fit."""
    first = group.modes[0]
    same = np.array_equal(first.floor, case.floor) and np.array_equal(
        first.cap, case.cap
    )
    return len(group.modes) > 1 or not same


def _families(choices: Choices) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the substantially identical groups with a choice, sorted by name.

    Without a fixed relief order that takes a lot at a loss, and something else than
    the security itself that could replace it.
    """
    lots, facts = choices.program.lots, choices.facts
    chosen = np.ones(len(lots), np.bool_) if choices.relieves else choices.traits.loss
    wanted = set(lots.security[chosen].tolist())
    risky = {share.group for share in (*facts.recent, *facts.outside)}
    members: dict[str, list[int]] = {}
    for i, symbol in enumerate(choices.universe.symbols):
        members.setdefault(group_of(choices.job.market, symbol), []).append(i)
    for name, own in sorted(members.items()):
        matters = choices.relieves or name in risky or len(own) > 1
        if matters and not wanted.isdisjoint(own):
            yield name, tuple(own)


def _wash_group(choices: Choices, case: WashCase) -> Group:
    wash = choices.job.policy.wash
    if wash.policy == "disallow":
        modes, shares = disallow_modes(case), None
    else:
        moved = _moved(choices, case.name)
        modes = trade_off_modes(case, moved=moved, netted=choices.netted)
        shares = wash_shares(case, moved)
    return Group(
        name=case.name,
        securities=case.securities,
        lots=case.lots,
        modes=_possible(choices, case, _relieved(choices, case, modes)),
        wash=shares,
        ordered=choices.relieves,
    )


def _relief_group(choices: Choices, case: WashCase) -> Group:
    modes = _relieved(choices, case, (free_mode(case),))
    return Group(
        name=case.name,
        securities=case.securities,
        lots=case.lots,
        modes=_possible(choices, case, modes),
        ordered=True,
    )


def _moved(choices: Choices, name: str) -> float:
    """Return the worth of a moved loss: none where a part of it may be lost for good.

    References
    ----------
    Rev. Rul. 2008-5: what an individual retirement account buys takes no basis.
    """
    outside = (share for share in choices.facts.outside if share.group == name)
    lost = any(share.deferred for share in outside)
    return 0.0 if lost else choices.job.policy.wash.moved_value


def _relieved(
    choices: Choices, case: WashCase, modes: Sequence[Mode]
) -> tuple[Mode, ...]:
    if not choices.relieves:
        return tuple(modes)
    lots = choices.program.lots
    relief = ReliefCase(
        orders=tuple(_order(choices, case, i) for i in case.securities.tolist()),
        weight=case.weight,
        rate=case.rate,
        cost=(lots.sell_cost + lots.charge)[case.lots],
        long_term=lots.long_term[case.lots],
        netted=choices.repriced,
        single=_told_apart(choices, case),
    )
    return tuple(part for mode in modes for part in relief_modes(mode, relief))


def _told_apart(choices: Choices, case: WashCase) -> bool:
    """Return whether rows see more of lots than gains: budgets, losses in part."""
    in_part = choices.washes and choices.job.policy.wash.policy == "trade_off"
    partly = choices.repriced and in_part and needs_modes(case)
    return bool(choices.job.policy.taxes.budgets) or partly


def _order(choices: Choices, case: WashCase, security: int) -> Ints:
    """Return the places of a member's lots as sales take them.

    Lots that may not be sold are passed over, those that have to be come first.
    """
    places = {
        choices.views[lot].lot.lot_id: place
        for place, lot in enumerate(case.lots.tolist())
        if choices.program.lots.security[lot] == security and case.cap[place] > 0.0
    }
    own = [choices.views[case.lots[place]].lot for place in places.values()]
    method = Relief(choices.job.policy.taxes.relief)
    taken = relief_order(method, own, _sale(choices, security)) if own else ()
    order = [places[lot.lot_id] for lot in taken]
    order.sort(key=lambda place: case.floor[place] <= 0.0)
    return np.array(order, dtype=np.int64)


def _sale(choices: Choices, security: int) -> SaleView:
    account, symbol = choices.job.account, choices.universe.symbols[security]
    return SaleView(
        price=Fraction(choices.job.market.price(symbol)),
        on=choices.job.on,
        short_rate=Fraction(exact(account.tax_rate(Term.SHORT))),
        long_rate=Fraction(exact(account.tax_rate(Term.LONG))),
    )


def _possible(
    choices: Choices, case: WashCase, modes: tuple[Mode, ...]
) -> tuple[Mode, ...]:
    """Leave out modes that sell more of a security than its limits permit.

    Where all of them do, they stay: the engine names the limits in conflict.
    """
    if not modes:
        raise InfeasibleError(_no_mode(choices, case))
    program = choices.program
    most = (program.held - program.lower)[case.securities] + NOISE
    place = np.searchsorted(case.securities, program.lots.security[case.lots])

    def fits(mode: Mode) -> bool:
        sold = np.bincount(place, weights=mode.floor, minlength=len(most))
        return bool(np.all(sold <= most))

    return tuple(mode for mode in modes if fits(mode)) or modes


def _no_mode(choices: Choices, case: WashCase) -> str:
    """Say what is demanded of the lots of a group that no mode permits."""
    named = [choices.rules[lot] for lot in case.lots.tolist()]
    demands = sorted({name for rule in named for name in (rule.forced, rule.kept)})
    lines = [f"  {name}" for name in demands if name]
    head = (
        f"account '{choices.job.account.account}', wash-sale group '{case.name}': no "
        f"sale satisfies {choices.job.mode_settings} together with:"
    )
    return "\n".join([head, *lines])


def _case(
    choices: Choices, name: str, members: Sequence[int], outside: float
) -> WashCase:
    """Return one group as arrays, lots in the order in which they replace others."""
    program, traits, lots = choices.program, choices.traits, choices.program.lots
    securities = np.array(members, dtype=np.int64)
    starts = np.searchsorted(lots.security, securities, side="left").tolist()
    ends = np.searchsorted(lots.security, securities, side="right").tolist()
    held = zip(starts, ends, strict=True)
    own = np.concatenate([np.arange(start, end) for start, end in held])
    own = own[np.argsort(traits.arrival[own])]
    return WashCase(
        name=name,
        securities=securities,
        lots=own,
        weight=lots.weight[own],
        floor=lots.floor[own],
        cap=lots.cap[own],
        gain=lots.gain[own],
        rate=lots.rate[own],
        loss=traits.loss[own],
        recent=traits.recent[own],
        purchase=traits.purchase[own],
        lot_shares=traits.shares[own] / lots.weight[own],
        buy_shares=_buy_shares(choices, members),
        outside=outside,
        closed=bool(np.all(program.upper[securities] <= program.held[securities])),
    )


def _buy_shares(choices: Choices, members: Sequence[int]) -> Floats:
    """Return shares per unit bought; 0 without a price: it cannot be bought."""
    market, symbols = choices.job.market, choices.universe.symbols
    prices = [
        market.price(symbols[i]) if symbols[i] in market.quotes else None
        for i in members
    ]
    return np.array([0.0 if p is None else float(choices.base / p) for p in prices])


def _outside(facts: WashFacts) -> dict[str, float]:
    """Return the shares that the account cannot sell, by group."""
    found: dict[str, Decimal] = {}
    for share in facts.outside:
        found[share.group] = found.get(share.group, ZERO) + share.shares
    return {name: float(shares) for name, shares in found.items()}

# SPDX-License-Identifier: Apache-2.0
"""The modes of one substantially identical group, as arrays; no dates, no accounts.

Under `disallow` every mode is a box without a wash sale, and together they hold every
plan without one. Under `trade_off` two modes bound the true cost from below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.groups import Flags, Floats, Ints, Mode, WashShares

NO_LOSS = "no loss sale"
ALL_RECENT = "losses, recent shares sold"
ONE_PURCHASE = "losses of one purchase alone"
MOVED = "losses moved to replacement shares"
IN_PART = "losses disallowed in part"
FREE = "free"


@dataclass(frozen=True, kw_only=True)
class WashCase:
    """One group on the trade date. Shapes (members,) and (group lots,).

    Attributes
    ----------
    securities, lots : (members,), (group lots,)
        Numbers in the program; lots in order of acquisition.
    weight, floor, cap, gain, rate : (group lots,)
        As in the program.
    loss : (group lots,)
        Whether a sale of the lot is a loss sale.
    recent : (group lots,)
        Whether shares of it that are kept replace others.
    purchase : (group lots,)
        Lots of one purchase share a number.
    lot_shares, buy_shares : (group lots,), (members,)
        Shares per unit of weight.
    outside : float
        Replacement shares that the account cannot sell.
    closed : bool
        Whether no member may be bought.
    """

    name: str
    securities: Ints
    lots: Ints
    weight: Floats
    floor: Floats
    cap: Floats
    gain: Floats
    rate: Floats
    loss: Flags
    recent: Flags
    purchase: Ints
    lot_shares: Floats
    buy_shares: Floats
    outside: float
    closed: bool

    @property
    def sellable_loss(self) -> Flags:
        """Loss lots of which anything may be sold."""
        return self.loss & (self.cap > 0.0)


def needs_modes(case: WashCase) -> bool:
    """Return whether a plan within the group's limits can have a wash sale.

    It takes a loss sale, and shares that replace it: outside, kept of another
    purchase, or bought. One security is never both bought and sold.
    """
    losses = case.purchase[case.sellable_loss]
    if losses.size == 0:
        return False
    recent = case.purchase[case.recent]
    kept = bool(np.any(losses[:, None] != recent[None, :]))
    bought = len(case.securities) > 1 and not case.closed
    return case.outside > 0.0 or kept or bought


def free_mode(case: WashCase) -> Mode:
    """Return the mode without any limit of its own, except that of a closed group."""
    return Mode(
        name=FREE,
        buys=np.full(len(case.securities), not case.closed),
        floor=case.floor,
        cap=case.cap,
        gain=case.gain,
        buy_charge=np.zeros(len(case.securities)),
        sell_charge=np.zeros(len(case.lots)),
    )


def disallow_modes(case: WashCase) -> tuple[Mode, ...]:
    """Return the boxes without a wash sale; empty boxes are left out.

    References
    ----------
    IRC § 1091(a); Rev. Rul. 56-602, 1956-2 C.B. 527 (one purchase).
    """
    modes = [_boxed(case, NO_LOSS, kept=case.loss, sold=_none(case), buys=True)]
    if case.outside <= 0.0:
        every = _boxed(case, ALL_RECENT, kept=_none(case), sold=case.recent, buys=False)
        modes += [every, *(_one_purchase(case, p) for p in _purchases_at_loss(case))]
    return tuple(mode for mode in modes if not is_empty(mode))


def _none(case: WashCase) -> Flags:
    return np.zeros(len(case.lots), dtype=np.bool_)


def _purchases_at_loss(case: WashCase) -> list[int]:
    return sorted(set(case.purchase[case.recent & case.sellable_loss].tolist()))


def _one_purchase(case: WashCase, purchase: int) -> Mode:
    others = case.purchase != purchase
    return _boxed(
        case,
        ONE_PURCHASE,
        kept=case.loss & others,
        sold=case.recent & others,
        buys=False,
    )


def _boxed(case: WashCase, name: str, *, kept: Flags, sold: Flags, buys: bool) -> Mode:
    """Return a mode that keeps some lots and sells others as a whole."""
    free = free_mode(case)
    return Mode(
        name=name,
        buys=free.buys & buys,
        floor=np.where(sold, case.weight, case.floor),
        cap=np.where(kept, 0.0, case.cap),
        gain=free.gain,
        buy_charge=free.buy_charge,
        sell_charge=free.sell_charge,
    )


def is_empty(mode: Mode) -> bool:
    """Return whether some lot has to be sold by more than it may be."""
    return bool(np.any(mode.floor > mode.cap))


def trade_off_modes(case: WashCase, *, moved: float, netted: bool) -> tuple[Mode, ...]:
    """Return two modes, one of which never costs more than the plan truly does.

    Either every loss sold is disallowed: it is worth its moved basis. Or some is
    not: then every share that can replace any of the group's losses has replaced
    one, and costs at least the least tax per share of them.

    Parameters
    ----------
    moved : float
        Worth of a moved loss as a fraction of the tax it would save today.
    netted : bool
        Whether the bill of the year decides what a loss saves; then the second mode
        charges nothing.
    """
    free = free_mode(case)
    gain = np.where(case.loss, case.gain * moved, case.gain)
    charge = 0.0 if netted else _least_saving(case) * (1.0 - moved)
    certain = case.recent & ~np.isin(case.purchase, case.purchase[case.sellable_loss])
    kept = np.where(certain, charge * case.lot_shares, 0.0)
    return (
        _charged(free, name=MOVED, gain=gain),
        _charged(
            free,
            name=IN_PART,
            buy_charge=charge * case.buy_shares,
            sell_charge=-kept,
            constant=float(charge * case.outside + kept @ case.weight),
        ),
    )


def _charged(
    free: Mode,
    *,
    name: str,
    gain: Floats | None = None,
    buy_charge: Floats | None = None,
    sell_charge: Floats | None = None,
    constant: float = 0.0,
) -> Mode:
    return Mode(
        name=name,
        buys=free.buys,
        floor=free.floor,
        cap=free.cap,
        gain=free.gain if gain is None else gain,
        buy_charge=free.buy_charge if buy_charge is None else buy_charge,
        sell_charge=free.sell_charge if sell_charge is None else sell_charge,
        constant=constant,
    )


def _least_saving(case: WashCase) -> float:
    """Return the smallest tax that a share of the group's losses saves today."""
    per_share = -case.gain * case.rate / case.lot_shares
    return float(np.min(per_share[case.sellable_loss]))


def wash_shares(case: WashCase, moved: float) -> WashShares:
    """Return what decides how much of a loss is disallowed."""
    return WashShares(
        loss=case.loss,
        replaces=case.recent,
        purchase=case.purchase,
        lot_shares=case.lot_shares,
        buy_shares=case.buy_shares,
        outside=case.outside,
        moved=moved,
    )

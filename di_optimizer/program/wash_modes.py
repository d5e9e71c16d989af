# SPDX-License-Identifier: Apache-2.0
"""The modes of one substantially identical group, as arrays; no dates, no accounts.

Under `disallow` every mode is a box without a wash sale, and together they hold every
plan without one. Under `trade_off` modes bound the true cost from below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    """Return modes, one of which never costs more than the plan truly does.

    Either every loss sold is disallowed: it is worth its moved basis. Or some is
    not: then every share that can replace any of the group's losses has replaced
    one, and that costs at least the savings of as many of the cheapest of them. The
    modes without a wash sale bound nothing further; they are plans to start from
    whose cost is exact.

    Parameters
    ----------
    moved : float
        Worth of a moved loss as a fraction of the tax it would save today.
    netted : bool
        Whether the bill of the year decides what a loss saves; then losses in part
        are charged nothing.
    """
    modes = (_moved(case, moved), *_in_part(case, 0.0 if netted else 1.0 - moved))
    modes += disallow_modes(case)
    return tuple(mode for mode in modes if not is_empty(mode))


def _moved(case: WashCase, moved: float) -> Mode:
    """Return the mode for losses that are disallowed as a whole.

    Where a sale at a loss leaves nothing to buy, no more of a lot than there are
    shares of other purchases to replace it.
    """
    free = free_mode(case)
    gain = np.where(case.loss, case.gain * moved, case.gain)
    if len(case.securities) > 1 and not case.closed:
        return _charged(free, name=MOVED, gain=gain)
    recent = np.where(case.recent, case.lot_shares * case.weight, 0.0)
    apart = case.purchase[:, None] != case.purchase[None, :]
    most = (case.outside + apart @ recent) / case.lot_shares
    cap = np.where(case.loss, np.minimum(case.cap, most), case.cap)
    return replace(_charged(free, name=MOVED, gain=gain), cap=cap)


def _in_part(case: WashCase, lost: float) -> tuple[Mode, ...]:
    """Return the mode for losses of which a part is allowed, if that is possible.

    ``lost`` is what a disallowed loss loses, as a fraction of the tax it would save.
    """
    if case.outside >= _loss_shares(case).sum():
        return ()
    certain = case.recent & ~np.isin(case.purchase, case.purchase[case.sellable_loss])
    shares = np.where(certain, case.lot_shares, 0.0)
    slope, offset = _tangent(case, case.outside + float(shares @ case.weight))
    charge, kept = lost * slope, lost * slope * shares
    constant = charge * case.outside + kept @ case.weight + lost * offset
    return (
        _charged(
            free_mode(case),
            name=IN_PART,
            buy_charge=charge * case.buy_shares,
            sell_charge=-kept,
            constant=float(constant),
        ),
    )


def _loss_shares(case: WashCase) -> Floats:
    """Return the most shares of each lot that can be sold at a loss, (group lots,)."""
    return np.where(case.loss, case.cap * case.lot_shares, 0.0)


def _tangent(case: WashCase, replaced: float) -> tuple[float, float]:
    """Return slope and offset of a line below the least tax that replaced shares cost.

    With the cheapest losses replaced first that tax is convex in the shares
    replaced; the line touches it at ``replaced`` shares.
    """
    counts = _loss_shares(case)
    lots = np.flatnonzero(counts > 0.0)
    saved = -case.gain[lots] * case.rate[lots] / case.lot_shares[lots]
    order = np.argsort(saved, kind="stable")
    saved, counts = saved[order], counts[lots[order]]
    ends = np.cumsum(counts)
    at = min(int(np.searchsorted(ends, replaced)), len(lots) - 1)
    before = float(saved[:at] @ counts[:at])
    start = float(ends[at] - counts[at])
    return float(saved[at]), before - float(saved[at]) * start


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

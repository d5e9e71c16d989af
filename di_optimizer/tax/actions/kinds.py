# SPDX-License-Identifier: Apache-2.0
"""One small function a kind of action: holdings before to what they become.

Each takes the numbers of its action, present and in range, and the holdings of one
account in the action's symbol.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from di_optimizer.tax.actions.exchange import exchanged, settle
from di_optimizer.tax.actions.outcome import Disposal, Leg, Outcome
from di_optimizer.tax.holding import Holding
from di_optimizer.tax.origins import SpinOff, spun_off

Holdings = tuple[Holding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Shares received: symbol, number for each held, price paid for a fraction."""

    symbol: str
    ratio: Fraction
    lieu_price: Fraction | None
    on: date


def swap(holdings: Holdings, paper: Paper) -> Outcome:
    """Exchange shares for shares: split, reverse split, new symbol, stock merger.

    References
    ----------
    IRC § 305(a), 307(a); § 354, 358(a)(1); § 1223(1), (4).
    """
    received = [exchanged(lot, paper.symbol, paper.ratio) for lot in holdings]
    return settle(received, paper.lieu_price, paper.on)


def spin_off(holdings: Holdings, paper: Paper, basis_fraction: Fraction) -> Outcome:
    """Put new shares beside the old ones and share each lot's basis between them.

    References
    ----------
    IRC § 355; § 358(b)(2), (c); Treas. Reg. § 1.358-2(a)(2)(iv): by relative fair
    market value, lot by lot. § 1223(1): the new shares have the old holding period.
    """
    spin = SpinOff(
        symbol=paper.symbol,
        on=paper.on,
        ratio=paper.ratio,
        basis_fraction=basis_fraction,
    )
    children = [spun_off(lot, spin) for lot in holdings]
    new = settle(children, paper.lieu_price, paper.on)
    kept = [
        replace(lot, cost_basis=lot.cost_basis * (1 - basis_fraction))
        for lot in holdings
    ]
    return Outcome((*kept, *new.holdings), new.disposals)


def cash_merger(holdings: Holdings, cash: Fraction, on: date) -> Outcome:
    """Sell every share for cash.

    References
    ----------
    IRC § 1001: the amount realised less the basis, gain or loss.
    """
    return Outcome((), tuple(_sold(lot, cash, on) for lot in holdings))


def _sold(lot: Holding, cash: Fraction, on: date) -> Disposal:
    return Disposal(
        kind=Leg.MERGER_CASH,
        on=on,
        holding=lot,
        shares=lot.shares,
        cost_basis=lot.cost_basis,
        proceeds=lot.shares * cash,
    )


def mixed_merger(
    holdings: Holdings, paper: Paper, cash: Fraction, new_price: Fraction
) -> Outcome:
    """Give shares and cash for shares: boot first, then exchange and fraction.

    References
    ----------
    IRC § 354, 356, 358(a)(1), 368; Rev. Rul. 68-23, 1968-1 C.B. 144: lot by lot, a
    loss in one lot offsets no gain in another.
    """
    worth = paper.ratio * new_price
    boots = tuple(boot(lot, cash, worth, paper.on) for lot in holdings)
    after = tuple(
        replace(lot, cost_basis=lot.cost_basis - leg.cost_basis)
        for lot, leg in zip(holdings, boots, strict=True)
    )
    swapped = swap(after, paper)
    return Outcome(swapped.holdings, boots + swapped.disposals)


def boot(lot: Holding, cash: Fraction, worth: Fraction, on: date) -> Disposal:
    """Return the cash leg of one lot; ``cash`` and ``worth`` are of one share held.

    The gain is recognised up to the cash, a loss never, so that the basis which
    leaves, cash − recognised gain, is what is left to subtract from the lot: old
    basis − cash + gain, never below 0.

    References
    ----------
    IRC § 356(a)(1), (c); § 358(a)(1)(A)(ii), (B)(ii). Gain as capital gain: the cash
    of a portfolio investor does not have the effect of a dividend (§ 356(a)(2);
    Commissioner v. Clark, 489 U.S. 726 (1989)).
    """
    received = lot.shares * cash
    realised = lot.shares * (cash + worth) - lot.cost_basis
    recognised = min(max(realised, Fraction(0)), received)
    return Disposal(
        kind=Leg.BOOT,
        on=on,
        holding=lot,
        shares=Fraction(0),
        cost_basis=received - recognised,
        proceeds=received,
    )


def return_of_capital(holdings: Holdings, cash: Fraction, on: date) -> Outcome:
    """Reduce the basis of each lot by the cash; what goes beyond it is a gain.

    References
    ----------
    IRC § 301(c)(2), (3); Johnson v. United States, 435 F.2d 1257 (4th Cir. 1971):
    share by share, so lot by lot.
    """
    legs = tuple(_returned(lot, cash, on) for lot in holdings)
    kept = tuple(
        replace(lot, cost_basis=lot.cost_basis - leg.cost_basis)
        for lot, leg in zip(holdings, legs, strict=True)
    )
    return Outcome(kept, legs)


def _returned(lot: Holding, cash: Fraction, on: date) -> Disposal:
    received = lot.shares * cash
    return Disposal(
        kind=Leg.RETURN_OF_CAPITAL,
        on=on,
        holding=lot,
        shares=Fraction(0),
        cost_basis=min(received, lot.cost_basis),
        proceeds=received,
    )

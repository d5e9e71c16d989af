# SPDX-License-Identifier: Apache-2.0
"""An action applied to holdings, and to shares that were sold before it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from di_optimizer.errors import InputError, Problem
from di_optimizer.tax.actions.action import Action, Kind
from di_optimizer.tax.actions.kinds import (
    Holdings,
    Paper,
    cash_merger,
    mixed_merger,
    return_of_capital,
    spin_off,
    swap,
)
from di_optimizer.tax.actions.outcome import Outcome
from di_optimizer.tax.holding import Holding

ZERO, ONE = Fraction(0), Fraction(1)
SWAPS = frozenset(
    {Kind.SPLIT, Kind.REVERSE_SPLIT, Kind.SYMBOL_CHANGE, Kind.MERGER_STOCK}
)
SAME_SHARES = SWAPS | {Kind.MERGER_MIXED}


def apply(action: Action, holdings: Iterable[Holding]) -> Outcome:
    """Return what one account's holdings of the action's symbol become.

    Lots keep their id, ``purchase``, ``acquired``, ``holding_start``, ``parent`` and
    ``replacement``; spun-off shares are new lots with the old lot as parent.

    Parameters
    ----------
    holdings : iterable of Holding
        All of one account in ``action.symbol``, whatever their order; none is fine.

    Raises
    ------
    InputError
        A holding of another symbol, or holdings of several accounts.

    Examples
    --------
    >>> from datetime import date
    >>> day = date(2024, 1, 2)
    >>> lot = Holding(account="A", lot_id="1", symbol="AAA", shares=Fraction(25),
    ...               cost_basis=Fraction(500), acquired=day, holding_start=day,
    ...               purchase="1")
    >>> action = Action(on=date(2024, 6, 3), symbol="AAA", kind=Kind.REVERSE_SPLIT,
    ...                 ratio=Fraction(1, 10), lieu_price=Fraction(180))
    >>> after = apply(action, [lot])
    >>> [(x.shares, x.cost_basis) for x in after.holdings], after.cash
    ([(Fraction(2, 1), Fraction(400, 1))], Fraction(90, 1))
    >>> after.disposals[0].gain
    Fraction(-10, 1)
    """
    held = tuple(sorted(holdings, key=lambda lot: (lot.acquired, lot.lot_id)))
    _check_same(action, held)
    paper, cash = _paper(action), action.cash or ZERO
    if action.kind in SWAPS:
        return swap(held, paper)
    match action.kind:
        case Kind.SPIN_OFF:
            return spin_off(held, paper, action.basis_fraction or ZERO)
        case Kind.MERGER_CASH:
            return cash_merger(held, cash, action.on)
        case Kind.RETURN_OF_CAPITAL:
            return return_of_capital(held, cash, action.on)
        case _:
            return mixed_merger(held, paper, cash, action.new_price or ZERO)


def _paper(action: Action) -> Paper:
    return Paper(
        symbol=action.new_symbol or action.symbol,
        ratio=action.ratio or ONE,
        lieu_price=action.lieu_price,
        on=action.on,
    )


def _check_same(action: Action, held: Holdings) -> None:
    where = f"{action.kind} of {action.symbol} on {action.on}"
    problems = [
        Problem(
            file=where,
            found=f"lot '{lot.lot_id}' of {lot.symbol}",
            allowed=f"holdings of {action.symbol}",
        )
        for lot in held
        if lot.symbol != action.symbol
    ]
    accounts = sorted({lot.account for lot in held})
    if len(accounts) > 1:
        found = "holdings of the accounts " + ", ".join(accounts)
        problems.append(Problem(file=where, found=found, allowed="one account"))
    if problems:
        raise InputError(problems)


def equivalent(action: Action, symbol: str, shares: Fraction) -> tuple[str, Fraction]:
    """Return what shares sold before the action count as after it.

    A loss sale whose window is still open waits for purchases of this symbol and
    number. Splits, symbol changes and mergers with a share component carry over: the
    successor's shares count as substantially identical to its predecessor's. Nothing
    changes for a spin-off (another company's shares), a return of capital or a
    merger for cash (after which there is nothing to buy back).

    References
    ----------
    IRC § 1091(a); IRS Publication 550, "Substantially identical": predecessor and
    successor corporations in a reorganization.

    Examples
    --------
    >>> from datetime import date
    >>> action = Action(on=date(2024, 6, 3), symbol="AAA", kind=Kind.MERGER_STOCK,
    ...                 ratio=Fraction(1, 2), new_symbol="BBB")
    >>> equivalent(action, "AAA", Fraction(30)), equivalent(action, "CCC", Fraction(3))
    (('BBB', Fraction(15, 1)), ('CCC', Fraction(3, 1)))
    """
    if symbol != action.symbol or action.kind not in SAME_SHARES:
        return symbol, shares
    return action.new_symbol or symbol, shares * (action.ratio or ONE)

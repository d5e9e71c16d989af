# SPDX-License-Identifier: Apache-2.0
"""Groups: securities that share a choice of modes, and wash sales among them.

A mode says which members may be bought, and how much of each lot is sold at least
and at most. Wash sales and fixed relief orders are finitely many modes; within one
mode the group's securities are independent of each other again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One choice of a group: a box for its trades, and what it costs there.

    Shapes (members,) and (group lots,), in the order of the group. In this mode the
    objective of every plan inside the box is at least what the arrays say: a mode
    may be optimistic, and :func:`disallowed` says what a plan truly costs.

    Attributes
    ----------
    name : str
        What the mode does, for reasons and messages.
    buys : (members,)
        Which members may be bought.
    floor, cap : (group lots,)
        Least and most weight sold of each lot.
    gain : (group lots,)
        Gain per unit that counts for tax.
    buy_charge : (members,)
        Added to the objective per unit bought.
    sell_charge : (group lots,)
        Added to the objective per unit sold.
    constant : float
        Added to the objective.
    """

    name: str
    buys: Flags
    floor: Floats
    cap: Floats
    gain: Floats
    buy_charge: Floats
    sell_charge: Floats
    constant: float = 0.0


@dataclass(frozen=True, kw_only=True)
class WashShares:
    """What decides how much of a loss is disallowed; arrays (group lots,).

    Attributes
    ----------
    loss : (group lots,)
        Whether a sale of the lot counts as a loss sale.
    replaces : (group lots,)
        Whether shares of the lot that are kept replace shares sold at a loss.
    purchase : (group lots,)
        Lots of one purchase share a number; they never replace each other.
    lot_shares : (group lots,)
        Shares per unit of weight.
    buy_shares : (members,)
        Shares per unit of weight bought.
    outside : float
        Replacement shares in the taxpayer's other accounts.
    moved : float
        Worth of a moved loss as a fraction of the tax it would save today.
    """

    loss: Flags
    replaces: Flags
    purchase: Ints
    lot_shares: Floats
    buy_shares: Floats
    outside: float
    moved: float


@dataclass(frozen=True, kw_only=True)
class Group:
    """Securities that share modes, and all of their lots in order of acquisition.

    ``wash`` is None where no plan within the modes has a wash sale. ``ordered`` is
    whether sales follow a fixed relief order: within a mode, lots of lower price
    first, of equal price those of lower gain.
    """

    name: str
    securities: Ints
    lots: Ints
    modes: tuple[Mode, ...]
    wash: WashShares | None = None
    ordered: bool = False


def disallowed(
    wash: WashShares, sold: Floats, weight: Floats, bought: Floats
) -> Floats:
    """Return the weight of each lot sold whose loss is disallowed, (group lots,).

    Loss sales of a day are matched in order of acquisition, share for share, with
    replacement shares in order of acquisition: kept recent lots, then what other
    accounts hold, then today's purchases (Treas. Reg. § 1.1091-1(b) to (e)).

    Parameters
    ----------
    sold, weight : (group lots,)
        Weight sold, and weight held before.
    bought : (members,)
        Weight bought.

    Examples
    --------
    >>> wash = WashShares(loss=np.array([True, False]),
    ...     replaces=np.array([False, True]), purchase=np.array([0, 1]),
    ...     lot_shares=np.array([10.0, 10.0]), buy_shares=np.array([10.0]),
    ...     outside=0.0, moved=0.5)
    >>> disallowed(wash, np.array([0.3, 0.1]), np.array([0.5, 0.2]), np.array([0.0]))
    array([0.1, 0. ])
    """
    kept = np.where(wash.replaces, (weight - sold) * wash.lot_shares, 0.0)
    spare = [*zip(kept.tolist(), wash.purchase.tolist(), strict=True)]
    spare += [(wash.outside, -1), (float(wash.buy_shares @ bought), -1)]
    found = np.zeros(len(sold))
    for lot in np.flatnonzero(wash.loss & (sold > 0.0)):
        need = float(sold[lot] * wash.lot_shares[lot])
        for number, (shares, purchase) in enumerate(spare):
            if purchase != wash.purchase[lot] and shares > 0.0 and need > 0.0:
                used = min(need, shares)
                need -= used
                spare[number] = (shares - used, purchase)
                found[lot] += used / wash.lot_shares[lot]
    return found

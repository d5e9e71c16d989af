# SPDX-License-Identifier: Apache-2.0
"""What they want done with cash: range, target, buffers, what pays for purchases.

Branches of the tree in :mod:`di_optimizer.policy`, which is where to import them from.
"""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from di_optimizer.policy_types import CONFIG, Fraction, NonNegative


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Cash:
    """Cash after trading; target, min and max of the cash table come first.

    Fractions are of NAV after due flows. See docs/cash.md.

    Attributes
    ----------
    minimum : float, fraction of NAV
        Never undercut: where that is impossible there is no plan. Example: ``0.002``.
    maximum : float, fraction of NAV
        Exceeded only where no tradable size fits into it, or nothing may be bought; a
        note says by how much.
        Example: ``0.02``.
    floor : float, account currency
        Least cash in money, beside the minimum. Example: ``500``.
    target : float, fraction of NAV
        Least cash that a rebalance leaves, buffers apart; where ``scope`` is "cash",
        what cash returns to once it is outside of its range; where ``drag`` has a
        price, what it is counted from. None is the minimum. Example: ``0.005``.
    drag : float, fraction of NAV per unit
        Price of cash above its target, of a unit (all of NAV); 0 during a
        withdrawal. Example: ``0.01``.
    scope : str
        "all" rebalances every security. "cash" only brings cash back to its target:
        nothing is traded while it is within its range, nothing is sold to spend and
        nothing bought to raise it, and no rule forces a sale. Example: ``"cash"``.
    use : str
        What pays for purchases. "full": cash and what sales bring. "conservative":
        the cash that is there; what sales bring is for the next run. "invest": cash,
        and nothing is sold. "cover": nothing is bought, and sales only make up for
        cash that is missing. "exchange": only
        ``exchange_out`` is sold and only ``exchange_in`` is bought. "model_change":
        as "full", and what is not in the benchmark is sold whole.
        Example: ``"conservative"``.
    exchange_out : list of str
        Symbols to be sold where ``use`` is "exchange". Example: ``["AAA"]``.
    exchange_in : list of str
        Symbols to be bought where ``use`` is "exchange". Example: ``["BBB", "CCC"]``.
    sale_share : float, fraction of proceeds
        How much of what sales bring, less their costs, may pay for purchases.
        Example: ``0.95``.
    price_move : float, fraction of price
        Cash stays at its minimum even where prices move against every order by
        this much. Example: ``0.02``.
    raise_extra : float, fraction of the shortfall
        Raised on top where cash is below its target. Example: ``0.1``.
    raise_extra_amount : float, account currency
        The same in money; the larger of the two counts. Example: ``250``.
    keep_back : float, fraction of the surplus
        Not spent where cash is above its target. Example: ``0.1``.
    keep_back_amount : float, account currency
        The same in money; the larger of the two counts. Example: ``250``.
    sleeves : list of str
        Sleeves whose cash may be spent, and that the range is about; None is all that
        are not locked.
        Example: ``["main"]``.
    withdrawal : str
        How a cash flow out is raised: "optimal" by the whole program,
        "proportional" by selling the same part of every position.
        Example: ``"proportional"``.
    """

    minimum: Fraction = 0.0
    maximum: Fraction = 0.01
    floor: NonNegative = 0.0
    target: Fraction | None = None
    drag: NonNegative = 0.0
    scope: Literal["all", "cash"] = "all"
    use: Literal[
        "full", "conservative", "invest", "cover", "exchange", "model_change"
    ] = "full"
    exchange_out: tuple[str, ...] = ()
    exchange_in: tuple[str, ...] = ()
    sale_share: Fraction = 1.0
    price_move: Fraction = 0.0
    raise_extra: NonNegative = 0.0
    raise_extra_amount: NonNegative = 0.0
    keep_back: Fraction = 0.0
    keep_back_amount: NonNegative = 0.0
    sleeves: tuple[str, ...] | None = None
    withdrawal: Literal["optimal", "proportional"] = "optimal"


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Working:
    """Orders that are at the broker already.

    Those that are ``open`` are cancelled and replaced; all later ones stay.

    Attributes
    ----------
    start : str
        "present" starts from what is held: outstanding purchases reduce cash and
        the purchases that are still needed, outstanding sales the sales that are;
        neither is traded against. "expected" starts from positions and cash as
        they are once every order is done. Example: ``"expected"``.
    """

    start: Literal["present", "expected"] = "present"


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Conflict:
    """What to do where limits cannot be met together: see docs/conflicts.md.

    Attributes
    ----------
    plan : str
        "refuse" makes no plan and names the limits in conflict with amounts;
        "nearest" relaxes them as little as possible, those of the lowest priority
        first, and says by how much. Example: ``"nearest"``.
    keep : list of str
        Beginnings of the names of limits, the most important first; what is not
        listed gives way before what is. Example: ``["cash.minimum", "bounds"]``.
    """

    plan: Literal["refuse", "nearest"] = "refuse"
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, config=CONFIG)
class Worth:
    """How much better a plan has to be than doing less.

    Plans are compared as they would be traded, in tradable sizes. What limits force
    is done whatever it is worth: where trading nothing would break one, ``trade_bp``
    is not asked, and where sales are forced, neither is ``sell_bp``. The bound stays
    that of the best plan: the gap says what doing less gives up. 0 asks for nothing.

    Attributes
    ----------
    trade_bp : float, bp of NAV
        Trade only if the objective improves by more than this on trading nothing.
        Example: ``0.5``.
    buy_bp : float, bp of NAV
        Where the other two hold the best plan back, buy without selling if that
        improves by more than this on trading nothing; else trade nothing.
        Example: ``0.2``.
    sell_bp : float, bp of NAV
        Sell only if that improves by more than this on buying alone: cash, dividends
        and deposits reduce drift first. Example: ``1``.
    """

    trade_bp: NonNegative = 0.0
    buy_bp: NonNegative = 0.0
    sell_bp: NonNegative = 0.0

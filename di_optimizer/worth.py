# SPDX-License-Identifier: Apache-2.0
"""Whether a plan is worth its trades: all of them, purchases alone, or none.

What is compared is what would be traded: plans in tradable sizes. The bound stays that
of the whole program, so that the gap says what doing less gives up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from di_optimizer.answers import Answer
from di_optimizer.less import Lesser, buying, idle
from di_optimizer.policy import Worth
from di_optimizer.program.job import Built, Job
from di_optimizer.solve.solution import Solution

BP = 1e4
NO_THRESHOLD = Worth()


@dataclass(frozen=True, kw_only=True)
class _Ladder:
    """A plan against those that do less; worths in bp, None where there is no plan.

    ``trading`` is what the plan is worth against no trade, ``selling`` against
    purchases alone, ``purchases`` what these are against no trade.
    """

    worth: Worth
    trading: float | None
    rest: Lesser
    selling: float | None = None
    purchases: float | None = None
    some: Lesser | None = None

    @property
    def trades(self) -> bool:
        """Whether trading is worth it."""
        least = self.worth.trade_bp
        return least == 0.0 or self.trading is None or self.trading > least

    @property
    def sells(self) -> bool:
        """Whether selling is worth it, where trading is."""
        least = self.worth.sell_bp
        return least == 0.0 or self.selling is None or self.selling > least

    @property
    def buys(self) -> bool:
        """Whether purchases alone are worth it."""
        if self.some is None or self.some.sized is None:
            return False
        return self.purchases is None or self.purchases > self.worth.buy_bp


def worthwhile(
    job: Job, built: Built, answer: Answer, free: Solution
) -> tuple[Answer, Solution]:
    """Return a plan or what does less and is nearly as good, and what it is sized from.

    Parameters
    ----------
    answer : Answer
        The best plan in tradable sizes.
    free : Solution
        The best plan in any amounts.
    """
    worth = job.policy.worth
    if worth == NO_THRESHOLD or not answer.sized.trades:
        return answer, free
    rest = idle(job, built, answer)
    ladder = _Ladder(worth=worth, trading=_less(rest, answer), rest=rest)
    if _asks_for_purchases(ladder, answer):
        ladder = _with_purchases(ladder, job, built, (answer, free))
    if ladder.trades and ladder.sells:
        return replace(answer, notes=tuple(_said(ladder))), free
    chosen = ladder.some if ladder.buys else ladder.rest
    if chosen is None or chosen.sized is None or chosen.free is None:
        return replace(answer, notes=tuple(_said(ladder))), free
    tries = () if ladder.some is None else ladder.some.attempts
    lesser = replace(
        answer,
        sized=chosen.sized,
        attempts=(*answer.attempts, *tries),
        given_up_bp=_given_up(ladder),
        notes=tuple(_said(ladder)),
    )
    return lesser, chosen.free


def _less(lesser: Lesser, answer: Answer) -> float | None:
    """Return by how much a plan is better than one that does less, bp."""
    if lesser.sized is None:
        return None
    return (lesser.sized.objective - answer.sized.objective) * BP


def _sells(answer: Answer) -> bool:
    return any(trade.side == "sell" for trade in answer.sized.trades)


def _asks_for_purchases(ladder: _Ladder, answer: Answer) -> bool:
    """Return whether it matters what purchases alone are worth.

    Not where even the bound is not enough better than no trade.
    """
    if ladder.trades:
        return ladder.worth.sell_bp > 0.0 and _sells(answer)
    bound, rest = answer.solution.bound, ladder.rest.sized
    if bound is None or rest is None:
        return True
    return (rest.objective - bound) * BP > ladder.worth.buy_bp


def _with_purchases(
    ladder: _Ladder, job: Job, built: Built, best: tuple[Answer, Solution]
) -> _Ladder:
    """Return the ladder with the plan that buys only: the best one if it does."""
    answer, free = best
    some = Lesser(sized=answer.sized, free=free)
    if _sells(answer):
        some = buying(job, built, answer)
    selling, purchases = _less(some, answer), None
    if ladder.trading is not None and selling is not None:
        purchases = ladder.trading - selling
    return replace(ladder, some=some, selling=selling, purchases=purchases)


def _given_up(ladder: _Ladder) -> float:
    """Return the most that thresholds let a plan be worse by, bp."""
    worth = ladder.worth
    if not ladder.trades:
        return worth.trade_bp
    return worth.sell_bp + (0.0 if ladder.buys else worth.buy_bp)


def _said(ladder: _Ladder) -> list[str]:
    """Say which plan it is, and what each one is worth."""
    worth, notes = ladder.worth, []
    if worth.trade_bp > 0.0:
        notes.append(_about_trading(ladder))
    asked = ladder.some is not None
    if worth.sell_bp > 0.0 and ladder.trades and asked:
        notes.append(_about_selling(ladder))
    if not (ladder.trades and ladder.sells):
        notes.append(_about_purchases(ladder))
    return notes


def _about_trading(ladder: _Ladder) -> str:
    if ladder.trading is None:
        return (
            f"worth.trade_bp holds nothing back: trading nothing would break "
            f"{ladder.rest.why_not}."
        )
    asked = _against(ladder.trading, "worth.trade_bp", ladder.worth.trade_bp)
    return f"Trading is worth {asked}."


def _about_selling(ladder: _Ladder) -> str:
    if ladder.selling is None:
        why = "" if ladder.some is None else ladder.some.why_not
        return f"worth.sell_bp holds nothing back: sales are forced by {why}."
    asked = _against(ladder.selling, "worth.sell_bp", ladder.worth.sell_bp)
    return f"Selling is worth {asked}."


def _about_purchases(ladder: _Ladder) -> str:
    name, least = "worth.buy_bp", ladder.worth.buy_bp
    if ladder.buys and ladder.purchases is None:
        return f"Nothing is sold; trading nothing would break {ladder.rest.why_not}."
    if ladder.purchases is not None:
        asked = _against(ladder.purchases, name, least)
        done = "sold" if ladder.buys else "traded"
        return f"Nothing is {done}: buying alone is worth {asked}."
    if ladder.some is not None:
        return f"Nothing is traded: sales are forced by {ladder.some.why_not}."
    return (
        f"Nothing is traded: buying alone is worth no more than {name}, {least:g} bp."
    )


def _against(value: float, name: str, least: float) -> str:
    """Return a worth beside what is asked for."""
    more = "more" if value > least else "no more"
    return f"{value:.2f} bp of the objective, {more} than {name}, {least:g} bp"

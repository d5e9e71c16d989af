# SPDX-License-Identifier: Apache-2.0
"""What comes back: a plan with its trades, figures, certificate and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from di_optimizer.account import Outstanding, WorkingOrder
from di_optimizer.eased import Relaxed
from di_optimizer.exact import ZERO, cents, plain
from di_optimizer.orders.disallowed import reported
from di_optimizer.orders.frames import orders_frame, trades_frame
from di_optimizer.orders.sizing import Weights
from di_optimizer.orders.trading import Order, gains_of, money_of
from di_optimizer.orders.unrealised import NOTHING, Unrealised
from di_optimizer.policy import Policy
from di_optimizer.program.job import Built, Job
from di_optimizer.program.program import Floats
from di_optimizer.solve.solution import Attempt
from di_optimizer.tax.term import Term
from di_optimizer.trades import Figures, Trade

BP = 1e4
LARGEST = 5  # orders that a plan shows


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """How good the plan is, in bp of its base.

    Attributes
    ----------
    objective_bp : float
        Of the trades as sized, after rounding.
    bound_bp : float
        No plan within the limits has a lower objective. Steps worth more than a
        millionth of the base are among the limits.
    rounding_bp : float
        Objective lost to tradable sizes: less that of the best plan in any amounts.
    rounding_te_bp : float
        Tracking error added by tradable sizes, against the same plan.
    """

    objective_bp: float
    bound_bp: float
    rounding_bp: float
    rounding_te_bp: float = 0.0

    @property
    def gap_bp(self) -> float:
        """Objective − bound: the most that any other plan could be better by."""
        return self.objective_bp - self.bound_bp


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The trades of one account, what they do, and the proof of how good they are.

    ``te_over_cap`` is tracking error above ``tracking.max_te_bp`` where that could not
    be met, annualised. ``relaxed`` names limits that gave way, where policy lets them,
    with amounts in their own unit. ``available_before`` and ``available_after`` are
    the gains and losses that its lots could still realise. ``cancels`` are working
    orders that the plan replaces: cancel them first; ``outstanding`` are those that
    stay.
    """

    account: str
    on: date
    status: str
    engine: str
    trades: tuple[Trade, ...]
    orders: tuple[Order, ...]
    figures: Figures
    certificate: Certificate
    policy: Policy
    notes: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    seconds: float = 0.0
    cash_over_maximum: Decimal = ZERO
    te_over_cap: float = 0.0
    relaxed: Relaxed = ()
    available_before: Unrealised = NOTHING
    available_after: Unrealised = NOTHING
    cancels: tuple[WorkingOrder, ...] = ()
    outstanding: tuple[Outstanding, ...] = ()

    def __repr__(self) -> str:
        f, c = self.figures, self.certificate
        return (
            f"Plan(account={self.account!r}, {self.status}, trades={len(self.trades)}, "
            f"te {f.te_before * BP:.1f} -> {f.te_after * BP:.1f} bp, "
            f"tax {f.tax:,.2f}, cost {f.cost:,.2f}, "
            f"objective {c.objective_bp:.2f} bp, gap {c.gap_bp:.2f} bp)"
        )

    def __str__(self) -> str:
        lines = [
            f"Account {self.account} on {self.on}: {self.status} "
            f"({self.engine} engine), {len(self.trades)} lot trades in "
            f"{len(self.orders)} orders",
            *_figure_lines(self.figures),
            *_available_lines(self.available_before, self.available_after),
            *_certificate_lines(self.figures, self.certificate),
            "largest orders:" if self.orders else "no orders",
            *(
                f"  {o.side} {plain(o.shares)} {o.symbol} for {o.amount:,}: {o.reason}"
                for o in self._ranked()[:LARGEST]
            ),
            *(f"note: {note}" for note in self.notes),
        ]
        return "\n".join(lines)

    def _ranked(self) -> list[Order]:
        return sorted(self.orders, key=lambda o: (-o.amount, o.symbol))

    @property
    def message(self) -> str:
        """The notes in one line, for the summary table."""
        return " ".join(self.notes)

    def to_frame(self) -> pd.DataFrame:
        """Return the trades as a table with the columns of the trades file."""
        return trades_frame(self.trades)

    def largest(self, count: int = LARGEST) -> pd.DataFrame:
        """Return the largest orders with their reasons."""
        return orders_frame(self._ranked()[:count])

    def summary(self) -> dict[str, object]:
        """Return this account's row of the summary table."""
        f, c = self.figures, self.certificate
        return {
            "account": self.account,
            "status": self.status,
            "nav": cents(f.nav),
            "te_before_bp": f.te_before * BP,
            "te_after_bp": f.te_after * BP,
            "tax": f.tax,
            "cost": f.cost,
            "objective_bp": c.objective_bp,
            "bound_bp": c.bound_bp,
            "gap_bp": c.gap_bp,
            "rounding_bp": c.rounding_bp,
            "rounding_te_bp": c.rounding_te_bp,
            "seconds": self.seconds,
            "engine": self.engine,
            "message": self.message,
        }


def _figure_lines(f: Figures) -> list[str]:
    """Say what the trades do to the account; money in account currency."""
    lost = f", disallowed losses {cents(f.disallowed):,}" if f.disallowed else ""
    return [
        f"NAV {cents(f.nav):,} with a due flow of {cents(f.flow):,}; "
        f"cash {cents(f.cash_before):,} -> {cents(f.cash_after):,}",
        f"tracking error {f.te_before * BP:.1f} -> {f.te_after * BP:.1f} bp a year "
        f"(factors {f.te_factor_after * BP:.1f}, specific "
        f"{f.te_specific_after * BP:.1f})",
        f"realised gains: short-term {cents(f.gain_short):,}, "
        f"long-term {cents(f.gain_long):,}{lost}",
        _tax_line(f),
        f"trading cost {f.cost:,}, turnover {f.turnover:.1%}",
    ]


def _tax_line(f: Figures) -> str:
    saved = " (saved)" if f.tax < 0 else ""
    terms = f"short-term {cents(f.tax_short):,}, long-term {cents(f.tax_long):,}"
    if f.bill is None:
        return f"tax: {terms}, together {cents(f.tax):,}{saved}"
    return f"tax: {cents(f.tax):,}{saved} netted over the year (flat: {terms})"


def _available_lines(before: Unrealised, after: Unrealised) -> list[str]:
    """Say what the lots could still realise, before and after."""
    return [
        "unrealised losses: "
        f"short-term {before.short_loss:,} -> {after.short_loss:,}, "
        f"long-term {before.long_loss:,} -> {after.long_loss:,}",
        "unrealised gains: "
        f"short-term {before.short_gain:,} -> {after.short_gain:,}, "
        f"long-term {before.long_gain:,} -> {after.long_gain:,}",
    ]


def _certificate_lines(f: Figures, c: Certificate) -> list[str]:
    """Say what the plan is worth and how much better any other could be."""
    charge = f" + charge {_two(f.charge_term * BP)}" if f.charge_term else ""
    charge += f" + own terms {_two(f.own_term * BP)}" if f.own_term else ""
    return [
        f"objective {_two(c.objective_bp)} bp = tracking {_two(f.tracking_term * BP)} "
        f"+ tax {_two(f.tax_term * BP)} + cost {_two(f.cost_term * BP)}{charge}",
        f"proven: no plan is below {_two(c.bound_bp)} bp; gap {_two(c.gap_bp)} bp; "
        f"tradable sizes cost {_two(c.rounding_bp)} bp and add "
        f"{_two(c.rounding_te_bp)} bp of tracking error",
    ]


def _two(value: float) -> str:
    """Return a number with two decimals; what rounds to zero has no sign."""
    return f"{round(value, 2) + 0.0:.2f}"


def figures_of(
    job: Job, built: Built, trades: Sequence[Trade], weights: Weights
) -> Figures:
    """Return the figures of a plan, from the program's arrays and exact money.

    ``weights`` are the trades in the program's variables.
    """
    money, program = money_of(job, trades), built.program
    terms = program.terms(weights.buys, weights.sells)
    after = _tracking(built, program.after(weights.buys, weights.sells))
    gain_short, tax_short = gains_of(trades, Term.SHORT)
    gain_long, tax_long = gains_of(trades, Term.LONG)
    cash = job.account.cash_amount()
    flow = job.account.flow_due(job.on)
    return Figures(
        nav=built.nav,
        base=built.base,
        flow=flow,
        cash_before=cash,
        cash_after=cash + flow + money.net,
        cost=money.cost,
        gain_short=gain_short,
        gain_long=gain_long,
        tax_short=tax_short,
        tax_long=tax_long,
        turnover=float((money.bought + money.sold) / 2 / built.base),
        te_before=float(np.hypot(*_tracking(built, program.held))),
        te_after=float(np.hypot(*after)),
        te_factor_after=after[0],
        te_specific_after=after[1],
        tracking_term=terms["factor"] + terms["specific"],
        tax_term=terms["tax"],
        cost_term=terms["cost"],
        disallowed=sum((trade.disallowed for trade in trades), ZERO),
        bill=_bill(job, built, trades),
        charge_term=terms["charge"],
        own_term=terms["own"],
    )


def _bill(job: Job, built: Built, trades: Sequence[Trade]) -> Decimal | None:
    """Return what the trades add to the bill of the year; None at flat rates."""
    if built.year is None:
        return None
    return cents(built.year.change(*reported(job, built.facts, trades)))


def _tracking(built: Built, weights: Floats) -> tuple[float, float]:
    """Factor and specific tracking error of weights, annualised fractions."""
    program, active = built.program, weights - built.program.benchmark
    measure = program.true_risk
    factor = measure.exposures.T @ active
    specific = measure.specific @ active**2
    return float(np.sqrt(factor @ factor)), float(np.sqrt(specific))

# SPDX-License-Identifier: Apache-2.0
"""Cash after trading against every limit on it, in exact money to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from di_optimizer.exact import cents, cents_up
from di_optimizer.orders.rounder import Room
from di_optimizer.orders.trading import Line, Money, money_of
from di_optimizer.program.cash import CASH, MOVE, SHARE
from di_optimizer.program.cash_task import CashTask, cash_task
from di_optimizer.program.job import Built, Job
from di_optimizer.trades import Trade

ZERO = Fraction(0)


def cash_room(job: Job, built: Built, lines: Sequence[Line | Trade]) -> Room:
    """Return cash after trades against its limits."""
    task = cash_task(job, built.nav)
    return room_of(task, money_of(job, lines))


def room_of(task: CashTask, money: Money) -> Room:
    """Return what is missing at the limit that misses most, and what is too much."""
    low, least = Fraction(task.aim.low), Fraction(task.aim.least)
    missing = {CASH: low - _cash(task, money)}
    if task.share < 1:
        missing[SHARE] = -_payable(task, money)
    if task.move > 0:
        missing[MOVE] = least - _moved(task, money)
    worst = max(missing, key=lambda name: missing[name])
    over = _free(task, money) - Fraction(task.aim.high)
    return Room(short=missing[worst], over=over, row=worst)


def over_maximum(job: Job, built: Built, lines: Sequence[Line | Trade]) -> Decimal:
    """Return cash above what it should be at most, to the cent; 0 for none."""
    task = cash_task(job, built.nav)
    over = _free(task, money_of(job, lines)) - Fraction(task.aim.most)
    return max(cents(over), Decimal(0))


def _free(task: CashTask, money: Money) -> Fraction:
    """Return cash less what is held back for prices and of sales."""
    back = 1 - Fraction(task.share)
    return _moved(task, money) - back * (_proceeds(money) - max(-_spare(task), ZERO))


def _cash(task: CashTask, money: Money) -> Fraction:
    return Fraction(task.start) + Fraction(money.net)


def _spare(task: CashTask) -> Fraction:
    return Fraction(task.spare)


def _proceeds(money: Money) -> Fraction:
    """Return what sales bring after their costs, these rounded up to the cent."""
    return Fraction(money.sold) - Fraction(cents_up(money.sale_cost))


def _payable(task: CashTask, money: Money) -> Fraction:
    """Return what could still be bought: of spare cash and the share of proceeds."""
    spent = Fraction(money.bought) + Fraction(cents_up(money.purchase_cost))
    share, spare, proceeds = Fraction(task.share), _spare(task), _proceeds(money)
    paid = spare + share * proceeds if spare >= 0 else share * (spare + proceeds)
    return paid - spent


def _moved(task: CashTask, money: Money) -> Fraction:
    """Return cash where prices move against every order; tickets stay."""
    up, down = 1 + Fraction(task.move), 1 - Fraction(task.move)
    traded = down * Fraction(money.sold) - up * Fraction(money.bought)
    spread = down * money.sold_spread + up * money.bought_spread
    cost = Fraction(cents_up(spread + money.tickets))
    return Fraction(task.start) + traded - cost

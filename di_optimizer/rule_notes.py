# SPDX-License-Identifier: Apache-2.0
"""What a plan says of restrictions: what is locked, left alone, leaving or may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from di_optimizer.account import Restriction
from di_optimizer.exact import ZERO, cents
from di_optimizer.program.job import Job
from di_optimizer.program.limits import NO_SALES, SIDES, label, leaves, restricted
from di_optimizer.program.thresholds import left_alone

CLOSES = ("no_sell", "no_trade")


def rule_notes(job: Job) -> tuple[str, ...]:
    """Return the notes about an account's restrictions."""
    return (*lock_notes(job), *_exits(job), *_aside(job))


def lock_notes(job: Job) -> Iterator[str]:
    """Say what is locked and what it comes to."""
    account = job.account
    for rule in account.rules(job.on):
        if rule.kind != "lock":
            continue
        cash = (c for c in account.cash if rule.sleeve in (None, c.sleeve))
        money = cents(sum((c.amount for c in cash), ZERO))
        if rule.sleeve is None:
            yield f"{label(rule)}: nothing is traded; {money:,} of cash stays."
        else:
            value = cents(_value(job, rule.sleeve))
            yield (
                f"{label(rule)}: lots of {value:,} and cash of {money:,} count and "
                "stay as they are."
            )


def _value(job: Job, sleeve: str) -> Decimal:
    lots = (lot for lot in job.account.lots if lot.sleeve == sleeve)
    return sum((lot.shares * job.market.price(lot.symbol) for lot in lots), ZERO)


def _exits(job: Job) -> Iterator[str]:
    """Say which positions leave in part, and which do not leave at all."""
    if not any(rule.kind == "no_hold" for rule in job.account.restrictions):
        return
    held = {lot.symbol for lot in job.account.lots}
    held |= {u.symbol for u in job.account.untraded if u.shares > 0}
    for symbol, rules in sorted(restricted(job.account, job.market).items()):
        exits = [rule for rule in rules if rule.kind == "no_hold"]
        if exits and symbol in held:
            yield from _exit(job, symbol, exits, rules)


def _exit(
    job: Job, symbol: str, exits: list[Restriction], rules: Iterable[Restriction]
) -> Iterator[str]:
    soonest = min(exits, key=lambda rule: rule.days_left(job.on))
    days, name = soonest.days_left(job.on), f"{label(soonest)} on {symbol}"
    against = [label(rule) for rule in rules if rule.kind in CLOSES]
    against += [SIDES] if job.policy.trading.sides in NO_SALES else []
    if not leaves(rules) or against:
        yield f"{name} is not carried out: {against[0]}; none is bought."
        return
    if days:
        yield f"{name}: at least 1/{days + 1} of what can be sold goes today."
    fixed = _fixed(job, symbol)
    if fixed > 0:
        yield f"{name}: {fixed} shares held outside or in locked sleeves stay."


def _fixed(job: Job, symbol: str) -> Decimal:
    shut = job.account.locked_sleeves(job.on)
    lots = (lot for lot in job.account.lots if lot.symbol == symbol)
    own = [lot.shares for lot in lots if lot.sleeve in shut]
    own += [u.shares for u in job.account.untraded if u.symbol == symbol]
    return sum(own, ZERO)


def _aside(job: Job) -> Iterator[str]:
    """Say how many positions are inside of their thresholds."""
    count = len(left_alone(job))
    if count:
        words = "security is" if count == 1 else "securities are"
        yield f"{count} {words} inside of the thresholds and left alone."

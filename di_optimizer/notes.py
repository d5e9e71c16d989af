# SPDX-License-Identifier: Apache-2.0
"""What a plan has to say in words: what was not applied, not traded, not reached."""

from __future__ import annotations

from decimal import Decimal

from di_optimizer.account import Account, Taxpayer
from di_optimizer.exact import ZERO
from di_optimizer.plan import Certificate
from di_optimizer.program.build import Built, Job

WASH_NOTE = (
    "Wash-sale rules were not applied: a loss here may be disallowed by purchases "
    "of the same security within 30 days before or after."
)
MAIN = "main"
WORTH_SAYING = 0.005  # bp; less would be printed as 0.00


def notes_of(
    job: Job, built: Built, certificate: Certificate, over: Decimal
) -> tuple[str, ...]:
    """Return the notes of a plan; ``over`` is cash above its maximum, money."""
    return (
        WASH_NOTE,
        *_not_applied(job.account),
        *_untraded(job.account),
        *(f"{text}." for text in built.breached),
        *_gap(job, certificate),
        *_cash(over),
    )


def _not_applied(account: Account) -> list[str]:
    """Name what the tables say of this account and the plan does not use yet."""
    found = []
    if account.working_orders:
        count = len(account.working_orders)
        found.append(f"{count} working order(s) were not taken into account.")
    if any(cash.target is not None for cash in account.cash):
        found.append("The cash target was not used, only its minimum and maximum.")
    sleeves = {c.sleeve for c in account.cash} | {t.sleeve for t in account.lots}
    if sleeves - {MAIN}:
        names = ", ".join(sorted(sleeves))
        found.append(f"The sleeves {names} were traded as one account.")
    if account.type == "taxable" and _has_tax_year(account.taxpayer):
        found.append(
            "Taxes are flat rates on each sale: gains and losses realised so far, "
            "carried forward or expected outside were not netted."
        )
    return found


def _has_tax_year(person: Taxpayer) -> bool:
    return any(
        amount != ZERO
        for amount in (
            person.realised_short,
            person.realised_long,
            person.carry_short,
            person.carry_long,
            person.expected_short,
            person.expected_long,
        )
    )


def _untraded(account: Account) -> list[str]:
    return [
        f"{u.symbol}: {u.shares} shares held untraded ({u.reason})"
        + ("." if u.valued else ", not counted in NAV.")
        for u in account.untraded
    ]


def _gap(job: Job, certificate: Certificate) -> list[str]:
    """Say what part of a gap above its target comes from tradable sizes."""
    closed = certificate.gap_bp <= job.policy.search.gap_bp
    if closed or certificate.rounding_bp < WORTH_SAYING:
        return []
    return [
        f"Of the gap of {certificate.gap_bp:.2f} bp, {certificate.rounding_bp:.2f} bp "
        "come from rounding to tradable sizes."
    ]


def _cash(over: Decimal) -> list[str]:
    if over <= 0:
        return []
    return [f"Cash is {over:,} above its maximum: no tradable size fits into it."]

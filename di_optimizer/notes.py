# SPDX-License-Identifier: Apache-2.0
"""What a plan has to say in words: what was not applied, not traded, not reached."""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.account import YEAR_FIGURES, Account, Taxpayer
from di_optimizer.cash_notes import cash_notes
from di_optimizer.exact import ZERO, cents, exact
from di_optimizer.orders.sizing import Sized
from di_optimizer.plan import Certificate
from di_optimizer.program.job import Built, Job
from di_optimizer.program.netting import MAX_TAX
from di_optimizer.program.program import Row
from di_optimizer.program.soft import completed
from di_optimizer.program.turnover import MAX_TURNOVER
from di_optimizer.rule_notes import rule_notes
from di_optimizer.tax.lots import gain_of
from di_optimizer.total_notes import total_notes
from di_optimizer.trades import Figures
from di_optimizer.wash_notes import wash_notes
from di_optimizer.working import working_notes

MAIN = "main"
WORTH_SAYING = 0.005  # bp; less would be printed as 0.00
BINDING = 1e-7  # fraction of base: a limit this close to the solved plan binds


def notes_of(
    job: Job, built: Built, sized: Sized, certificate: Certificate, figures: Figures
) -> tuple[str, ...]:
    """Return the notes of a plan."""
    return (
        *wash_notes(job, built, sized),
        *_bill(job, built, figures),
        *working_notes(job.account, job.policy.working.start),
        *_given(job),
        *_not_applied(job),
        *rule_notes(job),
        *untraded_notes(job.account),
        *(f"{text}." for text in built.breached),
        *_small_losses(job, built),
        *_binding(built, sized),
        *total_notes(job, built, sized),
        *_rounding(certificate),
        *cash_notes(job, built, sized.trades),
    )


def _bill(job: Job, built: Built, figures: Figures) -> list[str]:
    """Say how sales are taxed where the taxpayer's year has figures."""
    if built.year is not None and figures.bill is not None:
        short, long = built.year.figures.totals()
        return [
            "Gains are netted over the tax year, which stands at "
            f"{cents(short):,} short-term and {cents(long):,} long-term; the trades "
            f"change its bill by {figures.bill:,}."
        ]
    if job.taxed and _has_figures(job.account.taxpayer):
        return [
            "Taxes are flat rates on each sale: gains and losses realised so far, "
            "carried forward or expected outside were not netted (taxes.bill)."
        ]
    return []


def _has_figures(person: Taxpayer) -> bool:
    """Return whether anything of the taxpayer's year could be netted."""
    return any(getattr(person, name) != ZERO for name in YEAR_FIGURES)


def _given(job: Job) -> list[str]:
    """Say what the bound takes as given."""
    if not job.planned:
        return []
    names = ", ".join(sorted(job.planned))
    return [f"The bound holds for this account given today's trades of {names}."]


def _not_applied(job: Job) -> list[str]:
    """Name what the tables say of this account and the plan does not use yet."""
    found = []
    account = job.account
    sleeves = {c.sleeve for c in account.cash} | {t.sleeve for t in account.lots}
    sleeves -= account.locked_sleeves(job.on)
    if sleeves - {MAIN}:
        names = ", ".join(sorted(sleeves))
        found.append(f"The sleeves {names} were traded as one account.")
    return found


def untraded_notes(account: Account) -> list[str]:
    """Name what is held untraded, and why."""
    return [
        f"{u.symbol}: {u.shares} shares held untraded ({u.reason})"
        + ("." if u.valued else ", not counted in NAV.")
        for u in account.untraded
    ]


def _small_losses(job: Job, built: Built) -> list[str]:
    """Say how much of the losses is below the harvest thresholds."""
    counted = built.program.lots.gain.tolist()
    gains = [
        gain_of(lot, lot.shares, job.market.price(lot.symbol))
        for lot, counts in zip(built.lots, counted, strict=True)
        if counts == 0.0
    ]
    losses = [-gain for gain in gains if gain < 0]
    if not losses:
        return []
    total = cents(sum(losses, Fraction(0)))
    said = (
        f"1 loss, {total:,}, is below the harvest thresholds and counts"
        if len(losses) == 1
        else f"{len(losses)} losses, {total:,} in all, are below the harvest "
        "thresholds and count"
    )
    return [f"{said} as nothing."]


def _binding(built: Built, sized: Sized) -> list[str]:
    """Name the budgets and counts that keep the plan from doing more."""
    program, plan, weights = built.program, sized.settled, sized.weights
    buys, found = completed(program, plan.buys, plan.sells), []
    for row in program.rows:
        if row.lazy or row.name == MAX_TURNOVER:
            continue  # limits on totals: total_notes
        solved = program.row_value(row, buys, plan.sells)
        traded = program.row_value(row, weights.buys, weights.sells)
        for limit, name in ((row.lower, row.lower_name), (row.upper, row.upper_name)):
            if not row.name.startswith("cash") and abs(solved - limit) <= BINDING:
                found.append(f"{name} binds: {_amount(built, row, traded)}.")
    return found + _binding_bill(built, sized)


def _amount(built: Built, row: Row, value: float) -> str:
    """Return in words what a row comes to."""
    if row.names is not None:
        return f"{round(value)} positions"
    if row.trades is not None:
        return f"{round(value)} orders"
    money = cents(exact(value) * built.base)
    return f"{money:,} is " + ("the tax" if row.name == MAX_TAX else "realised")


def _binding_bill(built: Built, sized: Sized) -> list[str]:
    """Say so where the limit on the bill of the year holds the plan back."""
    netting, plan, weights = built.program.netting, sized.settled, sized.weights
    if netting is None:
        return []
    solved, traded = (
        netting.bill(*built.program.realised(p.buys, p.sells)) for p in (plan, weights)
    )
    if solved < netting.cap - BINDING:
        return []
    return [f"{MAX_TAX} binds: {cents(exact(traded) * built.base):,} is the tax."]


def _rounding(certificate: Certificate) -> list[str]:
    """Say what tradable sizes cost."""
    if certificate.rounding_bp < WORTH_SAYING:
        return []
    lost, added = certificate.rounding_bp, certificate.rounding_te_bp + 0.0
    return [
        f"Tradable sizes cost {lost:.2f} bp of the objective and add {added:.2f} bp of "
        "tracking error, against the best plan in any amounts."
    ]

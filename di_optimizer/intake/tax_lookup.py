# SPDX-License-Identifier: Apache-2.0
"""Rates that nobody states, looked up from a taxpayer's income, status and state."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from di_optimizer.errors import InputError, Problem
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.sheets import Sheet, optional
from di_optimizer.tax.rates import Profile, Rates, rates_of

INCOME = "taxable_income"
NEEDED = ("tax_year", "filing_status")


def look_up(
    taxpayers: Sheet, needed: Collection[str], findings: Findings
) -> dict[str, Rates | None]:
    """Return the rates of those in ``needed`` whose income is given, by taxpayer.

    None where the look-up failed: the problem is recorded, and none about missing
    rates has to follow. A note says what was looked up.
    """
    found: dict[str, Rates | None] = {}
    for row, values in taxpayers.records():
        person = values["taxpayer"]
        if person in needed and values[INCOME] is not None:
            found[person] = _one(taxpayers.file, row, values, findings)
    return found


def _one(
    file: str, row: int, values: dict[str, Any], findings: Findings
) -> Rates | None:
    try:
        problems, rates = list(_blank(values)), None
        if not problems:
            rates = rates_of(_profile(values))
            problems = list(_too_high(rates))
    except InputError as refused:
        problems = list(refused.problems)
    for problem in problems:
        findings.add(
            file,
            row,
            problem.column,
            found=problem.found,
            allowed=problem.allowed,
            todo=problem.todo,
        )
    if problems or rates is None:
        return None
    findings.notes.append(f"{file}, row {row}: {_summary(values, rates)}")
    return rates


def _profile(values: dict[str, Any]) -> Profile:
    return Profile(
        tax_year=values["tax_year"],
        filing_status=values["filing_status"],
        taxable_income=optional(values[INCOME]) or 0,
        state=values["state"],
        state_rate=optional(values["state_rate"]),
        niit_rate=optional(values["niit_rate"]),
    )


def _blank(values: dict[str, Any]) -> Iterator[Problem]:
    for name in NEEDED:
        if values[name] is None:
            yield Problem(
                file="",
                column=name,
                found=f"blank, with {INCOME} filled",
                allowed=f"the {name} whose rates to look up",
                todo="Or state short_rate and long_rate.",
            )


def _too_high(rates: Rates) -> Iterator[Problem]:
    for name in ("short", "long"):
        if getattr(rates, name) > 1:
            total = f"{float(getattr(rates, name)):g}"
            yield Problem(
                file="",
                column=f"{name}_rate",
                found=f"rates that add up to {total}",
                allowed="at most 1",
            )


def _summary(values: dict[str, Any], rates: Rates) -> str:
    """Return what was looked up, for the notes."""
    parts = ", ".join(
        f"{name} {float(getattr(rates, name)):g}"
        for name in ("short", "long", "ordinary")
    )
    return (
        f"rates of taxpayer '{values['taxpayer']}' looked up from the tables of "
        f"{values['tax_year']} ({values['filing_status']}): {parts}"
    )

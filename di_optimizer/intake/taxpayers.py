# SPDX-License-Identifier: Apache-2.0
"""Who pays the tax: rates from the taxpayers table or the accounts' short forms.

Stated rates come first; where none is, and income, filing status and year are
given, the dated tables are asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from di_optimizer.account import YEAR_FIGURES, AccountType, Taxpayer
from di_optimizer.exact import ZERO, exact
from di_optimizer.intake.findings import Findings, hints
from di_optimizer.intake.sheets import Sheet
from di_optimizer.intake.tax_lookup import look_up
from di_optimizer.tax.rates import NO_TAX
from di_optimizer.tax.rates import Rates as Found

RATES = ("short_rate", "long_rate")
PARTS: Mapping[str, tuple[str, ...]] = {
    "short_rate": ("federal_short_rate", "state_rate", "niit_rate"),
    "long_rate": ("federal_long_rate", "state_rate", "niit_rate"),
}


@dataclass(frozen=True, kw_only=True)
class Stated:
    """One place that gives a taxpayer's rate."""

    person: str
    name: str
    rate: float
    file: str
    row: int


Rates = dict[tuple[str, str], Stated]


def read_taxpayers(
    accounts: Sheet, taxpayers: Sheet, on: date, findings: Findings
) -> dict[str, Taxpayer]:
    """Return the taxpayer of each account, by account.

    Accounts of one taxpayer share one value. A rate that no taxable account needs
    and nobody states is 0.
    """
    owners = _owners(accounts, taxpayers, findings)
    _check_years(taxpayers, on, findings)
    rates = _agreed([*_in_table(taxpayers, findings), *_short(accounts)], findings)
    missing = _missing(accounts, owners, rates)
    found = look_up(taxpayers, {owners[account] for _, account, _ in missing}, findings)
    _check_complete(missing, owners, found, findings, accounts.file)
    figures = {values["taxpayer"]: values for _, values in taxpayers.records()}
    people = {
        person: _taxpayer(
            person, rates, found.get(person) or NO_TAX, figures.get(person, {})
        )
        for person in sorted(set(owners.values()))
    }
    return {account: people[person] for account, person in owners.items()}


def _taxpayer(
    person: str, rates: Rates, found: Found, figures: dict[str, Any]
) -> Taxpayer:
    """Return the taxpayer: each rate as stated, else as found, else 0."""
    short, long = (rates.get((person, name)) for name in RATES)
    ordinary = figures.get("ordinary_rate")
    if ordinary is None and found is not NO_TAX:
        ordinary = float(found.ordinary)
    return Taxpayer(
        taxpayer=person,
        short_rate=float(found.short) if short is None else short.rate,
        long_rate=float(found.long) if long is None else long.rate,
        ordinary_rate=ordinary,
        tax_year=figures.get("tax_year"),
        filing_status=figures.get("filing_status"),
        **{name: _money(figures.get(name)) for name in YEAR_FIGURES},
    )


def _money(value: float | None) -> Decimal:
    return ZERO if value is None else exact(value)


def _owners(accounts: Sheet, taxpayers: Sheet, findings: Findings) -> dict[str, str]:
    """Return the taxpayer's name by account: the account's own where blank."""
    known = set(taxpayers.frame["taxpayer"].tolist())
    named = accounts.frame["taxpayer"].dropna().tolist()
    hint = hints((name for name in named if name not in known), known)
    owners: dict[str, str] = {}
    for row, account, person in accounts.rows("account", "taxpayer"):
        owners[account] = person or account
        if taxpayers.given and person is not None and person not in known:
            findings.add(
                accounts.file,
                row,
                "taxpayer",
                found=f"unknown taxpayer '{person}'",
                allowed=f"a taxpayer of {taxpayers.file}",
                todo=hint[person],
            )
    return owners


def _check_years(taxpayers: Sheet, on: date, findings: Findings) -> None:
    """Figures of another year would be netted against this year's gains."""
    for row, year in taxpayers.rows("tax_year"):
        if year is not None and year != on.year:
            findings.add(
                taxpayers.file,
                row,
                "tax_year",
                found=str(year),
                allowed=f"{on.year}, the year of the rebalance date",
            )


def _in_table(taxpayers: Sheet, findings: Findings) -> Iterator[Stated]:
    """Yield the rates of the taxpayers table, combined or in parts."""
    for row, values in taxpayers.records():
        for name in RATES:
            whole, parts = values[name], [values[part] for part in PARTS[name]]
            total = None if None in parts else _sum_of_rates(parts)
            if values[PARTS[name][0]] is not None and total is None:
                blank = [part for part in PARTS[name] if values[part] is None]
                found = f"blank, with {PARTS[name][0]} filled"
                for part in blank:
                    findings.add(
                        taxpayers.file,
                        row,
                        part,
                        found=found,
                        allowed="a number from 0 to 1",
                        todo="Write 0 where there is none.",
                    )
            for rate in (whole, total):
                if rate is not None:
                    yield Stated(
                        person=values["taxpayer"],
                        name=name,
                        rate=rate,
                        file=taxpayers.file,
                        row=row,
                    )


def _sum_of_rates(parts: list[float]) -> float:
    """Return federal + state + net investment income tax.

    Examples
    --------
    >>> _sum_of_rates([0.35, 0.06, 0.038])
    0.448
    """
    return float(sum((exact(part) for part in parts), ZERO))


def _short(accounts: Sheet) -> Iterator[Stated]:
    """Yield the rates in the accounts' short forms."""
    columns = ("account", "taxpayer", *RATES)
    for row, account, person, *rates in accounts.rows(*columns):
        for name, rate in zip(RATES, rates, strict=True):
            if rate is not None:
                yield Stated(
                    person=person or account,
                    name=name,
                    rate=rate,
                    file=accounts.file,
                    row=row,
                )


def _agreed(stated: list[Stated], findings: Findings) -> Rates:
    """Return the first statement of each rate; a different later one is a problem."""
    rates: Rates = {}
    for this in stated:
        first = rates.setdefault((this.person, this.name), this)
        if first.rate != this.rate:
            findings.add(
                this.file,
                this.row,
                this.name,
                found=f"{this.rate:g} for taxpayer '{this.person}'",
                allowed=f"{first.rate:g} as in {first.file}, row {first.row}",
                todo="Give the rate in one place.",
            )
        if this.rate > 1:
            found, allowed = f"rates that add up to {this.rate:g}", "at most 1"
            findings.add(this.file, this.row, this.name, found=found, allowed=allowed)
    return rates


def _missing(
    accounts: Sheet, owners: dict[str, str], rates: Rates
) -> list[tuple[int, str, str]]:
    """Return (row, account, rate) of what taxable accounts need and nobody states."""
    return [
        (row, account, name)
        for row, account, kind in accounts.rows("account", "type")
        for name in RATES
        if kind == AccountType.TAXABLE and (owners[account], name) not in rates
    ]


def _check_complete(
    missing: list[tuple[int, str, str]],
    owners: dict[str, str],
    found: Mapping[str, Found | None],
    findings: Findings,
    file: str,
) -> None:
    for row, account, name in missing:
        if owners[account] not in found:
            findings.add(
                file,
                row,
                name,
                found=f"no {name} for the taxable account '{account}'",
                allowed="a number from 0 to 1 here or in the taxpayers table",
                todo="Write 0 where no tax is due.",
            )

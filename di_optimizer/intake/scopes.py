# SPDX-License-Identifier: Apache-2.0
"""Whom rules and settings are about: everybody, a model, a group or an account."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from di_optimizer.intake.findings import Findings
from di_optimizer.intake.sheets import Sheet, known_only
from di_optimizer.restrictions import EVERYONE, GROUP, MODEL, OWN

RESERVED = (MODEL, GROUP)


@dataclass(frozen=True, kw_only=True)
class Member:
    """An account and what it belongs to; '' where it belongs to nothing."""

    account: str
    model: str = ""
    group: str = ""

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the rows about it are headed by, the widest first."""
        model = (MODEL + self.model,) if self.model else ()
        group = (GROUP + self.group,) if self.group else ()
        return (EVERYONE, *model, *group, self.account)


Members = Mapping[str, Member]


def scope_of(account: str) -> str:
    """Return the scope of a row headed ``account``.

    Examples
    --------
    >>> scope_of("group:family"), scope_of("A17")
    ('group:family', 'account')
    """
    wide = account == EVERYONE or account.startswith(RESERVED)
    return account if wide else OWN


def of_known_scopes(
    rules: Sheet, accounts: Sheet, benchmarks: Collection[str] | None, found: Findings
) -> Sheet:
    """Report restrictions about nobody who is known, and return the others.

    Where nothing is tracked (``benchmarks`` None) models are not looked at.
    """
    frame = accounts.frame
    known = {EVERYONE, *frame["account"].tolist()}
    known |= {GROUP + name for name in frame["group"].dropna().tolist()}
    models = {*frame["benchmark"].dropna().tolist(), *(benchmarks or ())}
    known |= {MODEL + name for name in models}
    if benchmarks is None:
        heads = rules.frame["account"].tolist()
        known |= {head for head in heads if head.startswith(MODEL)}
    of = f"an account of {accounts.file}, group:NAME, model:NAME or *"
    return known_only(rules, known, found, column="account", of=of)


def check_names(accounts: Sheet, findings: Findings) -> None:
    """Report accounts whose name would be taken for a scope."""
    for row, account in accounts.rows("account"):
        if scope_of(account) != OWN:
            findings.add(
                accounts.file,
                row,
                "account",
                found=f"'{account}'",
                allowed="a name other than *, group:… and model:…",
            )

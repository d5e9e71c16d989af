# SPDX-License-Identifier: Apache-2.0
"""Which policy and which benchmark each account follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from di_optimizer.intake.findings import Findings
from di_optimizer.intake.scopes import Member
from di_optimizer.intake.sheets import Sheet, known_only
from di_optimizer.policy import Missing, Policy
from di_optimizer.policy_file import PolicyBook


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the joins need to know of an account."""

    account: str
    row: int
    currency: str
    policy: Policy
    benchmark: str
    group: str = ""

    @property
    def missing(self) -> Missing:
        """What to do when something is absent."""
        return self.policy.missing


Profiles = Mapping[str, Profile]


def read_profiles(
    accounts: Sheet,
    policies: PolicyBook,
    benchmarks: Collection[str] | None,
    findings: Findings,
) -> dict[str, Profile]:
    """Return profiles by account; an unknown policy or benchmark is a problem."""
    known_only(
        accounts, policies.named, findings, column="policy", of=_policies(policies)
    )
    only = "" if benchmarks is None else _benchmark(accounts, benchmarks, findings)
    profiles = {}
    columns = ("account", "currency", "policy", "benchmark", "group")
    for row, account, currency, policy, benchmark, group in accounts.rows(*columns):
        profiles[account] = Profile(
            account=account,
            row=row,
            currency=currency,
            policy=policies.named.get(policy or "", policies.default),
            benchmark=benchmark or "" if only is None else only,
            group=group or "",
        )
    return profiles


def members_of(profiles: Profiles) -> dict[str, Member]:
    """Return what each account belongs to."""
    return {
        account: Member(account=account, model=item.benchmark, group=item.group)
        for account, item in profiles.items()
    }


def _policies(policies: PolicyBook) -> str:
    names = ", ".join(sorted(policies.named))
    return f"a named policy ({names}) or blank" if names else "blank: none is named"


def _benchmark(
    accounts: Sheet, benchmarks: Collection[str], findings: Findings
) -> str | None:
    """Return the one benchmark for all, or None after checking each name.

    One benchmark and at most one name in the column belong together.
    """
    names = accounts.frame["benchmark"]
    if len(benchmarks) == 1 and names.nunique() <= 1:
        return next(iter(benchmarks))
    allowed = "one of the benchmarks " + ", ".join(sorted(benchmarks))
    if not benchmarks:
        found, allowed = "no benchmark", "at least one"
        findings.add("benchmarks", None, None, found=found, allowed=allowed)
        return None
    known_only(accounts, benchmarks, findings, column="benchmark", of=allowed)
    for row in accounts.frame.index[names.isna()].tolist():
        findings.add(accounts.file, row, "benchmark", found="blank", allowed=allowed)
    return None

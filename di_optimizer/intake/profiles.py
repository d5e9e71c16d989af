# SPDX-License-Identifier: Apache-2.0
"""Which policy and which benchmark each account follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from di_optimizer.errors import PolicyError
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.scopes import Member
from di_optimizer.intake.sheets import Sheet, known_only
from di_optimizer.policy import Missing, Policy
from di_optimizer.policy_checks import contradictions
from di_optimizer.policy_file import PolicyBook
from di_optimizer.policy_layers import Follower, Layers
from di_optimizer.universe import nearest

Places = tuple[tuple[str, str], ...]


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
    _check_layers(accounts, policies.layers, benchmarks, findings)
    chosen, profiles = Chosen(policies, findings), {}
    columns = ("account", "currency", "policy", "benchmark", "group")
    for row, account, currency, policy, benchmark, group in accounts.rows(*columns):
        who = Follower(
            account=account,
            benchmark=benchmark or "" if only is None else only,
            group=group or "",
            policy=policy if policy in policies.named else "",
        )
        profiles[account] = Profile(
            account=account,
            row=row,
            currency=currency,
            policy=chosen.of(who),
            benchmark=who.benchmark,
            group=who.group,
        )
    return profiles


@dataclass(frozen=True)
class Chosen:
    """The policies of accounts; what is wrong with one is reported once."""

    policies: PolicyBook
    findings: Findings
    checked: dict[Places, Policy] = field(default_factory=dict)

    def of(self, who: Follower) -> Policy:
        """Return the policy of an account, the default where its layers are none."""
        layers = self.policies.layers
        if layers is None:
            return self.policies.of(who)
        places = layers.places(who)
        if places not in self.checked:
            self.checked[places] = self._checked(who, layers)
        return self.checked[places]

    def _checked(self, who: Follower, layers: Layers) -> Policy:
        try:
            policy = self.policies.of(who)
        except PolicyError as error:
            self.findings.problems.extend(error.problems)
            return self.policies.default
        if len(layers.places(who)) > 1:  # single layers are checked when read
            prefix = self.policies.prefix(who)
            self.findings.problems.extend(contradictions(policy, layers.file, prefix))
        return policy


def _check_layers(
    accounts: Sheet,
    layers: Layers | None,
    benchmarks: Collection[str] | None,
    findings: Findings,
) -> None:
    """Report settings of a model, a group or an account that does not exist."""
    if layers is None:
        return
    frame = accounts.frame
    known: dict[str, tuple[Collection[str], str]] = {
        "groups": (frame["group"].dropna().tolist(), f"a group of {accounts.file}"),
        "accounts": (frame["account"].tolist(), f"an account of {accounts.file}"),
    }
    if benchmarks is not None:
        known["models"] = (benchmarks, "the name of a benchmark")
    for table, (names, allowed) in known.items():
        own = set(names)
        for name in sorted(layers.of(table).keys() - own):
            findings.add(
                layers.file,
                None,
                f"{table}.{name}",
                found=f"unknown {table.removesuffix('s')} '{name}'",
                allowed=allowed,
                todo=nearest(name, sorted(own)),
            )


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

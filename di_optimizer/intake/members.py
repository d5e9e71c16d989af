# SPDX-License-Identifier: Apache-2.0
"""Members of the benchmarks that have no price, no exposure, or another currency."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake.dates import check_model
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.missing import HOLD, Facts
from di_optimizer.intake.profiles import Profile, Profiles
from di_optimizer.market import Market

SHOWN = 20
CONSEQUENCE = {
    "price": "are not bought",
    "exposure": "are left out of the tracking error",
}


@dataclass(frozen=True)
class Gaps:
    """Members without a price, and with a price but without an exposure."""

    unpriced: tuple[str, ...]
    unexposed: tuple[str, ...]


def check_members(
    benchmarks: Mapping[str, Benchmark],
    profiles: Profiles,
    facts: Facts,
    market: Market,
    findings: Findings,
) -> Gaps:
    """Return the gaps of every benchmark in use; policy may refuse them."""
    unpriced: set[str] = set()
    unexposed: set[str] = set()
    for name, followers in sorted(_followers(profiles, benchmarks).items()):
        file = f"benchmark {name}"
        check_model(file, "weights", benchmarks[name].as_of, market.on, findings)
        members = sorted(str(symbol) for symbol in benchmarks[name].weights.index)
        no_price = [symbol for symbol in members if symbol not in facts.priced]
        no_exposure = [
            symbol
            for symbol in members
            if facts.exposed is not None and symbol not in facts.exposed
        ]
        _decide(name, "price", no_price, followers, findings)
        _decide(name, "exposure", no_exposure, followers, findings)
        _check_currency(name, members, followers, market, findings)
        unpriced.update(no_price)
        unexposed.update(no_exposure)
    return Gaps(tuple(sorted(unpriced)), tuple(sorted(unexposed)))


def _followers(
    profiles: Profiles, benchmarks: Collection[str]
) -> dict[str, list[Profile]]:
    found: dict[str, list[Profile]] = {}
    for profile in profiles.values():
        if profile.benchmark in benchmarks:
            found.setdefault(profile.benchmark, []).append(profile)
    return found


def _decide(
    benchmark: str,
    name: str,
    members: list[str],
    followers: list[Profile],
    findings: Findings,
) -> None:
    """Refuse where one follower's policy does; otherwise leave a note."""
    if not members:
        return
    count = f"{len(members)} member{'s' * (len(members) != 1)} without {name}"
    refusing = [p.account for p in followers if getattr(p.missing, name) != HOLD]
    if refusing:
        findings.add(
            f"benchmark {benchmark}",
            None,
            None,
            found=f"{count}: {_listed(members)}",
            allowed=f"a{'n' * (name == 'exposure')} {name} for each member",
            todo=f'Or set missing.{name} = "hold" in the policy of '
            f"{_listed(sorted(refusing))}: they {CONSEQUENCE[name]} then.",
        )
    else:
        note = f"benchmark {benchmark}: {count} {CONSEQUENCE[name]}: {_listed(members)}"
        findings.notes.append(note)


def _check_currency(
    benchmark: str,
    members: Iterable[str],
    followers: list[Profile],
    market: Market,
    findings: Findings,
) -> None:
    quoted = {m: market.quotes[m].currency for m in members if m in market.quotes}
    for currency in sorted({profile.currency for profile in followers}):
        other = [symbol for symbol, unit in quoted.items() if unit != currency]
        if other:
            findings.add(
                f"benchmark {benchmark}",
                None,
                None,
                found=f"members not quoted in {currency}: {_listed(other)}",
                allowed=f"prices in {currency}, the currency of its accounts",
                todo="Accounts and prices need one currency; convert before.",
            )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more

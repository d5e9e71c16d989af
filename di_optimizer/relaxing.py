# SPDX-License-Identifier: Apache-2.0
"""Which limits of an account give way, by how much, in the order of its policy.

Amounts are in the unit of each limit: what has to be added to it or taken from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from di_optimizer.eased import Asked, restriction_name
from di_optimizer.program.job import Built, Job
from di_optimizer.program.limits import label
from di_optimizer.program.program import MAX_TE, Row
from di_optimizer.program.turnover import VOLUME
from di_optimizer.solve.cut_rows import with_cut_rows
from di_optimizer.solve.elastic import Elastic, elastic_of
from di_optimizer.solve.levers import Lever, least_relaxation, levers_of
from di_optimizer.solve.pieces import at_flat_rates
from di_optimizer.solve.solution import Conflict, Cut

BP = 1e4
COUNTS = "counts."
NEARLY = 1e-6  # a count this little above a whole number is that number
LISTED = re.compile(r"(limits|taxes\.budgets|risk_limits)\[(\d+)\] \(.*\)(?: (\w+))?")
ON = re.compile(r"(.*) on (\S+)")
CASH_LEFT = ("cash.minimum", "cash.floor", "cash.target")  # never below zero

Amounts = dict[str, float]


def relaxation(job: Job, built: Built, cuts: Sequence[Cut]) -> Amounts | None:
    """Return the least by which limits have to give way, by name, in their own unit.

    None where they cannot be met however far those give way that can. Empty where
    nothing linear is in conflict.

    Parameters
    ----------
    cuts : sequence of Cut
        What a search has found of the curbs.
    """
    elastic, levers = _levers(job, built, cuts)
    return least_relaxation(elastic, levels(levers, job.policy.conflict.keep))


def immovable(job: Job, built: Built, cuts: Sequence[Cut]) -> Amounts:
    """Return what would have to give way and cannot, by name, fractions of base.

    However far all other limits give way.
    """
    elastic, levers = _levers(job, built, cuts)
    moving = {line for lever in levers for line in lever.lines}
    fixed = {
        name: (name, 1.0)
        for line, name in enumerate(elastic.names)
        if name and line not in moving
    }
    stiff = levers_of(elastic, fixed, {})
    found = least_relaxation(elastic, [stiff, levers]) or {}
    return {name: amount for name, amount in found.items() if name in fixed}


def _levers(
    job: Job, built: Built, cuts: Sequence[Cut]
) -> tuple[Elastic, tuple[Lever, ...]]:
    """Return all limits of a program as lines, and the limits that can give way."""
    program = with_cut_rows(at_flat_rates(built.program), cuts)
    elastic = elastic_of(program)
    factors = _factors(job, built, set(elastic.names))
    most = {lever: _most(job, lever) for lever, _ in factors.values()}
    return elastic, levers_of(elastic, factors, most)


def levels(levers: Iterable[Lever], keep: Sequence[str]) -> list[list[Lever]]:
    """Return levers by importance: a level for each beginning, then all others."""
    found: list[list[Lever]] = [[] for _ in range(len(keep) + 1)]
    for lever in levers:
        found[importance(lever.name, keep)].append(lever)
    return [level for level in found if level]


def importance(name: str, keep: Sequence[str]) -> int:
    """Return the place of the first beginning that a name has; after all for none.

    Examples
    --------
    >>> [importance(n, ["cash", "limits"]) for n in ("limits[1].maximum", "bounds.x")]
    [1, 2]
    """
    fits = (i for i, start in enumerate(keep) if _same(name).startswith(_same(start)))
    return next(fits, len(keep))


def _same(name: str) -> str:
    """Return a name without what messages add: the group of a limit, in brackets."""
    found = LISTED.fullmatch(name)
    if found is None:
        return name
    return f"{found[1]}[{found[2]}]" + (f".{found[3]}" if found[3] else "")


def counted(conflicts: Iterable[Conflict], keep: Sequence[str]) -> Amounts:
    """Return which count gives way, where counts are in conflict; {} for none.

    Where one of several suffices, the least important.
    """
    found = [c for c in conflicts if c.name.startswith(COUNTS)]
    if not found:
        return {}
    if found[0].alone:
        found = [max(found, key=lambda c: (importance(c.name, keep), c.name))]
    return {c.name: float(-int(-(c.amount - NEARLY) // 1)) for c in found}


def _most(job: Job, lever: str) -> float:
    """Return the most that a limit gives way: cash is never below zero."""
    value = Asked(job.policy, job.account).value(lever)
    if lever not in CASH_LEFT or value is None:
        return float("inf")
    setting = lever.partition(".")[2]
    rows: list[float | None] = [getattr(r, setting, None) for r in job.account.cash]
    return max([value, *(own for own in rows if own is not None)])


def _factors(job: Job, built: Built, names: set[str]) -> dict[str, tuple[str, float]]:
    """Return the lever behind each line's name, and what a unit of it is there."""
    asked, rules = Asked(job.policy, job.account), _restrictions(job)
    found = {}
    for name in names - {"", MAX_TE}:
        lever = rules.get(name) or rules.get(_alone(name)) or _setting(name)
        if lever is None or asked.value(lever) is None:
            continue
        factor = _factor(job, built, name, lever)
        if factor > 0.0:
            found[name] = (lever, factor)
    return found


def _alone(name: str) -> str:
    """Return the name of a limit without the security that it is felt on."""
    found = ON.fullmatch(name)
    return name if found is None else found[1]


def _restrictions(job: Job) -> Mapping[str, str]:
    """Return restrictions with an amount, by what messages call them."""
    return {label(r): restriction_name(r) for r in job.account.restrictions}


def _setting(name: str) -> str | None:
    """Return the setting behind a name, dotted as in a policy file; None for none."""
    found = LISTED.fullmatch(_alone(name))
    if found is not None:
        setting = "max_te_bp" if found[1] == "risk_limits" else found[3]
        return None if setting is None else f"{found[1]}[{found[2]}].{setting}"
    bare = _alone(name)
    return bare if re.fullmatch(r"\w+\.\w+", bare) else None


def _factor(job: Job, built: Built, name: str, lever: str) -> float:
    """Return by how much a line moves for a unit of its limit."""
    base = float(built.base)
    scale = max(float(built.nav) / base, 0.0)
    if lever.startswith("taxes.") or lever == "cash.floor":
        return 1.0 / base
    if lever.startswith("risk_limits"):
        return scale / BP
    if lever == VOLUME:
        return _volume(job, built, name)
    if lever == "bounds.multiple":
        return _benchmark(built, name)
    if lever.startswith("limits["):
        return _of_total(job, built, name, lever, scale)
    return scale


def _of_total(job: Job, built: Built, name: str, lever: str, scale: float) -> float:
    """Return what a unit of a limit on a total is: of NAV, or of the benchmark's."""
    limit = job.policy.limits[int(lever[7 : lever.index("]")]) - 1]
    if limit.unit != "multiple":
        units = [r.unit for r in built.program.rows if name in _ends(r)]
        return scale / (next(iter(units), None) or 1.0)
    if _alone(name) != name:
        return _benchmark(built, name)
    value = limit.minimum if lever.endswith("minimum") else limit.maximum
    for row in built.program.rows:
        ends = _ends(row)
        if name in ends and value:
            return max(ends[name] / value, 0.0)
    return 0.0


def _benchmark(built: Built, name: str) -> float:
    """Return the benchmark's weight of the security that a limit is felt on."""
    symbol = ON.fullmatch(name)
    at = built.universe.position.get(symbol[2]) if symbol else None
    return 0.0 if at is None else float(built.program.benchmark[at])


def _volume(job: Job, built: Built, name: str) -> float:
    """Return the account's part of a whole day's volume, fraction of base."""
    symbol = ON.fullmatch(name)
    quote = job.market.quotes.get(symbol[2]) if symbol else None
    if quote is None or quote.adv is None:
        return 0.0
    at = built.universe.position[quote.symbol]
    shares = quote.adv * float(job.volume_share)
    return shares * float(built.prices[at]) / float(built.base)


def _ends(row: Row) -> dict[str, float]:
    return {row.lower_name: row.lower, row.upper_name: row.upper}

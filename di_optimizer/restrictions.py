# SPDX-License-Identifier: Apache-2.0
"""Restrictions as values, and which of them are in force on a date.

Of the rules about one target and of one family the most specific win: an account's
own before those of its group, of its model, of everybody. Knows nothing of accounts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

EVERYONE = "*"
MODEL, GROUP, OWN = "model:", "group:", "account"
CLOSINGS = ("no_buy", "no_sell", "no_trade", "no_hold", "allow")
LOT_KINDS = ("sell_lot", "keep_lot")
LOCK = "lock"

Target = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """One rule on a symbol, all symbols of a sector or wash-sale group, or a lot.

    Attributes
    ----------
    kind : str
        no_buy, no_sell, no_trade, no_hold, allow; min, max; threshold_min,
        threshold_max; min_total, max_total; sell_lot, keep_lot; lock.
    lot_id : str, optional
        Of sell_lot and keep_lot.
    sleeve : str, optional
        Of lock; None is the whole account.
    value : float, optional
        Fraction of NAV.
    start, end : date, optional
        First and last day; None is open.
    by : date, optional
        Of no_hold: the day by which nothing is left; None is at once.
    scope : str
        Whom the row is about: "*", "model:NAME", "group:NAME" or "account"; '' is a
        rule of the run itself, which holds beside all others.
    source : str
        File and row it came from, for messages.
    """

    kind: str
    symbol: str | None = None
    sector: str | None = None
    group: str | None = None
    lot_id: str | None = None
    sleeve: str | None = None
    value: float | None = None
    start: date | None = None
    end: date | None = None
    by: date | None = None
    scope: str = ""
    source: str = ""

    def active(self, on: date) -> bool:
        """Return whether the rule holds on a date."""
        return (self.start is None or self.start <= on) and (
            self.end is None or on <= self.end
        )

    @property
    def target(self) -> Target:
        """Symbol, sector or wash-sale group that it is about."""
        return self.symbol, self.sector, self.group

    @property
    def family(self) -> str:
        """What it competes with for a target; '' competes with nothing."""
        if not self.scope or self.kind in (*LOT_KINDS, LOCK):
            return ""
        return "closing" if self.kind in CLOSINGS else self.kind

    @property
    def level(self) -> int:
        """How specific it is, from 0 for everybody to 3 for the account's own.

        Examples
        --------
        >>> [Restriction(kind="no_buy", symbol="A", scope=scope).level
        ...  for scope in ("*", "model:sp500", "group:family", "account")]
        [0, 1, 2, 3]
        """
        if self.scope.startswith(GROUP):
            return 2
        if self.scope.startswith(MODEL):
            return 1
        return 0 if self.scope == EVERYONE else 3

    def days_left(self, on: date) -> int:
        """Return the days from a date to ``by``; 0 without one or after it."""
        return 0 if self.by is None else max((self.by - on).days, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A rule that is in force, and the less specific ones that it overrides."""

    rule: Restriction
    overrode: tuple[Restriction, ...] = ()


def standing(rules: Iterable[Restriction], on: date) -> tuple[Standing, ...]:
    """Return the rules in force on a date with what they override, in their order."""
    active = [rule for rule in rules if rule.active(on)]
    levels: dict[tuple[Target, str], int] = {}
    for rule in active:
        key = rule.target, rule.family
        levels[key] = max(levels.get(key, 0), rule.level)
    lost: dict[tuple[Target, str], list[Restriction]] = {}
    for rule in active:
        if rule.family and rule.level < levels[rule.target, rule.family]:
            lost.setdefault((rule.target, rule.family), []).append(rule)
    return tuple(
        Standing(
            rule=rule,
            overrode=tuple(lost.get((rule.target, rule.family), ())),
        )
        for rule in active
        if not rule.family or rule.level == levels[rule.target, rule.family]
    )


def in_force(rules: Iterable[Restriction], on: date) -> tuple[Restriction, ...]:
    """Return the rules in force on a date; ``allow`` is none, it only lifts others.

    Examples
    --------
    >>> never = Restriction(kind="no_buy", symbol="A", scope="*")
    >>> less = Restriction(kind="max", symbol="A", value=0.1, scope="account")
    >>> open_ = Restriction(kind="allow", symbol="A", scope="account")
    >>> [r.kind for r in in_force([never, less], date(2024, 1, 2))]
    ['no_buy', 'max']
    >>> [r.kind for r in in_force([never, less, open_], date(2024, 1, 2))]
    ['max']
    """
    found = (item.rule for item in standing(rules, on))
    return tuple(rule for rule in found if rule.kind != "allow")

# SPDX-License-Identifier: Apache-2.0
"""What a plan says of limits on totals: which bind, which are missed, what is blank."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from di_optimizer.orders.sizing import Sized
from di_optimizer.program.draft import Draft
from di_optimizer.program.groups import Floats
from di_optimizer.program.job import Built, Job
from di_optimizer.program.total_names import BETA, FACTOR
from di_optimizer.program.total_parts import Holdings
from di_optimizer.program.totals import Band, bands_of
from di_optimizer.program.turnover import MAX_TURNOVER, VOLUME

BP = 1e4
BINDING = 1e-7  # of NAV: a total this close to its limit in the solved plan is on it
WORTH_SAYING = 1e-6  # of NAV: a limit missed by less was rounded to
SHOWN = 10  # symbols that one note lists


@dataclass(frozen=True, kw_only=True)
class _Story:
    """Weights after the solved plan and after its trades, fractions of base, (n,)."""

    draft: Draft
    solved: Floats
    traded: Floats

    def total(self, band: Band, weights: Floats) -> float:
        """Return a total in its own unit, of a NAV of 1."""
        value = float(band.total.each @ weights) + band.total.outside
        return value / self.draft.scale if self.draft.scale > 0.0 else value


def total_notes(job: Job, built: Built, sized: Sized) -> Iterator[str]:
    """Yield the notes about limits on totals, turnover and volume."""
    story = _story(job, built, sized)
    for band in bands_of(story.draft):
        yield from _missed(story, band) if band.soft else _binding(story, band)
    yield from _blank(story.draft)
    yield from _turnover(story.draft, sized)
    yield from _volume(story)


def _story(job: Job, built: Built, sized: Sized) -> _Story:
    program, n = built.program, built.program.securities
    draft = Draft(
        job=job,
        universe=built.universe,
        program=program,
        views=(),
        nav=built.nav,
        base=built.base,
        scale=max(float(built.nav / built.base), 0.0),
    )
    plans = (sized.settled, sized.weights)
    solved, traded = (_after(built, p.buys[:n], p.sells) for p in plans)
    return _Story(draft=draft, solved=solved, traded=traded)


def _after(built: Built, buys: Floats, sells: Floats) -> Floats:
    program, n = built.program, built.program.securities
    sold = np.bincount(program.lots.security, weights=sells, minlength=n)
    return program.held[:n] + buys - sold


def _missed(story: _Story, band: Band) -> Iterator[str]:
    """Say by how much a soft limit is missed and what that costs."""
    value = story.total(band, story.traded)
    for over, name in (
        (value - band.upper, band.upper_name),
        (band.lower - value, band.lower_name),
    ):
        if over > WORTH_SAYING * max(1.0, abs(value)):
            cost = over * band.price * BP
            yield (
                f"{name} is missed by {_shown(band, over)}: the total is "
                f"{_shown(band, value)}, which costs {cost:.2f} bp."
            )


def _binding(story: _Story, band: Band) -> Iterator[str]:
    solved, traded = (story.total(band, w) for w in (story.solved, story.traded))
    near = BINDING * max(1.0, float(np.max(np.abs(band.total.each), initial=0.0)))
    for limit, name in (
        (band.lower, band.lower_name),
        (band.upper, band.upper_name),
    ):
        if math.isfinite(limit) and abs(solved - limit) <= near:
            yield f"{name} binds: the total is {_shown(band, traded)}."


def _shown(band: Band, value: float) -> str:
    """Return a total in words: weights in percent."""
    return f"{value:.4%}" if band.weight else f"{value:.6g}"


def _blank(draft: Draft) -> Iterator[str]:
    """Name what has no value in a column that a limit adds up."""
    limits = draft.job.policy.limits
    columns = [item.on for item in limits if item.on not in (FACTOR, BETA)]
    holdings = Holdings(draft=draft)
    for column in dict.fromkeys(columns):
        if blank := holdings.blank(column):
            yield (
                f"{_listed(blank)}: no {column} in the securities table; counted in "
                f"no limit on {column}."
            )


def _listed(symbols: Sequence[str]) -> str:
    more = len(symbols) - SHOWN
    return ", ".join(symbols[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _turnover(draft: Draft, sized: Sized) -> Iterator[str]:
    """Say so where turnover holds the plan back."""
    n = draft.program.securities
    for row in draft.program.rows:
        if row.name != MAX_TURNOVER:
            continue
        solved = 0.5 * (sized.settled.buys[:n].sum() + sized.settled.sells.sum())
        traded = 0.5 * (sized.weights.buys[:n].sum() + sized.weights.sells.sum())
        if abs(solved - row.upper) <= BINDING:
            yield f"{MAX_TURNOVER} binds: {traded:.4%} is turned over."


def _volume(story: _Story) -> Iterator[str]:
    """Name what volume keeps from being traded, and what must go and cannot yet."""
    program, symbols = story.draft.program, story.draft.universe.symbols
    held, solved = program.held[: len(symbols)], story.solved
    ends = [
        (np.abs(solved - end[: len(symbols)]) <= BINDING)
        & np.array([name.startswith(VOLUME) for name in names[: len(symbols)]])
        for end, names in (
            (program.lower, program.lower_name),
            (program.upper, program.upper_name),
        )
    ]
    both = ends[0] & ends[1] & (program.lower == program.upper)[: len(symbols)]
    stuck = [symbols[i] for i in np.flatnonzero(both & (solved > 0.0)).tolist()]
    slowed = [
        symbols[i]
        for i in np.flatnonzero((ends[0] | ends[1]) & ~both).tolist()
        if abs(solved[i] - held[i]) > BINDING
    ]
    if slowed:
        yield f"{VOLUME} limits the trades of {_listed(slowed)}."
    if stuck:
        yield (
            f"{_listed(stuck)}: sold as far as {VOLUME} allows; the rest of what may "
            "not be held is left for another day."
        )

# SPDX-License-Identifier: Apache-2.0
"""Better kinds of trades around a plan: one or two at a time, or many at once.

What a change would bring is estimated to second order, with everything else giving
way; the most promising ones are solved for exactly, and the plan moves on while that
finds better ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.program.program import Flags, Floats, Ints
from di_optimizer.solve.certified.counts import BITS, counted_by_kind
from di_optimizer.solve.certified.outer import is_count
from di_optimizer.solve.certified.plans import MARGIN, Plan, Task, solve_fixed
from di_optimizer.solve.certified.swaps import Give, give_of

SHORT = 80  # changes of each sort that are paired
BATCH = 32  # changes made at once, at most
GAIN = 1e-9  # fraction of base; less is not worth a solve
FAILURES = 10  # exact solves in a row without a better plan
NEAR = 1e-9


@dataclass(frozen=True)
class Flips:
    """Changes of kind, one each; (f,) arrays, counts (rows, f).

    ``kind`` is a row of the kinds, ``gain`` what the change is estimated to add to the
    objective, ``step`` by how much it moves the weight, ``fixed`` what it costs
    whatever the amount, ``counts`` what it adds to the rows of counts.
    """

    security: Ints
    kind: Ints
    gain: Floats
    step: Floats
    fixed: Floats
    counts: Floats

    def only(self, chosen: Ints | Flags) -> Flips:
        """Return some of the changes."""
        return Flips(
            self.security[chosen],
            self.kind[chosen],
            self.gain[chosen],
            self.step[chosen],
            self.fixed[chosen],
            self.counts[:, chosen],
        )


@dataclass(frozen=True)
class Slack:
    """How much each row of counts may still fall and rise, (rows,)."""

    down: Floats
    up: Floats

    def allows(self, change: Floats) -> Flags:
        """Return which changes (rows, ...) keep every row."""
        shape = (len(self.up),) + (1,) * (change.ndim - 1)
        fits: Flags = np.all(
            (change <= self.up.reshape(shape) + NEAR)
            & (change >= -self.down.reshape(shape) - NEAR),
            axis=0,
        )
        return fits


Change = tuple[tuple[int, int], ...]  # securities and rows of their new kinds


def improved(task: Task, plan: Plan, solves: int) -> Plan:
    """Return a plan whose kinds no change that was tried makes better.

    Parameters
    ----------
    plan : Plan
        With a point and loose weights: see :func:`.plans.solve_fixed`.
    solves : int
        Most exact solves.
    """
    batch = BATCH
    while solves > 0:
        wanted = promising(task, plan)
        better, tried = _first_better(task, plan, _offers(wanted, batch), solves)
        solves -= tried
        if better is None:
            break
        batch = max(batch // 2, 1)
        plan = better
    return plan


def _offers(wanted: list[Change], batch: int) -> list[Change]:
    """Return what to solve for: many changes at once, fewer, then one by one."""
    offers: list[Change] = []
    while batch > 1:
        together = _apart(wanted, batch)
        if len(together) > 1:
            offers.append(tuple(part for change in together for part in change))
        batch = batch // 4
    return offers + wanted[:FAILURES]


def _apart(wanted: list[Change], most: int) -> list[Change]:
    """Return the first changes that share no security."""
    used: set[int] = set()
    found: list[Change] = []
    for change in wanted:
        own = {security for security, _ in change}
        if len(found) < most and not own & used:
            used |= own
            found.append(change)
    return found


def _first_better(
    task: Task, plan: Plan, offers: list[Change], solves: int
) -> tuple[Plan | None, int]:
    """Return the first offer that is better than a plan, and the solves it took."""
    assert plan.point is not None
    tried = 0
    for change in offers[:solves]:
        kinds = plan.fixing.kinds.copy()
        for security, kind in change:
            kinds[security] = BITS[kind]
        fixing = replace(plan.fixing, kinds=kinds)
        found = solve_fixed(task, fixing, plan.point, MARGIN)
        tried += 1
        if found is not None and found.objective < plan.objective - GAIN:
            return found, tried
    return None, tried


def promising(task: Task, plan: Plan) -> list[Change]:
    """Return changes that are estimated to make a plan better, the best first."""
    relaxation = task.relaxation
    assert plan.point is not None
    rows = [row for row in relaxation.program.rows if is_count(row)]
    give = give_of(relaxation, plan, _binding(task, plan))
    flips, slack = _flips(task, plan, give)
    found: list[tuple[float, Change]] = []
    alone = slack.allows(flips.counts)
    for f in np.flatnonzero(alone & (flips.gain < -GAIN)).tolist():
        one = (int(flips.security[f]), int(flips.kind[f]))
        found.append((float(flips.gain[f]), (one,)))
    if rows:
        found += _pairs(flips, slack, give)
    found.sort(key=lambda item: item[0])
    return [change for _, change in found]


def _binding(task: Task, plan: Plan) -> Floats:
    """Return the slopes of the inner rows that have a price, (n, m)."""
    assert plan.point is not None
    affine = task.relaxation.affine
    priced = plan.point.rows[affine.rows] != 0.0
    slopes: Floats = affine.slopes[:, priced]
    return slopes


def _flips(task: Task, plan: Plan, give: Give) -> tuple[Flips, Slack]:
    """Return every change of one kind, and how much room the counts have."""
    relaxation, point = task.relaxation, plan.point
    assert point is not None
    program, fixing = relaxation.program, plan.fixing
    here = np.arange(program.n)
    block = relaxation.blocks_at(fixing.modes)
    own = 2.0 * relaxation.gamma * program.specific
    more = 0.5 * np.maximum(give.stiff - own, 0.0)
    least, where = (table[:, block] for table in relaxation.curved(point, more))
    single = np.isin(fixing.kinds, BITS)
    now = np.where(single, np.searchsorted(BITS, fixing.kinds), 0)
    own_least = least[now, here]
    single &= np.isfinite(own_least)
    gain = least - np.where(single, own_least, 0.0)
    offered = single[None, :] & np.isfinite(gain) & (BITS[:, None] != BITS[now])
    kind, security = np.nonzero(offered)
    rows = [row for row in program.rows if is_count(row)]
    counted = [counted_by_kind(relaxation, row) for row in rows]
    totals = [
        r.offset + float(c[now, here].sum()) for r, c in zip(rows, counted, strict=True)
    ]
    change = [c[kind, security] - c[now, here][security] for c in counted]
    fixed = _fixed(task, plan)
    flips = Flips(
        security=security,
        kind=kind,
        gain=gain[kind, security],
        step=where[kind, security] - point.x[security],
        fixed=fixed[kind, security] - fixed[now, here][security],
        counts=np.array(change).reshape(len(rows), len(kind)),
    )
    slack = Slack(
        down=np.array([t - r.lower for t, r in zip(totals, rows, strict=True)]),
        up=np.array([r.upper - t for t, r in zip(totals, rows, strict=True)]),
    )
    return flips, slack


def _fixed(task: Task, plan: Plan) -> Floats:
    """Return what each kind costs whatever the amount, at the multipliers, (4, n)."""
    relaxation, point = task.relaxation, plan.point
    assert point is not None
    sizes = relaxation.program.sizes
    traded = np.array([1.0, 1.0, 0.0, 1.0])[:, None]
    ticket = np.zeros(relaxation.program.n) if sizes is None else sizes.ticket
    total: Floats = traded * ticket
    for row, mu in zip(relaxation.program.rows, point.rows.tolist(), strict=True):
        if mu != 0.0 and row.stepped:
            total = total + mu * counted_by_kind(relaxation, row)
    return total


def _pairs(flips: Flips, slack: Slack, give: Give) -> list[tuple[float, Change]]:
    """Return pairs of changes, one that takes from a count and one that adds."""
    falls = _shortlist(flips, np.any(flips.counts < 0.0, axis=0))
    rises = _shortlist(flips, np.any(flips.counts > 0.0, axis=0))
    if not len(falls.gain) or not len(rises.gain):
        return []
    gain = _joint(falls, rises, give)
    counts = falls.counts[:, :, None] + rises.counts[:, None, :]
    open_ = slack.allows(counts) & (falls.security[:, None] != rises.security[None, :])
    gain = np.where(open_, gain, np.inf)
    flat = np.argsort(gain, axis=None, kind="stable")[: 4 * BATCH]
    found: list[tuple[float, Change]] = []
    for f, r in zip(*np.unravel_index(flat, gain.shape), strict=True):
        if gain[f, r] < -GAIN:
            parts = ((falls, int(f)), (rises, int(r)))
            change = tuple((int(p.security[i]), int(p.kind[i])) for p, i in parts)
            found.append((float(gain[f, r]), change))
    return found


def _shortlist(flips: Flips, chosen: Flags | np.bool_) -> Flips:
    """Return the chosen changes that promise most, in that order."""
    numbers = np.flatnonzero(chosen)
    order = np.argsort(flips.gain[numbers], kind="stable")[:SHORT]
    return flips.only(numbers[order])


def _joint(falls: Flips, rises: Flips, give: Give) -> Floats:
    """Estimate pairs, the second amount chosen anew beside the first, (falls, rises).

    Of a first change that forces a loose weight by δ, the second one by t moves that
    weight by w·t already: (δ − wt)²/2N instead of δ²/2N.
    """
    place = np.full(len(give.stiff), -1)
    place[give.loose] = np.arange(len(give.loose))
    at = place[falls.security]
    w = np.zeros((len(at), len(rises.security)))
    w[at >= 0] = give.moved[at[at >= 0]][:, rises.security]
    hard = give.stiff[falls.security][:, None]
    t, curve = rises.step, give.stiff[rises.security]
    safe = np.where(t == 0.0, 1.0, t)
    slope = (rises.gain - rises.fixed) / safe - 0.5 * curve * t
    line = (slope - hard * falls.step[:, None] * w) * t
    bend = (curve + hard * w * w) * t * t
    part = np.clip(-line / np.maximum(bend, 1e-300), 0.25, 4.0)
    joint = falls.gain[:, None] + rises.fixed + part * line + 0.5 * bend * part * part
    found: Floats = joint
    return found

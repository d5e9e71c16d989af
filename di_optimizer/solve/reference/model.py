# SPDX-License-Identifier: Apache-2.0
"""The convex problem over cells, written in cvxpy.

With one cell a security it is the program at fixed modes and sides; with several it
is the relaxation over convex hulls, in perspective form. Weights are scaled to per
mille and the objective to bp, so that tolerances mean the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import cvxpy as cp
import numpy as np
from scipy.sparse import csr_array

from di_optimizer.own_terms.values import Asked
from di_optimizer.program.program import Floats, Ints
from di_optimizer.solve.groups import totals
from di_optimizer.solve.reference.cells import unit_costs
from di_optimizer.solve.reference.mix import Mix, tickets

WEIGHT = 1e3  # one unit of a cvxpy variable is a per mille of base
BP = 1e4  # one unit of the cvxpy objective is a bp of base
LEAST_CAP = 1e-10  # variance; below it (0.1 bp of tracking error) a cap scales nothing


@dataclass(frozen=True)
class Bundles:
    """Lots of a cell that are sold together, each other lot by itself.

    Where a mode leaves nothing open of several lots they need only one variable. It
    keeps its two limits: an equality in their place leaves the solver inaccurate.

    Attributes
    ----------
    owner, floor, cap : (bundles,)
        Cell, and least and most sold in all.
    parts : (pairs, bundles)
        What each lot has of a bundle's sale.
    """

    owner: Ints
    floor: Floats
    cap: Floats
    parts: csr_array


def bundles_of(mix: Mix) -> Bundles:
    """Return the bundles of a problem over cells."""
    cells = mix.cells
    floor, cap = cells.floor, mix.blocks.cap[cells.pair]
    pairs, fixed = np.arange(len(cap)), floor >= cap
    own = np.where(fixed, cells.owner, len(cells.block) + pairs)
    _, first, bundle = np.unique(own, return_index=True, return_inverse=True)
    count = len(first)
    whole = totals(bundle, cap, count)
    part = np.where(fixed, cap / whole[bundle], 1.0)
    return Bundles(
        owner=cells.owner[first],
        floor=totals(bundle, floor, count),
        cap=whole,
        parts=csr_array((part, (pairs, bundle)), shape=(len(cap), count)),
    )


@dataclass(frozen=True)
class Model:
    """Variables in scaled units: purchases by buying cell, sales by bundle, shares.

    ``sells`` is what is sold of each lot in each cell, (pairs,).
    """

    mix: Mix
    bundles: Bundles
    buyers: Ints
    buys: cp.Variable
    bundled: cp.Variable
    sells: cp.Expression
    free: cp.Variable
    factor: cp.Variable
    after: cp.Variable

    @property
    def scale(self) -> float:
        """What the variables for risk multiply variance by: 1 is the cap, or a bp."""
        program = self.mix.program
        if np.isfinite(program.variance_cap):
            return float(1.0 / max(program.variance_cap, LEAST_CAP))
        return program.gamma * BP

    def bought(self) -> cp.Expression:
        """Return what each cell buys, (cells,)."""
        count = len(self.mix.cells.block)
        bought: cp.Expression = _spread(self.buyers, count) @ self.buys
        return bought

    def sold(self) -> cp.Expression:
        """Return what each cell sells, (cells,)."""
        count = len(self.mix.cells.block)
        sold: cp.Expression = _spread(self.mix.cells.owner, count) @ self.sells
        return sold

    def shared(self, amounts: Floats, at: Ints) -> cp.Expression:
        """Return amounts times the shares of cells ``at``."""
        cells = self.mix.cells
        constant = cp.Constant(amounts * cells.start[at])
        if cells.mix.shape[1] == 0:
            return constant
        scaled = csr_array(cells.mix[at].multiply(amounts[:, None]))
        if scaled.nnz == 0:
            return constant
        varying: cp.Expression = constant + scaled @ self.free
        return varying


def _spread(owner: Ints, count: int) -> csr_array:
    """Return the matrix that adds up entries by owner, (count, entries)."""
    size = len(owner)
    return csr_array((np.ones(size), (owner, np.arange(size))), shape=(count, size))


def model_of(mix: Mix) -> Model:
    """Return the variables of a problem over cells."""
    program, cells = mix.program, mix.cells
    buyers = np.flatnonzero((cells.side >= 0) & (cells.buy_high > 0.0))
    bundles = bundles_of(mix)
    bundled = cp.Variable(len(bundles.owner), nonneg=True)
    return Model(
        mix=mix,
        bundles=bundles,
        buyers=buyers,
        buys=cp.Variable(len(buyers), nonneg=True),
        bundled=bundled,
        sells=bundles.parts @ bundled,
        free=cp.Variable(cells.mix.shape[1]),
        factor=cp.Variable(program.exposures.shape[1]),
        after=cp.Variable(program.n),
    )


def own_asked(model: Model) -> Asked:
    """Return the account's own terms on this problem's variables."""
    mix = model.mix
    program, cells = mix.program, mix.cells
    if program.own is None:
        return Asked((), (), cp.Constant(0.0))
    count, lot = program.securities, mix.blocks.lot[cells.pair]
    bought = mix.blocks.security[cells.block[model.buyers]]
    buys = _spread(bought, program.n)[:count] @ model.buys / WEIGHT
    sells = _spread(lot, len(program.lots)) @ model.sells / WEIGHT
    paid = tickets(mix)
    spent = cp.sum(model.shared(paid, np.arange(len(paid))))
    return program.own.on((buys, sells, spent))


@dataclass(frozen=True)
class Parts:
    """Everything but rows and cap: objective, scaled variance, the other limits."""

    objective: cp.Expression
    variance: cp.Expression
    limits: list[cp.Constraint]


def problem_of(model: Model) -> Parts:
    """Return everything but rows and cap: links, boxes and shares are limits."""
    mix = model.mix
    moved = model.bought() - model.sold()
    partial = np.flatnonzero(~mix.cells.whole)
    risk, cones = _hulls(model, moved, partial)
    variance = cp.sum_squares(model.factor) + _specific(model) + risk
    objective, gamma = _linear(model), mix.program.gamma
    if gamma > 0.0:
        objective = objective + (gamma * BP / model.scale) * variance
    limits = [*_links(model, moved), *_boxes(model), *cones]
    if len(partial):
        limits.append(model.shared(np.ones(len(partial)), partial) >= 0)
    return Parts(objective, variance, limits)


def _linear(model: Model) -> cp.Expression:
    """Costs, taxes at their rates, charges and what modes add, bp."""
    mix = model.mix
    unit = unit_costs(mix.program, mix.blocks)[mix.cells.pair]
    cost = mix.cells.buy_cost[model.buyers]
    linear: cp.Expression = (cost @ model.buys + unit @ model.sells) * (BP / WEIGHT)
    added = BP * (mix.blocks.constant @ mix.cells.mode_mix)
    if np.any(added):
        linear = linear + added @ model.free
    paid = BP * tickets(mix)
    if np.any(paid):
        every = np.arange(len(paid))
        linear = linear + cp.sum(model.shared(paid, every))
    return linear


def _links(model: Model, moved: cp.Expression) -> list[cp.Constraint]:
    """Tie x = h + u − sales and y = Fᵀ(x − b): one sparse, one small dense link."""
    program = model.mix.program
    own = model.mix.blocks.security[model.mix.cells.block]
    target = np.sqrt(model.scale) / WEIGHT * program.exposures.T
    active = model.after - WEIGHT * program.benchmark
    return [
        model.after == WEIGHT * program.held + _spread(own, program.n) @ moved,
        model.factor == target @ active,
    ]


def _specific(model: Model) -> cp.Expression:
    """Σ dᵢ(xᵢ − bᵢ)² over the securities with one cell, scaled."""
    program, mix = model.mix.program, model.mix
    chosen = np.sort(mix.blocks.security[mix.cells.block[mix.cells.whole]])
    root = np.sqrt(model.scale * program.specific[chosen]) / WEIGHT
    active = model.after[chosen] - WEIGHT * program.benchmark[chosen]
    risk: cp.Expression = cp.sum_squares(cp.multiply(root, active))
    return risk


def _hulls(
    model: Model, moved: cp.Expression, partial: Ints
) -> tuple[cp.Expression, list[cp.Constraint]]:
    """Σ dᵢ(xᵢ − bᵢ)² over the cells with a share: perspectives of a parabola."""
    if len(partial) == 0:
        return cp.Constant(0.0), []
    still = model.mix.cells.still[partial]
    fixed, partial = _fixed(model, partial[still]), partial[~still]
    if len(partial) == 0:
        return fixed, []
    program, mix = model.mix.program, model.mix
    own = mix.blocks.security[mix.cells.block[partial]]
    root = np.sqrt(model.scale * program.specific[own]) / WEIGHT
    active = root * WEIGHT * (program.held - program.benchmark)[own]
    top = model.shared(active, partial) + cp.multiply(root, moved[partial])
    risk = cp.Variable(len(partial))
    share = model.shared(np.ones(len(partial)), partial)
    return cp.sum(risk) + fixed, [_square_over(top, share, risk)]


def _fixed(model: Model, still: Ints) -> cp.Expression:
    """Σ dᵢ(xᵢ − bᵢ)² over cells with a share and one amount: linear in the share."""
    if len(still) == 0:
        return cp.Constant(0.0)
    program, cells = model.mix.program, model.mix.cells
    own = model.mix.blocks.security[cells.block[still]]
    moved = cells.buy_low[still] - cells.sell_low[still]
    active = (program.held - program.benchmark)[own] + moved
    risk = model.scale * program.specific[own] * active**2
    total: cp.Expression = cp.sum(model.shared(risk, still))
    return total


def _square_over(
    top: cp.Expression, bottom: cp.Expression, bound: cp.Expression
) -> cp.Constraint:
    """top² / bottom ≤ bound, elementwise, as second-order cones."""
    return cp.SOC(bound + bottom, cp.vstack([2 * top, bound - bottom]), axis=0)


def _boxes(model: Model) -> list[cp.Constraint]:
    """Limits of every purchase, lot sale and sale in all, times the cell's share."""
    cells, bundles, bundled = model.mix.cells, model.bundles, model.bundled
    floor, cap, owner = bundles.floor, bundles.cap, bundles.owner
    count = len(cells.block)
    forced_all, whole = totals(owner, floor, count), totals(owner, cap, count)
    sold = model.sold()
    must = np.flatnonzero(cells.buy_low[model.buyers] > 0.0)
    forced = np.flatnonzero(floor > 0.0)
    least = np.flatnonzero(cells.sell_low > forced_all)
    most = np.flatnonzero((cells.side <= 0) & (cells.sell_high < whole))
    shared, buyers = model.shared, model.buyers
    return [
        model.buys <= shared(WEIGHT * cells.buy_high[buyers], buyers),
        model.buys[must] >= shared(WEIGHT * cells.buy_low[buyers[must]], buyers[must]),
        bundled <= shared(WEIGHT * cap, owner),
        bundled[forced] >= shared(WEIGHT * floor[forced], owner[forced]),
        sold[most] <= shared(WEIGHT * cells.sell_high[most], most),
        sold[least] >= shared(WEIGHT * cells.sell_low[least], least),
    ]

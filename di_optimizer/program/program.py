# SPDX-License-Identifier: Apache-2.0
"""The canonical program: one account's problem as solver-neutral arrays.

With h the present weights, u ≥ 0 purchases by security, s ≥ 0 sales by lot::

    x = h + u − Σ s of its lots          (never both u and s of one security)
    minimise  γ‖Fᵀ(x − b)‖² + γ Σ dᵢ(xᵢ − bᵢ)² + Σ buy_cost u + Σ (sell_cost + charge) s
              + tax(gains counted) + Σ ticket of the securities traded + constant
    subject to ‖Fᵀ(x − b)‖² + Σ dᵢ(xᵢ − bᵢ)² ≤ variance_cap,
               lower ≤ x ≤ upper,  floor ≤ s ≤ cap,  row.lower ≤ row(u, s) ≤ row.upper,
               each curb, each group in one of its modes, each trade of an allowed size

All in fractions of the account's recorded base. See docs/method.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from di_optimizer.own_terms.values import Own
from di_optimizer.program.curbs import Curb
from di_optimizer.program.groups import Flags, Floats, Group, Ints, disallowed
from di_optimizer.program.lot_arrays import LotArrays
from di_optimizer.program.measure import Measure
from di_optimizer.program.netting import Netting
from di_optimizer.program.sizes import DUST, EXIT, HOLD, Sizes, kinds_of

MAX_TE = "tracking.max_te_bp"  # what messages call the cap on the variance

__all__ = [
    "MAX_TE",
    "Flags",
    "Floats",
    "Ints",
    "LotArrays",
    "Measure",
    "Program",
    "Row",
    "Slack",
    "at_modes",
]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A limit that ties securities together: lower ≤ row(u, s) ≤ upper.

    row(u, s) = offset + buy·u + sell·s + short·S + long·L + names·held + trades·traded,
    where S and L are the short- and long-term gains that count, and held and traded
    are 1 for each security that is held afterwards (x > 0), and that is traded, else
    0. ``buy``, ``names`` and ``trades`` have one coefficient a security, ``sell`` one
    a lot; ``names`` and ``trades`` may be None for zeros. ``lower_name`` and
    ``upper_name`` are what messages call the two limits. A finite ``lower_price`` or
    ``upper_price`` makes that limit soft: what each unit beyond it costs, fraction of
    base. ``lazy`` says that few plans break it: it may be left out until one does.
    ``unit`` is what 1 of the row is in the unit of its limit where that is no weight
    and no money; else None.
    """

    name: str
    buy: Floats
    sell: Floats
    offset: float
    lower: float
    upper: float
    lower_name: str
    upper_name: str
    short: float = 0.0
    long: float = 0.0
    names: Floats | None = None
    trades: Floats | None = None
    lower_price: float = np.inf
    upper_price: float = np.inf
    lazy: bool = False
    unit: float | None = None

    @property
    def stepped(self) -> bool:
        """Whether the row counts names or trades."""
        return self.names is not None or self.trades is not None


@dataclass(frozen=True)
class Slack:
    """Which limit a column of a soft limit gives room in: see :mod:`.soft`.

    ``row`` or ``curb`` is its number, the other one −1; ``sign`` is 1 for an upper
    limit and −1 for a lower one.
    """

    row: int
    curb: int
    sign: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """One account's problem. Shapes: n securities, k factors, lots of all securities.

    Attributes
    ----------
    gamma : float
        Price of tracking variance, years.
    exposures : (n, k)
        F: factor exposures times the Cholesky factor of the factor covariance.
    specific : (n,)
        d: specific variances, annualised, at least 0.
    benchmark, held : (n,)
        b and h, fractions of base.
    lower, upper : (n,)
        Limits of x after D17 (a breached limit may not be breached further).
        0 ≤ lower ≤ upper.
    lower_name, upper_name : tuple of str
        What set each limit; '' where it is the natural one (0, no limit).
    buy_cost : (n,)
        Objective per unit bought.
    buy_charge : (n,) or None
        The part of it that is the price of a preference, no cost; None for none.
    groups : tuple of Group
        Disjoint; securities in none of them have no modes.
    netting : Netting or None
        The bill of the year; None taxes every sale at its flat rate.
    constant : float
        Tax that no trade changes: of a piece of the bill, or of a mode.
    variance_cap : float
        Most tracking variance, annualised; inf for no cap.
    sizes : Sizes or None
        Which amounts may be traded and held; None allows every amount.
    curbs : tuple of Curb
        Convex limits on x. Engines solve programs without them: see
        :mod:`di_optimizer.solve.cuts`.
    slacks : tuple of Slack
        The last columns are no securities but room in soft limits.
    measure : Measure or None
        F and d of tracking error, where those above are what the objective prices.
        The variance cap is infinite then.
    own : Own or None
        Terms of the account's own, for engines that know cvxpy.
    """

    gamma: float
    exposures: Floats
    specific: Floats
    benchmark: Floats
    held: Floats
    lower: Floats
    upper: Floats
    lower_name: tuple[str, ...]
    upper_name: tuple[str, ...]
    buy_cost: Floats
    lots: LotArrays
    rows: tuple[Row, ...] = ()
    groups: tuple[Group, ...] = ()
    netting: Netting | None = None
    constant: float = 0.0
    variance_cap: float = np.inf
    sizes: Sizes | None = None
    buy_charge: Floats | None = None
    curbs: tuple[Curb, ...] = ()
    slacks: tuple[Slack, ...] = ()
    measure: Measure | None = None
    own: Own | None = None

    @property
    def true_risk(self) -> Measure:
        """F and d of tracking error."""
        return self.measure or Measure(self.exposures, self.specific)

    @property
    def securities(self) -> int:
        """Number of securities: columns that are no room in soft limits."""
        return self.n - len(self.slacks)

    @property
    def n(self) -> int:
        """Number of securities."""
        return len(self.held)

    def after(self, buys: Floats, sells: Floats) -> Floats:
        """Return x: post-trade weights, (n,)."""
        sold = np.bincount(self.lots.security, weights=sells, minlength=self.n)
        return self.held + buys - sold

    def kinds(self, buys: Floats, sells: Floats) -> Ints:
        """Return the kind of each security's trade, (n,): see :mod:`.sizes`."""
        lots = self.lots
        left = np.where(lots.weight - sells > DUST, lots.weight - sells, 0.0)
        kept = np.bincount(lots.security, weights=left, minlength=self.n)
        sold = np.bincount(lots.security, weights=sells, minlength=self.n).astype(float)
        whole = (kept == 0.0) & (self.held - sold <= DUST)
        return kinds_of(buys, sold, whole)

    def is_held(self, buys: Floats, sells: Floats) -> Flags:
        """Return which securities are held after a plan, (n,)."""
        gone = self.kinds(buys, sells) == EXIT
        none = (self.held <= 0.0) & (buys <= 0.0)
        held: Flags = ~(gone | none)
        return held

    def variance(self, buys: Floats, sells: Floats) -> float:
        """Return the variance that a plan is priced at, annualised.

        That of tracking, where ``measure`` is None: see :meth:`true_variance`.
        """
        priced = Measure(self.exposures, self.specific)
        return priced.variance(self.after(buys, sells) - self.benchmark)

    def true_variance(self, buys: Floats, sells: Floats) -> float:
        """Return the tracking variance after a plan, annualised."""
        return self.true_risk.variance(self.after(buys, sells) - self.benchmark)

    def counted(self, buys: Floats, sells: Floats) -> Floats:
        """Return the gain of each lot's sale that counts for tax, (lots,).

        Of a disallowed loss, what it is worth as moved basis.
        """
        gains = self.lots.gain * sells
        for group in self.groups:
            if group.wash is not None:
                own = group.lots
                weight, bought = self.lots.weight[own], buys[group.securities]
                lost = disallowed(group.wash, sells[own], weight, bought)
                gains[own] -= (1.0 - group.wash.moved) * self.lots.gain[own] * lost
        return gains

    def realised(self, buys: Floats, sells: Floats) -> tuple[float, float]:
        """Return the short- and long-term gains that count, fractions of base."""
        gains, long = self.counted(buys, sells), self.lots.long_term
        return float(gains[~long].sum()), float(gains[long].sum())

    def row_value(self, row: Row, buys: Floats, sells: Floats) -> float:
        """Return a row's value at purchases (n,) and lot sales (lots,)."""
        value = row.offset + row.buy @ buys + row.sell @ sells
        if row.short or row.long:
            short, long = self.realised(buys, sells)
            value += row.short * short + row.long * long
        if row.names is not None:
            value += row.names @ self.is_held(buys, sells)
        if row.trades is not None:
            value += row.trades @ (self.kinds(buys, sells) != HOLD)
        return float(value)

    def tax(self, buys: Floats, sells: Floats) -> float:
        """Return the tax that counts: the change of the bill, or at flat rates."""
        if self.netting is not None:
            bill = self.netting.bill(*self.realised(buys, sells))
            return self.netting.weight * bill + self.constant
        return float(self.lots.rate @ self.counted(buys, sells)) + self.constant

    def cost(self, buys: Floats, sells: Floats) -> float:
        """Return spreads and tickets of a plan, fraction of base."""
        charge = 0.0 if self.buy_charge is None else self.buy_charge
        spread = float((self.buy_cost - charge) @ buys + self.lots.sell_cost @ sells)
        if self.sizes is None:
            return spread
        traded = self.kinds(buys, sells) != HOLD
        return spread + float(self.sizes.ticket @ traded)

    def charge(self, buys: Floats, sells: Floats) -> float:
        """Return the prices of preferences that a plan pays, fraction of base."""
        charge = float(self.lots.charge @ sells)
        if self.buy_charge is not None:
            charge += float(self.buy_charge @ buys)
        return charge

    def terms(self, buys: Floats, sells: Floats) -> dict[str, float]:
        """Return the objective's parts: factor, specific, tax, cost, charge, own.

        Tickets are part of the cost.
        """
        active = self.after(buys, sells) - self.benchmark
        factor = self.exposures.T @ active
        return {
            "factor": float(self.gamma * (factor @ factor)),
            "specific": float(self.gamma * (self.specific @ active**2)),
            "tax": self.tax(buys, sells),
            "cost": self.cost(buys, sells),
            "charge": self.charge(buys, sells),
            "own": self.own_value(buys, sells),
        }

    def own_value(self, buys: Floats, sells: Floats) -> float:
        """Return the objective of the account's own terms."""
        if self.own is None:
            return 0.0
        return self.own.value(buys[: self.securities], sells)

    def own_misses(self, buys: Floats, sells: Floats) -> tuple[float, ...]:
        """Return by how much each constraint of its own terms is missed."""
        if self.own is None:
            return ()
        return self.own.misses(buys[: self.securities], sells)

    def objective(self, buys: Floats, sells: Floats) -> float:
        """Return the sum of :meth:`terms`, fraction of base."""
        return sum(self.terms(buys, sells).values())


def at_modes(program: Program, modes: Ints) -> Program:
    """Return the program with every group in a chosen mode, without groups.

    What a mode charges moves into the costs and gains of the result; the true
    objective of a plan is that of the original program.

    Parameters
    ----------
    modes : (groups,)
        Index of each group's mode.
    """
    floor, cap = program.lots.floor.copy(), program.lots.cap.copy()
    gain, charge = program.lots.gain.copy(), program.lots.charge.copy()
    upper, buy_cost = program.upper.copy(), program.buy_cost.copy()
    constant = program.constant
    for group, number in zip(program.groups, modes.tolist(), strict=True):
        mode, own = group.modes[number], group.lots
        floor[own], cap[own], gain[own] = mode.floor, mode.cap, mode.gain
        charge[own] += mode.sell_charge
        closed = group.securities[~mode.buys]
        upper[closed] = np.minimum(upper[closed], program.held[closed])
        buy_cost[group.securities] += mode.buy_charge
        constant += mode.constant
    lots = replace(program.lots, floor=floor, cap=cap, gain=gain, charge=charge)
    return replace(
        program,
        lots=lots,
        upper=upper,
        buy_cost=buy_cost,
        constant=constant,
        groups=(),
    )

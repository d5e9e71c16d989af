# SPDX-License-Identifier: Apache-2.0
"""The canonical program: one account's problem as solver-neutral arrays.

With h the present weights, u ≥ 0 purchases by security, s ≥ 0 sales by lot::

    x = h + u − Σ s of its lots          (never both u and s of one security)
    minimise  γ‖Fᵀ(x − b)‖² + γ Σ dᵢ(xᵢ − bᵢ)² + Σ buy_cost u + Σ (tax + sell_cost) s
    subject to lower ≤ x ≤ upper,  0 ≤ s ≤ weight,  row.lower ≤ row(u, s) ≤ row.upper

All in fractions of the account's recorded base. See docs/method.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class LotArrays:
    """Lots of all securities, sorted by security; shapes (lots,).

    ``gain`` is the gain per unit of weight sold, 1 − basis / value; ``rate`` the
    taxpayer's rate at the lot's term; the tax per unit sold is their product.
    """

    security: Ints
    weight: Floats
    gain: Floats
    rate: Floats
    long_term: NDArray[np.bool_]
    sell_cost: Floats

    @property
    def tax(self) -> Floats:
        """Tax per unit of weight sold; negative where a loss is harvested."""
        return self.gain * self.rate

    def __len__(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A limit that ties securities together: lower ≤ offset + buy·u + sell·s ≤ upper.

    ``buy`` has one coefficient a security, ``sell`` one a lot. ``lower_name`` and
    ``upper_name`` are what messages call the two limits.
    """

    name: str
    buy: Floats
    sell: Floats
    offset: float
    lower: float
    upper: float
    lower_name: str
    upper_name: str

    def value(self, buys: Floats, sells: Floats) -> float:
        """Return the row's value at purchases (n,) and lot sales (lots,)."""
        return float(self.offset + self.buy @ buys + self.sell @ sells)


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
        Cost per unit bought.
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

    @property
    def n(self) -> int:
        """Number of securities."""
        return len(self.held)

    def after(self, buys: Floats, sells: Floats) -> Floats:
        """Return x: post-trade weights, (n,)."""
        sold = np.bincount(self.lots.security, weights=sells, minlength=self.n)
        return self.held + buys - sold

    def terms(self, buys: Floats, sells: Floats) -> dict[str, float]:
        """Return the objective's parts at a point: factor, specific, tax, cost."""
        active = self.after(buys, sells) - self.benchmark
        factor = self.exposures.T @ active
        return {
            "factor": float(self.gamma * (factor @ factor)),
            "specific": float(self.gamma * (self.specific @ active**2)),
            "tax": float(self.lots.tax @ sells),
            "cost": float(self.buy_cost @ buys + self.lots.sell_cost @ sells),
        }

    def objective(self, buys: Floats, sells: Floats) -> float:
        """Return the sum of :meth:`terms`, fraction of base."""
        return sum(self.terms(buys, sells).values())

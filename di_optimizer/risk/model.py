# SPDX-License-Identifier: Apache-2.0
"""The factor risk model as a value: what a deviation from the benchmark costs.

Σ = c² (X C Xᵀ + diag d), annualised, with c the calibration. Knows symbols and
factors by name; nothing of where the numbers come from, accounts or engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from di_optimizer.errors import InputError, Problem
from di_optimizer.risk.checks import (
    FILE,
    covariance_problems,
    exposure_problems,
    name_problems,
    shape_problems,
    specific_problems,
)
from di_optimizer.risk.decomposition import Decomposition, TrackingError
from di_optimizer.universe import nearest

Floats = NDArray[np.float64]
Active = Mapping[str, float] | pd.Series


@dataclass(frozen=True, eq=False)
class FactorRiskModel:
    """Exposures, factor covariance and specific variances, all annualised.

    Arrays are copied and read-only. Two models are equal when they are the same
    object; compare their arrays otherwise.

    Attributes
    ----------
    symbols, factors : tuple of str
        Names of the n rows and the k factors, each once.
    exposures : (n, k)
        X, finite.
    factor_covariance : (k, k)
        C, symmetric and positive semidefinite up to 1e-8 of its largest entry.
    specific_variance : (n,)
        d, at least 0.
    as_of : date, optional
        The last date whose data the model may have seen.
    calibration : float
        c multiplies every predicted tracking error; 1.0 is off.

    Raises
    ------
    InputError
        With every problem of the parts.

    References
    ----------
    Grinold and Kahn (2000), Active Portfolio Management, ch. 3.

    Examples
    --------
    >>> model = FactorRiskModel(
    ...     symbols=("AAA", "BBB"), factors=("market",), exposures=[[1.0], [1.2]],
    ...     factor_covariance=[[0.04]], specific_variance=[0.01, 0.0225])
    >>> round(model.tracking_error({"AAA": 0.1, "BBB": -0.1}).total, 6)
    0.018466
    """

    symbols: tuple[str, ...]
    factors: tuple[str, ...]
    exposures: Floats
    factor_covariance: Floats
    specific_variance: Floats
    as_of: date | None = None
    calibration: float = 1.0

    @classmethod
    def none(cls, symbols: Iterable[str]) -> FactorRiskModel:
        """Return a model in which nothing has risk, for books that have no model.

        Deviations then cost what ``drift`` of the policy prices them at.

        Examples
        --------
        >>> FactorRiskModel.none(["AAA", "BBB"]).tracking_error({"AAA": 0.1}).total
        0.0
        """
        names = tuple(symbols)
        return cls(
            symbols=names,
            factors=(),
            exposures=np.zeros((len(names), 0)),
            factor_covariance=np.zeros((0, 0)),
            specific_variance=np.zeros(len(names)),
        )

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbols", tuple(self.symbols))
        object.__setattr__(self, "factors", tuple(self.factors))
        for name in ("exposures", "factor_covariance", "specific_variance"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        problems = self._problems()
        if problems:
            raise InputError(problems)

    def __repr__(self) -> str:
        """Fit to paste: sizes and date, not the arrays."""
        size = f"{len(self.symbols)} symbols, {len(self.factors)} factors"
        return f"FactorRiskModel({size}, as of {self.as_of})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by parts, so that a worker's arrays are read-only as well."""
        parts = (self.exposures, self.factor_covariance, self.specific_variance)
        names = (self.symbols, self.factors)
        return type(self), (*names, *parts, self.as_of, self.calibration)

    def _problems(self) -> list[Problem]:
        n, k = len(self.symbols), len(self.factors)
        problems = [
            *name_problems("symbols", self.symbols),
            *name_problems("factors", self.factors),
            *shape_problems("exposures", self.exposures, (n, k)),
            *shape_problems("factor_covariance", self.factor_covariance, (k, k)),
            *shape_problems("specific_variance", self.specific_variance, (n,)),
            *self._calibration_problem(),
        ]
        if not n:
            problems.append(_wrong("symbols", "no symbol", "at least one"))
        if self.exposures.shape == (n, k):
            problems += exposure_problems(self.exposures, self.symbols, self.factors)
        if self.factor_covariance.shape == (k, k):
            problems += covariance_problems(self.factor_covariance, self.factors)
        if self.specific_variance.shape == (n,):
            problems += specific_problems(self.specific_variance, self.symbols)
        return problems

    def _calibration_problem(self) -> list[Problem]:
        if np.isfinite(self.calibration) and self.calibration > 0:
            return []
        found = str(self.calibration)
        return [_wrong("calibration", found, "a finite number above 0")]

    @cached_property
    def position(self) -> dict[str, int]:
        """Row number by symbol."""
        return {symbol: i for i, symbol in enumerate(self.symbols)}

    @cached_property
    def _factor_root(self) -> Floats:
        """Return G (k, k) with G Gᵀ = c² C."""
        return self.calibration * covariance_root(self.factor_covariance)

    def rows(self, symbols: Iterable[str]) -> NDArray[np.intp]:
        """Return the row of each symbol.

        Raises
        ------
        InputError
            For every symbol the model does not know, with the nearest spelling, and
            every symbol given twice.
        """
        given = list(symbols)
        problems = [*name_problems("symbols", given), *self._unknown(given)]
        if problems:
            raise InputError(problems)
        return np.array([self.position[symbol] for symbol in given], dtype=np.intp)

    def _unknown(self, symbols: Iterable[str]) -> list[Problem]:
        unknown = [symbol for symbol in symbols if symbol not in self.position]
        return [
            Problem(
                file=FILE,
                found=f"unknown symbol '{symbol}'",
                allowed="symbols of the model",
                todo=nearest(str(symbol), self.position),
            )
            for symbol in unknown
        ]

    def loadings(self, symbols: Sequence[str]) -> tuple[Floats, Floats]:
        """Return F (n, k) and d (n,) in the order of ``symbols``, calibration included.

        The variance of active weights a is ‖Fᵀa‖² + Σ dᵢ aᵢ²; F = c X G, G Gᵀ = C.

        Raises
        ------
        InputError
            For every unknown or repeated symbol.
        """
        rows = self.rows(symbols)
        specific = self.calibration**2 * self.specific_variance[rows]
        return self.exposures[rows] @ self._factor_root, specific

    def tracking_error(self, active: Active) -> TrackingError:
        """Return the predicted tracking error of active weights by symbol.

        Symbols that ``active`` does not name have active weight 0.

        Raises
        ------
        InputError
            For unknown or repeated symbols and weights that are not finite.
        """
        weights, rows = self._weights(active)
        factor = self._factor_root.T @ (self.exposures[rows].T @ weights)
        specific = self.calibration**2 * self.specific_variance[rows]
        return TrackingError.of(
            factor_variance=float(factor @ factor),
            specific_variance=float(specific @ weights**2),
        )

    def decompose(self, active: Active) -> Decomposition:
        """Return contributions to the active variance by factor and by symbol.

        Raises
        ------
        InputError
            As :meth:`tracking_error`.
        """
        weights, rows = self._weights(active)
        scale = self.calibration**2
        exposure = self.exposures[rows].T @ weights
        marginal = scale * (self.factor_covariance @ exposure)
        specific = scale * self.specific_variance[rows] * weights**2
        by_symbol = weights * (self.exposures[rows] @ marginal) + specific
        names = pd.Index([self.symbols[row] for row in rows], name="symbol")
        by_factor = pd.Series(
            exposure * marginal, index=pd.Index(self.factors, name="factor")
        )
        total_specific = float(specific.sum())
        return Decomposition(
            variance=max(float(by_factor.sum()), 0.0) + total_specific,
            by_factor=by_factor,
            specific=total_specific,
            by_symbol=pd.Series(by_symbol, index=names),
            specific_by_symbol=pd.Series(specific, index=names),
        )

    def _weights(self, active: Active) -> tuple[Floats, NDArray[np.intp]]:
        """Return active weights and their rows, sorted by row."""
        symbols = [symbol for symbol, _ in active.items()]
        weights = np.array([weight for _, weight in active.items()], dtype=np.float64)
        rows = self.rows(symbols)  # type: ignore[arg-type]  # a Series has any labels
        problems = [
            Problem(
                file="active weights",
                found=f"{weights[i]} for '{symbols[i]}'",
                allowed="finite numbers",
            )
            for i in np.flatnonzero(~np.isfinite(weights)).tolist()
        ]
        if problems:
            raise InputError(problems)
        order = np.argsort(rows)
        return weights[order], rows[order]

    def calibrated(self, factor: float) -> FactorRiskModel:
        """Return this model with ``calibration`` set (not multiplied) to ``factor``."""
        return replace(self, calibration=factor)

    def restrict(self, symbols: Sequence[str]) -> FactorRiskModel:
        """Return the model of these symbols, in this order.

        Raises
        ------
        InputError
            For every unknown or repeated symbol.
        """
        rows = self.rows(symbols)
        return replace(
            self,
            symbols=tuple(symbols),
            exposures=self.exposures[rows],
            specific_variance=self.specific_variance[rows],
        )


def covariance_root(covariance: Floats) -> Floats:
    """Return G with G Gᵀ = C: the Cholesky factor, or V √λ where C is singular.

    Examples
    --------
    >>> root = covariance_root(np.array([[4.0, 2.0], [2.0, 1.0]]))
    >>> np.round(root @ root.T, 12).tolist()
    [[4.0, 2.0], [2.0, 1.0]]
    """
    symmetric = (covariance + covariance.T) / 2
    try:
        return np.asarray(np.linalg.cholesky(symmetric), dtype=np.float64)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(symmetric)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        return np.asarray(root, dtype=np.float64)


def _wrong(what: str, found: str, allowed: str) -> Problem:
    return Problem(file=FILE, column=what, found=found, allowed=allowed)

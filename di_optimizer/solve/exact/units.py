# SPDX-License-Identifier: Apache-2.0
"""Units of SCIP's variables, and sums of them."""

from __future__ import annotations

from collections.abc import Iterable

from pyscipopt import Expr, Variable, quicksum

BP = 1e4  # one unit of a variable, and of the objective, is a bp of base

Share = Variable | float


def weighted(values: Iterable[float], variables: Iterable[Variable]) -> Expr:
    """Return the sum of values times variables, without those of no weight."""
    pairs = zip(values, variables, strict=True)
    found: Expr = quicksum(float(value) * one for value, one in pairs if value != 0.0)
    return found

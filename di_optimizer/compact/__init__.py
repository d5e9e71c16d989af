# SPDX-License-Identifier: Apache-2.0
"""Indexes of few names, and what few names or little money cost in tracking error.

Read in this order: ``task``, ``fit``, ``heuristics``, ``options``, ``certify``,
``completion``, ``api``; then ``curve``, ``names_curve``, ``shares``, ``buying``,
``size_curve``.
"""

from di_optimizer.compact.api import compact
from di_optimizer.compact.curve import Curve, CurvePoint
from di_optimizer.compact.names_curve import te_vs_names
from di_optimizer.compact.result import CompactIndex, Completion
from di_optimizer.compact.size_curve import te_vs_account_size

__all__ = [
    "CompactIndex",
    "Completion",
    "Curve",
    "CurvePoint",
    "compact",
    "te_vs_account_size",
    "te_vs_names",
]

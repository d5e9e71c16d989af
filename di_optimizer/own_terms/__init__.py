# SPDX-License-Identifier: Apache-2.0
"""Limits and prices that a person writes in Python: cvxpy on named variables.

``values`` is what such a function gets and gives, ``resolve`` finds it by name,
``convex`` is the only module here that imports cvxpy, ``load`` imports that one once
a policy has terms. Knows neither accounts nor programs: numbers come as ``Facts``.
"""

from di_optimizer.own_terms.values import Terms, Variables

__all__ = ["Terms", "Variables"]

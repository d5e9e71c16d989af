# SPDX-License-Identifier: Apache-2.0
"""The terms of a policy, with cvxpy imported only once there are some."""

from __future__ import annotations

from collections.abc import Sequence

from di_optimizer.own_terms.values import Facts, Own


def own_terms(names: Sequence[str], facts: Facts, *, file: str) -> Own | None:
    """Return the terms that a policy names on an account's facts; None for none.

    Raises
    ------
    InputError
        When one cannot be found, raises, or returns what is no convex term.
    """
    if not names:
        return None
    from di_optimizer.own_terms.convex import ConvexTerms

    return ConvexTerms.named(names, facts, file=file)

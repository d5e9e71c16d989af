# SPDX-License-Identifier: Apache-2.0
"""Sums by owner; running sums are each as exact as their own group is small."""

from __future__ import annotations

import numpy as np

from di_optimizer.program.program import Floats, Ints


def sums_before(owner: Ints, amounts: Floats) -> Floats:
    """Return the sum of ``amounts`` before each entry within its owner.

    One running sum over everything, less its value where the owner starts, would
    carry the rounding of the whole account into a lot worth a cent; with a basis of
    thousands that lot's unit tax would turn it into a wrong bound.

    Parameters
    ----------
    owner : (m,)
        Sorted group of each entry.
    amounts : (m,)

    Examples
    --------
    >>> sums_before(np.array([0, 0, 2, 2, 2]), np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    array([0., 1., 0., 3., 7.])
    """
    if len(owner) == 0:
        return np.zeros(0)
    _, row = np.unique(owner, return_inverse=True)
    place = np.arange(len(owner)) - np.searchsorted(owner, owner, side="left")
    table = np.zeros((row[-1] + 1, int(place.max()) + 2))
    table[row, place + 1] = amounts
    sums: Floats = np.cumsum(table, axis=1)[row, place]
    return sums


def totals(owner: Ints, amounts: Floats, count: int) -> Floats:
    """Return the sum of ``amounts`` by owner, (count,).

    Examples
    --------
    >>> totals(np.array([2, 0, 2]), np.array([1.0, 2.0, 3.0]), 3)
    array([2., 0., 4.])
    """
    return np.bincount(owner, weights=amounts, minlength=count).astype(np.float64)

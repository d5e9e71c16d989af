# SPDX-License-Identifier: Apache-2.0
"""Which losses are worth realising, by the thresholds of the policy.

Exact comparisons: a loss on a threshold reaches it, and a threshold of 0 is none.
"""

from __future__ import annotations

from fractions import Fraction

from di_optimizer.exact import exact
from di_optimizer.policy import Harvest


def reaches(loss: Fraction, basis: Fraction, saved: Fraction, least: Harvest) -> bool:
    """Return whether the loss of a lot reaches every threshold.

    Parameters
    ----------
    loss, basis : Fraction
        Of the whole lot, money; the loss is above 0.
    saved : Fraction
        Tax that selling the lot saves at flat rates, less what the sale costs.

    Examples
    --------
    >>> def whether(**least):
    ...     loss, basis, saved = Fraction(20), Fraction(100), Fraction(-1)
    ...     return reaches(loss, basis, saved, Harvest(**least))
    >>> whether(), whether(minimum_fraction=0.2), whether(minimum_value=0.01)
    (True, True, False)
    """
    if loss < Fraction(exact(least.minimum_loss)):
        return False
    if loss < Fraction(exact(least.minimum_fraction)) * basis:
        return False
    value = Fraction(exact(least.minimum_value))
    return not value or saved >= value

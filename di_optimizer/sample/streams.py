# SPDX-License-Identifier: Apache-2.0
"""Random numbers: one independent stream for each purpose of one seed.

A change in how one purpose draws leaves the draws of all others as they were.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What numbers are drawn for; a value is part of the seed, so never reused."""

    NAMES = 1
    TRAITS = 2
    MARKET = 3
    SECTORS = 4
    STYLES = 5
    SPECIFIC = 6
    CLASSES = 7
    EVENTS = 8
    VOLUME = 9
    HOLES = 10
    ACCOUNTS = 11


def stream(seed: int, purpose: Purpose) -> np.random.Generator:
    """Return the generator (PCG64) of one purpose.

    Examples
    --------
    >>> stream(7, Purpose.NAMES).integers(1000, size=3).tolist()
    [870, 770, 875]
    """
    return np.random.Generator(np.random.PCG64([seed, int(purpose)]))

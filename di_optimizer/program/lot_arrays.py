# SPDX-License-Identifier: Apache-2.0
"""Lots of all securities as arrays, in the program's order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from di_optimizer.program.groups import Flags, Floats, Ints


@dataclass(frozen=True, kw_only=True)
class LotArrays:
    """Lots of all securities, sorted by security; shapes (lots,).

    Attributes
    ----------
    gain : (lots,)
        Gain per unit of weight sold that counts, 1 − basis / value; 0 where policy
        gives a small loss no worth.
    rate : (lots,)
        The taxpayer's flat rate at the lot's term, times what tax counts.
    floor, cap : (lots,)
        Least and most weight sold; 0 ≤ floor ≤ cap ≤ weight.
    floor_name, cap_name : tuple of str
        What set each of them; '' where it is the natural one (0, weight).
    charge : (lots,)
        Price of a preference per unit sold, neither tax nor cost.
    """

    security: Ints
    weight: Floats
    gain: Floats
    rate: Floats
    long_term: Flags
    sell_cost: Floats
    floor: Floats
    cap: Floats
    floor_name: tuple[str, ...]
    cap_name: tuple[str, ...]
    charge: Floats

    @classmethod
    def free(
        cls,
        *,
        security: Ints,
        weight: Floats,
        gain: Floats,
        rate: Floats,
        long_term: Flags,
        sell_cost: Floats,
    ) -> LotArrays:
        """Return lots that may be kept or sold as a whole or in part."""
        count = len(weight)
        return cls(
            security=security,
            weight=weight,
            gain=gain,
            rate=rate,
            long_term=long_term,
            sell_cost=sell_cost,
            floor=np.zeros(count),
            cap=weight,
            floor_name=("",) * count,
            cap_name=("",) * count,
            charge=np.zeros(count),
        )

    @property
    def tax(self) -> Floats:
        """Flat tax per unit of weight sold; negative where a loss is harvested."""
        return self.gain * self.rate

    @property
    def unit(self) -> Floats:
        """Objective per unit of weight sold, at flat rates."""
        return self.tax + self.sell_cost + self.charge

    def __len__(self) -> int:
        return len(self.weight)

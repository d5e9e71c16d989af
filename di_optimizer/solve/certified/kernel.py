# SPDX-License-Identifier: Apache-2.0
"""How kernels are compiled: once a machine, kept on disk, without fast-math.

Fast-math would let the compiler reorder sums; the same input has to give the same
bits. Divisions follow IEEE 754 instead of raising, which keeps loops free of branches.
"""

from __future__ import annotations

from numba import njit

kernel = njit(cache=True, error_model="numpy")

# SPDX-License-Identifier: Apache-2.0
"""The layouts that are recognised, in the order in which ties are decided."""

from __future__ import annotations

from di_optimizer.index.formats import (
    invesco,
    ishares,
    plain,
    state_street,
    vanguard,
)
from di_optimizer.index.formats.layout import Layout

LAYOUTS: tuple[Layout, ...] = (
    ishares.LAYOUT,
    state_street.LAYOUT,
    invesco.LAYOUT,
    vanguard.LAYOUT,
    plain.LAYOUT,
)

__all__ = ["LAYOUTS", "Layout"]

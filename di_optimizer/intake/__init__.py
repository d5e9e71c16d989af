# SPDX-License-Identifier: Apache-2.0
"""From checked tables to accounts, market, benchmarks: joins and cross-checks."""

from di_optimizer.intake.load import Inputs, load
from di_optimizer.intake.sources import Sources

__all__ = ["Inputs", "Sources", "load"]

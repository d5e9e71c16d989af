# SPDX-License-Identifier: Apache-2.0
"""What to track: issuers' holdings files in, a benchmark out. Knows no accounts."""

from __future__ import annotations

from di_optimizer.index.benchmark import Benchmark
from di_optimizer.index.holdings import HoldingsFile, read_holdings
from di_optimizer.index.symbols import canonical

__all__ = ["Benchmark", "HoldingsFile", "canonical", "read_holdings"]

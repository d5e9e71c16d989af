# SPDX-License-Identifier: Apache-2.0
"""What goes in: where each table is, and what was read before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from di_optimizer.index.benchmark import Benchmark
from di_optimizer.policy_file import PolicyBook
from di_optimizer.tables.source import Source


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Paths (CSV, Parquet) or frames of each table, None where there is none.

    Attributes
    ----------
    benchmarks : mapping of name to Benchmark, optional
        What accounts track; one alone needs no name in the accounts table. None
        where nothing is tracked or traded: names in the accounts table are not
        looked at, and cash is not needed.
    risk_symbols : collection of str, optional
        Canonical symbols that the risk model knows; None leaves exposures
        unchecked.
    risk_as_of : date, optional
        The risk model's date; one after the rebalance date is refused.
    policies : PolicyBook
        Default and named policies.
    """

    lots: Source
    accounts: Source
    prices: Source
    taxpayers: Source | None = None
    cash: Source | None = None
    flows: Source | None = None
    outside: Source | None = None
    rates: Source | None = None
    restrictions: Source | None = None
    activity: Source | None = None
    securities: Source | None = None
    working_orders: Source | None = None
    benchmarks: Mapping[str, Benchmark] | None
    risk_symbols: Collection[str] | None = None
    risk_as_of: date | None = None
    policies: PolicyBook = field(default_factory=PolicyBook)

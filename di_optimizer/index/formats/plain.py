# SPDX-License-Identifier: Apache-2.0
"""The plain CSV: ``symbol, weight`` and any other column of the holdings table.

Weights are fractions. Unlike an issuer's file it may be undated, and a header
that is no holdings column is an error, for it may be a misspelt one.
"""

from __future__ import annotations

from di_optimizer.index.buckets import EQUITY, residual_class
from di_optimizer.index.formats.layout import COLUMNS, Layout, Texts


def bucket(line: Texts) -> str:
    """Return what the asset class says, where there is one."""
    return residual_class(line.get("asset_class")) or EQUITY


LAYOUT = Layout(
    issuer="plain",
    headers={column: column for column in COLUMNS},
    bucket=bucket,
    needed=("symbol", "weight"),
    optional=frozenset(COLUMNS) - {"symbol", "weight"},
    percent=False,
    closed=True,
)

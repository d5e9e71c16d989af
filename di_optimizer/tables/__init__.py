# SPDX-License-Identifier: Apache-2.0
"""Tables at the edge: what their columns are, and reading, checking and writing them.

Knows shapes, kinds and bounds of single tables. Joins between tables are the
business of the intake.
"""

from di_optimizer.tables.catalog import TABLES
from di_optimizer.tables.check import check, read_table
from di_optimizer.tables.spec import Column, Kind, Table
from di_optimizer.tables.write import write_tables

__all__ = ["TABLES", "Column", "Kind", "Table", "check", "read_table", "write_tables"]

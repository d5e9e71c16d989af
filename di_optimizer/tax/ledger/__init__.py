# SPDX-License-Identifier: Apache-2.0
"""The wash-sale ledger: trades in, open lots, gains and replacements out.

Exact and resumable. Pure: values in, values out; knows no files. Everything about
one taxpayer stays within one book.
"""

from di_optimizer.tax.ledger.entries import Setting, Trade
from di_optimizer.tax.ledger.gains import GainRow, Match
from di_optimizer.tax.ledger.run import Batch, Ledger, process
from di_optimizer.tax.ledger.state import LedgerState

__all__ = [
    "Batch",
    "GainRow",
    "Ledger",
    "LedgerState",
    "Match",
    "Setting",
    "Trade",
    "process",
]

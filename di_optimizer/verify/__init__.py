# SPDX-License-Identifier: Apache-2.0
"""The check before the door: figures and limits from the raw account and trades.

Plain code that knows neither the program nor the engines, and believes neither.
Read in this order: ``case``, ``wash_shares``, ``wash_match``, ``books``, ``year``,
``bill``, ``recompute``, the ``*_checks``, ``check``; ``taxpayer`` is about several
accounts at once.
"""

from di_optimizer.verify.case import Case, Claims
from di_optimizer.verify.check import figures, needed, over_maximum, verify
from di_optimizer.verify.taxpayer import wash_sales_between

__all__ = [
    "Case",
    "Claims",
    "figures",
    "needed",
    "over_maximum",
    "verify",
    "wash_sales_between",
]

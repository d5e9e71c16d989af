# SPDX-License-Identifier: Apache-2.0
"""The check before the door: figures and limits from the raw account and trades.

Plain code that knows neither the program nor the engines, and believes neither.
Read in this order: ``case``, ``books``, ``recompute``, ``case_checks``,
``trade_checks``, ``share_checks``, ``limit_checks``, ``cash_checks``,
``claim_checks``, ``check``.
"""

from di_optimizer.verify.case import Case, Claims
from di_optimizer.verify.check import figures, over_maximum, verify

__all__ = ["Case", "Claims", "figures", "over_maximum", "verify"]

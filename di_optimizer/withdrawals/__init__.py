# SPDX-License-Identifier: Apache-2.0
"""Money out of an account: how much there could be, and what raising it costs.

Read in this order: ``most``, ``compare``, ``api``.
"""

from di_optimizer.withdrawals.api import compare_withdrawals, max_withdrawal
from di_optimizer.withdrawals.compare import Withdrawals
from di_optimizer.withdrawals.most import MaxWithdrawal

__all__ = ["MaxWithdrawal", "Withdrawals", "compare_withdrawals", "max_withdrawal"]

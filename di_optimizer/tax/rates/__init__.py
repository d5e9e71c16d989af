# SPDX-License-Identifier: Apache-2.0
"""What the law charges, by tax year: dated tables and their combination.

Knows years, filing statuses, incomes and states; nothing of lots or accounts, and
no clock: every figure is asked for by tax year.
"""

from di_optimizer.tax.rates.limits import loss_limit
from di_optimizer.tax.rates.profile import (
    NO_TAX,
    Profile,
    Rates,
    combined,
    rates_of,
)
from di_optimizer.tax.rates.states import StateRates, states

__all__ = [
    "NO_TAX",
    "Profile",
    "Rates",
    "StateRates",
    "combined",
    "loss_limit",
    "rates_of",
    "states",
]

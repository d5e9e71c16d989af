# SPDX-License-Identifier: Apache-2.0
"""Corporate actions on lots: what holdings become, and what of it is taxable.

Knows one account's holdings of one symbol and one action at a time; order of events,
wash sales and rounding are the ledger's business.
"""

from di_optimizer.tax.actions.action import Action, Kind
from di_optimizer.tax.actions.apply import apply, equivalent
from di_optimizer.tax.actions.outcome import Disposal, Leg, Outcome
from di_optimizer.tax.actions.read import read_actions

__all__ = [
    "Action",
    "Disposal",
    "Kind",
    "Leg",
    "Outcome",
    "apply",
    "equivalent",
    "read_actions",
]

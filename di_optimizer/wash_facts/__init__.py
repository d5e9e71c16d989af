# SPDX-License-Identifier: Apache-2.0
"""What the past 30 days mean for today's trades, over all accounts of a taxpayer.

Which groups closed with a loss sale, and which recent shares would replace what is
sold at a loss today. Knows dates and shares, nothing of modes or programs.

Where the tables leave a choice, it errs towards a wash sale that is not there: a past
loss closes its group although all of it may be replaced already, a sale without a
stated gain is a loss, and recent shares of another account count although that account
plans to sell them today.
"""

from di_optimizer.wash_facts.facts import wash_facts
from di_optimizer.wash_facts.rules import (
    group_of,
    is_loss,
    is_loss_lot,
    purchase_ranks,
    purchases_of,
)
from di_optimizer.wash_facts.values import LossSale, Recent, WashFacts

__all__ = [
    "LossSale",
    "Recent",
    "WashFacts",
    "group_of",
    "is_loss",
    "is_loss_lot",
    "purchase_ranks",
    "purchases_of",
    "wash_facts",
]

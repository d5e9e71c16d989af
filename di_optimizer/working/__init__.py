# SPDX-License-Identifier: Apache-2.0
"""Working orders: what an account looks like beside what is at the broker already.

Turns an account as the tables have it into the account that is traded, before any
program is built. Knows nothing of programs and engines.
"""

from di_optimizer.working.apply import resolved
from di_optimizer.working.cover import covered, pending
from di_optimizer.working.say import working_notes
from di_optimizer.working.terms import LATER, OPEN, Desk

__all__ = [
    "LATER",
    "OPEN",
    "Desk",
    "covered",
    "pending",
    "resolved",
    "working_notes",
]

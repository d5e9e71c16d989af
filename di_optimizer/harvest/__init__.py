# SPDX-License-Identifier: Apache-2.0
"""What could be realised today, and when the wash-sale windows close. No risk model."""

from di_optimizer.harvest.api import harvest
from di_optimizer.harvest.report import HarvestReport

__all__ = ["HarvestReport", "harvest"]

# SPDX-License-Identifier: Apache-2.0
"""What less tracking error costs an account: tax and costs against it, point by point.

Read in this order: ``curve``, ``sweep``, ``picture``, ``api``.
"""

from di_optimizer.frontier.api import frontier
from di_optimizer.frontier.curve import Frontier, FrontierPoint

__all__ = ["Frontier", "FrontierPoint", "frontier"]

# SPDX-License-Identifier: Apache-2.0
"""The certified engine: exact blocks, a Newton method in the dual, branch and bound."""

from pathlib import Path

from di_optimizer.program import sizes
from di_optimizer.solve.certified.cache import drop_stale

# before any kernel is loaded
drop_stale(Path(__file__).parent, Path(sizes.__file__))

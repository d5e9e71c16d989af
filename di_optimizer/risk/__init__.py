# SPDX-License-Identifier: Apache-2.0
"""What a deviation costs: factor risk models, their estimation and their files.

Knows symbols, returns and variances; nothing of accounts, lots or taxes.
"""

from di_optimizer.risk.decomposition import Decomposition, TrackingError
from di_optimizer.risk.estimate import estimate, estimate_with_report
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.risk.report import EstimateReport, LeftOut
from di_optimizer.risk.settings import EstimatorSettings
from di_optimizer.risk.storage import load_risk, save_risk
from di_optimizer.risk.vendor import from_tables, to_tables

__all__ = [
    "Decomposition",
    "EstimateReport",
    "EstimatorSettings",
    "FactorRiskModel",
    "LeftOut",
    "TrackingError",
    "estimate",
    "estimate_with_report",
    "from_tables",
    "load_risk",
    "save_risk",
    "to_tables",
]

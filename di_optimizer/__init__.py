# SPDX-License-Identifier: Apache-2.0
"""Direct-indexing rebalancer: tax lots in, trade lists with a proven gap out.

>>> import di_optimizer as di
>>> di.Policy().tracking.gamma
10.0
"""

from di_optimizer.batch.api import rebalance, rebalance_many
from di_optimizer.batch.run import Run
from di_optimizer.compact import CompactIndex, compact, te_vs_account_size, te_vs_names
from di_optimizer.effective import Effective, effective
from di_optimizer.errors import (
    DiOptimizerError,
    EngineError,
    InfeasibleError,
    InputError,
    PolicyError,
    VerificationError,
    WorkerError,
)
from di_optimizer.frontier import Frontier, frontier
from di_optimizer.harvest import HarvestReport, harvest
from di_optimizer.index import Benchmark
from di_optimizer.own_terms import Terms, Variables
from di_optimizer.plan import Certificate, Plan
from di_optimizer.policy import (
    Bounds,
    Budget,
    Cash,
    Concentration,
    Conflict,
    Counts,
    Drift,
    Future,
    Harvest,
    Limit,
    Missing,
    Policy,
    RiskLimit,
    Score,
    Search,
    Taxes,
    Tracking,
    Trading,
    Turnover,
    Wash,
    Working,
    Worth,
)
from di_optimizer.policy_file import PolicyBook, read_policies
from di_optimizer.risk import FactorRiskModel, load_risk
from di_optimizer.risk import estimate as estimate_risk
from di_optimizer.trades import Figures, Trade
from di_optimizer.wash import WashSales, wash_sales
from di_optimizer.withdrawals import (
    MaxWithdrawal,
    Withdrawals,
    compare_withdrawals,
    max_withdrawal,
)

__version__ = "0.1.0"

__all__ = [
    "Benchmark",
    "Bounds",
    "Budget",
    "Cash",
    "Certificate",
    "CompactIndex",
    "Concentration",
    "Conflict",
    "Counts",
    "DiOptimizerError",
    "Drift",
    "Effective",
    "EngineError",
    "FactorRiskModel",
    "Figures",
    "Frontier",
    "Future",
    "Harvest",
    "HarvestReport",
    "InfeasibleError",
    "InputError",
    "Limit",
    "MaxWithdrawal",
    "Missing",
    "Plan",
    "Policy",
    "PolicyBook",
    "PolicyError",
    "RiskLimit",
    "Run",
    "Score",
    "Search",
    "Taxes",
    "Terms",
    "Tracking",
    "Trade",
    "Trading",
    "Turnover",
    "Variables",
    "VerificationError",
    "Wash",
    "WashSales",
    "Withdrawals",
    "WorkerError",
    "Working",
    "Worth",
    "compact",
    "compare_withdrawals",
    "effective",
    "estimate_risk",
    "frontier",
    "harvest",
    "load_risk",
    "max_withdrawal",
    "read_policies",
    "rebalance",
    "rebalance_many",
    "te_vs_account_size",
    "te_vs_names",
    "wash_sales",
]

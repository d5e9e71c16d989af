# SPDX-License-Identifier: Apache-2.0
"""What every account of a run needs, and how a job is made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from di_optimizer.account import Account
from di_optimizer.batch.volume import share_of, volume_shares
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake.load import Inputs
from di_optimizer.market import Market
from di_optimizer.policy import Policy
from di_optimizer.policy_file import PolicyBook
from di_optimizer.program.job import Job
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.trades import Trade


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What every account of a run needs; sent once to each worker.

    ``volume`` is each account's part of a day's volume, where policy limits that.
    """

    market: Market
    benchmarks: Mapping[str, Mapping[str, float]]
    risk: FactorRiskModel
    policies: PolicyBook
    volume: Mapping[str, Fraction] = field(default_factory=dict)

    def policy(self, account: Account) -> Policy:
        """Return the policy of an account."""
        return self.policies.of(account)

    def job(
        self,
        account: Account,
        related: Sequence[Account] = (),
        planned: Mapping[str, tuple[Trade, ...]] | None = None,
    ) -> Job:
        """Return the job of an account beside the taxpayer's others."""
        return Job(
            account=account,
            market=self.market,
            benchmark=self.benchmarks[account.benchmark],
            risk=self.risk,
            policy=self.policy(account),
            related=tuple(related),
            planned=dict(planned or {}),
            volume_share=share_of(self.volume, account.account),
        )


def share(
    inputs: Inputs,
    benchmarks: Mapping[str, Benchmark],
    risk: FactorRiskModel,
    policies: PolicyBook,
) -> Shared:
    """Return what the workers need, benchmarks as plain weights."""
    return Shared(
        market=inputs.market,
        benchmarks={
            name: {str(s): float(w) for s, w in b.weights.items()}
            for name, b in benchmarks.items()
        },
        risk=risk,
        policies=policies,
        volume=volume_shares(
            inputs.accounts,
            inputs.market,
            (policies.default, *policies.named.values()),
        ),
    )

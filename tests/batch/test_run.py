# SPDX-License-Identifier: Apache-2.0
"""Many accounts in one call: same bytes for any workers, failures stay apart."""

import dataclasses
import os
import signal
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import di_optimizer as di
from di_optimizer.account import Account
from di_optimizer.batch import run as run_module
from di_optimizer.batch.pool import PoolSettings, run_tasks
from di_optimizer.batch.run import Run
from di_optimizer.batch.shared import Shared, share
from di_optimizer.intake.load import load
from di_optimizer.intake.sources import Sources
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy_file import PolicyBook

ON = date(2024, 6, 28)
NAMES = [f"S{i}" for i in range(6)]


def tables() -> dict[str, pd.DataFrame]:
    """Three accounts of six names; ``B`` is asked for more cash than it can raise."""
    rng = np.random.default_rng(3)
    prices = pd.DataFrame({"symbol": NAMES, "price": rng.uniform(20, 200, 6).round(2)})
    lots = pd.DataFrame(
        [
            {
                "account": account,
                "lot_id": f"{account}{symbol}{k}",
                "symbol": symbol,
                "shares": float(rng.integers(5, 60)),
                "cost_basis": round(float(rng.uniform(500, 6_000)), 2),
                "acquired": f"202{k}-0{1 + k}-15",
            }
            for account in "CAB"
            for symbol in NAMES
            for k in (1, 3)
        ]
    )
    accounts = pd.DataFrame(
        {
            "account": ["C", "A", "B"],
            "cash": [900.0, 2_000.0, 50.0],
            "cash_flow": [0.0, 5_000.0, -1e6],
            "short_rate": 0.4,
            "long_rate": 0.2,
        }
    )
    return {"lots": lots, "accounts": accounts, "prices": prices}


def benchmark() -> di.Benchmark:
    weights = pd.Series(np.arange(1, 7) / 21, index=NAMES)
    return di.Benchmark.from_weights(weights, name="six")


def risk() -> di.FactorRiskModel:
    rng = np.random.default_rng(4)
    return di.FactorRiskModel(
        symbols=tuple(NAMES),
        factors=("market",),
        exposures=rng.uniform(0.8, 1.2, (6, 1)),
        factor_covariance=np.array([[0.03]]),
        specific_variance=rng.uniform(0.02, 0.09, 6),
        as_of=ON,
    )


def rebalanced(workers: int = 1, **changes: object) -> Run:
    given = {**tables(), **changes}
    return di.rebalance_many(
        benchmark=benchmark(), risk=risk(), date=ON, workers=workers, **given
    )


@pytest.fixture(scope="module")
def one_worker() -> Run:
    return rebalanced()


def without_time(run: Run) -> pd.DataFrame:
    return run.summary.drop(columns="seconds")


def test_one_failure_is_a_row_and_nobody_elses(one_worker: Run) -> None:
    assert list(one_worker.summary["account"]) == ["A", "B", "C"]
    assert list(one_worker.plans) == ["A", "C"]
    assert not one_worker.ok
    failure = one_worker.failures["B"]
    assert failure.status == "infeasible"
    assert "cash.minimum: by 9" in failure.message
    row = one_worker.summary.set_index("account").loc["B"]
    assert row["status"] == "infeasible"
    assert pd.isna(row["nav"])
    with pytest.raises(di.EngineError, match="B: infeasible: no trade list"):
        one_worker.raise_for_status()


def test_an_infeasible_account_says_which_limits(one_worker: Run) -> None:
    del one_worker
    given = tables()
    given["accounts"].loc[2, "cash_flow"] = -1_000.0
    given["restrictions"] = pd.DataFrame(
        {"account": ["B"] * 6, "symbol": NAMES, "kind": ["no_sell"] * 6}
    )
    run = rebalanced(**given)
    assert run.failures["B"].status == "infeasible"
    assert "cash.minimum: by 950.00" in run.failures["B"].message
    cell = run.summary.set_index("account").loc["B", "message"]
    assert "\n" not in cell
    assert "cash.minimum: by 950.00" in cell
    assert list(run.plans) == ["A", "C"]


def test_any_number_of_workers_and_any_order_of_rows(
    one_worker: Run, tmp_path: Path
) -> None:
    given = {name: frame.iloc[::-1] for name, frame in tables().items()}
    two = rebalanced(workers=2, **given)
    pd.testing.assert_frame_equal(without_time(one_worker), without_time(two))
    first, second = one_worker.write(tmp_path / "1"), two.write(tmp_path / "2")
    for name in ("trades.csv", "orders.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_files_have_the_documented_columns(one_worker: Run, tmp_path: Path) -> None:
    folder = one_worker.write(tmp_path)
    heads = {p.name: p.read_text().splitlines()[0] for p in folder.iterdir()}
    assert heads == {
        "trades.csv": "account,symbol,lot_id,side,shares,price,amount,"
        "realised_gain,disallowed,term,tax,reason",
        "orders.csv": "account,order_id,symbol,side,shares,price,amount,type,"
        "execution_method,algo,lots,wave,reason",
        "summary.csv": "account,status,nav,te_before_bp,te_after_bp,tax,cost,"
        "objective_bp,bound_bp,gap_bp,rounding_bp,rounding_te_bp,seconds,engine,message",
    }
    trades = pd.read_csv(folder / "trades.csv")
    assert len(trades) == sum(len(p.trades) for p in one_worker.plans.values())


def test_one_account_gives_a_plan() -> None:
    given = tables()
    given["accounts"] = given["accounts"].iloc[:1]
    given["lots"] = given["lots"][given["lots"]["account"] == "C"]
    plan = di.rebalance(benchmark=benchmark(), risk=risk(), date=ON, **given)
    assert isinstance(plan, Plan)
    assert plan.account == "C"
    assert len(plan.to_frame()) == len(plan.trades)


def test_rebalance_refuses_several_accounts() -> None:
    with pytest.raises(di.InputError, match=r"found 3 accounts; allowed: one"):
        di.rebalance(benchmark=benchmark(), risk=risk(), date=ON, **tables())


def test_bad_tables_stop_the_run_before_anything_is_solved() -> None:
    given = tables()
    given["lots"].loc[0, "shares"] = -1.0
    given["prices"] = given["prices"].iloc[1:]
    with pytest.raises(di.InputError) as caught:
        rebalanced(**given)
    assert "shares" in str(caught.value)


def test_progress_counts_accounts() -> None:
    seen: list[tuple[int, int]] = []
    given = tables()
    di.rebalance_many(
        benchmark=benchmark(),
        risk=risk(),
        date=ON,
        progress=lambda done, total: seen.append((done, total)),
        **given,
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]


def deadly(shared: Shared, account: Account) -> Plan:
    """Rebalance, but the account ``A`` kills its worker every time."""
    if account.account == "A":
        os.kill(os.getpid(), signal.SIGKILL)
    return rebalance_account(shared.job(account))


def test_an_account_that_kills_its_worker_takes_nobody_along() -> None:
    book = PolicyBook()
    index = {"six": benchmark()}
    inputs = load(Sources(benchmarks=index, policies=book, **tables()), on=ON)
    shared = share(inputs, index, risk(), book)
    outcomes = run_tasks(
        deadly, inputs.accounts, shared=shared, settings=PoolSettings(workers=2)
    )
    assert isinstance(outcomes[0].error, di.WorkerError)
    assert isinstance(outcomes[1].error, di.InfeasibleError)
    assert isinstance(outcomes[2].value, Plan)
    assert run_module._failure("A", outcomes[0]).status == "worker_died"


def test_policies_by_account() -> None:
    strict = di.Policy(tracking=di.Tracking(gamma=50.0))
    given = tables()
    given["accounts"]["policy"] = ["strict", None, None]
    given["accounts"].loc[2, "cash_flow"] = 0.0
    book = PolicyBook(default=di.Policy(), named={"strict": strict})
    run = di.rebalance_many(
        benchmark=benchmark(), risk=risk(), date=ON, policy=book, **given
    )
    assert run.plans["C"].policy.tracking.gamma == 50.0
    assert run.plans["A"].policy.tracking.gamma == 10.0


def test_repr_and_plans_are_values(one_worker: Run) -> None:
    text = repr(one_worker)
    assert text.startswith("Run(2024-06-28, 2 plans, 1 failures")
    plan = one_worker.plans["A"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.account = "Z"  # type: ignore[misc]


def test_a_policy_that_contradicts_itself_is_refused() -> None:
    upside_down = di.Policy(cash=di.Cash(minimum=0.05, maximum=0.01))
    with pytest.raises(di.PolicyError, match=r"cash\.minimum.*above cash\.maximum"):
        rebalanced(policy=upside_down)


def test_the_public_call_hides_no_module() -> None:
    """``di_optimizer.rebalance`` is the function, under every way to ask for it."""
    assert callable(di.rebalance)
    assert "di_optimizer.rebalance" not in sys.modules

# SPDX-License-Identifier: Apache-2.0
"""A run trades no more of a day's volume than its policy says, by any workers."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import di_optimizer as di
from di_optimizer.batch.api import prepared
from di_optimizer.batch.run import Run
from di_optimizer.exact import exact
from di_optimizer.policy import Limit, Turnover
from di_optimizer.policy_file import PolicyBook

ON = date(2024, 6, 28)
NAMES = [f"S{i}" for i in range(5)]
CASH = {"A": 50_000.0, "B": 7_000.0, "C": 130_000.0, "D": 1_000.0}
LIMITED = di.Policy(turnover=Turnover(adv=0.1), cash=di.Cash(maximum=1.0))


def tables(adv: float = 900.0) -> dict[str, pd.DataFrame]:
    """Four accounts that want the same five names, of each a tenth of ``adv``."""
    lots = pd.DataFrame(
        [
            {
                "account": account,
                "lot_id": f"{account}{symbol}",
                "symbol": symbol,
                "shares": 10.0,
                "cost_basis": 700.0,
                "acquired": "2021-01-15",
            }
            for account in CASH
            for symbol in NAMES[:2]
        ]
    )
    accounts = pd.DataFrame(
        {"account": list(CASH), "cash": list(CASH.values())}
        | {"short_rate": 0.4, "long_rate": 0.2, "fractional": True}
    )
    prices = pd.DataFrame({"symbol": NAMES, "price": [31.7, 50.0, 77.7, 99.9, 120.0]})
    securities = pd.DataFrame({"symbol": NAMES, "sector": ["x", "x", "y", "y", "y"]})
    prices["adv"] = adv
    return {
        "lots": lots,
        "accounts": accounts,
        "prices": prices,
        "securities": securities,
    }


def index() -> di.Benchmark:
    return di.Benchmark.from_weights(dict.fromkeys(NAMES, 0.2), name="five")


def model() -> di.FactorRiskModel:
    return di.FactorRiskModel(
        symbols=tuple(NAMES),
        factors=("market",),
        exposures=np.ones((5, 1)),
        factor_covariance=np.array([[0.03]]),
        specific_variance=np.linspace(0.02, 0.09, 5),
        as_of=ON,
    )


def run_of(policy: di.Policy, workers: int = 1, adv: float = 900.0) -> Run:
    return di.rebalance_many(
        benchmark=index(),
        risk=model(),
        date=ON,
        policy=policy,
        workers=workers,
        **tables(adv),
    )


def bought(run: Run) -> dict[str, Decimal]:
    found = dict.fromkeys(NAMES, Decimal(0))
    for plan in run.plans.values():
        for trade in plan.trades:
            found[trade.symbol] += exact(trade.shares)
    return found


@pytest.fixture(scope="module")
def limited() -> Run:
    return run_of(LIMITED).raise_for_status()


def test_all_accounts_together_stay_within_the_volume(limited):
    """D21: 90 shares of each, however many accounts want more."""
    assert max(bought(limited).values()) <= 90
    assert max(bought(limited).values()) > Decimal("89.9")
    free = run_of(di.Policy(cash=di.Cash(maximum=1.0)))
    assert max(bought(free).values()) > 300


def test_each_account_has_its_part_by_nav(limited):
    navs = {name: plan.figures.nav for name, plan in limited.plans.items()}
    for name, plan in limited.plans.items():
        most = 90 * Fraction(navs[name]) / Fraction(sum(navs.values()))
        assert max(Fraction(o.shares) for o in plan.orders) <= most
        assert f"turnover.adv limits the trades of {', '.join(NAMES)}." in plan.notes


def test_workers_change_nothing(limited):
    pd.testing.assert_frame_equal(run_of(LIMITED, workers=2).trades, limited.trades)


def test_volume_that_is_enough_changes_nothing():
    free = run_of(di.Policy(cash=di.Cash(maximum=1.0)))
    wide = run_of(LIMITED, adv=1e9)
    pd.testing.assert_frame_equal(wide.trades, free.trades)


def test_parts_are_exact_and_none_without_a_limit():
    book = PolicyBook(default=di.Policy(), named={"slow": LIMITED})
    _, shared = prepared(index(), model(), ON, book, tables())
    assert sum(shared.volume.values()) == 1
    assert list(shared.volume) == list(CASH)
    _, shared = prepared(index(), model(), ON, None, tables())
    assert shared.volume == {}


def test_what_limits_name_is_asked_before_any_account():
    limits = (Limit(on="sector", name="z", maximum=1), Limit(on="size", maximum=1))
    with pytest.raises(di.InputError) as error:
        run_of(di.Policy(limits=limits[:1]))
    assert "policy, column 'limits[1].name': found unknown sector 'z'" in str(
        error.value
    )
    with pytest.raises(di.InputError, match="no column 'size', which the policy uses"):
        run_of(di.Policy(limits=limits))
    book = PolicyBook(named={"odd": di.Policy(limits=limits[:1])})
    prepared(index(), model(), ON, book, tables())  # no account follows it
    given = tables()
    given["accounts"]["policy"] = ["odd", "", "", ""]
    with pytest.raises(di.InputError, match=r"named\.odd\.limits\[1\]\.name"):
        prepared(index(), model(), ON, book, given)

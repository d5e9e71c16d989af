# SPDX-License-Identifier: Apache-2.0
"""Working orders from tables to plans: rows in messages, accounts of one taxpayer."""

from __future__ import annotations

import pandas as pd
import pytest

import di_optimizer as di
from di_optimizer.frontier.api import frontier

ON = pd.Timestamp("2024-06-28").date()
NAMES = ["AAA", "BBB"]


def settings() -> dict:
    """One index of two names at 10, tracked closely, without spreads."""
    return {
        "benchmark": di.Benchmark.from_weights({"AAA": 0.5, "BBB": 0.5}, name="two"),
        "risk": di.FactorRiskModel.none(NAMES),
        "date": ON,
        "policy": di.Policy(
            drift=di.Drift(absolute=100.0), cash=di.Cash(minimum=0.0, maximum=1.0)
        ),
    }


def tables(orders: dict, **accounts) -> dict:
    """Two accounts of one taxpayer, each with 100 shares of AAA bought at 20."""
    given = {
        "account": ["A", "B"],
        "taxpayer": "T",
        "cash": [1_000, 1_000],
        "fractional": False,
        "short_rate": 0.4,
        "long_rate": 0.2,
    }
    lots = {
        "account": ["A", "B"],
        "lot_id": "1",
        "symbol": "AAA",
        "shares": 100,
        "cost_basis": 2_000,
        "acquired": "2020-01-31",
    }
    return {
        "accounts": pd.DataFrame(given | accounts),
        "lots": pd.DataFrame(lots),
        "prices": pd.DataFrame({"symbol": NAMES, "price": 10.0, "spread_bp": 0.0}),
        "working_orders": pd.DataFrame(orders),
    }


ONE = {
    "account": ["A"],
    "order_id": ["7"],
    "symbol": ["AAA"],
    "side": ["sell"],
    "shares": [10.0],
    "status": ["sent"],
}


def test_bad_orders_of_all_accounts_are_refused_with_their_rows():
    orders = {
        "account": ["A", "B", "B"],
        "order_id": ["1", "1", "2"],
        "symbol": ["AAA", None, "BBB"],
        "side": ["sell", "deposit", "sell"],
        "shares": [101.0, 5.0, 1.0],
        "status": ["sent", "sent", "open"],
    }
    with pytest.raises(di.InputError) as error:
        di.rebalance_many(**settings(), **tables(orders))
    text = str(error.value)
    assert "working_orders, row 1, column 'shares': found a sale of 101 AAA" in text
    assert "working_orders, row 2, column 'amount': found blank" in text
    assert len(error.value.problems) == 2


def test_a_sale_in_one_account_is_in_the_year_of_both():
    """A loss of 10 a share, long-term, of 10 shares: outstanding, so realised."""
    run = di.rebalance_many(**settings(), **tables(ONE))
    assert run.ok
    for plan in run.plans.values():
        assert any("realised so far" in note for note in plan.notes)
    none = di.rebalance_many(**settings(), **tables({k: v[:0] for k, v in ONE.items()}))
    assert not any("realised" in n for p in none.plans.values() for n in p.notes)


def test_a_loss_at_the_broker_closes_its_group_in_the_other_account():
    """Account B would like to buy AAA; A has an order that sells it at a loss."""
    wanted = settings() | {
        "benchmark": di.Benchmark.from_weights({"AAA": 1.0}, name="one")
    }
    bought = di.rebalance_many(**wanted, **tables({k: v[:0] for k, v in ONE.items()}))
    assert bought.orders["symbol"].tolist() == ["AAA", "AAA"]
    closed = di.rebalance_many(**wanted, **tables(ONE))
    assert closed.ok
    assert closed.orders.empty


def test_cancels_of_all_accounts_are_listed():
    orders = {
        "account": ["B", "A"],
        "order_id": ["9", "7"],
        "symbol": ["BBB", "AAA"],
        "side": ["buy", "sell"],
        "amount": [50.0, 20.0],
        "status": ["open", "open"],
    }
    run = di.rebalance_many(**settings(), **tables(orders))
    assert run.cancels.to_dict("list") == {
        "account": ["A", "B"],
        "order_id": ["7", "9"],
        "symbol": ["AAA", "BBB"],
        "side": ["sell", "buy"],
    }
    assert "Cancel working order '7'" in run.summary["message"][0]


def test_results_do_not_depend_on_workers():
    one = di.rebalance_many(**settings(), **tables(ONE))
    two = di.rebalance_many(**settings(), **tables(ONE), workers=2)
    pd.testing.assert_frame_equal(one.trades, two.trades)


def test_curves_start_beside_the_orders_too():
    """A withdrawal that is outstanding is due on a curve as in a plan."""
    out = ONE | {"symbol": [None], "side": ["withdraw"], "shares": [None]}
    given = tables(out | {"amount": [500.0]})
    curve = frontier(**settings(), **given, account="A", points=2)
    none = frontier(
        **settings(), **tables(ONE | {"status": ["open"]}), account="A", points=2
    )
    assert curve.to_frame().iloc[0]["turnover"] != none.to_frame().iloc[0]["turnover"]

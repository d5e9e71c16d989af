# SPDX-License-Identifier: Apache-2.0
"""E7: cash in several currencies, each with its own target, least and most."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

import di_optimizer as di
from di_optimizer.account import CashBalance
from di_optimizer.batch.api import prepared
from di_optimizer.errors import InfeasibleError, VerificationError
from di_optimizer.one_account import check, rebalance_account
from di_optimizer.program.job import Job

ON = pd.Timestamp("2024-06-28").date()
NAMES = ["EUA", "EUB", "USA", "USB"]
POLICY = di.Policy(
    drift=di.Drift(absolute=100.0), cash=di.Cash(minimum=0.0, maximum=0.5)
)


def tables(eur: dict, usd: dict, held: dict | None = None, **more) -> dict:
    """An account in USD, two names in EUR at 8 (10 USD), two in USD at 10."""
    held = held or {"USB": 1}
    cash = pd.DataFrame([{"currency": "EUR", **eur}, {"currency": "USD", **usd}])
    return {
        "accounts": pd.DataFrame({"account": ["A"], "type": ["exempt"]}),
        "lots": pd.DataFrame(
            {
                "account": "A",
                "lot_id": [f"{s}-1" for s in held],
                "symbol": list(held),
                "shares": list(held.values()),
                "cost_basis": 1.0,
                "acquired": "2020-01-31",
            }
        ),
        "prices": pd.DataFrame(
            {
                "symbol": NAMES,
                "price": [8, 8, 10, 10],
                "currency": ["EUR", "EUR", "USD", "USD"],
                "spread_bp": 0,
            }
        ),
        "cash": cash.assign(account="A"),
        "rates": pd.DataFrame({"currency": ["EUR"], "rate": [1.25]}),
        **more,
    }


def settings(**weights: float) -> dict:
    return {
        "benchmark": di.Benchmark.from_weights(weights, name="world"),
        "risk": di.FactorRiskModel.none(NAMES),
        "date": ON,
        "policy": POLICY,
    }


def job_of(given: dict, **weights: float) -> Job:
    """The job of the tables' only account."""
    s = settings(**weights)
    inputs, shared = prepared(s["benchmark"], s["risk"], ON, POLICY, given)
    return shared.job(inputs.accounts[0])


def bought(plan) -> dict[str, float]:
    frame = plan.to_frame()
    signs = frame["side"].map({"buy": 1.0, "sell": -1.0})
    return dict(
        zip(frame["symbol"], frame["shares"].astype(float) * signs, strict=True)
    )


def test_prices_and_cash_are_converted_once_and_exactly():
    job = job_of(tables({"amount": 100.1}, {"amount": 3}), EUA=1.0)
    assert job.market.price("EUA") == 10
    assert {c.currency: c.amount for c in job.account.cash} == {
        "EUR": Decimal("125.125"),
        "USD": 3,
    }


def test_purchases_are_paid_from_their_own_currency():
    """500 USD worth of EUR and 1,500 USD; all is wanted in EUR names: no FX trade."""
    given = tables({"amount": 400}, {"amount": 1_490})
    plan = di.rebalance(**settings(EUA=0.5, EUB=0.5), **given)
    assert bought(plan).pop("USB") == -1
    assert bought(plan)["EUA"] + bought(plan)["EUB"] == pytest.approx(50.0, abs=1e-3)
    assert float(plan.figures.cash_after) == pytest.approx(1_500, abs=0.01)


def test_euro_and_dollar_each_keep_one_percent():
    """E7: EUR 1 % and USD 1 % each, of 10,000."""
    wanted = {"min": 0.01, "max": 0.01}
    given = tables({"amount": 4_000, **wanted}, {"amount": 4_990, **wanted})
    job = job_of(given, EUA=0.25, EUB=0.25, USA=0.25, USB=0.25)
    account = replace(job.account, fractional=True)
    plan = rebalance_account(replace(job, account=account))
    assert plan.figures.nav == 10_000
    eur = 5_000 - 10 * (bought(plan)["EUA"] + bought(plan)["EUB"])
    usd = 4_990 - 10 * (bought(plan)["USA"] + bought(plan)["USB"])
    assert (eur, usd) == (pytest.approx(100, abs=0.02), pytest.approx(100, abs=0.02))


@pytest.mark.parametrize("key", ["target", "min"])
def test_a_bucket_below_its_target_is_filled_by_its_own_sales(key):
    """10 % of 2,000 in EUR: 20 shares of a EUR name at 10 are sold."""
    given = tables({"amount": 0, key: 0.1}, {"amount": 0}, {"EUA": 100, "USA": 100})
    plan = di.rebalance(**settings(EUA=0.5, USA=0.5), **given)
    assert bought(plan)["EUA"] == pytest.approx(-20.0)
    assert bought(plan).get("USA", 0.0) == pytest.approx(0.0)


def test_no_bucket_is_overdrawn_for_another():
    """Cash in USD does not raise what is missing in EUR: the limit is named."""
    given = tables({"amount": -80}, {"amount": 5_000}, {"USA": 100})
    with pytest.raises(di.EngineError, match="least cash in EUR"):
        di.rebalance(**settings(EUA=0.5, USA=0.5), **given)
    job = job_of(given, EUA=0.5, USA=0.5)
    with pytest.raises(InfeasibleError, match="least cash in EUR"):
        rebalance_account(job)


def test_a_plan_that_pays_from_another_currency_is_refused():
    """The check adds each currency up by itself."""
    job = job_of(tables({"amount": 400}, {"amount": 1_500}), EUA=0.5, EUB=0.5)
    plan = rebalance_account(job)
    cash = tuple(
        CashBalance(amount=c.amount + d, currency=c.currency)
        for c, d in zip(job.account.cash, (Decimal(-100), Decimal(100)), strict=True)
    )
    wrong = replace(job, account=replace(job.account, cash=cash))
    with pytest.raises(VerificationError, match=r"-100\.00 of cash in EUR"):
        check(wrong, plan)


def test_working_orders_pay_from_their_currency():
    """At a limit of 7.2 EUR, 9 USD: 90 of the EUR bucket."""
    orders = pd.DataFrame(
        {
            "account": ["A"],
            "order_id": ["1"],
            "symbol": ["EUA"],
            "side": ["buy"],
            "shares": [10],
            "limit_price": [7.2],
            "status": ["sent"],
        }
    )
    given = tables({"amount": 400}, {"amount": 50}, working_orders=orders)
    account = job_of(given, EUA=1.0).account
    assert {c.currency: c.amount for c in account.cash} == {"EUR": 410, "USD": 50}


def test_rates_are_of_one_currency_and_complete():
    given = tables({"amount": 1}, {"amount": 1})
    given["rates"] = pd.DataFrame({"currency": ["CHF", "USD"], "rate": [1.1, 1.2]})
    with pytest.raises(di.InputError) as error:
        di.rebalance(**settings(EUA=1.0), **given)
    text = str(error.value)
    assert "rates, row 2, column 'rate': found 1.2 for USD" in text
    assert "found EUR in an account in USD; allowed: USD, or a currency that" in text
    assert "members not quoted in USD: EUA" in text
    two = tables({"amount": 1}, {"amount": 1})
    two["accounts"] = pd.DataFrame(
        {"account": ["A", "B"], "currency": ["USD", "EUR"], "cash": [None, 1.0]}
    )
    with pytest.raises(di.InputError, match="rates for accounts in EUR, USD"):
        di.rebalance_many(**settings(EUA=1.0), **two)

# SPDX-License-Identifier: Apache-2.0
"""Limits on totals, end to end: sectors, issuers, factors, beta, attributes, prices.

Every plan passes the check before the door, which adds up the totals by itself.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from support.counted import ledger
from support.jobs import ON
from support.totals import (
    base_job,
    dense_betas,
    exposure_of,
    sector_of,
    weights_after,
    with_policy,
    with_rules,
)

from di_optimizer.account import Flow, Restriction, Untraded
from di_optimizer.errors import InfeasibleError, InputError
from di_optimizer.market import Security
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Bounds, Cash, Conflict, Limit, Tracking, Trading
from di_optimizer.program.job import Job

SECTORS = ("Energy", "Health", "Software")
BIG = (0.1, 0.1, 0.2, 0.3, 0.2, 0.1)  # a benchmark of six names
EDGE = 1e-7  # of NAV: cents and decimals of a share


def planned(job: Job, *limits: Limit) -> tuple[Plan, dict[str, float]]:
    plan = rebalance_account(with_policy(job, limits=limits))
    return plan, weights_after(job, plan)


def moves(plan: Plan) -> dict[tuple[str, str], Decimal]:
    return {(o.symbol, o.side): o.shares for o in plan.orders}


def target(job: Job, sector: str) -> float:
    return sector_of(job, dict(job.benchmark), sector)


# D16, D17: weight limits of each security, as multiples of the benchmark's


@pytest.mark.parametrize(
    ("limit", "held", "fits"),
    [
        ({"minimum": 0.06}, 0, True),
        ({"minimum": 0.0601}, 0, False),
        ({"maximum": 0.02}, 4_000, True),
        ({"maximum": 0.0199}, 4_000, False),
    ],
)
def test_four_percent_give_or_take_half_is_two_to_six(limit, held, fits):
    """D16: a benchmark weight of 4 %, k = 0.5; a limit asks for more or less."""
    job = ledger(
        {"AAPL": 1.0, "BBB": 1.0},
        100_000 - held,
        {"AAPL": held} if held else None,
        securities={"AAPL": Security(symbol="AAPL", issuer="Apple")},
        bounds=Bounds(multiple=0.5),
        limits=(Limit(on="issuer", name="Apple", **limit),),
    )
    job = replace(job, benchmark={"AAPL": 0.04, "BBB": 0.96})
    if fits:
        weight = weights_after(job, rebalance_account(job))["AAPL"]
        assert weight == pytest.approx(*limit.values(), abs=1e-5)
    else:
        with pytest.raises(InfeasibleError, match=r"bounds\.multiple on AAPL: by"):
            rebalance_account(job)


@pytest.mark.parametrize("seed", [3, 11])
def test_a_larger_multiple_never_costs_more(seed):
    """D16: the feasible set grows with k."""
    job, last = base_job(seed), np.inf
    for k in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0):
        plan = rebalance_account(with_policy(job, bounds=Bounds(multiple=k)))
        proof = plan.certificate
        assert proof.bound_bp <= last + 1e-6
        last = min(last, proof.objective_bp)


def test_what_is_outside_already_is_flagged_and_goes_no_further():
    """D17: 30 % of a name whose most is 6 % stays and is not added to."""
    prices = {"AAPL": 1.0, "BBB": 1.0}
    job = ledger(prices, 70_000, {"AAPL": 30_000}, bounds=Bounds(multiple=0.5))
    job = replace(job, benchmark={"AAPL": 0.04, "BBB": 0.96})
    plan = rebalance_account(with_policy(job, tracking=Tracking(gamma=0.0)))
    assert not [o for o in plan.orders if o.symbol == "AAPL" and o.side == "buy"]
    assert "AAPL, BBB: already outside bounds.multiple" in " ".join(plan.notes)


# D18: absolute, active, as a multiple


def test_a_sector_of_at_most_a_fifth():
    """D18: sector <= 20 %, and what that leaves alone."""
    job = base_job()
    free, weights = planned(job)
    [most, *_] = sorted({s: sector_of(job, weights, s) for s in SECTORS}.values())[::-1]
    assert most > 0.25
    plan, weights = planned(job, Limit(on="sector", name="*", maximum=0.2))
    totals = [sector_of(job, weights, s) for s in SECTORS]
    assert max(totals) <= 0.2 + EDGE
    assert max(totals) > 0.2 - 1e-4
    assert plan.certificate.objective_bp > free.certificate.objective_bp
    assert "(sector Energy) maximum binds: the total is 20.00" in " ".join(plan.notes)
    wide, _ = planned(job, Limit(on="sector", name="*", maximum=most + 1e-6))
    assert moves(wide) == moves(free)


@pytest.mark.parametrize("factor", ["market", "style", "*"])
def test_a_factor_within_a_hundredth_of_the_benchmark(factor):
    """D18: ± 0.01 of the reference."""
    job = base_job(fractional=True)
    _, weights = planned(job)
    goal = {f: exposure_of(job, dict(job.benchmark), f) for f in job.risk.factors}
    apart = {f: exposure_of(job, weights, f) - goal[f] for f in goal}
    assert max(map(abs, apart.values())) > 0.01
    limit = Limit(on="factor", name=factor, unit="active", minimum=-0.01, maximum=0.01)
    _, weights = planned(job, limit)
    for name in goal if factor == "*" else [factor]:
        assert abs(exposure_of(job, weights, name) - goal[name]) <= 0.01 + EDGE


def test_at_most_half_of_the_benchmarks_sector():
    """D18: <= 50 % of the reference."""
    job = base_job()
    goal = target(job, "Energy")
    limit = Limit(on="sector", name="Energy", unit="multiple", maximum=0.5)
    _, weights = planned(job, limit)
    assert sector_of(job, weights, "Energy") == pytest.approx(goal / 2, abs=1e-5)
    assert sector_of(job, weights, "Energy") <= goal / 2 + EDGE


def test_multiples_of_a_negative_exposure_change_places():
    """Between a half and one and a half of −0.4 is −0.6 to −0.2."""
    job = base_job()
    goal = exposure_of(job, dict(job.benchmark), "style")
    assert goal < -0.1
    _, weights = planned(job)
    free = exposure_of(job, weights, "style") / goal
    for ends in ({"minimum": free + 0.05}, {"maximum": free - 0.05}):
        limit = Limit(on="factor", name="style", unit="multiple", **ends)
        plan, weights = planned(job, limit)
        [(end, value)] = ends.items()
        found = exposure_of(job, weights, "style") / goal
        assert found == pytest.approx(value, abs=1e-4)
        assert (found - value) * (1 if end == "maximum" else -1) <= 1e-6
        assert f"limits[1] (factor style) {end} binds" in " ".join(plan.notes)


def test_a_multiple_of_nothing_is_refused():
    job = base_job()
    limit = Limit(on="none", unit="multiple", maximum=2)
    securities = {
        s: replace(one, attributes={"none": 0.0})
        for s, one in job.market.securities.items()
    }
    job = replace(job, market=replace(job.market, securities=securities))
    with pytest.raises(
        InputError, match="a multiple of the benchmark's total, which is"
    ):
        planned(job, limit)


@pytest.mark.parametrize("most", [0.95, 0.8])
def test_beta_of_at_most(most):
    """β = Σb / bᵀΣb; the benchmark's is 1, cash's 0."""
    job = base_job()
    betas = dense_betas(job)
    assert sum(betas[s] * w for s, w in job.benchmark.items()) == pytest.approx(1.0)
    plan, weights = planned(job, Limit(on="beta", maximum=most))
    beta = sum(betas[s] * w for s, w in weights.items())
    assert most - 1e-3 <= beta <= most + EDGE
    assert "limits[1] (beta) maximum binds" in " ".join(plan.notes)


def test_a_number_column_is_added_up():
    job = base_job()
    esg = {s: x.attributes["esg"] for s, x in job.market.securities.items()}
    goal = sum(esg[s] * w for s, w in job.benchmark.items())
    limit = Limit(on="esg", unit="active", minimum=3.0)
    _, weights = planned(job, limit)
    assert sum(esg[s] * w for s, w in weights.items()) >= goal + 3.0 - 1e-4
    _, weights = planned(job, replace(limit, minimum=None, maximum=-3.0))
    assert sum(esg[s] * w for s, w in weights.items()) <= goal - 3.0 + 1e-4


def test_large_numbers_of_a_column_are_no_harm():
    """Market values of billions: the row is rescaled, the limit is not."""
    job = base_job()
    cap = {s: x.attributes.get("cap", 0.0) for s, x in job.market.securities.items()}
    _, weights = planned(job)
    before = sum(cap[s] * w for s, w in weights.items())
    plan, weights = planned(job, Limit(on="cap", maximum=0.7 * before))
    after = sum(cap[s] * w for s, w in weights.items())
    assert after == pytest.approx(0.7 * before, rel=1e-4)
    assert after <= 0.7 * before * (1 + 1e-6)
    assert "S00, S04: no cap in the securities table" in " ".join(plan.notes)


def test_what_has_no_country_is_in_none():
    job = base_job()
    blank = [s for s, x in job.market.securities.items() if x.country is None]
    plan, weights = planned(job, Limit(on="country", name="*", maximum=0.1))
    assert sum(weights.get(s, 0.0) for s in blank) > 0.1
    text = f"{', '.join(blank)}: no country in the securities table; counted in no"
    assert text in " ".join(plan.notes)


def test_excluded_symbols_do_not_count():
    job = base_job()
    members = [s for s, x in job.market.securities.items() if x.sector == "Energy"]
    limit = Limit(on="sector", name="Energy", maximum=0.05, exclude=(members[0],))
    _, weights = planned(job, limit)
    assert sum(weights.get(s, 0.0) for s in members[1:]) <= 0.05 + EDGE
    assert sector_of(job, weights, "Energy") > 0.05 + 1e-3


# D20: of issuers


@pytest.mark.parametrize("name", ["I1", "*"])
def test_an_issuer_of_at_most_thirty_percent(name):
    """D20: issuer 4 <= 30 %: two share classes together, whatever either is."""
    job = base_job(securities=7)
    pair = ("S02", "S03")
    job = replace(job, benchmark=dict(zip(sorted(job.benchmark), BIG, strict=True)))
    _, weights = planned(job)
    assert sum(weights[s] for s in pair) > 0.4
    _, weights = planned(job, Limit(on="issuer", name=name, maximum=0.3))
    total = sum(weights.get(s, 0.0) for s in pair)
    assert 0.3 - 1e-4 < total <= 0.3 + EDGE


def test_outside_positions_count():
    """D20 with shares that are held untraded, one of them unknown to the model."""
    job = base_job()
    symbol = "ZZZ"
    security = replace(job.market.securities["S01"], symbol=symbol)
    quote = replace(job.market.quotes["S01"], symbol=symbol)
    market = replace(
        job.market,
        securities=job.market.securities | {symbol: security},
        quotes=dict(job.market.quotes) | {symbol: quote},
    )
    shares = Decimal(20_000) / quote.price
    fixed = Untraded(symbol=symbol, shares=shares, reason="no exposure", valued=True)
    job = replace(job, market=market, account=replace(job.account, untraded=(fixed,)))
    job = with_policy(job, missing=replace(job.policy.missing, exposure="hold"))
    _, weights = planned(job, Limit(on="issuer", name="I0", maximum=0.1))
    assert weights[symbol] > 0.05
    total = weights[symbol] + weights.get("S00", 0.0) + weights.get("S01", 0.0)
    assert total <= 0.1 + EDGE
    with pytest.raises(InfeasibleError, match=r"limits\[1\] \(issuer I0\) maximum"):
        planned(job, Limit(on="issuer", name="I0", maximum=weights[symbol] - 0.001))


# Restrictions on totals


@pytest.mark.parametrize(("kind", "value"), [("max_total", 0.15), ("min_total", 0.55)])
def test_a_sector_as_a_whole(kind, value):
    job = base_job()
    rule = Restriction(
        kind=kind, sector="Energy", value=value, source="rules.csv, row 2"
    )
    plan = rebalance_account(with_rules(job, rule))
    total = sector_of(job, weights_after(job, plan), "Energy")
    assert total == pytest.approx(value, abs=1e-4)
    assert (total - value) * (1 if kind == "max_total" else -1) <= EDGE
    said = f"{kind} sector Energy (rules.csv, row 2) binds: the total is {value:.1%}"[
        :-2
    ]
    assert said in " ".join(plan.notes)


def test_a_wash_group_as_a_whole():
    job = base_job()
    rule = Restriction(kind="max_total", group="pair", value=0.05)
    weights = weights_after(job, rebalance_account(with_rules(job, rule)))
    assert weights.get("S00", 0.0) + weights.get("S01", 0.0) <= 0.05 + EDGE


def test_whole_shares_keep_a_hard_limit():
    """Rounding may break it: the program is solved again with the limit moved in."""
    for seed in range(4):
        job = base_job(seed, fractional=False, nav=20_000.0)
        _, weights = planned(job, Limit(on="sector", name="*", maximum=0.3))
        assert max(sector_of(job, weights, s) for s in SECTORS) <= 0.3 + 1e-6


# Prices of soft limits (C10)


def test_nothing_is_paid_within_the_free_range():
    """C10: zero penalty within ± 10 %, slope 0.01 beyond."""
    job = base_job()
    free, weights = planned(job)
    apart = sector_of(job, weights, "Energy") - target(job, "Energy")
    limit = Limit(
        on="sector",
        name="Energy",
        unit="active",
        minimum=-0.1,
        maximum=0.1,
        price=0.01,
    )
    assert abs(apart) < 0.1
    plan, _ = planned(job, limit)
    assert plan.figures.charge_term == 0.0
    assert moves(plan) == moves(free)
    tight = replace(limit, minimum=-0.1, maximum=apart - 0.02)
    plan, weights = planned(job, tight)
    missed = sector_of(job, weights, "Energy") - target(job, "Energy") - apart + 0.02
    assert missed > 0.001
    assert plan.figures.charge_term == pytest.approx(0.01 * missed, abs=1e-9)
    assert "(sector Energy) maximum is missed by" in " ".join(plan.notes)


def test_a_price_buys_the_limit_bit_by_bit():
    """Price 0 is no limit, a high one the hard limit; between them, less is missed."""
    job = base_job()
    free, _ = planned(job)
    hard, _ = planned(job, Limit(on="sector", name="Energy", maximum=0.1))
    assert hard.certificate.objective_bp > free.certificate.objective_bp + 5
    last = np.inf
    for price in (0.0, 0.001, 0.01, 0.03, 0.1, 1.0):
        limit = Limit(on="sector", name="Energy", maximum=0.1, price=price)
        plan, weights = planned(job, limit)
        missed = max(sector_of(job, weights, "Energy") - 0.1, 0.0)
        assert missed <= last + 1e-4
        last, gap = missed, plan.certificate.gap_bp + 0.01
        if price == 0.0:
            assert moves(plan) == moves(free)
            assert "which costs 0.00 bp" in " ".join(plan.notes)
        if price == 1.0:
            assert missed <= 1e-6
            apart = plan.certificate.objective_bp - hard.certificate.objective_bp
            assert abs(apart) <= gap + hard.certificate.gap_bp


def test_an_impossible_soft_limit_is_missed_instead():
    job = base_job()
    limit = Limit(on="sector", name="Energy", minimum=1.5, price=0.01)
    plan, weights = planned(job, limit)
    total = sector_of(job, weights, "Energy")
    assert plan.figures.charge_term == pytest.approx(0.01 * (1.5 - total), abs=1e-9)
    with pytest.raises(InfeasibleError, match=r"limits\[1\] \(sector Energy\) minimum"):
        planned(job, replace(limit, price=None))


# D27: harvest no more than can be put back to work


def test_losses_are_harvested_as_far_as_cash_can_be_put_back():
    """D27: 40 % of the names are closed to purchases, all lots have large losses."""
    job = base_job(11, securities=10, lots_each=2)
    lots = tuple(
        replace(lot, cost_basis=lot.cost_basis * 3) for lot in job.account.lots
    )
    rules = tuple(
        Restriction(kind="no_buy", symbol=s) for s in sorted(job.benchmark)[:4]
    )
    job = replace(job, account=replace(job.account, lots=lots, restrictions=rules))
    for most in (0.01, 0.1):
        tight = with_policy(
            job, cash=Cash(minimum=0.0, maximum=most), bounds=Bounds(multiple=1.0)
        )
        plan = rebalance_account(tight)
        cash = float(plan.figures.cash_after / plan.figures.nav)
        assert 0.0 <= cash <= most + 1e-9
        assert plan.figures.gain_short + plan.figures.gain_long < -10_000


# Names


def test_what_does_not_exist_is_named_all_at_once():
    job = base_job()
    with pytest.raises(InputError) as error:
        planned(
            job,
            Limit(on="sector", name="Enrgy", maximum=0.2),
            Limit(on="contry", name="US", maximum=0.2),
            Limit(on="factor", name="stlye", maximum=0.2),
            Limit(on="esg", name="9", maximum=0.2),
            Limit(on="issuer", maximum=0.2),
            Limit(on="beta", maximum=0.2, exclude=("S99",)),
        )
    text = str(error.value)
    assert "6 problems" in text
    for said in (
        "policy of account 'A3', column 'limits[1].name': found unknown sector "
        "'Enrgy'; allowed: a sector of the securities table, or '*' for each. "
        "Did you mean 'Energy'?",
        "column 'limits[2].on': found unknown column 'contry'",
        "Did you mean 'country'?",
        "column 'limits[3].name': found unknown factor 'stlye'; allowed: a factor of "
        "the risk model, or '*' for each. Did you mean 'style'?",
        "column 'limits[4].name': found '9'; allowed: no name: 'esg' is a column of",
        "column 'limits[5].name': found no name; allowed: a issuer",
        "column 'limits[6].exclude': found unknown symbol 'S99'",
    ):
        assert said in text


def test_conflicting_limits_are_named():
    job = base_job()
    rule = Restriction(kind="min_total", sector="Energy", value=0.5)
    with pytest.raises(InfeasibleError) as error:
        planned(with_rules(job, rule), Limit(on="sector", name="*", maximum=0.3))
    assert "limits[1] (sector Energy) maximum: by 50,100" in str(error.value)
    assert "min_total sector Energy: by" in str(error.value)
    assert job.market.on == ON


def test_a_refusal_counts_exposures_in_their_own_unit():
    job = with_policy(base_job(flow=-0.97), cash=Cash(minimum=0.0, maximum=1.0))
    with pytest.raises(InfeasibleError) as error:
        planned(job, Limit(on="factor", name="market", maximum=-0.25))
    line = next(x for x in str(error.value).splitlines() if "limits[1]" in x)
    assert float(line.partition(": by ")[2]) == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("price", [None, 0.01])
def test_all_money_out_leaves_nothing_to_limit(price):
    """NAV is 0 after the flow: every limit on a total of weights is one on 0."""
    job = base_job(flow=-1.0)
    value = sum(
        float(lot.shares * job.market.price(lot.symbol)) for lot in job.account.lots
    )
    money = Decimal(str(round(value + float(job.account.cash_amount()), 2)))
    due = Flow(on=job.on, amount=-money + 100)
    job = replace(job, account=replace(job.account, flows=(due,)))
    job = with_policy(job, trading=Trading(spread_bp=0.0))
    for limit in (
        Limit(on="sector", name="*", maximum=0.3, price=price),
        Limit(on="beta", maximum=0.9, price=price),
    ):
        plan, _ = planned(job, limit)
        assert all(order.side == "sell" for order in plan.orders)


# Conflicts that give way (conflict.plan = "nearest")


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (Limit(on="factor", name="market", minimum=1.5), "limits[1].minimum by"),
        (Limit(on="esg", minimum=95.0), "limits[1].minimum by"),
        (Limit(on="sector", name="Energy", minimum=1.2), "limits[1].minimum by"),
        (Limit(on="issuer", name="I3", maximum=0.01), "limits[1].maximum by"),
        (
            Limit(on="issuer", name="I3", unit="multiple", maximum=0.01),
            "limits[1].maximum by",
        ),
    ],
)
def test_limits_give_way_by_the_least_in_their_own_unit(limit, said):
    job = base_job(securities=7)
    rule = Restriction(kind="no_sell", symbol="S06")
    job = replace(job, benchmark=dict.fromkeys(sorted(job.risk.symbols), 1 / 7))
    job = with_policy(with_rules(job, rule), conflict=Conflict(plan="nearest"))
    plan, weights = planned(job, limit)
    [(name, amount)] = plan.relaxed
    assert said.startswith(name)
    total = {
        "factor": lambda: exposure_of(job, weights, "market"),
        "esg": lambda: sum(
            x.attributes["esg"] * weights.get(s, 0.0)
            for s, x in job.market.securities.items()
        ),
        "sector": lambda: sector_of(job, weights, "Energy"),
        "issuer": lambda: weights["S06"] * (7 if limit.unit == "multiple" else 1),
    }[limit.on]()
    old = limit.minimum if limit.maximum is None else limit.maximum
    assert amount == pytest.approx(abs(old - total), rel=1e-2)

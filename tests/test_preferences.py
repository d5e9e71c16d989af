# SPDX-License-Identifier: Apache-2.0
"""Scores, drift and taxes of the future on whole accounts, through the check."""

from dataclasses import replace

import numpy as np
import pytest
from support.jobs import Kind, random_job
from support.preferences import FREE, book, traded

from di_optimizer.errors import InfeasibleError, InputError, VerificationError
from di_optimizer.frontier.sweep import Stop, sweep
from di_optimizer.one_account import check, rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import (
    Bounds,
    Cash,
    Drift,
    Future,
    Score,
    Taxes,
    Tracking,
    Trading,
    Wash,
)
from di_optimizer.program.job import Job
from di_optimizer.risk.model import FactorRiskModel

BP = 1e4
STEP = 2e-6  # a hundredth of a percent of what these books trade in


def with_policy(job: Job, **changes: object) -> Job:
    return replace(job, policy=replace(job.policy, **changes))


def solved(plan: Plan) -> Plan:
    assert (plan.status, plan.certificate.gap_bp < 0.1) == ("solved", True)
    return plan


# -- without a risk model -----------------------------------------------------------


@pytest.mark.parametrize(
    "drift", [Drift(absolute=5.0), Drift(relative=2.0), Drift(absolute=1, relative=1)]
)
@pytest.mark.parametrize("gamma", [10.0, 0.0])
def test_without_a_risk_model_drift_leads_to_the_benchmark(drift, gamma):
    held, goal = {"A": 0.8, "B": 0.2}, {"A": 0.5, "B": 0.3, "C": 0.2}
    job = book(held, goal, drift=drift, tracking=Tracking(gamma=gamma))
    plan = solved(rebalance_account(job))
    want = {"A": -0.3, "B": 0.1, "C": 0.2}
    assert traded(plan) == pytest.approx(want, abs=2e-4)
    assert plan.figures.te_after == 0.0


def test_nothing_priced_leaves_a_book_without_risk_model_alone():
    held, goal = {"A": 0.7, "B": 0.3}, {"A": 0.5, "B": 0.5}
    job = book(held, goal, trading=Trading(spread_bp=2))
    plan = solved(rebalance_account(job))
    assert plan.figures.turnover < 1e-6
    assert plan.certificate.objective_bp < 1e-3


@pytest.mark.parametrize(
    ("drift", "bought"),
    [
        (Drift(absolute=10), {"A": 0.01}),
        (Drift(relative=10), {"A": 0.02 / 3, "B": 0.01 / 3}),
    ],
)
def test_absolute_and_relative_drift_spend_the_same_cash_differently(drift, bought):
    """Missing are 2 % of 60 % and 1 % of 30 %; there is 1 % to spend.

    Absolute drift fills the largest hole; relative drift keeps the ratio of both.
    """
    held = {"A": 0.58, "B": 0.29, "C": 0.12}
    job = book(
        held,
        {"A": 0.6, "B": 0.3, "C": 0.1},
        drift=drift,
        cash=Cash(minimum=0, maximum=0),
        trading=replace(FREE, sides="buy_only"),
    )
    assert traded(solved(rebalance_account(job))) == pytest.approx(bought, abs=STEP)


# -- scores -------------------------------------------------------------------------

HALVES = {"A": 0.5, "B": 0.5}
ALPHA = {"A": {"alpha": 0.02}, "B": {"alpha": 0.0}}


def test_an_expected_return_tilts_as_far_as_drift_allows():
    """−0.02 a + 2 a² is least at a = 0.005: 1 bp of return for 0.5 bp of drift."""
    job = book(
        HALVES,
        HALVES,
        columns=ALPHA,
        drift=Drift(absolute=1.0),
        scores=(Score(column="alpha", price=-1.0),),
        cash=Cash(minimum=0, maximum=0),
    )
    plan = solved(rebalance_account(job))
    assert traded(plan) == pytest.approx({"A": 0.005, "B": -0.005}, abs=STEP)
    assert plan.figures.charge_term * BP == pytest.approx(-1.0, abs=1e-3)
    assert plan.figures.tracking_term * BP == pytest.approx(0.5, abs=1e-3)
    assert "charge -1.00" in str(plan)


@pytest.mark.parametrize(
    ("held", "on", "moved"),
    [
        ({"A": 0.4, "B": 0.6}, "weight", 0.0975),
        ({"A": 0.4, "B": 0.6}, "purchases", 0.0975),
        ({"A": 0.6, "B": 0.4}, "weight", -0.1025),
        ({"A": 0.6, "B": 0.4}, "purchases", -0.1),
    ],
)
def test_a_score_counts_on_sales_only_where_it_is_about_weights(held, on, moved):
    """2 (Δ ∓ 0.1)² + 0.01 Δ, and nothing of the second for a sale on "purchases"."""
    job = book(
        held,
        HALVES,
        columns={"A": {"rank": 2.0}, "B": {"rank": 0.0}},
        drift=Drift(absolute=1.0),
        scores=(Score(column="rank", price=0.005, on=on),),
        cash=Cash(minimum=0, maximum=0),
    )
    plan = solved(rebalance_account(job))
    assert traded(plan) == pytest.approx({"A": moved, "B": -moved}, abs=STEP)


def test_several_scores_add_up_and_a_price_of_zero_changes_nothing():
    columns = {s: {"one": 1.0 + i, "two": 3.0 * i} for i, s in enumerate("AB")}
    plain = book({"A": 0.3, "B": 0.7}, HALVES, columns=columns, drift=Drift(absolute=1))
    both = (Score(column="one", price=0.004), Score(column="two", price=-0.001))
    joint = {
        s: {"sum": 0.004 * c["one"] - 0.001 * c["two"]} for s, c in columns.items()
    }
    one = book({"A": 0.3, "B": 0.7}, HALVES, columns=joint, drift=Drift(absolute=1))
    got = rebalance_account(with_policy(plain, scores=both))
    want = rebalance_account(with_policy(one, scores=(Score(column="sum", price=1),)))
    assert traded(got) == traded(want)
    assert got.figures.charge_term == pytest.approx(want.figures.charge_term)
    none = rebalance_account(with_policy(plain, scores=(Score(column="one", price=0),)))
    assert none.trades == rebalance_account(plain).trades


def test_blanks_count_as_nothing_and_are_counted():
    scores = (Score(column="alpha", price=-1.0),)
    some = {"A": {"alpha": 0.02}}
    goal = {"A": 0.4, "B": 0.4, "C": 0.2}
    job = book(goal, goal, columns=some, drift=Drift(absolute=1.0), scores=scores)
    plan = rebalance_account(job)
    said = "scores[1] (alpha): 2 of 3 securities are blank there and count as 0."
    assert said in plan.notes
    zeros = some | {"B": {"alpha": 0.0}, "C": {"alpha": 0.0}}
    full = rebalance_account(
        book(goal, goal, columns=zeros, drift=Drift(absolute=1.0), scores=scores)
    )
    assert full.trades == plan.trades
    assert not [note for note in full.notes if "scores" in note]


def test_columns_and_factors_that_no_price_can_be_on_are_named_together():
    columns = {"A": {"alpha": 1.0, "region": "north"}, "B": {"alpha": 2.0}}
    scores = tuple(Score(column=c, price=1) for c in ("alhpa", "region", "sector"))
    job = book(HALVES, HALVES, columns=columns, scores=scores)
    with pytest.raises(InputError) as error:
        rebalance_account(with_policy(job, drift=Drift(factors={"size": 1.0})))
    text = str(error.value)
    assert "scores[1].column" in text
    assert "an unknown column 'alhpa'" in text
    assert "Did you mean 'alpha'?" in text
    assert "scores[2].column" in text
    assert "the text column 'region'" in text
    assert "the text column 'sector'" in text
    assert "unknown factor 'size'" in text
    job = replace(random_job(1), policy=with_policy(job, scores=()).policy)
    job = with_policy(job, drift=Drift(factors={"stile": 1.0}))
    with pytest.raises(InputError, match=r"'stile'.*Did you mean 'style'"):
        rebalance_account(job)


# -- aversions ----------------------------------------------------------------------


def account(seed: int, **kind: object) -> Job:
    return with_policy(
        random_job(seed, Kind(restrictions=False, **kind)), bounds=Bounds()
    )


def test_more_aversion_to_one_part_leaves_less_of_it():
    job = account(1, gamma=5.0)
    plain = rebalance_account(job).figures
    factor = rebalance_account(with_policy(job, drift=Drift(factor=5))).figures
    specific = rebalance_account(with_policy(job, drift=Drift(specific=5))).figures
    assert factor.te_factor_after < plain.te_factor_after
    assert specific.te_specific_after < plain.te_specific_after
    style = rebalance_account(with_policy(job, drift=Drift(factors={"style": 50.0})))
    bets = [
        abs(exposure(job, plan, "style")) for plan in (style, rebalance_account(job))
    ]
    assert bets[0] < 0.5 * bets[1]


def exposure(job: Job, plan: Plan, factor: str) -> float:
    after = weights(job, plan)
    column = job.risk.exposures[:, job.risk.factors.index(factor)]
    active = [after.get(s, 0.0) - job.benchmark.get(s, 0.0) for s in job.risk.symbols]
    return float(column @ np.array(active))


def weights(job: Job, plan: Plan) -> dict[str, float]:
    found: dict[str, float] = {}
    for lot in job.account.lots:
        value = float(lot.shares * job.market.price(lot.symbol))
        found[lot.symbol] = found.get(lot.symbol, 0.0) + value
    for trade in plan.trades:
        sign = 1 if trade.side == "buy" else -1
        value = sign * float(trade.shares * trade.price)
        found[trade.symbol] = found.get(trade.symbol, 0.0) + value
    return {s: v / float(plan.figures.base) for s, v in found.items()}


def test_twice_both_aversions_is_twice_gamma():
    job = account(2, gamma=4.0)
    double = rebalance_account(with_policy(job, drift=Drift(factor=2, specific=2)))
    gamma = rebalance_account(with_policy(job, tracking=Tracking(gamma=8.0)))
    assert double.trades == gamma.trades
    assert double.certificate.objective_bp == pytest.approx(
        gamma.certificate.objective_bp, abs=1e-6
    )
    assert double.figures.te_after == pytest.approx(gamma.figures.te_after, abs=1e-12)


def test_tracking_error_is_reported_as_it_is_whatever_it_is_priced_at():
    job = account(3, gamma=4.0)
    drift = Drift(absolute=3, relative=0.1, factor=0.2, factors={"market": 2.0})
    plan = solved(rebalance_account(with_policy(job, drift=drift)))
    after = weights(job, plan)
    active = {s: after.get(s, 0.0) - job.benchmark.get(s, 0.0) for s in after}
    assert plan.figures.te_after == pytest.approx(
        job.risk.tracking_error(active).total, abs=1e-9
    )


# -- the cap on tracking error beside drift -----------------------------------------


@pytest.mark.parametrize("drift", [Drift(factor=0.1), Drift(absolute=0.2, specific=0)])
def test_a_cap_on_tracking_error_holds_beside_drift(drift):
    job = with_policy(account(3, gamma=2.0), drift=drift)
    free = rebalance_account(job).figures.te_after * BP
    capped = with_policy(job, tracking=Tracking(gamma=2.0, max_te_bp=0.8 * free))
    plan = rebalance_account(capped)
    assert 0.6 * free <= plan.figures.te_after * BP <= 0.8 * free + 1e-4
    assert (plan.te_over_cap, plan.certificate.gap_bp <= 1.0) == (0.0, True)
    loose = with_policy(job, tracking=Tracking(gamma=2.0, max_te_bp=1.01 * free))
    assert rebalance_account(loose).figures.te_after * BP == pytest.approx(
        free, abs=0.5
    )


def test_a_cap_out_of_reach_beside_drift_comes_closest_or_refuses():
    job = with_policy(
        account(3), trading=Trading(sides="buy_only"), drift=Drift(factor=0.5)
    )
    wanted = Tracking(gamma=10.0, max_te_bp=20.0)
    plan = rebalance_account(with_policy(job, tracking=wanted))
    [note] = [n for n in plan.notes if "cannot be met" in n]
    least = float(note.split("below ")[1].split()[0])
    assert 20.0 < least <= plan.figures.te_after * BP <= least * 1.002 + 0.05
    refusing = replace(wanted, unreachable="refuse")
    with pytest.raises(InfeasibleError, match=r"tracking\.max_te_bp: by [\d.]+ bp of"):
        rebalance_account(with_policy(job, tracking=refusing))


# -- taxes of the future ------------------------------------------------------------


def harvest(future: Future, rates: tuple[float, float] = (0.2, 0.2)) -> Plan:
    """A loss on the benchmark, one security that could take its place, at a price."""
    job = book(
        {"A": 0.5, "B": 0.5},
        {"A": 0.5, "B": 0.5},
        basis={"A": 1.25},
        rates=rates,
        drift=Drift(absolute=1.0),
        future=future,
        cash=Cash(minimum=0, maximum=0),
        wash=Wash(policy="ignore"),
    )
    return solved(rebalance_account(job))


def test_years_decide_what_a_loss_is_worth_today():
    """A loss of 25 % at 20 % saves 5 %; it costs 5 % · 1.05^−years later.

    −s · 0.05 (1 − 1.05^−h) + 2 s² is least at s = 0.0125 (1 − 1.05^−h).
    """
    sold = {h: -traded(harvest(Future(horizon=h))).get("A", 0.0) for h in (1, 5, 30)}
    for years, amount in sold.items():
        assert amount == pytest.approx(0.0125 * (1 - 1.05**-years), abs=STEP)
    assert sold[1] < sold[5] < sold[30]


def test_sold_at_once_at_the_same_rate_harvesting_is_worth_nothing():
    assert harvest(Future(horizon=0)).trades == ()
    assert harvest(Future(horizon=7, discount=0.0)).trades == ()
    assert harvest(Future(horizon=0, liquidation=0.9)).trades != ()
    assert harvest(Future()).trades != ()


def test_stepped_up_is_as_if_there_were_no_future():
    stepped, none = harvest(Future(horizon=1, liquidation=0.0)), harvest(Future())
    assert stepped.trades == none.trades
    assert stepped.figures == none.figures


def test_a_gain_today_is_none_later_and_other_accounts_have_no_future_tax():
    held, goal = {"A": 0.6, "B": 0.4}, {"A": 0.5, "B": 0.5}
    given = {
        "basis": {"A": 0.5},
        "drift": Drift(absolute=0.5),
        "cash": Cash(minimum=0, maximum=0),
    }
    taxed = book(held, goal, rates=(0.2, 0.2), **given)
    now = -traded(rebalance_account(taxed)).get("A", 0.0)
    later = with_policy(taxed, future=Future(horizon=2))
    sooner = -traded(rebalance_account(later)).get("A", 0.0)
    assert now < sooner < 0.1
    exempt = book(held, goal, **given)
    free = rebalance_account(with_policy(exempt, future=Future(horizon=2)))
    assert free.figures == rebalance_account(exempt).figures
    assert traded(free)["A"] == pytest.approx(-0.1, abs=STEP)


def test_the_tax_of_the_future_counts_as_much_as_tax_does():
    job = with_policy(account(3), taxes=Taxes(weight=0.5), future=Future(horizon=3))
    plan = rebalance_account(job)
    gain = float(plan.figures.gain_short + plan.figures.gain_long)
    worth = 0.5 * 0.238 * 1.05**-3
    due = -gain * worth / float(plan.figures.base)
    assert plan.figures.charge_term == pytest.approx(due, abs=1e-7)


# -- the check and the other engine -------------------------------------------------

PRICES = {
    "drift": Drift(absolute=2, relative=0.2, factor=0.5, factors={"style": 1.0}),
    "scores": (
        Score(column="alpha", price=-0.5),
        Score(column="rank", price=0.001, on="purchases"),
    ),
    "future": Future(horizon=4, liquidation=0.7),
}


def priced(seed: int, **kind: object) -> Job:
    job, rng = account(seed, **kind), np.random.default_rng(seed)
    securities = {
        s: replace(
            one,
            attributes={"alpha": rng.normal(0, 0.05), "rank": float(rng.integers(9))},
        )
        for s, one in job.market.securities.items()
    }
    market = replace(job.market, securities=securities)
    return with_policy(replace(job, market=market), **PRICES)


@pytest.mark.parametrize("part", ["tracking_term", "charge_term", "te_after"])
def test_a_plan_that_says_another_price_is_refused(part):
    job = priced(5)
    plan = rebalance_account(job)
    figures = replace(plan.figures, **{part: getattr(plan.figures, part) + 2e-9})
    with pytest.raises(VerificationError, match=part):
        check(job, replace(plan, figures=figures))
    check(job, plan)


@pytest.mark.parametrize(
    "changed",
    [
        {"drift": replace(PRICES["drift"], absolute=2.01)},
        {"drift": replace(PRICES["drift"], relative=0.21)},
        {"drift": replace(PRICES["drift"], factor=0.51)},
        {"drift": replace(PRICES["drift"], factors={"style": 1.01})},
        {"scores": PRICES["scores"][:1]},
        {"scores": tuple(replace(s, on="weight") for s in PRICES["scores"])},
        {"future": replace(PRICES["future"], horizon=4.1)},
        {"future": Future()},
    ],
)
def test_a_plan_of_another_price_is_refused(changed):
    job = priced(5)
    plan = rebalance_account(job)
    with pytest.raises(VerificationError, match="_term"):
        check(with_policy(job, **changed), plan)


@pytest.mark.parametrize("seed", range(4))
def test_the_engines_agree_on_what_is_priced(seed):
    fractional = seed % 2 == 0
    job = priced(seed, fractional=fractional, securities=6)
    ends = []
    for name in ("certified", "reference"):
        found = rebalance_account(with_policy(job, engine=name)).certificate
        ends.append((found.bound_bp, found.objective_bp))
    assert ends[0][0] <= ends[1][1] + 1e-6
    assert ends[1][0] <= ends[0][1] + 1e-6


def test_a_curve_prices_drift_at_every_gamma():
    job = with_policy(account(3, gamma=4.0), drift=Drift(absolute=1.0, factor=0.5))
    stops = [Stop(gamma=gamma) for gamma in (1.0, 4.0, 16.0)]
    curve = sweep(job, stops, lambda _: None)
    here = rebalance_account(job)
    [point] = [p for p in curve.points if p.gamma == 4.0]
    assert point.bound_bp <= here.certificate.objective_bp + 1e-6
    assert point.objective_bp == pytest.approx(here.certificate.objective_bp, abs=0.2)
    assert point.te_bp == pytest.approx(here.figures.te_after * BP, abs=1.0)
    assert all(p.gap_bp <= 0.2 for p in curve.points)


def test_a_model_of_nothing_has_no_tracking_error_and_knows_its_symbols():
    model = FactorRiskModel.none(["A", "B"])
    assert model.tracking_error({"A": 0.5, "B": -0.5}).total == 0.0
    with pytest.raises(InputError, match="unknown symbol 'C'"):
        model.rows(["C"])

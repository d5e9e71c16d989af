# SPDX-License-Identifier: Apache-2.0
"""What prices of preferences make of a program, against the formulas themselves."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.jobs import Kind, random_job

from di_optimizer.policy import Drift, Future, Score, Tracking
from di_optimizer.program.aversion import at_gamma
from di_optimizer.program.build import Built, build
from di_optimizer.program.job import Job
from di_optimizer.program.program import MAX_TE
from di_optimizer.program.te_cap import te_cap, with_te_cap

DRIFT = Drift(
    absolute=2.0, relative=0.3, factor=0.25, specific=3.0, factors={"style": 1.5}
)


def with_policy(job: Job, **changes: object) -> Job:
    return replace(job, policy=replace(job.policy, **changes))


def random_plan(built: Built, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng, lots = np.random.default_rng(seed), built.program.lots
    buys = rng.uniform(0.0, 0.1, built.program.n) * (rng.random(built.program.n) < 0.5)
    return buys, rng.uniform(0.0, 1.0, len(lots)) * lots.weight


def priced(job: Job, drift: Drift, active: np.ndarray, symbols: tuple[str, ...]):
    """The formula of the settings, in dense covariances and plain sums."""
    risk, gamma = job.risk.restrict(symbols), job.policy.tracking.gamma
    covariance = risk.exposures @ risk.factor_covariance @ risk.exposures.T
    total = gamma * drift.factor * active @ covariance @ active
    total += gamma * drift.specific * risk.specific_variance @ active**2
    for symbol, a in zip(symbols, active, strict=True):
        b = job.benchmark.get(symbol, 0.0)
        total += drift.absolute * a * a
        if b > 0.0:
            total += drift.relative * b * ((b + a) / b - 1.0) ** 2
    for name, price in (drift.factors or {}).items():
        column = risk.exposures[:, risk.factors.index(name)]
        total += price * float(column @ active) ** 2
    return total


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 50),
    gamma=st.sampled_from([0.0, 1e-3, 4.0, 50.0]),
    drift=st.builds(
        Drift,
        absolute=st.sampled_from([0.0, 3.0]),
        relative=st.sampled_from([0.0, 0.2]),
        factor=st.sampled_from([0.0, 1.0, 2.0]),
        specific=st.sampled_from([0.0, 1.0, 0.5]),
        factors=st.sampled_from([None, {"style": 2.0}, {"market": 0.0, "style": 1.0}]),
    ),
)
def test_what_is_squared_is_the_formula(seed: int, gamma: float, drift: Drift) -> None:
    job = with_policy(random_job(seed), drift=drift, tracking=Tracking(gamma=gamma))
    built, plain = build(job), build(with_policy(job, drift=Drift()))
    buys, sells = random_plan(built, seed)
    terms = built.program.terms(buys, sells)
    active = built.program.after(buys, sells) - built.program.benchmark
    due = priced(job, drift, active, built.universe.symbols)
    assert terms["factor"] + terms["specific"] == pytest.approx(
        due, rel=1e-9, abs=1e-15
    )
    assert built.program.true_variance(buys, sells) == pytest.approx(
        plain.program.variance(buys, sells), rel=1e-12
    )
    assert (built.program.specific >= 0.0).all()


def test_drift_as_it_is_by_default_changes_no_array() -> None:
    built = build(random_job(1))
    assert built.program.measure is None
    again = at_gamma(random_job(1), built.universe, built.program, 3.0)
    assert again.exposures is built.program.exposures
    assert again.gamma == 3.0


def test_the_same_program_whether_built_at_a_gamma_or_moved_to_it() -> None:
    job = with_policy(random_job(2), drift=DRIFT)
    built = build(job)
    for gamma in (0.0, 0.5, 30.0):
        there = build(with_policy(job, tracking=Tracking(gamma=gamma))).program
        moved = at_gamma(job, built.universe, built.program, gamma)
        assert moved.gamma == there.gamma
        np.testing.assert_allclose(moved.exposures, there.exposures, atol=1e-15)
        np.testing.assert_allclose(moved.specific, there.specific, rtol=1e-12)


def test_the_cap_is_on_true_tracking_error() -> None:
    job = with_policy(random_job(3), tracking=Tracking(gamma=5.0, max_te_bp=120.0))
    plain, curbed = build(job), build(with_policy(job, drift=DRIFT))
    assert te_cap(plain.program) == te_cap(curbed.program) == pytest.approx(0.012)
    assert plain.program.curbs == ()
    assert np.isinf(curbed.program.variance_cap)
    [curb] = curbed.program.curbs
    assert (curb.name, curb.limit) == (MAX_TE, pytest.approx(0.012))
    buys, sells = random_plan(plain, 1)
    after = plain.program.after(buys, sells)
    error = np.sqrt(plain.program.variance(buys, sells))
    assert curb.value(after) == pytest.approx(error, rel=1e-12)
    for program in (plain.program, curbed.program):
        assert te_cap(with_te_cap(program, 0.02)) == pytest.approx(0.02)
        assert te_cap(with_te_cap(program, np.inf)) == np.inf
        assert with_te_cap(program, np.inf).curbs == ()


def finite_differences(built: Built, plain: Built, seed: int) -> tuple:
    """Return what small purchases and sales change, beside the plain program."""
    step, found = 1e-6, []
    start = random_plan(plain, seed)
    for which in (0, 1):
        rates = []
        for i in range(len(start[which])):
            moved = [start[0].copy(), start[1].copy()]
            moved[which][i] += step
            rate = [
                (one.program.objective(*moved) - one.program.objective(*start)) / step
                for one in (built, plain)
            ]
            rates.append(rate[0] - rate[1])
        found.append(np.array(rates))
    return tuple(found)


@pytest.mark.parametrize("on", ["weight", "purchases"])
def test_a_unit_bought_or_sold_costs_what_the_score_says(on: str) -> None:
    job = random_job(4)
    numbers = {s: float(i) - 2.5 for i, s in enumerate(sorted(job.market.securities))}
    securities = {
        s: replace(one, attributes={"score": numbers[s]})
        for s, one in job.market.securities.items()
    }
    job = replace(job, market=replace(job.market, securities=securities))
    scores = (Score(column="score", price=0.01, on=on),)
    built, plain = build(with_policy(job, scores=scores)), build(job)
    buys, sells = finite_differences(built, plain, 4)
    due = 0.01 * np.array([numbers[s] for s in built.universe.symbols])
    np.testing.assert_allclose(buys, due, atol=1e-8)
    sold = -due[built.program.lots.security] if on == "weight" else 0.0 * sells
    np.testing.assert_allclose(sells, sold, atol=1e-8)


def test_a_unit_sold_costs_the_tax_of_the_future_on_its_loss() -> None:
    job = random_job(6, Kind(restrictions=False))
    future = Future(horizon=3, liquidation=0.8, discount=0.04)
    built, plain = build(with_policy(job, future=future)), build(job)
    buys, sells = finite_differences(built, plain, 6)
    rate = 0.238 * 0.8 * 1.04**-3
    values = [float(t.shares * job.market.price(t.symbol)) for t in built.lots]
    gains = [
        1 - float(lot.cost_basis) / value
        for lot, value in zip(built.lots, values, strict=True)
    ]
    assert min(gains) < 0 < max(gains)
    np.testing.assert_allclose(sells, -rate * np.array(gains), atol=1e-8)
    np.testing.assert_allclose(buys, 0.0, atol=1e-8)

# SPDX-License-Identifier: Apache-2.0
"""Random accounts with several limits on totals: plans verify, intervals intersect."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.counted import best_of_all, ledger
from support.totals import base_job, with_policy, with_volume

from di_optimizer.account import Restriction
from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.market import Security
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Limit, Search, Turnover
from di_optimizer.program.build import build
from di_optimizer.program.job import Job

SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
few = settings(max_examples=20, derandomize=True, **SLOW)
handful = settings(max_examples=8, derandomize=True, **SLOW)
thousands = settings(max_examples=1500, **SLOW)
WHOLE = 0.5  # bp: what sizes in ten-thousandths of a share may cost

ABOUT: list[dict[str, Any]] = [
    {"on": "sector", "name": "Energy"},
    {"on": "sector", "name": "*"},
    {"on": "issuer", "name": "*"},
    {"on": "country", "name": "CA"},
    {"on": "theme", "name": "*"},
    {"on": "factor", "name": "style"},
    {"on": "factor", "name": "*"},
    {"on": "beta"},
    {"on": "esg"},
    {"on": "cap"},
]
SIZES = {"factor": 1.0, "beta": 1.0, "esg": 40.0, "cap": 4e9}


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    about = draw(st.sampled_from(ABOUT))
    unit = draw(st.sampled_from(["absolute", "active", "multiple"]))
    size = 1.0 if unit == "multiple" else SIZES.get(about["on"], 0.5)
    low, high = sorted(draw(st.tuples(*[st.floats(-0.6, 1.4)] * 2)))
    ends = draw(st.sampled_from(["minimum", "maximum", "both"]))
    values = {"minimum": low * size, "maximum": high * size}
    chosen = values if ends == "both" else {ends: values[ends]}
    price = draw(st.sampled_from([None, None, 0.0, 0.002, 0.1]))
    exclude = draw(st.sampled_from([(), (), ("S02",)]))
    per = 1.0 if about["on"] not in ("esg", "cap") else SIZES[about["on"]]
    price = None if price is None else price / per
    return Limit(unit=unit, price=price, exclude=exclude, **about, **chosen)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    job = base_job(
        draw(st.integers(0, 10_000)),
        securities=draw(st.integers(5, 10)),
        fractional=draw(st.booleans()),
        flow=draw(st.sampled_from([0.0, 0.0, 0.2, -0.15, -0.97])),
        nav=draw(st.sampled_from([40_000.0, 250_000.0, 2e7])),
        restrictions=draw(st.booleans()),
    )
    turnover = Turnover(
        maximum=draw(st.sampled_from([None, None, 0.1, 0.4])),
        adv=draw(st.sampled_from([None, None, 0.05])),
    )
    chosen = tuple(draw(st.lists(limits(), min_size=1, max_size=4)))
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["min_total", "max_total"]))
        rule = Restriction(kind=kind, sector="Health", value=draw(st.floats(0.1, 0.6)))
        rules = (*job.account.restrictions, rule)
        job = replace(job, account=replace(job.account, restrictions=rules))
    volume = draw(st.sampled_from([50.0, 3_000.0, 1e6]))
    job = replace(
        with_volume(job, volume),
        volume_share=draw(st.sampled_from([Fraction(1), Fraction(1, 3)])),
    )
    search = Search(flips=4, nodes=40)
    return with_policy(job, limits=chosen, turnover=turnover, search=search)


def outcome(job: Job) -> Plan | Exception:
    """The plan, which ``rebalance_account`` verifies, or the documented refusal."""
    try:
        return rebalance_account(job)
    except (InfeasibleError, EngineError) as refusal:
        return refusal


def named(refusal: Exception) -> bool:
    """Whether a refusal says which limits are the reason."""
    return any(
        word in str(refusal)
        for word in ("limits[", "turnover.", "_total", "cash.", "no_hold", "no_sell")
    )


@few
@given(job=jobs())
def test_plans_verify_or_are_refused_by_name(job):
    answer = outcome(job)
    assert isinstance(answer, Plan) or named(answer), answer


@pytest.mark.slow
@thousands
@given(job=jobs())
def test_thousands_verify_or_are_refused_by_name(job):
    answer = outcome(job)
    assert isinstance(answer, Plan) or named(answer), answer


def compared(job: Job) -> None:
    """Intervals of the engines intersect, but for what sizes cost."""
    answers = [outcome(with_policy(job, engine=e)) for e in ("certified", "reference")]
    plans = [a for a in answers if isinstance(a, Plan)]
    proofs = [p.certificate for p in plans]
    if len(plans) < 2:
        assert not (len(plans) == 1 and any(_impossible(a) for a in answers)), answers
        return
    for one, other in itertools.permutations(proofs):
        assert one.bound_bp <= other.objective_bp + WHOLE


def _impossible(answer: Plan | Exception) -> bool:
    return isinstance(answer, InfeasibleError)


@handful
@given(job=jobs())
def test_intervals_of_the_engines_intersect(job):
    compared(with_policy(job, limits=job.policy.limits[:3]))


@pytest.mark.slow
@settings(thousands, max_examples=300)
@given(job=jobs())
def test_hundreds_of_intervals_intersect(job):
    compared(job)


# Tiny cases against every plan there is


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_in_whole_shares_is_better(seed):
    """Three names of a few shares each; all plans are looked at."""
    rng = np.random.default_rng(seed)
    prices = {s: float(rng.integers(8, 30)) for s in ("AAA", "BBB", "CCC")}
    held = {s: int(rng.integers(1, 6)) for s in ("AAA", "BBB")}
    securities = {
        s: Security(
            symbol=s, sector="x" if s < "C" else "y", attributes={"q": float(i)}
        )
        for i, s in enumerate(prices)
    }
    wanted = (
        (Limit(on="sector", name="x", maximum=0.45),),
        (Limit(on="sector", name="*", maximum=0.5), Limit(on="q", maximum=0.9)),
        (Limit(on="beta", minimum=0.5, maximum=0.7),),
        (Limit(on="q", minimum=1.2, price=0.02),),
        (Limit(on="sector", name="y", unit="multiple", minimum=1.5, price=0.5),),
        (Limit(on="factor", name="market", unit="active", maximum=-0.3),),
    )[seed]
    turnover = Turnover(maximum=(None, 0.3, None)[seed % 3])
    job = ledger(
        prices, 60, held, securities=securities, limits=wanted, turnover=turnover
    )
    built = build(job)
    best = best_of_soft(job)
    plan = rebalance_account(job)
    assert plan.certificate.bound_bp <= best * 1e4 + 1e-6
    assert best <= plan.certificate.objective_bp / 1e4 + 1e-9
    assert plan.certificate.objective_bp - best * 1e4 <= plan.certificate.gap_bp + 1e-6
    assert built.program.rows


def best_of_soft(job: Job) -> float:
    """Least objective of all plans, what is soft charged by hand."""
    hard = tuple(item for item in job.policy.limits if item.price is None)
    built = build(with_policy(job, limits=hard))
    if hard == job.policy.limits:
        return best_of_all(job, built)
    [soft] = job.policy.limits
    market, goal = job.market, dict(job.benchmark)
    number = {
        s: (x.attributes["q"] if soft.on == "q" else float(x.sector == soft.name))
        for s, x in market.securities.items()
    }
    least = soft.minimum
    if soft.unit == "multiple":
        least *= sum(number[s] * w for s, w in goal.items())
    each = np.array([number[s] for s in built.universe.symbols])
    program = built.program

    class Charged:
        """The program, whose objective charges what the soft limit is missed by."""

        def __getattr__(self, name: str) -> Any:
            return getattr(program, name)

        def objective(self, buys: np.ndarray, sells: np.ndarray) -> float:
            total = float(each @ program.after(buys, sells))
            missed = max(least - total, 0.0)
            return program.objective(buys, sells) + soft.price * missed

    return best_of_all(job, replace(built, program=Charged()))

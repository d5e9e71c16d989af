# SPDX-License-Identifier: Apache-2.0
"""D24: limits and prices of one's own, from the policy to the verified plan."""

from __future__ import annotations

import pickle
from dataclasses import replace

import cvxpy as cp
import numpy as np
import pytest
from support.jobs import Kind, random_job

from di_optimizer.account import Flow
from di_optimizer.batch.pool import PoolSettings, run_tasks
from di_optimizer.errors import (
    EngineError,
    InfeasibleError,
    InputError,
    VerificationError,
)
from di_optimizer.one_account import check, rebalance_account
from di_optimizer.own_terms.convex import ConvexTerms, Named
from di_optimizer.own_terms.resolve import resolve
from di_optimizer.own_terms.values import TOLERANCE
from di_optimizer.plan import Plan
from di_optimizer.program.build import build
from di_optimizer.program.job import Job
from di_optimizer.program.tilt import with_tilt
from di_optimizer.solve.registry import engine
from di_optimizer.solve.solution import Settings

RULES = "support.house_rules:"


def job_with(*names: str, seed: int = 2, fractional: bool = True, **policy) -> Job:
    job = random_job(seed, Kind(restrictions=False, fractional=fractional))
    terms = tuple(RULES + name for name in names)
    return replace(job, policy=replace(job.policy, terms=terms, **policy))


def weights(job: Job, plan: Plan) -> np.ndarray:
    """Weights after trading, counted from lots and trades."""
    symbols = build(job).universe.symbols
    shares = {s: 0.0 for s in symbols}
    for lot in job.account.lots:
        shares[lot.symbol] += float(lot.shares)
    for trade in plan.trades:
        sign = 1.0 if trade.side == "buy" else -1.0
        shares[trade.symbol] += sign * float(trade.shares)
    base = float(plan.figures.base)
    return np.array([shares[s] * float(job.market.price(s)) / base for s in symbols])


@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize(
    ("name", "missed"),
    [
        ("first_at_most", lambda w, _: w[0] - 0.05),
        ("first_at_least", lambda w, _: 0.29 - w[0]),
        ("energy_by_health", lambda w, _: w[0::3].sum() - 0.5 * w[1::3].sum()),
        ("near", lambda w, b: np.linalg.norm(w - b) - 0.12),
    ],
)
def test_a_limit_binds_where_it_is_asked_for(name, missed, fractional):
    """The plan without it is outside, the plan with it inside and close to it."""
    free = job_with(fractional=fractional)
    asked = job_with(name, fractional=fractional)
    before, after = rebalance_account(free), rebalance_account(asked)
    goal = build(asked).program.benchmark
    assert missed(weights(free, before), goal) > 0.005
    assert -0.02 < missed(weights(asked, after), goal) <= TOLERANCE
    assert after.certificate.objective_bp > before.certificate.objective_bp
    assert after.certificate.bound_bp > before.certificate.bound_bp
    assert after.policy.terms == (RULES + name,)
    assert any("limits of theirs that hold: 1" in note for note in after.notes)


def test_a_limit_that_is_met_anyway_changes_nothing():
    free = rebalance_account(job_with(seed=3))
    loose = replace(job_with(seed=3), policy=job_with("sold_gains").policy)
    held = rebalance_account(loose)
    assert held.figures.objective >= free.figures.objective - 1e-9


def test_limits_on_lots_and_cash():
    job = job_with("sold_gains", "cash_at_hand")
    plan = rebalance_account(job)
    base = float(plan.figures.base)
    sold = sum(
        float(t.amount)
        for t in plan.trades
        if t.side == "sell" and t.realised_gain is not None and t.realised_gain > 0
    )
    bought = sum(float(t.amount) for t in plan.trades if t.side == "buy")
    assert sold / base <= 0.01 + TOLERANCE
    assert float(plan.figures.cash_after) / base >= 0.015 - TOLERANCE
    assert plan.figures.own_term == pytest.approx(0.001 * bought / base, rel=1e-4)


def test_a_quadratic_price_is_part_of_the_objective_and_pulls():
    free, priced = (
        rebalance_account(job_with(*names)) for names in ((), ("quadratic",))
    )
    goal = build(job_with()).program.benchmark
    far = [float(np.sum((weights(job_with(), p) - goal) ** 2)) for p in (free, priced)]
    assert far[1] < far[0]
    assert priced.figures.own_term == pytest.approx(5.0 * far[1], rel=1e-6)
    assert priced.certificate.objective_bp == pytest.approx(
        1e4 * priced.figures.objective
    )
    figures = priced.figures
    others = (figures.tracking_term, figures.tax_term, figures.cost_term)
    total = sum(others) + figures.charge_term + figures.own_term
    assert figures.objective == pytest.approx(total)
    assert "own terms" in str(priced)


@pytest.mark.parametrize("name", ["quadratic", "near", "mixed", "energy_by_health"])
@pytest.mark.parametrize("seed", [1, 2, 5])
def test_the_bound_is_below_every_plan_that_keeps_the_terms(name, seed):
    """Random trades within every limit, judged by the function itself."""
    job = job_with(name, seed=seed)
    plan, built = rebalance_account(job), build(job)
    program, rng = built.program, np.random.default_rng(seed)
    bound, found = plan.certificate.bound_bp / 1e4, 0
    assert plan.certificate.gap_bp >= -1e-9
    for _ in range(400):
        sells = program.lots.cap * rng.random(len(program.lots)) ** 4
        sold = np.bincount(program.lots.security, weights=sells, minlength=program.n)
        buys = np.where(sold > 0, 0.0, rng.random(program.n) ** 4 * 0.2)
        x = program.after(buys, sells)
        rows = [(r, program.row_value(r, buys, sells)) for r in program.rows]
        inside = all(r.lower <= value <= r.upper for r, value in rows)
        if program.own is not None:
            inside &= max(program.own_misses(buys, sells), default=0.0) <= 0.0
        if inside and np.all((program.lower <= x) & (x <= program.upper)):
            found += 1
            assert program.objective(buys, sells) >= bound
    del found


def test_the_linear_part_is_below_the_terms_and_touches_them():
    program = build(job_with("mixed", "quadratic")).program
    own, rng = program.own, np.random.default_rng(1)
    assert own is not None
    n, lots = program.n, len(program.lots)
    at = rng.random(n) * 0.1, program.lots.cap * rng.random(lots)
    tilt = own.minorant(*at, [None] * len(own.names))
    assert tilt.value(*at) == pytest.approx(own.value(*at))
    for _ in range(50):
        other = rng.random(n) * 0.3, program.lots.cap * rng.random(lots)
        assert tilt.value(*other) <= own.value(*other) + 1e-12
    moved = with_tilt(program, tilt)
    assert moved.objective(*at) == pytest.approx(program.objective(*at))
    assert moved.own_value(*at) == pytest.approx(0.0, abs=1e-12)


def test_affine_constraints_are_rows_and_the_others_are_not():
    program = build(job_with("mixed", "equal_pair", "near")).program
    label = f"terms[2] ({RULES}equal_pair) constraint 1"
    [row] = [row for row in program.rows if row.name == label]
    assert (row.lower, row.upper) == (0.0, 0.0)
    buys, sells = np.zeros(program.n), np.zeros(len(program.lots))
    due = program.held[1] - program.held[2]
    assert program.row_value(row, buys, sells) == pytest.approx(due)
    assert program.own is not None
    assert program.own.names == (
        f"terms[1] ({RULES}mixed) constraint 2",
        f"terms[3] ({RULES}near) constraint 1",
    )
    assert build(job_with("first_at_most")).program.own is None


WRONG = [
    ("returns_text", "returns_text returns str; allowed: Terms, constraints"),
    ("returns_nothing", "returns_nothing returns NoneType"),
    ("returns_numbers", "returns_numbers returns bool as constraint 1"),
    ("concave", r"(?s)the objective of \S*:concave, .*, not convex"),
    ("concave_limit", r"(?s)constraint 1 of \S*:concave_limit, .*, not convex"),
    ("a_vector", "a_vector has an objective that is no scalar"),
    ("raises", "raises raises AttributeError: .*weights"),
    ("wrong_shape", "wrong_shape raises ValueError"),
    ("own_variable", "own_variable makes a variable of its own"),
    ("not_finite", "objective of .*not_finite is nan; allowed: a number"),
    ("no_such_function", "has no function no_such_function; allowed: module:function"),
    ("NOT_CALLABLE", "has no function NOT_CALLABLE"),
]


@pytest.mark.parametrize(("name", "said"), WRONG)
def test_what_is_wrong_with_a_term_is_said_with_its_setting(name, said):
    with pytest.raises(InputError, match=said) as caught:
        rebalance_account(job_with("first_at_most", name))
    assert caught.value.problems[0].column == "terms[2]"


@pytest.mark.parametrize("name", ["", "module", ":f", "m:", "no_such_module:f"])
def test_names_that_lead_nowhere(name):
    with pytest.raises(InputError, match="allowed: module:function, both importable"):
        resolve(name, file="policy", setting="terms[1]")


def test_the_certified_engine_is_refused():
    job = job_with("quadratic", engine="certified")
    with pytest.raises(InputError, match=r'"certified", and terms|cannot have'):
        rebalance_account(job)


@pytest.mark.parametrize(
    ("names", "amount"),
    [(("far_too_near",), r"by 0\.\d+"), (("near", "far_too_near"), "")],
)
def test_terms_that_no_plan_meets_are_named_with_amounts(names, amount):
    with pytest.raises(InfeasibleError, match=r"terms\[\d\].*constraint 1: " + amount):
        rebalance_account(job_with(*names))


def test_sized_trades_that_miss_a_term_are_refused_by_the_check():
    """The check calls the function itself: a plan without the term does not pass."""
    free, asked = job_with(engine="reference"), job_with("first_at_most")
    plan = rebalance_account(free)
    check(free, plan)
    with pytest.raises(
        VerificationError, match=r"terms\[1\].*constraint 1 missed by 0"
    ):
        check(asked, plan)
    priced = rebalance_account(job_with("quadratic"))
    wrong = replace(priced.figures, own_term=priced.figures.own_term + 1e-6)
    with pytest.raises(VerificationError, match="own_term"):
        check(job_with("quadratic"), replace(priced, figures=wrong))


def plan_of(_: None, job: Job) -> tuple[float, tuple[str, ...]]:
    plan = rebalance_account(job)
    return plan.figures.objective, plan.notes


@pytest.mark.slow
def test_two_workers_find_the_functions_by_name():
    jobs = [job_with("quadratic", "first_at_most", seed=seed) for seed in (1, 2)]
    jobs += [job_with("raises")]
    assert pickle.loads(pickle.dumps(jobs[0])).policy == jobs[0].policy
    outcomes = run_tasks(
        plan_of, jobs, shared=None, settings=PoolSettings(workers=2, chunk=1)
    )
    found = [outcome.value for outcome in outcomes[:2]]
    assert found == [plan_of(None, job) for job in jobs[:2]]
    assert "raises raises AttributeError" in str(outcomes[2].error)


def test_the_engines_agree_on_linear_terms():
    """Rows are all that is left of them: both engines have the same program."""
    program = build(job_with("first_at_most", "energy_by_health")).program
    one, other = (
        engine(name)(program, Settings()) for name in ("certified", "reference")
    )
    assert one.objective is not None
    assert other.objective is not None
    assert one.bound is not None
    assert other.bound is not None
    assert max(one.bound, other.bound) <= min(one.objective, other.objective) + 1e-9


def test_a_withdrawal_leaves_functions_their_units():
    job = job_with("first_at_most")
    nav = float(build(job).nav)
    flows = (
        Flow(on=job.on, amount=-round(job.market.price("S00") * 0 + int(nav / 2))),
    )
    job = replace(job, account=replace(job.account, flows=flows))
    assert weights(job, rebalance_account(job))[0] <= 0.05 + TOLERANCE


def test_a_function_is_called_with_what_it_is_told_it_gets():
    seen = []

    def look(v):
        seen.append(v)
        return [v.w >= -1]

    program = build(job_with("quadratic")).program
    assert program.own is not None
    own = program.own
    assert isinstance(own, ConvexTerms)
    named = replace(own, functions=(Named("x:look", "terms[1]", "p", look),))
    named.value(np.zeros(program.n), np.zeros(len(program.lots)))
    v = seen[-1]
    assert v.symbols == tuple(sorted(v.symbols))
    assert len(v.lot_ids) == len(v.lot_symbols) == v.sells_by_lot.size
    np.testing.assert_allclose(v.w.value, program.held)
    assert v.w.size == v.buys.size == v.sells.size == len(v.prices)
    assert isinstance(v.w, cp.Expression)
    assert v.where("sector", "Energy") == [0, 3, 6]
    with pytest.raises(KeyError):
        v.where("sectr", "Energy")


def test_where_no_size_fits_the_refusal_names_the_term():
    job = job_with("apart", fractional=False)
    with pytest.raises((EngineError, InfeasibleError), match=r"terms\[1\]|no tradable"):
        rebalance_account(job)
    assert rebalance_account(job_with("apart")).trades

# SPDX-License-Identifier: Apache-2.0
"""D25: conflicts by name and amount in the order of policy, and the nearest plan."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.jobs import Kind, random_job

from di_optimizer.account import Restriction
from di_optimizer.eased import Asked, restriction_name, sign
from di_optimizer.errors import InfeasibleError, VerificationError
from di_optimizer.nearest import asking_less
from di_optimizer.one_account import check, rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Bounds, Cash, Conflict, Counts, Limit, Policy, Turnover
from di_optimizer.program.job import Job
from di_optimizer.relaxing import importance

ENERGY = Limit(on="sector", name="Energy", minimum=0.4)
HEALTH = Limit(on="sector", name="Health", minimum=0.4)
CASH = Cash(minimum=0.3, maximum=0.4)


PLAIN = Kind(restrictions=False)


def asked(kind: Kind = PLAIN, **policy) -> Job:
    job = random_job(2, kind)
    given = {"bounds": Bounds()} | policy
    return replace(job, policy=replace(job.policy, **given))


def sectors_and_cash(*keep: str, plan: str = "nearest", fractional: bool = True) -> Job:
    """40 % + 40 % + 30 % is 10 % too much."""
    kind = Kind(restrictions=False, fractional=fractional)
    conflict = Conflict(plan=plan, keep=keep)
    return asked(kind, limits=(ENERGY, HEALTH), cash=CASH, conflict=conflict)


def relaxed(job: Job) -> dict[str, float]:
    return dict(rebalance_account(job).relaxed)


@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize(
    ("keep", "gives"),
    [
        (("cash",), {"limits[2].minimum", "limits[1].minimum"}),
        (("limits",), {"cash.minimum"}),
        (("limits[1]", "cash"), {"limits[2].minimum"}),
        (("limits[2] (sector Health)", "cash.minimum"), {"limits[1].minimum"}),
    ],
)
def test_what_is_kept_decides_what_gives_way(keep, gives, fractional):
    job = sectors_and_cash(*keep, fractional=fractional)
    plan = rebalance_account(job)
    [(name, amount)] = plan.relaxed
    assert name in gives
    assert amount == pytest.approx(0.1, abs=0.001)
    assert plan.status == "relaxed"
    assert plan.notes[0].startswith(f"Relaxed: {name} by 0.100")
    assert plan.policy == job.policy


def test_the_amount_is_the_least_that_there_is():
    """A thousandth less and there is no plan."""
    job = sectors_and_cash("limits")
    amounts = relaxed(job)
    refuse = replace(job, policy=replace(job.policy, conflict=Conflict()))
    assert rebalance_account(asking_less(refuse, amounts)).trades
    less = {name: 0.995 * amount for name, amount in amounts.items()}
    with pytest.raises(InfeasibleError):
        rebalance_account(asking_less(refuse, less))


def test_a_policy_that_can_be_met_gives_nothing_away():
    free = asked(limits=(replace(ENERGY, minimum=0.2),))
    nearest = replace(
        free, policy=replace(free.policy, conflict=Conflict(plan="nearest"))
    )
    one, other = rebalance_account(free), rebalance_account(nearest)
    assert other.relaxed == ()
    assert other.status == one.status
    assert other.trades == one.trades


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (("cash",), r"limits\[2\]\.minimum by 0\.1000\d+, from 0\.4 to 0\.2999"),
        (("limits",), r"cash\.minimum by 0\.1000\d+, from 0\.3 to 0\.1999"),
    ],
)
def test_a_refusal_names_what_would_give_way(keep, said):
    with pytest.raises(InfeasibleError, match=said) as caught:
        rebalance_account(sectors_and_cash(*keep, plan="refuse"))
    text = str(caught.value)
    for name in ("cash.minimum", "limits[1] (sector Energy) minimum", "limits[2]"):
        assert name in text
    assert "In the order of conflict.keep, the least to give way:" in text


def withdrawal(*keep: str) -> Job:
    kind = Kind(restrictions=False, flow=-0.3)
    return asked(
        kind,
        turnover=Turnover(maximum=0.0),
        cash=Cash(minimum=0.05, maximum=0.06),
        conflict=Conflict(plan="nearest", keep=keep),
    )


@pytest.mark.parametrize(
    ("keep", "name"), [(("turnover",), "cash.minimum"), (("cash",), "turnover.maximum")]
)
def test_a_turnover_cap_too_small_for_a_withdrawal(keep, name):
    plan = rebalance_account(withdrawal(*keep))
    [(found, amount)] = plan.relaxed
    assert found == name
    assert amount > 0
    assert plan.figures.cash_after >= 0


def test_weights_give_way_as_one_setting():
    """Eight names of at most 5 % each cannot hold 98 %."""
    job = asked(bounds=Bounds(maximum=0.05), conflict=Conflict(plan="nearest"))
    found = relaxed(replace(job, policy=replace(job.policy, cash=Cash(maximum=0.02))))
    [(name, amount)] = found.items()
    assert name in ("bounds.maximum", "cash.maximum")
    assert amount > 0


def test_cash_over_its_maximum_is_reported_as_before():
    keep = ("bounds",)
    policy = {
        "bounds": Bounds(maximum=0.05),
        "cash": Cash(maximum=0.001),
        "conflict": Conflict(plan="nearest", keep=keep),
    }
    plan = rebalance_account(asked(**policy))
    [(name, amount)] = plan.relaxed
    assert name == "cash.maximum"
    nav = float(plan.figures.nav)
    most = Decimal(str(round((0.001 + amount) * nav + 0.01, 2)))
    assert plan.figures.cash_after <= most


def test_restrictions_with_a_weight_give_way_by_row_and_others_never():
    rows = (
        Restriction(
            kind="max_total", sector="Energy", value=0.1, source="r.csv, row 2"
        ),
        Restriction(
            kind="min_total", sector="Energy", value=0.3, source="r.csv, row 3"
        ),
    )
    for keep, name in (("min_total", "max_total"), ("max_total", "min_total")):
        job = asked(conflict=Conflict(plan="nearest", keep=(keep,)))
        account = replace(job.account, restrictions=rows)
        plan = rebalance_account(replace(job, account=account))
        [(found, amount)] = plan.relaxed
        assert found.startswith(f"{name} Energy (r.csv, row ")
        assert amount == pytest.approx(0.2, abs=0.002)


def test_restrictions_that_contradict_each_other_are_named_by_row():
    rows = (
        Restriction(
            kind="max_total", sector="Energy", value=0.1, source="r.csv, row 2"
        ),
        Restriction(
            kind="min_total", sector="Energy", value=0.3, source="r.csv, row 3"
        ),
    )
    job = asked()
    with pytest.raises(InfeasibleError) as caught:
        rebalance_account(replace(job, account=replace(job.account, restrictions=rows)))
    for row in ("r.csv, row 2", "r.csv, row 3"):
        assert row in str(caught.value)


def test_what_says_yes_or_no_never_gives_way():
    """Nothing may be sold, and 30 % are taken out: cash cannot be below zero."""
    job = withdrawal()
    rules = tuple(
        Restriction(kind="no_sell", symbol=s, source="r.csv, row 9")
        for s in job.market.quotes
    )
    with pytest.raises(InfeasibleError) as caught:
        rebalance_account(
            replace(job, account=replace(job.account, restrictions=rules))
        )
    _, said, stuck = str(caught.value).partition("themselves and cannot give way:")
    assert said
    assert "no_sell (r.csv, row 9) on S0" in stuck


def test_counts_give_way_by_whole_names():
    job = asked(
        counts=Counts(max_names=3),
        bounds=Bounds(maximum=0.3),
        cash=Cash(maximum=0.02),
        conflict=Conflict(plan="nearest", keep=("bounds", "cash")),
    )
    empty = replace(job, account=replace(job.account, lots=()))
    rich = tuple(replace(c, amount=Decimal(250_000)) for c in empty.account.cash)
    empty = replace(empty, account=replace(empty.account, cash=rich))
    found = relaxed(empty)
    assert found == {"counts.max_names": 1.0}


# What the check accepts


@pytest.fixture(scope="module")
def plan() -> Plan:
    return rebalance_account(sectors_and_cash("limits"))


def test_the_check_accepts_what_is_claimed_and_no_more(plan):
    job = sectors_and_cash("limits")
    check(job, plan)
    [(name, amount)] = plan.relaxed
    for wrong, said in (
        ((), "cash 5"),
        (((name, 0.99 * amount),), "cash 5"),
        (((name, 1.01 * amount),), "no more than the trades need"),
        ((*plan.relaxed, ("limits[1].minimum", 0.1)), r"limits\[1\].*no more than the"),
        (((name, float("nan")),), "more than 0"),
        (((name, -amount),), "more than 0"),
        ((("cash.minimun", amount),), "limits with an amount"),
        ((("no_sell AAA", 1.0),), "limits with an amount"),
        ((("tracking.gamma", 1.0),), "limits with an amount"),
    ):
        with pytest.raises(VerificationError, match=said):
            check(job, replace(plan, relaxed=wrong))


def test_the_check_wants_the_policy_to_allow_it(plan):
    job = sectors_and_cash("limits", plan="refuse")
    with pytest.raises(
        VerificationError, match=r'none: conflict\.plan is not "nearest"'
    ):
        check(job, plan)


# Asking for less


def test_asking_for_less_changes_one_limit():
    job = sectors_and_cash()
    policy = asking_less(job, {"limits[2].minimum": 0.1, "cash.maximum": 0.7}).policy
    assert policy.limits[0] == ENERGY
    assert policy.limits[1].minimum == pytest.approx(0.3)
    assert policy.cash == replace(CASH, maximum=1.0)


@pytest.mark.parametrize(
    ("name", "amount", "value"),
    [
        ("cash.minimum", 0.5, 0.0),
        ("bounds.maximum", 0.05, 0.15),
        ("counts.max_names", 2.0, 5.0),
        ("counts.min_names", 9.0, 0.0),
        ("turnover.maximum", 0.2, 0.3),
    ],
)
def test_limits_move_out_as_far_as_they_go(name, amount, value):
    policy = Policy(
        cash=CASH,
        bounds=Bounds(maximum=0.1),
        counts=Counts(max_names=3, min_names=1),
        turnover=Turnover(maximum=0.1),
    )
    one = Asked(policy, asked().account)
    assert one.eased({name: amount}).value(name) == pytest.approx(value)
    for other in ("cash.maximum", "bounds.maximum"):
        if other != name:
            assert one.eased({name: amount}).value(other) == one.value(other)


def test_names_that_are_no_limits():
    one = Asked(Policy(), asked().account)
    for name in ("limits[1].minimum", "bounds.maximum", "terms[1]", "nothing", ""):
        assert one.value(name) is None
        with pytest.raises(KeyError):
            one.eased({name: 1.0})


def test_signs_and_importance():
    assert [sign(n) for n in ("cash.minimum", "limits[1].maximum")] == [-1.0, 1.0]
    rule = Restriction(kind="min", symbol="AAA", value=0.1)
    assert sign(restriction_name(rule)) == -1.0
    keep = ("limits[2] (sector Energy)", "cash")
    names = ("limits[2].maximum", "limits[1].maximum", "cash.floor")
    assert [importance(name, keep) for name in names] == [0, 2, 1]

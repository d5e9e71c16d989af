# SPDX-License-Identifier: Apache-2.0
"""One account end to end: every plan verifies, whatever the account looks like."""

import dataclasses
import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.jobs import Kind, random_job

from di_optimizer.account import AccountType, CashBalance, Restriction
from di_optimizer.errors import EngineError, InfeasibleError
from di_optimizer.exact import cents_up
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.policy import Bounds, Cash
from di_optimizer.program.build import Job, value_of
from di_optimizer.tax.term import Term

kinds = st.builds(
    Kind,
    securities=st.integers(5, 10),
    nav=st.sampled_from([2_000.0, 30_000.0, 250_000.0, 20_000_000.0]),
    fractional=st.booleans(),
    flow=st.sampled_from([0.0, 0.2, 1.5, -0.15, -0.92, -0.97]),
    restrictions=st.booleans(),
    gamma=st.sampled_from([0.0, 2.0, 10.0, 50.0]),
    type=st.sampled_from(list(AccountType)),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(seed=574, kind=Kind(securities=5, nav=2_000.0, fractional=False, gamma=0.0))
@given(seed=st.integers(0, 10_000), kind=kinds)
def test_every_plan_verifies_or_says_why_not(seed: int, kind: Kind) -> None:
    """``rebalance_account`` verifies; nothing but the documented errors is raised.

    Whole shares may leave no size that raises the cash asked for.
    """
    job = random_job(seed, kind)
    plan, refusal = attempt(job)
    if plan is not None:
        check_plan(job, plan)
    elif isinstance(refusal, InfeasibleError):
        assert "Relax" in str(refusal)
    else:
        assert not kind.fractional
        assert "no tradable sizes" in str(refusal)


def attempt(job: Job) -> tuple[Plan | None, Exception | None]:
    try:
        return rebalance_account(job), None
    except (InfeasibleError, EngineError) as refusal:
        return None, refusal


def check_plan(job: Job, plan: Plan) -> None:
    assert plan.certificate.bound_bp <= plan.certificate.objective_bp + 1e-8
    assert plan.figures.cash_after >= 0
    assert "Wash sales" in plan.notes[0]
    sides = {(t.symbol, t.side) for t in plan.trades}
    assert len({symbol for symbol, _ in sides}) == len(sides)
    assert all(t.reason for t in plan.trades)
    by_order = {(o.symbol, o.side): o.shares for o in plan.orders}
    for side in sides:
        total = sum(t.shares for t in plan.trades if (t.symbol, t.side) == side)
        assert by_order[side] == total
    if not job.account.fractional:
        held = job.account.positions()
        for order in plan.orders:
            whole = order.shares == order.shares.to_integral_value()
            assert whole or order.shares == held[order.symbol]


def test_same_input_same_plan() -> None:
    one = rebalance_account(random_job(11))
    job = random_job(11)
    account = dataclasses.replace(job.account, lots=job.account.lots[::-1])
    two = rebalance_account(dataclasses.replace(job, account=account))
    assert one.trades == two.trades
    assert one.certificate == two.certificate


def test_scaling_the_account_scales_the_plan() -> None:
    """A thousand times the shares and cash: the same decision in fractions."""
    job = random_job(12)
    lots = tuple(
        dataclasses.replace(t, shares=t.shares * 1000, cost_basis=t.cost_basis * 1000)
        for t in job.account.lots
    )
    cash = (CashBalance(amount=job.account.cash_amount() * 1000),)
    large = dataclasses.replace(job.account, lots=lots, cash=cash)
    one = rebalance_account(job)
    two = rebalance_account(dataclasses.replace(job, account=large))
    gap = one.certificate.gap_bp + two.certificate.gap_bp
    assert two.certificate.objective_bp == pytest.approx(
        one.certificate.objective_bp, abs=gap + 0.05
    )


def test_never_worse_than_doing_nothing() -> None:
    for seed in range(12):
        job = random_job(seed, Kind(restrictions=False))
        held = dataclasses.replace(job.policy, cash=Cash(minimum=0.0, maximum=1.0))
        job = dataclasses.replace(job, policy=held)
        plan = rebalance_account(job)
        nothing = job.policy.tracking.gamma * plan.figures.te_before**2
        assert plan.figures.objective <= nothing + 1e-9


def test_wider_bounds_never_raise_the_bound() -> None:
    """A larger k enlarges the feasible set, so the proven bound does not rise."""
    job = random_job(14, Kind(restrictions=False))
    bounds = []
    for k in (0.0, 0.3, 0.5, 0.7, 1.0, 2.0):
        policy = dataclasses.replace(
            job.policy, bounds=Bounds(multiple=k), cash=Cash(minimum=0, maximum=1)
        )
        plan = rebalance_account(dataclasses.replace(job, policy=policy))
        bounds.append(plan.certificate.bound_bp)
    assert all(b <= a + 1e-6 for a, b in itertools.pairwise(bounds))


def test_withdrawal_is_raised_and_deposit_invested() -> None:
    for flow in (-0.3, 0.5):
        job = random_job(15, Kind(flow=flow, restrictions=False))
        job = dataclasses.replace(
            job, policy=dataclasses.replace(job.policy, bounds=Bounds())
        )
        plan = rebalance_account(job)
        assert plan.figures.flow == Decimal(str(250_000 * flow))
        most = cents_up(Decimal("0.02") * plan.figures.nav)  # cash is in whole cents
        assert 0 <= plan.figures.cash_after <= most


def test_full_withdrawal_within_costs_names_the_cash_minimum() -> None:
    """Everything is asked for, but selling costs something: cash.minimum is named."""
    job = random_job(16, Kind(restrictions=False))
    nav = rebalance_account(job).figures.nav
    flow = dataclasses.replace(random_job(16, Kind(flow=-0.5)).account.flows[0])
    account = dataclasses.replace(
        job.account, flows=(dataclasses.replace(flow, amount=-nav),)
    )
    with pytest.raises(InfeasibleError, match=r"cash\.minimum: by \d"):
        rebalance_account(dataclasses.replace(job, account=account))


def test_infeasible_account_names_limits_and_amounts() -> None:
    job = random_job(17, Kind(flow=-0.5, restrictions=False))
    everything = tuple(
        Restriction(kind="no_sell", symbol=s, source=f"rules.csv, row {i}")
        for i, s in enumerate(sorted(job.account.positions()), start=2)
    )
    account = dataclasses.replace(job.account, restrictions=everything)
    with pytest.raises(InfeasibleError) as caught:
        rebalance_account(dataclasses.replace(job, account=account))
    text = str(caught.value)
    assert "account 'A17': no trade list satisfies every limit" in text
    assert "cash.minimum: by" in text


def test_amounts_in_conflict_are_rounded_up_and_say_of_what() -> None:
    """Giving way by the amount in the message is enough, giving way by less is not."""
    job = random_job(17, Kind(flow=-0.97, restrictions=False))
    kept = tuple(
        Restriction(kind="no_sell", symbol=s) for s in sorted(job.account.positions())
    )
    account = dataclasses.replace(job.account, restrictions=kept)
    with pytest.raises(InfeasibleError) as caught:
        rebalance_account(dataclasses.replace(job, account=account))
    text = str(caught.value)
    line = next(t for t in text.splitlines() if "cash.minimum" in t)
    missing = -(job.account.cash_amount() + job.account.flow_due(job.on))
    assert f"by {missing:,.2f} " in line or f"by {missing + Decimal('0.01'):,.2f} " in (
        line
    )
    base = value_of(job.account, job.market) - job.account.flow_due(job.on)
    assert line.endswith(f"% of {base:,.2f})")


def test_withdrawing_more_than_there_is_names_the_cash_minimum() -> None:
    job = random_job(16, Kind(flow=-1.2, restrictions=False))
    with pytest.raises(InfeasibleError, match=r"cash\.minimum: by \d"):
        rebalance_account(job)


def test_what_may_not_be_held_says_so_and_a_note_lists_symbols_once() -> None:
    job = random_job(21, Kind(securities=8, restrictions=False))
    out = Restriction(kind="no_hold", symbol="S01")
    policy = dataclasses.replace(job.policy, bounds=Bounds(maximum=0.01))
    account = dataclasses.replace(job.account, restrictions=(out,))
    loose = dataclasses.replace(policy, cash=Cash(minimum=0.0, maximum=1.0))
    plan = rebalance_account(dataclasses.replace(job, account=account, policy=loose))
    reasons = {t.reason for t in plan.trades if t.symbol == "S01"}
    assert reasons == {"may not be held"}
    notes = [n for n in plan.notes if "already outside bounds.maximum" in n]
    assert len(notes) == 1
    assert "S01" not in notes[0]
    assert "S02" in notes[0]


def test_gains_by_term_are_those_of_the_trades() -> None:
    plan = rebalance_account(random_job(18))
    for term, gain in ((Term.SHORT, "gain_short"), (Term.LONG, "gain_long")):
        total = sum(
            (t.realised_gain for t in plan.trades if t.term is term), Decimal(0)
        )
        assert getattr(plan.figures, gain) == total


def test_whole_share_account_reports_its_rounding_loss() -> None:
    plan = rebalance_account(random_job(19, Kind(fractional=False, nav=5_000)))
    assert plan.certificate.rounding_bp != 0.0
    assert plan.certificate.gap_bp >= 0.0


@pytest.mark.parametrize(
    ("price", "sold"), [("0.01", True), ("0.0001", True), ("0.000001", False)]
)
def test_a_worthless_lot_is_harvested_under_a_true_bound(
    price: str, sold: bool
) -> None:
    """A basis of 9,000 on a cent of value: gains of −900,000 per unit of weight.

    What is worth no cent is no order; its lot stays.
    """
    job = random_job(1, Kind(restrictions=False))
    quote = dataclasses.replace(job.market.quotes["S07"], price=Decimal(price))
    market = dataclasses.replace(job.market, quotes={**job.market.quotes, "S07": quote})
    kept = tuple(t for t in job.account.lots if t.symbol != "S07")
    dead = dataclasses.replace(
        job.account.lots[0],
        lot_id="dead",
        symbol="S07",
        shares=Decimal(100),
        cost_basis=Decimal(9_000),
    )
    account = dataclasses.replace(job.account, lots=(*kept, dead))
    plan = rebalance_account(dataclasses.replace(job, account=account, market=market))
    gains = [t.realised_gain for t in plan.trades if t.symbol == "S07"]
    assert gains == ([Decimal(price) * 100 - 9_000] if sold else [])


def test_status_is_that_of_the_sized_plan() -> None:
    """Two shares of a dear name: without a search their gap stays open."""
    job = random_job(19, Kind(fractional=False, nav=2_000))
    closed = rebalance_account(job)
    assert closed.certificate.gap_bp <= job.policy.search.gap_bp
    assert closed.status == "solved"
    search = dataclasses.replace(job.policy.search, nodes=0)
    policy = dataclasses.replace(job.policy, search=search)
    plan = rebalance_account(dataclasses.replace(job, policy=policy))
    assert plan.certificate.gap_bp > plan.policy.search.gap_bp
    assert plan.status == "limit"
    assert any(note.startswith("Tradable sizes cost ") for note in plan.notes)
    fine = rebalance_account(random_job(19, Kind(nav=20_000_000.0)))
    assert fine.certificate.gap_bp <= fine.policy.search.gap_bp
    assert fine.status == "solved"


def test_repr_is_fit_to_paste() -> None:
    text = repr(rebalance_account(random_job(20)))
    assert text.startswith("Plan(account='A20', ")
    assert "gap" in text


def test_what_is_not_used_yet_is_said() -> None:
    """Sleeves, a tax year with gains: read, unused, and noted."""
    job = random_job(21, Kind(restrictions=False))
    quiet = rebalance_account(job).notes
    person = dataclasses.replace(job.account.taxpayer, carry_long=Decimal(500))
    cash = (
        CashBalance(amount=Decimal(700)),
        CashBalance(amount=Decimal(50), sleeve="reserve"),
    )
    account = dataclasses.replace(job.account, taxpayer=person, cash=cash)
    notes = rebalance_account(dataclasses.replace(job, account=account)).notes
    added = " ".join(note for note in notes if note not in quiet)
    assert "The sleeves main, reserve were traded as one account." in added
    assert "carried forward or expected outside were not netted" in added


def test_a_printed_plan_says_what_it_does() -> None:
    plan = rebalance_account(random_job(20))
    text = str(plan)
    figures = plan.figures
    assert text.splitlines()[0] == (
        f"Account A20 on 2024-06-28: solved (certified engine), {len(plan.trades)} lot "
        f"trades in {len(plan.orders)} orders"
    )
    assert f"cash 500.00 -> {figures.cash_after:,}" in text
    assert f"long-term {figures.gain_long:,}" in text
    assert f"together {figures.tax:,} (saved)" in text
    assert f"gap {plan.certificate.gap_bp:.2f} bp" in text
    largest = plan.largest(1).iloc[0]
    assert f"{largest['symbol']} for {largest['amount']:,}: {largest['reason']}" in text
    assert text.count("\nnote: ") == len(plan.notes)


def test_a_group_in_conflict_is_named_by_its_settings() -> None:
    """A twin has to go at a loss while the other is to be bought: only apart."""
    job = random_job(31, Kind(restrictions=False))
    twins = {
        s: dataclasses.replace(job.market.securities[s], wash_group="twins")
        for s in ("S00", "S01")
    }
    losing = [
        dataclasses.replace(lot, cost_basis=lot.shares * 10_000)
        if lot.symbol == "S01"
        else lot
        for lot in job.account.lots
        if lot.symbol != "S00"
    ]
    others = [s for s in job.market.quotes if s not in twins]
    rules = (
        Restriction(kind="no_hold", symbol="S01"),
        *(Restriction(kind="no_trade", symbol=s) for s in others),
    )
    job = dataclasses.replace(
        job,
        account=dataclasses.replace(
            job.account, lots=tuple(losing), restrictions=rules
        ),
        market=dataclasses.replace(
            job.market, securities={**job.market.securities, **twins}
        ),
        policy=dataclasses.replace(
            job.policy, cash=Cash(minimum=0.0, maximum=0.01), bounds=Bounds()
        ),
    )
    with pytest.raises(InfeasibleError) as refusal:
        rebalance_account(job)
    assert '\n  wash.policy = "disallow" in twins: by ' in str(refusal.value)


def test_an_idle_plan_prints_no_orders_and_no_signed_zero() -> None:
    job = random_job(3)
    idle = Restriction(kind="no_trade", symbol=None)
    rules = tuple(dataclasses.replace(idle, symbol=s) for s in job.market.quotes)
    job = dataclasses.replace(
        job,
        account=dataclasses.replace(job.account, restrictions=rules),
        policy=dataclasses.replace(job.policy, cash=Cash(minimum=0.0, maximum=1.0)),
    )
    plan = rebalance_account(job)
    assert not plan.orders
    assert "\nno orders" in str(plan)
    assert "-0.00" not in str(plan)

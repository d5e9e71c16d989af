# SPDX-License-Identifier: Apache-2.0
"""Accounts of one taxpayer in each other's way: who gives way, and what is said."""

import dataclasses
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from support.jobs import ON, market_of, risk_of
from support.taxpayers import Past, random_person

from di_optimizer.account import (
    Account,
    AccountType,
    CashBalance,
    Restriction,
    Taxpayer,
    by_taxpayer,
)
from di_optimizer.batch.clashes import Clash, family_of
from di_optimizer.batch.outcome import Outcome, failed
from di_optimizer.batch.shared import Shared
from di_optimizer.batch.taxpayers import (
    plans_of,
    solve_taxpayer,
    taxpayer_outcomes,
    unpacked,
)
from di_optimizer.errors import InfeasibleError, WorkerError
from di_optimizer.policy import Cash, Policy, Taxes, Wash
from di_optimizer.policy_file import PolicyBook
from di_optimizer.program.bill import year_of
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term
from di_optimizer.trades import Trade

SYMBOLS = ["S00", "S01", "S02", "S03"]
PERSON = Taxpayer(taxpayer="T", short_rate=0.4, long_rate=0.2)
TIGHT = Policy(cash=Cash(minimum=0.0, maximum=0.01))
LOOSE = Policy(cash=Cash(minimum=0.0, maximum=1.0))


def lot(symbol: str, shares: int, basis: int, days: int = 700) -> Lot:
    day = ON - timedelta(days=days)
    return Lot(
        lot_id=f"{symbol}-{days}",
        symbol=symbol,
        shares=Decimal(shares),
        cost_basis=Decimal(basis),
        acquired=day,
        holding_start=day,
    )


def account(name: str, *lots: Lot, cash: int = 0, **changes: object) -> Account:
    return dataclasses.replace(
        Account(
            account=name,
            taxpayer=PERSON,
            lots=lots,
            cash=(CashBalance(amount=Decimal(cash)),),
        ),
        **changes,
    )


def shared_with(**policies: Policy) -> Shared:
    rng = np.random.default_rng(0)
    prices = dict.fromkeys(SYMBOLS, 50.0)
    return Shared(
        market=market_of(rng, SYMBOLS, prices),
        benchmarks={"": dict.fromkeys(SYMBOLS, 0.25)},
        risk=risk_of(rng, SYMBOLS),
        policies=PolicyBook(default=LOOSE, named=policies),
    )


def seller(name: str = "A", **changes: object) -> Account:
    """Holds S00 at half of what it cost, far too much of it."""
    kept = [lot(symbol, 10, 500) for symbol in SYMBOLS[1:]]
    return account(name, lot("S00", 100, 10_000), *kept, **changes)


def buyer(name: str = "B", **changes: object) -> Account:
    """Has cash and no S00."""
    held = [lot(symbol, 20, 1_000) for symbol in SYMBOLS[1:]]
    return account(name, *held, cash=1_000, **changes)


def trades(plans, name: str, symbol: str, side: str) -> list[Trade]:
    return [t for t in plans[name] if (t.symbol, t.side) == (symbol, side)]


def test_accounts_are_grouped_by_taxpayer() -> None:
    other = dataclasses.replace(PERSON, taxpayer="S")
    accounts = [buyer("Z"), seller("M", taxpayer=other), seller("A")]
    found = [[a.account for a in own] for own in by_taxpayer(accounts).values()]
    assert found == [["M"], ["A", "Z"]]
    assert [*by_taxpayer(accounts)] == ["S", PERSON.taxpayer]


@pytest.mark.parametrize("kind", [AccountType.TAXABLE, AccountType.TAX_DEFERRED])
def test_the_loss_sale_stays_and_the_buyer_is_closed(kind: AccountType) -> None:
    shared = shared_with()
    alone = [taxpayer_outcomes(shared, [a]) for a in (seller(), buyer(type=kind))]
    plans = {**plans_of(alone[0]), **plans_of(alone[1])}
    assert trades(plans, "A", "S00", "sell")
    assert trades(plans, "B", "S00", "buy")
    outcomes = taxpayer_outcomes(shared, [buyer(type=kind), seller()])
    together = plans_of(outcomes)
    assert together["A"] == plans["A"]
    assert not trades(together, "B", "S00", "buy")
    notes = outcomes["B"].unwrap().notes
    assert any("S00 from 2024-07-29 (sold today in A)" in n for n in notes)
    assert "The bound holds for this account given today's trades of A." in notes
    assert not any("given" in n for n in outcomes["A"].unwrap().notes)


def test_a_loss_in_a_retirement_account_closes_nothing() -> None:
    ira = seller(type=AccountType.TAX_DEFERRED)
    plans = plans_of(taxpayer_outcomes(shared_with(), [ira, buyer()]))
    assert trades(plans, "A", "S00", "sell")
    assert trades(plans, "B", "S00", "buy")


def test_before_a_buyer_that_looks_at_nothing_the_loss_is_kept() -> None:
    shared = shared_with(blind=dataclasses.replace(LOOSE, wash=Wash(policy="ignore")))
    outcomes = taxpayer_outcomes(shared, [seller(), buyer(policy="blind")])
    plans = plans_of(outcomes)
    assert trades(plans, "B", "S00", "buy")
    assert not trades(plans, "A", "S00", "sell")
    assert outcomes["A"].unwrap().notes[-1] == (
        "Losses in S00 were not realised: account B buys in it today and could not be "
        "kept from that."
    )


def test_two_accounts_that_ignore_wash_sales_are_left_alone() -> None:
    blind = dataclasses.replace(LOOSE, wash=Wash(policy="ignore"))
    shared = shared_with(blind=blind)
    both = [seller(policy="blind"), buyer(policy="blind")]
    plans = plans_of(taxpayer_outcomes(shared, both))
    assert trades(plans, "A", "S00", "sell")
    assert trades(plans, "B", "S00", "buy")


def test_a_buyer_that_cannot_do_without_makes_the_seller_keep_the_loss() -> None:
    """Only S00 may be bought, and cash has to go."""
    rules = tuple(Restriction(kind="no_buy", symbol=s) for s in SYMBOLS[1:])
    for person in (PERSON, year()):
        accounts = [
            seller(taxpayer=person),
            buyer(restrictions=rules, policy="tight", taxpayer=person),
        ]
        outcomes = taxpayer_outcomes(shared_with(tight=TIGHT), accounts)
        plans = plans_of(outcomes)
        assert trades(plans, "B", "S00", "buy")
        assert not trades(plans, "A", "S00", "sell")
        assert any("Losses in S00" in n for n in outcomes["A"].unwrap().notes)


def year() -> Taxpayer:
    return dataclasses.replace(
        PERSON,
        tax_year=2024,
        filing_status="single",
        realised_long=Decimal(2_000),
    )


def test_the_figures_of_a_year_are_used_once() -> None:
    """2,000 of gains: the second account finds what the first one's losses left."""
    accounts = [seller("A", taxpayer=year()), seller("B", taxpayer=year())]
    outcomes = taxpayer_outcomes(shared_with(), accounts)
    plans = {name: o.unwrap() for name, o in outcomes.items()}
    notes = plans["B"].notes
    assert "The bound holds for this account given today's trades of A." in notes
    assert not any("bound holds" in n for n in plans["A"].notes)
    bills = sum(plan.figures.bill for plan in plans.values())
    full = year_of(accounts[0], Taxes(), ON, (0, 0))
    gains = dict.fromkeys(Term, Fraction(0))
    for plan in plans.values():
        for trade in plan.trades:
            if trade.term is not None:
                gains[trade.term] += Fraction(trade.realised_gain)
    together = full.change(gains[Term.SHORT], gains[Term.LONG])
    assert float(bills) == pytest.approx(float(together), abs=0.03)
    flat = sum(
        plan.figures.tax_long + plan.figures.tax_short for plan in plans.values()
    )
    assert bills != flat


def test_an_account_without_a_plan_counts_as_not_trading() -> None:
    """B may not raise what it is asked for; its S00 of last week still counts."""
    poor = account(
        "B",
        lot("S00", 5, 300, days=7),
        restrictions=(Restriction(kind="no_sell", symbol="S00"),),
        policy="tight",
        cash=-100,
    )
    frozen = tuple(Restriction(kind="no_buy", symbol=s) for s in SYMBOLS)
    poor = dataclasses.replace(poor, restrictions=(*poor.restrictions, *frozen))
    outcomes = taxpayer_outcomes(shared_with(tight=TIGHT), [seller(), poor])
    assert isinstance(outcomes["B"].error, InfeasibleError)
    plan = outcomes["A"].unwrap()
    assert not trades(plans_of(outcomes), "A", "S00", "sell")
    assert plan.notes[-1] == "Without a plan, taken not to trade: account B."
    assert any("not harvested" in note for note in plan.notes)
    assert any("S00 free from 2024-07-22" in note for note in plan.notes)


def test_clashes_name_seller_group_and_buyer() -> None:
    accounts = [seller(), buyer()]
    wash = {"A": Wash(), "B": Wash()}
    family = family_of(accounts, wash, shared_with().market)
    sale = Trade(
        account="A",
        symbol="S00",
        side="sell",
        shares=Decimal(1),
        price=Decimal(50),
        amount=Decimal(50),
        lot_id="S00-700",
    )
    bought = dataclasses.replace(sale, account="B", side="buy", lot_id=None)
    gain = dataclasses.replace(sale, symbol="S01", lot_id="S01-700")
    clash = Clash("A", "S00", "B")
    assert family.clashes({"A": (sale,), "B": (bought,)}) == (clash,)
    assert family.loss_sales(clash, {"A": (sale, gain)}) == (sale,)
    own = {"A": (sale, dataclasses.replace(bought, account="A")), "B": ()}
    assert family.clashes(own) == ()
    assert family.clashes({"A": (gain,), "B": (bought,)}) == ()


def test_outcomes_travel_one_by_one_and_a_death_is_everyones() -> None:
    accounts = (seller(), buyer())
    packed = solve_taxpayer(shared_with(), accounts)
    first, second = unpacked(Outcome(value=packed), 2)
    assert (first.unwrap().account, second.unwrap().account) == ("A", "B")
    dead = unpacked(failed("gone"), 2)
    assert [type(outcome.error) for outcome in dead] == [WorkerError, WorkerError]


@pytest.mark.parametrize("seed", range(3))
def test_families_of_mixed_policies_end_and_verify(seed: int) -> None:
    """One ignores, one trades off, one rules out: every account has its answer."""
    person = random_person(seed, Past())
    base = person.policy
    named = {
        kind: dataclasses.replace(base, wash=Wash(policy=kind))
        for kind in ("ignore", "trade_off", "disallow")
    }
    shared = dataclasses.replace(
        person.shared, policies=PolicyBook(default=base, named=named)
    )
    kinds = np.random.default_rng(seed).permutation(sorted(named)).tolist()
    accounts = [
        dataclasses.replace(a, policy=kind)
        for a, kind in zip(person.accounts, kinds, strict=True)
    ]
    outcomes = taxpayer_outcomes(shared, accounts)
    assert [o.error for o in outcomes.values()] == [None, None, None]
    again = taxpayer_outcomes(shared, accounts[::-1])
    assert plans_of(outcomes) == plans_of(again)

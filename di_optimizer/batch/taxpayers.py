# SPDX-License-Identifier: Apache-2.0
"""The accounts of one taxpayer together: no wash sale among them, one year's bill.

Usually they are solved side by side. Where one sells at a loss what another buys, the
buyer is solved again with that group closed; a buyer that cannot do without it, or
looks at no wash sales, makes the seller keep the loss. Closures and kept losses only
accumulate, so this ends. Where several taxable accounts share the figures of a tax
year they are solved in turn, each with the earlier plans as realised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from di_optimizer.account import Account, AccountType
from di_optimizer.batch.clashes import Clash, Family, Plans, family_of
from di_optimizer.batch.outcome import Outcome, attempt, pack, unpack
from di_optimizer.batch.shared import Shared
from di_optimizer.errors import EngineError, InfeasibleError, VerificationError
from di_optimizer.one_account import rebalance_account
from di_optimizer.plan import Plan
from di_optimizer.program.bill import nets
from di_optimizer.trades import Trade
from di_optimizer.verify.taxpayer import wash_sales_between

Outcomes = dict[str, Outcome[Plan]]
UNSOLVED = (InfeasibleError, EngineError)  # errors that fewer closures may cure


def solve_taxpayer(shared: Shared, accounts: tuple[Account, ...]) -> tuple[bytes, ...]:
    """Rebalance all accounts of a taxpayer; return each one's outcome, packed.

    Packed by themselves, so that an error which cannot travel is nobody else's.
    """
    outcomes = taxpayer_outcomes(shared, accounts)
    return tuple(pack(outcomes[account.account]) for account in accounts)


def unpacked(outcome: Outcome[tuple[bytes, ...]], count: int) -> list[Outcome[Plan]]:
    """Return the outcome of each of a taxpayer's accounts; one that died is theirs."""
    if outcome.value is None:
        return [Outcome(error=outcome.error, trace=outcome.trace)] * count
    return [unpack(data) for data in outcome.value]


def taxpayer_outcomes(shared: Shared, accounts: Sequence[Account]) -> Outcomes:
    """Rebalance all accounts of a taxpayer; the order of accounts changes nothing.

    An account without a plan does not trade; what it holds and did still counts for
    the others.
    """
    wash = {a.account: shared.policy(a).wash for a in accounts}
    case = _Case(shared=shared, family=family_of(accounts, wash, shared.market))
    if len(accounts) == 1:
        return case.solve_all()
    outcomes = _in_turn(case) if _one_year(case) else _side_by_side(case)
    return _checked(case, _told(outcomes))


@dataclass
class _Case:
    """One taxpayer, and what clashes have led to so far.

    ``closed`` holds the loss sales that close a group to a buyer, ``kept`` the buyer
    because of whom a seller keeps its losses in a group.
    """

    shared: Shared
    family: Family
    closed: dict[Clash, tuple[Trade, ...]] = field(default_factory=dict)
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.family.accounts)

    def solve_all(self) -> Outcomes:
        return {name: self.solve(name, self.closures(name)) for name in self.names}

    def solve(self, name: str, planned: Plans) -> Outcome[Plan]:
        """Return one account's outcome beside what others are planned to trade."""
        return attempt(self._plan, name, planned)

    def _plan(self, name: str, planned: Plans) -> Plan:
        kept = self.kept_by(name)
        account = self.family.without_losses(name, kept)
        others = [a for other, a in self.family.accounts.items() if other != name]
        plan = rebalance_account(self.shared.job(account, others, planned))
        return replace(plan, notes=(*plan.notes, *map(_kept_text, kept.items())))

    def kept_by(self, name: str) -> dict[str, str]:
        """Return the groups whose losses an account keeps, and for which buyer."""
        own = {g: buyer for (seller, g), buyer in self.kept.items() if seller == name}
        return dict(sorted(own.items()))

    def closures(self, name: str) -> Plans:
        """Return the loss sales that close groups to an account, by seller."""
        found: dict[str, tuple[Trade, ...]] = {}
        for clash in sorted(self.closed):
            if clash.buyer == name:
                trades = found.get(clash.seller, ())
                found[clash.seller] = (*trades, *self.closed[clash])
        return found

    def keep(self, clash: Clash) -> None:
        """Make the seller keep its losses in the group, and free every buyer of it."""
        same = (clash.seller, clash.group)
        self.kept.setdefault(same, clash.buyer)
        self.closed = {
            c: sales for c, sales in self.closed.items() if (c.seller, c.group) != same
        }

    def close(self, clash: Clash, plans: Plans) -> None:
        """Close the group to the buyer; where that does not help, keep the loss."""
        ignores = self.family.wash[clash.buyer].policy == "ignore"
        if ignores or clash in self.closed:
            self.keep(clash)
        elif (clash.seller, clash.group) not in self.kept:
            self.closed[clash] = self.family.loss_sales(clash, plans)

    @property
    def rulings(self) -> tuple[int, frozenset[Clash]]:
        """What has been decided so far: nothing new means that nothing will be."""
        return len(self.kept), frozenset(self.closed)

    def state(self, name: str) -> tuple[object, ...]:
        """Return what an account's answer depends on, to solve nothing twice."""
        return tuple(self.closures(name).items()), tuple(self.kept_by(name).items())


def _kept_text(item: tuple[str, str]) -> str:
    group, buyer = item
    return (
        f"Losses in {group} were not realised: account {buyer} buys in it today and "
        "could not be kept from that."
    )


def plans_of(outcomes: Outcomes) -> dict[str, tuple[Trade, ...]]:
    """Return the trades of the accounts that have a plan."""
    return {n: o.value.trades for n, o in outcomes.items() if o.value is not None}


def _one_year(case: _Case) -> bool:
    """Return whether several taxable accounts share the figures of a tax year."""
    taxed = [
        account
        for account in case.family.accounts.values()
        if account.type is AccountType.TAXABLE
    ]
    taxes = [(account, case.shared.policy(account).taxes) for account in taxed]
    return len(taxed) > 1 and any(
        nets(account, tax) or any(b.period == "year" for b in tax.budgets)
        for account, tax in taxes
    )


def _side_by_side(case: _Case) -> Outcomes:
    """Solve all accounts, then again those in each other's way, until none is."""
    known: dict[str, tuple[tuple[object, ...], Outcome[Plan]]] = {}
    while True:
        for name in case.names:
            state = case.state(name)
            if name not in known or known[name][0] != state:
                known[name] = state, case.solve(name, case.closures(name))
        outcomes = {name: known[name][1] for name in case.names}
        before, stuck = case.rulings, _stuck(case, outcomes)
        for clash in stuck:
            case.keep(clash)
        for clash in () if stuck else case.family.clashes(plans_of(outcomes)):
            case.close(clash, plans_of(outcomes))
        if case.rulings == before:
            return outcomes


def _stuck(case: _Case, outcomes: Outcomes) -> list[Clash]:
    """Return the closures of accounts that have no plan with them."""
    failed = {n for n, o in outcomes.items() if isinstance(o.error, UNSOLVED)}
    return [clash for clash in sorted(case.closed) if clash.buyer in failed]


def _in_turn(case: _Case) -> Outcomes:
    """Solve accounts in the order of their names, earlier plans as realised.

    Later accounts know what is closed; where one cannot do without, or an earlier
    purchase is in the way of a later loss, the loss is kept and all starts again.
    """
    while True:
        outcomes: Outcomes = {}
        blocked: list[Clash] = []
        for name in case.names:
            earlier = plans_of(outcomes)
            outcomes[name] = case.solve(name, earlier)
            if isinstance(outcomes[name].error, UNSOLVED):
                blocked += _blocked(case, name, earlier)
        before = case.rulings
        for clash in blocked or case.family.clashes(plans_of(outcomes)):
            case.keep(clash)
        if case.rulings == before:
            return outcomes


def _blocked(case: _Case, name: str, earlier: Plans) -> list[Clash]:
    """Return the closures without which an account would have a plan."""
    free = case.solve(name, {})
    if free.value is None:
        return []
    plans = {**earlier, name: free.value.trades}
    return [c for c in case.family.clashes(plans) if c.buyer == name]


def _told(outcomes: Outcomes) -> Outcomes:
    """Say in every plan which of the taxpayer's other accounts have none."""
    failed = [name for name, outcome in outcomes.items() if outcome.value is None]
    if not failed:
        return outcomes
    note = f"Without a plan, taken not to trade: account {', '.join(failed)}."
    return {
        name: Outcome(value=replace(o.value, notes=(*o.value.notes, note)))
        if o.value is not None
        else o
        for name, o in outcomes.items()
    }


def _checked(case: _Case, outcomes: Outcomes) -> Outcomes:
    """Let the independent check look at all accounts together."""
    trades: Mapping[str, tuple[Trade, ...]] = plans_of(outcomes)
    accounts = case.family.accounts
    found = wash_sales_between(
        [*accounts.values()],
        trades,
        market=case.shared.market,
        policies={name: case.shared.policy(a) for name, a in accounts.items()},
        on=case.shared.market.on,
    )
    if not found:
        return outcomes
    error = VerificationError(
        "\n  ".join(["wash sales among the taxpayer's accounts:", *found])
    )
    return {
        name: o if o.value is None else Outcome(error=error)
        for name, o in outcomes.items()
    }

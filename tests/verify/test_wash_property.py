# SPDX-License-Identifier: Apache-2.0
"""Random taxpayers: the check and a share-by-share ledger of the law agree.

The ledger starts from the purchases of all lots, sells what is sold today, then buys
what is bought today. Shares are whole, prices are such that lots gain and lose.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.naive_wash import Outcome, People, Row, naive_wash
from support.verify import (
    CASE,
    ON,
    half_up,
    lot,
    mismatches,
    sale,
    with_account,
    with_group,
    with_lots,
    with_wash,
)
from support.verify import buy as buy_trade

from di_optimizer.account import Account, AccountType, Activity, CashBalance
from di_optimizer.orders.disallowed import with_disallowed
from di_optimizer.policy import Policy, Wash
from di_optimizer.program.job import Job
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term
from di_optimizer.trades import Trade
from di_optimizer.verify import Case, wash_sales_between
from di_optimizer.wash_facts import wash_facts

QUICK = settings(max_examples=80, deadline=None)
PRICE = {s: CASE.market.quotes[s].price for s in ("AAA", "BBB", "CCC")}
MARKET = with_group(CASE, "CCC").market  # AAA and CCC are alike
GROUP = {"AAA": "G1", "CCC": "G1"}
AGES = st.sampled_from([0, 1, 12, 29, 30, 31, 32, 400, 900])
NAMES = ("X1", "X2", "X3")


@dataclass(frozen=True)
class Day:
    """A taxpayer's accounts and what they trade today."""

    accounts: tuple[Account, ...]
    trades: dict[str, tuple[Trade, ...]]

    def case(self, name: str, policy: str) -> Case:
        own = next(a for a in self.accounts if a.account == name)
        others = tuple(a for a in self.accounts if a.account != name)
        planned = {a.account: self.trades[a.account] for a in others}
        case = replace(CASE, account=own, market=MARKET, related=others)
        return with_wash(replace(case, planned=planned), policy=policy)

    def between(self, policy: str = "disallow") -> tuple[str, ...]:
        chosen = dict.fromkeys(self.trades, Policy(wash=Wash(policy=policy)))
        return wash_sales_between(
            self.accounts, self.trades, market=MARKET, policies=chosen, on=ON
        )


@st.composite
def lots(draw: st.DrawFn, number: int) -> Lot:
    symbol = draw(st.sampled_from(["AAA", "AAA", "CCC", "BBB"]))
    shares = draw(st.integers(1, 6))
    unit = PRICE[symbol] + draw(st.sampled_from([-7, -1, 0, 1, 5]))
    bought = ON - timedelta(days=draw(AGES))
    return Lot(
        lot_id=f"L{number}",
        symbol=symbol,
        shares=Decimal(shares),
        cost_basis=unit * shares,
        acquired=bought,
        holding_start=bought,
        purchase=f"{symbol} {bought}" if draw(st.booleans()) else "",
    )


@st.composite
def accounts(draw: st.DrawFn, name: str) -> Account:
    count = draw(st.integers(0, 5))
    kind = "taxable" if name == "X1" else draw(st.sampled_from(AccountType))
    held = sorted(
        (draw(lots(number)) for number in range(count)),
        key=lambda x: (x.acquired, x.symbol, x.lot_id),
    )
    return replace(
        CASE.account,
        account=name,
        lots=tuple(held),
        type=AccountType(kind),
        cash=(CashBalance(amount=Decimal(100_000)),),
        flows=(),
    )


@st.composite
def trades(draw: st.DrawFn, account: Account) -> tuple[Trade, ...]:
    case = replace(CASE, account=account, market=MARKET)
    found = []
    for symbol in PRICE:
        side = draw(st.sampled_from(["sell", "sell", "buy", "hold"]))
        if side == "buy":
            found.append(buy_trade(case, symbol, str(draw(st.integers(1, 6)))))
        own = [x for x in account.lots if x.symbol == symbol and side == "sell"]
        for x in own:
            part = draw(st.integers(0, int(x.shares)))
            if part:
                found.append(sale(case, x.lot_id, str(part)))
    return tuple(found)


@st.composite
def days(draw: st.DrawFn, names: tuple[str, ...] = NAMES) -> Day:
    chosen = tuple(draw(accounts(name)) for name in names)
    return Day(chosen, {a.account: draw(trades(a)) for a in chosen})


def by_law(day: Day) -> Outcome:
    """The share-by-share ledger; sales are rows in the order of accounts and trades."""
    rows = [buy_row(a.account, x) for a in day.accounts for x in a.lots]
    rows.sort(key=lambda row: row.day)
    today = [trade_row(t) for a in day.accounts for t in day.trades[a.account]]
    rows += [row for row in today if row.side == "sell"]
    rows += [row for row in today if row.side == "buy"]
    people = People(
        taxpayer=dict.fromkeys(NAMES, "T"),
        taxable=frozenset(
            a.account for a in day.accounts if a.type is AccountType.TAXABLE
        ),
        group=GROUP,
    )
    return naive_wash(rows, people)


def buy_row(account: str, x: Lot) -> Row:
    """The purchase of a lot; lots of one purchase have one order."""
    return Row(
        account=account,
        symbol=x.symbol,
        day=x.acquired,
        side="buy",
        shares=Fraction(x.shares),
        amount=Fraction(x.cost_basis),
        lot_id=x.lot_id,
        purchase_order=0 if x.purchase else None,
    )


def trade_row(trade: Trade) -> Row:
    return Row(
        account=trade.account,
        symbol=trade.symbol,
        day=ON,
        side=trade.side,
        shares=Fraction(trade.shares),
        amount=Fraction(trade.shares) * Fraction(trade.price),
        lot_id=trade.lot_id or "",
        purchase_order=7 if trade.side == "buy" else None,  # not that of a lot
    )


def disallowed(outcome: Outcome) -> Fraction:
    return sum((s.disallowed for s in outcome.sales.values()), Fraction(0))


@QUICK
@given(days())
def test_a_taxpayer_has_wash_sales_where_the_law_has(day):
    assert (day.between() != ()) is (disallowed(by_law(day)) > 0)


@QUICK
@given(days())
def test_accounts_that_pass_against_each_other_make_no_wash_sale(day):
    assume(sum(map(len, day.trades.values())) > 1)
    wrong = [
        line
        for name in day.trades
        for line in mismatches(day.case(name, "disallow"), day.trades[name])
    ]
    assert all(line.endswith("wash sale") for line in wrong)
    if not wrong:
        assert day.between() == ()
        assert disallowed(by_law(day)) == 0


@QUICK
@given(days(names=("X1",)))
def test_one_account_is_refused_where_the_law_disallows_and_nowhere_else(day):
    lines = mismatches(day.case("X1", "disallow"), day.trades["X1"])
    assert (lines != []) is (disallowed(by_law(day)) > 0)
    assert mismatches(day.case("X1", "ignore"), day.trades["X1"]) == []


def lawful(day: Day) -> list[Trade]:
    """One account's trades with the disallowed losses of the share-by-share ledger."""
    outcome = by_law(day)
    payer = day.accounts[0].taxpayer
    first = len(day.accounts[0].lots)
    sold = [t for t in day.trades["X1"] if t.side == "sell"]
    found = []
    for number, trade in enumerate(sold, start=first):
        one = outcome.sales[number]
        rate = payer.long_rate if trade.term is Term.LONG else payer.short_rate
        tax = half_up((one.gain + one.disallowed) * Fraction(str(rate)))
        found.append(replace(trade, disallowed=half_up(one.disallowed), tax=tax))
    return found + [t for t in day.trades["X1"] if t.side == "buy"]


@QUICK
@given(days(names=("X1",)), st.data())
def test_the_disallowed_part_of_each_loss_is_that_of_the_law(day, data):
    case, plan = day.case("X1", "trade_off"), lawful(day)
    assert mismatches(case, plan) == []
    assume(plan)
    chosen = data.draw(st.integers(0, len(plan) - 1))
    cent = data.draw(st.sampled_from([Decimal("0.01"), Decimal("-0.01")]))
    plan[chosen] = replace(plan[chosen], disallowed=plan[chosen].disallowed + cent)
    assert any("found disallowed" in line for line in mismatches(case, plan))


@st.composite
def ordered(draw: st.DrawFn, account: Account) -> Account:
    """The account with purchases in its activity that say in which order they were."""
    rows = [
        Activity(
            symbol=x.symbol,
            on=x.acquired,
            side="buy",
            shares=x.shares,
            amount=x.cost_basis,
            lot_id=x.lot_id,
            purchase_order=draw(st.one_of(st.none(), st.integers(0, 2))),
        )
        for x in account.lots
        if draw(st.booleans())
    ]
    return replace(account, activity=tuple(rows))


def planned_by_optimizer(case: Case, trades: Sequence[Trade]) -> tuple[Trade, ...]:
    """The trades with what the optimizer says is disallowed."""
    same = {"market": case.market, "policy": case.policy}
    same |= {"related": case.related, "planned": case.planned}
    job = Job(account=case.account, benchmark=case.benchmark, risk=case.risk, **same)
    return with_disallowed(job, wash_facts(case.account, **same), trades)


@QUICK
@given(days(), st.data())
def test_the_optimizer_writes_what_the_check_expects(day, data):
    case = day.case("X1", "trade_off")
    account = data.draw(ordered(case.account))
    case = replace(case, account=account)
    trades = planned_by_optimizer(case, day.trades["X1"])
    wrong = mismatches(case, trades)
    assert all("sold at a loss on" in line for line in wrong)  # closed by the others


def test_the_optimizer_knows_the_order_of_purchases():
    day = ON - timedelta(days=14)
    held = [lot(n, "AAA", "4", "480", day) for n in ("L1", "L2")]
    held.append(lot("R9", "AAA", "3", "1", ON))
    rows = [
        Activity(
            symbol="AAA",
            on=day,
            side="buy",
            shares=Decimal(4),
            amount=Decimal(480),
            lot_id=name,
            purchase_order=order,
        )
        for name, order in (("L1", 2), ("L2", 1))
    ]
    case = with_account(with_wash(policy="trade_off"), activity=tuple(rows))
    case = with_lots(case, *held)
    trades = planned_by_optimizer(case, [sale(case, n, "4") for n in ("L1", "L2")])
    assert [trade.disallowed for trade in trades] == [0, 60]
    assert mismatches(case, trades) == []


@QUICK
@given(days(names=("X1",)), st.permutations(range(12)))
def test_the_order_of_lots_and_trades_does_not_matter(day, order):
    case, plan = day.case("X1", "trade_off"), lawful(day)
    mixed = [plan[i] for i in order if i < len(plan)]
    mixed += plan[len(order) :]
    lots = [case.account.lots[i] for i in order if i < len(case.account.lots)]
    assert mismatches(with_account(case, lots=tuple(lots)), mixed) == []


def test_the_random_days_are_of_every_kind():
    kinds: Counter[bool] = Counter()

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(days())
    def count(day: Day) -> None:
        kinds[day.between() != ()] += 1

    count()
    assert min(kinds[True], kinds[False]) >= 10
    assert date(2025, 5, 17) == ON - timedelta(days=30)

# SPDX-License-Identifier: Apache-2.0
"""Random accounts and true trades pass; any one field tampered with is refused."""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.verify import (
    BY_HAND,
    CASE,
    ON,
    RISK,
    buy,
    lot,
    refusal,
    sale,
    with_wash,
)

from di_optimizer.account import Account, AccountType, CashBalance, Flow, Taxpayer
from di_optimizer.market import Market, Quote
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term
from di_optimizer.trades import Figures, Trade
from di_optimizer.verify import Case, Claims, figures, over_maximum

CENT = Decimal("0.01")
YEAR_AGO = date(2024, 6, 15)
QUICK = settings(max_examples=60, deadline=None)


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places)


SHARES = decimals("0.01", "300", 4)
RATES = st.sampled_from([0.0, 0.15, 0.238, 0.24, 0.3, 0.37, 0.408])
DAYS = st.one_of(st.integers(-3, 3), st.integers(-3000, 360))


@dataclass(frozen=True)
class Plan:
    """A case and true trades of it."""

    case: Case
    trades: tuple[Trade, ...]

    @property
    def figures(self) -> Figures:
        return figures(self.case, self.trades)

    @property
    def claims(self) -> Claims:
        over = over_maximum(self.case, self.trades)
        objective = self.figures.objective
        return Claims(objective=objective, bound=objective, cash_over_maximum=over)


@st.composite
def payers(draw: st.DrawFn) -> Taxpayer:
    figures = {}
    if draw(st.booleans()):
        names = ("realised_short", "realised_long", "expected_short", "expected_long")
        figures = {n: draw(decimals("-20000", "20000", 2)) for n in names}
        names = ("carry_short", "carry_long")
        figures |= {n: draw(decimals("0", "20000", 2)) for n in names}
        figures |= {"tax_year": 2025, "filing_status": "single"}
        figures["ordinary_rate"] = draw(st.one_of(st.none(), RATES))
    short, long = draw(RATES), draw(RATES)
    return Taxpayer(taxpayer="T", short_rate=short, long_rate=long, **figures)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    held = draw(st.lists(st.sampled_from(RISK.symbols), max_size=8))
    lots = [
        lot(
            f"L{i}",
            symbol,
            str(draw(SHARES)),
            str(draw(decimals("0", "50000", 2))),
            YEAR_AGO + timedelta(days=draw(DAYS)),
        )
        for i, symbol in enumerate(held)
    ]
    return Account(
        account="R1",
        taxpayer=draw(payers()),
        lots=tuple(lots),
        cash=(CashBalance(amount=draw(decimals("500000", "600000", 2))),),
        flows=(Flow(on=ON, amount=draw(decimals("-9999", "9999", 2))),),
        type=draw(st.sampled_from(AccountType)),
    )


@st.composite
def markets(draw: st.DrawFn) -> Market:
    spreads = st.one_of(st.none(), decimals("0", "30", 1))
    prices = draw(
        st.lists(decimals("1", "400", 3), min_size=4, max_size=4, unique=True)
    )
    quotes = {
        symbol: Quote(symbol=symbol, price=price, spread_bp=draw(spreads))
        for symbol, price in zip(RISK.symbols, prices, strict=True)
    }
    return Market(on=ON, quotes=quotes)


@st.composite
def plans(draw: st.DrawFn, least: int = 0) -> Plan:
    account, market = draw(accounts()), draw(markets())
    # test_wash_property.py is about wash sales
    case = with_wash(replace(CASE, account=account, market=market), policy="ignore")
    trades = []
    for symbol in RISK.symbols:
        own = [x for x in account.lots if x.symbol == symbol]
        side = draw(st.sampled_from(["buy", "sell", "hold"]))
        if side == "buy":
            trades.append(buy(case, symbol, draw(SHARES)))
        for source in own if side == "sell" else []:
            part = draw(st.one_of(st.just(source.shares), SHARES))
            trades.append(sale(case, source.lot_id, min(part, source.shares)))
    assume(len(trades) >= least)
    return Plan(case, tuple(draw(st.permutations(trades))))


def naive_bill(payer: Taxpayer, short: float, long: float) -> float:
    """The year's bill on two totals by floats, case by case."""
    net, ordinary = short + long, payer.ordinary_rate
    ordinary = payer.short_rate if ordinary is None else ordinary
    if net >= 0:
        if short >= 0 and long >= 0:
            return payer.short_rate * short + payer.long_rate * long
        return net * (payer.long_rate if short < 0 else payer.short_rate)
    deducted = min(3000.0, -net)
    rest = -net - deducted
    if short < 0 and long < 0:
        short_left = max(0.0, -short - deducted)
    else:
        short_left = rest if short < 0 else 0.0
    carried = payer.short_rate * short_left + payer.long_rate * (rest - short_left)
    return -ordinary * deducted - 0.5 * carried


def naive_change(payer: Taxpayer, gains: dict[Term, float]) -> float:
    """What gains add to the bill."""
    short = float(payer.realised_short + payer.expected_short - payer.carry_short)
    long = float(payer.realised_long + payer.expected_long - payer.carry_long)
    after = naive_bill(payer, short + gains[Term.SHORT], long + gains[Term.LONG])
    return after - naive_bill(payer, short, long)


def naive(plan: Plan) -> dict[str, float]:
    """The figures by floats and a dense covariance matrix."""
    account, prices = plan.case.account, plan.case.market.quotes
    price = np.array([float(prices[s].price) for s in RISK.symbols])
    row = {s: i for i, s in enumerate(RISK.symbols)}
    before, after = np.zeros(4), np.zeros(4)
    for x in account.lots:
        before[row[x.symbol]] += float(x.shares)
    after += before
    tax = cost = moved = 0.0
    gains = dict.fromkeys(Term, 0.0)
    for t in plan.trades:
        sign = 1 if t.side == "buy" else -1
        after[row[t.symbol]] += sign * float(t.shares)
        value = float(t.shares) * float(t.price)
        spread = prices[t.symbol].spread_bp
        cost += value * (2.0 if spread is None else float(spread)) / 2 / 1e4
        moved += sign * value
        source = next((x for x in account.lots if x.lot_id == t.lot_id), None)
        if source is not None and account.type is AccountType.TAXABLE:
            unit = float(source.cost_basis) / float(source.shares)
            gains[t.term] += value - unit * float(t.shares)
            tax += (value - unit * float(t.shares)) * account.taxpayer.rate(t.term)
    payer = account.taxpayer
    rates = (payer.short_rate, payer.long_rate, payer.ordinary_rate or 0.0)
    if payer.tax_year and any(rates) and account.type is AccountType.TAXABLE:
        tax = naive_change(payer, gains)
    cash = float(account.cash[0].amount + account.flows[0].amount)
    nav = cash + before @ price
    exposures = RISK.exposures
    covariance = exposures @ RISK.factor_covariance @ exposures.T
    covariance = covariance + np.diag(RISK.specific_variance)
    goal = np.array([plan.case.benchmark.get(s, 0.0) for s in RISK.symbols])
    active = after * price / nav - goal
    variance = active @ covariance @ active
    return {
        "nav": nav,
        "cash_after": cash - moved - cost,
        "te_after": variance**0.5,
        "tax": tax,
        "objective": 10 * variance + tax / nav + cost / nav,
    }


@QUICK
@given(plans())
def test_true_plans_pass_with_figures_of_a_naive_second_way(plan):
    found = plan.figures
    assert refusal(plan.case, plan.trades, found, plan.claims) == []
    rounding = 0.011 + 0.005 * len(plan.trades)  # cents of amounts and of the cost
    second = naive(plan)
    assert float(found.nav) == pytest.approx(second["nav"], abs=0.006)
    assert float(found.cash_after) == pytest.approx(second["cash_after"], abs=rounding)
    assert found.te_after == pytest.approx(second["te_after"], abs=1e-9)
    assert found.objective == pytest.approx(second["objective"], abs=1e-9)
    if found.bill is not None:
        assert float(found.bill) == pytest.approx(second["tax"], abs=0.005001)


@QUICK
@given(plans())
def test_shares_basis_and_value_are_conserved(plan):
    found = plan.figures
    sold = sum((t.amount for t in plan.trades if t.side == "sell"), Decimal(0))
    bought = sum((t.amount for t in plan.trades if t.side == "buy"), Decimal(0))
    start = found.cash_before + found.flow
    assert found.cash_after == start + sold - bought - found.cost
    gains = sum((t.realised_gain or 0 for t in plan.trades), Decimal(0))
    assert found.gain_short + found.gain_long == gains
    flat = sum((t.tax for t in plan.trades), Decimal(0))
    assert found.tax_short + found.tax_long == flat
    assert found.tax == (flat if found.bill is None else found.bill)


def tampered(draw: st.DrawFn, case: Case, trade: Trade) -> Trade:
    """The trade with one field changed as little as can matter."""
    sell = trade.side == "sell"
    options = ["account", "symbol", "side", "shares", "price", "amount", "tax"]
    options += ["lot_id", "realised_gain", "term", "disallowed"]
    name = draw(st.sampled_from(options))
    cent = draw(st.sampled_from([CENT, -CENT]))
    others = [s for s in RISK.symbols if s != trade.symbol]
    changes = {
        "account": "R2",
        "symbol": draw(st.sampled_from(others)),
        "side": "buy" if sell else "sell",
        "shares": trade.shares + draw(st.sampled_from([Decimal(1), Decimal("0.5")])),
        "price": trade.price + Decimal("0.000001"),
        "amount": trade.amount + cent,
        "tax": trade.tax + cent if not trade.tax else draw(signs(trade.tax, cent)),
        "lot_id": draw(other_lots(case, trade)),
        "realised_gain": trade.realised_gain + cent if sell else CENT,
        "disallowed": cent,
        "term": draw(st.sampled_from([t for t in Term if t is not trade.term])),
    }
    return replace(trade, **{name: changes[name]})


def signs(tax: Decimal, cent: Decimal) -> st.SearchStrategy[Decimal]:
    return st.sampled_from([-tax, tax + cent])


def other_lots(case: Case, trade: Trade) -> st.SearchStrategy[str]:
    """Ids of lots that would have another gain or symbol, and of none."""

    def same(x: Lot) -> bool:
        gain = sale(case, x.lot_id, trade.shares).realised_gain
        return x.symbol == trade.symbol and gain == trade.realised_gain

    names = [x.lot_id for x in case.account.lots if not same(x)]
    return st.sampled_from(["none", *names])


@QUICK
@given(plans(least=1), st.data())
def test_any_field_of_a_trade_tampered_with_is_refused(plan, data):
    chosen = data.draw(st.integers(0, len(plan.trades) - 1))
    trades = list(plan.trades)
    trades[chosen] = tampered(data.draw, plan.case, trades[chosen])
    assert trades[chosen] != plan.trades[chosen]
    assert refusal(plan.case, trades, plan.figures, plan.claims) != []


@QUICK
@given(plans(least=1), st.data())
def test_a_trade_left_out_or_made_twice_is_refused(plan, data):
    chosen = data.draw(st.integers(0, len(plan.trades) - 1))
    out = plan.trades[:chosen] + plan.trades[chosen + 1 :]
    twice = (*plan.trades, plan.trades[chosen])
    for trades in (out, twice):
        assert refusal(plan.case, trades, plan.figures, plan.claims) != []


@QUICK
@given(plans(), st.sampled_from([f.name for f in fields(Figures)]), st.booleans())
def test_any_figure_tampered_with_is_refused(plan, name, up):
    found = plan.figures
    value = getattr(found, name)
    if value is None:
        value = found.tax
    step = CENT if isinstance(value, Decimal) else 2e-9
    wrong = replace(found, **{name: value + step if up else value - step})
    lines = refusal(plan.case, plan.trades, wrong, plan.claims)
    assert any(f"found {name} " in line for line in lines)


@QUICK
@given(plans(), st.integers(0, 3))
def test_claims_tampered_with_are_refused(plan, which):
    true = plan.claims
    wrong = (
        replace(true, objective=true.objective + 2e-9),
        replace(true, bound=true.bound + 2e-12),
        replace(true, bound=float("nan")),
        replace(true, cash_over_maximum=true.cash_over_maximum + CENT),
    )[which]
    assert refusal(plan.case, plan.trades, plan.figures, wrong) != []


def test_the_ledger_is_a_plan_of_the_naive_way_too():
    trades = (sale(CASE, "A1", "20"), sale(CASE, "A2", "3"), buy(CASE, "CCC", "70"))
    second = naive(Plan(with_only_due_flows(), trades))
    assert second["objective"] == pytest.approx(BY_HAND.objective, abs=1e-12)


def with_only_due_flows() -> Case:
    account = replace(CASE.account, flows=CASE.account.flows[:1])
    return replace(CASE, account=account)

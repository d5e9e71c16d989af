# SPDX-License-Identifier: Apache-2.0
"""A little ledger with figures made by hand, and ways to tamper with it.

On 2025-06-16, before trading::

    lot  symbol  shares  basis  holding since   price   value   weight  benchmark
    A1   AAA         30   2400  2024-06-15        100    3000   }  0.4        0.5
    A2   AAA         10   1100  2024-06-16        100    1000   }
    B1   BBB         60   3600  2025-01-02         50    3000      0.3        0.3
    C1   CCC         50    900  2020-01-02         20    1000      0.1          -
         DDD          0                            10       0        0        0.2
    cash 1500, flow due 500                              2000
    NAV                                                 10000

    A1 is long-term from 2025-06-16, A2 from 2025-06-17. Rates 0.4 and 0.2.
"""

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np

from di_optimizer.account import Account, CashBalance, Flow, Taxpayer
from di_optimizer.errors import VerificationError
from di_optimizer.market import Market, Quote, Security
from di_optimizer.policy import Cash, Policy
from di_optimizer.risk.model import FactorRiskModel
from di_optimizer.tax.lots import Lot
from di_optimizer.tax.term import Term
from di_optimizer.trades import Figures, Trade
from di_optimizer.verify import Case, Claims, figures, over_maximum, verify

ON = date(2025, 6, 16)


def lot(lot_id: str, symbol: str, shares: str, basis: str, since: date) -> Lot:
    return Lot(
        lot_id=lot_id,
        symbol=symbol,
        shares=Decimal(shares),
        cost_basis=Decimal(basis),
        acquired=since,
        holding_start=since,
    )


LOTS = (
    lot("A1", "AAA", "30", "2400", date(2024, 6, 15)),
    lot("A2", "AAA", "10", "1100", date(2024, 6, 16)),
    lot("B1", "BBB", "60", "3600", date(2025, 1, 2)),
    lot("C1", "CCC", "50", "900", date(2020, 1, 2)),
)
ACCOUNT = Account(
    account="X1",
    taxpayer=Taxpayer(taxpayer="T", short_rate=0.4, long_rate=0.2),
    lots=LOTS,
    cash=(CashBalance(amount=Decimal(1500)),),
    flows=(
        Flow(on=date(2025, 6, 16), amount=Decimal(500)),
        Flow(on=date(2025, 6, 17), amount=Decimal(9999)),  # not due yet
    ),
)
QUOTES = {
    "AAA": Quote(symbol="AAA", price=Decimal(100)),
    "BBB": Quote(symbol="BBB", price=Decimal(50), spread_bp=Decimal(4)),
    "CCC": Quote(symbol="CCC", price=Decimal(20), spread_bp=Decimal("2.5")),
    "DDD": Quote(symbol="DDD", price=Decimal(10)),
}
SECURITIES = {
    "AAA": Security(symbol="AAA", sector="tech", wash_group="G1"),
    "BBB": Security(symbol="BBB", sector="tech"),
    "CCC": Security(symbol="CCC", sector="energy"),
}
RISK = FactorRiskModel(
    symbols=("AAA", "BBB", "CCC", "DDD"),
    factors=("market",),
    exposures=np.array([[1.0], [1.0], [2.0], [0.0]]),
    factor_covariance=np.array([[0.04]]),
    specific_variance=np.array([0.01, 0.04, 0.09, 0.16]),
    as_of=ON,
    calibration=1.0,
)
CASE = Case(
    account=ACCOUNT,
    market=Market(on=ON, quotes=QUOTES, securities=SECURITIES),
    benchmark={"AAA": 0.5, "BBB": 0.3, "DDD": 0.2},
    risk=RISK,
    policy=Policy(cash=Cash(minimum=0.0, maximum=0.5)),
    on=ON,
)

# Sales: 20 of A1's 30 shares carry 2400 · 20/30 = 1600 of basis, gain 400, tax 80;
# 3 of A2's 10 carry 330, gain −30, tax −12.
SELL_LONG = Trade(
    account="X1",
    symbol="AAA",
    side="sell",
    shares=Decimal(20),
    price=Decimal(100),
    amount=Decimal(2000),
    lot_id="A1",
    realised_gain=Decimal(400),
    term=Term.LONG,
    tax=Decimal(80),
)
SELL_SHORT = Trade(
    account="X1",
    symbol="AAA",
    side="sell",
    shares=Decimal(3),
    price=Decimal(100),
    amount=Decimal(300),
    lot_id="A2",
    realised_gain=Decimal(-30),
    term=Term.SHORT,
    tax=Decimal(-12),
)
BUY = Trade(
    account="X1",
    symbol="CCC",
    side="buy",
    shares=Decimal(70),
    price=Decimal(20),
    amount=Decimal(1400),
)
PLAN = (SELL_LONG, SELL_SHORT, BUY)

# Cost: 2300 · 1 bp + 1400 · 1.25 bp = 0.23 + 0.175 = 0.405, rounded up 0.41.
# Cash: 1500 + 500 + 2300 − 1400 − 0.41. Turnover: (2300 + 1400) / 2 / 10000.
# Active before: −0.1, 0, 0.1, −0.2; factor (−0.1 + 0.2)² · 0.04 = 0.0004;
#   specific 0.0001 + 0.0009 + 0.0064 = 0.0074.
# Active after: −0.33, 0, 0.24, −0.2; factor (−0.33 + 0.48)² · 0.04 = 0.0009;
#   specific 0.001089 + 0.005184 + 0.0064 = 0.012673; in all 0.013573, times γ = 10.
BY_HAND = Figures(
    nav=Decimal(10000),
    base=Decimal(10000),
    flow=Decimal(500),
    cash_before=Decimal(1500),
    cash_after=Decimal("2899.59"),
    cost=Decimal("0.41"),
    gain_short=Decimal(-30),
    gain_long=Decimal(400),
    tax_short=Decimal(-12),
    tax_long=Decimal(80),
    turnover=0.185,
    te_before=0.0078**0.5,
    te_after=0.013573**0.5,
    te_factor_after=0.03,
    te_specific_after=0.012673**0.5,
    tracking_term=0.13573,
    tax_term=0.0068,
    cost_term=0.0000405,
)
OBJECTIVE = 0.1425705
CLAIMS = Claims(objective=OBJECTIVE, bound=0.14)


def with_account(case: Case = CASE, **changes: object) -> Case:
    """The case with some of its account changed."""
    return replace(case, account=replace(case.account, **changes))


def with_policy(case: Case = CASE, **changes: object) -> Case:
    """The case with some of its policy changed."""
    return replace(case, policy=replace(case.policy, **changes))


def with_market(
    case: Case = CASE,
    quotes: dict[str, Quote] | None = None,
    securities: dict[str, Security] | None = None,
) -> Case:
    """The case with some quotes and securities changed."""
    market = replace(
        case.market,
        quotes={**case.market.quotes, **(quotes or {})},
        securities={**case.market.securities, **(securities or {})},
    )
    return replace(case, market=market)


def refusal(case: Case, trades, claimed: Figures, certificate: Claims) -> list[str]:
    """The mismatches that verify lists; empty when it lets the plan pass."""
    try:
        verify(case, trades, claimed, certificate)
    except VerificationError as error:
        head, *lines = str(error).split("\n  ")
        assert head.startswith(f"account {case.account.account} refused: ")
        assert f" {len(lines)} mismatch" in head
        return lines
    return []


def mismatches(case: Case, trades) -> list[str]:
    """The mismatches of trades whose figures are claimed truthfully."""
    try:
        claimed = figures(case, trades)
    except VerificationError:
        return refusal(case, trades, BY_HAND, CLAIMS)
    truthful = Claims(
        objective=claimed.objective,
        bound=None,
        cash_over_maximum=over_maximum(case, trades),
    )
    return refusal(case, trades, claimed, truthful)


def half_up(money: Fraction) -> Decimal:
    """Cents, halves away from zero, the sign apart."""
    whole = math.floor(abs(money) * 100 + Fraction(1, 2))
    return Decimal(whole if money >= 0 else -whole) / 100


def is_long(since: date, sold: date) -> bool:
    """More than a year, counted from the day after, by calendar numbers."""
    first = since + timedelta(days=1)
    year_later = (first.year + 1, first.month, first.day)
    return (sold.year, sold.month, sold.day) >= year_later


def sale(case: Case, lot_id: str, shares: str | Decimal, **changes: object) -> Trade:
    """A truthful sale, unless changed."""
    source = next(x for x in case.account.lots if x.lot_id == lot_id)
    price = case.market.quotes[source.symbol].price
    gross = Fraction(Decimal(shares)) * Fraction(price)
    part = Fraction(Decimal(shares)) / Fraction(source.shares)
    gain = gross - Fraction(source.cost_basis) * part
    long_term = is_long(source.holding_start, case.on)
    payer = case.account.taxpayer
    rate = payer.long_rate if long_term else payer.short_rate
    taxed = case.account.type == "taxable"
    trade = Trade(
        account=case.account.account,
        symbol=source.symbol,
        side="sell",
        shares=Decimal(shares),
        price=price,
        amount=half_up(gross),
        lot_id=lot_id,
        realised_gain=half_up(gain),
        term=Term.LONG if long_term else Term.SHORT,
        tax=half_up(gain * Fraction(str(rate))) if taxed else Decimal(0),
    )
    return replace(trade, **changes)


def washed(case: Case, lot_id: str, shares: str, replaced: str) -> Trade:
    """A truthful sale at a loss of which so many shares are replaced."""
    trade = sale(case, lot_id, shares)
    source = next(x for x in case.account.lots if x.lot_id == lot_id)
    unit = Fraction(source.cost_basis) / Fraction(source.shares)
    gain = (Fraction(trade.price) - unit) * Fraction(trade.shares)
    lost = (unit - Fraction(trade.price)) * Fraction(Decimal(replaced))
    payer = case.account.taxpayer
    rate = payer.long_rate if trade.term is Term.LONG else payer.short_rate
    tax = half_up((gain + lost) * Fraction(str(rate)))
    return replace(trade, disallowed=half_up(lost), tax=tax)


def with_payer(case: Case = CASE, **changes: object) -> Case:
    """The case with some of its taxpayer changed."""
    payer = replace(case.account.taxpayer, **changes)
    return with_account(case, taxpayer=payer)


def with_taxes(case: Case = CASE, **changes: object) -> Case:
    """The case with some of its tax policy changed."""
    return with_policy(case, taxes=replace(case.policy.taxes, **changes))


def with_wash(case: Case = CASE, **changes: object) -> Case:
    """The case with some of its wash-sale policy changed."""
    return with_policy(case, wash=replace(case.policy.wash, **changes))


def with_group(case: Case = CASE, *symbols: str) -> Case:
    """The case with securities that are substantially identical with AAA."""
    new = {s: replace(case.market.securities[s], wash_group="G1") for s in symbols}
    return with_market(case, securities=new)


def with_lots(case: Case, *lots: Lot) -> Case:
    """The case with more lots."""
    return with_account(case, lots=(*case.account.lots, *lots))


def buy(case: Case, symbol: str, shares: str | Decimal, **changes: object) -> Trade:
    """A truthful purchase, unless changed."""
    price = case.market.quotes[symbol].price
    trade = Trade(
        account=case.account.account,
        symbol=symbol,
        side="buy",
        shares=Decimal(shares),
        price=price,
        amount=half_up(Fraction(Decimal(shares)) * Fraction(price)),
    )
    return replace(trade, **changes)

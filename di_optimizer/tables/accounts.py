# SPDX-License-Identifier: Apache-2.0
"""Tables about accounts: owners, cash, flows, lots, rules, past and open trades."""

from __future__ import annotations

from di_optimizer.tables.columns import (
    ACCOUNT,
    SIDE,
    SLEEVE,
    SYMBOL,
    choice,
    date,
    flag,
    fraction,
    money,
    number,
    price,
    shares,
    symbol,
    text,
    whole,
)
from di_optimizer.tables.spec import Table

ACCOUNTS = Table(
    name="accounts",
    description="One row an account; the last four are short forms for simple books.",
    key=("account",),
    columns=(
        ACCOUNT,
        text("taxpayer", "Person behind it; blank is the account itself."),
        choice("type", "taxable tax_deferred exempt", "Tax status.", default="taxable"),
        text("benchmark", "Name of what it tracks; may be blank where there is one."),
        text("group", "Group of accounts that rules and settings may be about."),
        text("policy", "Name of its policy; blank is the default one."),
        text("currency", "ISO 4217 code, also of its prices.", default="USD"),
        flag("fractional", "Whether parts of a share trade.", default=True),
        money("cash", "Cash balance, instead of rows in the cash table."),
        money("cash_flow", "Flow due now: + in, − out; instead of the flows table."),
        fraction("short_rate", "Rate on short-term gains, instead of a taxpayer row."),
        fraction("long_rate", "Rate on long-term gains, instead of a taxpayer row."),
    ),
)

TAXPAYERS = Table(
    name="taxpayers",
    description="One row a taxpayer: rates (or their parts) and the year so far.",
    key=("taxpayer",),
    columns=(
        text("taxpayer", "Person behind one or more accounts.", required=True),
        whole(
            "tax_year",
            "Year of the figures: that of the rebalance date.",
            unit="year",
            at_least=1900,
            at_most=2199,
        ),
        choice(
            "filing_status",
            "single married_joint married_separate head_of_household surviving_spouse",
            "Federal filing status.",
        ),
        fraction(
            "short_rate", "Combined rate on short-term gains, or its parts below."
        ),
        fraction("long_rate", "Combined rate on long-term gains, or its parts below."),
        fraction("federal_short_rate", "Federal part of the short-term rate."),
        fraction("federal_long_rate", "Federal part of the long-term rate."),
        fraction("state_rate", "State and local part of both rates."),
        fraction("niit_rate", "Net investment income tax, part of both rates."),
        fraction(
            "ordinary_rate",
            "What a dollar deducted from other income saves; blank is as looked up, or "
            "the short-term rate.",
        ),
        money(
            "taxable_income",
            "Federal, of the year: where rates are not stated, they are looked up.",
            at_least=0.0,
        ),
        text("state", "Two letters, for the look-up; state_rate comes first."),
        money("realised_short", "Net short-term gain this year so far."),
        money("realised_long", "Net long-term gain this year so far."),
        money("carry_short", "Short-term loss carried in, at least 0.", at_least=0.0),
        money("carry_long", "Long-term loss carried in, at least 0.", at_least=0.0),
        money("expected_short", "Outside short-term gains expected this year."),
        money("expected_long", "Outside long-term gains expected this year."),
    ),
)

CASH = Table(
    name="cash",
    description="One row a cash balance.",
    key=("account", "sleeve", "currency"),
    columns=(
        ACCOUNT,
        SLEEVE,
        text("currency", "ISO 4217 code; blank is the account's."),
        money(
            "amount",
            "Balance in its own currency; negative is an overdraft.",
            required=True,
        ),
        fraction("target", "Wanted share of NAV."),
        fraction("min", "Least share of NAV after trading, instead of the policy's."),
        fraction("max", "Most share of NAV after trading, instead of the policy's."),
    ),
)

RATES = Table(
    name="rates",
    description="One row a currency that prices or cash are in beside the accounts'.",
    key=("currency",),
    empty=True,
    columns=(
        text("currency", "ISO 4217 code.", required=True),
        number(
            "rate",
            "What a unit of it is worth in the currency of the accounts.",
            unit="account currency",
            required=True,
            above=0.0,
        ),
    ),
)

FLOWS = Table(
    name="flows",
    description="One row a flow that is not in the cash balance yet.",
    empty=True,
    columns=(
        ACCOUNT,
        date("date", "Day from which it is due; not before is it used.", required=True),
        money("amount", "+ in, − out.", required=True),
    ),
)

LOTS = Table(
    name="lots",
    description="One row a tax lot.",
    key=("account", "lot_id"),
    columns=(
        ACCOUNT,
        text("lot_id", "Unique within the account.", required=True),
        SYMBOL,
        shares("shares", "Shares left in the lot.", required=True),
        money(
            "cost_basis",
            "Of the whole lot; blank is unknown, never zero.",
            required=True,
            blank=True,
            at_least=0.0,
        ),
        date("acquired", "Trade date of the purchase.", required=True),
        date(
            "holding_start",
            "What the term is counted from; blank is acquired, and for an inheritance "
            "always long-term.",
        ),
        choice(
            "origin",
            "purchase gift inheritance transfer rsu spin_off",
            "How the lot came in.",
            default="purchase",
        ),
        SLEEVE,
        text(
            "purchase",
            "Purchase it is part of: shares of one never replace each other; blank is "
            "its own.",
        ),
        flag(
            "replacement",
            "Whether it has replaced shares sold at a loss: once is all.",
            default=False,
        ),
        text("parent", "Lot it was split or spun off from; blank is none."),
    ),
)

OUTSIDE = Table(
    name="outside",
    description="One row a holding elsewhere that counts and is never traded.",
    empty=True,
    columns=(
        ACCOUNT,
        SYMBOL,
        shares("shares", "Shares held elsewhere.", required=True),
        text("name", "What it is, for messages."),
        text("note", "For people; without effect."),
    ),
)

RESTRICTIONS = Table(
    name="restrictions",
    description="One row a rule on a symbol, a sector, a wash-sale group, a lot or, "
    "for lock, a sleeve or the account; docs/restrictions.md.",
    empty=True,
    columns=(
        text(
            "account",
            "Account, group:NAME, model:NAME (its benchmark) or * for all; of rules "
            "about the same, the first of these wins.",
            required=True,
        ),
        symbol("symbol", "Security it is about."),
        text("sector", "Sector it is about, as in the securities table."),
        text("group", "wash_group it is about, as in the securities table."),
        text("lot_id", "Lot of the account that sell_lot and keep_lot are about."),
        text("sleeve", "Sleeve that lock is about; blank is the whole account."),
        choice(
            "kind",
            "no_buy no_sell no_trade no_hold allow min max threshold_min "
            "threshold_max min_total max_total sell_lot keep_lot lock",
            "What may not be done (allow lifts that of wider rules), a limit on the "
            "weight of each security, between which weights one is left alone, a "
            "limit on a total, that a lot is sold whole or not at all, or that "
            "nothing is traded.",
            required=True,
        ),
        fraction("value", "Share of NAV; needed for limits, blank for the rest."),
        date("from", "First day of the rule; blank is open."),
        date("until", "Last day of the rule; blank is open."),
        date("by", "Of no_hold: day by which nothing is left; blank is at once."),
    ),
)

ACTIVITY = Table(
    name="activity",
    description="One row a past purchase or sale.",
    empty=True,
    columns=(
        ACCOUNT,
        SYMBOL,
        date("date", "Trade date.", required=True),
        SIDE,
        shares("shares", "Shares traded.", required=True),
        money("amount", "Paid or received, at least 0.", required=True, at_least=0.0),
        text("lot_id", "Lot that was opened or sold from."),
        whole(
            "purchase_order",
            "Place among the purchases of a day.",
            unit="rank",
            at_least=0,
        ),
        money("realised_gain", "Of a sale, losses negative; blank counts as a loss."),
        SLEEVE,
    ),
)

WORKING_ORDERS = Table(
    name="working_orders",
    description="One row an order at the broker, or money on its way.",
    empty=True,
    key=("account", "order_id"),
    one_of=(("shares", "amount"),),
    columns=(
        ACCOUNT,
        text("order_id", "Unique within the account.", required=True),
        symbol("symbol", "Security; blank for a deposit or a withdrawal."),
        choice("side", "buy sell deposit withdraw", "Direction.", required=True),
        shares("shares", "Shares that lots do not have yet, or still have."),
        money("amount", "Money ordered, instead of shares.", above=0.0),
        choice(
            "status",
            "open accepted executable sent in_execution partially_executed executed "
            "settled",
            "How far it has come: open ones are replaced, all later ones stay.",
            required=True,
        ),
        price("limit_price", "Limit; blank is none."),
    ),
)

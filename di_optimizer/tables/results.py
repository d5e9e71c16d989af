# SPDX-License-Identifier: Apache-2.0
"""Tables that are written: trades, orders and one summary row an account."""

from __future__ import annotations

from di_optimizer.tables.columns import (
    ACCOUNT,
    SIDE,
    bp,
    cents,
    choice,
    number,
    price,
    shares,
    symbol,
    text,
    whole,
)
from di_optimizer.tables.spec import Table

TRADES = Table(
    name="trades",
    description="One row a purchase, or a sale from one lot.",
    empty=True,
    columns=(
        ACCOUNT,
        symbol("symbol", "Canonical symbol.", required=True),
        text("lot_id", "Lot sold from; blank on buys."),
        SIDE,
        shares("shares", "Shares traded.", required=True),
        price("price", "Price of one share.", required=True),
        cents("amount", "Shares × price.", required=True, at_least=0.0),
        cents("realised_gain", "Proceeds − basis; blank on buys."),
        cents(
            "disallowed",
            "Part of a loss that a wash sale disallows.",
            at_least=0.0,
        ),
        choice("term", "short long", "Holding period of the gain; blank on buys."),
        cents(
            "tax",
            "Gain and what is disallowed of it × the flat rate; negative is a saving, "
            "0 on buys.",
        ),
        text("reason", "Why."),
    ),
)

ORDERS = Table(
    name="orders",
    description="One row an order for the broker.",
    empty=True,
    key=("account", "order_id"),
    columns=(
        ACCOUNT,
        text("order_id", "Unique within the account.", required=True),
        symbol("symbol", "Canonical symbol.", required=True),
        SIDE,
        shares("shares", "Shares to trade.", required=True),
        price("price", "Price the amount is worked out with.", required=True),
        cents("amount", "Shares × price.", required=True, at_least=0.0),
        text("type", "Order type: MKT."),
        text("execution_method", "UNITS: the order is in shares."),
        text("algo", "Execution algorithm; blank is none."),
        text(
            "lots",
            "Lots to sell, as lot_id:shares separated by ';'; an id that holds one "
            "of these marks stands in double quotes.",
        ),
        whole(
            "wave",
            "Sales are 1, purchases 2; a later wave waits for the earlier.",
            unit="rank",
            at_least=1,
        ),
        text("reason", "Why."),
    ),
)

SUMMARY = Table(
    name="summary",
    description="One row an account: before, after, and how good the plan is.",
    key=("account",),
    columns=(
        ACCOUNT,
        text(
            "status",
            "solved, limit (a plan whose gap is above its target), time (the same, "
            "ended by search.seconds), relaxed (limits gave way, as policy.conflict "
            "wants), or why there is no plan: infeasible, refused, "
            "no_plan, not_verified, worker_died, error.",
            required=True,
        ),
        cents("nav", "Net asset value before trading, due flow included."),
        bp(
            "te_before_bp",
            "Annualised tracking error before; a due flow counts as cash.",
        ),
        bp("te_after_bp", "Annualised tracking error after."),
        cents(
            "tax",
            "Change of the taxpayer's bill where gains are netted over the year, else "
            "the sum over its trades; negative is a saving.",
        ),
        cents("cost", "Half spreads and tickets of all trades.", at_least=0.0),
        bp(
            "objective_bp",
            "γ · tracking error² + tax + cost + charges of the trades as sized.",
        ),
        bp("bound_bp", "No plan within the limits has a lower objective."),
        bp("gap_bp", "Objective − bound: no other plan is better by more."),
        bp(
            "rounding_bp",
            "Objective lost to tradable sizes: less the best plan in any amounts.",
        ),
        bp("rounding_te_bp", "Tracking error added by tradable sizes."),
        number("seconds", "Time of the engine.", unit="s", at_least=0.0, decimals=3),
        text("engine", "Engine that made the plan."),
        text("message", "Notes of the plan, or why there is none."),
    ),
)

FRONTIER = Table(
    name="frontier",
    description="One row a point of the curve, before rounding to tradable sizes.",
    columns=(
        ACCOUNT,
        number(
            "gamma",
            "Price of tracking variance; 0 where a cap takes its place.",
            unit="years",
            at_least=0.0,
        ),
        bp("max_te_bp", "Cap on tracking error; blank for none."),
        text(
            "status",
            "solved, limit, time, or why there is no plan: infeasible, no_plan, "
            "failed.",
            required=True,
        ),
        bp("te_before_bp", "Annualised tracking error before."),
        bp(
            "te_bp",
            "Annualised tracking error after; with no plan all but the bound is blank.",
        ),
        bp("price_bp", "Tax as the objective counts it + cost + charges."),
        cents("tax", "Change of the bill or at flat rates; negative is a saving."),
        cents("cost", "Half spreads and tickets of all trades.", at_least=0.0),
        cents("gain_short", "Net short-term gains that count."),
        cents("gain_long", "Net long-term gains that count."),
        number(
            "turnover",
            "Half of purchases and sales.",
            unit="fraction of NAV",
            at_least=0.0,
        ),
        bp("objective_bp", "γ · tracking error² + price."),
        bp("bound_bp", "No plan within the limits has a lower objective."),
        bp("gap_bp", "Objective − bound."),
        number("seconds", "Time of the engine.", unit="s", at_least=0.0, decimals=3),
        text("engine", "Engine that solved the point."),
    ),
)

# SPDX-License-Identifier: Apache-2.0
"""Tables that are written: trades, orders and one summary row an account."""

from __future__ import annotations

from di_optimizer.tables.columns import (
    ACCOUNT,
    SIDE,
    SYMBOL,
    bp,
    cents,
    choice,
    number,
    price,
    shares,
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
        SYMBOL,
        text("lot_id", "Lot sold from; blank on buys."),
        SIDE,
        shares("shares", "Shares traded.", required=True),
        price("price", "Price of one share.", required=True),
        cents("amount", "Shares × price.", required=True, at_least=0.0),
        cents("realised_gain", "Proceeds − basis; blank on buys."),
        choice("term", "short long", "Holding period of the gain; blank on buys."),
        cents("tax", "At the taxpayer's rate; negative is a saving."),
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
        SYMBOL,
        SIDE,
        shares("shares", "Shares to trade.", required=True),
        price("price", "Price the amount is worked out with.", required=True),
        cents("amount", "Shares × price.", required=True, at_least=0.0),
        text("type", "MKT, LMT, …"),
        text("execution_method", "UNITS or NET_AMOUNT."),
        text("algo", "Execution algorithm; blank is none."),
        text("lots", "Lots to sell, as lot_id:shares separated by ';'."),
        whole("wave", "Orders of a later wave wait for the earlier.", at_least=1),
        text("reason", "Why."),
    ),
)

SUMMARY = Table(
    name="summary",
    description="One row an account: before, after, and how good the plan is.",
    key=("account",),
    columns=(
        ACCOUNT,
        text("status", "What became of the account.", required=True),
        cents("nav", "Market value before trading."),
        bp("te_before_bp", "Tracking error before, annualised."),
        bp("te_after_bp", "Tracking error after, annualised."),
        cents("tax", "Tax of the run; negative is a saving."),
        cents("cost", "Trading cost of the run.", at_least=0.0),
        bp("objective_bp", "Objective of the plan."),
        bp("bound_bp", "No plan can be below it."),
        bp("gap_bp", "Objective − bound."),
        number("seconds", "Time taken.", unit="s", at_least=0.0, decimals=3),
        text("engine", "Engine that made the plan."),
        text("message", "What a person should know."),
    ),
)

# SPDX-License-Identifier: Apache-2.0
"""Tables of the wash-sale ledger: transactions in, gains and replacements out."""

from __future__ import annotations

from di_optimizer.tables.columns import (
    ACCOUNT,
    SIDE,
    SYMBOL,
    cents,
    choice,
    date,
    flag,
    money,
    number,
    shares,
    symbol,
    text,
    whole,
)
from di_optimizer.tables.spec import Table

TRANSACTIONS = Table(
    name="transactions",
    description="One row a purchase or sale; those of a day in the order of time.",
    empty=True,
    columns=(
        ACCOUNT,
        SYMBOL,
        date("date", "Trade date.", required=True),
        SIDE,
        shares("shares", "Shares traded.", required=True),
        money(
            "amount",
            "Paid or received, commissions included, at least 0.",
            required=True,
            at_least=0.0,
        ),
        text("lot_id", "Name of the lot on a purchase, the lot sold on a sale."),
        whole(
            "purchase_order",
            "Place among the purchases of a day; rows of an account, symbol and date "
            "that share it are fills of one purchase.",
            unit="rank",
            at_least=0,
        ),
    ),
)

GAINS = Table(
    name="gains",
    description="One row the sold part of a lot.",
    empty=True,
    key=("account", "gain_id"),
    columns=(
        ACCOUNT,
        text("gain_id", "Date of the sale and a number.", required=True),
        symbol("symbol", "Security sold, as it was called then.", required=True),
        text("lot_id", "Lot sold from.", required=True),
        date("acquired", "Trade date of the purchase.", required=True),
        date("holding_start", "What the term is counted from.", required=True),
        date("sold", "Trade date of the sale.", required=True),
        number(
            "shares",
            "Shares sold; 0 where cash was paid on shares that stay.",
            required=True,
            unit="shares",
            at_least=0.0,
        ),
        cents("proceeds", "Received.", required=True, at_least=0.0),
        cents("cost_basis", "Of the shares sold.", required=True, at_least=0.0),
        cents("gain", "Proceeds − basis.", required=True),
        choice("term", "short long", "Holding period.", required=True),
        cents(
            "allowed",
            "Part of the loss that counts; 0 on a gain.",
            required=True,
            at_least=0.0,
        ),
        cents(
            "disallowed",
            "Part of the loss that a wash sale disallows.",
            required=True,
            at_least=0.0,
        ),
        cents(
            "reported",
            "Gain + disallowed; 0 in a tax-deferred or exempt account.",
            required=True,
        ),
        cents(
            "lost",
            "Part of disallowed that no basis gets: replaced in a tax-deferred or "
            "exempt account.",
            required=True,
            at_least=0.0,
        ),
        text("code", "W where something is disallowed."),
        date("amended", "Date of the later purchase that last changed the row."),
        flag("taxable", "Whether the account is taxable.", default=True),
    ),
)

WASH_SALES = Table(
    name="wash_sales",
    description="One row a replacement: shares sold at a loss, shares in their place.",
    empty=True,
    columns=(
        ACCOUNT,
        text("gain_id", "Row of gains.csv with the loss.", required=True),
        text("sold_lot", "Lot sold at a loss.", required=True),
        date("sold", "Trade date of the loss.", required=True),
        shares("shares", "Shares replaced.", required=True),
        cents("disallowed", "Loss of those shares.", required=True, at_least=0.0),
        text("replacement_account", "Account that replaced them.", required=True),
        text("replacement_lot", "Lot that did, or its part.", required=True),
        symbol("replacement_symbol", "Security that did.", required=True),
        date("bought", "Trade date of the replacement.", required=True),
        cents("basis_added", "Added to the replacement.", required=True, at_least=0.0),
        cents("lost", "Disallowed and added to nothing.", required=True, at_least=0.0),
        whole(
            "days_carried",
            "Days added to the holding period of the replacement; blank where lost.",
            unit="days",
            at_least=0,
        ),
    ),
)

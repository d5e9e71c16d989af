# SPDX-License-Identifier: Apache-2.0
"""Tables that the tax commands write: candidates, deferrals, windows, Form 8949."""

from __future__ import annotations

from di_optimizer.tables.columns import (
    ACCOUNT,
    cents,
    choice,
    date,
    number,
    price,
    shares,
    symbol,
    text,
    whole,
)
from di_optimizer.tables.spec import Column, Table

TERM = choice("term", "short long", "Holding period on the date.", required=True)
FREE = "First day after the window."


def _lot() -> tuple[Column, ...]:
    """Return the columns that say which lot a row is about."""
    return (
        ACCOUNT,
        symbol("symbol", "Canonical symbol.", required=True),
        text("lot_id", "Lot.", required=True),
        shares("shares", "Shares held.", required=True),
        price("price", "Price on the date.", required=True),
        cents("cost_basis", "Of the whole lot.", required=True, at_least=0.0),
        date("acquired", "Trade date of the purchase.", required=True),
    )


HARVEST = Table(
    name="harvest",
    description="One row a lot at a loss that reaches the harvest thresholds.",
    empty=True,
    key=("account", "lot_id"),
    columns=(
        *_lot(),
        cents("loss", "Basis − value, above 0.", required=True, above=0.0),
        number(
            "loss_fraction",
            "Loss over basis.",
            required=True,
            unit="fraction",
            decimals=6,
        ),
        TERM,
        cents("tax_value", "Tax saved at the flat rate of the term.", required=True),
        choice(
            "state",
            "free buy_blocked partly_replaced replaced",
            "What the wash-sale window says of selling it on the date.",
            required=True,
        ),
        number(
            "replaced_shares",
            "Shares whose loss recent purchases would disallow.",
            required=True,
            unit="shares",
            at_least=0.0,
        ),
        date("free_from", "First day on which none would be.", required=True),
        date("buy_from", "First day to buy again if sold on the date.", required=True),
    ),
)

DEFERRALS = Table(
    name="deferrals",
    description="One row a lot at a gain, soonest long-term first.",
    empty=True,
    key=("account", "lot_id"),
    columns=(
        *_lot(),
        cents("gain", "Value − basis, above 0.", required=True),
        TERM,
        cents("tax", "Tax of selling it on the date.", required=True),
        date("long_from", "First day on which the gain is long-term.", required=True),
        whole(
            "days_to_long",
            "Days until then; 0 once it is.",
            required=True,
            unit="days",
            at_least=0,
        ),
        cents(
            "saved_by_waiting", "Tax that the long-term rate would save.", required=True
        ),
    ),
)

AVAILABLE = Table(
    name="available",
    description="One row an account: what could be realised; losses are positive.",
    empty=True,
    key=("account",),
    columns=(
        ACCOUNT,
        cents("short_loss", "Short-term losses of the candidates.", required=True),
        cents("long_loss", "Long-term losses of the candidates.", required=True),
        cents("short_gain", "Short-term gains.", required=True),
        cents("long_gain", "Long-term gains.", required=True),
        cents(
            "harvestable",
            "Tax value of the candidates that nothing would disallow.",
            required=True,
        ),
    ),
)

CALENDAR = Table(
    name="calendar",
    description="One row an open wash-sale window of a taxpayer.",
    empty=True,
    columns=(
        text("taxpayer", "Person all of whose accounts it concerns.", required=True),
        text("group", "Substantially identical group, or the symbol.", required=True),
        choice(
            "closed",
            "buying losses",
            "buying: a purchase would disallow an earlier loss; losses: earlier "
            "purchases would disallow a loss.",
            required=True,
        ),
        text("account", "Account of the trade behind it.", required=True),
        symbol("symbol", "Security traded.", required=True),
        shares("shares", "Shares traded.", required=True),
        date("on", "Day of the loss sale, or of the purchase.", required=True),
        date("free_from", FREE, required=True),
        whole("days_left", "Days until then.", required=True, unit="days"),
    ),
)

FORM_8949 = Table(
    name="form_8949",
    description="One row a sold piece, in the columns of IRS Form 8949.",
    empty=True,
    columns=(
        ACCOUNT,
        choice("term", "short long", "Part I or Part II of the form.", required=True),
        text("description", "(a) Shares and security.", required=True),
        date("acquired", "(b) Trade date of the purchase.", required=True),
        date("sold", "(c) Trade date of the sale.", required=True),
        cents("proceeds", "(d) Proceeds.", required=True),
        cents("cost_basis", "(e) Cost or other basis.", required=True),
        text("code", "(f) W where a loss is disallowed."),
        cents("adjustment", "(g) Disallowed loss, at least 0.", required=True),
        cents("gain", "(h) = (d) − (e) + (g).", required=True),
        text("gain_id", "Row of gains.csv.", required=True),
    ),
)

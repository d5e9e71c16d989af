# SPDX-License-Identifier: Apache-2.0
"""The table of corporate actions."""

from __future__ import annotations

from di_optimizer.tables.columns import choice, date, fraction, number, price, symbol
from di_optimizer.tables.spec import Table

ACTIONS = Table(
    name="actions",
    description="One row a corporate action; each kind has its own columns.",
    empty=True,
    key=("date", "symbol", "kind", "new_symbol"),
    columns=(
        date("date", "Day from which trades are in the new shares.", required=True),
        symbol("symbol", "Security held before.", required=True),
        choice(
            "kind",
            "split reverse_split symbol_change spin_off merger_stock merger_cash "
            "merger_mixed return_of_capital",
            "What happens; a stock dividend is a split.",
            required=True,
        ),
        number(
            "new_shares",
            "Received for `old_shares`: 3 in a 3-for-2 split, 1 in a 1-for-10 reverse "
            "split; needed by splits, spin_off, merger_stock and merger_mixed.",
            unit="shares",
            above=0.0,
        ),
        number(
            "old_shares",
            "Held before for `new_shares`; blank is 1.",
            unit="shares",
            above=0.0,
        ),
        price(
            "cash",
            "Paid on each share held before; needed by merger_cash, merger_mixed and "
            "return_of_capital.",
        ),
        symbol(
            "new_symbol",
            "Security received; needed by symbol_change, spin_off, merger_stock and "
            "merger_mixed.",
        ),
        fraction(
            "basis_fraction",
            "Part of the basis that goes to the new shares; needed by spin_off.",
        ),
        price(
            "new_price",
            "Fair market value of one share received; needed by merger_mixed.",
        ),
        price(
            "lieu_price",
            "Paid for a whole new share where fractions of one are paid in cash; blank "
            "delivers fractions.",
        ),
    ),
)

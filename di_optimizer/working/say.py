# SPDX-License-Identifier: Apache-2.0
"""What a plan says of working orders: which to cancel, which stay, what they do."""

from __future__ import annotations

from di_optimizer.account import Account, Outstanding, WorkingOrder
from di_optimizer.exact import plain

START = "expected"


def working_notes(account: Account, start: str) -> list[str]:
    """Return a note for each working order."""
    return [
        *(f"Cancel {_named(order)}: it is replaced." for order in account.cancelled),
        *(_stays(item, start) for item in account.outstanding),
    ]


def _named(order: WorkingOrder) -> str:
    ordered = f"{order.amount:,}" if order.shares is None else plain(order.shares)
    what = f"{order.side} {ordered} {order.symbol}".strip()
    return f"working order '{order.order_id}' ({order.status}: {what})"


def _stays(item: Outstanding, start: str) -> str:
    name, order = _named(item.order), item.order
    head = f"{name[0].upper()}{name[1:]} stays:"
    if start == START:
        return f"{head} counted as done, {item.cash:+,} of cash."
    if order.side == "buy":
        return (
            f"{head} counted as bought, {item.cash:+,} of cash; {order.symbol} is not "
            "sold."
        )
    if order.side == "withdraw":
        return f"{head} {item.cash:+,} of cash."
    if order.side == "deposit":
        return f"{head} its money is not invested before it is there."
    if item.counted == 0:
        return f"{head} it is not needed, and what it brings is not counted."
    part = f"{plain(item.counted)} of {plain(item.shares)} shares"
    return f"{head} {part} count as sold; {order.symbol} is not bought."

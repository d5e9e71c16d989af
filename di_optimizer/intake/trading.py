# SPDX-License-Identifier: Apache-2.0
"""Past trades and open orders of each account."""

from __future__ import annotations

from datetime import date

from di_optimizer.account import Activity, WorkingOrder
from di_optimizer.exact import exact
from di_optimizer.intake.findings import Findings
from di_optimizer.intake.missing import HOLD
from di_optimizer.intake.profiles import Profiles
from di_optimizer.intake.sheets import Sheet, known_only, optional

ACTIVITY = (
    "account",
    "symbol",
    "date",
    "side",
    "shares",
    "amount",
    "lot_id",
    "purchase_order",
    "realised_gain",
    "sleeve",
)
ORDERS = (
    "account",
    "order_id",
    "symbol",
    "side",
    "status",
    "shares",
    "amount",
    "limit_price",
)


def read_activity(
    sheet: Sheet, on: date, findings: Findings
) -> dict[str, tuple[Activity, ...]]:
    """Return past trades by account, sorted by date; one after ``on`` is a problem."""
    _check_gains(sheet, findings)
    found: dict[str, list[Activity]] = {}
    for row, account, symbol, day, side, shares, amount, *rest in sheet.rows(*ACTIVITY):
        if day > on:
            findings.add(
                sheet.file,
                row,
                "date",
                found=f"{day}, after the rebalance date",
                allowed=f"a date up to {on}",
            )
        lot_id, order, gain, sleeve = rest
        entry = Activity(
            symbol=symbol,
            on=day,
            side=side,
            shares=exact(shares),
            amount=exact(amount),
            lot_id=lot_id,
            purchase_order=order,
            realised_gain=optional(gain),
            sleeve=sleeve,
        )
        found.setdefault(account, []).append(entry)
    return {account: _sorted(entries) for account, entries in found.items()}


def _check_gains(sheet: Sheet, findings: Findings) -> None:
    for row, side, gain in sheet.rows("side", "realised_gain"):
        if side == "buy" and gain is not None:
            text = f"{gain:g} for a purchase"
            findings.add(sheet.file, row, "realised_gain", found=text, allowed="blank")


def _sorted(entries: list[Activity]) -> tuple[Activity, ...]:
    def order(entry: Activity) -> tuple[object, ...]:
        lot, place = entry.lot_id or "", entry.purchase_order or 0
        money = (entry.shares, entry.amount, entry.sleeve)
        return (entry.on, entry.symbol, entry.side, place, lot, *money)

    return tuple(sorted(entries, key=order))


def read_working_orders(sheet: Sheet) -> dict[str, tuple[WorkingOrder, ...]]:
    """Return open orders by account, sorted by order id."""
    found: dict[str, list[WorkingOrder]] = {}
    for row, account, order_id, symbol, side, status, *money in sheet.rows(*ORDERS):
        shares, amount, limit = (optional(value) for value in money)
        order = WorkingOrder(
            order_id=order_id,
            symbol=symbol or "",
            side=side,
            status=status,
            shares=shares,
            amount=amount,
            limit_price=limit,
            file=sheet.file,
            row=row,
        )
        found.setdefault(account, []).append(order)
    return {
        account: tuple(sorted(orders, key=lambda order: order.order_id))
        for account, orders in found.items()
    }


def check_activity_symbols(
    activity: Sheet, securities: Sheet, profiles: Profiles, findings: Findings
) -> None:
    """Report past trades in securities that the securities table does not have.

    Under ``missing.symbol = "hold"`` they are kept with a note. Without a
    securities table there is nothing to check: a sold name may have no price.
    """
    if not securities.given:
        return
    known = set(securities.frame["symbol"].tolist())
    strange = ~activity.frame["symbol"].isin(list(known))
    lenient = [a for a, profile in profiles.items() if profile.missing.symbol == HOLD]
    kept = strange & activity.frame["account"].isin(lenient)
    known_only(
        activity.keep(~kept),
        known,
        findings,
        column="symbol",
        of=f"a symbol of {securities.file}",
    )
    for symbol in sorted(activity.frame.loc[kept, "symbol"].unique().tolist()):
        findings.notes.append(
            f"{activity.file}: trades in unknown symbol {symbol} kept"
        )

# SPDX-License-Identifier: Apache-2.0
"""Whether past trades and the taxpayer's other accounts can be checked against."""

from __future__ import annotations

from di_optimizer.account import Account
from di_optimizer.verify.case import Case, at_least_0, positive, priced


def check_activity(case: Case, account: Account) -> list[str]:
    """Past trades have numbers, and shares above 0."""
    return [
        case.says(
            f"{row.shares} shares, amount {row.amount}, gain {row.realised_gain} in "
            f"the {row.side} of {row.on} by account {account.account}",
            "shares above 0, finite money",
            symbol=row.symbol,
        )
        for row in account.activity
        if not (
            positive(row.shares)
            and row.amount.is_finite()
            and (row.realised_gain is None or row.realised_gain.is_finite())
        )
    ]


def check_lots_of(case: Case, other: Account) -> list[str]:
    """Lots of another account have shares and a basis."""
    return [
        case.says(
            f"lot {lot.lot_id} of account {other.account} with {lot.shares} shares of "
            f"basis {lot.cost_basis}",
            "shares above 0, a basis of 0 or more",
            symbol=lot.symbol,
        )
        for lot in other.lots
        if not (positive(lot.shares) and at_least_0(lot.cost_basis))
    ]


def check_accounts(case: Case) -> list[str]:
    """Trades are planned by the taxpayer's other accounts only."""
    known = {other.account for other in case.others}
    return [
        case.says(f"trades planned by account {name}", "one of the taxpayer's others")
        for name in sorted(case.planned.keys() - known)
    ]


def check_planned(case: Case, other: Account) -> list[str]:
    """Planned trades of another account have shares, a quote and, if sold, a lot."""
    symbols = {lot.lot_id: lot.symbol for lot in other.lots}
    who = f"planned by account {other.account}"
    wrong = []
    for trade in case.planned.get(other.account, ()):
        place = {"symbol": trade.symbol, "lot": trade.lot_id}
        if trade.side == "sell" and symbols.get(trade.lot_id or "") != trade.symbol:
            wrong.append(case.says(f"a sale {who}", "one of a lot it holds", **place))
        if not positive(trade.shares):
            found = f"{trade.shares} shares {who}"
            wrong.append(case.says(found, "above 0", **place))
        if not priced(case.market, trade.symbol):
            found = f"no usable quote for a {trade.side} {who}"
            wrong.append(case.says(found, "a price above 0", **place))
    return wrong


def related_problems(case: Case) -> list[str]:
    """Return everything that keeps past and other trades from being looked at."""
    wrong = [*check_activity(case, case.account), *check_accounts(case)]
    for other in case.others:
        wrong += check_activity(case, other)
        wrong += check_lots_of(case, other)
        wrong += check_planned(case, other)
    return wrong

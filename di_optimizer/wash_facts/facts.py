# SPDX-License-Identifier: Apache-2.0
"""The facts of one account, gathered from all accounts of its taxpayer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from di_optimizer.account import Account
from di_optimizer.market import Market
from di_optimizer.policy import Policy
from di_optimizer.trades import Trade
from di_optimizer.wash_facts.rules import View
from di_optimizer.wash_facts.sales import loss_sales
from di_optimizer.wash_facts.shares import planned_buys, recent_lots, unnamed
from di_optimizer.wash_facts.values import LossSale, Recent, WashFacts


def wash_facts(
    account: Account,
    *,
    market: Market,
    policy: Policy,
    related: Iterable[Account] = (),
    planned: Mapping[str, tuple[Trade, ...]] | None = None,
) -> WashFacts:
    """Return what decides about wash sales of an account on the market's date.

    Parameters
    ----------
    related : iterable of Account
        The taxpayer's other accounts, as they are before trading. Those of a spouse
        who files jointly are the taxpayer's.
    planned : mapping of account to trades
        What the other accounts trade on the same day.

    Raises
    ------
    KeyError
        When an account plans trades and is not among ``related``.

    References
    ----------
    IRC § 1091(a); IRS Publication 550, "Wash Sales"; Rev. Rul. 2008-5, 2008-1 C.B.
    271 (replacement in an individual retirement account).
    """
    plans = {
        name: trades
        for name, trades in (planned or {}).items()
        if name != account.account
    }
    view = View(market=market, wash=policy.wash, planned=plans)
    others = {a.account: a for a in related if a.account != account.account}
    if strangers := sorted(set(plans) - set(others)):
        raise KeyError(f"planned trades of accounts that are not related: {strangers}")
    ordered = [others[name] for name in sorted(others)]
    sales = _by_date(sale for a in (account, *ordered) for sale in loss_sales(a, view))
    outside = [*unnamed(account, view)]
    for other in ordered:
        outside += [*recent_lots(other, view), *unnamed(other, view)]
        outside += planned_buys(other, view)
    return WashFacts(
        closed=_closed(sales),
        loss_sales=sales,
        recent=_in_order(recent_lots(account, view)),
        outside=_in_order(outside),
    )


def _closed(sales: Iterable[LossSale]) -> dict[str, LossSale]:
    """Return the sale of each group that frees it last; of several, the last named."""
    last: dict[str, LossSale] = {}
    for sale in sales:
        known = last.get(sale.group)
        if known is None or sale.free >= known.free:
            last[sale.group] = sale
    return dict(sorted(last.items()))


def _by_date(sales: Iterable[LossSale]) -> tuple[LossSale, ...]:
    return tuple(
        sorted(sales, key=lambda s: (s.on, s.symbol, s.account, s.source, s.shares))
    )


def _in_order(found: Iterable[Recent]) -> tuple[Recent, ...]:
    return tuple(
        sorted(
            found,
            key=lambda r: (r.acquired, r.account, r.symbol, r.lot_id or "", r.shares),
        )
    )

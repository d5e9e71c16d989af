# SPDX-License-Identifier: Apache-2.0
"""Orders that cannot be taken into account are refused together, each with its row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.orders import order, ready, simple, working

from di_optimizer.errors import InputError


def refused(*orders, held=None, job=None):
    """The messages of a refusal."""
    with pytest.raises(InputError) as error:
        ready(working(job or simple(500, held or {"AAA": 10}), *orders))
    return [str(problem) for problem in error.value.problems]


def test_every_problem_is_named():
    found = refused(
        replace(order("a", "buy", "AAAA", shares=1), file="o.csv", row=2),
        order("b", "buy", shares=1),
        order("c", "withdraw", "AAA", amount=5),
        order("d", "deposit", shares=5),
        order("e", "short", "AAA", shares=5),
        order("f", "buy", "AAA", status="lost", shares=5),
        order("g", "buy", "AAA"),
        order("h", "buy", "AAA", amount=9),
    )
    assert found == [
        "o.csv, row 2, column 'symbol': found 'AAAA' in working order 'a'; allowed: a "
        "symbol with a price. Did you mean 'AAA'?",
        "working_orders, column 'symbol': found blank in working order 'b'; allowed: "
        "the security that is traded",
        "working_orders, column 'symbol': found AAA in working order 'c'; allowed: "
        "blank for a withdraw",
        "working_orders, column 'amount': found blank in working order 'd'; allowed: "
        "the money of the deposit",
        "working_orders, column 'side': found short in working order 'e'; allowed: "
        "buy, sell, deposit, withdraw",
        "working_orders, column 'status': found lost in working order 'f'; allowed: "
        "open, accepted, executable, sent, in_execution, partially_executed, executed, "
        "settled",
        "working_orders, column 'shares': found blank in working order 'g'; allowed: "
        "shares or an amount",
        "working_orders, column 'amount': found 9, less than one share in working "
        "order 'h'; allowed: at least 10",
    ]


@pytest.mark.parametrize(("shares", "fine"), [(4, True), (5, False)])
def test_no_more_is_sold_than_what_other_orders_leave(shares, fine):
    orders = (
        order("a", "sell", "AAA", shares=6),
        order("b", "sell", "AAA", shares=shares),
    )
    if fine:
        ready(working(simple(0, {"AAA": 10}), *orders))
        return
    assert refused(*orders) == [
        "working_orders, column 'shares': found a sale of 5 AAA in working order 'b'; "
        "allowed: at most 4, what other orders leave. Check the lots."
    ]


def test_a_sale_of_money_needs_the_shares():
    assert "a sale of 11 AAA" in refused(order("a", "sell", "AAA", amount=110))[0]
    assert "at most 0" in refused(order("a", "sell", "BBB", amount=110))[0]


def test_what_has_no_exposures_is_not_bought():
    job = simple(500, {"AAA": 10})
    risk = job.risk.restrict(["AAA"])
    found = refused(order("a", "buy", "BBB", shares=1), job=replace(job, risk=risk))
    assert "allowed: a symbol of the risk model" in found[0]


def test_the_lot_of_an_order_needs_its_name():
    job = simple(500, {"AAA": 10})
    lots = (replace(job.account.lots[0], lot_id="order:a"),)
    job = replace(job, account=replace(job.account, lots=lots))
    assert (
        "no lot of that name" in refused(order("a", "buy", "AAA", shares=1), job=job)[0]
    )


def test_open_orders_are_not_looked_at():
    """They are cancelled, whatever they say."""
    job = working(simple(500), order("a", "sell", "ZZZ", status="open", shares=99))
    assert ready(job).cancelled[0].order_id == "a"

# SPDX-License-Identifier: Apache-2.0
"""Sizes of orders: whole shares, blocks, decimals, and full exits."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from support.verify import (
    CASE,
    LOTS,
    buy,
    lot,
    mismatches,
    sale,
    with_account,
    with_market,
    with_policy,
)

from di_optimizer.market import Security
from di_optimizer.policy import Trading

WHOLE = with_account(fractional=False)


def security(symbol: str, **attributes):
    return {symbol: Security(symbol=symbol, **attributes)}


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ("3", None),
        ("3.5", "found a buy order of 3.5 shares; allowed: multiples of 1.0,"),
        ("2.9999", "found a buy order of 2.9999 shares; allowed: multiples of 1.0,"),
    ],
)
def test_whole_shares_where_fractions_are_not_allowed(shares, says):
    lines = mismatches(WHOLE, (buy(WHOLE, "DDD", shares),))
    assert len(lines) == (says is not None)
    assert all(says in line for line in lines)


@pytest.mark.parametrize("fractional", [True, False])
@pytest.mark.parametrize(("shares", "passes"), [("100", True), ("150", False)])
def test_blocks_in_either_kind_of_account(fractional, shares, passes):
    block = security("DDD", block=Decimal(100))
    case = with_market(with_account(fractional=fractional), securities=block)
    lines = mismatches(case, (buy(case, "DDD", shares),))
    assert (lines == []) is passes
    assert all("multiples of 100.0" in line for line in lines)


def test_fractions_have_the_policy_s_decimals_or_the_security_s():
    assert mismatches(CASE, (buy(CASE, "DDD", "1.0001"),)) == []
    (line,) = mismatches(CASE, (buy(CASE, "DDD", "1.00001"),))
    assert "found a buy order of 1.00001 shares; allowed: multiples of 0.0001" in line
    two = with_policy(trading=Trading(decimals=2))
    assert len(mismatches(two, (buy(two, "DDD", "1.001"),))) == 1
    three = with_market(two, securities=security("DDD", decimals=3))
    assert mismatches(three, (buy(three, "DDD", "1.001"),)) == []
    none = with_market(two, securities=security("DDD", decimals=0))
    assert len(mismatches(none, (buy(none, "DDD", "1.1"),))) == 1


def test_a_block_comes_before_decimals():
    """D6: the security's block, then its decimals, its type's, the policy's."""
    case = with_market(securities=security("DDD", block=Decimal("0.25"), decimals=1))
    assert mismatches(case, (buy(case, "DDD", "1.25"),)) == []
    (line,) = mismatches(case, (buy(case, "DDD", "1.2"),))
    assert "found a buy order of 1.2 shares; allowed: multiples of 0.25," in line


def test_decimals_of_a_type_come_between_the_security_s_and_the_policy_s():
    typed = with_policy(trading=Trading(decimals=4, type_decimals={"etf": 2}))
    etf = with_market(typed, securities=security("DDD", type="etf"))
    assert mismatches(etf, (buy(etf, "DDD", "1.01"),)) == []
    (line,) = mismatches(etf, (buy(etf, "DDD", "1.001"),))
    assert "multiples of 0.01," in line
    own = with_market(typed, securities=security("DDD", type="etf", decimals=3))
    assert mismatches(own, (buy(own, "DDD", "1.001"),)) == []
    stock = with_market(typed, securities=security("DDD", type="stock"))
    assert mismatches(stock, (buy(stock, "DDD", "1.0001"),)) == []


# Fractions of lots that add up to a whole order are what a broker sees.
def test_the_order_counts_and_not_its_lots():
    lots = (
        lot("H1", "DDD", "2.4", "20", date(2024, 1, 2)),
        lot("H2", "DDD", "2.7", "20", date(2024, 1, 2)),
    )
    case = replace(WHOLE, account=replace(WHOLE.account, lots=(*LOTS, *lots)))
    whole = (sale(case, "H1", "2.4"), sale(case, "H2", "1.6"))
    assert mismatches(case, whole) == []
    exit_of_all = (sale(case, "H1", "2.4"), sale(case, "H2", "2.7"))
    assert mismatches(case, exit_of_all) == []
    (line,) = mismatches(case, (sale(case, "H1", "2.4"), sale(case, "H2", "1.7")))
    assert "symbol DDD: found a sell order of 4.1 shares" in line
    (line,) = mismatches(case, (buy(case, "DDD", "5.1"),))  # as many as held: no exit
    assert "symbol DDD: found a buy order of 5.1 shares" in line

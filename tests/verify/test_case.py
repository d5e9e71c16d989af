# SPDX-License-Identifier: Apache-2.0
"""Cases that cannot be checked are refused, with every reason."""

import ast
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from support.verify import (
    BY_HAND,
    CASE,
    CLAIMS,
    LOTS,
    PLAN,
    RISK,
    lot,
    mismatches,
    refusal,
    with_account,
    with_market,
    with_policy,
)

import di_optimizer
from di_optimizer.account import CashBalance, Flow, Restriction, Untraded
from di_optimizer.errors import VerificationError
from di_optimizer.market import Quote, Security
from di_optimizer.policy import Missing
from di_optimizer.verify import figures

NAN = Decimal("NaN")
FORBIDDEN = ("program", "solve", "orders", "plan", "rebalance", "wash_facts")
ROOT = Path(di_optimizer.__file__).parents[1]


def only(case) -> str:
    """The one message of a case that cannot be checked."""
    (line,) = refusal(case, PLAN, BY_HAND, CLAIMS)
    with pytest.raises(VerificationError, match="1 mismatch\n"):
        figures(case, PLAN)
    return line


def changed_lot(**changes):
    return with_account(lots=(replace(LOTS[0], **changes), *LOTS[1:]))


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (
            with_account(lots=(*LOTS, LOTS[0])),
            "account X1, lot A1: found 2 lots of this id; allowed: 1",
        ),
        (changed_lot(shares=Decimal(0)), "lot A1: found 0 shares; allowed: above 0"),
        (changed_lot(shares=NAN), "lot A1: found NaN shares; allowed: above 0"),
        (changed_lot(cost_basis=Decimal(-1)), "found basis -1; allowed: 0 or more"),
        (changed_lot(cost_basis=NAN), "found basis NaN; allowed: 0 or more"),
        (
            with_market(quotes={"BBB": Quote(symbol="BBB", price=Decimal(-1))}),
            "symbol BBB: found no usable price or spread; allowed: a price above 0",
        ),
        (
            with_market(
                securities={"BBB": Security(symbol="BBB", multiplier=Decimal(0))}
            ),
            "symbol BBB: found multiplier 0; allowed: above 0",
        ),
        (
            with_account(cash=(CashBalance(amount=NAN),)),
            "found cash of sleeve main NaN; allowed: a finite number",
        ),
        (
            with_account(cash=(CashBalance(amount=Decimal(1), maximum=float("nan")),)),
            "found maximum of cash nan; allowed: a finite number",
        ),
        (
            with_account(flows=(Flow(on=CASE.on, amount=Decimal("sNaN")),)),
            "found flow of 2025-06-16 sNaN; allowed: a finite number",
        ),
        (
            with_account(
                untraded=(Untraded(symbol="DDD", shares=NAN, reason="", valued=False),)
            ),
            "found untraded shares of DDD NaN; allowed: a finite number",
        ),
        (
            with_account(
                taxpayer=replace(CASE.account.taxpayer, long_rate=float("inf"))
            ),
            "found long-term rate inf; allowed: a finite number",
        ),
        (
            with_account(cash=(CashBalance(amount=Decimal(1), currency="EUR"),)),
            "found money in EUR; allowed: USD only",
        ),
        (
            with_market(
                quotes={"BBB": Quote(symbol="BBB", price=Decimal(5), currency="EUR")}
            ),
            "found money in EUR; allowed: USD only",
        ),
        (
            replace(CASE, benchmark={"AAA": 0.5, "BBB": 0.3, "DDD": 0.2 + 2e-9}),
            "found benchmark weights sum to 1.000000002",
        ),
        (
            replace(CASE, benchmark={"AAA": 1.1, "BBB": -0.1}),
            "symbol BBB: found benchmark weight -0.1; allowed: 0 or more",
        ),
        (
            replace(CASE, benchmark={"AAA": 0.5, "EEE": 0.5}),
            "symbol EEE: found no exposures in the risk model; allowed: exposures",
        ),
    ],
)
def test_a_case_that_cannot_be_checked_says_why(case, says):
    assert says in only(case)


@pytest.mark.parametrize(
    "rule",
    [
        Restriction(kind="no_by", symbol="AAA"),
        Restriction(kind="no_buy"),
        Restriction(kind="no_buy", symbol="AAA", sector="tech"),
        Restriction(kind="min", symbol="AAA"),
        Restriction(kind="max", symbol="AAA", value=float("nan")),
    ],
)
def test_restrictions_without_one_meaning_are_refused(rule):
    line = only(with_account(restrictions=(rule,)))
    assert f"found restriction {rule}; allowed: a known kind" in line


def test_benchmark_weights_that_are_not_numbers_are_refused():
    case = replace(CASE, benchmark={"AAA": float("nan"), "BBB": 1.0})
    first, second = refusal(case, PLAN, BY_HAND, CLAIMS)
    assert "symbol AAA: found benchmark weight nan; allowed: 0 or more" in first
    assert "weights sum to nan" in second


def test_a_held_name_without_a_quote_is_refused():
    quotes = {s: q for s, q in CASE.market.quotes.items() if s != "CCC"}
    case = replace(CASE, market=replace(CASE.market, quotes=quotes))
    first, second = refusal(case, PLAN, BY_HAND, CLAIMS)
    assert "symbol CCC: found no usable price" in first
    assert "symbol CCC: found no usable quote" in second  # its purchase


def test_every_reason_is_listed():
    case = changed_lot(shares=NAN, cost_basis=NAN)
    case = replace(case, benchmark={"AAA": 0.5})
    assert len(refusal(case, PLAN, BY_HAND, CLAIMS)) == 3


# Untraded positions: valued ones count in NAV, others do not.


@pytest.mark.parametrize(("valued", "nav"), [(True, 10050), (False, 10000)])
def test_valued_untraded_positions_count(valued, nav):
    held = Untraded(symbol="DDD", shares=Decimal(5), reason="no basis", valued=valued)
    case = with_account(untraded=(held,))
    assert figures(case, PLAN).nav == nav
    assert mismatches(case, PLAN) == []


# EEE has a price and no exposures: it counts in NAV and not in the tracking error.
# Weights of 10100 instead of 10000; the target keeps its scale.
def test_names_without_exposures_are_left_out_where_policy_holds_them():
    strange = lot("E1", "EEE", "10", "50", date(2020, 1, 2))
    priced = with_market(quotes={"EEE": Quote(symbol="EEE", price=Decimal(10))})
    case = with_account(priced, lots=(*LOTS, strange))
    assert "symbol EEE: found no exposures" in only(case)
    case = with_policy(case, missing=Missing(exposure="hold"))
    weights = {"AAA": 4000 / 10100, "BBB": 3000 / 10100, "CCC": 1000 / 10100}
    goal = CASE.benchmark
    active = {
        s: weights.get(s, 0) - goal.get(s, 0) for s in ("AAA", "BBB", "CCC", "DDD")
    }
    expected = RISK.tracking_error(active).total
    assert figures(case, ()).te_before == pytest.approx(expected, abs=1e-15)
    assert mismatches(case, PLAN) == []


def imports(name: str) -> set[str]:
    """The package's modules that a module of it imports."""
    path = ROOT.joinpath(*name.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {node.module} | {m for m in inside if is_module(m)}
    return {m for m in found if m.startswith("di_optimizer.")}


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_the_check_imports_nothing_of_what_it_checks_however_indirectly():
    seen: set[str] = set()
    queue = {"di_optimizer.verify"}
    while queue:
        name = queue.pop()
        seen.add(name)
        queue |= imports(name) - seen
    assert {"di_optimizer.verify.check", "di_optimizer.exact"} <= seen
    rooms = tuple(f"di_optimizer.{room}" for room in FORBIDDEN)
    assert [name for name in sorted(seen) if name.startswith(rooms)] == []

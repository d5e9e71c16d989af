# SPDX-License-Identifier: Apache-2.0
"""The door: every check is run, and one mismatch is enough to refuse."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from di_optimizer.eased import Relaxed
from di_optimizer.errors import VerificationError
from di_optimizer.trades import Figures, Trade
from di_optimizer.verify import (
    budget_checks,
    cap_checks,
    cash_checks,
    cash_use_checks,
    claim_checks,
    curb_checks,
    currency_checks,
    limit_checks,
    lot_checks,
    own_checks,
    proportion_checks,
    rule_checks,
    share_checks,
    size_checks,
    total_checks,
    trade_checks,
    turnover_checks,
    wash_checks,
    working_checks,
)
from di_optimizer.verify.books import Books, open_books, unbookable
from di_optimizer.verify.case import Case, Claims
from di_optimizer.verify.case_checks import case_problems
from di_optimizer.verify.recompute import figures_of
from di_optimizer.verify.relaxed import (
    Checks,
    claim_problems,
    granted,
    needed_by,
    too_much,
)

CHECKS = (
    trade_checks.check_account,
    trade_checks.check_lot_symbols,
    trade_checks.check_lot_shares,
    trade_checks.check_lots_once,
    trade_checks.check_one_side,
    trade_checks.check_untraded,
    trade_checks.check_futures,
    trade_checks.check_buy_fields,
    trade_checks.check_terms,
    trade_checks.check_prices,
    trade_checks.check_money,
    share_checks.check_sizes,
    share_checks.check_shares,
    share_checks.check_basis,
    size_checks.check_min_trade,
    size_checks.check_min_holding,
    size_checks.check_names,
    size_checks.check_trades,
    limit_checks.check_sides,
    limit_checks.check_no_hold,
    limit_checks.check_long_only,
    limit_checks.check_weights,
    rule_checks.check_locked,
    rule_checks.check_locked_sleeves,
    rule_checks.check_trading_sides,
    rule_checks.check_thresholds,
    lot_checks.check_keep_lot,
    lot_checks.check_sell_lot,
    lot_checks.check_minimum_holding,
    lot_checks.check_near_long,
    lot_checks.check_relief,
    budget_checks.check_budgets,
    cap_checks.check_tax,
    total_checks.check_totals,
    turnover_checks.check_turnover,
    turnover_checks.check_volume,
    own_checks.check_own,
    wash_checks.check_wash_buys,
    wash_checks.check_wash_losses,
    working_checks.check_working,
    cash_checks.check_minimum,
    currency_checks.check_currencies,
    cash_checks.check_sale_share,
    cash_checks.check_price_move,
    cash_use_checks.check_use,
    cash_use_checks.check_scope,
    proportion_checks.check_proportion,
    curb_checks.check_risk_limits,
    curb_checks.check_concentration,
)


def refuse_on(case: Case, mismatches: Sequence[str]) -> None:
    """Raise with all mismatches, if any.

    Raises
    ------
    VerificationError
    """
    if mismatches:
        count = len(mismatches)
        head = f"account {case.account.account} refused: {count} mismatch"
        head += "es" if count > 1 else ""
        raise VerificationError("\n  ".join([head, *mismatches]))


def booked(case: Case, trades: Sequence[Trade]) -> Books:
    """Return the books, or refuse what leaves nothing to compute with."""
    refuse_on(case, case_problems(case) + unbookable(case, trades))
    books = open_books(case, trades)
    if books.base <= 0:
        refuse_on(case, [case.says(f"base {float(books.base)!r}", "above 0")])
    return books


def figures(case: Case, trades: Sequence[Trade]) -> Figures:
    """Return the figures of a list of trades, from the raw account.

    Raises
    ------
    VerificationError
        If the case or a trade cannot be computed with; limits are not checked.
    """
    return figures_of(case, booked(case, trades))


def over_maximum(case: Case, trades: Sequence[Trade]) -> Decimal:
    """Return the cash above its maximum after trading, to the cent; 0 when inside.

    What :attr:`Claims.cash_over_maximum` has to report.

    Raises
    ------
    VerificationError
        If the case or a trade cannot be computed with; limits are not checked.
    """
    return cash_checks.excess_cash(case, booked(case, trades))


def needed(case: Case, trades: Sequence[Trade], relaxed: Relaxed) -> Relaxed:
    """Return how far limits have to give way for trades, of what they were given.

    What :attr:`Claims.relaxed` has to report.

    Raises
    ------
    VerificationError
        If the case or a trade cannot be computed with.
    """
    over = cash_checks.excess_cash(granted(case, relaxed), booked(case, trades))
    return needed_by(case, trades, relaxed, _limits(over))


def _limits(over: Decimal) -> Checks:
    """Return all checks of limits, cash being as far over its maximum as is said."""
    claims = Claims(objective=0.0, bound=None, cash_over_maximum=over)

    def limits(case: Case, books: Books) -> list[str]:
        found = [message for check in CHECKS for message in check(case, books)]
        return found + cash_checks.check_maximum(case, books, claims)

    return limits


def _eased(
    case: Case, trades: Sequence[Trade], claims: Claims
) -> tuple[Case, list[str]]:
    """Return the case with claimed relaxations granted, and those that may not be."""
    if not claims.relaxed:
        return case, []
    wrong = claim_problems(case, claims.relaxed)
    if wrong:
        return case, wrong
    limits = _limits(claims.cash_over_maximum)
    return granted(case, claims.relaxed), too_much(case, trades, claims.relaxed, limits)


def verify(
    case: Case, trades: Sequence[Trade], claimed: Figures, certificate: Claims
) -> Figures:
    """Check a plan against the raw account; return the recomputed figures.

    Parameters
    ----------
    claimed : Figures
        What the plan says of itself.
    certificate : Claims
        The objective and bound that it claims.

    Raises
    ------
    VerificationError
        Listing every mismatch. Where the case or a trade cannot be computed with
        at all, it lists every such reason, and nothing else was checked.
    """
    books = booked(case, trades)
    due = figures_of(case, books)
    locked = case.account.locked(case.on)
    checks = (rule_checks.check_locked,) if locked else CHECKS
    eased, mismatches = _eased(case, trades, certificate)
    mismatches += [message for check in checks for message in check(eased, books)]
    if not locked:  # without trades, what they could have met is no mismatch
        mismatches += cash_checks.check_maximum(eased, books, certificate)
        mismatches += cap_checks.check_te(eased, books, certificate, due)
    mismatches += claim_checks.check_figures(case, claimed, due)
    mismatches += claim_checks.check_objective(case, claimed, certificate, due)
    mismatches += claim_checks.check_bound(case, certificate, due)
    refuse_on(case, mismatches)
    return due

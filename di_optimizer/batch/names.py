# SPDX-License-Identifier: Apache-2.0
"""What the policies of a run name has to exist: asked once, before any account."""

from __future__ import annotations

from collections.abc import Iterable

from di_optimizer.account import Account
from di_optimizer.errors import InputError
from di_optimizer.market import Market
from di_optimizer.policy_file import PolicyBook
from di_optimizer.program.total_names import Names, limit_problems
from di_optimizer.risk.model import FactorRiskModel


def check_limit_names(
    policies: PolicyBook,
    accounts: Iterable[Account],
    market: Market,
    risk: FactorRiskModel,
) -> None:
    """Refuse limits on columns, groups, factors and symbols that do not exist.

    Policies that no account follows are not asked.

    Raises
    ------
    InputError
        With all of them, and the nearest name of each.
    """
    symbols = {*market.securities, *market.quotes, *risk.symbols}
    names = Names(market, risk.factors, symbols)
    file = "policy" if policies.layers is None else policies.layers.file
    found = {policies.prefix(who): policies.of(who).limits for who in accounts}
    problems = [
        problem
        for prefix, limits in sorted(found.items())
        for problem in limit_problems(limits, names, file, prefix)
    ]
    if problems:
        raise InputError(problems)

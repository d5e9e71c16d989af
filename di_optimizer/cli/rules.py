# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer rules``: what is in force for accounts on a date, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from di_optimizer.cli import options

Account = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which account; without it all.")
]
SomeHoldings = Annotated[
    list[str] | None,
    typer.Option(
        "--holdings",
        metavar="[NAME=]FILE",
        help="Holdings of a benchmark, for rules about its model. Repeatable.",
    ),
]


def rules(
    lots: options.Lots,
    accounts: options.Accounts,
    prices: options.Prices,
    on: options.On,
    holdings: SomeHoldings = None,
    account: Account = None,
    taxpayers: options.Taxpayers = None,
    cash: options.Cash = None,
    outside: options.Outside = None,
    rates: options.Rates = None,
    restrictions: options.Restrictions = None,
    securities: options.Securities = None,
    policy: options.PolicyFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the restrictions in force and the settings that differ from defaults.

    Each with its source; a rule also with the less specific ones that it overrides.
    """
    from di_optimizer.cli.inputs import benchmarks, located, policies
    from di_optimizer.cli.rules_view import print_rules
    from di_optimizer.effective import effective

    day = on.date()
    tracked = benchmarks(holdings or [], securities, day)
    places = {f"benchmark {name}": item.path for name, item in tracked.items()}
    with located(places):
        found = effective(
            date=day,
            benchmark={n: t.benchmark for n, t in tracked.items()} or None,
            policy=policies(policy),
            account=account,
            lots=lots,
            accounts=accounts,
            prices=prices,
            taxpayers=taxpayers,
            cash=cash,
            outside=outside,
            rates=rates,
            restrictions=restrictions,
            securities=securities,
        )
    print_rules(found, as_json=as_json)

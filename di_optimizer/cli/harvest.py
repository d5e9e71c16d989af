# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer harvest``: what could be realised on a date, lot by lot."""

from __future__ import annotations

from di_optimizer.cli import options


def harvest(
    lots: options.Lots,
    accounts: options.Accounts,
    prices: options.Prices,
    on: options.On,
    taxpayers: options.Taxpayers = None,
    activity: options.Activity = None,
    securities: options.Securities = None,
    policy: options.PolicyFile = None,
    out: options.ReportFolder = None,
    quiet: options.Quiet = False,
    as_json: options.AsJson = False,
) -> None:
    """List lots at a loss: tax value, wash-sale window, first free date.

    Needs no risk model and no benchmark. With --out it writes harvest.csv,
    deferrals.csv (gains and what waiting would save), available.csv and
    calendar.csv.
    """
    from di_optimizer.cli.console import print_json
    from di_optimizer.cli.harvest_view import print_report, report_data
    from di_optimizer.cli.inputs import policies
    from di_optimizer.cli.targets import require_writable
    from di_optimizer.harvest import harvest as report_on

    if out is not None:
        require_writable(out)
    report = report_on(
        date=on.date(),
        policy=policies(policy),
        lots=lots,
        accounts=accounts,
        prices=prices,
        taxpayers=taxpayers,
        activity=activity,
        securities=securities,
    )
    if out is not None:
        report.write(out)
    if as_json:
        print_json(report_data(report, out))
    elif not quiet:
        print_report(report, out)

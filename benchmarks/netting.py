# SPDX-License-Identifier: Apache-2.0
"""The true bill of the year in the objective against flat rates, on real accounts.

    python benchmarks/netting.py --data DIR [--dates 2011-10-03 ...] [--accounts 8]

Every account gets a year: gains realised so far, losses carried in, gains expected.
It is rebalanced at flat rates and with the bill; both plans are then judged by the
same true bill, worked out here in exact money from the gains the plans realise.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

import pandas as pd

import di_optimizer as di
from benchmarks.environment import machine, versions
from benchmarks.real import RESULTS, parse
from benchmarks.real_accounts import Spec, Tables, build, counts, specs
from benchmarks.real_data import RealData, load
from di_optimizer import risk
from di_optimizer.account import YEAR_FIGURES
from di_optimizer.exact import exact
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.plan import Plan
from di_optimizer.policy import Missing, Policy, Taxes, Tracking
from di_optimizer.tax.netting import BillRules, YearFigures, tax_bill

BP = 1e4
CARRY_VALUE = 0.5
# The year of each account, fractions of its NAV; 40,000 expected is 10,000 a quarter.
YEARS: tuple[tuple[str, dict[str, float]], ...] = (
    ("nothing known", {}),
    ("long gains so far", {"realised_long": 0.02}),
    ("short gains so far", {"realised_short": 0.01}),
    ("long loss carried in", {"carry_long": 0.03}),
    ("short loss, long gain", {"realised_short": -0.01, "realised_long": 0.02}),
    ("long gains expected", {"expected_long": 0.04}),
    ("short carried, long gain", {"carry_short": 0.01, "realised_long": 0.01}),
    ("gains of both", {"realised_short": 0.03, "realised_long": 0.03}),
)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What stays the same over the dates."""

    data: RealData
    accounts: Sequence[Spec]
    gamma: float
    factors: int
    workers: int


def with_years(tables: Tables) -> Tables:
    """Return the tables with a year for every taxpayer, each of another kind."""
    nav = counts(tables)["nav"]
    people = tables.taxpayers.assign(tax_year=tables.on.year, filing_status="single")
    for name in YEAR_FIGURES:
        people[name] = [
            round(YEARS[i % len(YEARS)][1].get(name, 0.0) * float(nav[person]), 2)
            for i, person in enumerate(people["taxpayer"])
        ]
    return replace(tables, taxpayers=people)


def plans(setup: Setup, tables: Tables, model: di.FactorRiskModel, bill: str) -> di.Run:
    """Rebalance every account of a date with one way of taxing."""
    full = Benchmark.from_weights(
        setup.data.weights(tables.on), name="US large caps", as_of=tables.on
    )
    known = set(model.symbols)
    policy = Policy(
        tracking=Tracking(gamma=setup.gamma),
        taxes=Taxes(bill=bill, carry_value=CARRY_VALUE),  # type: ignore[arg-type]
        missing=Missing(exposure="hold"),
    )
    return di.rebalance_many(
        lots=tables.lots,
        accounts=tables.accounts,
        prices=tables.prices,
        benchmark=full.without([s for s in full.weights.index if s not in known]),
        risk=model,
        taxpayers=tables.taxpayers,
        cash=tables.cash,
        activity=tables.activity,
        securities=tables.securities,
        policy=policy,
        date=tables.on,
        workers=setup.workers,
    )


def judged(plan: Plan, person: dict[str, Any]) -> float:
    """Return a plan's objective with the true bill, bp of its base."""
    f = plan.figures
    year = YearFigures(**{name: Fraction(exact(person[name])) for name in YEAR_FIGURES})
    rules = BillRules.of(
        short_rate=person["short_rate"],
        long_rate=person["long_rate"],
        ordinary_rate=person["short_rate"],
        filing_status=person["filing_status"],
        tax_year=int(person["tax_year"]),
        carry_value=CARRY_VALUE,
    )
    after = year.totals(Fraction(f.gain_short), Fraction(f.gain_long))
    change = tax_bill(*after, rules) - tax_bill(*year.totals(), rules)
    rest = f.tracking_term + f.cost_term + f.charge_term
    return (rest + float(change / Fraction(f.base))) * BP


def run_date(setup: Setup, on: date) -> tuple[str, pd.DataFrame]:
    """Return one date's table: both plans of each account under the true bill."""
    built, _ = build(setup.data, on, setup.accounts)
    tables = with_years(built)
    model = risk.estimate(setup.data.history_until(on), on=on, factors=setup.factors)
    runs = {bill: plans(setup, tables, model, bill) for bill in ("flat", "netting")}
    people = tables.taxpayers.set_index("taxpayer", drop=False).to_dict("index")
    rows = [_row(i, name, runs, people) for i, name in enumerate(people)]
    return f"{on}", pd.DataFrame(rows)


def _row(
    number: int, name: Any, runs: dict[str, di.Run], people: dict[Any, Any]
) -> dict[str, Any]:
    person = people[name]
    flat, net = (runs[bill].plans.get(name) for bill in ("flat", "netting"))
    row: dict[str, Any] = {"account": name, "year": YEARS[number % len(YEARS)][0]}
    if flat is None or net is None:
        failed = [bill for bill, run in runs.items() if name not in run.plans]
        return row | {"status": f"no plan: {', '.join(failed)}"}
    before, after = judged(flat, person), judged(net, person)
    return row | {
        "flat_bp": before,
        "netting_bp": after,
        "better_bp": before - after,
        "flat_tax": float(flat.figures.tax),
        "bill": float(net.figures.tax),
        "gap_bp": net.certificate.gap_bp,
        "flat_s": flat.seconds,
        "netting_s": net.seconds,
        "status": net.status,
    }


def verdict(tables: Sequence[pd.DataFrame]) -> str:
    """Say on how many accounts the bill's plan is better, equal and worse."""
    better = pd.concat([t["better_bp"] for t in tables if "better_bp" in t]).dropna()
    worse = int((better < 0).sum())
    return (
        f"{len(better)} accounts: better by more than .01 bp on "
        f"{int((better > 0.01).sum())}, worse on {worse}"
        + (f" (by up to {-better.min():.2g} bp)" if worse else "")
        + f"; median {better.median():.2f} bp, largest {better.max():.1f} bp"
    )


def main(arguments: Sequence[str] | None = None) -> Path:
    """Run the comparison and return the file with the results."""
    options = parse(arguments, __doc__ or "")
    out = options.out or RESULTS / f"netting-gamma{options.gamma:g}.json"
    setup = Setup(
        data=load(options.data),
        accounts=specs(options.accounts),
        gamma=options.gamma,
        factors=options.factors,
        workers=options.workers,
    )
    found = dict(_shown(setup, options.dates))
    said = verdict([*found.values()])
    document = {
        "benchmark": "netting",
        "gamma": options.gamma,
        "carry_value": CARRY_VALUE,
        "machine": machine(),
        "versions": versions(),
        "verdict": said,
        "runs": {
            label: json.loads(table.to_json(orient="records", double_precision=6))
            for label, table in found.items()
        },
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, indent=1) + "\n")
    print(f"\n{said}\nwrote {out}")
    return out


def _shown(setup: Setup, dates: Sequence[date]) -> Iterator[tuple[str, pd.DataFrame]]:
    for on in dates:
        label, table = run_date(setup, on)
        print(f"\n{label}\n{table.round(3).to_string(index=False)}", flush=True)
        yield label, table


if __name__ == "__main__":
    main()

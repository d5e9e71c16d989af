# SPDX-License-Identifier: Apache-2.0
"""Every family of limits at once on the real accounts, against the plain program.

    python benchmarks/limits.py --data DIR [--dates 2011-10-03 ...] [--accounts 8]

Each account is solved with no limits but cash, with all of them, and with minimum
trades and counts besides (once), in turn, several times; times are the engine's own
seconds, the least of the repeats, and what matters is their ratio.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

import numpy as np
import pandas as pd

import di_optimizer as di
from benchmarks.environment import machine, versions
from benchmarks.real import RESULTS, parse
from benchmarks.real_accounts import Spec, Tables, build, specs
from benchmarks.real_data import RealData, load
from di_optimizer import risk
from di_optimizer.index.benchmark import Benchmark

REPEATS = 3
COUNTED = ("2016-02-11",)  # dates with minimum trades and counts: minutes on some
DAYS = 21  # trading days that average daily volume is of
MOST_TIMES, MOST_GAP, OFTEN = 5.0, 1.0, 0.95  # the bars: ratio, bp, share
STYLES = ("factor_1", "factor_2", "factor_3")


@dataclass(frozen=True)
class Setup:
    """What stays the same over the dates."""

    data: RealData
    accounts: Sequence[Spec]
    gamma: float
    factors: int


def plain(gamma: float) -> di.Policy:
    """No limits but the range of cash."""
    return di.Policy(
        tracking=di.Tracking(gamma=gamma), missing=di.Missing(exposure="hold")
    )


def limited(gamma: float, factors: Sequence[str], nav: float) -> di.Policy:
    """Every family of limits and prices, as an account might really have them."""
    return replace(
        plain(gamma),
        tracking=di.Tracking(gamma=gamma, max_te_bp=300.0),
        bounds=di.Bounds(maximum=0.12, active=0.02),
        limits=(
            di.Limit(on="sector", name="*", unit="active", minimum=-0.05, maximum=0.05),
            di.Limit(on="size", name="large", minimum=0.5),
            di.Limit(on="factor", name="*", unit="active", minimum=-0.1, maximum=0.1),
            di.Limit(on="beta", minimum=0.97, maximum=1.03),
            di.Limit(on="momentum", unit="active", minimum=-0.1, price=0.01),
        ),
        risk_limits=(
            di.RiskLimit(on="sector", name="Financials", max_te_bp=150.0),
            di.RiskLimit(factors=tuple(factors[:3]), max_te_bp=50.0),
        ),
        concentration=di.Concentration(top=10, top_maximum=0.35, active_share=0.6),
        turnover=di.Turnover(maximum=0.4, adv=0.05),
        scores=(di.Score(column="momentum", price=-0.001),),
        drift=di.Drift(absolute=0.5, factor=1.0, specific=1.2),
        future=di.Future(horizon=10.0, liquidation=0.8),
        cash=di.Cash(
            maximum=0.01,
            target=0.002,
            drag=0.005,
            floor=100.0,
            price_move=0.002,
            sale_share=0.98,
        ),
        taxes=di.Taxes(
            budgets=(
                di.Budget(measure="net", maximum=0.02 * nav),
                di.Budget(measure="gain", term="short", maximum=0.01 * nav),
            )
        ),
    )


def counted(policy: di.Policy) -> di.Policy:
    """Return the same with minimum trades and a limit on their number."""
    return replace(
        policy,
        trading=di.Trading(min_trade=500.0),
        counts=di.Counts(max_trades=150),
    )


def with_columns(data: RealData, tables: Tables) -> Tables:
    """Return the tables with volumes, and a number and a text of every security."""
    on = pd.Timestamp(tables.on)
    history = data.history[data.history["date"] <= on]
    days = sorted(history["date"].unique())
    recent = history[history["date"].isin(days[-DAYS:])]
    volume = recent.groupby("symbol")["volume"].mean()
    prices = tables.prices.assign(
        adv=tables.prices["symbol"].map(volume).fillna(0.0).clip(lower=1.0)
    )
    closes = history.pivot_table(
        index="date", columns="symbol", values="adjusted_close"
    )
    year = closes.iloc[-1] / closes.iloc[-min(252, len(closes))] - 1.0
    score = (year - year.mean()) / year.std()
    weights = data.weights(tables.on)
    large = set(weights.nlargest(100).index)
    symbols = tables.securities["symbol"]
    securities = tables.securities.assign(
        momentum=symbols.map(score.clip(-3.0, 3.0)),
        size=["large" if s in large else "small" for s in symbols],
    )
    return replace(tables, prices=prices, securities=securities)


def solved(tables: Tables, shared: Any, policy: di.Policy) -> pd.DataFrame:
    """Return the summary of all accounts under one policy."""
    benchmark, model = shared
    run = di.rebalance_many(
        lots=tables.lots,
        accounts=tables.accounts,
        prices=tables.prices,
        benchmark=benchmark,
        risk=model,
        taxpayers=tables.taxpayers,
        cash=tables.cash,
        activity=tables.activity,
        securities=tables.securities,
        policy=policy,
        date=tables.on,
        workers=1,
    )
    return run.summary.set_index("account")


def run_date(setup: Setup, on: date) -> pd.DataFrame:
    """Return one row an account: times, ratios, gaps, messages."""
    built, _ = build(setup.data, on, setup.accounts)
    tables = with_columns(setup.data, built)
    model = risk.estimate(setup.data.history_until(on), on=on, factors=setup.factors)
    full = Benchmark.from_weights(setup.data.weights(on), name="index", as_of=on)
    known = set(model.symbols)
    benchmark = full.without([s for s in full.weights.index if s not in known])
    price = tables.prices.set_index("symbol")["price"]
    value = tables.lots["shares"] * tables.lots["symbol"].map(price)
    nav = float(value.groupby(tables.lots["account"]).sum().median())
    policy = limited(setup.gamma, model.factors, nav)
    kinds = {"plain": plain(setup.gamma), "all": policy, "counted": counted(policy)}
    found: dict[str, list[pd.DataFrame]] = {kind: [] for kind in kinds}
    for number in range(REPEATS):
        for kind, own in kinds.items():
            if kind != "counted" or (number == 0 and on.isoformat() in COUNTED):
                found[kind].append(solved(tables, (benchmark, model), own))
    found = {kind: tables for kind, tables in found.items() if tables}
    return pd.concat([*_columns(found)], axis=1)


def _columns(found: dict[str, list[pd.DataFrame]]) -> Iterator[pd.Series]:
    seconds = {
        kind: pd.concat([t["seconds"] for t in tables], axis=1).min(axis=1)
        for kind, tables in found.items()
    }
    for kind, tables in found.items():
        yield seconds[kind].rename(f"{kind}_seconds")
        yield tables[0]["status"].rename(f"{kind}_status")
        yield tables[0]["gap_bp"].astype(float).rename(f"{kind}_gap_bp")
    yield (seconds["all"] / seconds["plain"]).rename("times")
    if "counted" in seconds:
        yield (seconds["counted"] / seconds["plain"]).rename("times_counted")
    yield found["all"][0]["message"].rename("message")


def verdict(table: pd.DataFrame) -> str:
    """Say how the bars are met."""
    times, gap = table["times"].to_numpy(), table["all_gap_bp"].to_numpy(dtype=float)
    within = float(np.mean(gap <= MOST_GAP))
    counted = table.dropna(subset=["times_counted"])
    return (
        f"{len(table)} accounts: all limits take {np.nanmedian(times):.2f} times the "
        f"plain solve at the median, {np.nanmax(times):.2f} at most; "
        f"{np.mean(times <= MOST_TIMES):.0%} within {MOST_TIMES:g} times; gap at most "
        f"{MOST_GAP:g} bp on {within:.0%} (bar {OFTEN:.0%}), largest "
        f"{np.nanmax(gap):.2f} bp; with minimum trades and counts, on "
        f"{len(counted)} of them, {counted['times_counted'].median():.2f} times at the "
        f"median, {counted['times_counted'].max():.2f} at most, gap at most "
        f"{MOST_GAP:g} bp on {np.mean(counted['counted_gap_bp'] <= MOST_GAP):.0%}"
    )


def main(arguments: Sequence[str] | None = None) -> Path:
    """Run the comparison and return the file with the results."""
    options = parse(arguments, __doc__ or "")
    out = options.out or RESULTS / "limits.json"
    setup = Setup(
        data=load(options.data),
        accounts=specs(options.accounts),
        gamma=options.gamma,
        factors=options.factors,
    )
    tables = []
    for on in options.dates:
        table = run_date(setup, on).assign(date=on.isoformat())
        print(f"\n{on}\n{table.drop(columns='message').round(3).to_string()}")
        for name, message in table["message"].items():
            print(f"  {name}: {message}"[:300], flush=True)
        tables.append(table.reset_index())
    every = pd.concat(tables, ignore_index=True)
    said = verdict(every)
    document = {
        "benchmark": "limits",
        "gamma": options.gamma,
        "repeats": REPEATS,
        "machine": machine(),
        "versions": versions(),
        "verdict": said,
        "accounts": json.loads(every.to_json(orient="records", double_precision=6)),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, indent=1) + "\n")
    print(f"\n{said}\nwrote {out}")
    return out


if __name__ == "__main__":
    main()

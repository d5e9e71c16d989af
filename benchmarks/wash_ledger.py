# SPDX-License-Identifier: Apache-2.0
"""How long the wash-sale ledger takes: many accounts, and one that trades a lot.

Synthetic transactions, the same for the same numbers. Timed from the DataFrame to
the finished tables, on one core::

    python benchmarks/wash_ledger.py
    python benchmarks/wash_ledger.py --rows 20000 --accounts 100 --one 2000 --out DIR
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.environment import machine, versions
from di_optimizer.wash import WashSales, wash_sales

RESULTS = Path(__file__).parent / "results"
SYMBOLS = 40  # that an account trades
DAYS = 1096
START = np.datetime64("2022-01-03")
Integers = NDArray[np.int64]
COLUMNS = ["account", "symbol", "date", "side", "shares", "amount"]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One run: its size, what came out, seconds on the clock and of the processor.

    Ratios are of processor seconds, which other work on the machine touches less.
    """

    name: str
    transactions: int
    accounts: int
    gains: int
    replacements: int
    lots: int
    seconds: float
    cpu_seconds: float
    peak_mib: int


def transactions(
    rows: int, accounts: int, *, days: int = DAYS, symbols: int = SYMBOLS, seed: int = 1
) -> pd.DataFrame:
    """Return trades of accounts at random days of a period, calendar days in a row.

    Prices are random walks (2 % a day). In somewhat less than half of its trades an
    account sells a random part of something that it holds; what it buys is any of its
    symbols, so that about one loss in eight is a wash sale, in whole or in part.
    """
    random = np.random.default_rng(seed)
    steps = random.normal(0.0, 0.02, (days, symbols))
    prices = np.round(50 * np.exp(np.cumsum(steps, axis=0)), 4)
    account = np.sort(random.integers(0, accounts, rows))
    day = random.integers(0, days, rows)
    order = np.lexsort((day, account))
    account, day = account[order], day[order]
    sells, symbol, shares = _trades(account, symbols, random)
    frame = pd.DataFrame(
        {
            "account": [f"A{a:05d}" for a in account.tolist()],
            "symbol": [f"S{s:03d}" for s in symbol.tolist()],
            "date": (START + day).astype("datetime64[s]"),
            "side": np.where(sells, "sell", "buy"),
            "shares": shares,
            "amount": np.round(shares * prices[day, symbol], 2),
        }
    )
    return frame[COLUMNS]


def _trades(
    account: Integers, symbols: int, random: np.random.Generator
) -> tuple[Integers, Integers, Integers]:
    """Return (is a sale, symbol, shares) of each row; accounts come one by one."""
    rows = len(account)
    sells = random.random(rows) < 0.45
    symbol = random.integers(0, symbols, rows)
    shares = random.integers(1, 100, rows)
    pick = random.random(rows)
    held: dict[int, int] = {}
    before = -1
    for i, owner in enumerate(account.tolist()):
        if owner != before:
            held, before = {}, owner
        sells[i] = sells[i] and bool(held)
        if not sells[i]:
            held[int(symbol[i])] = held.get(int(symbol[i]), 0) + int(shares[i])
            continue
        symbol[i] = list(held)[int(pick[i] * len(held))]
        have = held.pop(int(symbol[i]))
        shares[i] = min(int(shares[i]), have)
        if have > shares[i]:
            held[int(symbol[i])] = have - int(shares[i])
    return sells, symbol, shares


def timed(name: str, frame: pd.DataFrame) -> Timing:
    """Run the ledger on a frame; return and tell what it took."""
    gc.collect()
    start, cpu = time.perf_counter(), time.process_time()
    result = wash_sales(frame)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    timing = Timing(
        name=name,
        transactions=len(frame),
        accounts=int(frame["account"].nunique()),
        **_sizes(result),
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu, 2),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )
    print(timing, file=sys.stderr)
    return timing


def _sizes(result: WashSales) -> dict[str, int]:
    return {
        "gains": len(result.gains),
        "replacements": len(result.matches),
        "lots": len(result.lots),
    }


def run(rows: int, accounts: int, one: int) -> dict[str, Any]:
    """Return the timings of rows, twice the rows, and one account with two sizes.

    Twice the rows come as twice the days, and as twice as many trades a day: the
    latter has more wash sales in each row.
    """
    timings = [
        timed("many accounts", transactions(rows, accounts)),
        timed("twice the days", transactions(2 * rows, accounts, days=2 * DAYS)),
        timed("twice as dense", transactions(2 * rows, accounts)),
        timed("one account, one symbol", transactions(one, 1, days=90, symbols=1)),
        timed("twice of that", transactions(2 * one, 1, days=90, symbols=1)),
    ]
    seconds = [timing.cpu_seconds for timing in timings]
    return {
        "timings": [asdict(timing) for timing in timings],
        "ratio_twice_the_days": round(seconds[1] / seconds[0], 3),
        "ratio_twice_as_dense": round(seconds[2] / seconds[0], 3),
        "ratio_one_account": round(seconds[4] / seconds[3], 3),
        "machine": machine(),
        "versions": versions(),
    }


def main(arguments: list[str] | None = None) -> None:
    """Run, print and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--one", type=int, default=25_000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    result = run(given.rows, given.accounts, given.one)
    text = json.dumps(result, indent=2) + "\n"
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "wash_ledger.json").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main(sys.argv[1:])

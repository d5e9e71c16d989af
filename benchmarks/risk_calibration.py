# SPDX-License-Identifier: Apache-2.0
"""Realised over predicted tracking error on real prices, out of sample.

At the end of each quarter a model is estimated from the prices up to that day and
predicts the tracking error of portfolios drawn at random; what they realise over the
next 63 market days, with active weights held constant by daily rebalancing, is set
against it. Run it::

    python benchmarks/risk_calibration.py --data DIR

DIR holds Parquet files of daily prices, itself or in a folder ``prices``, with the
columns of the price history table (``ticker`` is read as symbol), and optionally a
``sectors*.csv`` with Symbol and Sector.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.environment import machine, versions
from benchmarks.risk_portfolios import KINDS, OPTIMISED, RANDOM, Scene, index_weights
from di_optimizer.risk import EstimatorSettings, estimate
from di_optimizer.risk.panel import read_panel

Floats = NDArray[np.float64]

AHEAD = 63
YEAR = 252
RESULT = Path(__file__).parent / "results" / "risk_calibration.json"
VARIANTS: dict[str, dict[str, object]] = {
    "half_life 42": {"settings": EstimatorSettings(half_life=42)},
    "half_life 126": {"settings": EstimatorSettings(half_life=126)},
    "equal weights": {"settings": EstimatorSettings(half_life=1e9)},
    "factors 15": {"factors": 15},
    "factors 45": {"factors": 45},
    "window 252": {"window": 252},
    "window 756": {"window": 756},
    "no shrinkage of specific": {"settings": EstimatorSettings(specific_prior_days=0)},
}


def read_history(folder: Path) -> pd.DataFrame:
    """Return the price history of every Parquet file, sorted by date."""
    files = sorted(folder.glob("*.parquet")) or sorted(folder.glob("prices/*.parquet"))
    history = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    history = history.rename(columns={"ticker": "symbol"})
    return history.sort_values(["date", "symbol"], ignore_index=True)


def read_sectors(folder: Path) -> dict[str, str]:
    """Return sectors by symbol, or nothing where there is no such file."""
    files = sorted(folder.glob("sectors*.csv"))
    if not files:
        return {}
    table = pd.read_csv(files[-1], dtype=str, keep_default_na=False)
    return dict(zip(table["Symbol"], table["Sector"], strict=True))


def around(history: pd.DataFrame, on: date) -> pd.DataFrame:
    """Return rows from five years before a date to half a year after it."""
    dates = history["date"].to_numpy()
    days = np.datetime64(on) + np.array([-5 * 366, 183], dtype="timedelta64[D]")
    first, stop = np.searchsorted(dates, days.astype(dates.dtype))
    return history.iloc[first:stop]


def quarter_ends(first: int, last: int) -> list[date]:
    """Return 31 December before ``first`` to 30 September of ``last``."""
    ends = pd.date_range(f"{first - 1}-12-31", f"{last}-09-30", freq="QE")
    return [end.date() for end in ends]


def outcomes(
    history: pd.DataFrame,
    sectors: dict[str, str],
    dates: list[date],
    *,
    each: int,
    kinds: tuple[str, ...] = RANDOM + OPTIMISED,
    options: dict[str, object] | None = None,
) -> pd.DataFrame:
    """Return one row a portfolio: on, kind, predicted and realised variance, z."""
    rows = []
    for on in dates:
        scene = set_scene(history, sectors, on, options or {})
        for kind in kinds:
            rng = np.random.default_rng([on.toordinal(), *kind.encode()])
            count = each if kind in RANDOM else max(each // 4, 1)
            drawn = [KINDS[kind](scene, rng) for _ in range(count)]
            rows += [(on, kind, *outcome(scene, active)) for active in drawn]
    columns = ["on", "kind", "predicted", "realised", "z"]
    return pd.DataFrame(rows, columns=columns)


def set_scene(
    history: pd.DataFrame, sectors: dict[str, str], on: date, options: dict[str, object]
) -> Scene:
    """Estimate on a date and look up what came after."""
    history = around(history, on)
    model = estimate(history, on=on, **options)  # type: ignore[arg-type]
    after = sorted({d for d in history["date"].unique() if d > pd.Timestamp(on)})
    end = after[AHEAD - 1].date()
    panel = read_panel(history, on=end, window=AHEAD)
    place = {symbol: i for i, symbol in enumerate(panel.symbols)}
    columns = [place[symbol] for symbol in model.symbols]
    return Scene(
        on=on,
        symbols=model.symbols,
        weights=index_weights(history, on, model.symbols),
        sectors=np.array([sectors.get(s, "") for s in model.symbols]),
        ahead=np.nan_to_num(panel.returns[:, columns]),  # no price: no move that day
        model=model,
    )


def outcome(scene: Scene, active: Floats) -> tuple[float, float, float]:
    """Return predicted and realised variance a year, and the standardised return."""
    weights = dict(zip(scene.symbols, active.tolist(), strict=True))
    predicted = scene.model.tracking_error(weights).total ** 2
    returns = scene.ahead @ active
    z = returns.sum() / np.sqrt(predicted * len(returns) / YEAR)
    return predicted, float(np.mean(returns**2) * YEAR), float(z)


def summary(rows: pd.DataFrame) -> dict[str, float]:
    """Return the pooled ratio, the median ratio, the bias statistic and the mean TE."""
    ratio = np.sqrt(rows["realised"] / rows["predicted"])
    return {
        "pooled": float(np.sqrt(rows["realised"].mean() / rows["predicted"].mean())),
        "median": float(ratio.median()),
        "bias": float(np.sqrt(np.mean(rows["z"] ** 2))),
        "realised_te_bp": float(np.sqrt(rows["realised"].mean()) * 1e4),
        "portfolios": len(rows),
    }


def overall(rows: pd.DataFrame) -> float:
    """Return the mean over random kinds of the pooled ratio."""
    kinds = [kind for kind in RANDOM if (rows["kind"] == kind).any()]
    return float(np.mean([summary(rows[rows["kind"] == k])["pooled"] for k in kinds]))


def collect(rows: pd.DataFrame) -> dict[str, object]:
    """Return the tables: by kind, by year realised, by half."""
    random = rows[rows["kind"].isin(RANDOM)]
    years = [(on + pd.Timedelta(days=45)).year for on in random["on"]]
    middle = sorted(rows["on"].unique())[len(rows["on"].unique()) // 2]
    return {
        "overall": overall(rows),
        "first_half": overall(rows[rows["on"] < middle]),
        "second_half": overall(rows[rows["on"] >= middle]),
        "by_kind": {k: summary(g) for k, g in rows.groupby("kind", sort=False)},
        "by_year": {str(y): overall(g) for y, g in random.groupby(years)},
    }


def timing(history: pd.DataFrame, on: date) -> dict[str, float | int]:
    """Return the best of three estimates on a date, whole history given."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        model = estimate(history, on=on)
        seconds.append(time.perf_counter() - start)
    size = {"symbols": len(model.symbols), "rows": len(history)}
    return {"seconds": round(min(seconds), 3), **size}


def show(result: dict[str, object]) -> None:
    print(pd.DataFrame(result["by_kind"]).T.round(3).to_string())
    print("\nby year, mean of the pooled ratios of the random kinds")
    print(pd.Series(result["by_year"]).round(2).to_string())
    print(f"\noverall {result['overall']:.3f}; halves {result['first_half']:.3f}, "
          f"{result['second_half']:.3f}")  # fmt: skip
    print("\nother settings")
    print(pd.DataFrame(result["variants"]).T.round(3).to_string())
    print(f"\none estimate: {result['timing']}")


def variants(
    history: pd.DataFrame, sectors: dict[str, str], dates: list[date], each: int
) -> dict[str, dict[str, float]]:
    """Return the overall ratio and that of optimised portfolios by setting."""
    found = {}
    for name, options in VARIANTS.items():
        rows = outcomes(history, sectors, dates, each=each, options=options)
        kinds = {kind: summary(rows[rows["kind"] == kind]) for kind in OPTIMISED}
        found[name] = {"overall": overall(rows)}
        found[name] |= {kind: line["pooled"] for kind, line in kinds.items()}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--each", type=int, default=40, help="portfolios a kind, date")
    parser.add_argument("--years", type=int, nargs=2, default=(2002, 2016))
    parser.add_argument("--result", type=Path, default=RESULT)
    given = parser.parse_args()
    history, sectors = read_history(given.data), read_sectors(given.data)
    dates = quarter_ends(*given.years)
    result = collect(outcomes(history, sectors, dates, each=given.each))
    result["variants"] = variants(history, sectors, dates, max(given.each // 2, 1))
    result["timing"] = timing(history, dates[-1])
    result["protocol"] = {"dates": len(dates), "years": given.years, "ahead": AHEAD}
    result["machine"], result["versions"] = machine(), versions()
    given.result.parent.mkdir(parents=True, exist_ok=True)
    given.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(result)


if __name__ == "__main__":
    main()

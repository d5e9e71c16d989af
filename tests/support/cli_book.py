# SPDX-License-Identifier: Apache-2.0
"""A small book as files, one of which a test puts a damaged copy in place of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pandas as pd

from di_optimizer.risk import load_risk
from di_optimizer.risk.vendor import to_tables
from di_optimizer.sample.fund import fund_on
from di_optimizer.sample.layouts import holdings_files
from di_optimizer.sample.market import MarketSpec, build_market
from di_optimizer.sample.write import write_sample
from support.command_line import Result, call
from support.damage import Damage

SECURITIES = 30
ALWAYS = ("lots", "accounts", "taxpayers", "cash", "prices", "holdings", "risk")
OWN = {  # what the sample leaves empty or does not write
    "flows": "account,date,amount\nA001,2024-06-28,500\nA002,2024-07-31,-500\n",
    "restrictions": "account,symbol,sector,kind,value,from,until\n"
    "A001,DQX,,no_buy,,,\n"
    "A001,GQZ,,max,0.2,2024-01-01,2024-12-31\n"
    "*,HQX.B,,no_sell,,,\n",
    "working_orders": "account,order_id,symbol,side,shares,amount,status\n"
    "A001,1,DQX,buy,10,,open\n"
    "A002,1,GQZ,sell,,500,sent\n",
}
POLICY = """\
[tracking]
gamma = 10

[named.cautious.cash]
minimum = 0.01
maximum = 0.02
"""


@dataclass(frozen=True)
class Book:
    """Where the sound files are, by option of ``rebalance``."""

    folder: Path
    files: Mapping[str, Path]
    history: Path

    def damaged(self, folder: Path, changes: Mapping[str, Damage]) -> dict[str, Path]:
        """Write damaged copies into a folder; return their places by option."""
        places = {}
        for name, change in changes.items():
            places[name] = folder / self.files[name].name
            places[name].write_bytes(change(self.files[name].read_bytes()))
        return places

    def rebalance(self, out: Path, other: Mapping[str, Path], *more: object) -> Result:
        """Rebalance with what is always needed and with these other files."""
        files = {name: self.files[name] for name in ALWAYS} | dict(other)
        options = [
            (f"--{name.replace('_', '-')}", path) for name, path in files.items()
        ]
        words = [word for option in options for word in option]
        return call("rebalance", *words, "--date", "2024-06-28", "--out", out, *more)

    def estimate(self, prices: Path, out: Path, *more: object) -> Result:
        """Estimate a risk model from a price history."""
        words = ("--prices", prices, "--date", "2024-06-28", "--factors", 5)
        return call("risk", "estimate", *words, "--out", out, *more)


def write_book(folder: Path) -> Book:
    """Write every file of a rebalance, the holdings in all layouts."""
    paths = write_sample(folder, securities=SECURITIES, accounts=2)
    files = dict(paths.tables())
    for name, text in OWN.items():
        files[name] = folder / f"{name}.csv"
        files[name].write_text(text)
    files |= {"policy": folder / "policy.toml", "risk": folder / "risk.npz"}
    files["policy"].write_text(POLICY)
    fund = fund_on(build_market(MarketSpec(securities=SECURITIES)), paths.on)
    for name, content in holdings_files(fund).items():
        (folder / name).write_bytes(content)
    files["holdings"] = folder / "sample_plain.csv"
    book = Book(folder, files, paths.price_history)
    made = book.estimate(paths.price_history, files["risk"])
    assert made.status == 0, made.err
    return book


def write_model_tables(book: Book, folder: Path) -> Path:
    """Write the risk model as three tables and return their folder."""
    names = ("exposures", "factor_covariance", "specific")
    folder.mkdir()
    tables = to_tables(load_risk(book.files["risk"]))
    for name, table in zip(names, tables, strict=True):
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def write_parquet(csv_file: Path, target: Path) -> Path:
    """Write a CSV table again as Parquet, numbers as numbers."""
    pd.read_csv(csv_file).to_parquet(target, index=False)
    return target


def fingerprint(path: Path) -> dict[str, str] | str | None:
    """Return the digest of a file, or of every file below a folder; None of neither."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if not path.exists():
        return None
    return {str(p.relative_to(path)): str(fingerprint(p)) for p in path.rglob("*")}


def seeded(out: Path) -> Path:
    """Return a folder that holds the results of an earlier run."""
    out.mkdir()
    for name in ("trades", "orders", "summary"):
        (out / f"{name}.csv").write_text(f"{name} of yesterday\n")
    return out


def problem_lines(result: Result) -> list[str]:
    """Return the problems that a refusal prints, checked against its first line."""
    first, *lines = result.err.splitlines()
    assert "Traceback" not in result.err
    assert first == f"{len(lines)} problem{'s' * (len(lines) != 1)} in the input:"
    return [line.removeprefix("  ") for line in lines]


def filled(texts: tuple[str, ...], places: Mapping[str, Path]) -> list[str]:
    """Return expected lines with ``$name`` replaced by the place of that file."""
    return [Template(text).substitute(places) for text in texts]


def refused(book: Book, folder: Path, *more: object, **other: Path) -> list[str]:
    """Return the problems of a run; the results of an earlier one must be there."""
    out = seeded(folder / "out")
    before = fingerprint(out)
    result = book.rebalance(out, other, *more)
    assert (result.status, result.out) == (2, ""), result.err
    assert fingerprint(out) == before
    return problem_lines(result)

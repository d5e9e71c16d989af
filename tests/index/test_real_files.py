# SPDX-License-Identifier: Apache-2.0
"""Files as published, against numbers counted from the raw file by other code."""

import csv
import io
import json
import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from python_calamine import load_workbook

from di_optimizer.index import Benchmark, read_holdings

pytestmark = pytest.mark.real_data


@dataclass(frozen=True)
class Raw:
    """What plain code counts in a file."""

    issuer: str
    file: str
    as_of: date
    equities: dict[str, float]  # symbol as printed -> percent
    shares: float
    rest: dict[str, float]
    everything: float


def ishares(folder: Path) -> Raw:
    file = "ishares_IVV_2022-12-30.csv"
    lines = (folder / file).read_text(encoding="utf-8-sig").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Ticker,"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.strip():
            break
        rows.append(line.strip().strip('"').split('","'))
    kinds = {"Equity": "", "Cash": "cash", "Cash Collateral and Margins": "cash",
             "Futures": "futures", "Money Market": "money_market"}  # fmt: skip
    return raw("iShares", file, date(2022, 12, 30), [
        (r[0], float(r[5]), float(r[7].replace(",", "")), kinds[r[3]]) for r in rows
    ])  # fmt: skip


def state_street(folder: Path) -> Raw:
    file = "ssga_SPY_2023-01-10.xlsx"
    rows = load_workbook(folder / file).get_sheet_by_index(0).to_python()
    numbered = [r for r in rows if str(r[4]).replace(".", "").isdigit()]
    return raw("State Street", file, date(2023, 1, 10), [
        (r[1], float(r[4]), float(r[6]), "cash" if r[1] == "CASH_USD" else "")
        for r in numbered
    ])  # fmt: skip


def invesco(folder: Path) -> Raw:
    file = "invesco_QQQ_2023-01-13.csv"
    text = (folder / file).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    return raw("Invesco", file, date(2023, 1, 13), [
        (r["Holding Ticker"].strip(), float(r["Weight"]),
         float(r["Shares/Par Value"].replace(",", "")), "") for r in rows
    ])  # fmt: skip


def vanguard(folder: Path) -> Raw:
    file = "vanguard_VOO_2022-11-30.json"
    (fund,) = json.loads((folder / file).read_text(encoding="utf-8"))
    kinds = {"Index Future": "futures", "Mutual Fund": "money_market"}
    return raw("Vanguard", file, date(2022, 11, 30), [
        (i.get("bticker", i["name"]), i["mktValPercent"], i["quantity"],
         kinds.get(i["issueTypeName"], "")) for i in fund["holdingDetailItem"]
    ])  # fmt: skip


def raw(
    issuer: str, file: str, on: date, lines: list[tuple[str, float, float, str]]
) -> Raw:
    rest: dict[str, float] = {}
    for _, weight, _, kind in lines:
        if kind:
            rest[kind] = rest.get(kind, 0.0) + weight
    return Raw(
        issuer=issuer,
        file=file,
        as_of=on,
        equities={symbol: weight for symbol, weight, _, kind in lines if not kind},
        shares=math.fsum(shares for _, _, shares, kind in lines if not kind),
        rest=rest,
        everything=math.fsum(weight for _, weight, _, _ in lines),
    )


@pytest.fixture(params=[ishares, state_street, invesco, vanguard])
def counted(request: pytest.FixtureRequest, real_data: Path) -> Raw:
    return request.param(real_data / "holdings")


COUNTS = {"iShares": 503, "State Street": 503, "Invesco": 101, "Vanguard": 503}


def test_lines_weights_and_shares(counted: Raw, real_data: Path) -> None:
    found = read_holdings(real_data / "holdings" / counted.file)
    assert found.issuer == counted.issuer
    assert found.as_of == counted.as_of
    assert len(found.holdings) == len(counted.equities) == COUNTS[counted.issuer]
    total = math.fsum(found.holdings["weight"])
    assert total == pytest.approx(sum(counted.equities.values()) / 100, abs=1e-12)
    assert math.fsum(found.holdings["shares"]) == counted.shares
    whole = total + math.fsum(found.residual.values())
    assert whole == pytest.approx(counted.everything / 100, abs=1e-12)


def test_every_weight_by_symbol(counted: Raw, real_data: Path) -> None:
    found = read_holdings(real_data / "holdings" / counted.file)
    read = found.holdings.set_index("symbol")["weight"].to_dict()
    respelt = {"BRKB": "BRK.B", "BFB": "BF.B"}
    expected = {respelt.get(s, s): w / 100 for s, w in counted.equities.items()}
    assert read == pytest.approx(expected, abs=1e-15)


def test_the_residual_by_name(counted: Raw, real_data: Path) -> None:
    residual = dict(read_holdings(real_data / "holdings" / counted.file).residual)
    if counted.issuer == "State Street":
        assert residual.pop("placeholder") == 0.0
    expected = {kind: weight / 100 for kind, weight in counted.rest.items()}
    assert residual == pytest.approx(expected, abs=1e-12)


def test_what_each_issuer_leaves_out(real_data: Path) -> None:
    def residual(file: str) -> dict[str, float]:
        return dict(read_holdings(real_data / "holdings" / file).residual)

    assert residual("invesco_QQQ_2023-01-13.csv") == {}
    assert residual("ishares_IVV_2022-12-30.csv") == pytest.approx(
        {"cash": 0.0014, "futures": 0.0, "money_market": 0.0016}
    )
    assert residual("ssga_SPY_2023-01-10.xlsx") == pytest.approx(
        {"cash": 0.0005755, "placeholder": 0.0}
    )
    assert residual("vanguard_VOO_2022-11-30.json") == pytest.approx(
        {"futures": 0.005023836072, "money_market": 0.003982361232}
    )


def test_weights_of_the_benchmark(counted: Raw, real_data: Path) -> None:
    benchmark = Benchmark.from_holdings(real_data / "holdings" / counted.file)
    assert abs(math.fsum(benchmark.weights) - 1) <= 1e-12
    assert benchmark.weights["AAPL"] == pytest.approx(
        counted.equities["AAPL"] / sum(counted.equities.values()), rel=1e-12
    )
    if counted.issuer != "Invesco":
        assert {"BRK.B", "BF.B"} <= set(benchmark.weights.index)


def test_cells_that_every_security_has(counted: Raw, real_data: Path) -> None:
    table = read_holdings(real_data / "holdings" / counted.file).holdings
    columns = ["symbol", "name", "weight", "shares", "sector", "as_of"]
    if counted.issuer != "iShares":
        columns.append("cusip")
        assert set(table["cusip"].str.len()) == {9}
    assert not table[columns].isna().any().any()


def test_eight_characters_become_the_other_issuers_nine(real_data: Path) -> None:
    folder = real_data / "holdings"
    ours = read_holdings(folder / "ssga_SPY_2023-01-10.xlsx").holdings
    theirs = read_holdings(folder / "vanguard_VOO_2022-11-30.json").holdings
    both = ours.merge(theirs, on="symbol", suffixes=("", "_printed"))
    assert len(both) > 490
    differ = both[both["cusip"] != both["cusip_printed"]]
    assert differ["symbol"].tolist() == []


def test_repriced_with_the_printed_prices(real_data: Path) -> None:
    """Shares x price gives back the listed weights to the cent of rounding."""
    file = real_data / "holdings" / "ishares_IVV_2022-12-30.csv"
    benchmark = Benchmark.from_holdings(file)
    prices = benchmark.holdings.set_index("symbol")["price"]
    again = benchmark.repriced(prices, as_of=date(2022, 12, 30))
    assert float((again.weights - benchmark.weights).abs().max()) < 1.1e-4

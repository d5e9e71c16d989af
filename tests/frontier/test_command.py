# SPDX-License-Identifier: Apache-2.0
"""``di-optimizer frontier`` and ``di.frontier`` on a small sample."""

import json
from datetime import date

import pandas as pd
import pytest
from support.command_line import Result, call

import di_optimizer as di
from di_optimizer.sample.write import SamplePaths, write_sample

TABLES = ("lots", "accounts", "taxpayers", "cash", "activity", "securities", "prices")


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> SamplePaths:
    folder = tmp_path_factory.mktemp("sample")
    paths = write_sample(folder, securities=40, accounts=2)
    made = call(
        "risk", "estimate", "--prices", paths.price_history, "--date", paths.on,
        "--factors", 5, "--out", folder / "risk.npz",
    )  # fmt: skip
    assert made.status == 0, made.err
    return paths


def frontier(paths: SamplePaths, *more: object) -> Result:
    words = [w for name in TABLES for w in (f"--{name}", getattr(paths, name))]
    words += ["--holdings", paths.holdings, "--risk", paths.folder / "risk.npz"]
    return call("frontier", *words, "--date", paths.on, *more)


def test_the_command_writes_the_curve_and_its_picture(sample, tmp_path) -> None:
    out = tmp_path / "out"
    made = frontier(
        sample, "--account", "A001", "--points", 3, "--out", out, "--json", "-q"
    )
    assert made.status == 0, made.err
    told = json.loads(made.out)
    assert [name.rsplit("/")[-1] for name in told["files"]] == [
        "frontier.csv",
        "frontier.svg",
    ]
    written = pd.read_csv(out / "frontier.csv")
    assert written["te_bp"].tolist() == [
        pytest.approx(point["te_bp"], rel=1e-6) for point in told["points"]
    ]
    assert (out / "frontier.svg").read_text().startswith("<svg")


def test_the_table_for_people(sample) -> None:
    made = frontier(sample, "--account", "A001", "--te-bp", 400, "--te-bp", 900, "-q")
    assert made.status == 0, made.err
    assert made.out == ""
    made = frontier(sample, "--account", "A001", "--te-bp", 400, "--te-bp", 900)
    assert "before rounding to tradable sizes" in made.out
    assert made.out.index("900.0") < made.out.index("400.0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "2 accounts; allowed: one. Say which: account."),
        (("--account", "A01"), "Did you mean 'A001'?"),
        (("--account", "A001", "--te-bp", "0"), "te_bp: found 0.0; allowed: a number"),
    ],
)
def test_what_is_refused(sample, words, said) -> None:
    made = frontier(sample, *words)
    assert made.status == 2
    assert said in made.err


def test_the_call_with_tables_and_its_wrong_arguments(sample) -> None:
    tables = {name: getattr(sample, name) for name in TABLES}
    known = {
        "benchmark": di.Benchmark.from_holdings(sample.holdings),
        "risk": di.load_risk(sample.folder / "risk.npz"),
        "date": date.fromisoformat(str(sample.on)),
    }
    seen = []
    curve = di.frontier(
        **known,
        **tables,
        account="A001",
        points=2,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]
    assert [p.gamma for p in curve.points] == pytest.approx([0.1, 10.0])
    with pytest.raises(di.InputError, match="points: found 1"):
        di.frontier(**known, **tables, account="A001", points=1)
    with pytest.raises(di.InputError, match="te_bp: found nothing"):
        di.frontier(**known, **tables, account="A001", te_bp=[])

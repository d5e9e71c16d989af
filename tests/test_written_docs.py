# SPDX-License-Identifier: Apache-2.0
"""The pages of tables and policy: whole, up to date with their source, and true."""

import doctest
import re
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pandas as pd
import pytest
from support import documents
from support.code import ROOT

import di_optimizer as di
from di_optimizer.sample.write import SamplePaths, write_sample
from di_optimizer.tables import TABLES, Kind
from scripts import policy_page, write_docs

PAGES = ("tables.md", "policy.md")
ALL = sorted((ROOT / "docs").glob("*.md"))
LINKED = [*ALL, ROOT / "CONTRIBUTING.md", ROOT / "notebooks" / "README.md"]
UNUSED = {
    "lots": {"sleeve": "locked", "parent": "0"},
    "activity": {"sleeve": "locked"},
    "securities": {
        "name": "Same",
        "type": "etf",
        "issuer": "Same",
        "country": "CH",
        "colour": "blue",
    },
    "prices": {"adv": 1},
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_say_what_their_source_says(name: str):
    page = (ROOT / "docs" / name).read_text()
    assert page == write_docs.filled(page, write_docs.bodies()[name]), "run make docs"


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_what_pages_print_is_what_runs(path: Path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = path.read_text()
    expected = {"tables.md": 1, "policy.md": 3, "compact.md": 3}.get(path.name, 0)
    assert len([s for s in documents.snippets(page) if s.output]) >= expected
    assert documents.run(page, path.name) == []


@pytest.mark.parametrize(
    "path", LINKED, ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_links_within_the_repository_lead_somewhere(path: Path):
    links = re.findall(r"\]\(([^)#]+)", path.read_text())
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (path.parent / link).exists()] == []


def test_a_page_keeps_what_is_written_by_hand():
    old = "# By hand\n" + write_docs.MARKER + "old"
    assert write_docs.filled(old, "new") == "# By hand\n" + write_docs.MARKER + "new"
    with pytest.raises(ValueError, match="a page without the line '<!-- Written by"):
        write_docs.filled("# By hand\n", "new")


def test_examples_in_the_writers_run():
    for module, least in ((write_docs, 2), (policy_page, 2)):
        found = doctest.testmod(module)
        assert (found.failed, found.attempted > least) == (0, True)


def test_each_table_has_one_chapter():
    told = [name for _, names in write_docs.CHAPTERS for name in names]
    assert sorted(told) == sorted(TABLES)


def test_each_column_has_a_meaning_and_each_number_a_unit():
    columns = [(t.name, c) for t in TABLES.values() for c in t.columns]
    vague = [(name, c.name) for name, c in columns if not c.description.endswith(".")]
    numbers = {Kind.NUMBER, Kind.WHOLE}
    bare = [(name, c.name) for name, c in columns if c.kind in numbers and not c.unit]
    assert vague + bare == []


def test_the_file_of_defaults_is_the_default_policy(tmp_path):
    text = policy_page.default_file()
    path = tmp_path / "policy.toml"
    path.write_text(text)
    assert di.read_policies(path).default == di.Policy()
    every = tomllib.loads(re.sub(r"^# (\w+) =.*", r"\1 = 0", text, flags=re.MULTILINE))
    for item in fields(di.Policy()):
        value = getattr(di.Policy(), item.name)
        names = [inner.name for inner in fields(value)] if is_dataclass(value) else []
        assert list(every[item.name]) == (names or list(value))


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> SamplePaths:
    return write_sample(tmp_path_factory.mktemp("sample"), securities=25, accounts=2)


def trades(sample: SamplePaths, **tables: object) -> pd.DataFrame:
    fund = di.Benchmark.from_holdings(sample.holdings)
    history = pd.read_parquet(sample.price_history)
    risk = di.estimate_risk(history, on=sample.on, factors=3)
    run = di.rebalance_many(
        benchmark=fund, risk=risk, date=sample.on, **sample.tables() | tables
    )
    assert run.ok
    return run.trades


def test_what_is_said_to_have_no_effect_has_none(sample):
    """When one of these gets a use, docs/tables.md must stop denying it."""
    page = (ROOT / "docs" / "tables.md").read_text()
    denied = page.partition("without effect on a plan yet")[2].partition("<!--")[0]
    tables = sample.tables()
    changed = {
        name: pd.read_csv(tables[name]).assign(**columns)
        for name, columns in UNUSED.items()
    }
    before = trades(sample)
    for word in ("`sleeve` and `parent`", "`name` of securities"):
        assert word in denied
    pd.testing.assert_frame_equal(trades(sample, **changed), before)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("prices", {"spread_bp": 300.0}),
        ("activity", {"date": "2024-06-27", "side": "sell", "realised_gain": -1.0}),
        ("lots", {"acquired": "2023-01-03", "holding_start": "2022-12-01"}),
        ("lots", {"cost_basis": 10.0}),
        ("taxpayers", {"realised_short": 50_000}),
        ("taxpayers", {"realised_long": 50_000}),
        ("taxpayers", {"carry_short": 70_000}),
        ("taxpayers", {"expected_long": 9_000_000}),
    ],
)
def test_the_sample_is_sensitive_to_what_has_an_effect(sample, table, columns):
    """So that the test above can fail."""
    changed = pd.read_csv(sample.tables()[table]).assign(**columns)
    assert not trades(sample, **{table: changed}).equals(trades(sample))


def test_the_command_line_page_repeats_the_demo():
    """Every table that the demo reads is in the command that the page shows."""
    page = (ROOT / "docs" / "cli.md").read_text()
    shown = documents.commands(page)
    [words] = [w for w in shown if w[:2] == ["di-optimizer", "rebalance"]]
    given = {Path(word).stem for word in words if word.startswith("demo-output/input")}
    read = {item.name for item in fields(SamplePaths)}
    assert given - {"risk"} == read - {"on", "folder", "price_history"}

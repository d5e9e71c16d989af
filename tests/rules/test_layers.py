# SPDX-License-Identifier: Apache-2.0
"""Settings of models, groups, named policies and accounts, and what is in force."""

import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.command_line import call
from support.tables import ON, book, frame, refused

import di_optimizer as di
from di_optimizer.errors import PolicyError
from di_optimizer.index.benchmark import Benchmark
from di_optimizer.intake import load
from di_optimizer.policy_file import policies_of
from di_optimizer.policy_layers import Follower

TABLES = ("models", "groups", "named", "accounts")
WHO = Follower(account="A1", benchmark="index", group="family", policy="calm")
NAMES = dict(zip(TABLES, ("index", "family", "calm", "A1"), strict=True))
SETTINGS = ("gamma", "max_te_bp")


@given(
    st.dictionaries(
        st.sampled_from(list(product(("", *TABLES), SETTINGS))), st.integers(1, 99)
    )
)
def test_the_narrowest_that_states_a_setting_sets_it(stated: dict):
    """Against looking each setting up by itself, narrow to wide."""
    tree: dict = {"named": {"calm": {}}}
    for (table, setting), value in stated.items():
        place = (
            tree
            if not table
            else tree.setdefault(table, {}).setdefault(NAMES[table], {})
        )
        place.setdefault("tracking", {})[setting] = value
    policy = policies_of(tree).of(WHO)
    for setting in SETTINGS:
        values = [stated.get((table, setting)) for table in (*TABLES[::-1], "")]
        first = next((v for v in values if v is not None), None)
        default = getattr(di.Tracking(), setting)
        assert getattr(policy.tracking, setting) == (
            default if first is None else first
        )


def test_who_belongs_to_nothing_has_the_default():
    book_ = policies_of({"groups": {"family": {"tracking": {"gamma": 50}}}})
    assert book_.of(Follower(account="B")).tracking.gamma == 10
    assert book_.of(Follower(account="B", group="family")).tracking.gamma == 50


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (
            {"groups": {"family": {"tracking": {"gama": 1}}}},
            "column 'groups.family.tracking.gama': found unknown setting 'gama'",
        ),
        (
            {"accounts": {"A1": {"cash": {"minimum": 0.5}}}},
            "column 'accounts.A1.cash.minimum': found 0.5, above "
            "accounts.A1.cash.maximum = 0.01",
        ),
        ({"model": {"index": {}}}, "found unknown setting 'model'"),
        ({"models": {"index": 3}}, "allowed: tables such as [models.sp500.tracking]"),
    ],
)
def test_wrong_layers_are_named(tree: dict, text: str):
    with pytest.raises(PolicyError) as caught:
        policies_of(tree, "p.toml")
    assert text in str(caught.value)


def test_a_misspelt_table_is_named():
    with pytest.raises(PolicyError, match="Did you mean 'groups'"):
        policies_of({"group": {"family": {}}})


ACCOUNTS = {
    "account": ["A1", "A2"],
    "group": ["family", "other"],
    "policy": ["calm", ""],
    "cash": [100, 0],
    "short_rate": [0.4, 0.4],
    "long_rate": [0.2, 0.2],
}
TREE = {
    "tracking": {"gamma": 20},
    "models": {"index": {"tracking": {"gamma": 30}, "trading": {"min_trade": 50}}},
    "groups": {"family": {"trading": {"min_trade": 70}}},
    "named": {"calm": {"cash": {"maximum": 0.05}}},
    "accounts": {"A1": {"trading": {"sides": "buy_only"}}},
}


def layered(tree: dict, **more: object):
    policies = policies_of(tree, "p.toml")
    return book(accounts=frame(ACCOUNTS), policies=policies, **more)


@pytest.mark.parametrize(
    ("table", "name", "text"),
    [
        (
            "models",
            "indx",
            "p.toml, column 'models.indx': found unknown model 'indx'; allowed: the "
            "name of a benchmark. Did you mean 'index'?",
        ),
        (
            "groups",
            "famly",
            "p.toml, column 'groups.famly': found unknown group 'famly'; allowed: a "
            "group of accounts. Did you mean 'family'?",
        ),
        (
            "accounts",
            "A11",
            "p.toml, column 'accounts.A11': found unknown account 'A11'; allowed: an "
            "account of accounts. Did you mean 'A1'?",
        ),
    ],
)
def test_misspelt_names_of_layers_are_refused(table: str, name: str, text: str):
    tree = {**TREE, table: {name: {}}}
    assert refused(layered(tree)) == [text]


def test_layers_that_contradict_each_other_for_an_account():
    tree = {
        "named": {"calm": {}},
        "groups": {"family": {"counts": {"min_names": 10}}},
        "accounts": {"A1": {"counts": {"max_names": 9}}},
    }
    assert refused(layered(tree)) == [
        "p.toml, column 'accounts.A1.counts.min_names': found 10, above "
        "accounts.A1.counts.max_names = 9; allowed: a minimum of at most the maximum"
    ]


def test_intake_follows_the_layers():
    """A1 may hold what has no basis, A2 may not."""
    tree = {"named": {"calm": {}}, "groups": {"family": {"missing": {"basis": "hold"}}}}
    lots = {
        "account": ["A1", "A2"],
        "lot_id": ["1", "1"],
        "symbol": ["AAA", "AAA"],
        "shares": [1, 1],
        "cost_basis": [None, 5.0],
        "acquired": ["2020-01-31"] * 2,
    }
    assert load(layered(tree, lots=frame(lots)), on=ON).accounts[0].untraded != ()
    lots["cost_basis"] = [5.0, None]
    assert len(refused(layered(tree, lots=frame(lots)))) == 1


RULES = {
    "account": ["*", "model:index", "A1"],
    "symbol": ["AAA", "AAA", "BBB"],
    "kind": ["no_buy", "allow", "max"],
    "value": [None, None, 0.2],
}


def tables() -> dict:
    sources = layered(TREE)
    return {
        "lots": sources.lots,
        "accounts": sources.accounts,
        "prices": sources.prices,
        "restrictions": frame(RULES),
    }


def test_what_is_in_force_says_where_it_comes_from():
    index = Benchmark.from_weights({"AAA": 1.0}, name="index")
    found = di.effective(
        date=ON, benchmark=index, policy=policies_of(TREE, "p.toml"), **tables()
    )
    columns = ["account", "kind", "about", "set_for", "source", "overrides"]
    assert found.rules[columns].to_numpy().tolist() == [
        [
            "A1",
            "allow",
            "AAA",
            "model:index",
            "restrictions, row 2",
            "no_buy (restrictions, row 1)",
        ],
        ["A1", "max", "BBB", "account", "restrictions, row 3", ""],
        [
            "A2",
            "allow",
            "AAA",
            "model:index",
            "restrictions, row 2",
            "no_buy (restrictions, row 1)",
        ],
    ]
    assert found.settings.to_numpy().tolist() == [
        ["A1", "tracking.gamma", "30.0", "10.0", "p.toml [models.index]"],
        ["A1", "trading.min_trade", "70.0", "0.0", "p.toml [groups.family]"],
        ["A1", "trading.sides", '"buy_only"', '"both"', "p.toml [accounts.A1]"],
        ["A1", "cash.maximum", "0.05", "0.01", "p.toml [named.calm]"],
        ["A2", "tracking.gamma", "30.0", "10.0", "p.toml [models.index]"],
        ["A2", "trading.min_trade", "50.0", "0.0", "p.toml [models.index]"],
    ]
    only = di.effective(
        date=ON,
        benchmark=index,
        policy=policies_of(TREE, "p.toml"),
        account="A2",
        **tables(),
    )
    assert set(only.rules["account"]) == set(only.settings["account"]) == {"A2"}
    assert "no_buy (restrictions, row 1)" in str(only)


def test_a_default_that_is_stated_overrides_a_wider_layer():
    tree = {**TREE, "accounts": {"A1": {"tracking": {"gamma": 10}}}}
    index = Benchmark.from_weights({"AAA": 1.0}, name="index")
    found = di.effective(
        date=ON, benchmark=index, policy=policies_of(tree), account="A1", **tables()
    )
    assert "tracking.gamma" not in set(found.settings["setting"])


def test_policies_of_python_have_a_source_too():
    policies = di.PolicyBook(named={"calm": di.Policy(tracking=di.Tracking(gamma=50))})
    found = di.effective(date=ON, policy=policies, **tables())
    assert found.settings.to_numpy().tolist() == [
        ["A1", "tracking.gamma", "50.0", "10.0", "policy [named.calm]"]
    ]


def write(folder: Path) -> list[str]:
    words = ["rules", "--date", ON.isoformat()]
    for name, table in tables().items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False)
        words += [f"--{name}", str(path)]
    policy = folder / "p.toml"
    policy.write_text("[accounts.A1.tracking]\ngamma = 40\n[named.calm]\n")
    holdings = folder / "index.csv"
    holdings.write_text("symbol,weight\nAAA,1\n")
    return [*words, "--policy", str(policy), "--holdings", f"index={holdings}"]


def test_the_command_prints_both_tables(tmp_path: Path):
    shown = call(*write(tmp_path), "--account", "A1")
    assert shown.status == 0
    assert "Restrictions in force on 2023-01-03" in shown.out
    assert "model:index" in shown.out
    assert "tracking.gamma" in shown.out


def test_the_command_prints_json(tmp_path: Path):
    shown = json.loads(call(*write(tmp_path), "--json").out)
    assert [r["kind"] for r in shown["rules"]] == ["allow", "max", "allow"]
    assert shown["settings"][0]["set_in"].endswith("p.toml [accounts.A1]")


def test_the_command_refuses_an_unknown_account(tmp_path: Path):
    shown = call(*write(tmp_path), "--account", "A9")
    assert shown.status == 2
    assert "allowed: an account of the tables" in shown.err

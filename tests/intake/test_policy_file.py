# SPDX-License-Identifier: Apache-2.0
"""Policy files: what they give, and that a wrong setting is named."""

import pickle
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import ValidationError

from di_optimizer.errors import PolicyError
from di_optimizer.policy import Budget, Policy
from di_optimizer.policy_file import PolicyBook, read_policies

TOP = ", ".join(item.name for item in fields(Policy))


def read(folder: Path, text: str) -> PolicyBook:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return read_policies(path)


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        read(folder, text)
    path = str(folder / "policy.toml")
    assert all(problem.file == path for problem in caught.value.problems)
    return [str(problem).removeprefix(path) for problem in caught.value.problems]


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    book = read(tmp_path, "")
    assert (book.default, book.named, book.every()) == (Policy(), {}, (Policy(),))


def test_default_and_named_policies(tmp_path: Path) -> None:
    book = read(
        tmp_path,
        """
        engine = "reference"
        [tracking]
        gamma = 2
        [cash]
        minimum = 0.001
        maximum = 0.02
        [named.calm.tracking]
        gamma = 50.5
        [named.calm.cash]
        maximum = 1
        [named.same]
        """,
    )
    assert (book.default.tracking.gamma, book.default.cash.maximum) == (2.0, 0.02)
    calm = book.policy("calm")
    assert (calm.tracking.gamma, calm.cash.minimum, calm.cash.maximum) == (
        50.5,
        0.001,
        1,
    )
    assert book.policy("same") == book.policy("") == book.default
    assert list(book.named) == ["calm", "same"]
    assert pickle.loads(pickle.dumps(book)) == book
    with pytest.raises(KeyError):
        book.policy("clam")


def test_every_wrong_setting_is_named(tmp_path: Path) -> None:
    found = refused(
        tmp_path,
        """
        engine = "refrence"
        gama = 1
        [tracking]
        gama = 10
        gamma = -0.1
        [cash]
        minimum = 1.5
        maximum = "0.1"
        [search]
        flips = 2.5
        gap_bp = inf
        [missing]
        price = "held"
        [trading]
        decimals = 10
        spread_bp = true
        [bounds]
        active = nan
        minimum = 2023-01-31
        [taxes]
        bill = "nett"
        near_long_days = 367
        [wash]
        policy = "disalow"
        [harvest]
        minimum_loss = -1
        [named.calm.tracking]
        gamma = []
        [named.calm.traking]
        gamma = 1
        """,
    )
    assert sorted(found) == sorted(
        [
            ', column \'engine\': found "refrence"; allowed: one of "auto", '
            '"certified", "reference". '
            "Did you mean 'reference'?",
            f", column 'gama': found unknown setting 'gama'; allowed: {TOP}",
            ", column 'tracking.gama': found unknown setting 'gama'; allowed: gamma, "
            "max_te_bp, unreachable. "
            "Did you mean 'gamma'?",
            ", column 'tracking.gamma': found -0.1; allowed: a number of at least 0",
            ", column 'cash.minimum': found 1.5; allowed: a number from 0 to 1",
            ", column 'cash.maximum': found \"0.1\"; allowed: a number from 0 to 1",
            ", column 'search.flips': found 2.5; allowed: a whole number of at least 0",
            ", column 'search.gap_bp': found Infinity; allowed: a number of at least 0",
            ', column \'missing.price\': found "held"; allowed: one of "refuse", '
            "\"hold\". Did you mean 'hold'?",
            ", column 'trading.decimals': found 10; allowed: a whole number from 0 to "
            "9",
            ", column 'trading.spread_bp': found true; allowed: a number of at least 0",
            ", column 'bounds.active': found NaN; allowed: a number from 0 to 1",
            ", column 'bounds.minimum': found \"2023-01-31\"; allowed: a number from 0 "
            "to 1",
            ', column \'taxes.bill\': found "nett"; allowed: one of "auto", '
            '"flat", "netting". Did you mean \'netting\'?',
            ", column 'taxes.near_long_days': found 367; allowed: a whole number from "
            "0 to 366",
            ", column 'wash.policy': found \"disalow\"; allowed: one of "
            '"disallow", "trade_off", "ignore". Did you mean \'disallow\'?',
            ", column 'harvest.minimum_loss': found -1; allowed: a number of at least "
            "0",
            ", column 'named.calm.tracking.gamma': found []; allowed: a number of at "
            "least 0",
            ", column 'named.calm.traking': found unknown setting 'traking'; allowed: "
            f"{TOP}. Did you mean 'tracking'?",
        ]
    )


BUDGETS = """
    [[taxes.budgets]]
    measure = "gain"
    term = "short"
    maximum = 0
    [[taxes.budgets]]
    minimum = -500.5
    maximum = 1e3
    period = "year"
    [named.calm.tracking]
    gamma = 1
    [[named.tight.taxes.budgets]]
    measure = "loss"
    minimum = 10
    maximum = 10
"""


def test_budgets_are_a_list_of_tables(tmp_path: Path) -> None:
    book = read(tmp_path, BUDGETS)
    first, second = book.default.taxes.budgets
    assert first == Budget(measure="gain", term="short", maximum=0.0)
    assert second == Budget(minimum=-500.5, maximum=1000.0, period="year")
    assert book.policy("calm").taxes.budgets == (first, second)
    (own,) = book.policy("tight").taxes.budgets
    assert own == Budget(measure="loss", minimum=10.0, maximum=10.0)
    assert pickle.loads(pickle.dumps(book)) == book


def test_every_wrong_budget_is_named_by_its_place(tmp_path: Path) -> None:
    found = refused(
        tmp_path,
        """
        [[taxes.budgets]]
        maximun = 0
        [[taxes.budgets]]
        minimum = 3
        maximum = 2.99
        [[taxes.budgets]]
        measure = "gian"
        maximum = inf
        [[taxes.budgets]]
        measure = "gain"
        maximum = 2
        period = "year"
        [[taxes.budgets]]
        [[named.x.taxes.budgets]]
        term = "medium"
        """,
    )
    allowed = "measure, term, minimum, maximum, period"
    assert found == [
        ", column 'taxes.budgets[1].maximun': found unknown setting 'maximun'; "
        f"allowed: {allowed}. Did you mean 'maximum'?",
        ", column 'taxes.budgets[2].minimum': found 3, above the maximum 2.99; "
        "allowed: a minimum of at most the maximum",
        ", column 'taxes.budgets[3].measure': found \"gian\"; allowed: one of "
        '"gain", "loss", "net". Did you mean \'gain\'?',
        ", column 'taxes.budgets[3].maximum': found Infinity; allowed: a number",
        ', column \'taxes.budgets[4].period\': found "year" with measure "gain"; '
        'allowed: measure "net": the taxpayers table has net figures',
        ", column 'taxes.budgets[5].maximum': found no limit; allowed: a minimum or a "
        "maximum",
        ", column 'named.x.taxes.budgets[1].term': found \"medium\"; allowed: one of "
        '"short", "long", "total"',
    ]


@pytest.mark.parametrize(
    ("text", "place", "allowed"),
    [
        ("taxes.budgets = 3", "taxes.budgets", "a list of tables with measure, term"),
        ("taxes.budgets = [3]", "taxes.budgets[1]", "a table with measure, term, mini"),
    ],
)
def test_budgets_that_are_no_tables(
    text: str, place: str, allowed: str, tmp_path: Path
) -> None:
    (found,) = refused(tmp_path, text)
    assert found.startswith(f", column '{place}': found 3; allowed: {allowed}")


def test_a_budget_in_python_is_checked_as_well() -> None:
    with pytest.raises(ValidationError, match="minimum: found 2, above the maximum 1;"):
        Budget(minimum=2, maximum=1)
    assert Budget(minimum=1, maximum=1).minimum == 1.0


def test_a_section_that_is_no_table(tmp_path: Path) -> None:
    (found,) = refused(tmp_path, "cash = 0.1")
    said = ", column 'cash': found 0.1; allowed: a table with minimum, maximum, floor"
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("text", "column"), [("named = 1", "named"), ("[named]\ncalm = 1", "named.calm")]
)
def test_named_that_is_no_table(text: str, column: str, tmp_path: Path) -> None:
    (found,) = refused(tmp_path, text)
    allowed = "tables such as [named.cautious.tracking]"
    assert found == f", column '{column}': found 1; allowed: {allowed}"


def test_contradictions_also_after_merging(tmp_path: Path) -> None:
    (found,) = refused(tmp_path, "[cash]\nminimum = 0.02")
    assert found == (
        ", column 'cash.minimum': found 0.02, above cash.maximum = 0.01; allowed: a "
        "minimum of at most the maximum"
    )
    (found,) = refused(
        tmp_path, "[bounds]\nmaximum = 0.1\n[named.x.bounds]\nminimum = 0.2"
    )
    assert found.startswith(", column 'named.x.bounds.minimum': found 0.2, above")
    equal = read(tmp_path, "[cash]\nminimum = 0.01")
    assert equal.default.cash.minimum == equal.default.cash.maximum


@pytest.mark.parametrize(
    ("text", "row", "found"),
    [
        ('engine = "reference"\n[tracking\n', 2, "Expected ']'"),
        ("[cash]\nminimum = 1\nminimum = 2\n", 3, "Cannot overwrite a value"),
        ("[cash]\nminimum = ", 2, "Invalid value"),
        ("[cash]\n[cash]\n", 2, "Cannot declare"),
    ],
)
def test_syntax_errors_have_a_line(
    text: str, row: int, found: str, tmp_path: Path
) -> None:
    (message,) = refused(tmp_path, text)
    assert message.startswith(f", row {row}: found text that is not TOML: {found}")


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="found No such file or directory"):
        read_policies(tmp_path / "none.toml")
    path = tmp_path / "latin.toml"
    path.write_bytes(b"# \xe9\n")
    with pytest.raises(PolicyError, match="no UTF-8 text; allowed: UTF-8"):
        read_policies(path)


def test_decimals_by_type_of_security(tmp_path):
    """A table of the types that there are, each with 0 to 9 digits."""
    path = tmp_path / "policy.toml"
    path.write_text("[trading.type_decimals]\netf = 2\nfund = 0\n")
    trading = read_policies(path).default.trading
    assert trading.type_decimals == {"etf": 2, "fund": 0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[trading.type_decimals]\nfunds = 2",
            "'trading.type_decimals.funds': found unknown setting 'funds'; allowed: "
            "stock, etf, fund, adr, reit, bond, option, future, forex, cash. Did you "
            "mean 'fund'?",
        ),
        (
            "[trading.type_decimals]\netf = 10",
            "'trading.type_decimals.etf': found 10; allowed: a whole number from",
        ),
        (
            "[trading]\ntype_decimals = 3",
            "'trading.type_decimals': found 3; allowed: a table of stock, etf, fund, ",
        ),
        (
            "[counts]\nmin_names = 3\nmax_names = 2",
            "'counts.min_names': found 3, above counts.max_names = 2; allowed: a",
        ),
        (
            "[named.x.counts]\nmin_names = 11\n[named.x.trading]\nmin_holding = 0.1",
            "'named.x.counts.min_names': found 11, each of named.x.trading.min_holding",
        ),
        (
            "[bounds]\nmaximum = 0.1\n[trading]\nmin_holding = 0.2",
            "'trading.min_holding': found 0.2, above bounds.maximum = 0.1",
        ),
        (
            "[counts]\nmax_trades = -1",
            "'counts.max_trades': found -1; allowed: a whole",
        ),
    ],
)
def test_sizes_and_counts_that_make_no_sense(tmp_path, text, said):
    path = tmp_path / "policy.toml"
    path.write_text(text + "\n")
    with pytest.raises(PolicyError) as refusal:
        read_policies(path)
    assert said in str(refusal.value)

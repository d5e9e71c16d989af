# SPDX-License-Identifier: Apache-2.0
"""Every setting of the schema: example, nearest name, contradictions."""

from __future__ import annotations

import inspect
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from di_optimizer.errors import PolicyError
from di_optimizer.policy import Policy
from di_optimizer.policy_file import PolicyBook, read_policies
from di_optimizer.policy_words import Place
from scripts.policy_page import Section, attributes, sections

SECTIONS = tuple(sections())
SETTINGS = [(s, item.name) for s in SECTIONS for item in s.settings]
IDS = [f"{s.title}{name}" for s, name in SETTINGS]
NEEDS = {  # what a setting needs besides, to make sense
    "[cash]exchange_out": 'use = "exchange"\nexchange_in = ["ZZZ"]',
    "[cash]exchange_in": 'use = "exchange"\nexchange_out = ["ZZZ"]',
    "[cash]minimum": "maximum = 0.5",
    "[cash]target": "maximum = 0.5",
    "[[limits]]on": 'name = "a"\nmaximum = 1',
    "[[limits]]name": "maximum = 1",
    "[[limits]]unit": 'name = "a"\nmaximum = 1',
    "[[limits]]minimum": 'name = "a"',
    "[[limits]]maximum": 'name = "a"',
    "[[limits]]price": 'name = "a"\nmaximum = 1',
    "[[limits]]exclude": 'name = "a"\nmaximum = 1',
    "[[risk_limits]]on": 'name = "a"',
    "[[risk_limits]]name": 'on = "sector"',
    "[[risk_limits]]max_te_bp": 'factors = ["a"]',
    "[[risk_limits]]price": 'factors = ["a"]',
    "[[taxes.budgets]]measure": "maximum = 0",
    "[[taxes.budgets]]term": "maximum = 0",
    "[[taxes.budgets]]period": "maximum = 0",
}


def read(folder: Path, text: str) -> PolicyBook:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return read_policies(path)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        read(folder, text)
    return str(caught.value)


def told(section: Section) -> dict[str, tuple[str, str, str]]:
    return attributes(inspect.getdoc(section.kind) or "")


def example_file(section: Section, name: str) -> str:
    """A file with one setting at its example, and what it cannot do without."""
    examples = {key: entry[2] for key, entry in told(section).items()}
    lines = [section.title, f"{name} = {examples[name]}"]
    lines += [NEEDS.get(f"{section.title}{name}", "")]
    given = "\n".join(lines)
    for item in fields(section.kind):
        if item.default is MISSING and f"\n{item.name} =" not in given:
            lines.append(f"{item.name} = {examples[item.name]}")
    return "\n".join(lines)


def found_at(policy: object, place: Place) -> object:
    for part in place:
        at_name = isinstance(part, str)
        policy = getattr(policy, part) if at_name else policy[part]  # type: ignore
    return policy


@pytest.mark.parametrize(("section", "name"), SETTINGS, ids=IDS)
def test_an_example_is_a_file_for_its_setting(section, name, tmp_path):
    unit, effect, example = told(section)[name]
    assert effect.endswith(".")
    assert example
    book = read(tmp_path, example_file(section, name))
    value = found_at(book.default, (*section.place, name))
    assert unit or not isinstance(value, int | float)
    [item] = [item for item in fields(section.kind) if item.name == name]
    assert value != item.default or example in ('"sector"', '"run"', "5")
    written = tomllib.loads(f"x = {example}")["x"]
    if name == "budgets":
        assert len(value) == len(written)
    else:
        assert (tuple(written) if isinstance(written, list) else written) == value


def dropped(name: str) -> list[str]:
    """Return the name without each of its letters."""
    return sorted({name[:i] + name[i + 1 :] for i in range(len(name))})


@pytest.mark.parametrize(("section", "name"), SETTINGS, ids=IDS)
@pytest.mark.parametrize("variant", ["", "named.x."])
def test_a_setting_without_one_letter_is_refused_by_name(
    section, name, variant, tmp_path
):
    known = {item.name for item in fields(section.kind)}
    title = section.title.replace("[", "").replace("]", "")
    head = f"{'[[' if section.listed else '['}{variant}{title}"
    head += "]]" if section.listed else "]"
    if not title:
        head = f"[{variant.rstrip('.')}]" if variant else ""
    column = variant + ("" if not title else f"{title}[1]." * section.listed)
    column += f"{title}." if title and not section.listed else ""
    for wrong in dropped(name):
        if wrong in known or not wrong:
            continue
        text = refused(tmp_path, f"{head}\n{wrong} = 1")
        assert f"column '{column}{wrong}': found unknown setting '{wrong}'" in text
        assert f"Did you mean '{name}'?" in text, wrong


@pytest.mark.parametrize(
    "title", [s.title for s in SECTIONS if s.place and "." not in s.title]
)
def test_a_section_without_one_letter_is_refused_by_name(title, tmp_path):
    name = title.strip("[]")
    for wrong in dropped(name):
        text = refused(tmp_path, title.replace(name, wrong))
        assert f"column '{wrong}': found unknown setting '{wrong}'" in text
        near = "wash" if wrong == "ash" else name  # as near to cash
        assert f"Did you mean '{near}'?" in text


def test_names_of_a_mapping_are_checked(tmp_path):
    text = refused(tmp_path, "[trading.type_decimals]\nsock = 2\noptin = 1")
    assert "'trading.type_decimals.sock': found unknown setting 'sock'" in text
    assert "Did you mean 'stock'?" in text
    assert "Did you mean 'option'?" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[scores]]\nprice = 1", "'scores[1].column': found nothing; allowed: a text"),
        ("[cash]\nsleeves = 'a'", "'cash.sleeves': found \"a\"; allowed: a list of te"),
        ("[cash]\nsleeves = [1]", "'cash.sleeves[1]': found 1; allowed: a text"),
        ("[drift.factors]\nx = -1", "'drift.factors.x': found -1; allowed: a number o"),
        ("terms = ['a', 1]", "'terms[2]': found 1; allowed: a text"),
        ("scores = 1", "'scores': found 1; allowed: a list of tables with column, pr"),
    ],
)
def test_values_inside_lists_and_mappings_are_named(text, said, tmp_path):
    assert said in refused(tmp_path, text)


EXCHANGE = '[cash]\nuse = "exchange"\nexchange_out = ["A"]\nexchange_in = ["B"]\n'
CONTRADICTIONS = [
    ("[cash]\ntarget = 0.02", "'cash.target': found 0.02, above cash.maximum = 0.01"),
    (
        "[cash]\nminimum = 0.005\ntarget = 0.004",
        "'cash.minimum': found 0.005, above cash.target = 0.004",
    ),
    (
        EXCHANGE.replace('["A"]', "[]"),
        "'cash.exchange_out': found no symbols; allowed: at least one symbol",
    ),
    (
        EXCHANGE.replace('["B"]', "[]"),
        "'cash.exchange_in': found no symbols; allowed: at least one symbol",
    ),
    (
        EXCHANGE.replace("exchange", "full", 1),
        "'cash.exchange_in': found symbols, and cash.use = \"full\"; allowed: symbols",
    ),
    (
        EXCHANGE.replace('"B"', '"B", "A"'),
        "'cash.exchange_in': found 'A', which is in cash.exchange_out as well",
    ),
    (
        EXCHANGE + '[trading]\nsides = "buy_only"',
        '\'cash.use\': found "exchange", and trading.sides = "buy_only"; allowed: it',
    ),
    (
        '[cash]\nuse = "invest"\n[trading]\nsides = "sell_only"',
        "'cash.use': found \"invest\", and trading.sides",
    ),
    (
        '[cash]\nuse = "cover"\n[trading]\nsides = "buy_only"',
        "'cash.use': found \"cover\", and trading.sides",
    ),
    (
        '[cash]\nuse = "model_change"\nscope = "cash"',
        '\'cash.use\': found "model_change", and cash.scope = "cash"',
    ),
    (
        'engine = "certified"\nterms = ["a:b"]',
        '\'engine\': found "certified", and terms; allowed: "auto" or "reference"',
    ),
    (
        '[conflict]\nkeep = ["cash.minimun"]',
        "'conflict.keep': found \"cash.minimun\"; allowed: the beginning of a limit's "
        "name, such as",
    ),
    ('[conflict]\nkeep = ["no_bye"]', "Did you mean 'no_buy'?"),
    (
        '[[limits]]\non = "sector"\nname = "A"\nminimum = 0.3\n'
        '[[limits]]\non = "sector"\nname = "A"\nmaximum = 0.2',
        "'limits[1].minimum': found 0.3, above limits[2].maximum = 0.2",
    ),
    (
        "[[taxes.budgets]]\nmaximum = 1\n[[taxes.budgets]]\nminimum = 2",
        "'taxes.budgets[2].minimum': found 2, above taxes.budgets[1].maximum = 1",
    ),
]


@pytest.mark.parametrize(("text", "said"), CONTRADICTIONS)
def test_settings_that_contradict_each_other(text, said, tmp_path):
    assert said in refused(tmp_path, text)


AGREEING = [
    "[cash]\ntarget = 0.01\nminimum = 0.01",
    EXCHANGE,
    '[cash]\nuse = "invest"\n[trading]\nsides = "buy_only"',
    '[cash]\nuse = "cover"\n[trading]\nsides = "sell_only"',
    'engine = "auto"\nterms = ["a:b"]',
    '[conflict]\nkeep = ["cash", "limits[2] (sector Energy) maximum", "no_buy (r"]',
    '[[limits]]\non = "sector"\nname = "A"\nminimum = 0.2\n'
    '[[limits]]\non = "sector"\nname = "A"\nmaximum = 0.2',
    '[[limits]]\non = "sector"\nname = "A"\nminimum = 0.3\nprice = 1\n'
    '[[limits]]\non = "sector"\nname = "A"\nmaximum = 0.2',
    '[[taxes.budgets]]\nmaximum = 1\n[[taxes.budgets]]\nterm = "long"\nminimum = 2',
]


@pytest.mark.parametrize("text", AGREEING)
def test_the_other_side_of_each_contradiction(text, tmp_path):
    assert read(tmp_path, text).default != Policy()

# SPDX-License-Identifier: Apache-2.0
"""What the pages print is run, and the commands they name exist."""

import textwrap
from typing import Annotated, Any

import pytest
import typer
import typer.main
from support import documents
from support.code import ROOT

from di_optimizer.cli.main import app

PAGE = textwrap.dedent(
    """\
    # A page

    ```python
    x = 20
    print(x + 1, 0.123456)
    ```

    ```text
    21 0.12...
    ```

    Words between, so that the next output belongs to nobody.

    ```python
    print(x)
    ```

    Words.

    ```text
    99
    ```

      ```sh
      $ make demo && tool run --fast=2 \\
          -n 3   # a comment
      make test ARGS="-k x"
      ```
    """
)


@pytest.fixture
def tool() -> Any:
    """A program with one command, ``run``, with the options --fast, --slow and -n."""
    app = typer.Typer()

    @app.command()
    def run(
        fast: Annotated[bool, typer.Option("--fast/--slow")] = False,
        number: Annotated[int, typer.Option("-n")] = 1,
    ) -> None:
        del fast, number

    @app.callback()
    def program() -> None:
        pass

    return typer.main.get_command(app)


def test_blocks_know_their_language_and_line():
    found = documents.blocks(PAGE)
    assert [(b.language, b.line) for b in found] == [
        ("python", 3), ("text", 8), ("python", 14), ("text", 20), ("sh", 24),
    ]  # fmt: skip
    assert [b.after for b in found] == ["", "python", "", "", "text"]


def test_output_belongs_to_the_block_right_above_it():
    assert [s.output for s in documents.snippets(PAGE)] == ["21 0.12...\n", None]


def test_blocks_run_in_order_and_share_names():
    assert documents.run(PAGE, "page") == []


def test_a_page_that_prints_something_else_is_wrong():
    [problem] = documents.run(PAGE.replace("21 0.12", "22 0.12"), "page")
    assert problem.startswith("page:3 prints\n21 0.123456")
    assert problem.endswith("and the page says\n22 0.12...\n")


def test_code_that_fails_names_the_line_of_the_page():
    with pytest.raises(ZeroDivisionError) as error:
        documents.run("Words\n\n```python\ny = 1\n1 / 0\n```\n", "page")
    assert (error.traceback[-1].path, error.traceback[-1].lineno + 1) == ("page", 5)


def test_commands_are_words_without_prompts_and_comments():
    assert list(documents.commands(PAGE)) == [
        ["make", "demo"],
        ["tool", "run", "--fast=2", "-n", "3"],
        ["make", "test", "ARGS=-k x"],
    ]


def test_commands_that_exist_pass(tool):
    assert documents.unknown_targets(PAGE, ROOT / "Makefile") == []
    assert documents.unknown_usage(PAGE, tool, "tool") == []


def test_commands_that_do_not_exist_are_named(tool):
    page = "```sh\nmake tset\ntool rum\ntool run --fat\ntool --version\n```\n"
    assert documents.unknown_targets(page, ROOT / "Makefile") == ["tset"]
    assert documents.unknown_usage(page, tool, "tool") == [
        "tool has no command rum",
        "tool run has no option --fat",
        "tool has no option --version",
    ]


PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/cli.md",
    "docs/compact.md",
    "docs/tax.md",
]
PRINTING = ["README.md", "docs/tax.md", "docs/working-orders.md", "docs/instruments.md"]


@pytest.mark.parametrize("name", PAGES)
def test_make_targets_on_our_pages_exist(name: str):
    page = (ROOT / name).read_text()
    assert documents.unknown_targets(page, ROOT / "Makefile") == []


@pytest.mark.parametrize("name", PAGES)
def test_commands_and_options_on_our_pages_exist(name: str):
    page = (ROOT / name).read_text()
    program = typer.main.get_command(app)
    assert documents.unknown_usage(page, program, "di-optimizer") == []


@pytest.mark.parametrize(
    "words", ["rebalance", "compact", "curves", "harvest", "tax wash-sales"]
)
def test_every_option_is_documented(words: str):
    page = (ROOT / "docs/cli.md").read_text()
    command = typer.main.get_command(app)
    for word in words.split():
        command = command.commands[word]
    options = [o for parameter in command.params for o in parameter.opts]
    assert [o for o in options if o.startswith("--") and f"`{o}" not in page] == []


@pytest.mark.parametrize("name", PRINTING)
def test_a_page_prints_what_it_says(name: str, tmp_path, monkeypatch):
    page = (ROOT / name).read_text()
    monkeypatch.chdir(tmp_path)
    assert [s for s in documents.snippets(page) if s.output], "no block to run"
    assert documents.run(page, name) == []

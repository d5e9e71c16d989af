# SPDX-License-Identifier: Apache-2.0
"""The shape of the package: one direction, no cycles, pages and not scrolls."""

import ast
from pathlib import Path

import pytest
from importlinter.cli import lint_imports
from support import code
from support.code import ROOT

LAZY = (
    "di_optimizer/cli/",
    "di_optimizer/solve/registry.py",
    "di_optimizer/own_terms/load.py",
)
FILE_LINES = 400
FUNCTION_LINES = 60


@pytest.fixture(scope="module")
def found() -> dict[str, code.Module]:
    return code.modules()


def test_no_module_imports_itself_through_others(found):
    assert code.cycle(code.graph(found)) == []


def test_imports_stand_at_the_top_but_for_commands_and_the_engine_registry(found):
    hidden = [
        place
        for module in found.values()
        if not module.place.startswith(LAZY)
        for place in code.hidden_imports(module)
    ]
    assert hidden == []


def test_files_and_functions_are_pages(found):
    files = [f"{m.place}: {m.lines}" for m in found.values() if m.lines > FILE_LINES]
    long = [
        f"{module.place}:{function.lineno} {function.name}: {code.length(function)}"
        for module in found.values()
        for function in code.functions(module)
        if code.length(function) > FUNCTION_LINES
    ]
    assert files + long == []


def test_each_file_names_its_licence_and_says_what_it_owns(found):
    silent = [
        m.place
        for m in found.values()
        if not m.path.read_text().startswith("# SPDX-License-Identifier: Apache-2.0\n")
        or not ast.get_docstring(m.tree)
    ]
    assert silent == []


def test_imports_follow_the_contracts(capfd, monkeypatch):
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capfd.readouterr().out


def written(folder: Path, **files: str) -> dict[str, code.Module]:
    """Modules of a package ``p`` with the given sources."""
    (folder / "p").mkdir()
    for name, text in files.items():
        (folder / "p" / f"{name}.py").write_text(text)
    return code.modules(folder, "p")


def test_a_cycle_is_seen_even_through_a_function(tmp_path):
    package = written(
        tmp_path,
        __init__="",
        a="from p import b\n",
        b="def f():\n    from p.c import x\n",
        c="import p.a\nx = 1\n",
    )
    assert set(code.cycle(code.graph(package))) == {"p.a", "p.b", "p.c"}


def test_a_straight_line_is_no_cycle(tmp_path):
    package = written(tmp_path, __init__="", a="from p import b\n", b="import os\n")
    assert code.graph(package) == {"p": set(), "p.a": {"p.b"}, "p.b": set()}
    assert code.cycle(code.graph(package)) == []


def test_length_leaves_out_docstrings():
    tree = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert code.length(function) == 2

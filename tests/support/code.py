# SPDX-License-Identifier: Apache-2.0
"""The package as a graph of imports and a list of functions, read from its source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "di_optimizer"
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    path: Path
    lines: int
    tree: ast.Module

    @property
    def place(self) -> str:
        """Path from the top of the repository."""
        return self.path.relative_to(ROOT).as_posix()


def modules(root: Path = ROOT, package: str = PACKAGE) -> dict[str, Module]:
    """Every module of the package by dotted name."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text()
        found[name] = Module(name, path, text.count("\n"), ast.parse(text))
    return found


def imported(node: ast.AST, known: set[str]) -> Iterator[str]:
    """Modules of the package that one import statement loads by name."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            if inner in known:
                yield inner
            elif node.module in known:
                yield node.module


def graph(found: dict[str, Module]) -> dict[str, set[str]]:
    """Imports among the modules, wherever in the file they stand."""
    known = set(found)
    return {
        name: {
            target
            for node in ast.walk(module.tree)
            for target in imported(node, known)
            if target != name
        }
        for name, module in found.items()
    }


def cycle(edges: dict[str, set[str]]) -> list[str]:
    """The modules of one import cycle in order; none is an empty list."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def functions(module: Module) -> Iterator[FunctionNode]:
    """Every function and method of a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, FunctionNode):
            yield node


def length(function: FunctionNode) -> int:
    """Lines of a function without its decorators and docstring."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def hidden_imports(module: Module) -> list[str]:
    """Import statements inside functions, as ``file:line``."""
    return [
        f"{module.place}:{node.lineno}"
        for function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

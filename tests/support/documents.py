# SPDX-License-Identifier: Apache-2.0
"""Run what a Markdown page prints: its Python blocks, in order, and its commands."""

import doctest
import io
import re
import shlex
import textwrap
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"^([a-z][\w-]*):", re.MULTILINE)
SHELL = {"sh", "bash", "console", "shell"}
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """A fenced block of a page and the line where it starts."""

    language: str
    text: str
    line: int
    after: str = ""  # language of the block before, where nothing stands between


@dataclass(frozen=True)
class Snippet:
    """Python code, and what the page says that it prints."""

    code: str
    line: int
    output: str | None = None


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a Markdown page in order."""
    found: list[Block] = []
    end = 0
    for match in FENCE.finditer(page):
        joined = bool(found) and not page[end : match.start()].strip()
        found.append(
            Block(
                language=match[2],
                text=textwrap.dedent(match[3]),
                line=page.count("\n", 0, match.start()) + 1,
                after=found[-1].language if joined else "",
            )
        )
        end = match.end()
    return found


def snippets(page: str) -> list[Snippet]:
    """Return the Python blocks, each with the ``text`` block right below it."""
    found: list[Snippet] = []
    for block in blocks(page):
        if block.language == "python":
            found.append(Snippet(block.text, block.line))
        elif block.language == "text" and block.after == "python":
            last = found.pop()
            found.append(Snippet(last.code, last.line, block.text))
    return found


def run(page: str, name: str) -> list[str]:
    """Run the page's Python blocks in one namespace; return what printed otherwise.

    ``...`` in a page stands for any text, and white space may differ.
    """
    namespace: dict[str, object] = {"__name__": "__main__"}
    wrong = []
    for snippet in snippets(page):
        code = "\n" * snippet.line + snippet.code
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(code, name, "exec"), namespace)
        if not _same(snippet.output, printed.getvalue()):
            wrong.append(
                f"{name}:{snippet.line} prints\n{printed.getvalue()}\n"
                f"and the page says\n{snippet.output}"
            )
    return wrong


def _same(expected: str | None, printed: str) -> bool:
    if expected is None:
        return True
    return doctest.OutputChecker().check_output(expected, printed, OPTIONS)


def commands(page: str) -> Iterator[list[str]]:
    """Yield the words of each shell command of a page, without prompts or comments."""
    for block in blocks(page):
        if block.language in SHELL:
            for line in block.text.replace("\\\n", " ").splitlines():
                for part in re.split(r"&&|\|", line.removeprefix("$ ")):
                    words = shlex.split(part, comments=True)
                    if words:
                        yield words


def unknown_targets(page: str, makefile: Path) -> list[str]:
    """Return the ``make`` targets of a page that the Makefile lacks."""
    known = set(TARGET.findall(makefile.read_text()))
    return [
        target
        for words in commands(page)
        if words[0] == "make"
        for target in words[1:]
        if "=" not in target and target not in known
    ]


def unknown_usage(page: str, program: Any, name: str) -> list[str]:
    """Return what a page says of a command line that the program does not have.

    ``program`` is what ``typer.main.get_command`` gives.
    """
    return [
        problem
        for words in commands(page)
        if words[0].rpartition("/")[2] == name
        for problem in _misused(program, words[1:], [name])
    ]


def _misused(command: Any, words: list[str], path: list[str]) -> list[str]:
    inner = getattr(command, "commands", {})
    if inner and words and not words[0].startswith("-"):
        if words[0] not in inner:
            return [f"{' '.join(path)} has no command {words[0]}"]
        return _misused(inner[words[0]], words[1:], [*path, words[0]])
    known = {"--help", *_options(command)}
    used = [word.partition("=")[0] for word in words if word.startswith("-")]
    return [f"{' '.join(path)} has no option {o}" for o in used if o not in known]


def _options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)

# SPDX-License-Identifier: Apache-2.0
"""From ``module:function`` to the function, in whatever process that is asked."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from di_optimizer.errors import InputError, Problem

ALLOWED = "module:function, both importable where the optimizer runs"


def resolve(name: str, *, file: str, setting: str) -> Callable[[Any], Any]:
    """Return the function that a setting names.

    Raises
    ------
    InputError
        When the name has another form, the module cannot be imported, or has no such
        function; file and setting say where.

    Examples
    --------
    >>> resolve("math:sqrt", file="policy", setting="terms[1]")(4.0)
    2.0
    """
    module_name, colon, function_name = name.partition(":")
    if not (module_name and colon and function_name):
        raise InputError([_problem(file, setting, f'"{name}"')])
    try:
        module = importlib.import_module(module_name)
    except (ImportError, SyntaxError) as error:
        found = f'"{name}", and importing {module_name} fails: {error}'
        todo = "Install the module or put its folder on PYTHONPATH."
        raise InputError([_problem(file, setting, found, todo)]) from error
    function = getattr(module, function_name, None)
    if not callable(function):
        found = f'"{name}", and {module_name} has no function {function_name}'
        raise InputError([_problem(file, setting, found)])
    called: Callable[[Any], Any] = function
    return called


def _problem(file: str, setting: str, found: str, todo: str = "") -> Problem:
    return Problem(file=file, column=setting, found=found, allowed=ALLOWED, todo=todo)

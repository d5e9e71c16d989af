# SPDX-License-Identifier: Apache-2.0
"""Shapes of CUSIP, ISIN and SEDOL, and the ninth character of a CUSIP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

SHAPES: Mapping[str, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        "cusip": (re.compile(r"[A-Z0-9*@#]{8,9}"), "8 or 9 letters and digits"),
        "isin": (re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]"), "12 letters and digits"),
        "sedol": (re.compile(r"[A-Z0-9]{7}"), "7 letters and digits"),
    }
)

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#"


def well_formed(column: str, text: str) -> bool:
    """Say whether ``text`` has the shape of the identifier in ``column``.

    Examples
    --------
    >>> well_formed("cusip", "037833100"), well_formed("sedol", "204625")
    (True, False)
    """
    return SHAPES[column][0].fullmatch(text) is not None


def full_cusip(text: str) -> str:
    """Return the nine-character CUSIP; some issuers print the first eight.

    The ninth is the check digit: values of the characters, every second one
    doubled, digits added, to the next multiple of ten.

    References
    ----------
    ANSI X9.6, CUSIP.

    Examples
    --------
    >>> full_cusip("03783310"), full_cusip("037833100")
    ('037833100', '037833100')
    """
    if len(text) != 8 or not well_formed("cusip", text):
        return text
    values = [_ALPHABET.index(c) * (1 + i % 2) for i, c in enumerate(text)]
    total = sum(v // 10 + v % 10 for v in values)
    return f"{text}{-total % 10}"

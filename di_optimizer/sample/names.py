# SPDX-License-Identifier: Apache-2.0
"""Fictional company names and ticker symbols.

Every symbol ends in two different letters of Q, X and Z, as no listed company's does.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np

ONSETS = (
    *("B", "Br", "C", "D", "Dr", "F", "G", "Gr", "H", "K", "L", "M", "N", "P"),
    *("Qu", "R", "S", "St", "T", "Tr", "V", "W", "Y", "Z"),
)
VOWELS = ("a", "e", "i", "o", "u")
ENDINGS = (
    *("ldevar", "rrowen", "ntriq", "voralt", "lstead", "rwynd", "xmere", "quilne"),
    *("ndrelo", "gmarsh", "thovan", "llaquin", "ssevan", "vantil", "ristok"),
    *("dovarn", "pterra", "zellow", "mbrask", "ckarel"),
)
FORMS = ("Inc.", "Inc.", "Corp.", "Corp.", "Group, Inc.", "Holdings")
FINALS = ("QX", "QZ", "XQ", "XZ", "ZQ", "ZX")


def roots(rng: np.random.Generator, count: int) -> list[str]:
    """Return ``count`` different invented words.

    Examples
    --------
    >>> words = roots(np.random.default_rng(1), 200)
    >>> len(set(words))
    200
    """
    words = ["".join(parts) for parts in product(ONSETS, VOWELS, ENDINGS)]
    chosen = rng.permutation(len(words))[:count]
    return [words[i] for i in chosen]


def ticker(root: str, length: int, used: set[str]) -> str:
    """Return a symbol for a name that is not used yet.

    Parameters
    ----------
    root : str
        Invented word.
    length : int
        Letters of the symbol, 3 or more; one longer when all are used.
    used : set of str
        Symbols given out already; not changed.

    Examples
    --------
    >>> ticker("Drixmere", 4, set()), ticker("Drixmere", 4, {"DRQX"})
    ('DRQX', 'DRQZ')
    """
    consonants = [c for c in root.upper()[1:] if c not in "AEIOU"]
    for middle, final in product(combinations(consonants, length - 3), FINALS):
        symbol = root[0] + "".join(middle) + final
        if symbol not in used:
            return symbol
    return ticker(root, length + 1, used)


def tickers(words: list[str], lengths: list[int]) -> list[str]:
    """Return a different symbol for each word, in order."""
    used: set[str] = set()
    found = []
    for word, length in zip(words, lengths, strict=True):
        symbol = ticker(word, length, used)
        used.add(symbol)
        found.append(symbol)
    return found

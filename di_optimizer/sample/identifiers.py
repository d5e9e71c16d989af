# SPDX-License-Identifier: Apache-2.0
"""Well-formed identifiers that cannot belong to a real security.

CUSIP issuer numbers from 990000 and SEDOL codes that begin with 9 are reserved for
users' own assignments; check digits follow the published algorithms.
"""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SEDOL_WEIGHTS = (1, 3, 1, 7, 3, 9)
SEDOL_LETTERS = "BCDFGHJKLMNPQRSTVWXYZ"  # SEDOL codes have no vowels


def cusip(issuer: int, issue: int) -> str:
    """Return a CUSIP in the range reserved for users.

    Parameters
    ----------
    issuer : int
        0 to 9,999.
    issue : int
        0 to 99; the first class of common stock is 10.

    Examples
    --------
    >>> cusip(12, 10)
    '990012106'
    """
    stem = f"99{issuer:04d}{issue:02d}"
    return stem + cusip_check_digit(stem)


def cusip_check_digit(stem: str) -> str:
    """Return the check digit of an eight-character CUSIP stem (double-add-double).

    Examples
    --------
    >>> cusip_check_digit("99001210")
    '6'
    """
    values = [DIGITS.index(c) * (1 + i % 2) for i, c in enumerate(stem)]
    return str(-sum(v // 10 + v % 10 for v in values) % 10)


def isin(country: str, national: str) -> str:
    """Return the ISIN of a national identifier (ISO 6166, Luhn check digit).

    Examples
    --------
    >>> isin("US", "990012106")
    'US9900121065'
    """
    stem = country + national
    digits = "".join(str(DIGITS.index(c)) for c in stem)
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(digits))]
    return stem + str(-sum(v // 10 + v % 10 for v in doubled) % 10)


def sedol(number: int) -> str:
    """Return a SEDOL in the range reserved for users: 9, five characters, check.

    Examples
    --------
    >>> sedol(0), sedol(123456)
    ('9BBBBB8', '9BRJYX9')
    """
    stem = ""
    for _ in range(5):
        number, rest = divmod(number, len(SEDOL_LETTERS))
        stem = SEDOL_LETTERS[rest] + stem
    code = "9" + stem
    total = sum(w * DIGITS.index(c) for w, c in zip(SEDOL_WEIGHTS, code, strict=True))
    return code + str(-total % 10)

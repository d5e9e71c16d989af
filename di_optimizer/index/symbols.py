# SPDX-License-Identifier: Apache-2.0
"""One canonical symbol per security: upper case, a dot before the share class.

Owns the spelling of symbols and the table of share classes that some issuers
print without a separator. Knows no security master: a symbol that is in neither
table is returned as it is, in upper case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from di_optimizer.errors import InputError, Problem

# Share classes of US exchanges whose separator some issuers drop. A form is listed
# only where no other security trades under the run-together letters: HUBB
# (Hubbell), RDSA (London) and CRDA (Croda) are ordinary tickers and stay out.
SHARE_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "AGMA": "AGM.A",  # Federal Agricultural Mortgage
        "AKOA": "AKO.A",  # Embotelladora Andina
        "AKOB": "AKO.B",
        "BFA": "BF.A",  # Brown-Forman
        "BFB": "BF.B",
        "BRKA": "BRK.A",  # Berkshire Hathaway
        "BRKB": "BRK.B",
        "CBSA": "CBS.A",  # CBS, until 2019
        "CWENA": "CWEN.A",  # Clearway Energy
        "FCEA": "FCE.A",  # Forest City, until 2018
        "GEFB": "GEF.B",  # Greif
        "GTNA": "GTN.A",  # Gray Television
        "HEIA": "HEI.A",  # HEICO
        "HVTA": "HVT.A",  # Haverty Furniture
        "JWA": "JW.A",  # John Wiley & Sons, until 2022
        "JWB": "JW.B",
        "LENB": "LEN.B",  # Lennar
        "LGFA": "LGF.A",  # Lions Gate, until 2025
        "LGFB": "LGF.B",
        "MKCV": "MKC.V",  # McCormick, voting
        "MOGA": "MOG.A",  # Moog
        "MOGB": "MOG.B",
        "PBRA": "PBR.A",  # Petrobras, preferred receipts
        "STZB": "STZ.B",  # Constellation Brands, until 2022
        "TAPA": "TAP.A",  # Molson Coors
        "UHALB": "UHAL.B",  # U-Haul, non-voting
    }
)

_CLASS = re.compile(r"([A-Z0-9]+)[/ -]+([A-Z])")


def canonical(raw: str, aliases: Mapping[str, str] | None = None) -> str:
    """Return the canonical symbol of a security as an issuer or a user prints it.

    Parameters
    ----------
    raw : str
        Any spelling: ``brk/b``, ``BRK B``, ``BRK-B``, ``BRKB`` are all BRK.B.
    aliases : mapping of spelling to symbol, optional
        The user's own table. It wins over the built-in one and is applied once,
        so ``{"FB": "META"}`` renames FB and nothing else.

    Raises
    ------
    InputError
        When ``raw`` is blank, or two aliases of one spelling disagree.

    Examples
    --------
    >>> canonical(" brk/b "), canonical("BFB"), canonical("GOOGL")
    ('BRK.B', 'BF.B', 'GOOGL')
    >>> canonical("FB", {"FB": "META"}), canonical("BRKB", {"BRKB": "BRKB"})
    ('META', 'BRKB')
    """
    return resolve(raw, alias_table(aliases))


def resolve(raw: str, table: Mapping[str, str]) -> str:
    """Return the canonical symbol with a table that :func:`alias_table` prepared."""
    symbol = dotted(raw)
    if not symbol:
        raise InputError(
            [Problem(file="symbol", found="a blank symbol", allowed="letters")]
        )
    return table.get(symbol) or SHARE_CLASSES.get(symbol, symbol)


def alias_table(aliases: Mapping[str, str] | None) -> dict[str, str]:
    """Return the user's aliases with both sides in the dotted form.

    Raises
    ------
    InputError
        For a blank side, or one spelling that stands for two symbols.

    Examples
    --------
    >>> alias_table({"fb": "meta", "BRK/B": "BRK-B"})
    {'FB': 'META', 'BRK.B': 'BRK.B'}
    """
    table: dict[str, str] = {}
    problems = []
    for spelling, symbol in (aliases or {}).items():
        key, target = dotted(spelling), dotted(symbol)
        if not key or not target:
            problems.append(_bad_alias(f"'{spelling}' -> '{symbol}'", "two symbols"))
        elif table.setdefault(key, target) != target:
            found = f"'{key}' -> '{table[key]}' and '{target}'"
            problems.append(_bad_alias(found, "one symbol for each spelling"))
    if problems:
        raise InputError(problems)
    return table


def dotted(raw: str) -> str:
    """Return ``raw`` stripped, in upper case, its class letter after a dot.

    Examples
    --------
    >>> dotted("bf-b"), dotted("BAC-PL"), dotted("V")
    ('BF.B', 'BAC-PL', 'V')
    """
    text = raw.strip().upper()
    match = _CLASS.fullmatch(text)
    return f"{match[1]}.{match[2]}" if match else text


def _bad_alias(found: str, allowed: str) -> Problem:
    return Problem(file="aliases", found=found, allowed=allowed)

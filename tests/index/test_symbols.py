# SPDX-License-Identifier: Apache-2.0
import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from di_optimizer.errors import InputError
from di_optimizer.index.symbols import SHARE_CLASSES, alias_table, canonical

TEXT = """
    A AA AAPL AB BA BAC-PL BATRA BBDO BELFA BELFB BH BRBR BRK BF CENTA CMCSA CRDA DISCA
    FOX FOXA FWONA GLIBA GOOG GOOGL HEI HUBB KELYA KELYB LBRDA LBTYA LEN LILA LSXMA MKC
    MOG NWS NWSA PBR PARA QRTEA RDSA RDSB RUSHA RUSHB STZ TAP UA UAA UHAL V VIAB WLYB
    BRK.A BRK.B BF.B MOG.A RDS.A LEN.B 7203 BRKC BFC LENA HEIB
"""
ORDINARY = TEXT.split()


@pytest.mark.parametrize(
    "raw", ["BRK.B", "brk.b", " BRK/B ", "BRK B", "BRK-B", "BRKB", "brkb\t", "BRK  B"]
)
def test_every_spelling_of_a_share_class_is_one_symbol(raw: str) -> None:
    assert canonical(raw) == "BRK.B"


@pytest.mark.parametrize("symbol", ORDINARY)
def test_an_ordinary_ticker_is_left_alone(symbol: str) -> None:
    assert canonical(symbol) == symbol


def test_the_table_only_puts_a_dot_before_the_last_letter() -> None:
    for form, symbol in SHARE_CLASSES.items():
        assert symbol == f"{form[:-1]}.{form[-1]}"
        assert re.fullmatch(r"[A-Z]{2,4}\.[ABV]", symbol)


@pytest.mark.parametrize(
    ("raw", "symbol"),
    [("HEIA", "HEI.A"), ("MOGA", "MOG.A"), ("BFA", "BF.A"), ("LENB", "LEN.B"),
     ("GEFB", "GEF.B"), ("BFB", "BF.B"), ("NOVO B", "NOVO.B"), ("V-A", "V.A")],
)  # fmt: skip
def test_run_together_and_separated_classes(raw: str, symbol: str) -> None:
    assert canonical(raw) == symbol


@settings(deadline=None)
@given(st.text(min_size=1).filter(str.strip))
def test_twice_is_once(raw: str) -> None:
    once = canonical(raw)
    assert canonical(once) == once


@settings(deadline=None)
@given(st.from_regex(r"[A-Z]{1,5}", fullmatch=True))
def test_plain_letters_change_only_by_the_table(raw: str) -> None:
    assert canonical(raw) == SHARE_CLASSES.get(raw, raw)


def test_a_users_alias_wins_over_the_table_and_is_applied_once() -> None:
    aliases = {"brkb": "BRKB", "FB": "meta", "META": "FB", "BF-B": "X/A"}
    assert canonical("BRKB", aliases) == "BRKB"
    assert canonical("fb", aliases) == "META"
    assert canonical("META", aliases) == "FB"
    assert canonical("BF B", aliases) == "X.A"
    assert canonical("HEIA", aliases) == "HEI.A"


def test_aliases_that_disagree_or_are_blank_are_all_named() -> None:
    with pytest.raises(InputError) as caught:
        alias_table({"A/B": "X", "A-B": "Y", "C": " ", "": "D", "a b": "X"})
    text = str(caught.value)
    assert "3 problems" in text
    assert "found 'A.B' -> 'X' and 'Y'; allowed: one symbol for each" in text
    assert "'C' -> ' '" in text


@pytest.mark.parametrize("raw", ["", "  ", "\xa0"])
def test_a_blank_symbol_is_refused(raw: str) -> None:
    with pytest.raises(InputError, match="a blank symbol"):
        canonical(raw)


@pytest.mark.real_data
def test_no_member_of_the_index_since_1996_is_changed(real_data: Path) -> None:
    symbols: set[str] = set()
    for file, column in (("membership", "ticker"), ("constituents", "Symbol")):
        with open(real_data / f"sp500_{file}.csv", newline="", encoding="utf-8") as f:
            symbols |= {row[column] for row in csv.DictReader(f)}
    assert len(symbols) > 1100
    assert [s for s in sorted(symbols) if canonical(s) != s] == []

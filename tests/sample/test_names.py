# SPDX-License-Identifier: Apache-2.0
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sample import market

from di_optimizer.index.identifiers import full_cusip, well_formed
from di_optimizer.index.symbols import canonical
from di_optimizer.sample.identifiers import cusip, cusip_check_digit, isin, sedol
from di_optimizer.sample.names import FINALS, tickers
from di_optimizer.sample.securities import securities_table
from di_optimizer.tables import TABLES, check

WELL_KNOWN = {
    *("AAPL", "MSFT", "AMZN", "GOOG", "META", "NVDA", "TSLA", "JPM", "BAC", "NFLX"),
    *("FDX", "RTX", "CSX", "BSX", "BDX", "STX", "CLX", "CVX", "FCX", "DGX", "SPX"),
    *("HPQ", "LKQ", "NDAQ", "STZ", "MTZ", "DPZ", "AIZ", "MDLZ", "IDXX", "VRTX", "QQQ"),
}


@pytest.mark.parametrize("seed", range(7, 12))
def test_symbols_are_invented_and_canonical(seed):
    for symbol in market(seed).symbols:
        base, _, share_class = symbol.partition(".")
        assert base not in WELL_KNOWN
        assert base.endswith(FINALS)
        assert re.fullmatch(r"[A-Z]{3,5}", base)
        assert share_class in ("", "A", "B")
        assert canonical(symbol) == symbol


def test_run_together_symbols_resolve_by_the_alias_column():
    table = securities_table(market())
    aliases = {
        a: s for s, a in zip(table["symbol"], table["aliases"], strict=True) if a
    }
    assert len(aliases) == table["symbol"].str.contains(".", regex=False).sum() >= 3
    assert not set(aliases) & set(table["symbol"])
    for run_together, symbol in aliases.items():
        assert canonical(run_together, aliases) == symbol
        assert canonical(run_together) != symbol  # only the table can know


def test_identifiers_are_unique_well_formed_and_reserved():
    table = securities_table(market(securities=300))
    for column in ("cusip", "isin", "sedol"):
        assert table[column].is_unique
        assert all(well_formed(column, text) for text in table[column])
    assert table["cusip"].str.startswith("99").all()
    assert table["sedol"].str.startswith("9").all()
    assert all(full_cusip(text[:8]) == text for text in table["cusip"])


def test_securities_follow_the_table_and_pairs_share_a_wash_group():
    table = securities_table(market())
    assert check(table, TABLES["securities"], "securities") == []
    groups = table[table["wash_group"] != ""].groupby("wash_group")
    assert len(groups) == 3
    for _, group in groups:
        assert len(group) == 2
        assert group["issuer"].nunique() == group["sector"].nunique() == 1


def test_published_identifiers_have_these_check_digits():
    # A US treasury note and a listed share, as published.
    assert cusip_check_digit("91282CJL") == "6"
    assert isin("US", "037833100") == "US0378331005"


@given(st.integers(0, 9999), st.integers(0, 99))
def test_cusips_are_nine_characters_with_the_naive_check_digit(issuer, issue):
    text = cusip(issuer, issue)
    total = 0
    for position, character in enumerate(text[:8], start=1):
        value = int(character) * (2 if position % 2 == 0 else 1)
        total += sum(int(digit) for digit in str(value))
    assert len(text) == 9
    assert (total + int(text[8])) % 10 == 0


@given(st.integers(0, 21**5 - 1))
def test_sedol_weighted_sum_is_a_multiple_of_ten(number):
    text = sedol(number)
    values = [int(c, 36) for c in text]
    weighted = sum(v * w for v, w in zip(values, (1, 3, 1, 7, 3, 9, 1), strict=True))
    assert len(text) == 7
    assert weighted % 10 == 0


def test_words_that_share_all_letters_still_get_different_symbols():
    symbols = tickers(["Bandrelo"] * 60, [3] * 60)
    assert len(set(symbols)) == 60
    assert len(symbols[0]) == 3
    assert all(s[0] == "B" for s in symbols)


def test_names_are_unique():
    names = securities_table(market())["name"]
    assert names.is_unique
    assert np.mean(["," in name for name in names]) > 0.05  # commas exercise quoting

# SPDX-License-Identifier: Apache-2.0
"""Facts that the public price set lacks or has wrong, each with its reason.

Found by comparing prices with the recorded splits and dividends; the rest is taken
as it is. Splits between the end of the prices (2016) and the holdings file (2022)
are needed to turn the shares of the file into shares of earlier days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

EXPORTED = date(2021, 4, 15)  # adjusted_close carries the splits up to about here


@dataclass(frozen=True, slots=True)
class Fix:
    """One value of the price table that is replaced."""

    symbol: str
    on: date
    column: str
    value: float
    why: str


@dataclass(frozen=True, slots=True)
class LaterSplit:
    """A split after the last price; ``ratio`` shares for one."""

    symbol: str
    on: date
    ratio: float


@dataclass(frozen=True, slots=True)
class ShareCount:
    """Before ``until`` the split-adjusted share count was ``factor`` times today's."""

    symbol: str
    until: date
    factor: float
    why: str


FIXES = (
    Fix("ANTM", date(2002, 3, 18), "split", 1.0, "split of another company"),
    Fix("ANTM", date(2005, 6, 2), "split", 2.0, "two for one, not recorded"),
    Fix("EL", date(2011, 11, 23), "split", 1.0, "the dividend of 1.05 again"),
    Fix("GNRC", date(2010, 2, 12), "split", 1.0, "before the listing"),
    Fix("IRM", date(2006, 2, 2), "close", 42.651, "divided by a later 3:2"),
    Fix("SO", date(2001, 4, 3), "split", 1.0, "spin-off, recorded as dividend too"),
    Fix("TMUS", date(2013, 5, 1), "split", 0.5, "one for two, not recorded"),
    Fix("TRMB", date(2007, 2, 26), "split", 2.0, "two for one, not recorded"),
    Fix("WST", date(2004, 9, 30), "split", 2.0, "two for one, not recorded"),
)

# A spin-off leaves the number of shares alone. The recorded ratio becomes a
# dividend of the same value: close × (ratio − 1).
SPIN_OFFS = (("ROK", date(2001, 7, 2)), ("ABT", date(2004, 5, 3)))

# Rows before this day belong to another company.
STARTS = {"ANTM": date(2001, 10, 30)}

LATER_SPLITS = (
    LaterSplit("HLT", date(2017, 1, 4), 1 / 3),
    LaterSplit("CMCSA", date(2017, 2, 21), 2),
    LaterSplit("CPRT", date(2017, 4, 11), 2),
    LaterSplit("BLL", date(2017, 5, 17), 2),
    LaterSplit("HSIC", date(2017, 9, 15), 2),
    LaterSplit("ISRG", date(2017, 10, 6), 3),
    LaterSplit("AFL", date(2018, 3, 19), 2),
    LaterSplit("FISV", date(2018, 3, 20), 2),
    LaterSplit("TJX", date(2018, 11, 7), 2),
    LaterSplit("ROL", date(2018, 12, 11), 1.5),
    LaterSplit("CNC", date(2019, 2, 7), 2),
    LaterSplit("WRB", date(2019, 4, 3), 1.5),
    LaterSplit("FAST", date(2019, 5, 23), 2),
    LaterSplit("DD", date(2019, 6, 3), 1 / 3),
    LaterSplit("ODFL", date(2020, 3, 25), 1.5),
    LaterSplit("EW", date(2020, 6, 1), 3),
    LaterSplit("AAPL", date(2020, 8, 31), 4),
    LaterSplit("TSLA", date(2020, 8, 31), 5),
    LaterSplit("NEE", date(2020, 10, 27), 4),
    LaterSplit("MKC", date(2020, 12, 1), 2),
    LaterSplit("ROL", date(2020, 12, 11), 1.5),
    LaterSplit("APH", date(2021, 3, 5), 2),
    LaterSplit("SHW", date(2021, 4, 1), 3),
    LaterSplit("CSX", date(2021, 6, 29), 3),
    LaterSplit("NVDA", date(2021, 7, 20), 4),
    LaterSplit("GE", date(2021, 8, 2), 1 / 8),
    LaterSplit("RJF", date(2021, 9, 22), 1.5),
    LaterSplit("ISRG", date(2021, 10, 5), 3),
    LaterSplit("MCHP", date(2021, 10, 13), 2),
    LaterSplit("ANET", date(2021, 11, 18), 4),
    LaterSplit("WRB", date(2022, 3, 24), 1.5),
    LaterSplit("AMZN", date(2022, 6, 6), 20),
    LaterSplit("DXCM", date(2022, 6, 13), 4),
    LaterSplit("FTNT", date(2022, 6, 23), 5),
    LaterSplit("GOOG", date(2022, 7, 18), 20),
    LaterSplit("GOOGL", date(2022, 7, 18), 20),
    LaterSplit("TSLA", date(2022, 8, 25), 3),
    LaterSplit("NDAQ", date(2022, 8, 29), 3),
    LaterSplit("CPRT", date(2022, 11, 4), 2),
)

# Dividends and spin-offs alone move close / adjusted_close of the last day above
# MOST_DIVIDENDS for these; for any other name a split would be missing above.
MOST_DIVIDENDS = 1.36
SPECIAL_DIVIDENDS = frozenset(
    {"DD", "FMC", "HLT", "HPE", "LUMN", "LYB", "MET", "NLOK", "PNR", "RTX", "VNO"}
)

# The price of the holdings file over the last close, splits taken out, beyond these
# speaks for a missing split. ENPH went from 1 to 265 dollars without one.
GROWTH = (0.1, 12.0)
GROWN = frozenset({"ENPH"})

# Rescued in the crisis with many times the shares: capitalisations of 2007 would
# come out at four to six times the real ones. Year-end counts of the annual reports.
SHARE_COUNTS = (
    ShareCount("C", date(2009, 7, 30), 0.26, "exchange of preferred for common stock"),
    ShareCount("AIG", date(2011, 1, 14), 0.18, "shares issued to the Treasury"),
)

# Symbols of the holdings file (2022) in the price set (2021).
SYMBOLS_OF_2021 = {
    "BALL": "BLL",
    "BBWI": "LB",
    "CTRA": "COG",
    "ELV": "ANTM",
    "GEN": "NLOK",
    "META": "FB",
    "PARA": "VIAC",
    "WTW": "WLTW",
}

# Share classes of one company count as substantially identical.
WASH_GROUPS = {"GOOG": "Alphabet", "GOOGL": "Alphabet", "NWS": "News", "NWSA": "News"}

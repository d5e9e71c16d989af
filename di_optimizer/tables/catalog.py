# SPDX-License-Identifier: Apache-2.0
"""Every table of the package by name, those read and those written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from di_optimizer.tables.accounts import (
    ACCOUNTS,
    ACTIVITY,
    CASH,
    FLOWS,
    LOTS,
    OUTSIDE,
    RATES,
    RESTRICTIONS,
    TAXPAYERS,
    WORKING_ORDERS,
)
from di_optimizer.tables.actions import ACTIONS
from di_optimizer.tables.curves import TE_VS_ACCOUNT_SIZE, TE_VS_NAMES
from di_optimizer.tables.harvest import (
    AVAILABLE,
    CALENDAR,
    DEFERRALS,
    FORM_8949,
    HARVEST,
)
from di_optimizer.tables.ledger import GAINS, TRANSACTIONS, WASH_SALES
from di_optimizer.tables.results import FRONTIER, ORDERS, SUMMARY, TRADES
from di_optimizer.tables.securities import HOLDINGS, PRICE_HISTORY, PRICES, SECURITIES
from di_optimizer.tables.spec import Table

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            SECURITIES,
            HOLDINGS,
            PRICES,
            PRICE_HISTORY,
            ACCOUNTS,
            TAXPAYERS,
            CASH,
            FLOWS,
            LOTS,
            OUTSIDE,
            RATES,
            RESTRICTIONS,
            ACTIVITY,
            WORKING_ORDERS,
            ACTIONS,
            TRANSACTIONS,
            TRADES,
            ORDERS,
            SUMMARY,
            FRONTIER,
            TE_VS_NAMES,
            TE_VS_ACCOUNT_SIZE,
            HARVEST,
            DEFERRALS,
            AVAILABLE,
            CALENDAR,
            FORM_8949,
            GAINS,
            WASH_SALES,
        )
    }
)

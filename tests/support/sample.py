# SPDX-License-Identifier: Apache-2.0
"""Sample markets that several test files share, built once."""

from functools import cache

import pandas as pd

from di_optimizer.sample.accounts import sample_accounts
from di_optimizer.sample.market import MarketSpec, SampleMarket, build_market


def market(seed: int = 7, securities: int = 300) -> SampleMarket:
    return _market(seed, securities)


def tables(count: int = 12, securities: int = 300) -> dict[str, pd.DataFrame]:
    return _tables(count, securities)


@cache  # told apart by position, so each is built once however it is asked for
def _market(seed: int, securities: int) -> SampleMarket:
    return build_market(MarketSpec(seed=seed, securities=securities))


@cache
def _tables(count: int, securities: int) -> dict[str, pd.DataFrame]:
    return sample_accounts(market(securities=securities), count)

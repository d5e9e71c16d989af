# SPDX-License-Identifier: Apache-2.0
"""The sample fund's holdings in the layout that each issuer publishes.

Layouts are the issuers'; fund, companies and prose are invented. Spellings of
symbols and digits of weights are those of the issuer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from di_optimizer.sample.fund import Fund
from di_optimizer.sample.layouts.invesco import invesco
from di_optimizer.sample.layouts.ishares import ishares
from di_optimizer.sample.layouts.plain import plain
from di_optimizer.sample.layouts.state_street import state_street
from di_optimizer.sample.layouts.vanguard import vanguard

LAYOUTS: Mapping[str, Callable[[Fund], bytes]] = MappingProxyType(
    {
        "sample_ishares.csv": ishares,
        "sample_state_street.xlsx": state_street,
        "sample_invesco.csv": invesco,
        "sample_vanguard.json": vanguard,
        "sample_plain.csv": plain,
    }
)


def holdings_files(fund: Fund) -> dict[str, bytes]:
    """Return the fund's holdings by file name, one file for each layout."""
    return {name: layout(fund) for name, layout in LAYOUTS.items()}

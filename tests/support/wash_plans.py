# SPDX-License-Identifier: Apache-2.0
"""Random accounts in two twin securities, every plan of them, a naive matching."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import strategies as st

from di_optimizer.account import Account
from di_optimizer.program.build import Built, build
from di_optimizer.program.program import Program
from support.wash import account, ira, job, lot


def built(owner: Account, **more: Any) -> Built:
    return build(job(owner, **more))


AGES = {"": (1, 5, 90, 500), "p": (5,)}  # what is one purchase has one date


def random_account(draw: Any) -> Account:
    lots = []
    for number in range(draw(st.integers(2, 5))):
        purchase = draw(st.sampled_from(["", "", "p"]))
        lots.append(
            lot(
                str(number),
                draw(st.sampled_from(["AAA", "AAB"])),
                draw(st.sampled_from(AGES[purchase])),
                draw(st.sampled_from([60, 110, 140])),
                purchase=purchase,
                shares=Decimal(draw(st.integers(1, 4))),
            )
        )
    return account("A", *lots)


@st.composite
def accounts(draw: Any) -> tuple[Account, tuple[Account, ...]]:
    other = ira("R", lot("9", "AAB", 3, shares=Decimal(draw(st.integers(1, 5)))))
    return random_account(draw), (other,) if draw(st.booleans()) else ()


def plans(program: Program, steps: tuple[float, ...] = (0.0, 0.5, 1.0)) -> Any:
    """Yield every plan on a grid that buys or sells each of the two members."""
    lots, count = program.lots, len(program.lots)
    for parts in itertools.product(steps, repeat=count):
        sells = np.array(parts) * lots.weight
        sold = np.bincount(lots.security, weights=sells, minlength=program.n)
        for extra in itertools.product((0.0, 0.01), repeat=2):
            buys = np.zeros(program.n)
            buys[:2] = extra
            if not np.any((buys > 0.0) & (sold > 0.0)):
                yield buys, sells


def wash_of(program: Program, buys: Any, sells: Any) -> Any:
    """Return what is disallowed, by matching share for share in plain loops."""
    (group,) = program.groups
    wash = group.wash
    own = sells[group.lots]
    spare = [
        [float((program.lots.weight[n] - sells[n]) * wash.lot_shares[i]), purchase]
        for i, (n, purchase) in enumerate(
            zip(group.lots.tolist(), wash.purchase.tolist(), strict=True)
        )
        if wash.replaces[i]
    ]
    bought = float(buys[group.securities] @ wash.buy_shares)
    spare += [[wash.outside, None], [bought, None]]
    lost = np.zeros(len(own))
    for i in range(len(own)):
        need = own[i] * wash.lot_shares[i] if wash.loss[i] else 0.0
        for item in spare:
            if item[1] is None or item[1] != wash.purchase[i]:
                used = min(need, item[0])
                lost[i], need, item[0] = lost[i] + used, need - used, item[0] - used
    return np.where(lost > 1e-9, lost, 0.0)

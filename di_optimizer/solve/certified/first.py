# SPDX-License-Identifier: Apache-2.0
"""The first solve on a machine compiles the kernels; it says so, and only then.

Processes that start together should not all compile: one does, for the others to load.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from di_optimizer.program.program import LotArrays, Program, Row
from di_optimizer.solve.certified.relax import relax

NOTICE = (
    "di_optimizer: compiling the certified engine for this machine; this takes "
    "a minute or two and happens once."
)


def is_compiled() -> bool:
    """Return whether the kernels are in memory or on disk."""
    cache = relax.stats.cache_path
    return bool(relax.signatures) or (cache is not None and _on_disk(Path(cache)))


def _on_disk(cache: Path) -> bool:
    return any(cache.glob("relax.relax-*.nbi"))


def announce() -> None:
    """Say on standard error that kernels are about to be compiled, if they are."""
    if not is_compiled():
        print(NOTICE, file=sys.stderr, flush=True)  # noqa: T201  a minute of silence


def smallest() -> Program:
    """Return a program of two names that calls every kernel."""
    one, none = np.ones(2), np.zeros(2)
    lots = LotArrays.free(
        security=np.array([0, 1]),
        weight=np.full(2, 0.5),
        gain=np.array([-0.1, 0.1]),
        rate=np.full(2, 0.2),
        long_term=np.array([False, True]),
        sell_cost=none,
    )
    turnover = Row(
        name="turnover",
        buy=one,
        sell=one,
        offset=0.0,
        lower=-np.inf,
        upper=0.1,
        lower_name="",
        upper_name="",
    )
    return Program(
        gamma=1.0,
        exposures=np.array([[0.1], [-0.1]]),
        specific=np.full(2, 0.1),
        benchmark=np.array([0.4, 0.6]),
        held=np.full(2, 0.5),
        lower=none,
        upper=one,
        lower_name=("", ""),
        upper_name=("", ""),
        buy_cost=none,
        lots=lots,
        rows=(turnover,),
        variance_cap=1.0,
    )

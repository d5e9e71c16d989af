# SPDX-License-Identifier: Apache-2.0
"""Limits on risk as prices: what they prove, and what they may not."""

from dataclasses import replace

import numpy as np
import pytest
from support.features import Features, program_of

from di_optimizer.program.curbs import RiskCurb
from di_optimizer.program.program import Program
from di_optimizer.solve.cut_rows import with_cut_rows
from di_optimizer.solve.proof import bound_of
from di_optimizer.solve.registry import engine
from di_optimizer.solve.risk_curbs import at_price
from di_optimizer.solve.solution import Cut, Settings, Status

NOWHERE = np.zeros(0)


def curbed(seed: int, part: float) -> Program:
    """A program whose own factors may bring a part of what they bring at its best."""
    program = program_of(Features(seed=seed, securities=10, lots=3, factors=3, gamma=2))
    rng = np.random.default_rng(seed)
    measure = RiskCurb(
        name="risk",
        exposures=rng.normal(0.0, 0.2, (program.n, 2)),
        specific=rng.uniform(0.0, 0.3, program.n),
        benchmark=program.benchmark,
        limit=1.0,
    )
    best = engine("certified")(program, Settings(), None)
    risk = measure.value(program.after(best.buys, best.sells))
    return replace(program, curbs=(replace(measure, limit=part * risk),))


@pytest.mark.parametrize("part", [0.6, 0.95])
@pytest.mark.parametrize("seed", range(5))
def test_engines_agree_within_a_limit_on_another_risk(seed: int, part: float) -> None:
    program, ends = curbed(seed, part), []
    [curb] = program.curbs
    for name in ("certified", "reference"):
        found = engine(name)(program, Settings(), None)
        if found.buys is None:
            ends.append((found.bound or -np.inf, np.inf))
            continue
        assert curb.value(program.after(found.buys, found.sells)) <= curb.limit + 1e-8
        proven = bound_of(with_cut_rows(program, found.cuts), found.leaves)
        assert proven >= found.bound - 1e-6
        assert found.bound <= found.objective + 1e-12
        ends.append((found.bound, found.objective))
    assert min(high for _, high in ends) < np.inf or found.status is not Status.SOLVED
    (low, high), (other_low, other_high) = ends
    assert low <= other_high + 1e-7
    assert other_low <= high + 1e-7


@pytest.mark.parametrize("price", [0.1, 5.0, 300.0])
def test_any_price_is_a_bound_on_the_plans_within(price: float) -> None:
    program = curbed(1, 0.8)
    [curb] = program.curbs
    relaxed = at_price(program, curb, price)
    rng = np.random.default_rng(0)
    for _ in range(20):
        buys = rng.uniform(0.0, 0.05, program.n)
        sells = rng.uniform(0.0, 1.0, len(program.lots)) * program.lots.weight
        over = curb.value(program.after(buys, sells)) ** 2 - curb.limit**2
        apart = relaxed.objective(buys, sells) - program.objective(buys, sells)
        assert apart == pytest.approx(price * over, rel=1e-9, abs=1e-12)


def test_a_price_below_zero_or_on_another_kind_of_limit_is_refused() -> None:
    program = curbed(1, 0.8)
    for price in (-1.0, np.nan):
        with pytest.raises(ValueError, match="does not admit"):
            with_cut_rows(program, (Cut(0, NOWHERE, price),))
    [curb] = program.curbs
    soft = replace(program, curbs=(replace(curb, price=2.0),))
    with pytest.raises(ValueError, match="does not admit"):
        with_cut_rows(soft, (Cut(0, NOWHERE, 1.0),))

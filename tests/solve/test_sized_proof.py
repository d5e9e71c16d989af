# SPDX-License-Identifier: Apache-2.0
"""What leaves prove where sizes are limited: never above the best of all plans."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sized import enumerated, on_grids, one_name, sized_program, weights_of
from support.trees import (
    KIND,
    MODE,
    WAYS,
    WEIGHT,
    climbed,
    pieces_of,
    sized_tree,
    start_leaf,
)

from di_optimizer.program.allowed import of_allowed_size
from di_optimizer.program.program import Program
from di_optimizer.program.sizes import ANY, BUY, EXIT, HOLD, SELL, Sizes, off_grid
from di_optimizer.solve.dual import dual_value
from di_optimizer.solve.proof import Region, bound_of, prove
from di_optimizer.solve.solution import Leaf
from di_optimizer.solve.widen import widened

MANY = settings(max_examples=40, deadline=None, derandomize=True, database=None)
NAMES = {EXIT: "EXIT", SELL: "SELL", HOLD: "HOLD", BUY: "BUY"}
EXACT = 1e-8  # rows of the enumeration are kept to 1e-9, at multipliers of up to 10


def tree_of(
    program: Program, seed: int, splits: int, ways: Sequence[int] = WAYS
) -> list[Leaf]:
    """A random tree in every piece of the bill, each leaf with its own climb."""
    rng, found = np.random.default_rng([seed, 8]), []
    for piece in pieces_of(program):
        root = climbed(program, start_leaf(program, piece), rng, tries=60)
        for leaf in sized_tree(program, root, rng, splits, ways):
            found.append(climbed(program, leaf, rng, tries=12))
    return found


@MANY
@given(st.integers(0, 10**6), st.integers(0, 12))
def test_no_plan_in_steps_is_below_the_bound(seed: int, splits: int) -> None:
    program = on_grids(sized_program(seed, securities=2 + seed % 2))
    proof = prove(program, tree_of(program, seed, splits))
    assert proof.complete
    assert -np.inf < proof.bound <= enumerated(program) + EXACT


def pinned(program: Program) -> list[Leaf]:
    """One leaf for each plan, with the multipliers that are best for it."""
    trades = [weights_of(program, i) for i in range(program.n)]
    edges = []
    for own in trades:
        weights = sorted({x for x, _ in own})
        cuts = [0.5 * (a + b) for a, b in itertools.pairwise(weights)]
        ends = zip([-np.inf, *cuts], [*cuts, np.inf], strict=True)
        edges.append(dict(zip(weights, ends, strict=True)))
    leaves = []
    for chosen in itertools.product(*trades):
        x = np.array([weight for weight, _ in chosen])
        active = program.exposures.T @ (x - program.benchmark)
        between = enumerate(edges[i][w] for i, (w, _) in enumerate(chosen))
        leaves.append(
            dataclasses.replace(
                start_leaf(program, -1),
                factors=2.0 * program.gamma * active,
                kinds=np.array([kind for _, kind in chosen]),
                ranges=tuple((i, low, high) for i, (low, high) in between),
            )
        )
    return leaves


@pytest.mark.parametrize("seed", range(30))
def test_one_leaf_for_each_plan_proves_the_optimum(seed: int) -> None:
    program = on_grids(sized_program(seed, securities=2, groups=False), 0.1)
    program = dataclasses.replace(program, rows=())
    leaves = pinned(program)
    proof = prove(program, leaves)
    assert proof.complete
    optimum = enumerated(program)
    assert proof.bound == optimum or abs(proof.bound - optimum) < 1e-10
    worst = int(np.argmin(proof.values)) if leaves else 0
    for number in {0, worst, len(leaves) - 1} if len(leaves) > 1 else ():
        rest = prove(program, leaves[:number] + leaves[number + 1 :])
        assert rest.bound == -np.inf
        [region] = rest.uncovered
        assert all(
            NAMES[int(leaves[number].kinds[i])] in k.split("|")
            for i, k in region.kinds.items()
        )


def leaf_of(program: Program, **about: object) -> Leaf:
    return dataclasses.replace(start_leaf(program, -1), **about)  # type: ignore[arg-type]


def opened(program: Program, *ranges: tuple[int, float, float]) -> set[str]:
    """The kinds of the one security's trade that have an allowed amount."""
    leaves = {k: leaf_of(program, kinds=np.array([k]), ranges=ranges) for k in NAMES}
    values = {k: dual_value(program, leaf) for k, leaf in leaves.items()}
    assert all(value > -np.inf for value in values.values())
    proof = prove(program, [leaf for k, leaf in leaves.items() if values[k] < np.inf])
    assert ranges or proof.complete  # what is closed needs no leaf
    return {NAMES[k] for k, value in values.items() if value < np.inf}


ALL = {"EXIT", "SELL", "HOLD", "BUY"}
HAIR, ROUNDING = 1e-9, 3e-13

LIMITS = [
    ({"least_buy": 0.5}, {"least_buy": 0.5 + HAIR}, {"BUY"}),
    ({"least_buy": 0.5 + ROUNDING}, {"least_buy": 0.5 + HAIR}, {"BUY"}),
    ({"least_sell": 0.4}, {"least_sell": 0.4 + HAIR}, {"SELL"}),
    ({"least_held": 0.4}, {"least_held": 0.4 + HAIR}, {"SELL"}),
    ({"least_held": 0.5}, {"least_held": 0.5 + HAIR}, {"HOLD"}),
    ({"least_held": 1.0}, {"least_held": 1.0 + HAIR}, {"BUY"}),
    ({"upper": 0.6}, {"upper": 0.6 - HAIR}, {"BUY"}),
    ({"upper": 0.5 - ROUNDING}, {"upper": 0.5 - HAIR}, {"HOLD"}),
    ({"upper": 0.1}, {"upper": 0.1 - HAIR}, {"SELL"}),
    ({"lower": 0.4}, {"lower": 0.4 + HAIR}, {"SELL"}),
    ({"lower": 0.5}, {"lower": 0.5 + HAIR}, {"HOLD"}),
    ({"lower": 0.0}, {"lower": HAIR}, {"EXIT"}),
    ({"lower": 1.0}, {"lower": 1.0 + HAIR, "upper": 1.05}, {"BUY"}),
    ({"cap": 0.3 - ROUNDING}, {"cap": 0.3 - HAIR}, {"EXIT"}),
    ({"held": 0.5 + ROUNDING}, {"held": 0.5 + HAIR}, {"EXIT"}),
    ({"floor": 0.0}, {"floor": HAIR}, {"HOLD", "BUY"}),
    ({"step": 0.5}, {"step": 0.5 + HAIR}, {"BUY"}),
]


@pytest.mark.parametrize(("within", "beyond", "closed"), LIMITS)
def test_both_sides_of_each_limit(
    within: dict[str, float], beyond: dict[str, float], closed: set[str]
) -> None:
    inside, outside = opened(one_name(**within)), opened(one_name(**beyond))
    assert closed <= inside
    assert not closed & outside
    assert opened(one_name()) == ALL


def test_a_sale_that_would_be_all_is_an_exit() -> None:
    """Of steps of half a position, one is a sale only if something else is left."""
    assert opened(one_name(step=0.5)) == {"EXIT", "HOLD", "BUY"}
    assert opened(one_name(step=0.25)) == ALL
    assert opened(one_name(step=0.5, held=0.6)) == {"SELL", "HOLD"}
    assert opened(one_name(step=0.5, held=0.6, upper=1.2)) == {"SELL", "HOLD", "BUY"}


def test_a_forced_sale_of_all_is_an_exit() -> None:
    program = one_name(floor=0.3)
    assert opened(program) == {"EXIT", "SELL"}
    lots = dataclasses.replace(program.lots, floor=program.lots.weight)
    assert opened(dataclasses.replace(program, lots=lots)) == {"EXIT"}


def test_what_floors_force_may_be_off_the_grid() -> None:
    program = one_name(floor=0.25)
    assert opened(program) == {"EXIT", "SELL"}
    assert opened(program, (0, 0.249, 0.251)) == {"SELL"}
    assert opened(program, (0, 0.251, 0.3)) == set()
    assert opened(program, (0, 0.199, 0.201)) == {"SELL"}
    assert opened(one_name(floor=0.25, least_sell=0.26), (0, 0.21, 0.4)) == set()


@pytest.mark.parametrize(
    ("gap", "missed"),
    [
        ((0.55, 0.65), True),
        ((0.61, 0.69), False),
        ((0.6, 0.7), True),  # both ends are steps; that they belong to leaves is lost
        ((0.6 + HAIR, 0.7 - HAIR), False),
        ((0.6 - HAIR, 0.6 + HAIR), True),
        ((0.6, 0.6), False),
        ((0.45, 0.55), True),  # the position as it is
        ((0.01, 0.09), False),
    ],
)
def test_a_gap_between_ranges_is_found_where_a_plan_is_in_it(
    gap: tuple[float, float], missed: bool
) -> None:
    program = one_name()
    low = leaf_of(program, ranges=((0, -np.inf, gap[0]),))
    high = leaf_of(program, ranges=((0, gap[1], np.inf),))
    proof = prove(program, [low, high])
    assert proof.complete is not missed
    if missed:
        assert proof.uncovered == (Region(ranges={0: gap}),)
        between = leaf_of(program, ranges=((0, *gap),))
        assert prove(program, [low, high, between]).complete
    any_amount = one_name(step=0.0)
    assert prove(any_amount, [low, high]).complete is (gap[0] == gap[1])


def test_a_leaf_that_does_not_reach_the_next_is_found_in_a_tree() -> None:
    """The cut of one leaf of a random tree is moved over a step."""
    found = 0
    for seed in range(24):
        program = on_grids(sized_program(seed, groups=False))
        leaves = tree_of(program, seed, 8)
        ranged = [n for n, leaf in enumerate(leaves) if leaf.ranges]
        if not ranged:
            continue
        number = ranged[seed % len(ranged)]
        leaf = leaves[number]
        (i, low, high), *others = leaf.ranges
        step = program.sizes.step[i]  # type: ignore[union-attr]
        moved = (i, low + 1.5 * step, high - 1.5 * step)
        shorter = dataclasses.replace(leaf, ranges=(moved, *others))
        proof = prove(program, [*leaves[:number], shorter, *leaves[number + 1 :]])
        lost = [low + k * step / 2 for k in (1, 2)] + [
            high - k * step / 2 for k in (1, 2)
        ]
        here = (
            dataclasses.replace(leaf, ranges=((i, x, x), *leaf.ranges)) for x in lost
        )
        inside = [dual_value(program, leaf) for leaf in here]
        if min(inside) < np.inf:
            found += 1
            assert not proof.complete
        else:
            assert proof.bound >= prove(program, leaves).bound - EXACT
    assert found >= 3


def test_kinds_that_are_not_in_a_row() -> None:
    program = one_name()
    traded = leaf_of(program, kinds=np.array([EXIT | SELL | BUY]))
    held = leaf_of(program, kinds=np.array([HOLD]))
    assert prove(program, [traded, held]).complete
    assert prove(program, [traded]).uncovered == (Region(kinds={0: "HOLD"}),)
    names = {r.kinds[0] for r in prove(program, [held]).uncovered}
    assert names == {"EXIT|SELL", "BUY"}


def test_sides_and_kinds_complete_each_other() -> None:
    """To hold is on both sides, and may be proven by a leaf on either."""
    program = one_name()
    for side, kinds in ((-1, BUY), (1, EXIT | SELL)):
        sides = leaf_of(program, sides=np.array([side]))
        other = leaf_of(program, kinds=np.array([kinds]))
        assert prove(program, [sides, other]).complete
        less = leaf_of(program, kinds=np.array([kinds & ~SELL & ~BUY]))
        assert not prove(program, [sides, less]).complete
    buys = leaf_of(program, sides=np.array([1]), kinds=np.array([BUY]))
    holds = leaf_of(program, sides=np.array([1]), kinds=np.array([ANY & ~BUY]))
    sells = leaf_of(program, sides=np.array([-1]))
    assert prove(program, [buys, holds, sells]).complete
    assert prove(program, [buys, holds]).uncovered == (
        Region(kinds={0: "EXIT|SELL|HOLD"}),
    )


def test_ranges_at_the_limits_of_a_security_cut_nothing() -> None:
    program = one_name(lower=0.2, upper=0.8)
    low = leaf_of(program, ranges=((0, 0.2, 0.45),))
    high = leaf_of(program, ranges=((0, 0.45, 0.8),))
    assert prove(program, [low, high]).complete
    short = leaf_of(program, ranges=((0, 0.2 + HAIR, 0.45),))
    [region] = prove(program, [short, high]).uncovered
    assert region.ranges == {0: (-np.inf, 0.2 + HAIR)}


def test_an_empty_range_says_nothing() -> None:
    program = one_name()
    twisted = leaf_of(program, ranges=((0, 0.7, 0.2),))
    assert dual_value(program, twisted) == np.inf
    assert prove(program, [twisted]).uncovered == (Region(),)
    both = leaf_of(program, ranges=((0, -np.inf, 0.2), (0, 0.7, np.inf)))
    assert prove(program, [both]).uncovered == (Region(),)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"kinds": np.array([1, 1])},
            r"leaf 1: kinds has shape \(2,\), must be \(1,\)",
        ),
        (
            {"ranges": ((1, 0.0, 1.0),)},
            r"leaf 1: no security has range \(1, 0.0, 1.0\)",
        ),
        ({"ranges": ((-1, 0.0, 1.0),)}, r"leaf 1: no security has range \(-1, 0.0"),
        ({"ranges": ((0, np.nan, 1.0),)}, r"leaf 1: no security has range \(0, nan"),
    ],
)
def test_leaves_of_another_program_are_refused(
    change: dict[str, object], text: str
) -> None:
    program = one_name()
    leaf = start_leaf(program, -1)
    with pytest.raises(ValueError, match=text):
        prove(program, [leaf, dataclasses.replace(leaf, **change)])  # type: ignore[arg-type]


def test_values_are_those_of_the_dual_function() -> None:
    """Leaves that share multipliers and differ by what they are about."""
    for seed in range(12):
        program = sized_program(seed, netted=seed % 3 == 0)
        rng = np.random.default_rng(seed)
        leaves = [
            leaf
            for piece in pieces_of(program)
            for leaf in sized_tree(program, start_leaf(program, piece), rng, 6)
        ]
        values = prove(program, leaves).values.tolist()
        assert values == [dual_value(program, leaf) for leaf in leaves]


def test_counts_without_sizes_are_those_of_any_sizes() -> None:
    for seed in range(12):
        program = sized_program(seed)
        program = dataclasses.replace(program, sizes=None)
        free = dataclasses.replace(program, sizes=Sizes.any(program.n))
        leaves = tree_of(free, seed, 4)
        assert (
            prove(program, leaves).values.tolist()
            == prove(free, leaves).values.tolist()
        )


def test_a_ticket_is_paid_once_by_each_trade_and_by_no_other() -> None:
    dear, free = one_name(ticket=0.01), one_name()
    for kind, name in NAMES.items():
        leaf = leaf_of(free, kinds=np.array([kind]))
        paid = dual_value(dear, leaf) - dual_value(free, leaf)
        assert paid == pytest.approx(0.0 if name == "HOLD" else 0.01, abs=1e-12)


@MANY
@given(st.integers(0, 10**6))
def test_a_plan_of_any_size_is_bounded_by_a_wider_program(seed: int) -> None:
    """Whatever limit of a size it breaks; other securities keep their sizes."""
    program = sized_program(seed, groups=False)
    rng = np.random.default_rng([seed, 9])
    assert program.sizes is not None
    step = np.maximum(program.sizes.step, 0.01)
    sold = rng.choice([0.0, 1.0, rng.random()], len(program.lots))
    sells = sold * program.lots.cap
    own = np.bincount(program.lots.security, weights=sells, minlength=program.n)
    noise = rng.choice([0.0, 1e-13, 1e-8, 0.3], program.n)
    buys = np.where(own > 0.0, 0.0, (rng.integers(0, 5, program.n) + noise) * step)
    wide = widened(program, buys, sells)
    leaves = tree_of(program, seed, 4)
    assert bound_of(wide, leaves) <= program.objective(buys, sells) + 1e-12
    assert wide.sizes is not None
    fits = of_allowed_size(program, buys, sells)
    same = wide.sizes.least_buy == program.sizes.least_buy
    off = np.maximum(off_grid(buys, step), off_grid(own, step))
    nearly = (off * step > 2e-13) & (off < 1e-5)  # no step, but nearly one
    assert np.all(same | ~fits | nearly)
    assert np.all(of_allowed_size(wide, buys, sells))


@pytest.mark.parametrize("off", [0.0, 3e-13, 3e-8, 3e-4])
def test_what_only_passes_for_a_step_is_bounded_as_any_amount(off: float) -> None:
    """The less is bought the better, so that a step would bound too much."""
    program = one_name()
    buys, sells = np.array([0.1 - off]), np.zeros(2)
    assert of_allowed_size(program, buys, sells)[0] == (off < 1e-6)
    active = program.exposures.T @ (program.after(buys, sells) - program.benchmark)
    leaf = leaf_of(
        program,
        factors=2.0 * program.gamma * active,
        kinds=np.array([BUY]),
        ranges=((0, 0.6 - 2.0 * off - HAIR, np.inf),),
    )
    objective = program.objective(buys, sells)
    wide = widened(program, buys, sells)
    assert dual_value(wide, leaf) <= objective + 2e-14
    assert wide.sizes is not None
    assert wide.sizes.step[0] == (0.1 if off < 1e-12 else 0.0)
    if off == 3e-8:
        assert dual_value(program, leaf) > objective + 1e-10


def test_without_any_one_leaf_a_tree_proves_less() -> None:
    """Without sides, which have a kind in common: no two leaves are about one plan."""
    for seed in range(10):
        program = on_grids(sized_program(seed))
        leaves = tree_of(program, seed, 7, (KIND, WEIGHT, MODE))
        whole = prove(program, leaves)
        assert whole.complete
        for number, value in enumerate(whole.values.tolist()):
            proof = prove(program, leaves[:number] + leaves[number + 1 :])
            assert proof.complete is (value == np.inf)
            assert proof.bound == (whole.bound if value == np.inf else -np.inf)

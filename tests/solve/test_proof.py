# SPDX-License-Identifier: Apache-2.0
"""What leaves of a program prove together: never above the optimum."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.modes import (
    base_program,
    grouped_program,
    limited_program,
    netted_program,
    traded_off_program,
)
from support.programs import Shape, enumerate_optimum, random_program
from support.trees import (
    at_fixings,
    climbed,
    pieces_of,
    random_tree,
    start_leaf,
    tree_leaves,
)

from di_optimizer.program.program import Program
from di_optimizer.solve.dual import dual_value
from di_optimizer.solve.proof import Region, bound_of, prove
from di_optimizer.solve.solution import Leaf
from di_optimizer.solve.widen import widened

QUICK = settings(max_examples=15, deadline=None, derandomize=True, database=None)
BUYING, SELLING = "HOLD|BUY", "EXIT|SELL|HOLD"
SIDES = {BUYING: 1, SELLING: -1}
EXACT = 1e-8  # the enumeration's interior-point solver, fraction of base


def capped_program(seed: int) -> Program:
    """A cap below the tracking variance of doing nothing."""
    program = random_program(seed, Shape(securities=1 + seed % 3, gamma=2.0))
    nothing = np.zeros(program.n), np.zeros(len(program.lots))
    return dataclasses.replace(program, variance_cap=0.5 * program.variance(*nothing))


KINDS = {
    "plain": base_program,
    "groups": grouped_program,
    "lot limits": limited_program,
    "netting": netted_program,
    "wash": traded_off_program,
    "capped": capped_program,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_a_tree_proves_no_more_than_the_optimum(kind: str, seed: int) -> None:
    program = KINDS[kind](5 * seed)
    optimum = enumerate_optimum(program)
    rng = np.random.default_rng([seed, 1])
    for splits in (1, 3, 6):
        leaves = tree_leaves(program, rng, splits)
        proof = prove(program, leaves)
        assert proof.complete
        assert -np.inf < proof.bound <= optimum + EXACT
        roots = [
            max(
                dual_value(program, at_fixings(program, leaf, {}))
                for leaf in leaves
                if leaf.piece == piece
            )
            for piece in pieces_of(program)
        ]
        free = [at_fixings(program, leaf, {}) for leaf in leaves]
        assert bound_of(program, free) == min(roots)
        assert bound_of(program, [*leaves, *free]) >= max(min(roots), proof.bound)
        assert bound_of(program, [*leaves, *free]) <= optimum + EXACT


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_multipliers_prove_no_less_in_a_tree(kind: str) -> None:
    better = 0
    for seed in range(8):
        program, rng = KINDS[kind](seed), np.random.default_rng([seed, 2])
        roots, leaves = [], []
        for piece in pieces_of(program):
            root = climbed(program, start_leaf(program, piece), rng)
            roots.append(root)
            parts = random_tree(program, rng, 5)
            leaves += [at_fixings(program, root, part) for part in parts]
        root_bound, bound = bound_of(program, roots), bound_of(program, leaves)
        assert bound >= root_bound - 1e-14 * max(1.0, abs(root_bound))
        better += bound > root_bound + 1e-6
    assert better == 0  # the least over the parts is the least over the whole


def test_branching_closes_a_gap_that_no_multipliers_close() -> None:
    """With every side fixed, multipliers of each leaf's own prove more."""
    closed = 0
    for seed in range(5):
        program, rng = base_program(4 * seed + 2), np.random.default_rng(seed)
        root = climbed(program, start_leaf(program, -1), rng, tries=250)
        leaves = [
            climbed(
                program,
                at_fixings(program, root, dict(enumerate(sides))),
                rng,
                tries=250,
            )
            for sides in itertools.product((-1, 1), repeat=program.n)
        ]
        gained = bound_of(program, leaves) - dual_value(program, root)
        closed += gained > 1e-5
    assert closed >= 2


@QUICK
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 40), st.integers(1, 6))
def test_without_any_one_leaf_a_tree_proves_less(
    kind: str, seed: int, splits: int
) -> None:
    program, rng = KINDS[kind](seed), np.random.default_rng([seed, 3])
    leaves = tree_leaves(program, rng, splits)
    whole = prove(program, leaves)
    for number, (left, value) in enumerate(zip(leaves, whole.values, strict=True)):
        rest = leaves[:number] + leaves[number + 1 :]
        proof = prove(program, rest)
        assert proof.bound <= whole.bound
        if value == np.inf:
            assert proof.complete
            assert proof.bound == whole.bound
        else:
            assert proof.bound == -np.inf
            for region in proof.uncovered:
                assert region.piece == left.piece
                sides = {i: SIDES[kinds] for i, kinds in region.kinds.items()}
                assert all(left.sides[i] in (0, s) for i, s in sides.items())
                assert all(left.modes[g] in (-1, *m) for g, m in region.modes.items())


def wrong(leaf: Leaf, rng: np.random.Generator) -> Leaf:
    """A leaf that says nothing true about what it claims to be about, or too much."""
    size = float(rng.choice([1e3, 1e9, 1e200, np.inf, np.nan]))
    change = {
        0: {},
        1: {"modes": leaf.modes + int(rng.integers(1, 90))},
        2: {"sides": leaf.sides + int(rng.choice([2, -3, 7]))},
        3: {"piece": int(rng.integers(-5, 50))},
        4: {"factors": size * rng.normal(size=len(leaf.factors))},
        5: {"rows": size * rng.normal(size=len(leaf.rows))},
        6: {"risk": float(rng.choice([-1.0, 1.0, np.nan, np.inf]))},
        7: {"piece_rows": leaf.piece_rows + size},
    }[int(rng.integers(8))]
    return dataclasses.replace(leaf, **change)


def fits(program: Program, leaf: Leaf) -> bool:
    """Leaves of another piece's shape are refused, not judged."""
    netting, limits = program.netting, 0
    if netting is not None and 0 <= leaf.piece < len(netting.pieces):
        limits = len(netting.limits(leaf.piece))
    return limits == len(leaf.piece_rows)


@QUICK
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 20))
def test_wrong_leaves_never_lift_the_bound_above_the_optimum(
    kind: str, seed: int
) -> None:
    program, rng = KINDS[kind](seed), np.random.default_rng([seed, 4])
    optimum = enumerate_optimum(program)
    leaves = tree_leaves(program, rng, 3)
    right = bound_of(program, leaves)
    others = [wrong(leaf, rng) for leaf in leaves for _ in range(4)]
    others = [leaf for leaf in others if fits(program, leaf)]
    mixed = [*leaves, *others]
    rng.shuffle(mixed)
    assert right <= bound_of(program, mixed) <= optimum + EXACT
    assert bound_of(program, others) <= optimum + EXACT


def test_the_order_of_leaves_does_not_matter() -> None:
    for seed in range(6):
        program, rng = grouped_program(seed), np.random.default_rng(seed)
        leaves = tree_leaves(program, rng, 5)
        first = prove(program, leaves)
        order = rng.permutation(len(leaves))
        again = prove(program, [leaves[i] for i in order])
        assert again.bound == first.bound
        assert np.array_equal(again.values, first.values[order])


def test_values_are_those_of_the_dual_function() -> None:
    """Leaves that share multipliers share the scan; the result is the same."""
    program, rng = netted_program(3), np.random.default_rng(3)
    leaves = tree_leaves(program, rng, 4)
    shared = [
        at_fixings(program, leaf, part)
        for leaf in leaves
        for part in random_tree(program, rng, 2)
    ]
    proof = prove(program, shared)
    assert proof.values.tolist() == [dual_value(program, leaf) for leaf in shared]


def test_a_side_that_is_closed_needs_no_leaf() -> None:
    """A forced sale leaves no purchase to prove anything about."""
    program = base_program(4)
    lots = program.lots
    i = int(lots.security[0])
    floor = np.where(np.arange(len(lots)) == 0, 0.5 * lots.weight, 0.0)
    forced = dataclasses.replace(program, lots=dataclasses.replace(lots, floor=floor))
    leaf = at_fixings(program, start_leaf(program, -1), {i: -1})
    assert np.isfinite(bound_of(forced, [leaf]))
    assert bound_of(forced, [leaf]) == dual_value(forced, leaf)
    proof = prove(program, [leaf])
    assert proof.bound == -np.inf
    assert proof.uncovered == (Region(-1, {i: BUYING}),)
    other = at_fixings(program, start_leaf(program, -1), {i: 1})
    assert prove(forced, [other]).uncovered == (Region(-1, {i: SELLING}),)


def test_a_mode_that_is_closed_needs_no_leaf() -> None:
    """The first member may not be bought in mode 1, nor be sold anywhere."""
    program = grouped_program(4)
    group = program.groups[0]
    i = int(group.securities[0])
    second = dataclasses.replace(
        group.modes[0],
        buys=np.zeros(len(group.securities), dtype=bool),
    )
    first = dataclasses.replace(second, buys=np.ones(len(group.securities), bool))
    group = dataclasses.replace(group, modes=(first, second))
    program = dataclasses.replace(program, groups=(group, *program.groups[1:]))
    buying = at_fixings(program, start_leaf(program, -1), {i: 1, program.n: 0})
    selling = at_fixings(program, start_leaf(program, -1), {i: -1})
    assert prove(program, [buying, selling]).complete
    assert prove(program, [buying]).uncovered[0].kinds == {i: SELLING}
    assert not prove(program, [selling]).complete


def test_no_leaf_proves_nothing() -> None:
    program = base_program(4)
    proof = prove(program, [])
    assert proof.bound == -np.inf
    assert not proof.complete
    assert proof.uncovered == (Region(-1),)
    assert len(proof.values) == 0


def test_a_piece_without_leaves_is_named() -> None:
    program, rng = netted_program(2), np.random.default_rng(2)
    leaves = [leaf for leaf in tree_leaves(program, rng, 2) if leaf.piece != 1]
    proof = prove(program, leaves)
    assert proof.bound == -np.inf
    assert proof.uncovered == (Region(1),)


@pytest.mark.parametrize("name", ["factors", "rows", "sides", "modes", "piece_rows"])
def test_arrays_of_another_program_are_refused(name: str) -> None:
    program = grouped_program(4)
    leaf = start_leaf(program, -1)
    longer = np.append(getattr(leaf, name), 0)
    with pytest.raises(ValueError, match=f"leaf 1: {name} has shape"):
        prove(program, [leaf, dataclasses.replace(leaf, **{name: longer})])


def test_a_plan_beyond_the_cap_is_bounded_by_a_wider_cap() -> None:
    """A leaf that prices the cap bounds every plan once the cap lets it in."""
    beyond = 0
    for seed in range(12):
        program, rng = capped_program(seed), np.random.default_rng(seed)
        leaves = tree_leaves(program, rng, 3)
        for share in (0.0, 0.2, 1.0):
            buys = np.zeros(program.n)
            sells = share * program.lots.cap * (rng.random(len(program.lots)) < 0.3)
            wide = widened(program, buys, sells)
            assert wide.variance_cap >= program.variance(buys, sells)
            objective = program.objective(buys, sells)
            assert bound_of(wide, leaves) <= objective + 1e-12
            beyond += bound_of(program, leaves) > objective
    assert beyond >= 1

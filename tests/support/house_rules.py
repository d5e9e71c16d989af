# SPDX-License-Identifier: Apache-2.0
"""Terms of one's own that tests name: good ones, and every way to be wrong."""

import cvxpy as cp

from di_optimizer.own_terms import Terms

NOT_CALLABLE = 3


def first_at_most(v):
    """A linear limit: at most 5 % in the first security."""
    return v.w[0] <= 0.05


def first_at_least(v):
    return [v.w[0] >= 0.29]


def energy_by_health(v):
    """A ratio: Energy is at most half of Health."""
    energy, health = v.where("sector", "Energy"), v.where("sector", "Health")
    return [cp.sum(v.w[energy]) <= 0.5 * cp.sum(v.w[health])]


def equal_pair(v):
    return [v.w[1] == v.w[2]]


def apart(v):
    """What whole shares cannot meet and fractions can."""
    return [v.w[1] == v.w[2] + 0.012345, v.w[2] >= 0.05]


def quadratic(v):
    """A price of squared active weights."""
    return Terms(objective=5.0 * cp.sum_squares(v.w - v.benchmark))


def sold_gains(v):
    """A limit on what is sold of lots with a gain."""
    gains = [i for i, gain in enumerate(v.lot_gains) if gain > 0]
    return [cp.sum(v.sells_by_lot[gains]) <= 0.01]


def near(v):
    """A curved limit: no further from the benchmark than this."""
    return [cp.norm2(v.w - v.benchmark) <= 0.12]


def far_too_near(v):
    return [cp.norm2(v.w[0] - v.benchmark[0] - 0.5) <= 0.1]


def cash_at_hand(v):
    return Terms(constraints=[v.cash >= 0.015], objective=0.001 * cp.sum(v.buys))


def mixed(v):
    return Terms(
        constraints=[v.w[0] <= 0.1, cp.norm1(v.sells) <= 0.3],
        objective=cp.pos(0.02 - v.cash) + cp.sum_squares(v.sells_by_lot),
    )


def returns_text(_):
    return "w <= 1"


def returns_nothing(_):
    return None


def returns_numbers(_):
    return [True]


def concave(v):
    return Terms(objective=-cp.sum_squares(v.w))


def concave_limit(v):
    return [cp.sum_squares(v.w) >= 0.5]


def a_vector(v):
    return Terms(objective=v.w)


def raises(v):
    return v.weights


def wrong_shape(v):
    return [v.w <= [0.1, 0.2]]


def own_variable(v):
    z = cp.Variable()
    return [v.w[0] <= z, z <= 0.1]


def not_finite(v):
    return Terms(objective=float("nan") * cp.sum(v.w))

# SPDX-License-Identifier: Apache-2.0
"""The tax bill dollar by dollar: piles of dollars, no formula, no shared code."""

from collections import Counter
from fractions import Fraction

from di_optimizer.tax.netting import BillRules


def piles(short: int, long: int) -> Counter[str]:
    """Net totals in whole dollars as piles of single dollars."""
    heap: Counter[str] = Counter()
    heap["short gain" if short > 0 else "short loss"] = abs(short)
    heap["long gain" if long > 0 else "long loss"] = abs(long)
    return heap


def cancel(heap: Counter[str], gain: str, loss: str) -> None:
    while heap[gain] and heap[loss]:
        heap[gain] -= 1
        heap[loss] -= 1


def settle(short: int, long: int, limit: int) -> Counter[str]:
    """Net, cross-net, deduct (short-term losses first), carry what is left."""
    heap = piles(short, long)
    for character in ("short", "long"):
        cancel(heap, f"{character} gain", f"{character} loss")
    cancel(heap, "long gain", "short loss")
    cancel(heap, "short gain", "long loss")
    for _ in range(limit):
        for loss in ("short loss", "long loss"):
            if heap[loss]:
                heap[loss] -= 1
                heap["deducted"] += 1
                break
    return heap


def naive_bill(short: int, long: int, rules: BillRules) -> Fraction:
    price = {
        "short gain": rules.short_rate,
        "long gain": rules.long_rate,
        "deducted": -rules.ordinary_rate,
        "short loss": -rules.carry_short,
        "long loss": -rules.carry_long,
    }
    heap = settle(short, long, int(rules.limit))
    bill = Fraction(0)
    for pile, dollars in heap.items():
        for _ in range(dollars):
            bill += price[pile]
    return bill


def schedule_d_carryover(line_7: int, line_15: int, line_21: int) -> tuple[int, int]:
    """Capital Loss Carryover Worksheet, lines 4 to 13, with income to spare.

    ``line_21`` is the loss deducted, a positive number.
    """
    line_4 = line_21
    line_5 = -line_7 if line_7 < 0 else 0
    line_8 = 0
    if line_7 < 0:
        line_6 = line_15 if line_15 > 0 else 0
        line_8 = max(0, line_5 - (line_4 + line_6))
    line_13 = 0
    if line_15 < 0:
        line_9 = -line_15
        line_10 = line_7 if line_7 > 0 else 0
        line_11 = max(0, line_4 - line_5)
        line_13 = max(0, line_9 - (line_10 + line_11))
    return line_8, line_13

# SPDX-License-Identifier: Apache-2.0
"""The frontier as an SVG: tax against tracking error."""

from __future__ import annotations

from collections.abc import Sequence

from di_optimizer.drawing import BOTTOM, HEIGHT, TOP, frame, linear, page

NAMES = ("tracking error after trading, bp a year", "tax")

Pairs = Sequence[tuple[float, float]]


def picture(points: Pairs, *, title: str, before: float) -> str:
    """Draw tax against tracking error.

    Parameters
    ----------
    points : sequence of (float, float)
        Tracking error in bp and tax in account currency.
    before : float
        Tracking error before trading, bp: a dashed line.

    Examples
    --------
    >>> drawn = picture([(90.0, -50.0), (30.0, 10.0)], title="A & B", before=100.0)
    >>> drawn.count("<circle"), "A &amp; B" in drawn
    (2, True)
    """
    across = linear([before, *(x for x, _ in points)])
    up = linear(y for _, y in points)
    spots = [(across.x(x), up.y(y)) for x, y in sorted(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    at = across.x(before)
    parts = [
        *frame(across, up, NAMES),
        f'<line class="b" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" '
        f'y2="{HEIGHT - BOTTOM}"/>',
        f'<text x="{at - 4:.1f}" y="{TOP + 12}" text-anchor="end">before</text>',
        f'<polyline class="c" points="{line}"/>',
        *(f'<circle class="p" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in spots),
    ]
    return page(title, parts)

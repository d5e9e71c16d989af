# SPDX-License-Identifier: Apache-2.0
"""A curve as an SVG: no drawing library, the same bytes for the same points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 96, 24, 48, 56
TICKS = 5
STYLE = (
    "text{font:12px sans-serif;fill:#333}.t{font-size:14px;font-weight:bold}"
    ".g{stroke:#ddd}.c{fill:none;stroke:#1f6fb2;stroke-width:2}.p{fill:#1f6fb2}"
    ".b{stroke:#999;stroke-dasharray:4 3}"
)

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
    across = _axis([before, *(x for x, _ in points)])
    up = _axis([0.0, *(y for _, y in points)])
    spots = [(_x(x, across), _y(y, up)) for x, y in sorted(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    at = _x(before, across)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text class="t" x="{LEFT}" y="24">{escape(title)}</text>',
        *(_across(tick, across) for tick in across),
        *(_up(tick, up) for tick in up),
        f'<line class="b" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" '
        f'y2="{HEIGHT - BOTTOM}"/>',
        f'<text x="{at - 4:.1f}" y="{TOP + 12}" text-anchor="end">before</text>',
        f'<polyline class="c" points="{line}"/>',
        *(f'<circle class="p" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in spots),
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 12}" text-anchor="end">'
        "tracking error after trading, bp a year</text>",
        f'<text x="12" y="{TOP - 8}">tax</text>',
        "</svg>\n",
    ]
    return "\n".join(parts)


def _axis(values: Sequence[float]) -> list[float]:
    """Return round ticks that span the values and 0.

    Examples
    --------
    >>> _axis([3.0, 94.0])
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
    """
    low, high = min(0.0, *values), max(0.0, *values)
    rough = max(high - low, 1e-9) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step), max(math.ceil(high / step), 1)
    return [step * number for number in range(first, last + 1)]


def _share(value: float, ticks: Sequence[float]) -> float:
    return (value - ticks[0]) / (ticks[-1] - ticks[0])


def _x(value: float, ticks: Sequence[float]) -> float:
    return LEFT + _share(value, ticks) * (WIDTH - LEFT - RIGHT)


def _y(value: float, ticks: Sequence[float]) -> float:
    return HEIGHT - BOTTOM - _share(value, ticks) * (HEIGHT - TOP - BOTTOM)


def _across(tick: float, ticks: Sequence[float]) -> str:
    x, bottom = _x(tick, ticks), HEIGHT - BOTTOM
    return (
        f'<line class="g" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
        f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick:,.5g}</text>'
    )


def _up(tick: float, ticks: Sequence[float]) -> str:
    y = _y(tick, ticks)
    return (
        f'<line class="g" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,.10g}</text>'
    )

# SPDX-License-Identifier: Apache-2.0
"""Axes and pages of pictures: SVG without a drawing library, the same bytes again.

Knows places on paper and round numbers; nothing of what is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 96, 40, 64, 56
TICKS = 5
FEW = 1.5  # decades up to which a logarithmic axis has ticks at 2 and 5 as well
STYLE = (
    "text{font:12px sans-serif;fill:#333}.t{font-size:14px;font-weight:bold}"
    ".g{stroke:#ddd}.c{fill:none;stroke:#1f6fb2;stroke-width:2}.p{fill:#1f6fb2}"
    ".b{stroke:#999;stroke-dasharray:4 3}"
)


@dataclass(frozen=True)
class Axis:
    """Ticks from end to end, and how values lie between them."""

    ticks: tuple[float, ...]
    log: bool = False

    def share(self, value: float) -> float:
        """Return how far a value is along the axis; the ends are 0 and 1."""
        first, last = self.ticks[0], self.ticks[-1]
        if self.log:
            value = max(value, first)
            return math.log(value / first) / math.log(last / first)
        return (value - first) / (last - first)

    def x(self, value: float) -> float:
        """Return where a value is from the left, if the axis lies."""
        return LEFT + self.share(value) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Return where a value is from the top, if the axis stands."""
        return HEIGHT - BOTTOM - self.share(value) * (HEIGHT - TOP - BOTTOM)


def linear(values: Iterable[float]) -> Axis:
    """Return an axis with round ticks that spans the values and 0.

    Examples
    --------
    >>> linear([3.0, 94.0]).ticks
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    several = [0.0, *values]
    low, high = min(several), max(several)
    rough = max(high - low, 1e-9) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step), max(math.ceil(high / step), 1)
    return Axis(tuple(step * number for number in range(first, last + 1)))


def logarithmic(values: Iterable[float], *, least: float) -> Axis:
    """Return an axis of decades; values below ``least`` lie at its low end.

    Examples
    --------
    >>> logarithmic([1000.0, 250000.0], least=1.0).ticks
    (1000.0, 10000.0, 100000.0, 1000000.0)
    >>> logarithmic([12.0, 40.0], least=1.0).ticks
    (10.0, 20.0, 50.0)
    """
    several = [max(value, least) for value in values] or [least]
    low, high = math.log10(min(several)), math.log10(max(several))
    marks = (1, 2, 5) if high - low <= FEW else (1,)
    powers = range(math.floor(low), math.ceil(high) + 2)
    ticks = [m * 10.0**power for power in powers for m in marks]
    first = max(i for i, tick in enumerate(ticks) if math.log10(tick) <= low + 1e-9)
    last = next(
        i for i, t in enumerate(ticks) if i > first and math.log10(t) >= high - 1e-9
    )
    return Axis(tuple(ticks[first : last + 1]), log=True)


def page(title: str, parts: Sequence[str], style: str = "") -> str:
    """Return a whole picture with its title."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text class="t" x="{LEFT}" y="24">{escape(title)}</text>',
    ]
    return "\n".join([*head, *parts, "</svg>\n"])


def frame(across: Axis, up: Axis, names: tuple[str, str]) -> list[str]:
    """Return the grid with its numbers, and what the two axes are called."""
    return [
        *(_across(tick, across) for tick in across.ticks),
        *(_up(tick, up) for tick in up.ticks),
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 12}" text-anchor="end">'
        f"{escape(names[0])}</text>",
        f'<text x="12" y="{TOP - 18}">{escape(names[1])}</text>',
    ]


def _across(tick: float, axis: Axis) -> str:
    x, bottom = axis.x(tick), HEIGHT - BOTTOM
    return (
        f'<line class="g" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
        f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick:,.10g}</text>'
    )


def _up(tick: float, axis: Axis) -> str:
    y = axis.y(tick)
    return (
        f'<line class="g" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:,.10g}</text>'
    )

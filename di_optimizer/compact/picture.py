# SPDX-License-Identifier: Apache-2.0
"""Curves of tracking error as an SVG: what was reached solid, what is proven dashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from di_optimizer.drawing import RIGHT, TOP, WIDTH, Axis, frame, linear, logarithmic
from di_optimizer.drawing import page as whole_page

COLOURS = ("#1f6fb2", "#c0561b", "#3b8a3e")
LEAST = 0.01  # bp: what is below lies on the lower edge of a logarithmic picture
UP = "tracking error, bp a year"


@dataclass(frozen=True)
class Series:
    """One line: (x, reached, proven) by point, bp."""

    label: str
    points: Sequence[tuple[float, float, float]]


def picture(series: Sequence[Series], *, title: str, across: str, log: bool) -> str:
    """Draw tracking error and its bound, one colour a series.

    Parameters
    ----------
    across : str
        What the axis that lies is called.
    log : bool
        Whether both axes are logarithmic.

    Examples
    --------
    >>> drawn = picture([Series("any", [(25.0, 90.0, 85.0), (50.0, 40.0, 40.0)])],
    ...                 title="A", across="names", log=False)
    >>> drawn.count("<circle"), drawn.count("<polyline")
    (2, 2)
    """
    points = [point for one in series for point in one.points]
    xs, ys = [p[0] for p in points], [y for p in points for y in p[1:]]
    lying = logarithmic(xs, least=1.0) if log else linear(xs)
    standing = logarithmic(ys, least=LEAST) if log else linear(ys)
    parts = frame(lying, standing, (across, UP))
    for number, one in enumerate(series):
        parts += _line(one, COLOURS[number % len(COLOURS)], lying, standing)
        parts.append(_label(one.label, number))
    parts.append(_note(len(series)))
    return whole_page(title, parts)


def _line(one: Series, colour: str, across: Axis, up: Axis) -> list[str]:
    found = [(across.x(x), up.y(y)) for x, y, _ in one.points]
    bound = [(across.x(x), up.y(y)) for x, _, y in one.points]
    style = f'fill="none" stroke="{colour}" stroke-width="2"'
    return [
        f'<polyline {style} stroke-dasharray="2 4" points="{_path(bound)}"/>',
        f'<polyline {style} points="{_path(found)}"/>',
        *(
            f'<circle fill="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
            for x, y in found
        ),
    ]


def _path(spots: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)


def _label(text: str, number: int) -> str:
    colour = COLOURS[number % len(COLOURS)]
    return (
        f'<text x="{WIDTH - RIGHT - 8}" y="{TOP + 18 + 18 * number}" '
        f'text-anchor="end" style="fill:{colour}">{escape(text)}</text>'
    )


def _note(count: int) -> str:
    return (
        f'<text x="{WIDTH - RIGHT - 8}" y="{TOP + 18 + 18 * count}" '
        'text-anchor="end">dotted: nothing is below, proven</text>'
    )

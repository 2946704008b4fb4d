"""Names beside lines, instead of a legend, where they cover nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.charts.style import INK, wrapped


@dataclass(frozen=True)
class Name:
    """A name to be put beside the place (x, y) in the data."""

    x: float
    y: float
    text: str
    colour: str


def text_above(
    axes: Axes, words: str, size: float, shift: tuple[float, float] = (-4, 9), **style: Any
) -> None:
    """Words above the left end of a drawing, moved by a shift in points."""
    place: Any = {"xycoords": "axes fraction", "textcoords": "offset points"}
    axes.annotate(words, (0, 1), shift, **place, fontsize=size, **style)


def measure_above(axes: Axes, words: str, size: float = 12) -> None:
    """The name of the vertical axis, horizontal, above it."""
    text_above(axes, words, size, ha="left", va="bottom", color=INK, annotation_clip=False)


def _write(
    axes: Axes, name: Name, lines: list[str], shift: tuple[float, float], size: float, **style: Any
) -> None:
    """A name, moved by a shift in points."""
    axes.annotate(
        "\n".join(lines),
        (name.x, name.y),
        shift,
        textcoords="offset points",
        ha="left",
        fontsize=size,
        fontweight="bold",
        color=name.colour,
        linespacing=1.1,
        annotation_clip=False,
        **style,
    )


def label_ends(axes: Axes, names: Sequence[Name], size: float, width: float) -> None:
    """Names to the right of the ends of lines, moved apart so that none overlap.

    Names longer than `width` inches are wrapped.
    """
    figure = _figure(axes)
    texts = [wrapped(figure, name.text, size, width, bold=True) for name in names]
    gap = max(len(lines) for lines in texts) * size * 1.25
    spots = [_points(axes, name.x, name.y) for name in names]
    box = axes.bbox
    low, high = box.y0 * 72 / figure.dpi, box.y1 * 72 / figure.dpi
    heights = spread([spot[1] for spot in spots], gap, low + gap / 3, high)
    shifts = [height - spot[1] for height, spot in zip(heights, spots, strict=True)]
    leaders = any(abs(shift) > 0.3 * gap for shift in shifts)
    for name, lines, shift in zip(names, texts, shifts, strict=True):
        leader = {
            "arrowstyle": "-",
            "color": name.colour,
            "lw": 0.8,
            "relpos": (0, 0.5),
            "shrinkA": 1,
            "shrinkB": 2,
        }
        place = (16 if leaders else 7, shift)
        _write(axes, name, lines, place, size, va="center", arrowprops=leader if leaders else None)


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places at least `gap` apart, within [low, high] where they fit, near where they were.

    Neighbours that are too close form a group that is centred on the mean of its places.
    """
    order = sorted(range(len(places)), key=lambda item: places[item])
    groups: list[list[int]] = []

    def start(group: Sequence[int]) -> float:
        span = gap * (len(group) - 1)
        middle = sum(places[item] for item in group) / len(group)
        return max(low, min(middle - span / 2, high - span))

    for item in order:
        groups.append([item])
        while len(groups) > 1 and start(groups[-1]) < start(groups[-2]) + gap * len(groups[-2]):
            groups[-2:] = [groups[-2] + groups[-1]]
    result = [0.0] * len(places)
    for group in groups:
        first = start(group)
        for rank, item in enumerate(group):
            result[item] = first + rank * gap
    return result


def _points(axes: Axes, x: float, y: float) -> tuple[float, float]:
    """A place in the data, in points from the figure's lower left corner."""
    scale = 72 / _figure(axes).dpi
    across, up = axes.transData.transform((x, y))
    return float(across) * scale, float(up) * scale


def _figure(axes: Axes) -> Figure:
    figure = axes.figure
    assert isinstance(figure, Figure)
    return figure

"""The style of every chart: Analysis Function style, laid out in inches, the same bytes each time.

A chart is drawn on a bare `matplotlib.figure.Figure`, without pyplot, so that nothing is kept
between charts and no window system is needed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from sim.inputs.files.plain_text import readable

# Categorical palette of the Government Analysis Function, first four.
COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25")
# The same, dark enough for text on white (contrast above 4.5 to 1).
TEXT_COLOURS = ("#12436D", "#1A6B64", "#801650", "#A8430B")
# Dashes: on and off in points.
Dashes = tuple[float, tuple[float, ...]]
LINES: tuple[Literal["solid"] | Dashes, ...] = (
    "solid",
    (0, (6, 2)),
    (0, (1.5, 1.5)),
    (0, (7, 2, 1.5, 2)),
)
MARKERS = ("o", "s", "^", "D")
# Dark to light, for ordered classes.
SEQUENTIAL = ("#F2F2F2", "#ADD1F1", "#6BACE6", "#2073BC", "#12436D")
GREY = "#BFBFBF"
INK = "#1A1A1A"
MOST_CATEGORIES = 4
WIDE, NARROW = 9.0, 4.5  # inches: a page, a telephone
DOTS = 110  # pixels an inch

# DejaVu comes with matplotlib, so that the layout is the same on every machine.
_SETTINGS: Any = {
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica", "sans-serif"],
    "svg.fonttype": "none",
    "text.hinting": "none",
    "svg.hashsalt": "sim",
    "axes.unicode_minus": True,
    # A dollar in a scenario's name is a dollar, not the start of a formula.
    "text.parse_math": False,
    "path.simplify_threshold": 0.5,
}


@dataclass(frozen=True)
class Area:
    """A rectangle of a figure, in inches from its lower left corner."""

    figure: Figure
    left: float
    bottom: float
    width: float
    height: float
    narrow: bool = False

    @property
    def small(self) -> float:
        """The size of the drawing's text, points."""
        return 11 if self.narrow else 12

    def axes(
        self, left: float = 0.55, right: float = 0.15, bottom: float = 0.55, top: float = 0.4
    ) -> Axes:
        """Axes inside the area, with these margins in inches."""
        width, height = self.figure.get_size_inches()
        return self.figure.add_axes(
            (
                (self.left + left) / width,
                (self.bottom + bottom) / height,
                (self.width - left - right) / width,
                (self.height - bottom - top) / height,
            )
        )

    def grid(self, rows: int, columns: int) -> list[Area]:
        """The area cut into equal parts, row by row from the top."""
        width, height = self.width / columns, self.height / rows
        return [
            Area(
                self.figure,
                self.left + width * column,
                self.bottom + height * (rows - 1 - row),
                width,
                height,
                self.narrow,
            )
            for row in range(rows)
            for column in range(columns)
        ]


Draw = Callable[[Area], None]


@cache
def _style_settings() -> Any:
    """The settings of the style. Its file is read once: it is asked for at every chart."""
    before = dict(mpl.rcParams)
    with matplotlib.style.context("afcharts.afcharts"), mpl.rc_context(_SETTINGS):
        return {name: value for name, value in mpl.rcParams.items() if value != before[name]}


@contextmanager
def styled() -> Iterator[None]:
    """Analysis Function style with the settings that make output repeatable."""
    with mpl.rc_context(_style_settings()):
        yield


def text_width(figure: Figure, words: str, size: float, bold: bool = False) -> float:
    """Width of one line of text, inches; the style must be in force, as it is in a drawing."""
    return _width(words, size, bold, figure.dpi)


_AGG: Any = RendererAgg  # measures text; not typed by its makers


@lru_cache(maxsize=8192)
def _width(words: str, size: float, bold: bool, dots: float) -> float:
    pixels, _, _ = _ruler(dots).get_text_width_height_descent(
        words, _font(size, bold), ismath=False
    )
    return float(pixels) / dots


@cache
def _ruler(dots: float) -> Any:
    return _AGG(10, 10, dots)


@cache
def _font(size: float, bold: bool) -> FontProperties:
    return FontProperties(size=size, weight="bold" if bold else "normal")


def wrapped(figure: Figure, words: str, size: float, width: float, bold: bool = False) -> list[str]:
    """The words in lines that fit `width` inches.

    Each word is measured by itself, once: charts share most of their words.
    """
    gap = text_width(figure, " ", size, bold)
    lines: list[str] = []
    used = 0.0
    for word in readable(words).split():
        length = text_width(figure, word, size, bold)
        if lines and used + gap + length <= width:
            lines[-1] = f"{lines[-1]} {word}"
            used += gap + length
        else:
            lines.append(word)
            used = length
    return lines


def render(
    draw: Draw,
    height: float,
    kinds: Sequence[str],
    *,
    headline: str = "",
    subtitle: str = "",
    source: str = "",
    narrow: bool = False,
) -> dict[str, bytes]:
    """The chart as "svg" and/or "png" bytes; `height` is that of the drawing, inches.

    Without headline, subtitle and source only the drawing is made, for a page that carries
    them as text.
    """
    width = NARROW if narrow else WIDE
    with styled():
        figure = Figure(figsize=(width, height), dpi=DOTS)
        FigureCanvasAgg(figure)
        # A long finding in smaller letters, so that it keeps to two lines.
        head = 17 if len(wrapped(figure, headline, 17, width - 0.4, bold=True)) < 3 else 15
        blocks = [
            (wrapped(figure, headline, head, width - 0.4, bold=True), head, "bold", "black"),
            (wrapped(figure, subtitle, 12.5, width - 0.4), 12.5, "normal", INK),
        ]
        foot = wrapped(figure, source, 10.5, width - 0.4)
        line = 1.32 / 72  # inches of height for each point of size
        top = sum(len(lines) * size * line for lines, size, _, _ in blocks)
        top += 0.3 if headline else 0.0
        bottom = len(foot) * 10.5 * line + (0.12 if foot else 0.0)
        figure_height = height + top + bottom
        figure.set_size_inches(width, figure_height)
        y = figure_height - 0.12
        for lines, size, weight, colour in blocks:
            for words in lines:
                y -= size * line
                figure.text(
                    0.15 / width,
                    (y + 0.05) / figure_height,
                    words,
                    fontsize=size,
                    fontweight=weight,
                    color=colour,
                )
            y -= 0.04
        for place, words in enumerate(reversed(foot)):
            at = (0.12 + place * 10.5 * line) / figure_height
            figure.text(0.15 / width, at, words, fontsize=10.5, color=INK)
        draw(Area(figure, 0.0, bottom, width, height, narrow))
        return {kind: _bytes(figure, kind) for kind in kinds}


# A hundredth of a point is finer than any screen; without the rest a page is smaller.
_LONG = re.compile(rb"(\d\.\d\d)\d+")


def _bytes(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "svg":
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return _LONG.sub(rb"\1", buffer.getvalue())
    figure.savefig(buffer, format=kind, dpi=DOTS, metadata={"Software": None})
    return buffer.getvalue()


def wrapped_rows(area: Area, names: Sequence[str], width: float) -> list[str]:
    """Names of rows in lines that fit a column of `width` inches."""
    return ["\n".join(wrapped(area.figure, name, area.small, width - 0.2)) for name in names]


def row_axes(
    area: Area,
    names: Sequence[str],
    widths: tuple[float, float],
    axis: str,
    *,
    right: float = 0.3,
    bottom: float = 0.65,
    top: float = 0.15,
    rooms: tuple[float, float] = (0.6, 0.6),
    to_the_right: bool = False,
) -> Axes:
    """Axes of a chart with a named row for each thing, the first at the top.

    The names stand at the left, in a column of these `widths` on a page and on a telephone;
    `axis` names the axis below, in the middle or to the right. Margins are in inches; `rooms`
    are those over the first row and under the last, in rows.
    """
    width = widths[area.narrow]
    axes = area.axes(left=width, right=right, bottom=bottom, top=top)
    axes.set_ylim(len(names) - 1 + rooms[1], -rooms[0])
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.set_yticks(range(len(names)))
    axes.set_yticklabels(wrapped_rows(area, names, width))
    axes.tick_params(labelsize=area.small, left=False)
    axes.set_xlabel(axis, fontsize=area.small, loc="right" if to_the_right else "center")
    return axes

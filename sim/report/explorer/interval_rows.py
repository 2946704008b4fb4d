"""Rows of a picture drawn as plain SVG: a name, a dot with its interval, a number.

Places along a row are in per cent of its width, so that one drawing fits a telephone and a page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.report.words.prose import Sentence, number

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_EDGE = 4.0  # per cent of the width left free at either side


@dataclass(frozen=True)
class IntervalRow:
    """One row: its name, what is drawn (NaN where there is nothing), and the figure in words."""

    name: str
    at: float
    low: float
    high: float
    words: Sentence


@dataclass(frozen=True)
class PlacedRow:
    """A row with its places along the width, per cent; None where there is nothing to draw."""

    name: str
    at: float | None
    low: float | None
    high: float | None
    words: Sentence


@dataclass(frozen=True)
class Tick:
    """A line across all rows: where it stands, per cent, and its number."""

    at: float
    text: str
    zero: bool


@dataclass(frozen=True)
class RowsPicture:
    """Rows on one scale, with its ticks; `unit` is what the numbers are in."""

    title: Sentence
    unit: str
    rows: tuple[PlacedRow, ...]
    ticks: tuple[Tick, ...]


def rows_picture(title: Sentence, unit: str, rows: Sequence[IntervalRow]) -> RowsPicture:
    """Put rows on one scale that holds zero and every interval."""
    values = [v for row in rows for v in (row.at, row.low, row.high) if math.isfinite(v)]
    low, high = min([0.0, *values]), max([0.0, *values])
    span = (high - low) or 1.0

    def place(value: float) -> float | None:
        if not math.isfinite(value):
            return None
        return round(_EDGE + (100.0 - 2 * _EDGE) * (value - low) / span, 2)

    placed = tuple(
        PlacedRow(row.name, place(row.at), place(row.low), place(row.high), row.words)
        for row in rows
    )
    ticks = []
    step = _step(span)
    places = max(0, -math.floor(math.log10(step))) if step < 1 else 0
    if step * 10**places != round(step * 10**places):
        places += 1
    for count in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1):
        at = place(count * step)
        assert at is not None
        ticks.append(Tick(at, number(count * step, places), count == 0))
    return RowsPicture(title, unit, placed, tuple(ticks))


def _step(span: float) -> float:
    """A round distance between ticks, so that there are three to five of them."""
    size = 10.0 ** math.floor(math.log10(span / 4))
    return next(step * size for step in _STEPS if step * size * 4 >= span * 0.999)


def widths(values: Iterable[float]) -> list[float]:
    """The lengths of bars, per cent of the longest."""
    numbers = [v if math.isfinite(v) else 0.0 for v in values]
    most = max(numbers, default=0.0)
    return [round(100.0 * v / most, 2) if most > 0 else 0.0 for v in numbers]

"""Sentences whose every figure remembers the cell of the CSV file that it came from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class TableCell:
    """A cell of a table in the run folder: the row where the named columns have these values."""

    file: str
    row: tuple[tuple[str, str], ...]
    column: str

    @property
    def where(self) -> str:
        """The row as text, "scenario=a;metric=b"."""
        return ";".join(f"{name}={value}" for name, value in self.row)


@dataclass(frozen=True)
class CitedNumber:
    """A number as text, with the number it stands for and its cell.

    `scale` turns the cell's value into the shown one (100 for per cent); a sign that the
    words carry ("fewer") is left out of `text`.
    """

    value: float
    text: str
    cell: TableCell
    scale: float = 1.0

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Sentence:
    """Text with figures in it. `str` gives plain text."""

    parts: tuple[str | CitedNumber, ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)

    def __add__(self, other: Sentence | str) -> Sentence:
        more = (other,) if isinstance(other, str) else other.parts
        return Sentence(self.parts + more)


def say(*parts: str | CitedNumber | Sentence) -> Sentence:
    """One sentence from its parts."""
    flat: list[str | CitedNumber] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Sentence) else (part,))
    return Sentence(tuple(flat))


def joined(sentences: Iterable[Sentence | str], between: str = "; ") -> Sentence:
    """Sentences in a row with something between them."""
    parts: list[str | CitedNumber | Sentence] = []
    for sentence in sentences:
        if parts:
            parts.append(between)
        parts.append(sentence)
    return say(*parts)


def cite(
    value: float,
    places: int,
    file: str,
    column: str,
    where: Mapping[str, object],
    scale: float = 1.0,
) -> CitedNumber:
    """A number of a table, shown with so many places after the point, with its cell.

    `where` gives the values that single out the row.
    """
    row = tuple((name, str(cell)) for name, cell in where.items())
    return CitedNumber(value, number(scale * value, places), TableCell(file, row, column), scale)


def decimals(values: Iterable[float], most: int = 4) -> int:
    """Places after the point for numbers shown together: two or three figures for the largest."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    for bound, places in ((100, 0), (1, 1), (0.1, 2), (0.01, 3)):
        if largest >= bound:
            return min(places, most)
    return min(4 if largest > 0 else 2, most)


def number(value: float, places: int) -> str:
    """A number with thousands separators; "not known" where it is missing."""
    if not math.isfinite(value):
        return "not known"
    text = f"{value:,.{places}f}"
    zero = text.lstrip("-").strip("0.,") == ""
    return text.lstrip("-") if zero else text.replace("-", "−")  # noqa: RUF001 (a true minus)


def with_sign(value: float, places: int) -> str:
    """`number` with a plus before what is above zero as it is rounded."""
    text = number(value, places)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def unsigned(figure: CitedNumber) -> CitedNumber:
    """The figure without its sign, which the words carry."""
    return replace(figure, text=figure.text.lstrip("\N{MINUS SIGN}"))


def amount(value: float, among: Iterable[float] = ()) -> str:
    """A number with as many places as the largest of those shown with it needs."""
    return number(value, decimals([value, *among]))


def brief(value: float) -> str:
    """A number for a title: no places after the point from ten on, one below."""
    return number(value, 0 if abs(value) >= 10 else 1)


def listed(names: Iterable[str], last: str = "and") -> str:
    """Words in a row: a, b and c."""
    items = list(names)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"

"""A page as its figures: what is shown, and the cell of the run folder that it names."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path


@dataclass
class Traced:
    """A figure of the page."""

    shown: str
    value: float
    file: str
    row: str
    column: str
    scale: float


@dataclass
class Reader(HTMLParser):
    """Reads the figures of a page, and the text around them that is about results."""

    figures: list[Traced] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    open_: list[tuple[str, bool]] = field(default_factory=list)
    images: list[dict[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "img":
            self.images.append(attributes)
        if tag in ("img", "meta", "source", "br", "input"):
            return
        silent = tag in ("code", "style", "title", "script")
        silent |= bool({*str(attributes.get("class")).split()} & {"source", "cited", "record"})
        self.open_.append((tag, silent))
        if tag == "data":
            self.figures.append(
                Traced(
                    "",
                    float(str(attributes["value"])),
                    str(attributes["data-file"]),
                    str(attributes["data-row"]),
                    str(attributes["data-column"]),
                    float(str(attributes["data-scale"])),
                )
            )

    def handle_endtag(self, tag: str) -> None:
        assert self.open_, f"</{tag}> closes nothing"
        assert self.open_.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.open_ and self.open_[-1][0] == "data":
            self.figures[-1].shown += data
            self.text.append("#")
        elif not any(silent for _, silent in self.open_):
            self.text.append(data)


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    assert not reader.open_
    return reader


@cache
def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cell(run: Path, figure: Traced) -> float:
    """What the run folder holds at a figure's address; there must be exactly one such cell."""
    if figure.file.endswith(".json"):
        return float(json.loads((run / figure.file).read_text("utf-8"))[figure.column])
    where = [part.split("=", 1) for part in figure.row.split(";")]
    rows = [r for r in table(run / figure.file) if all(r[name] == text for name, text in where)]
    assert len(rows) == 1, f"{len(rows)} rows for {figure}"
    text = rows[0][figure.column]
    return float(text) if text else float("nan")


def check_figure(run: Path, figure: Traced) -> None:
    """Fail where the figure is not, as it is rounded, what its cell holds."""
    value = cell(run, figure)
    if figure.shown in ("not known", "none"):
        assert value != value, figure
        return
    digits = figure.shown.replace(",", "").replace("\N{MINUS SIGN}", "-").lstrip("+")
    places = len(digits.partition(".")[2])
    # The words around a figure may carry its sign.
    gap = abs(abs(float(digits)) - abs(value) * figure.scale)
    assert gap <= 0.5001 * 10**-places + 1e-9, (figure, value)

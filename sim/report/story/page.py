"""A note on a council in Markdown: its title, what it is, and its blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEADING = "## "


@dataclass(frozen=True)
class Page:
    """A note: title, what it is, and its blocks, which are Markdown."""

    title: str
    subtitle: str
    blocks: tuple[str, ...]

    def markdown(self, picture: str = "", alt: str = "") -> str:
        """The whole note, with a picture below the first section where one is named."""
        blocks = list(self.blocks)
        if picture:
            headings = [place for place, block in enumerate(blocks) if block.startswith(HEADING)]
            blocks.insert(headings[1], f"![{alt}]({picture})")
        return "\n\n".join((f"# {self.title}", f"*{self.subtitle}*", *blocks)) + "\n"


def heading(text: str) -> str:
    """The title of a section."""
    return f"{HEADING}{text}"


def paragraph(text: str, about: str = "") -> str:
    """Sentences, after a word in bold that says what they are about, if any."""
    return f"**{about}.** {text}" if about else text


def bullets(items: Iterable[str]) -> str:
    """Short points."""
    return "\n".join(f"- {item}" for item in items)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells under a header; the first column names the row."""
    rule = ("---", *["---:"] * (len(header) - 1))
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))

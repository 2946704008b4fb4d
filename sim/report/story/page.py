"""A note as blocks of text, and the two forms it takes: for a screen and as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

INDENT = "  "


@dataclass(frozen=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Sentences, after a word in bold that says what they are about, if any."""

    text: str
    about: str = ""


@dataclass(frozen=True)
class Bullets:
    """Short points."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class NoteTable:
    """Rows of cells under a header; the first column names the row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Bullets | NoteTable


@dataclass(frozen=True)
class Page:
    """A note: title, what it is, and its blocks."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]

    def text(self, width: int = 96) -> str:
        """The note in lines of at most `width` characters (tables may be wider)."""
        lines = [self.title.upper(), *textwrap.wrap(self.subtitle, width)]
        for block in self.blocks:
            lines += ["", *_lines(block, width)]
        return "\n".join(lines) + "\n"

    def markdown(self, picture: str = "", alt: str = "") -> str:
        """The note as Markdown, with a picture below the first section where one is named."""
        parts = [f"# {self.title}", f"*{self.subtitle}*"]
        headings = 0
        for block in self.blocks:
            headings += isinstance(block, Heading)
            if picture and headings == 2:
                parts.append(f"![{alt}]({picture})")
                picture = ""
            parts.append("\n".join(_markdown(block)))
        return "\n\n".join(parts) + "\n"


def _lines(block: Block, width: int) -> Iterator[str]:
    if isinstance(block, Heading):
        yield block.text
        yield "-" * min(len(block.text), width)
    elif isinstance(block, Paragraph):
        about = f"{block.about}: " if block.about else ""
        yield from textwrap.wrap(
            about + block.text, width, initial_indent=INDENT, subsequent_indent=INDENT
        )
    elif isinstance(block, Bullets):
        for item in block.items:
            yield from textwrap.wrap(
                item, width, initial_indent=f"{INDENT}- ", subsequent_indent=f"{INDENT}  "
            )
    else:
        yield from _grid(block)


def _grid(table: NoteTable) -> Iterator[str]:
    rows = (table.header, *table.rows)
    wide = [max(len(row[place]) for row in rows) for place in range(len(table.header))]
    for at, row in enumerate(rows):
        cells = [row[0].ljust(wide[0]), *(_place(row, wide, k) for k in range(1, len(row)))]
        yield (INDENT + "  ".join(cells)).rstrip()
        if at == 0:
            yield INDENT + "  ".join("-" * size for size in wide)


def _place(row: Sequence[str], wide: Sequence[int], column: int) -> str:
    return row[column].rjust(wide[column])


def _markdown(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"## {block.text}"
    elif isinstance(block, Paragraph):
        yield f"**{block.about}.** {block.text}" if block.about else block.text
    elif isinstance(block, Bullets):
        yield from (f"- {item}" for item in block.items)
    else:
        yield f"| {' | '.join(block.header)} |"
        yield f"| {' | '.join(['---', *['---:'] * (len(block.header) - 1)])} |"
        yield from (f"| {' | '.join(row)} |" for row in block.rows)

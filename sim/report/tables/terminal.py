"""Lines, titles, tables and lists on the terminal, for every command.

Whatever is printed is made fit first: what a terminal would obey is replaced, and on a stream
whose character set lacks a sign a plain one stands for it. Lines break between words, never within
a name; a table too wide for that is printed row by row, each value on a line of its own.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import click

from sim.inputs.files.plain_text import readable

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 140  # where the output is no terminal
LINE = 80  # of text that is read as paragraphs
_BETWEEN = 3  # letters between two columns
# A column of sentences that is narrower than this is a ribbon, which nobody reads.
_SENTENCE, _RIBBON = 40, 24


def print_line(text: object = "", err: bool = False) -> None:
    """Print one text as it is, on standard output or standard error."""
    # Named, because click would write UTF-8 to a stream that says it knows no more than ASCII.
    click.echo(readable(str(text)), file=sys.stderr if err else sys.stdout)


def print_text(text: object, indent: str = "", hang: str = "") -> None:
    """Print paragraphs in lines that are easy to read, `indent` before the first line of each and
    as many blanks, or `hang`, before the others."""
    for paragraph in str(text).split("\n"):
        print_line(_wrapped(paragraph, min(LINE, _width()), indent, hang))


def print_table(
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    below: str = "",
    right: Collection[int] = (),
) -> None:
    """Print a table under its title, with `below` between them.

    The columns in `right` are numbers. A line is left between rows where a cell has several lines.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    print_title(title, below)
    console = _console()
    cells = [[readable(str(cell)) for cell in row] for row in rows]
    names = [readable(name) for name in header]
    widths = _column_widths([names, *cells], console.width)
    if widths is None:
        _print_records(names, cells)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, (name, width) in enumerate(zip(names, widths, strict=True)):
        justify: Literal["right", "left"] = "right" if place in right else "left"
        table.add_column(Text(name), justify=justify, width=width)
    # Text, not markup: brackets are part of the words.
    spaced = any("\n" in cell for row in cells for cell in row)
    for row in cells:
        table.add_row(*map(Text, row))
        if spaced:
            table.add_row()
    console.print(table)


def _column_widths(rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """A width for each column that breaks no word, or None where there is none that reads well."""
    from rich.cells import cell_len

    columns = list(zip(*rows, strict=True))
    usual = [max(cell_len(line) for cell in c for line in cell.split("\n")) for c in columns]
    least = [max((cell_len(w) for cell in c for w in cell.split()), default=0) for c in columns]
    room -= _BETWEEN * len(columns)
    if sum(usual) <= room:
        return usual
    least = [max(a, min(b, _RIBBON) * (b > _SENTENCE)) for a, b in zip(least, usual, strict=True)]
    if sum(least) > room:
        return None
    # What is left goes to the narrowest first, as far as they need it.
    widths, cap = least, 0
    while sum(wider := _up_to(cap, least, usual)) <= room:
        widths, cap = wider, cap + 1
    return widths


def _up_to(cap: int, least: Iterable[int], usual: Iterable[int]) -> list[int]:
    return [max(a, min(b, cap)) for a, b in zip(least, usual, strict=True)]


def _print_records(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows one after the other: the first value, then the others, each after its name."""
    label = max(map(len, header[1:]), default=0)
    for row in rows:
        print_line()
        print_text(f"{header[0]} {row[0]}" if row[0].isdigit() else row[0], hang="  ")
        for name, cell in zip(header[1:], row[1:], strict=True):
            if cell:
                lines = cell.split("\n")
                print_text(lines[0], f"  {name:<{label}}  ")
                for line in lines[1:]:
                    print_text(line, " " * (label + 4))
    print_line()


def print_figures(
    title: str, header: Sequence[str], rows: Iterable[Sequence[object]], below: str = ""
) -> None:
    """`print_table` where every column but the first holds numbers."""
    print_table(title, header, rows, below=below, right=range(1, len(header)))


def print_title(title: str, below: str = "") -> None:
    """Print a title in bold, with what is below it."""
    console = _console()
    console.print()
    for text, style in ((title, "bold"), (below, "dim")):
        for line in text.split("\n") if text else ():
            wrapped = _wrapped(readable(line), console.width)
            console.print(wrapped, style=style, markup=False, highlight=False, soft_wrap=True)


def print_lines(lines: Iterable[object], mark: str = "") -> None:
    """Print texts, each on lines of its own, after `mark`."""
    for line in lines:
        for part in str(line).split("\n"):
            print_line(_wrapped(part, _width(), mark))


def _wrapped(text: str, width: int, indent: str = "", hang: str = "") -> str:
    """One paragraph in lines of at most `width` letters, broken between words only."""
    return textwrap.fill(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=hang or " " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )


def print_markdown(text: str) -> None:
    """Print Markdown as it is meant to look, in lines that are easy to read."""
    from rich.markdown import Markdown

    console = _console()
    console.print(Markdown(readable(text)), width=min(LINE, console.width))


def _width() -> int:
    """Letters in a line: those of the terminal, or where there is none enough for the tables.

    COLUMNS, where it is set, decides.
    """
    if (sys.stdout is not None and sys.stdout.isatty()) or os.environ.get("COLUMNS", "").isdigit():
        return max(shutil.get_terminal_size().columns, 20)
    return WIDTH


def _console() -> Console:
    """Where tables and titles are printed."""
    from rich.console import Console  # imported here: it is slow, and only tables need it

    return Console(width=_width())

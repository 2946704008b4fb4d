"""Lines, titles, tables and lists on the terminal, for every command.

Whatever is printed is made fit first: what a terminal would obey is replaced, and on a stream
whose character set lacks a sign a plain one stands for it.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import click

from sim.inputs.files.plain_text import readable

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 140  # where the output is no terminal
LINE = 96  # of text


def print_line(text: object = "", err: bool = False) -> None:
    """Print one text as it is, on standard output or standard error."""
    # Named, because click would write UTF-8 to a stream that says it knows no more than ASCII.
    click.echo(readable(str(text)), file=sys.stderr if err else sys.stdout)


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
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        justify: Literal["right", "left"] = "right" if place in right else "left"
        table.add_column(Text(readable(name)), justify=justify, overflow="fold")
    # Text, not markup: brackets are part of the words.
    cells = [[readable(str(cell)) for cell in row] for row in rows]
    spaced = any("\n" in cell for row in cells for cell in row)
    for row in cells:
        table.add_row(*map(Text, row))
        if spaced:
            table.add_row()
    console.print(table)


def print_figures(
    title: str, header: Sequence[str], rows: Iterable[Sequence[object]], below: str = ""
) -> None:
    """`print_table` where every column but the first holds numbers."""
    print_table(title, header, rows, below=below, right=range(1, len(header)))


def print_title(title: str, below: str = "") -> None:
    """Print a title in bold, with what is below it."""
    console = _console()
    console.print()
    console.print(readable(title), style="bold", markup=False, highlight=False)
    if below:
        console.print(readable(below), style="dim", markup=False, highlight=False)


def print_lines(lines: Iterable[object], mark: str = "") -> None:
    """Print texts, each on lines of its own, after `mark`."""
    console = _console()
    for line in lines:
        console.print(readable(f"{mark}{line}"), markup=False, highlight=False)


def print_markdown(text: str) -> None:
    """Print Markdown as it is meant to look, in lines that are easy to read."""
    from rich.markdown import Markdown

    console = _console()
    console.print(Markdown(readable(text)), width=min(LINE, console.width))


def _console() -> Console:
    """The terminal, or where there is none something wide enough for the tables."""
    from rich.console import Console  # imported here: it is slow, and only output needs it

    console = Console()
    return console if console.is_terminal else Console(width=max(WIDTH, console.width))

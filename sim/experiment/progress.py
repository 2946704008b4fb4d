"""Telling how far a run is: a bar on a terminal or in a notebook, else nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """What a run tells while it goes on. Units are nation-weeks."""

    def total(self, weeks: int) -> None:
        """Say how much there is to do; it may be said again."""

    def advance(self, weeks: int) -> None:
        """Say that so much more has been done."""

    def say(self, text: str) -> None:
        """Say what is going on."""


class Silent:
    """Tells nothing."""

    def total(self, weeks: int) -> None:
        """Ignore it."""

    def advance(self, weeks: int) -> None:
        """Ignore it."""

    def say(self, text: str) -> None:
        """Ignore it."""


@contextmanager
def open_progress(quiet: bool) -> Iterator[Progress]:
    """A bar on standard error, where somebody can see it and has not asked for quiet."""
    if quiet:
        yield Silent()
        return
    # Imported here: a quiet run needs no drawing.
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        yield Silent()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Starting", total=None)

        class Shown:
            """Draws the bar."""

            def total(self, weeks: int) -> None:
                bar.update(task, total=weeks)

            def advance(self, weeks: int) -> None:
                bar.advance(task, weeks)

            def say(self, text: str) -> None:
                bar.update(task, description=text)

        yield Shown()

"""Telling how far a run is: a bar on a terminal, a line in a notebook, else nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """What a run tells while it goes on. Units are country-weeks."""

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


class ProgressLine:
    """One line of text, written over: works in any notebook, with nothing else installed."""

    def __init__(self) -> None:
        self._text = "Starting"
        self._weeks = self._done = 0
        self._began = self._shown = time.monotonic()

    def total(self, weeks: int) -> None:
        """Say how much there is to do; it may be said again."""
        self._weeks = weeks

    def advance(self, weeks: int) -> None:
        """Say that so much more has been done."""
        self._done += weeks
        if time.monotonic() - self._shown > 0.5:
            self._show()

    def say(self, text: str) -> None:
        """Say what is going on."""
        self._text = text
        self._show()

    def close(self) -> None:
        """Wipe the line."""
        self._write("")

    def _show(self) -> None:
        self._shown = time.monotonic()
        share = min(1.0, self._done / self._weeks) if self._weeks else 0.0
        left = (self._shown - self._began) * (1 / share - 1) if share else 0.0
        more = f", about {left:.0f} s left" if 0 < share < 1 else ""
        self._write(f"{self._text}: {share:.0%}{more}")

    def _write(self, text: str) -> None:
        sys.stdout.write(f"\r{text:<78}\r")
        sys.stdout.flush()


@contextmanager
def open_progress(quiet: bool) -> Iterator[Progress]:
    """Progress where somebody can see it and has not asked for quiet."""
    if quiet:
        yield Silent()
        return
    # Imported here: a quiet run needs no drawing.
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_jupyter:
        line = ProgressLine()
        yield line
        line.close()
    elif console.is_terminal:
        with _bar(console) as bar:
            yield bar
    else:
        yield Silent()


@contextmanager
def _bar(console: object) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    assert isinstance(console, Console)
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

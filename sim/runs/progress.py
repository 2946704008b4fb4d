"""How far a run is: a bar on a terminal, a line in a notebook, else nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """What a run reports while it goes on; this one shows nothing. Units are country-weeks."""

    def total(self, weeks: int) -> None:
        """How much there is to do; it may be said again."""

    def advance(self, weeks: int) -> None:
        """So much more has been done."""

    def say(self, text: str) -> None:
        """What is going on."""


class ProgressLine(Progress):
    """One line of text, written over: works in any notebook, with nothing else installed."""

    def __init__(self) -> None:
        self._text = "Starting"
        self._weeks = self._done = 0
        self._began = self._written = time.monotonic()

    def total(self, weeks: int) -> None:
        """How much there is to do; it may be said again."""
        self._weeks = weeks

    def advance(self, weeks: int) -> None:
        """So much more has been done."""
        self._done += weeks
        if time.monotonic() - self._written > 0.5:
            self.say(self._text)

    def say(self, text: str) -> None:
        """What is going on."""
        self._text = text
        self._written = time.monotonic()
        share = min(1.0, self._done / self._weeks) if self._weeks else 0.0
        left = (self._written - self._began) * (1 / share - 1) if share else 0.0
        more = f", about {left:.0f} s left" if 0 < share < 1 else ""
        self._write(f"{text}: {share:.0%}{more}")

    def close(self) -> None:
        """Wipe the line."""
        self._write("")

    def _write(self, text: str) -> None:
        sys.stdout.write(f"\r{text:<78}\r")
        sys.stdout.flush()


@contextmanager
def open_progress(quiet: bool) -> Iterator[Progress]:
    """Progress where somebody can see it and has not asked for quiet."""
    if quiet:
        yield Progress()
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
        yield Progress()


@contextmanager
def _bar(console: object) -> Iterator[Progress]:
    from rich import progress
    from rich.console import Console

    assert isinstance(console, Console)
    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Starting", total=None)

        class Bar(Progress):
            """Draws the bar."""

            def total(self, weeks: int) -> None:
                bar.update(task, total=weeks)

            def advance(self, weeks: int) -> None:
                bar.advance(task, weeks)

            def say(self, text: str) -> None:
                bar.update(task, description=text)

        yield Bar()

"""When inspections stood still: months in which no council's grade can change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from sim.results.run_folder import Run

PAUSED = "ofsted.inspections_paused"


def pauses(run: Run) -> list[tuple[date, date]]:
    """From when until when inspections are paused within the run; none where its scenarios
    differ in that."""
    found = []
    for scenario in run.scenarios:
        changes = [c for c in run.plans[scenario].get("change", []) if c["lever"] == PAUSED]
        dated = ((max(c["from"], run.start), c["value"]) for c in changes if c["from"] < run.end)
        found.append(spans_on(dated, run.end))
    return found[0] if all(one == found[0] for one in found) else []


def told_pauses(run: Run) -> str:
    """What the grey of a chart by year is, as a sentence that follows others; "" without a
    pause."""
    spans = [f"{first:%B %Y} to {last:%B %Y}" for first, last in pauses(run)]
    return f" Grey: no inspections, {' and '.join(spans)}." if spans else ""


def spans_on(changes: Iterable[tuple[date, bool]], end: date) -> list[tuple[date, date]]:
    """From when until when something is on that is switched on and off on dates: the last for
    a date counts, and what is on at last is so to the `end`."""
    states = dict(changes)
    found: list[tuple[date, date]] = []
    for day, until in pairwise([*sorted(states), end]):
        if states[day]:
            goes_on = found and found[-1][1] == day
            found.append((found.pop()[0] if goes_on else day, until))
    return found

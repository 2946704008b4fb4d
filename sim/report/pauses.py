"""When inspections stood still: months in which no council's grade can change."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes

from sim.report.folder import RunFolder
from sim.report.lines import years_of
from sim.report.style import GREY


def pauses(run: RunFolder) -> list[tuple[date, date]]:
    """From when until when inspections are paused within the run; none where its scenarios
    differ in that."""
    found = [_pauses(run, scenario) for scenario in run.scenarios]
    return found[0] if all(one == found[0] for one in found) else []


def shade_pauses(axes: Axes, run: RunFolder) -> None:
    """A grey band for each pause, behind the lines of a chart by year."""
    for pause in pauses(run):
        first, last = years_of(pd.Series(pd.to_datetime(list(pause))))
        axes.axvspan(first, last, color=GREY, alpha=0.35, linewidth=0, zorder=0)


def told_pauses(run: RunFolder) -> str:
    """What the grey is, as a sentence that follows others; "" without a pause."""
    spans = [f"{first:%B %Y} to {last:%B %Y}" for first, last in pauses(run)]
    return f" Grey: no inspections, {' and '.join(spans)}." if spans else ""


def _pauses(run: RunFolder, scenario: str) -> list[tuple[date, date]]:
    states = {run.start: False}
    for change in run.plan(scenario).get("change", []):
        if change["lever"] == "ofsted.inspections_paused" and change["from"] < run.end:
            states[max(change["from"], run.start)] = change["value"]
    found: list[tuple[date, date]] = []
    for day, until in pairwise([*sorted(states), run.end]):
        if states[day]:
            goes_on = found and found[-1][1] == day
            found.append((found.pop()[0] if goes_on else day, until))
    return found

"""One run of two scenarios on the map, quarter by quarter: who is inadequate, who has a trust.

Two forms: a page with a slider (works by keyboard, needs nothing from outside) and a GIF.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.report.briefing.templates import page
from sim.report.charts.chart import source_line
from sim.report.charts.hexagons import Hexagon, layout_of
from sim.report.charts.maps import NOT_A_PLACE
from sim.results.run_folder import Run, label

# What a council can be: letter shown, fill, text colour, meaning.
STATES = (
    ("", "#F2F2F2", "#1A1A1A", "not inadequate"),
    ("I", "#12436D", "#FFFFFF", "inadequate"),
    ("T", "#F9C3A9", "#1A1A1A", "run by a trust"),
    ("IT", "#801650", "#FFFFFF", "inadequate and run by a trust"),
)
OPENS, CLOSES = "trust opened", ("service returned", "trust failed", "trust contract ended")
NAME = "map-of-one-run"
MARGIN = 0.8
SIZE = (17.4, 17.2)  # of a map, in units of the distance between cells


@dataclass(frozen=True)
class Story:
    """The states of one scenario: (quarters, cells), indices of STATES."""

    scenario: str
    states: npt.NDArray[np.int8]


def stories(run: Run, replication: int = 1) -> tuple[list[pd.Timestamp], list[Story]]:
    """The first day of each quarter, and the story of the first two scenarios."""
    cells = layout_of(run)
    column = {cell.ons_code: place for place, cell in enumerate(cells)}
    quarters = list(pd.date_range(run.start, run.end, freq="QS", inclusive="left"))
    when = np.array(quarters, dtype="datetime64[ns]")
    told = []
    for scenario in run.scenarios[:2]:
        inadequate = np.zeros((len(when), len(cells)), dtype=bool)
        spells = run.spells[
            (run.spells["scenario"] == scenario) & (run.spells["replication"] == replication)
        ]
        for row in spells[spells["la_code"].isin(column)].to_dict("records"):
            until = row["ended"] if row["exited"] else pd.Timestamp(run.end)
            during = (when >= row["started"]) & (when < until)
            inadequate[during, column[row["la_code"]]] = True
        trust = _trusts(run, scenario, replication, column, when)
        told.append(Story(scenario, (inadequate + 2 * trust).astype(np.int8)))
    return quarters, told


def _trusts(
    run: Run,
    scenario: str,
    replication: int,
    column: dict[str, int],
    when: npt.NDArray[np.datetime64],
) -> npt.NDArray[np.int8]:
    """1 where a trust runs the service: (quarters, cells)."""
    trust = np.zeros((len(when), len(column)), dtype=np.int8)
    events = run.events
    chosen = events[
        (events["scenario"] == scenario)
        & (events["replication"] == replication)
        & events["kind"].isin((OPENS, *CLOSES))
        & events["la_code"].isin(column)
    ]
    for row in chosen.sort_values("date", kind="stable").to_dict("records"):
        trust[when >= row["date"], column[row["la_code"]]] = int(row["kind"] == OPENS)
    return trust


def make_story(run: Run, folder: Path) -> list[Path]:
    """Write the GIF, and the page with the slider where Jinja is installed; the paths written."""
    cells = layout_of(run)
    quarters, told = stories(run)
    moving, page_ = folder / f"{NAME}.gif", folder / f"{NAME}.html"
    moving.write_bytes(_gif(cells, quarters, told))
    if find_spec("jinja2") is None:
        return [moving]
    page_.write_text(_page(run, cells, quarters, told), encoding="utf-8", newline="\n")
    return [moving, page_]


def quarter_name(quarter: pd.Timestamp) -> str:
    return f"{quarter:%B %Y}"


def _page(
    run: Run,
    cells: Sequence[Hexagon],
    quarters: Sequence[pd.Timestamp],
    told: Sequence[Story],
) -> str:
    return page(
        "run_map.html",
        run=run,
        cells=cells,
        corners=[_svg_points(cell) for cell in cells],
        size=SIZE,
        place=lambda cell: (cell.x + MARGIN, _down(cell.y)),
        scenarios=[label(story.scenario) for story in told],
        data={
            "quarters": [quarter_name(quarter) for quarter in quarters],
            "states": [["".join(map(str, row)) for row in story.states.tolist()] for story in told],
            "look": STATES,
        },
        states=STATES,
        last=len(quarters) - 1,
        source=source_line(run, "One run of many: another would differ.", NOT_A_PLACE),
    )


def _svg_points(cell: Hexagon) -> str:
    corners = cell.corners(0.95)
    return " ".join(f"{x + MARGIN:.2f},{_down(y):.2f}" for x, y in corners)


def _down(y: float) -> float:
    """Height from the top of a map, for a height from its foot."""
    return SIZE[1] - y - MARGIN - 0.3


def _gif(
    cells: Sequence[Hexagon], quarters: Sequence[pd.Timestamp], told: Sequence[Story]
) -> bytes:
    """The maps side by side, 0.6 s a quarter, the same bytes each time."""
    from matplotlib import font_manager
    from PIL import Image, ImageDraw, ImageFont

    scale, head, foot = 24.0, 70, 26
    wide, high = int(SIZE[0] * scale), int(SIZE[1] * scale) + head + foot
    file = font_manager.findfont("DejaVu Sans")
    big, small = ImageFont.truetype(file, 19), ImageFont.truetype(file, 10)
    tones = ["#FFFFFF", "#1A1A1A", *(state[1] for state in STATES)]
    palette = [int(tone[i : i + 2], 16) for tone in tones for i in (1, 3, 5)]
    blank = Image.new("P", (wide * len(told), high), 0)
    blank.putpalette(palette)
    pen = ImageDraw.Draw(blank)
    pen.fontmode = "1"
    key = "I: inadequate. T: run by a trust. Not a forecast of any council."
    pen.text((14, high - 18), key, fill=1, font=small)
    outlines = [
        [
            [(place * wide + (x + MARGIN) * scale, head + _down(y) * scale) for x, y in ring]
            for ring in (cell.corners(0.93) for cell in cells)
        ]
        for place in range(len(told))
    ]
    for outline in (one for map_ in outlines for one in map_):
        pen.polygon(outline, fill=2)
    frames = []
    for at, quarter in enumerate(quarters):
        frame = blank.copy()
        pen = ImageDraw.Draw(frame)
        pen.fontmode = "1"
        pen.text((14, 6), f"{quarter_name(quarter)}. Simulated, one run.", fill=1, font=big)
        for place, story in enumerate(told):
            left = place * wide
            count = int((story.states[at] % 2).sum())
            title = f"{label(story.scenario)}: {count} inadequate"
            pen.text((left + 14, 34), title, fill=1, font=big)
            for column in np.flatnonzero(story.states[at]).tolist():
                state, cell = int(story.states[at][column]), cells[column]
                pen.polygon(outlines[place][column], fill=2 + state)
                middle = (left + (cell.x + MARGIN) * scale, head + _down(cell.y) * scale)
                ink = 0 if STATES[state][2] == "#FFFFFF" else 1
                pen.text(middle, STATES[state][0], fill=ink, font=small, anchor="mm")
        frames.append(frame)
    held = io.BytesIO()
    frames[0].save(
        held, "GIF", save_all=True, append_images=frames[1:], duration=600, loop=0, optimize=False
    )
    return held.getvalue()

"""Maps of councils: where failure is likely, how long it lasts, where scenarios differ, and one
run quarter by quarter."""

from __future__ import annotations

import io
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from sim.analysis.statistics import FEWEST_REPLICATIONS
from sim.analysis.survival import product_limit
from sim.report.charts.chart import NOT_A_PLACE, RunChart, source_line
from sim.report.charts.hexagons import Hexagon, borders, cell_name, columns_of, layout_of
from sim.report.charts.outcome_charts import exits_and_at_risk
from sim.report.charts.style import INK, SEQUENTIAL, Area
from sim.report.words.html import page
from sim.report.words.prose import Sentence, joined, number, say
from sim.results.run_folder import Run, label
from sim.units import DAYS_A_MONTH, Array, BoolArray

HORIZON = 60  # months over which the time to leave is averaged
FEWEST_SPELLS = 10
# Few councils differ by chance: the share of false finds among those marked (Benjamini-Hochberg).
FALSE_FINDS = 0.05


@dataclass(frozen=True)
class Shade:
    """A class of cells: its colour, and its name in the key."""

    colour: str
    name: str

    @property
    def dark(self) -> bool:
        """Whether words on it must be white."""
        red, green, blue = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.3 * red + 0.59 * green + 0.11 * blue < 130


LESS, SAME, MORE = (
    Shade("#2073BC", "fewer"),
    Shade("#F2F2F2", "no clear difference"),
    Shade("#F46A25", "more"),
)
BLANK = Shade("#FFFFFF", f"blank: under {FEWEST_SPELLS} spells")


class _CouncilMap(RunChart):
    """A number and a shade for each council.

    The classes of numbers have lower `bounds`, but for the first, and `names`, light to dark. A
    map may choose its own shades.
    """

    names: tuple[str, ...] = ()
    bounds: tuple[int, ...] = ()
    note: str
    height = 8.2
    narrow_height = 4.4
    kind = "Hexagon map of England, one cell a council: "
    closing = ". The number of every council is in the data file."

    def __init__(self, run: Run) -> None:
        self.cells = layout_of(run)
        self.key = [Shade(*pair) for pair in zip(SEQUENTIAL, self.names, strict=False)]
        super().__init__(run)
        self.notes = (self.note, NOT_A_PLACE, "Layout adapted from Open Innovations (MIT).")

    @abstractmethod
    def columns(self) -> dict[str, object]:
        """The columns of the table after the councils' names, the number drawn first."""

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "new_la_code": [cell.ons_code for cell in self.cells],
                "la_name": [cell.name for cell in self.cells],
                "region_name": [cell.region for cell in self.cells],
                **self.columns(),
            }
        )

    @property
    def rounded(self) -> Array:
        """The number of each cell, whole, as it is written."""
        return np.round(self.data.iloc[:, 3].to_numpy(dtype=float))

    def shades(self) -> list[Shade]:
        """The shade of each cell."""
        return [
            self.key[int(np.searchsorted(self.bounds, value, "right"))]
            if math.isfinite(value)
            else BLANK
            for value in self.rounded
        ]

    def texts(self) -> list[tuple[str, bool]]:
        """What is written in each cell, and whether it is written large."""
        return [(number(value, 0) if math.isfinite(value) else "", True) for value in self.rounded]

    def draw(self, area: Area) -> None:
        axes = area.axes(left=0.05, right=0.05, bottom=0.05, top=0.05)
        axes.set_axis_off()
        axes.set_aspect("equal")
        shades = self.shades()
        axes.add_collection(
            PolyCollection(
                [cell.corners(0.96) for cell in self.cells],
                facecolors=[shade.colour for shade in shades],
                edgecolors="none",
            )
        )
        sides = list(borders(self.cells))
        axes.add_collection(
            LineCollection(sides, colors="#595959", linewidths=0.9, capstyle="round")
        )
        axes.set_xlim(-0.6, 16.1)
        axes.set_ylim(-0.7, 15.4)
        for cell, shade, (text, large) in zip(self.cells, shades, self.texts(), strict=True):
            colour = "white" if shade.dark else INK
            sizes = (4.5, 6) if area.narrow else (7.5, 9.5)
            axes.text(
                cell.x,
                cell.y + (0.0 if area.narrow else -0.2),
                text,
                ha="center",
                va="center",
                fontsize=sizes[large],
                fontweight="bold" if large else "normal",
                color=colour,
            )
            if not area.narrow:
                axes.text(
                    cell.x,
                    cell.y + 0.19,
                    cell_name(cell.name),
                    ha="center",
                    va="center",
                    fontsize=4.9,
                    linespacing=1.0,
                    color=colour,
                )
        self._draw_key(axes, area)

    def _draw_key(self, axes: Axes, area: Area) -> None:
        step = 1.0 if area.narrow else 0.72
        for place, shade in enumerate(self.key):
            y = 15.0 - step * place
            axes.add_collection(
                PolyCollection(
                    [[(-0.4, y - 0.26), (0.2, y - 0.26), (0.2, y + 0.26), (-0.4, y + 0.26)]],
                    facecolors=[shade.colour],
                    edgecolors="#595959",
                    linewidths=0.6,
                )
            )
            axes.text(0.4, y, shade.name, va="center", fontsize=area.small - 1, color=INK)

    def sentences(self) -> Iterator[Sentence]:
        shades = self.shades()
        counts = (
            say(self.finding(f"cells {shade.name}", shades.count(shade)), f" councils {shade.name}")
            for shade in self.key
        )
        yield joined(counts, ", ")


class MapOfRisk(_CouncilMap):
    """Share of the period that each council is inadequate, scenario asked for."""

    name = "map-risk"
    note = "Cells: per cent of the period, mean of all runs."
    bounds = (5, 10, 20, 40)
    names = ("under 5%", "5% to 9%", "10% to 19%", "20% to 39%", "40% or more")

    def columns(self) -> dict[str, object]:
        scenario = self.run.scenario
        self.measure = f"Share of the period spent inadequate under {label(scenario)}, per cent"
        months = months_inadequate(self.run, scenario, self.cells)
        whole = (self.run.end - self.run.start).days / DAYS_A_MONTH
        return {"percent_of_period_inadequate": 100 * months.mean(0) / whole}

    def headline(self) -> Sentence:
        shares = self.data["percent_of_period_inadequate"]
        return say(
            f"Under {label(self.run.scenario)} councils are inadequate for ",
            *(self.finding("lowest", shares.min()), "% to "),
            *(self.finding("highest", shares.max()), "% of the period"),
        )


class MapOfMonths(_CouncilMap):
    """Expected months inadequate in the five years after a judgement, scenario asked for."""

    name = "map-months"
    needs = f"a council with {FEWEST_SPELLS} spells over all runs"
    note = "Cells: months, by Kaplan-Meier over all runs."
    bounds = (24, 30, 36, 42)
    names = ("under 24", "24 to 29", "30 to 35", "36 to 41", "42 or more")

    def table(self) -> pd.DataFrame:
        table = super().table()
        return table if table["months_inadequate_within_60"].notna().any() else table[0:0]

    def columns(self) -> dict[str, object]:
        self.key.append(BLANK)
        self.measure = (
            f"Mean months inadequate in the {HORIZON} months after a judgement under "
            f"{label(self.run.scenario)}"
        )
        spells = self.run.spells
        column = columns_of(self.cells)
        spells = spells[
            (spells["scenario"] == self.run.scenario)
            & (spells["exit"] > spells["entry"])
            & spells["la_code"].isin(column)
        ]
        council = spells["la_code"].map(column).to_numpy(dtype=np.int64)
        exits, at_risk = exits_and_at_risk(spells, council, len(self.cells), HORIZON)
        mean = product_limit(exits, at_risk)[:, :-1].sum(1) / DAYS_A_MONTH
        count = np.bincount(council, minlength=len(self.cells))
        months = np.where(count >= FEWEST_SPELLS, mean, np.nan)
        return {"months_inadequate_within_60": months, "spells": count}

    def headline(self) -> Sentence:
        known = self.rounded[np.isfinite(self.rounded)]
        return say(
            f"After a judgement under {label(self.run.scenario)}, councils stay inadequate for ",
            *(self.finding("shortest", known.min()), " to "),
            *(self.finding("longest", known.max()), " months"),
        )


class MapOfDifference(_CouncilMap):
    """Months inadequate under the scenario asked for less those under its first alternative."""

    name = "map-difference"
    note = (
        f"Cells: mean difference in months; shaded where clear ({FALSE_FINDS:.0%} false finds "
        "expected among those shaded), small numbers elsewhere are mostly luck."
    )
    needs = "another scenario to compare with, and a council in which they differ clearly"

    def table(self) -> pd.DataFrame:
        if len(self.styles) < 2:
            return pd.DataFrame()
        table = super().table()
        return table if table["clear"].any() else table[0:0]  # a grey map tells nothing

    def columns(self) -> dict[str, object]:
        self.key = [LESS, SAME, MORE]
        first, second = self.styles[:2]
        self.measure = f"Months inadequate over the period, {first.label} less {second.label}"
        gap, less = (months_inadequate(self.run, s.scenario, self.cells) for s in (first, second))
        gap -= less
        clear = limit_false_finds(p_values(gap), FALSE_FINDS)
        return {"months_difference": gap.mean(0), "clear": clear.astype(int)}

    def _sides(self) -> list[int]:
        """1 where the first scenario has clearly more months, -1 where it has fewer, else 0."""
        signs = np.sign(self.data["months_difference"]) * self.data["clear"]
        return [int(sign) for sign in signs]

    def shades(self) -> list[Shade]:
        return [self.key[side + 1] for side in self._sides()]

    def texts(self) -> list[tuple[str, bool]]:
        values = self.data["months_difference"]
        return [
            (("+" if round(value) > 0 else "") + number(value, 0), side != 0)
            for value, side in zip(values, self._sides(), strict=True)
        ]

    def headline(self) -> Sentence:
        sides = self._sides()
        first, second = self.styles[0].label, self.styles[1].label
        more, fewer, same = (
            self.finding(f"councils with {words}", sides.count(side))
            for words, side in (("more", 1), ("fewer", -1), ("no clear difference", 0))
        )
        return say(
            *(f"{first} against {second}: more months inadequate in ", more),
            *(" councils, fewer in ", fewer, ", no clear difference in ", same),
        )


def months_inadequate(run: Run, scenario: str, cells: Sequence[Hexagon]) -> Array:
    """Months inadequate during the run, by replication and cell: (replications, cells)."""
    row = {
        int(value): place
        for place, value in enumerate(np.sort(run.replications["replication"].unique()))
    }
    column = columns_of(cells)
    spells = run.spells
    spells = spells[(spells["scenario"] == scenario) & spells["la_code"].isin(column)]
    months = np.zeros((len(row), len(cells)))
    places = tuple(
        spells[name].map(order).to_numpy(dtype=int)
        for name, order in (("replication", row), ("la_code", column))
    )
    np.add.at(months, places, spells["days_observed"].to_numpy(float) / DAYS_A_MONTH)
    return months


def p_values(gap: Array) -> Array:
    """Two-sided p of each column's mean being zero, by the normal; 1 where it never varies."""
    runs = len(gap)
    if runs < FEWEST_REPLICATIONS:
        return np.ones(gap.shape[1])
    error = gap.std(0, ddof=1) / math.sqrt(runs)
    score = np.divide(np.abs(gap.mean(0)), error, out=np.zeros(gap.shape[1]), where=error > 0)
    return np.array([math.erfc(value / math.sqrt(2)) for value in score])


def limit_false_finds(p: Array, share: float) -> BoolArray:
    """Which to mark so that about `share` of the marks are false (Benjamini, Hochberg 1995)."""
    order = np.argsort(p)
    passes = p[order] <= share * np.arange(1, len(p) + 1) / len(p)
    last = int(np.flatnonzero(passes)[-1]) + 1 if passes.any() else 0
    marked = np.zeros(len(p), dtype=bool)
    marked[order[:last]] = True
    return marked


# One run on the map: a page with a slider (works by keyboard, needs nothing from outside) and a
# GIF. What a council can be: letter written, fill, text colour, meaning.
STATES = (
    ("", "#F2F2F2", "#1A1A1A", "not inadequate"),
    ("I", "#12436D", "#FFFFFF", "inadequate"),
    ("T", "#F9C3A9", "#1A1A1A", "run by a trust"),
    ("IT", "#801650", "#FFFFFF", "inadequate and run by a trust"),
)
OPENS = "trust opened"
CLOSES = ("service returned", "trust failed", "trust handed back", "trust contract ended")
MOVING_MAP = "map-of-one-run"
MARGIN = 0.8
SIZE = (17.4, 17.2)  # of a map, in units of the distance between cells


States = npt.NDArray[np.int8]  # of councils over time: (quarters, cells), indices of STATES


def council_states(run: Run, replication: int = 1) -> tuple[list[pd.Timestamp], dict[str, States]]:
    """The first day of each quarter, and the states by scenario, of the first two."""
    cells = layout_of(run)
    column = columns_of(cells)
    quarters = list(pd.date_range(run.start, run.end, freq="QS", inclusive="left"))
    when = np.array(quarters, dtype="datetime64[ns]")
    result = {}
    for scenario in run.scenarios[:2]:
        spells, events = (
            table[
                (table["scenario"] == scenario)
                & (table["replication"] == replication)
                & table["la_code"].isin(column)
            ]
            for table in (run.spells, run.events)
        )
        inadequate, trust = np.zeros((2, len(when), len(cells)), dtype=np.int8)
        for row in spells.to_dict("records"):
            until = row["ended"] if row["exited"] else pd.Timestamp(run.end)
            inadequate[(when >= row["started"]) & (when < until), column[row["la_code"]]] = 1
        events = events[events["kind"].isin((OPENS, *CLOSES))]
        for row in events.sort_values("date", kind="stable").to_dict("records"):
            trust[when >= row["date"], column[row["la_code"]]] = int(row["kind"] == OPENS)
        result[scenario] = (inadequate + 2 * trust).astype(np.int8)
    return quarters, result


def moving_map(run: Run, folder: Path) -> dict[Path, bytes]:
    """The GIF, and the page with the slider where Jinja is installed, by path."""
    cells = layout_of(run)
    quarters, scenarios = council_states(run)
    files = {folder / f"{MOVING_MAP}.gif": _gif(cells, quarters, scenarios)}
    if find_spec("jinja2") is not None:
        files[folder / f"{MOVING_MAP}.html"] = _page(run, cells, quarters, scenarios).encode()
    return files


def _page(
    run: Run,
    cells: Sequence[Hexagon],
    quarters: Sequence[pd.Timestamp],
    scenarios: Mapping[str, States],
) -> str:
    return page(
        "run_map.html",
        run=run,
        cells=cells,
        corners=[
            " ".join(f"{x + MARGIN:.2f},{_down(y):.2f}" for x, y in cell.corners(0.95))
            for cell in cells
        ],
        size=SIZE,
        place=lambda cell: (cell.x + MARGIN, _down(cell.y)),
        scenarios=[label(name) for name in scenarios],
        data={
            "quarters": [f"{quarter:%B %Y}" for quarter in quarters],
            "states": [
                ["".join(map(str, row)) for row in states.tolist()] for states in scenarios.values()
            ],
            "look": STATES,
        },
        states=STATES,
        last=len(quarters) - 1,
        source=source_line(run, "One run of many: another would differ.", NOT_A_PLACE),
    )


def _down(y: float) -> float:
    """Height from the top of a map, for a height from its foot."""
    return SIZE[1] - y - MARGIN - 0.3


def _gif(
    cells: Sequence[Hexagon],
    quarters: Sequence[pd.Timestamp],
    scenarios: Mapping[str, States],
) -> bytes:
    """The maps side by side, 0.6 s a quarter, the same bytes each time."""
    from matplotlib import font_manager
    from PIL import Image, ImageDraw, ImageFont

    scale, head, foot = 24.0, 70, 26
    width, height = int(SIZE[0] * scale), int(SIZE[1] * scale) + head + foot
    file = font_manager.findfont("DejaVu Sans")
    large, small = ImageFont.truetype(file, 19), ImageFont.truetype(file, 10)
    tones = ["#FFFFFF", "#1A1A1A", *(state[1] for state in STATES)]
    blank = Image.new("P", (width * len(scenarios), height), 0)
    blank.putpalette([int(tone[i : i + 2], 16) for tone in tones for i in (1, 3, 5)])
    pen = ImageDraw.Draw(blank)
    pen.fontmode = "1"
    key = "I: inadequate. T: run by a trust. Not a forecast of any council."
    pen.text((14, height - 18), key, fill=1, font=small)
    outlines = [
        [
            [(place * width + (x + MARGIN) * scale, head + _down(y) * scale) for x, y in ring]
            for ring in (cell.corners(0.93) for cell in cells)
        ]
        for place in range(len(scenarios))
    ]
    for outline in (one for map_ in outlines for one in map_):
        pen.polygon(outline, fill=2)
    frames = []
    for at, quarter in enumerate(quarters):
        frame = blank.copy()
        pen = ImageDraw.Draw(frame)
        pen.fontmode = "1"
        pen.text((14, 6), f"{quarter:%B %Y}. Simulated, one run.", fill=1, font=large)
        for place, (name, over_time) in enumerate(scenarios.items()):
            left = place * width
            states = over_time[at]
            title = f"{label(name)}: {int((states % 2).sum())} inadequate"
            pen.text((left + 14, 34), title, fill=1, font=large)
            for column in np.flatnonzero(states).tolist():
                state, cell = int(states[column]), cells[column]
                pen.polygon(outlines[place][column], fill=2 + state)
                middle = (left + (cell.x + MARGIN) * scale, head + _down(cell.y) * scale)
                ink = 0 if STATES[state][2] == "#FFFFFF" else 1
                pen.text(middle, STATES[state][0], fill=ink, font=small, anchor="mm")
        frames.append(frame)
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=600, loop=0, optimize=False
    )
    return buffer.getvalue()

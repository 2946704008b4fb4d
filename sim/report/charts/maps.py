"""Hexagon maps: where failure is likely, how long it lasts, and where regimes differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.collections import LineCollection, PolyCollection

from sim.analysis.statistics import FEWEST_REPLICATIONS
from sim.analysis.survival import daily_counts, product_limit
from sim.report.charts.chart import Chart, Findings, source_line
from sim.report.charts.hexagons import Hexagon, borders, cell_name, layout_of
from sim.report.charts.style import INK, SEQUENTIAL, Area
from sim.report.words.headlines import statistical
from sim.report.words.prose import Sentence, joined, number, say
from sim.results.run_folder import Run, label
from sim.units import DAYS_A_MONTH, Array

NOT_A_PLACE = "Simulated outcomes: not a forecast of any council."
HORIZON = 60  # months over which the time to leave is averaged
FEWEST_SPELLS = 10
# Few councils differ by chance: the share of false finds among those marked (Benjamini-Hochberg).
FALSE_FINDS = 0.05
LESS, SAME, MORE = "#2073BC", "#F2F2F2", "#F46A25"


@dataclass(frozen=True)
class Shade:
    """A class of cells: its colour, and its name in the key."""

    colour: str
    name: str

    @property
    def dark(self) -> bool:
        red, green, blue = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.3 * red + 0.59 * green + 0.11 * blue < 130


def risk(run: Run) -> Chart:
    """Share of the period that each council is inadequate, scenario asked for."""
    cells = layout_of(run)
    months = months_inadequate(run, run.scenario, cells)
    whole = (run.end - run.start).days / DAYS_A_MONTH
    share = 100 * months.mean(0) / whole
    bounds = (5, 10, 20, 40)
    names = ("under 5%", "5% to 9%", "10% to 19%", "20% to 39%", "40% or more")
    shades = [Shade(*pair) for pair in zip(SEQUENTIAL, names, strict=True)]
    rounded = np.round(share)
    table = _table(cells, {"percent_of_period_inadequate": share})
    found = Findings("map-risk")
    low, high = (
        found.figure(name, value, number(value, 0), 1.0)
        for name, value in (("lowest", float(share.min())), ("highest", float(share.max())))
    )
    return _map(
        run,
        found,
        cells,
        [shades[int(np.searchsorted(bounds, value, "right"))] for value in rounded],
        [number(value, 0) for value in rounded],
        shades,
        table,
        headline=say(
            *(f"Under {label(run.scenario)} councils are inadequate for ", low),
            *("% to ", high, "% of the period"),
        ),
        measure=f"Share of the period spent inadequate under {label(run.scenario)}, per cent",
        note="Cells: per cent of the period, mean of all runs.",
    )


def months_to_leave(run: Run) -> Chart:
    """Expected months inadequate in the five years after a judgement, scenario asked for."""
    cells = layout_of(run)
    column = {cell.ons_code: place for place, cell in enumerate(cells)}
    spells = run.spells
    spells = spells[
        (spells["scenario"] == run.scenario)
        & (spells["exit"] > spells["entry"])
        & spells["la_code"].isin(column)
    ]
    group = spells["la_code"].map(column).to_numpy(dtype=np.int_)
    days = round(HORIZON * DAYS_A_MONTH)
    exits, at_risk = daily_counts(
        group,
        spells["entry"].to_numpy(dtype=np.int_),
        spells["exit"].to_numpy(dtype=np.int_),
        spells["exited"].to_numpy(dtype=np.bool_),
        len(cells),
        days,
    )
    share = product_limit(exits, at_risk)
    mean = share[:, :-1].sum(1) / DAYS_A_MONTH
    seen = np.bincount(group, minlength=len(cells))
    months = np.where(seen >= FEWEST_SPELLS, mean, np.nan)
    bounds = (24, 30, 36, 42)
    names = ("under 24", "24 to 29", "30 to 35", "36 to 41", "42 or more")
    shades = [Shade(*pair) for pair in zip(SEQUENTIAL, names, strict=True)]
    blank = Shade("#FFFFFF", f"blank: under {FEWEST_SPELLS} spells")
    rounded = np.round(months)
    known = rounded[np.isfinite(rounded)]
    found = Findings("map-months")
    headline = say("Too few spells to tell how long single councils stay inadequate")
    if len(known):
        low, high = (
            found.figure(name, value, number(value, 0))
            for name, value in (("shortest", float(known.min())), ("longest", float(known.max())))
        )
        headline = say(
            f"After a judgement under {label(run.scenario)}, councils stay inadequate for ",
            *(low, " to ", high, " months"),
        )
    return _map(
        run,
        found,
        cells,
        [
            shades[int(np.searchsorted(bounds, value, "right"))] if math.isfinite(value) else blank
            for value in rounded
        ],
        [number(value, 0) if math.isfinite(value) else "" for value in rounded],
        [*shades, blank],
        _table(cells, {"months_inadequate_within_60": months, "spells": seen}),
        headline=headline,
        measure=f"Mean months inadequate in the {HORIZON} months after a judgement under "
        f"{label(run.scenario)}",
        note="Cells: months, by Kaplan-Meier over all runs.",
    )


def difference(run: Run) -> Chart | None:
    """Months inadequate under the scenario asked for less those under its first alternative.

    None where there is nothing to compare with.
    """
    if len(run.scenarios) < 2:
        return None
    cells = layout_of(run)
    first, second = run.scenarios[:2]
    gap = months_inadequate(run, first, cells) - months_inadequate(run, second, cells)
    mean = gap.mean(0)
    clear = false_finds_held(p_values(gap), FALSE_FINDS)
    shades = [Shade(LESS, "fewer"), Shade(SAME, "no clear difference"), Shade(MORE, "more")]
    side = np.where(clear, np.sign(mean), 0).astype(int)
    more, fewer = int((side > 0).sum()), int((side < 0).sum())
    same = len(cells) - more - fewer
    found = Findings("map-difference")
    headline = say(
        f"{label(first)} against {label(second)}: more months inadequate in ",
        found.figure("councils with more", more, str(more)),
        " councils, fewer in ",
        found.figure("councils with fewer", fewer, str(fewer)),
        ", no clear difference in ",
        found.figure("councils with no clear difference", same, str(same)),
    )
    if not more and not fewer:
        headline = say(
            f"No single council differs clearly between {label(first)} and {label(second)}"
        )
    return _map(
        run,
        found,
        cells,
        [shades[value + 1] for value in side],
        [("+" if round(value) > 0 else "") + number(value, 0) for value in mean],
        shades,
        _table(cells, {"months_difference": mean, "clear": clear.astype(int)}),
        headline=headline,
        measure=f"Months inadequate over the period, {label(first)} less {label(second)}",
        note=f"Cells: mean difference in months; shaded where clear ({FALSE_FINDS:.0%} false finds "
        "expected among those shaded), small numbers elsewhere are mostly luck.",
        quiet=[not marked for marked in side],
    )


def months_inadequate(run: Run, scenario: str, cells: Sequence[Hexagon]) -> Array:
    """Months inadequate during the run, by replication and cell: (replications, cells)."""
    numbers = {
        int(value): place
        for place, value in enumerate(np.sort(run.replications["replication"].unique()))
    }
    column = {cell.ons_code: place for place, cell in enumerate(cells)}
    spells = run.spells
    spells = spells[(spells["scenario"] == scenario) & spells["la_code"].isin(column)]
    result = np.zeros((len(numbers), len(cells)))
    rows = spells["replication"].map(numbers).to_numpy(dtype=int)
    columns = spells["la_code"].map(column).to_numpy(dtype=int)
    np.add.at(result, (rows, columns), spells["days_seen"].to_numpy(float) / DAYS_A_MONTH)
    return result


def p_values(gap: Array) -> Array:
    """Two-sided p of each column's mean being zero, by the normal; 1 where it never varies."""
    runs = len(gap)
    if runs < FEWEST_REPLICATIONS:
        return np.ones(gap.shape[1])
    error = gap.std(0, ddof=1) / math.sqrt(runs)
    score = np.divide(np.abs(gap.mean(0)), error, out=np.zeros(gap.shape[1]), where=error > 0)
    return np.array([math.erfc(value / math.sqrt(2)) for value in score])


def false_finds_held(p: Array, share: float) -> npt.NDArray[np.bool_]:
    """Which to mark so that about `share` of the marks are false (Benjamini, Hochberg 1995)."""
    order = np.argsort(p)
    passes = p[order] <= share * np.arange(1, len(p) + 1) / len(p)
    last = int(np.flatnonzero(passes)[-1]) + 1 if passes.any() else 0
    marked = np.zeros(len(p), dtype=bool)
    marked[order[:last]] = True
    return marked


def _table(cells: Sequence[Hexagon], columns: Mapping[str, object]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "new_la_code": [cell.ons_code for cell in cells],
            "la_name": [cell.name for cell in cells],
            "region_name": [cell.region for cell in cells],
            **columns,
        }
    )


def _map(
    run: Run,
    found: Findings,
    cells: Sequence[Hexagon],
    shades: Sequence[Shade],
    numbers: Sequence[str],
    key: Sequence[Shade],
    data: pd.DataFrame,
    *,
    headline: Sentence,
    measure: str,
    note: str,
    quiet: Sequence[bool] = (),
) -> Chart:
    """A map from the shade and the number of every cell; `quiet` ones are written small."""

    def draw(area: Area) -> None:
        axes = area.axes(left=0.05, right=0.05, bottom=0.05, top=0.05)
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.add_collection(
            PolyCollection(
                [cell.corners(0.96) for cell in cells],
                facecolors=[shade.colour for shade in shades],
                edgecolors="none",
            )
        )
        axes.add_collection(
            LineCollection(list(borders(cells)), colors="#595959", linewidths=0.9, capstyle="round")
        )
        axes.set_xlim(-0.6, 16.1)
        axes.set_ylim(-0.7, 15.4)
        hushed = quiet or [False] * len(cells)
        for cell, shade, text, small in zip(cells, shades, numbers, hushed, strict=True):
            colour = "white" if shade.dark else INK
            low = 0.0 if area.narrow else -0.2
            axes.text(
                cell.x,
                cell.y + low,
                text,
                ha="center",
                va="center",
                fontsize=(4.5 if small else 6) if area.narrow else (7.5 if small else 9.5),
                fontweight="normal" if small else "bold",
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
        step = 1.0 if area.narrow else 0.72
        for place, shade in enumerate(key):
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

    counts = joined(
        (
            say(found.figure(f"cells {shade.name}", held, str(held)), f" councils {shade.name}")
            for shade in key
            for held in [sum(other is shade for other in shades)]
        ),
        ", ",
    )
    return Chart(
        name=found.chart,
        headline=headline,
        subtitle=statistical(run, measure),
        source=source_line(run, note, NOT_A_PLACE, "Layout adapted from Open Innovations (MIT)."),
        alt=say(
            "Hexagon map of England, one cell a council: ",
            counts,
            ". The number of every council is in the data file.",
        ),
        findings=found,
        data=data,
        draw=draw,
        height=8.2,
        narrow_height=4.4,
    )

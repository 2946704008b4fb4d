"""Charts of the back-test, drawn from the tables that `simulate validate` writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, MaxNLocator, PercentFormatter

from sim.report.charts.chart import Chart
from sim.report.charts.coverage_chart import SOURCE, coverage
from sim.report.charts.labels import measure_above
from sim.report.charts.style import COLOURS, INK, SEQUENTIAL, Area
from sim.report.words.prose import say

_NAMES = {
    "councils_inadequate": "Councils inadequate",
    "councils_good_or_better": "Councils good or better",
    "agency_rate": "Agency workers, share",
    "vacancy_rate": "Vacancies, share",
    "caseload": "Cases per worker",
    "referrals": "Referrals, 12 months (000)",
    "children_in_need": "Children in need (000)",
    "protection_plans": "Protection plans (000)",
    "children_looked_after": "Looked after (000)",
}
_THOUSANDS = ("referrals", "children_in_need", "protection_plans", "children_looked_after")
_BANDS = (("p02.5", "p97.5", SEQUENTIAL[1]), ("p10.0", "p90.0", SEQUENTIAL[2]))
_INNER = ("p25.0", "p75.0", SEQUENTIAL[3])
_SPLIT = 2018.247  # 31 March 2018, the end of the fitted years
_BINS = 10


def draw_backtest(folder: Path) -> list[Path]:
    """Draw every chart of the back-test into `folder`/charts; the paths written."""
    place = folder / "charts"
    place.mkdir(parents=True, exist_ok=True)
    return [path for chart in backtest_charts(folder) for path in chart.save(place)]


def backtest_charts(folder: Path) -> list[Chart]:
    """Fan charts (one a start), rank histograms and coverage."""
    fans = pd.read_csv(folder / "fans.csv")
    observed = pd.read_csv(folder / "observed.csv")
    card = pd.read_csv(folder / "scorecard.csv")
    positions = pd.read_csv(folder / "positions.csv")
    starts = list(dict.fromkeys(fans["start"]))
    charts = [_fan(start, fans[fans["start"] == start], observed) for start in starts]
    return [*charts, _ranks(positions), coverage(card)]


def _fan(start: str, fans: pd.DataFrame, observed: pd.DataFrame) -> Chart:
    """England month by month: intervals of the model, and what was observed."""
    seen = observed[observed["series"].isin(_NAMES) & (observed["date"] >= start)]
    bands = fans.assign(kind="model")
    points = seen.rename(columns={"value": "observed"}).assign(kind="observed")
    data = pd.concat([bands, points], ignore_index=True)

    def draw(area: Area) -> None:
        names = list(_NAMES.items())
        rows, columns = (9, 1) if area.narrow else (3, 3)
        for part, (name, title) in zip(area.grid(rows, columns), names, strict=True):
            _fan_panel(part, title, name, fans[fans["series"] == name], seen)

    words = (
        "Nine panels, one a series, by month. Each shows the middle 50, 80 and 95 % of the "
        "simulated nations as shaded bands, their median as a line, and observed values as "
        "dots. A dashed line marks March 2018: figures to its right were not used to fit."
    )
    return Chart(
        name=f"fans-from-{start}",
        headline=say(f"England simulated from {start}, against the record"),
        subtitle=say(
            "Bands hold the middle 50, 80 and 95 % of simulated nations; dots are observed; "
            "right of the dashed line nothing was fitted"
        ),
        source=SOURCE,
        alt=say(words),
        data=data,
        draw=draw,
        height=7.6,
        narrow_height=18.0,
    )


def _fan_panel(
    area: Area, title: str, name: str, fans: pd.DataFrame, observed: pd.DataFrame
) -> None:
    axes = area.axes(left=0.6, right=0.15, bottom=0.35, top=0.42)
    scale = 0.001 if name in _THOUSANDS else 1.0
    x = _years(fans["date"])
    for low, high, colour in (*_BANDS, _INNER):
        axes.fill_between(x, fans[low] * scale, fans[high] * scale, color=colour, linewidth=0)
    axes.plot(x, fans["p50.0"] * scale, color=COLOURS[0], linewidth=1.6)
    mine = observed[observed["series"] == name]
    axes.plot(
        _years(mine["date"]),
        mine["value"] * scale,
        "o",
        color=COLOURS[2],
        markersize=2.2 if len(mine) > 20 else 5.5,
        zorder=4,
    )
    axes.axvline(_SPLIT, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
    measure_above(axes, title, area.small - 1)
    axes.tick_params(labelsize=area.small - 2)
    axes.set_xlim(float(x.min()) - 0.1, min(float(x.max()), 2019.75) + 0.1)
    axes.xaxis.set_major_locator(FixedLocator(list(range(2014, 2027, 2 if len(fans) > 40 else 1))))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    if name.endswith("_rate"):
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def _years(days: pd.Series) -> pd.Series:
    """Days as years and parts of a year."""
    moments = pd.to_datetime(days)
    return moments.dt.year + (moments.dt.day_of_year - 1) / 365.25


def _ranks(positions: pd.DataFrame) -> Chart:
    """Where observed values fell among the simulated ones, in the test window."""
    tested = positions[positions["window"] == "tested"]
    groups = {
        "Figures of England": tested[tested["of"] == "England"]["position"],
        "Returns of single councils": tested[tested["of"] == "councils"]["position"],
    }
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    counts = {name: np.histogram(values, edges)[0] for name, values in groups.items()}
    data = pd.DataFrame(
        [
            (name, edges[k], edges[k + 1], int(count), len(groups[name]) / _BINS)
            for name, found in counts.items()
            for k, count in enumerate(found)
        ],
        columns=["group", "from", "to", "figures", "expected"],
    )

    def draw(area: Area) -> None:
        shape = (2, 1) if area.narrow else (1, 2)
        for part, (name, found) in zip(area.grid(*shape), counts.items(), strict=True):
            axes = part.axes(left=0.7, right=0.2, bottom=0.65, top=0.45)
            axes.bar(edges[:-1] + 0.05, found, width=0.09, color=COLOURS[0])
            axes.axhline(found.sum() / _BINS, color=COLOURS[2], linewidth=2.0, linestyle="dashed")
            measure_above(axes, f"{name} (n = {found.sum():,})", part.small)
            axes.set_xlabel("Share simulated below the observed", fontsize=part.small)
            axes.tick_params(labelsize=part.small)
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))

    outer = {name: (found[0] + found[-1]) / max(found.sum(), 1) for name, found in counts.items()}
    told = "; ".join(f"{name} {share:.0%}" for name, share in outer.items())
    return Chart(
        name="rank-histogram",
        headline=say(f"Observed values in the two outermost tenths: {told}"),
        subtitle=say(
            "Number of observed values by where they fell among the simulated ones, April 2018 "
            "to August 2019, all starts; were the intervals right, all bars would reach the "
            "dashed line, and the outermost two would hold 20 %"
        ),
        source=SOURCE,
        alt=say(
            "Two histograms of ten bars each. A dashed line marks the height that every bar "
            f"would have if the intervals were right. The two outermost bars hold: {told}."
        ),
        data=data,
        draw=draw,
        height=4.0,
        narrow_height=7.0,
    )

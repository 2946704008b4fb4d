"""Charts of the back-test, drawn from the tables that `simulate validate` writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, MaxNLocator, PercentFormatter

from sim.report.charts.chart import Chart, ChartMaker, Row
from sim.report.charts.labels import measure_above
from sim.report.charts.style import COLOURS, INK, SEQUENTIAL, TEXT_COLOURS, Area
from sim.report.words.durations import in_month
from sim.report.words.prose import CitedNumber, Sentence, say
from sim.results.backtest_folder import FEWEST, LEVELS, TESTED
from sim.results.table_file import read_table
from sim.units import DAYS_A_YEAR

_TITLES = {
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
_BANDS = (("p02.5", "p97.5"), ("p10.0", "p90.0"), ("p25.0", "p75.0"))
_SPLIT = 2022.247  # 31 March 2022, the end of the fitted years
_BINS = 10
_WINDOWS = {TESTED: "not used to fit", "fitted": "used to fit"}


def draw_backtest(folder: Path) -> list[Path]:
    """Draw every chart of the back-test into `folder`/charts; the paths written."""
    place = folder / "charts"
    place.mkdir(parents=True, exist_ok=True)
    return [path for chart in backtest_charts(folder) for path in chart.save(place)]


def backtest_charts(folder: Path) -> list[Chart]:
    """Fan charts (one a start), rank histograms and coverage."""
    fans, observed, scorecard, positions = (
        read_table(folder / f"{name}.csv")
        for name in ("fans", "observed", "scorecard", "positions")
    )
    makers = [
        *(FanFromStart(start, rows, observed) for start, rows in fans.groupby("start", sort=False)),
        RankHistogram(positions, scorecard),
        Coverage(scorecard),
    ]
    return [maker.chart() for maker in makers]


class BacktestChart(ChartMaker):
    """A chart of the model against the record, which ends on the day `last`."""

    def __init__(self, last: object) -> None:
        self.last = pd.Timestamp(str(last))
        super().__init__()

    def source(self) -> str:
        to = f"{self.last.day} {self.last:%B %Y}"
        return f"Source: simulation, and the record to {to} (seeds of this project)."


class FanFromStart(BacktestChart):
    """England month by month from a start: intervals of the model, and what was observed."""

    kind = "Nine panels, one a series, by month. "
    height = 7.6
    narrow_height = 18.0

    def __init__(self, start: object, fans: pd.DataFrame, observed: pd.DataFrame) -> None:
        self.start, self.fans = str(start), fans
        chosen = observed["series"].isin(_TITLES) & (observed["start"].astype(str) == self.start)
        self.observed = observed[chosen]
        self.name = f"fans-from-{start}"
        super().__init__(self.observed["date"].max())

    def table(self) -> pd.DataFrame:
        points = self.observed.rename(columns={"value": "observed"}).assign(kind="observed")
        return pd.concat([self.fans.assign(kind="model"), points], ignore_index=True)

    def draw(self, area: Area) -> None:
        cells = area.grid(*((9, 1) if area.narrow else (3, 3)))
        for cell, series in zip(cells, _TITLES, strict=True):
            self._panel(cell, series)

    def _panel(self, area: Area, series: str) -> None:
        axes = area.axes(left=0.6, right=0.15, bottom=0.35, top=0.42)
        scale = 0.001 if "(000)" in _TITLES[series] else 1.0
        fans = self.fans[self.fans["series"] == series]
        x = _years(fans["date"])
        for (low, high), colour in zip(_BANDS, SEQUENTIAL[1:], strict=False):
            axes.fill_between(x, fans[low] * scale, fans[high] * scale, color=colour, linewidth=0)
        axes.plot(x, fans["p50.0"] * scale, color=COLOURS[0], linewidth=1.6)
        points = self.observed[self.observed["series"] == series]
        axes.plot(
            _years(points["date"]),
            points["value"] * scale,
            "o",
            color=COLOURS[2],
            markersize=2.2 if len(points) > 20 else 5.5,
            zorder=4,
        )
        axes.axvline(_SPLIT, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
        measure_above(axes, _TITLES[series], area.small - 1)
        axes.tick_params(labelsize=area.small - 2)
        end = self.last.year + (self.last.day_of_year - 1) / DAYS_A_YEAR
        axes.set_xlim(float(x.min()) - 0.1, min(float(x.max()), end) + 0.2)
        step = 1 if end - float(x.min()) < 4 else 2 if end - float(x.min()) < 8 else 3
        years = list(range(2014, self.last.year + 1, step))
        axes.xaxis.set_major_locator(FixedLocator(years))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        if series.endswith("_rate"):
            axes.yaxis.set_major_formatter(PercentFormatter(1.0))

    def headline(self) -> str:
        return f"England simulated from {self.start}, against the record"

    def subtitle(self) -> str:
        return (
            "Bands hold the middle 50, 80 and 95 % of simulated nations; dots are observed; "
            "right of the dashed line nothing was fitted"
        )

    def sentences(self) -> Iterator[str]:
        yield (
            "Each shows the middle 50, 80 and 95 % of the simulated nations as shaded bands, their "
            "median as a line, and observed values as dots. A dashed line marks March 2022: "
            "figures to its right were not used to fit"
        )


def _years(days: pd.Series) -> pd.Series:
    """Days as years and parts of a year."""
    moments = pd.to_datetime(days)
    return moments.dt.year + (moments.dt.day_of_year - 1) / DAYS_A_YEAR


class RankHistogram(BacktestChart):
    """Where observed values fell among the simulated ones, in the test window."""

    name = "rank-histogram"
    kind = (
        "Two histograms of ten bars each. A dashed line marks the height that every bar would "
        "have if the intervals were right. The two outermost bars hold: "
    )
    height = 4.0
    narrow_height = 7.0

    def __init__(self, positions: pd.DataFrame, scorecard: pd.DataFrame) -> None:
        self.positions = positions[positions["window"] == TESTED]
        tested = scorecard[scorecard["window"] == TESTED]
        super().__init__(tested["until"].max())

    def table(self) -> pd.DataFrame:
        edges = np.linspace(0.0, 1.0, _BINS + 1)
        rows = []
        for group, title in (
            ("England", "Figures of England"),
            ("councils", "Returns of single councils"),
        ):
            positions = self.positions.loc[self.positions["of"] == group, "position"]
            counts = np.histogram(positions, edges)[0]
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
                rows.append((title, low, high, int(count), len(positions) / _BINS))
        return pd.DataFrame(rows, columns=["group", "from", "to", "figures", "expected"])

    def draw(self, area: Area) -> None:
        parts = area.grid(*((2, 1) if area.narrow else (1, 2)))
        for part, (title, bars) in zip(parts, self.data.groupby("group", sort=False), strict=True):
            counts = bars["figures"]
            axes = part.axes(left=0.7, right=0.2, bottom=0.65, top=0.45)
            axes.bar(bars["from"] + 0.05, counts, width=0.09, color=COLOURS[0])
            expected = counts.sum() / _BINS
            axes.axhline(expected, color=COLOURS[2], linewidth=2.0, linestyle="dashed")
            measure_above(axes, f"{title} (n = {counts.sum():,})", part.small)
            axes.set_xlabel("Share simulated below the observed", fontsize=part.small)
            axes.tick_params(labelsize=part.small)
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))

    def headline(self) -> str:
        return f"Observed values in the two outermost tenths: {'; '.join(self.sentences())}"

    def subtitle(self) -> str:
        return (
            "Number of observed values by where they fell among the simulated ones, figures that "
            f"were not used to fit, to {in_month(self.last)}, all starts; were the intervals "
            "right, all bars would reach the dashed line, and the outermost two would hold 20 %"
        )

    def sentences(self) -> Iterator[str]:
        for title, bars in self.data.groupby("group", sort=False):
            counts = bars["figures"].to_numpy()
            yield f"{title} {(counts[0] + counts[-1]) / max(counts.sum(), 1):.0%}"


class Coverage(BacktestChart):
    """How often the intervals held what happened: the share of figures inside each interval, by
    start and window, from a scorecard."""

    name = "coverage"
    kind = "Dots against upright marks. "
    keys = ("start", "window", "level")

    def __init__(self, scorecard: pd.DataFrame) -> None:
        self.scorecard = scorecard
        super().__init__(scorecard["until"].max())

    def table(self) -> pd.DataFrame:
        rows = [
            (str(start), str(window), level, float(part[f"inside{level}"].mean()), len(part))
            for (start, window), part in self.scorecard.groupby(["start", "window"], sort=True)
            for level in LEVELS
            if len(part) >= FEWEST
        ]
        # Start and window of each row of the drawing, from the bottom.
        self.rows = list(dict.fromkeys(row[:2] for row in reversed(rows)))
        self.height = 0.75 * len(self.rows) + 1.0
        self.narrow_height = 0.9 * len(self.rows) + 1.2
        return pd.DataFrame(rows, columns=[*self.keys, "inside", "figures"])

    def draw(self, area: Area) -> None:
        width = 1.6 if area.narrow else 2.0
        axes = area.axes(left=width, right=0.3, bottom=0.65, top=0.35)
        for y, (start, window) in enumerate(self.rows):
            k = 0 if window == TESTED else 1
            for place, row in enumerate(self.records(start=start, window=window)):
                level, inside, height = row["level"] / 100, row["inside"], y + 0.24 - 0.24 * place
                axes.plot([level, inside], [height] * 2, color=SEQUENTIAL[2], linewidth=3)
                axes.plot(level, height, "|", color=INK, markersize=14, markeredgewidth=2)
                axes.plot(inside, height, "oD"[k], color=COLOURS[k], markersize=8)
        names = [
            f"{in_month(pd.Timestamp(start))},\n{_WINDOWS[window]}" for start, window in self.rows
        ]
        axes.set_yticks(range(len(names)), names, fontsize=area.small)
        for tick, (_, window) in zip(axes.get_yticklabels(), self.rows, strict=True):
            tick.set_color(TEXT_COLOURS[0 if window == TESTED else 1])
        for level in LEVELS:
            axes.annotate(
                f"{level}%",
                (level / 100, 1),
                (0, 4),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                fontsize=area.small,
                color=INK,
            )
        axes.grid(visible=False, axis="y")
        axes.set_ylim(-0.5, len(self.rows) - 0.5)
        axes.set_xlim(0.0, 1.02)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.tick_params(axis="x", labelsize=area.small)
        axes.set_xlabel("Share of figures inside the interval", fontsize=area.small)

    def headline(self) -> Sentence:
        rows = self.records(window=TESTED, level=LEVELS[-1])
        low, high = (self._inside(pick(rows, key=lambda row: row["inside"])) for pick in (min, max))
        shares = (low,) if low.text == high.text else (low, "% to ", high)
        return say("The 95% intervals held ", *shares, "% of what was not used to fit")

    def subtitle(self) -> str:
        return (
            "Share of published figures of England inside the three intervals of the model, by "
            "first day of the runs; upright marks show where each dot should be"
        )

    def sentences(self) -> Iterator[Sentence]:
        for row in self.records():
            start = f"from {in_month(pd.Timestamp(row['start']))}, {_WINDOWS[row['window']]}, "
            level = self.cited(row, "level", 0)
            yield say(start, self._inside(row), "% inside the ", level, "% intervals")

    def _inside(self, row: Row) -> CitedNumber:
        return self.cited(row, "inside", 0, 100.0)

"""Charts of a study: beliefs compared, what moves the answer, for whom, where regimes tie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import FuncFormatter

from sim.inputs.metrics import HEADLINE, METRICS, Metric
from sim.report.charts.chart import Chart, ChartMaker, Row, table_of
from sim.report.charts.labels import text_above
from sim.report.charts.style import (
    COLOURS,
    GREY,
    INK,
    MARKERS,
    TEXT_COLOURS,
    Area,
    row_axes,
    wrapped,
)
from sim.report.words.cited_study import CitedStudy, either, highest, open_study, wrappable
from sim.report.words.prose import amount, decimals, listed, number
from sim.results.run_folder import label
from sim.units import BoolArray

MOST_BARS = 12
# Factors that are no parameter.
_OTHER_FACTORS = {"luck": "luck", "nothing": "nothing (a change too small to matter)"}
_SURE = 0.975  # of resampled fits, on the side of a regime that is clearly better


def make_study_charts(folder: Path, record: Mapping[str, Any] | None = None) -> list[Path]:
    """Draw every chart of a study into its `charts` folder; the paths written.

    Raises OSError where it cannot be written to.
    """
    study = open_study(folder, record)
    place = study.folder / "charts"
    return [path for chart in study_charts(study) for path in chart.save(place)]


def study_charts(study: CitedStudy) -> list[Chart]:
    """Every chart of a study."""
    makers: list[StudyChart]
    if study.kind == "beliefs":
        makers = [BeliefsCompared(study)]
    elif study.kind == "explore":
        ties = study.table("breakeven_map").groupby(
            ["against", "x_parameter", "y_parameter"], sort=False
        )
        makers = [
            BestByKindOfCouncil(study),
            *([TippingPoints(study)] if study.has("tipping.csv") else []),
            *(Tornado(study, other) for other in study.scenarios[1:]),
            *(LineOfTies(study, str(other), str(x), str(y), rows) for (other, x, y), rows in ties),
        ]
    elif study.kind == "attribution":
        makers = [PartsOfAPackage(study)]
    else:
        makers = [Factors(study)]
    return [maker.chart() for maker in makers]


class StudyChart(ChartMaker):
    """A chart of a study of the regime under test, `tested`."""

    notes: tuple[str, ...] = ()

    def __init__(self, study: CitedStudy) -> None:
        self.study = study
        self.tested = study.scenarios[0]
        super().__init__()

    def source(self) -> str:
        return self.study.source(*self.notes)

    def outcome(self, value: float) -> str:
        """A number in the unit of the metric, as it is shown."""
        return amount(self.study.metric.scale * value)


def _scaled(axes: Axes, metric: Metric) -> None:
    """Show what is along the bottom in the unit in which figures of the metric are shown."""
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: number(metric.scale * value, 4).rstrip("0").rstrip("."))
    )


class BeliefsCompared(StudyChart):
    """Regimes by beliefs: a panel a set of beliefs, a row a regime, the best one filled."""

    name = "rival-beliefs"
    kind = "Dot chart of regimes under each set of beliefs, means. "
    metric = METRICS[HEADLINE]

    def table(self) -> pd.DataFrame:
        table = self.study.table("beliefs")
        data = table[table["metric"] == self.metric.name].reset_index(drop=True)
        self.beliefs = [str(name) for name in dict.fromkeys(data["beliefs"])]
        self.regimes = [str(name) for name in dict.fromkeys(data["scenario"])]
        winners = data[data["winner"] == 1]
        self.best = {
            name: tuple(map(str, winners.loc[winners["beliefs"] == name, "scenario"]))
            for name in self.beliefs
        }
        self.height = 1.9 * -(-len(self.beliefs) // 2) + 0.4 * len(self.regimes)
        self.narrow_height = 2.1 * len(self.beliefs)
        return data

    def draw(self, area: Area) -> None:
        columns = 1 if area.narrow else 2
        names = [label(regime) for regime in self.regimes]
        least = self.metric.least
        low = max(float(self.data[["p05", "ci95_low"]].min().min()), least)
        high = float(self.data[["p95", "ci95_high"]].max().max())
        panels = area.grid(-(-len(self.beliefs) // columns), columns)
        for panel, name in zip(panels, self.beliefs, strict=False):
            unit = self.metric.display_unit.capitalize()
            axes = row_axes(panel, names, (1.55, 1.35), unit, right=0.2, bottom=0.5, top=0.4)
            _scaled(axes, self.metric)
            for place, regime in enumerate(self.regimes):
                row = self.records(beliefs=name, scenario=regime)[0]
                k = place % len(COLOURS)
                for ends, thick in ((("p05", "p95"), 1.2), (("ci95_low", "ci95_high"), 5)):
                    line = [max(row[end], least) for end in ends]
                    axes.plot(line, [place] * 2, color=COLOURS[k], linewidth=thick)
                axes.plot(
                    [row["mean"]],
                    [place],
                    marker=MARKERS[k],
                    markersize=10,
                    color=COLOURS[k] if row["winner"] else "white",
                    markeredgecolor=COLOURS[k],
                    markeredgewidth=2,
                )
            axes.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
            axes.set_title(name.capitalize(), fontsize=area.small, fontweight="bold", loc="left")

    def headline(self) -> str:
        clear = sorted({str(row["beliefs"]) for row in self.records(clear=1)})
        certainty = f"clearly so under {listed(clear)}" if clear else "none clearly"
        under: dict[tuple[str, ...], list[str]] = {}
        for name in self.beliefs:
            under.setdefault(self.best[name], []).append(name)
        if len(under) > 1:
            parts = (f"{either(best)} under {listed(names)}" for best, names in under.items())
            return f"The best mean depends on the beliefs: {'; '.join(parts)}; {certainty}"
        best = [label(name) for name in next(iter(under))]
        if len(best) > 1:
            return f"{listed(best)} tie for the best mean under every set of beliefs"
        return f"{best[0]} has the best mean under every set of beliefs, {certainty}"

    def subtitle(self) -> str:
        runs = int(self.data["n"].max())
        return (
            f"{self.metric.label}, England, {self.study.period}, simulated, {runs} runs each. "
            "Filled: best mean. Thick: 95% interval of the mean. Thin: nine runs in ten. Regimes "
            "share their luck and differ more surely than these intervals, taken one by one, show"
        )

    def sentences(self) -> Iterator[str]:
        for name in self.beliefs:
            best, others = (
                [
                    f"{label(row['scenario'])} {amount(self.metric.scale * row['mean'])}"
                    for row in self.records(beliefs=name, winner=winner)
                ]
                for winner in (1, 0)
            )
            tie = " (they tie)" if len(best) > 1 else ""
            yield ", ".join([f"{name}: {listed(best)}{tie}", *([listed(others)] if others else [])])


class Tornado(StudyChart):
    """How far each parameter moves the difference between the first regime and another."""

    kind = "Bar chart of the difference over the range of each parameter. "

    def __init__(self, study: CitedStudy, other: str) -> None:
        self.name = f"tornado-{other}"
        self.other = other
        super().__init__(study)

    def table(self) -> pd.DataFrame:
        table = self.study.table("swings")
        data = table[table["against"] == self.other].copy()
        data["clear"] = data["above_noise"] == 1
        data = data.sort_values("swing", key=abs, ascending=False, kind="stable").head(MOST_BARS)
        better = f"Left of nought: {label(self.tested)} does better."
        self.notes = (f"Pale: not beyond the noise floor. {better}",)
        self.height = 0.42 * len(data) + 1.0
        self.narrow_height = 0.46 * len(data) + 1.2
        return data

    def draw(self, area: Area) -> None:
        names = [wrappable(str(name)) for name in self.data["parameter"]]
        axis = f"Disadvantage of {label(self.tested)}, {self.study.unit}"
        axes = row_axes(area, names, (3.1, 1.9), axis, to_the_right=area.narrow)
        _scaled(axes, self.study.metric)
        for place, row in enumerate(self.records()):
            start, end = row["loss_low"], row["loss_high"]
            shade = 1.0 if row["clear"] else 0.35
            axes.barh(place, end - start, left=start, height=0.55, color=COLOURS[0], alpha=shade)
            axes.plot([end], [place], marker="D", color=COLOURS[3], markersize=7, alpha=shade)
        axes.axvline(0, color=INK, linewidth=1.2)

    def headline(self) -> str:
        pair = f"{label(self.tested)} against {label(self.other)}"
        clear = [str(row["parameter"]) for row in self.records(clear=True)]
        if clear:
            return f"What most moves {pair}: {listed(clear[:3])}"
        return f"No single parameter clearly moves {pair}"

    def subtitle(self) -> str:
        return (
            f"Expected disadvantage of {label(self.tested)} against {label(self.other)} from a "
            "parameter's 10th to its 90th centile (diamond), the others as uncertain as they are; "
            f"{self.study.measured}, {self.study.period}"
        )

    def sentences(self) -> Iterator[str]:
        for row in self.records():
            low, high = (self.outcome(row[end]) for end in ("loss_low", "loss_high"))
            yield f"{row['parameter']}, {low} to {high}"


class Factors(StudyChart):
    """Screening or shares: the factors that matter most, luck among them, and the noise floor."""

    kind = "Bar chart of factors. "

    def table(self) -> pd.DataFrame:
        self.shares = self.study.facts["method"] == "shares"
        self.floor = float(self.study.facts["noise_floor"])
        self.name = "shares" if self.shares else "screening"
        self.size = "total" if self.shares else "size"
        self.notes = (f"Data: {table_of(self.name)}.",)
        self.closing = f". Noise floor {self._size(self.floor)}."
        data = self.study.table(self.name)
        own = data["factor"].isin(_OTHER_FACTORS)
        data = pd.concat([data[~own].head(MOST_BARS), data[own]])
        self.height = 0.42 * len(data) + 1.0
        self.narrow_height = 0.46 * len(data) + 1.2
        return data.sort_values(self.size, ascending=False, kind="stable")

    def draw(self, area: Area) -> None:
        names = [_OTHER_FACTORS.get(name, wrappable(name)) for name in self.data["factor"]]
        axis = f"Size of effect, {self.study.unit}"
        axis = "Share of variance, with interactions" if self.shares else axis
        axes = row_axes(area, names, (3.1, 1.9), axis, to_the_right=area.narrow)
        if not self.shares:
            _scaled(axes, self.study.metric)
        for place, row in enumerate(self.records()):
            size, half = row[self.size], row[f"{self.size}_ci95_half"]
            colour = GREY if row["factor"] in _OTHER_FACTORS else COLOURS[0]
            axes.barh(place, size, height=0.55, color=colour)
            axes.errorbar(size, place, xerr=half, color=INK, linewidth=1.3, capsize=3)
        axes.axvline(self.floor, color=COLOURS[3], linewidth=1.6, linestyle=(0, (6, 2)))
        axes.set_xlim(left=0)

    def headline(self) -> str:
        names = [str(row["factor"]) for row in self.records(above_noise=1)]
        clear = [name for name in names if name not in _OTHER_FACTORS]
        if clear:
            return f"Beyond the noise: {listed(clear[:4])}"
        return "No parameter stands above the noise in this design"

    def subtitle(self) -> str:
        other = self.study.scenarios[1]
        return (
            f"{label(self.tested)} less {label(other)}, {self.study.measured}, "
            f"{self.study.period}, simulated. Whiskers: 95% intervals. Dashed: noise floor"
        )

    def sentences(self) -> Iterator[str]:
        for row in self.records():
            yield f"{row['factor']} {self._size(row[self.size])}"

    def _size(self, value: float) -> str:
        return amount(value) if self.shares else self.outcome(value)


class BestByKindOfCouncil(StudyChart):
    """For whom which regime works: a row a kind of council, a mark a regime, at the share of
    futures in which it is best or nearly so."""

    name = "for-whom"
    notes = ("Councils by size and deprivation in thirds, as at the start.",)
    kind = "Dot chart of shares of futures by kind of council. "

    def table(self) -> pd.DataFrame:
        data = self.study.table("kinds")
        self.regimes = [str(name) for name in dict.fromkeys(data["scenario"])]
        data["kind"] = data["grouping"] + ": " + data["group"]
        self.kinds = list(dict.fromkeys(data["kind"]))
        self.height = 0.4 * len(self.kinds) + 1.4
        self.narrow_height = 0.5 * len(self.kinds) + 1.9
        return data

    def draw(self, area: Area) -> None:
        width, columns = (1.9, 2) if area.narrow else (3.0, 4)
        top = 0.15 + 0.3 * -(-len(self.regimes) // columns)
        axis = "Per cent of futures"
        axes = row_axes(area, self.kinds, (3.0, 1.9), axis, right=0.35, top=top)
        for k, regime in enumerate(self.regimes):
            rows = self.data[self.data["scenario"] == regime].set_index("kind").loc[self.kinds]
            axes.plot(
                100 * rows["within_share"].to_numpy(),
                range(len(self.kinds)),
                linestyle="none",
                marker=MARKERS[k % len(MARKERS)],
                color=COLOURS[k % len(COLOURS)],
                markersize=9,
                alpha=0.9,
                label=label(regime),
            )
        axes.set_xlim(-3, 103)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=((0.1 - width) / (area.width - width - 0.35), 1.0),
            ncol=columns,
            frameon=False,
            fontsize=area.small,
            handletextpad=0.2,
            columnspacing=1.2,
        )

    def headline(self) -> str:
        by_kind = (self.data[self.data["kind"] == kind] for kind in self.kinds)
        first = [highest(rows, "within_share") for rows in by_kind]
        counts = {name: sum(name in best for best in first) for name in self.regimes}
        kinds = len(self.kinds)
        always = [label(name) for name, count in counts.items() if count == kinds]
        if always:
            does = "is" if len(always) == 1 else "are"
            return f"{listed(always)} {does} most often best or nearly so for every kind of council"
        parts = listed(f"{label(name)} for {count}" for name, count in counts.items() if count)
        ties = "" if sum(counts.values()) == kinds else " (ties count for each)"
        return f"Most often best or nearly so, of {kinds} kinds of council: {parts}{ties}"

    def subtitle(self) -> str:
        return (
            "Share of futures in which a regime has the fewest years inadequate for such "
            f"councils, or at most {self.study.facts['tolerance']:.0%} of the best mean more. "
            f"England, {self.study.period}, simulated"
        )

    def sentences(self) -> Iterator[str]:
        for kind in self.kinds:
            shares = listed(
                f"{label(str(row['scenario']))} {row['within_share']:.0%}"
                for row in self.records(kind=kind)
            )
            yield f"{kind}: {shares}"


class TippingPoints(StudyChart):
    """For each pair of options the beliefs that turn their order soonest: where on its range each
    does, and how often whoever takes the better of the pair on average is wrong."""

    name = "tipping-points"
    kind = "Chart of where on their ranges parameters turn the order of two options. "
    notes = ("Other parameters: tipping.csv.",)

    def table(self) -> pd.DataFrame:
        table = self.study.table("tipping")
        pairs = list(table.groupby(["scenario", "against"], sort=False))
        each = max(1, MOST_BARS // len(pairs))
        parts = []
        for _, rows in pairs:
            turning = rows[(rows["verdict"] == "turns") & (rows["above_noise"] == 1)]
            # Those that turn the order come first in the table, the nearest to the mean before all.
            own = turning.head(each) if len(turning) else rows.head(1)
            parts.append(own.assign(turning=len(turning), parameters=len(rows)))
        data = pd.concat(parts).reset_index(drop=True)
        self.turned = int((data.groupby(["scenario", "against"])["turning"].first() > 0).sum())
        self.pairs = len(pairs)
        lines = len(data[data["turning"] > 0])
        self.height = 0.72 * lines + 0.62 * self.pairs + 0.9
        self.narrow_height = 0.95 * lines + 1.0 * self.pairs + 1.0
        return data

    def draw(self, area: Area) -> None:
        # A place for the words over each pair, and one for each parameter below them.
        places: list[tuple[Row, bool]] = []
        for _, rows in self.data.groupby(["scenario", "against"], sort=False):
            own: list[Row] = list(rows.to_dict("records"))
            places += [(own[0], True), *((row, False) for row in own if row["turning"])]
        names = ["" if over else wrappable(str(row["parameter"])) for row, over in places]
        width, right = (1.75, 0.25) if area.narrow else (2.7, 0.35)
        axis = "Per cent of the range"
        axis = axis if area.narrow else f"{axis}, from the lowest to the highest value believed"
        axes = row_axes(area, names, (2.7, 1.75), axis, right=right, to_the_right=area.narrow)
        for place, (row, over) in enumerate(places):
            if over:
                words = wrapped(area.figure, self._pair(row), area.small, area.width - 0.3, True)
                axes.annotate(
                    "\n".join(words),
                    (0, place),
                    (-72 * width + 8, 0),
                    xycoords=("axes fraction", "data"),
                    textcoords="offset points",
                    fontsize=area.small,
                    fontweight="bold",
                    va="center",
                )
            else:
                self._draw_range(axes, area, place, row)
        axes.set_xlim(0, 100)
        axes.grid(visible=False, axis="x")

    def _draw_range(self, axes: Axes, area: Area, place: int, row: Row) -> None:
        """A parameter's range, cut where the order turns, with who is better on either side."""

        def along(value: float) -> float:
            low, high = float(row["low"]), float(row["high"])
            return 100.0 * (value - low) / (high - low)

        def write(text: str, x: float, above: bool, bold: bool = False, colour: str = INK) -> None:
            axes.annotate(
                text,
                (x, place),
                (0, 7 if above else -8),
                textcoords="offset points",
                ha="left" if x <= room else "right" if x >= 100.0 - room else "center",
                va="bottom" if above else "top",
                fontsize=area.small - 1,
                fontweight="bold" if bold else "normal",
                color=colour,
            )

        room = 30.0 if area.narrow else 25.0
        half = axes.bbox.width / area.figure.dpi / 2.0 - 0.1
        at, least, most = (along(row[end]) for end in ("at", "at_ci95_low", "at_ci95_high"))
        for start, end, name in ((0.0, at, "better_below"), (at, 100.0, "better_above")):
            # The first of the pair in one thick line, the second in two thin ones.
            first = row[name] == row["scenario"]
            for off in (0.0,) if first else (-0.06, 0.06):
                axes.plot(
                    [start, end],
                    [place + off] * 2,
                    color=COLOURS[0 if first else 3],
                    linewidth=6 if first else 2,
                    solid_capstyle="butt",
                )
            ink = TEXT_COLOURS[0 if first else 3]
            words = wrapped(area.figure, label(str(row[name])), area.small - 1, half)
            write("\n".join(words), 0.0 if end == at else 100.0, above=True, colour=ink)
        axes.plot([least, most], [place] * 2, color=INK, linewidth=1.5, marker="|", markersize=9)
        axes.plot([at], [place], marker="D", color=INK, markersize=8)
        mean = [along(row["mean"])], [place]
        axes.plot(*mean, marker="o", color="white", markeredgecolor=INK, markersize=7)
        # The ends of the range only where they leave room for the tipping point.
        ends = (row["low"], row["high"])
        unit = "" if area.narrow else f" {row['unit']}"
        write(f"{amount(float(row['at']), ends)}{unit}", at, above=False, bold=True)
        if at > room:
            write(amount(float(ends[0]), ends), 0.0, above=False)
        if at < 100.0 - room:
            write(amount(float(ends[1]), ends), 100.0, above=False)

    def headline(self) -> str:
        better = {str(row["better"]) for row in self.records()}
        behind = {
            str(row[name])
            for row in self.records()
            for name in ("scenario", "against")
            if row[name] != row["better"]
        }
        best = listed(sorted(label(name) for name in better - behind))
        wrong = float(self.study.facts["wrong_share"])
        turned = "no pair" if not self.turned else f"{self.turned} of {self.pairs} pairs"
        return (
            f"Taking {best}, the best on average, is wrong in {wrong:.0%} of single runs; single "
            f"beliefs turn the order of {turned} of options"
        )

    def subtitle(self) -> str:
        return (
            f"Judged by {self.study.measured}, England, {self.study.period}, simulated. Diamond: "
            "the value at which the order of a pair turns on average, all else as uncertain as it "
            "is, with its 95% interval; circle: the mean believed; over the line, who does better "
            "on either side; nearest to the mean first. Wrong: the share of single "
            "runs in which the other does better"
        )

    def sentences(self) -> Iterator[str]:
        for _, rows in self.data.groupby(["scenario", "against"], sort=False):
            own = list(rows.to_dict("records"))
            turns = (
                f"{row['parameter']} at {amount(row['at'])} {row['unit']}, of "
                f"{amount(row['low'])} to {amount(row['high'])} (below it "
                f"{label(str(row['better_below']))})"
                for row in own
                if row["turning"]
            )
            yield "; ".join((self._pair(own[0]), *turns))

    def _pair(self, row: Row) -> str:
        pair = f"{label(str(row['scenario']))} or {label(str(row['against']))}"
        wrong = f"taking {label(str(row['better']))} is wrong in {row['wrong_share']:.0%} of runs"
        if row["turning"]:
            return f"{pair}: {wrong}"
        return f"{pair}: {wrong}; none of {row['parameters']} parameters is shown to turn it"


class LineOfTies(StudyChart):
    """For a pair of parameters and an alternative that was asked for: the line of ties."""

    closing = ""

    def __init__(self, study: CitedStudy, other: str, x: str, y: str, rows: pd.DataFrame) -> None:
        self.name = f"break-even-{other}-{x}-{y}".replace(".", "-")
        self.other, self.x, self.y, self.rows = other, x, y, rows
        super().__init__(study)

    def table(self) -> pd.DataFrame:
        data = self.rows.reset_index(drop=True)
        loss = data.pivot_table(index="y", columns="x", values="loss")
        self.across, self.up, self.loss = (
            loss.columns.to_numpy(),
            loss.index.to_numpy(),
            loss.to_numpy(),
        )
        self.ahead = data.pivot_table(index="y", columns="x", values="ahead_share").to_numpy()
        self.clear = {self.tested: self.ahead >= _SURE, self.other: self.ahead <= 1 - _SURE}
        # Where it is written that a regime is clearly better: column and row.
        self.middles = {name: _middle(cells) for name, cells in self.clear.items() if cells.any()}
        units = {self.study.ledger[name].unit for name in (self.x, self.y)}
        if "grade steps" in units:
            self.notes = ("A grade step leads from one inspection grade to the next.",)
        return data

    def draw(self, area: Area) -> None:
        side, foot = (
            wrapped(area.figure, self.study.axis_label(name), area.small, area.width - 0.5)
            for name in (self.y, self.x)
        )
        axes = area.axes(left=0.85, right=0.3, bottom=0.7, top=0.15 + 0.2 * len(side))
        levels = [-0.01, 1 - _SURE, _SURE - 1e-9, 1.01]
        colours = {self.tested: TEXT_COLOURS[0], self.other: TEXT_COLOURS[2]}
        shades = [_pale(colours[self.other]), "#ffffff", _pale(colours[self.tested])]
        axes.contourf(self.across, self.up, self.ahead, levels=levels, colors=shades)
        if self.loss.min() < 0 < self.loss.max():
            axes.contour(
                self.across, self.up, self.loss, levels=[0.0], colors=[INK], linewidths=2.2
            )
        for name, (column, row) in self.middles.items():
            share = column / (len(self.across) - 1)
            axes.text(
                *(self.across[column], self.up[row]),
                f"{label(name)} clearly better",
                ha="left" if share < 0.25 else "right" if share > 0.75 else "center",
                va="bottom" if row < 3 else "top" if row > len(self.up) - 4 else "center",
                fontsize=area.small,
                fontweight="bold",
                color=colours[name],
            )
        axes.grid(visible=False)
        end: Literal["right", "center"] = "right" if len(foot) > 1 else "center"
        axes.set_xlabel("\n".join(foot), fontsize=area.small, loc=end)
        text_above(axes, "\n".join(side), area.small, (-45, 8))
        axes.tick_params(labelsize=area.small)

    def headline(self) -> str:
        if not self.middles:
            pair = f"{label(self.tested)} beats {label(self.other)}"
            return f"These futures cannot say where {pair}"
        shares = {name: cells.mean() for name, cells in self.clear.items()}
        return "; ".join(
            f"{label(name)} is clearly better in {shares[name]:.0%} of the chart"
            if name in self.middles
            else f"{label(name)} nowhere"
            for name in sorted(shares, key=lambda name: -shares[name])
        )

    def subtitle(self) -> str:
        return (
            f"{label(self.tested)} against {label(self.other)} by expected "
            f"{self.study.measured}, all else as uncertain as it is. Line: where they tie; white: "
            "where chance could turn the answer (shaded: 97.5% of resampled fits agree). England, "
            f"{self.study.period}, simulated"
        )

    def sentences(self) -> Iterator[str]:
        middles = "".join(
            f" The middle of where {label(name)} is clearly better: {wrappable(self.x)} "
            f"{amount(self.across[column])}, {wrappable(self.y)} {amount(self.up[row])}."
            for name, (column, row) in self.middles.items()
        )
        yield f"Map over {self.x} (across) and {self.y} (up). {self.headline()}.{middles}"


def _middle(cells: BoolArray) -> tuple[int, int]:
    """The marked cell (column, row) nearest to the middle of all that are marked."""
    rows, columns = np.nonzero(cells)
    far = (rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2
    nearest = int(np.argmin(far))
    return int(columns[nearest]), int(rows[nearest])


def _pale(colour: str) -> tuple[float, float, float]:
    red, green, blue = to_rgb(colour)
    return (0.78 + 0.22 * red, 0.78 + 0.22 * green, 0.78 + 0.22 * blue)


class PartsOfAPackage(StudyChart):
    """What each part of a package adds, from all parts off to the package as it is."""

    name = "waterfall"
    notes = ("Grey: how the parts act together.",)

    def table(self) -> pd.DataFrame:
        data = self.study.table("attribution")
        steps = data[~data["step"].isin(["none", "whole"])]
        self.steps = steps.to_dict("records")
        self.start, self.whole = (
            float(data.loc[data["step"] == step, "effect"].iloc[0]) for step in ("none", "whole")
        )
        self.scale = self.study.metric.scale
        self.places = decimals(self.scale * abs(steps["effect"]))
        start, whole = (self._number(value) for value in (self.start, self.whole))
        self.kind = f"Waterfall chart from {start} to {whole} {self.study.unit}. "
        self.height = 0.5 * len(data) + 1.0
        self.narrow_height = 0.6 * len(data) + 1.2
        return data

    def draw(self, area: Area) -> None:
        names = [str(title) for title in self.data["title"]]
        unit = self.study.unit.capitalize()
        axes = row_axes(area, names, (3.2, 1.8), unit, right=0.5, bottom=0.6)
        _scaled(axes, self.study.metric)
        axes.plot([self.start], [0], marker="o", color=INK, markersize=8)
        effects = [float(row["effect"]) for row in self.steps]
        starts = self.start + np.concatenate([[0.0], np.cumsum(effects)[:-1]])
        for place, (begin, effect, row) in enumerate(
            zip(starts, effects, self.steps, strict=True), 1
        ):
            colour = COLOURS[2] if effect > 0 else COLOURS[1]
            colour = GREY if row["step"] == "interaction" else colour
            end, half = begin + effect, row["ci95_half"]
            axes.barh(place, effect, left=begin, height=0.55, color=colour)
            axes.errorbar(end, place, xerr=half, color=INK, linewidth=1.3, capsize=3)
            axes.plot([end] * 2, [place, place + 1], color=INK, linewidth=0.7)
        axes.plot([self.whole], [len(self.data) - 1], marker="o", color=INK, markersize=8)

    def headline(self) -> str:
        scenario, metric = label(self.tested), self.study.measured
        clear = [
            row
            for row in self.steps
            if abs(row["effect"]) > row["ci95_half"] and row["step"] != "interaction"
        ]
        if not clear:
            return f"No part of {scenario} alone clearly moves {metric}"
        most = max(clear, key=lambda row: abs(row["effect"]))
        return (
            f"{most['title']} is the part of {scenario} that moves {metric} most: "
            f"{self._number(most['effect'])}"
        )

    def subtitle(self) -> str:
        total = self.whole - self.start
        return (
            "Each part switched off alone under the same luck; together they "
            f"{'add' if total > 0 else 'take away'} {self._number(abs(total))} "
            f"{self.study.unit}. Whiskers: 95% intervals. England, {self.study.period}, "
            "simulated"
        )

    def sentences(self) -> Iterator[str]:
        for row in self.steps:
            effect, half = (self._number(row[name]) for name in ("effect", "ci95_half"))
            yield f"{row['title']}: {'+' if row['effect'] > 0 else ''}{effect} (±{half})"

    def _number(self, value: float) -> str:
        return number(self.scale * float(value), self.places)

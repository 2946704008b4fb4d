"""Charts of a study: rival beliefs, tornado, factors; the others are in chart_breakeven."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.charts.break_even_charts import break_even_lines, waterfall
from sim.report.charts.chart import Chart, table_of
from sim.report.charts.robustness_chart import for_whom
from sim.report.charts.style import COLOURS, GREY, INK, MARKERS, Area, name_rows
from sim.report.findings.cited_study import StudyFolder, open_study
from sim.report.findings.study_words import amount, measured, plain
from sim.report.words.prose import listed, say
from sim.results.run_folder import label

MOST_BARS = 12


def make_study_charts(folder: Path, record: Mapping[str, Any] | None = None) -> list[Path]:
    """Draw every chart of a study into its `charts` folder; the paths written."""
    study = open_study(folder, record)
    place = study.folder / "charts"
    place.mkdir(exist_ok=True)
    return [path for chart in study_charts(study) for path in chart.save(place)]


def study_charts(study: StudyFolder) -> list[Chart]:
    """Every chart of a study."""
    if study.kind == "beliefs":
        return [rival_beliefs(study)]
    if study.kind == "explore":
        tornados = [tornado(study, other) for other in study.scenarios[1:]]
        return [for_whom(study), *tornados, *break_even_lines(study)]
    if study.kind == "attribution":
        return [waterfall(study)]
    return [factors(study)]


def rival_beliefs(study: StudyFolder, metric: str = "inadequate_council_years") -> Chart:
    """Regimes by beliefs: a panel a set of beliefs, a row a regime, the best one filled."""
    table = study.table("beliefs")
    data = table[table["metric"] == metric].reset_index(drop=True)
    names = list(dict.fromkeys(data["beliefs"]))
    regimes = list(dict.fromkeys(data["scenario"]))
    first = data[data["winner"] == 1].drop_duplicates("beliefs")
    winners = {row["beliefs"]: row for _, row in first.iterrows()}
    low = float(data[["p05", "ci95_low"]].min().min())
    high = float(data[["p95", "ci95_high"]].max().max())
    clear = {str(name) for name in data.loc[data["clear"] == 1, "beliefs"]}

    def draw(area: Area) -> None:
        columns = 1 if area.narrow else 2
        panels = area.grid(-(-len(names) // columns), columns)
        for panel, name in zip(panels, names, strict=False):
            wide = 1.35 if area.narrow else 1.55
            axes = panel.axes(left=wide, right=0.2, bottom=0.5, top=0.4)
            rows = data[data["beliefs"] == name].set_index("scenario")
            for place, regime in enumerate(regimes):
                row, k = rows.loc[regime], place % len(COLOURS)
                axes.plot([row["p05"], row["p95"]], [place] * 2, color=COLOURS[k], linewidth=1.2)
                axes.plot(
                    [row["ci95_low"], row["ci95_high"]], [place] * 2, color=COLOURS[k], linewidth=5
                )
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
            name_rows(area, axes, [label(regime) for regime in regimes], wide)
            axes.set_title(name.capitalize(), fontsize=area.small, fontweight="bold", loc="left")
            axes.set_xlabel(METRICS[metric].unit.capitalize(), fontsize=area.small)

    def told(name: str) -> str:
        row = winners[name]
        others = listed(
            f"{label(r['scenario'])} {amount(r['mean'])}"
            for _, r in data[(data["beliefs"] == name) & (data["winner"] == 0)].iterrows()
        )
        return f"{name}: {label(row['scenario'])} {amount(row['mean'])}, {others}"

    best = {name: str(winners[name]["scenario"]) for name in names}
    chosen = list(dict.fromkeys(best.values()))

    def under(regime: str) -> str:
        return f"{label(regime)} under {listed(n for n in names if best[n] == regime)}"

    sure = f"clearly so under {listed(sorted(clear))}" if clear else "none clearly"
    headline = (
        f"{label(chosen[0])} has the best mean under every set of beliefs, {sure}"
        if len(chosen) == 1
        else f"The best mean depends on the beliefs: {'; '.join(map(under, chosen))}; {sure}"
    )
    runs = int(data["n"].max())
    return Chart(
        name="rival-beliefs",
        headline=say(headline),
        subtitle=say(
            f"{METRICS[metric].label}, England, {study.period}, simulated, {runs} runs each. "
            "Filled: best mean. Thick: 95% interval of the mean. Thin: nine runs in ten. Regimes "
            "share their luck and differ more surely than these intervals, taken one by one, show"
        ),
        source=study.source(),
        alt=say(
            f"Dot chart of regimes under each set of beliefs, means. {'; '.join(map(told, names))}."
        ),
        data=data,
        draw=draw,
        height=1.9 * -(-len(names) // 2) + 0.4 * len(regimes),
        narrow_height=2.1 * len(names),
    )


def tornado(study: StudyFolder, other: str) -> Chart:
    """How far each parameter moves the difference between the first regime and another."""
    table = study.table("swings")
    data = table[table["against"] == other].copy()
    data["clear"] = data["above_noise"] == 1
    data = data.sort_values("swing", key=abs, ascending=False, kind="stable").head(MOST_BARS)
    tested = study.scenarios[0]
    names = [str(name) for name in data["parameter"]]
    clear = [str(name) for name in data.loc[data["clear"], "parameter"]]

    def draw(area: Area) -> None:
        wide = 1.9 if area.narrow else 3.1
        axes = area.axes(left=wide, right=0.3, bottom=0.65, top=0.15)
        for place, row in enumerate(data.to_dict("records")):
            start, end = row["loss_low"], row["loss_high"]
            shade = 1.0 if row["clear"] else 0.35
            axes.barh(place, end - start, left=start, height=0.55, color=COLOURS[0], alpha=shade)
            axes.plot([end], [place], marker="D", color=COLOURS[3], markersize=7, alpha=shade)
        axes.axvline(0, color=INK, linewidth=1.2)
        name_rows(area, axes, [plain(name) for name in names], wide)
        axes.set_xlabel(
            f"Disadvantage of {label(tested)}, {METRICS[study.facts['metric']].unit}",
            fontsize=area.small,
            loc="right" if area.narrow else "center",
        )

    headline = (
        f"What most moves {label(tested)} against {label(other)}: {listed(clear[:3])}"
        if clear
        else f"No single parameter clearly moves {label(tested)} against {label(other)}"
    )
    said = "; ".join(
        f"{row['parameter']}, {amount(row['loss_low'])} to {amount(row['loss_high'])}"
        for row in data.to_dict("records")
    )
    return Chart(
        name=f"tornado-{other}",
        headline=say(headline),
        subtitle=say(
            f"Expected disadvantage of {label(tested)} against {label(other)} from a parameter's "
            f"10th to its 90th centile (diamond), the others as uncertain as they are; "
            f"{measured(study)}, {study.period}"
        ),
        source=study.source(
            f"Pale: not beyond the noise floor. Left of nought: {label(tested)} does better."
        ),
        alt=say(f"Bar chart of the difference over the range of each parameter. {said}."),
        data=data,
        draw=draw,
        height=0.42 * len(data) + 1.0,
        narrow_height=0.46 * len(data) + 1.2,
    )


def factors(study: StudyFolder) -> Chart:
    """Screening or shares: the factors that matter most, luck among them, and the noise floor."""
    shares = study.facts["method"] == "shares"
    data = study.table("shares" if shares else "screening")
    size, half = ("total", "total_ci95_half") if shares else ("size", "size_ci95_half")
    own = data["factor"].isin(["luck", "nothing"])
    data = pd.concat([data[~own].head(MOST_BARS), data[own]]).sort_values(
        size, ascending=False, kind="stable"
    )
    floor = float(study.facts["noise_floor"])
    tested, other = study.scenarios[0], study.scenarios[1]
    words = {"luck": "luck", "nothing": "nothing (a change too small to matter)"}

    def draw(area: Area) -> None:
        wide = 1.9 if area.narrow else 3.1
        axes = area.axes(left=wide, right=0.3, bottom=0.65, top=0.15)
        for place, row in enumerate(data.to_dict("records")):
            colour = GREY if row["factor"] in words else COLOURS[0]
            axes.barh(place, row[size], height=0.55, color=colour)
            axes.errorbar(row[size], place, xerr=row[half], color=INK, linewidth=1.3, capsize=3)
        axes.axvline(floor, color=COLOURS[3], linewidth=1.6, linestyle=(0, (6, 2)))
        axes.set_xlim(left=0)
        name_rows(area, axes, [words.get(f, plain(f)) for f in data["factor"]], wide)
        unit = METRICS[study.facts["metric"]].unit
        axes.set_xlabel(
            "Share of variance, with interactions" if shares else f"Size of effect, {unit}",
            fontsize=area.small,
            loc="right" if area.narrow else "center",
        )

    clear = [f for f in data.loc[data["above_noise"] == 1, "factor"] if f not in words]
    said = "; ".join(f"{r['factor']} {amount(r[size])}" for r in data.to_dict("records"))
    return Chart(
        name="shares" if shares else "screening",
        headline=say(
            f"Beyond the noise: {listed(clear[:4])}"
            if clear
            else "No parameter stands above the noise in this design"
        ),
        subtitle=say(
            f"{label(tested)} less {label(other)}, {measured(study)}, {study.period}, simulated. "
            "Whiskers: 95% intervals. Dashed: noise floor"
        ),
        source=study.source(f"Data: {table_of('shares' if shares else 'screening')}."),
        alt=say(f"Bar chart of factors. {said}. Noise floor {amount(floor)}."),
        data=data,
        draw=draw,
        height=0.42 * len(data) + 1.0,
        narrow_height=0.46 * len(data) + 1.2,
    )

"""For whom which regime works: how often each is best or nearly so, by kind of council."""

from __future__ import annotations

from sim.report.charts.chart import Chart
from sim.report.charts.style import COLOURS, MARKERS, Area, name_rows
from sim.report.findings.cited_study import StudyFolder
from sim.report.findings.study_words import tops
from sim.report.words.prose import listed, say
from sim.results.run_folder import label


def for_whom(study: StudyFolder) -> Chart:
    """A row a kind of council, a mark a regime, at the share of futures."""
    data = study.table("kinds")
    regimes = list(dict.fromkeys(data["scenario"]))
    data["kind"] = data["grouping"] + ": " + data["group"]
    kinds = list(dict.fromkeys(data["kind"]))
    tolerance = f"{study.facts['tolerance']:.0%}"

    def draw(area: Area) -> None:
        wide = 1.9 if area.narrow else 3.0
        lines = -(-len(regimes) // (2 if area.narrow else 4))
        axes = area.axes(left=wide, right=0.35, bottom=0.65, top=0.15 + 0.3 * lines)
        for k, regime in enumerate(regimes):
            shares = data[data["scenario"] == regime].set_index("kind").loc[kinds, "within_share"]
            axes.plot(
                100 * shares.to_numpy(),
                range(len(kinds)),
                linestyle="none",
                marker=MARKERS[k % len(MARKERS)],
                color=COLOURS[k % len(COLOURS)],
                markersize=9,
                alpha=0.9,
                label=label(str(regime)),
            )
        axes.set_xlim(-3, 103)
        name_rows(area, axes, kinds, wide)
        axes.set_xlabel("Per cent of futures", fontsize=area.small)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=((0.1 - wide) / (area.width - wide - 0.35), 1.0),
            ncol=2 if area.narrow else 4,
            frameon=False,
            fontsize=area.small,
            handletextpad=0.2,
            columnspacing=1.2,
        )

    first = [tops(data[data["kind"] == kind], "within_share") for kind in kinds]
    counts = {str(one): sum(one in best for best in first) for one in regimes}
    most = max(counts.values())
    if most == len(kinds):
        chosen = [label(one) for one, count in counts.items() if count == most]
        does = "is" if len(chosen) == 1 else "are"
        headline = f"{listed(chosen)} {does} most often best or nearly so for every kind of council"
    else:
        parts = (f"{label(one)} for {count}" for one, count in counts.items() if count)
        headline = f"Most often best or nearly so, of {len(kinds)} kinds of council: "
        headline += listed(parts)
        headline += "" if sum(counts.values()) == len(kinds) else " (ties count for each)"
    said = "; ".join(
        f"{kind}: "
        + listed(
            f"{label(str(row['scenario']))} {row['within_share']:.0%}"
            for _, row in data[data["kind"] == kind].iterrows()
        )
        for kind in kinds
    )
    return Chart(
        name="for-whom",
        headline=say(headline),
        subtitle=say(
            f"Share of futures in which a regime has the fewest years inadequate for such "
            f"councils, or at most {tolerance} of the best mean more. England, {study.period}, "
            f"simulated"
        ),
        source=study.source("Councils by size and deprivation in thirds, as at the start."),
        alt=say(f"Dot chart of shares of futures by kind of council. {said}."),
        data=data,
        draw=draw,
        height=0.4 * len(kinds) + 1.4,
        narrow_height=0.5 * len(kinds) + 1.9,
    )

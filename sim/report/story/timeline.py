"""The timeline picture of a story: judgements, help and directors, a band for each scenario."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes

from sim.report.charts.chart import SIMULATED, ChartMaker
from sim.report.charts.style import COLOURS, GREY, INK, TEXT_COLOURS, Area, text_width
from sim.report.story.council_history import CouncilHistory
from sim.report.story.council_story import CouncilStory, fates, months_words
from sim.report.words.durations import counted, in_month, on

LANE = 0.34  # inches
HEAD = 0.42  # for the name of a scenario
FOOT = 0.45  # for the years

# Judgements from dark to light, with the colour of the words on them.
_GRADES = {
    "inadequate": ("#12436D", "white", "Inadequate"),
    "requires improvement": ("#6BACE6", INK, "Requires improvement"),
    "good": ("#ADD1F1", INK, "Good"),
    "outstanding": ("#E1EEF9", INK, "Outstanding"),
    "none": ("white", INK, "Not yet inspected"),
    "": ("white", INK, ""),
}
# Kinds of intervention: lane, colour, colour of words, words, hatching.
_INTERVENTIONS = {
    "commissioner": ("Commissioner", COLOURS[1], INK, "", ""),
    "peer team": ("Lent team", COLOURS[2], "white", "", ""),
    "sponsor": ("Council in control", COLOURS[2], "white", "", "...."),
    "set-up": ("Trust", "white", INK, "being set up", "////"),
    "trust": ("Trust", COLOURS[3], INK, "open", ""),
}
_NAMES = {
    "commissioner": "commissioner",
    "peer team": "lent team",
    "sponsor": "strong council in control",
    "set-up": "trust being set up",
    "trust": "trust open",
}
LANES = (
    *("Judgement", "Commissioner", "Lent team", "Council in control", "Trust", "Interim director"),
)


@dataclass(frozen=True)
class Bar:
    """A stretch of time in a lane; `words` are written on it where they fit."""

    lane: str
    first: date
    last: date
    what: str
    words: str
    colour: str
    ink: str
    hatch: str = ""


class Timeline(ChartMaker):
    """The histories of a story side by side in time."""

    kind = "Timeline. "

    def __init__(self, story: CouncilStory) -> None:
        self.story = story
        self.name = f"{story.file_name}-timeline"
        self.bars = [bars_of(history) for history in story.histories]
        lanes = {bar.lane for bars in self.bars for bar in bars}
        self.lanes = [lane for lane in LANES if lane in lanes]
        self.top = len(self.bars) * (HEAD + len(self.lanes) * LANE)
        self.height = self.top + FOOT + 0.1
        super().__init__()

    def table(self) -> pd.DataFrame:
        rows = [
            (history.scenario, bar.lane, bar.what, bar.first, bar.last)
            for history, bars in zip(self.story.histories, self.bars, strict=True)
            for bar in bars
        ]
        return pd.DataFrame(rows, columns=["scenario", "lane", "what", "from", "to"])

    def headline(self) -> str:
        council, both = self.story.history.council, self.story.other is not None
        labels = [history.label for history in self.story.histories]
        months = [round(history.months_inadequate) for history in self.story.histories]
        if not any(months):
            return f"{council}: never inadequate{' under either scenario' if both else ''}"
        inadequate = f"{council}: {counted(months[0], 'month')} inadequate"
        if len(set(months)) == 1:
            return f"{inadequate} {'under both scenarios' if both else 'of the period'}"
        return f"{inadequate} under {labels[0]}, {months[1]} under {labels[1]}"

    def subtitle(self) -> str:
        history = self.story.history
        last = history.end - timedelta(days=1)
        period = f"{in_month(history.start)} to {in_month(last)}"
        return f"Judgements, help and directors of {history.council}, {period}"

    def source(self) -> str:
        source = self.story.source
        run = f"seed {source.seed}, replication {source.replication}"
        return f"Source: simulation, {run}. One way that events could go. {SIMULATED}"

    def sentences(self) -> list[str]:
        sentences = fates(self.story.history, self.story.other)
        for history in self.story.histories:
            items = [
                f"{_NAMES[period.kind]} from {on(period.first)}"
                + (f" to {on(period.last)}" if period.last is not None else "")
                for period in history.interventions
            ]
            help_ = "; ".join(items) or "no commissioner, team or trust"
            sentences.append(f"{history.label}: {help_}.")
        sentences.append(months_words(self.story.histories))
        return [" ".join(filter(None, sentences)).removesuffix(".")]

    def draw(self, area: Area) -> None:
        axes = area.axes(left=1.5, right=0.2, bottom=FOOT, top=0.05)
        first, last = self.story.history.start, self.story.history.end
        inches = area.width - 1.7
        a_day = inches / (last - first).days
        y = top = self.top
        for place, (history, bars) in enumerate(zip(self.story.histories, self.bars, strict=True)):
            y -= HEAD
            axes.annotate(
                history.label,
                (-1.35 / inches, (y + 0.1) / top),
                xycoords="axes fraction",
                fontsize=area.small + 1,
                fontweight="bold",
                color=TEXT_COLOURS[place],
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
                annotation_clip=False,
            )
            for lane in self.lanes:
                y -= LANE
                axes.annotate(
                    lane,
                    (-0.08 / inches, (y + LANE / 2) / top),
                    xycoords="axes fraction",
                    ha="right",
                    va="center",
                    fontsize=area.small - 2,
                    color=INK,
                    annotation_clip=False,
                )
                for bar in bars:
                    if bar.lane == lane:
                        _bar(area, axes, bar, y, first, a_day)
        difference = self.story.entries.first_difference
        if self.story.other is not None and difference is not None and difference > first:
            day = (difference - first).days
            axes.axvline(day, color=INK, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
            axes.annotate(
                f"differ from {on(difference)}",
                (day, top - 0.12),
                (4, 0),
                textcoords="offset points",
                va="center",
                fontsize=area.small - 2,
                color=INK,
            )
        axes.set_xlim(0, (last - first).days)
        axes.set_ylim(0, top)
        axes.set_yticks([])
        step = 2 if area.narrow or last.year - first.year > 12 else 1
        years = [date(year, 1, 1) for year in range(first.year, last.year + 1, step)]
        ticks = [day for day in years if first <= day <= last]
        axes.set_xticks([(day - first).days for day in ticks], [str(day.year) for day in ticks])
        axes.tick_params(labelsize=area.small - 1)
        axes.grid(visible=False)
        axes.grid(visible=True, axis="x", color=GREY, linewidth=0.6)
        axes.set_axisbelow(True)
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)


def bars_of(history: CouncilHistory) -> list[Bar]:
    """Everything drawn for one history, cut to the period simulated."""
    bars = [*_judgements(history), *_interventions(history), *_interims(history)]
    return [bar for bar in bars if bar.last > bar.first]


def _judgements(history: CouncilHistory) -> list[Bar]:
    grades = [(history.start, history.first_judgement)]
    for event in history.own:
        if event.kind == "judgement published" and event.day > history.start:
            grades.append((event.day, event.text("grade")))
    # Where reports are not in the story, the spells say what is known.
    if len(grades) == 1:
        for spell in history.spells:
            grades.append((max(spell.first, history.start), "inadequate"))
            if spell.last is not None:
                grades.append((spell.last, ""))
    bars = []
    for (first, grade), (last, _) in pairwise([*grades, (history.end, "")]):
        colour, ink, words = _GRADES[grade]
        bars.append(Bar("Judgement", first, last, grade or "not inadequate", words, colour, ink))
    return bars


def _interventions(history: CouncilHistory) -> list[Bar]:
    bars = []
    for period in history.interventions:
        lane, colour, ink, words, hatch = _INTERVENTIONS[period.kind]
        words = period.began.text("lender") or words
        days = history.simulated(period)
        bars.append(Bar(lane, *days, period.kind, words, colour, ink, hatch))
    return bars


def _interims(history: CouncilHistory) -> list[Bar]:
    bars = []
    for event in history.own:
        if event.kind == "director left":
            came = [
                later.day
                for later in history.own
                if later.kind == "director appointed" and later.id > event.id
            ]
            last = came[0] if came else history.end
            bars.append(Bar("Interim director", event.day, last, "interim", "", GREY, INK))
    return bars


def _bar(area: Area, axes: Axes, bar: Bar, y: float, first: date, a_day: float) -> None:
    """One bar, with its words inside where they fit."""
    begins, days = (bar.first - first).days, (bar.last - bar.first).days
    axes.broken_barh(
        [(begins, days)],
        (y + 0.04, LANE - 0.08),
        facecolor=bar.colour,
        edgecolor=INK,
        linewidth=0.7,
        hatch=bar.hatch,
        zorder=2,
    )
    size = area.small - 3
    for words in (bar.words, bar.words[:1].upper()):
        if words and text_width(area.figure, words, size) + 0.08 <= days * a_day:
            boxed = {"facecolor": "white", "edgecolor": "none", "pad": 1.0} if bar.hatch else None
            axes.text(
                begins + days / 2,
                y + LANE / 2,
                words,
                ha="center",
                va="center",
                fontsize=size,
                color=bar.ink,
                bbox=boxed,
                zorder=3,
            )
            return

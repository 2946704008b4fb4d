"""The timeline picture of a story: judgements, help and directors, a band for each world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from matplotlib.axes import Axes

from sim.report.charts.chart import SIMULATED, Chart
from sim.report.charts.style import COLOURS, GREY, INK, TEXT_COLOURS, Area, text_width
from sim.report.story.life import Life
from sim.report.story.parting import beats_of, sides
from sim.report.story.standing import fates, months_words
from sim.report.story.tell import StorySource
from sim.report.words.durations import capital, counted, in_month, on
from sim.report.words.prose import say

LANE = 0.34  # inches
HEAD = 0.42  # for the name of a world
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
# Kinds of stay: lane, colour, colour of words, words, hatching.
_STAYS = {
    "commissioner": ("Commissioner", COLOURS[1], INK, "", ""),
    "peer team": ("Lent team", COLOURS[2], "white", "", ""),
    "set-up": ("Trust", "white", INK, "being set up", "////"),
    "trust": ("Trust", COLOURS[3], INK, "open", ""),
}
LANES = ("Judgement", "Commissioner", "Lent team", "Trust", "Interim director")


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


def timeline(name: str, life: Life, other: Life | None, source: StorySource) -> Chart:
    """The lives side by side in time. `name` is the file name without its ending."""
    lives = (life,) if other is None else (life, other)
    bars = [bars_of(one) for one in lives]
    lanes = [lane for lane in LANES if any(bar.lane == lane for own in bars for bar in own)]
    parted = None if other is None else sides(beats_of(life), beats_of(other)).parted

    def draw(area: Area) -> None:
        axes = area.axes(left=1.5, right=0.2, bottom=FOOT, top=0.05)
        _draw(area, axes, lives, bars, lanes, parted)

    rows = [
        (one.scenario, bar.lane, bar.what, bar.first, bar.last)
        for one, own in zip(lives, bars, strict=True)
        for bar in own
    ]
    last = life.end - timedelta(days=1)
    return Chart(
        name=name,
        headline=say(f"{life.council}: {_headline(lives)}"),
        subtitle=say(
            f"Judgements, help and directors of {life.council}, {in_month(life.start)} to "
            f"{in_month(last)}"
        ),
        source=(
            f"Source: simulation, seed {source.seed}, replication {source.replication}. One way "
            f"that events could go. {SIMULATED}"
        ),
        alt=say(f"Timeline. {_alt(lives, life, other)}"),
        data=pd.DataFrame(rows, columns=["scenario", "lane", "what", "from", "to"]),
        draw=draw,
        height=len(lives) * (HEAD + len(lanes) * LANE) + FOOT + 0.1,
    )


def _headline(lives: Sequence[Life]) -> str:
    months = [round(life.months_inadequate) for life in lives]
    if len(set(months)) == 1:
        how = "in both worlds" if len(lives) == 2 else "of the period"
        if not months[0]:
            return f"never inadequate {'in either world' if len(lives) == 2 else ''}".strip()
        return f"{counted(months[0], 'month')} inadequate {how}"
    first, second = lives
    return (
        f"{counted(months[0], 'month')} inadequate under {first.label}, {months[1]} under "
        f"{second.label}"
    )


def _alt(lives: Sequence[Life], life: Life, other: Life | None) -> str:
    told = [f"{capital(words)}." for words in fates(life, other)]
    for one in lives:
        stays = [
            f"{kind} from {on(stay.began.day)}"
            + (f" to {on(stay.ended.day)}" if stay.ended is not None else "")
            for stay in one.stays
            if (kind := _SAID[stay.kind])
        ]
        told.append(f"{one.label}: {'; '.join(stays) or 'no commissioner, team or trust'}.")
    return " ".join((*told, months_words(lives))).strip()


_SAID = {
    "commissioner": "commissioner",
    "peer team": "lent team",
    "set-up": "trust being set up",
    "trust": "trust open",
}


def bars_of(life: Life) -> list[Bar]:
    """Everything drawn for one life, cut to the period simulated."""
    found = [*_judgements(life), *_stays(life), *_interims(life)]
    return [bar for bar in found if bar.last > bar.first]


def _judgements(life: Life) -> list[Bar]:
    marks = [(life.start, life.first_judgement)]
    for event in life.own:
        if event.kind == "judgement published" and event.day > life.start:
            marks.append((event.day, event.text("grade")))
    # Where reports are not in the story, the spells say what is known.
    if len(marks) == 1:
        for spell in life.spells:
            marks.append((max(spell.began.day, life.start), "inadequate"))
            if spell.ended is not None:
                marks.append((spell.ended.day, ""))
    bars = []
    for (first, grade), (last, _) in zip(marks, [*marks[1:], (life.end, "")], strict=True):
        colour, ink, words = _GRADES[grade]
        bars.append(Bar("Judgement", first, last, grade or "not inadequate", words, colour, ink))
    return bars


def _stays(life: Life) -> list[Bar]:
    bars = []
    for stay in life.stays:
        lane, colour, ink, words, hatch = _STAYS[stay.kind]
        last = life.end if stay.ended is None else min(stay.ended.day, life.end)
        first = max(stay.began.day, life.start)
        lender = stay.began.text("lender")
        bars.append(Bar(lane, first, last, stay.kind, lender or words, colour, ink, hatch))
    return bars


def _interims(life: Life) -> list[Bar]:
    bars = []
    for event in life.own:
        if event.kind == "director left":
            came = [e.day for e in life.own if e.kind == "director appointed" and e.id > event.id]
            last = came[0] if came else life.end
            bars.append(Bar("Interim director", event.day, last, "interim", "", GREY, INK))
    return bars


def _draw(
    area: Area,
    axes: Axes,
    lives: Sequence[Life],
    bars: Sequence[Sequence[Bar]],
    lanes: Sequence[str],
    parted: date | None,
) -> None:
    first, last = lives[0].start, lives[0].end
    inches = area.width - 1.7
    a_day = inches / (last - first).days
    top = len(lives) * (HEAD + len(lanes) * LANE)
    y = top
    for place, (life, own) in enumerate(zip(lives, bars, strict=True)):
        y -= HEAD
        axes.annotate(
            life.label,
            (-1.35 / inches, (y + 0.1) / top),
            xycoords="axes fraction",
            fontsize=area.small + 1,
            fontweight="bold",
            color=TEXT_COLOURS[place],
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            annotation_clip=False,
        )
        for lane in lanes:
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
            for bar in own:
                if bar.lane == lane:
                    _bar(area, axes, bar, y, first, a_day)
    if parted is not None and parted > first:
        day = (parted - first).days
        axes.axvline(day, color=INK, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
        axes.annotate(
            f"part on {on(parted)}",
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
    shown = [day for day in years if first <= day <= last]
    axes.set_xticks([(day - first).days for day in shown], [str(day.year) for day in shown])
    axes.tick_params(labelsize=area.small - 1)
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x", color=GREY, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


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

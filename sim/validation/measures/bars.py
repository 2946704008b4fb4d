"""The measures of how good the model is, each against its bar. Bars were set before any result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sim.validation.measures.council_ratios import CouncilRatio
from sim.validation.measures.coverage import EVERYTHING, CoveredShare
from sim.validation.measures.sharpness import ALL_GROUPS, SkillRatio
from sim.validation.measures.transitions import TransitionTable

HIGHEST_MEAN_RATIO = 0.9
HIGHEST_GROUP_RATIO = 1.1
P_RANGE = (0.05, 0.95)
# Quantities of councils that are judged, by bar.
BELOW_ONE = ("grade",)
NOT_CLEARLY_WORSE = ("children looked after", "children in need", "agency rate", "vacancy rate")


class Measure(NamedTuple):
    """One measure from a start (or all): its figure, with an interval where it has one, and its
    bar: not under `bar_low` and not over `bar_high` (NaN: no such end). `bar` says it in words;
    `note` names what decides the figure."""

    measure: str
    of: str
    start: date | str
    figure: float
    bar: str
    met: bool
    note: str
    low95: float = math.nan
    high95: float = math.nan
    bar_low: float = math.nan
    bar_high: float = math.nan


def measures(
    covered: Iterable[CoveredShare],
    skills: Sequence[SkillRatio],
    ratios: Iterable[CouncilRatio],
    tables: Iterable[TransitionTable],
) -> list[Measure]:
    """Every measure, in the order calibrated, sharp, council by council, transitions."""
    return [*_calibrated(covered), *_sharp(skills), *_councils(ratios), *_transitions(tables)]


def _calibrated(covered: Iterable[CoveredShare]) -> Iterator[Measure]:
    for row in covered:
        if row.group == EVERYTHING:
            yield Measure(
                measure="calibrated",
                of=f"share inside {100 * row.level:.0f} %",
                start=row.start,
                figure=row.inside,
                bar="middle 90 % of replications taken as the record",
                bar_low=row.usual_low,
                bar_high=row.usual_high,
                met=row.met,
                note=f"{row.figures} figures",
            )


def _sharp(skills: Sequence[SkillRatio]) -> Iterator[Measure]:
    for mean in skills:
        if mean.group != ALL_GROUPS:
            continue
        yield Measure(
            measure="sharp",
            of="geometric mean over groups",
            start=mean.start,
            figure=mean.ratio,
            bar=f"{HIGHEST_MEAN_RATIO} or less",
            bar_high=HIGHEST_MEAN_RATIO,
            met=mean.ratio <= HIGHEST_MEAN_RATIO,
            note=f"{mean.kinds} groups, each against its hardest rival",
        )
        own = [r for r in skills if r.start == mean.start and r.judging and r.group != ALL_GROUPS]
        worst, *rest = sorted(own, key=lambda r: -r.ratio)
        also = [f"{r.group} {r.ratio:.2f}" for r in rest if r.ratio > HIGHEST_GROUP_RATIO]
        yield Measure(
            measure="sharp",
            of="worst group",
            start=mean.start,
            figure=worst.ratio,
            bar=f"{HIGHEST_GROUP_RATIO} or less",
            bar_high=HIGHEST_GROUP_RATIO,
            met=worst.ratio <= HIGHEST_GROUP_RATIO,
            note="; ".join([f"{worst.group} against {worst.rival}", *also]),
        )


def _councils(ratios: Iterable[CouncilRatio]) -> Iterator[Measure]:
    for row in ratios:
        if not row.judging or row.quantity not in BELOW_ONE + NOT_CLEARLY_WORSE:
            continue
        below = row.quantity in BELOW_ONE
        yield Measure(
            measure="council by council",
            of=row.quantity,
            start=row.start,
            figure=row.ratio,
            low95=row.low95,
            high95=row.high95,
            bar="below 1" if below else "interval not wholly above 1",
            bar_high=1.0,
            met=row.ratio < 1.0 if below else row.low95 <= 1.0,
            note=f"against {row.rival}",
        )


def _transitions(tables: Iterable[TransitionTable]) -> Iterator[Measure]:
    low, high = P_RANGE
    for table in tables:
        yield Measure(
            measure="transitions",
            of=f"p, {table.window} years",
            start=table.start,
            figure=table.p,
            bar=f"between {low} and {high}",
            bar_low=low,
            bar_high=high,
            met=low <= table.p <= high,
            note=f"chi-square {table.observed:.0f}, in replications {table.median:.0f}",
        )

"""A study as every reader gets it: what was run, then its findings under headings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sim.inputs.metrics import HEADLINE
from sim.report.findings.explore_findings import (
    box_sentences,
    information_sentences,
    kind_sentences,
    robust_sentences,
    tie_sentences,
)
from sim.report.findings.study_findings import belief_sentences, factor_sentences, part_sentences
from sim.report.findings.tipping_findings import tipping_sentences
from sim.report.words.cited_study import CitedStudy
from sim.report.words.prose import CitedNumber, Sentence, listed, say

KINDS = "For whom"

Sentences = Callable[[CitedStudy], Iterator[Sentence]]
_BEST, _NEEDS = "Which option holds up", "What each option needs"
_NEXT = "What to find out next"
# The findings of an exploration for each audience: headings, each with what stands under it.
_EXPLORATION: dict[str, tuple[tuple[str, Sentences], ...]] = {
    "minister": (
        (_BEST, robust_sentences),
        (_NEEDS, partial(tie_sentences, few=1)),
        (_NEXT, partial(information_sentences, few=1)),
    ),
    "director": (
        (_BEST, robust_sentences),
        (_NEEDS, partial(tie_sentences, few=2)),
        (KINDS, kind_sentences),
        (_NEXT, partial(information_sentences, few=1)),
    ),
    "researcher": (
        (_BEST, robust_sentences),
        (KINDS, kind_sentences),
        (_NEEDS, tie_sentences),
        ("Where the order of two options turns", tipping_sentences),
        ("Where each option is best", box_sentences),
        (_NEXT, information_sentences),
    ),
}
AUDIENCES = tuple(_EXPLORATION)
_TITLES = {
    "beliefs": "Under rival beliefs",
    "explore": "Over many possible futures",
    "sensitivity": "What the difference is sensitive to",
    "attribution": "What each part adds",
}


@dataclass(frozen=True)
class StudySection:
    """What was run, then findings under headings ("" where a study has only one group)."""

    heading: str
    about: Sentence
    groups: tuple[tuple[str, tuple[Sentence, ...]], ...]

    @property
    def sentences(self) -> list[Sentence]:
        """All that it says."""
        return [self.about, *(one for _, sentences in self.groups for one in sentences)]


def study_section(study: CitedStudy, audience: str = "researcher") -> StudySection:
    """The study for an audience: everything for a researcher, in plain words for others."""
    study = study.in_plain_words(audience != "researcher")
    groups: dict[str, tuple[tuple[str, Sentences], ...]] = {
        "beliefs": (("", partial(belief_sentences, metric=HEADLINE)),),
        "explore": _EXPLORATION[audience],
        "sensitivity": (("", partial(factor_sentences, few=5 if study.plain_words else None)),),
        "attribution": (("", part_sentences),),
    }
    filled = ((heading, tuple(sentences(study))) for heading, sentences in groups[study.kind])
    return StudySection(
        _TITLES[study.kind],
        _about(study),
        tuple((heading, words) for heading, words in filled if words),
    )


def _about(study: CitedStudy) -> Sentence:
    """What was run."""
    runs = study.replication_count
    many = "run" if runs.value == 1 else "runs"
    if study.kind == "beliefs":
        what = say(
            "each set of beliefs is a file that argues and sources its choices; ",
            *(runs, f" {many} of every option under each."),
        )
    elif study.kind == "explore":
        what = say(
            *(_futures(study), f" futures {_drawn(study)}, ", runs),
            f" {many} of every option in each, under the same luck.",
        )
    elif study.kind == "sensitivity":
        what = say(
            *("in ", _futures(study), " designed futures the parameters studied are moved over "),
            "their ranges in the ledger, and luck with them; the others stay central.",
        )
    else:
        what = say(
            *("each part is switched off under the same luck, ", runs, f" {many}, under the "),
            f"beliefs \u201c{study.beliefs}\u201d.",
        )
    start = f"England, {study.period}, judged by {study.measured}: "
    left_out = int(study.facts.get("left_out", 0))
    return say(
        *(start, what),
        *((" Futures without a figure, left out: ", study.count("left_out", left_out), "."))
        * bool(left_out),
        _step(study),
    )


def _futures(study: CitedStudy) -> CitedNumber:
    return study.count("futures", len(study.table("futures")))


def _drawn(study: CitedStudy) -> str:
    names = [study.parameter(str(name)) for name in study.facts["vary"]]
    if names:
        return f"in which only {listed(names)} {'vary' if len(names) > 1 else 'varies'}"
    if study.beliefs == "evidence":
        return "drawn from what the evidence allows"
    return f"drawn from what {study.beliefs} allow"


def _step(study: CitedStudy) -> Sentence:
    """How often children and staff were counted, where it was not weekly."""
    if study.step_weeks == 1:
        return say()
    return say(
        *(" Children and staff were counted every ", study.count("step_weeks", study.step_weeks)),
        " weeks, not every week, and focused visits as a standing load on inspectors.",
    )

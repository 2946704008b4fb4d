"""Findings of studies in a briefing: sentences whose figures lie in the run folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.charts.chart import csv_bytes
from sim.report.findings.brief_parts import belief_sentences, factor_sentences, part_sentences
from sim.report.findings.cited_study import FINDINGS, StudyFolder
from sim.report.findings.explored import (
    box_sentences,
    information_sentences,
    kinds_told,
    robust_sentences,
    tie_sentences,
)
from sim.report.findings.study_findings import YEARS
from sim.report.findings.study_words import measured, parameter
from sim.report.words.prose import CitedNumber, Sentence, TableCell, listed, say
from sim.results.run_folder import Run, label

FOLDER = "studies"

Sentences = Callable[[StudyFolder], Iterator[Sentence]]
# For each kind and audience: headings, each with what stands under it.
_EXPLORED: dict[str, tuple[tuple[str, Sentences], ...]] = {
    "minister": (
        ("Which option holds up", robust_sentences),
        ("What each option needs", partial(tie_sentences, few=1)),
        ("What to find out next", partial(information_sentences, few=1)),
    ),
    "director": (
        ("Which option holds up", robust_sentences),
        ("What each option needs", partial(tie_sentences, few=2)),
        ("For whom", kinds_told),
        ("What to find out next", partial(information_sentences, few=1)),
    ),
    "researcher": (
        ("Which option holds up", robust_sentences),
        ("For whom", kinds_told),
        ("What each option needs", tie_sentences),
        ("Where each option is best", box_sentences),
        ("What to find out next", information_sentences),
    ),
}
_TITLES = {
    "beliefs": "Under rival beliefs",
    "explore": "Over many possible futures",
    "sensitivity": "What the difference is sensitive to",
    "attribution": "What each part adds",
}


@dataclass(frozen=True)
class StudySection:
    """A study as a briefing tells it: what it was, then its findings under headings."""

    heading: str
    about: Sentence
    groups: tuple[tuple[str, tuple[Sentence, ...]], ...]


def studies_of(run: Run, studies: Iterable[StudyFolder], audience: str) -> tuple[StudySection, ...]:
    """Each study in words; the tables that the words cite are copied into the run folder."""
    return tuple(_told(run, study, audience) for study in studies)


def _told(run: Run, study: StudyFolder, audience: str) -> StudySection:
    plainly = study.in_plain_words(audience != "researcher")
    place = f"{FOLDER}/{study.kind}-{study.record['run_id']}"
    groups = [
        (heading, tuple(_moved(sentence, place) for sentence in sentences(plainly)))
        for heading, sentences in _groups(plainly, audience)
    ]
    about = _moved(_about(run, plainly), place)
    said = [about, *(sentence for _, sentences in groups for sentence in sentences)]
    _copy(run, study, place, said)
    return StudySection(_TITLES[study.kind], about, tuple(groups))


def _groups(study: StudyFolder, audience: str) -> tuple[tuple[str, Sentences], ...]:
    """Headings ("" for none), each with its sentences."""
    groups: dict[str, tuple[tuple[str, Sentences], ...]] = {
        "beliefs": (("", partial(belief_sentences, metric=YEARS)),),
        "explore": _EXPLORED[audience],
        "sensitivity": (("", factor_sentences),),
        "attribution": (("", part_sentences),),
    }
    return groups[study.kind]


def _about(run: Run, study: StudyFolder) -> Sentence:
    """What was run, and where that differs from the run of this briefing."""
    metric = YEARS if study.kind == "beliefs" else str(study.facts["metric"])
    told = measured(study) if study.facts else _lower(METRICS[metric].label)
    runs = study.finding(
        "replications", float(study.record["replications"]), str(study.record["replications"])
    )
    start = f"A study of its own, England, {study.period}, judged by {told}: "
    if study.kind == "explore":
        count = len(study.table("futures"))
        drawn = f"drawn from what {study.beliefs} allow"
        if study.beliefs == "evidence":
            drawn = "drawn from what the evidence allows"
        if study.facts["vary"]:
            names = [parameter(study, str(name)) for name in study.facts["vary"]]
            drawn = f"in which only {listed(names)} {'vary' if len(names) > 1 else 'varies'}"
        number = study.finding("futures", float(count), f"{count:,}")
        many = "run" if runs.value == 1 else "runs"
        what = say(number, f" futures {drawn}, ", runs, f" {many} of every option in each.")
    elif study.kind == "beliefs":
        what = say(
            "each set of beliefs is a file that argues and sources its choices; ",
            *(runs, " runs of every option under each."),
        )
    elif study.kind == "sensitivity":
        what = say("parameters are moved over their ranges, and luck with them.")
    else:
        what = say("each part is switched off under the same luck, ", runs, " runs.")
    return say(start, what, _left_out(study), _step(study), *_cautions(run, study))


def _left_out(study: StudyFolder) -> Sentence:
    left = int(study.facts.get("left_out", 0))
    if not left:
        return say()
    number = study.finding("left_out", float(left), f"{left:,}")
    return say(" Futures without a figure, left out: ", number, ".")


def _step(study: StudyFolder) -> Sentence:
    weeks = study.step_weeks
    if weeks == 1:
        return say()
    number = study.finding("step_weeks", float(weeks), str(weeks))
    return say(
        " Children and staff were counted every ",
        number,
        " weeks, not every week, and visits between inspections as a standing load on inspectors.",
    )


def _cautions(run: Run, study: StudyFolder) -> Iterator[str]:
    other = [name for name in study.scenarios if name not in run.scenarios]
    if other:
        yield f" It has options that are not compared on this page: {listed(map(label, other))}."
    if study.period != run.period:
        yield " Its period is not that of this page, so its figures are not those above."
    seeds = [
        record.get("identity", {}).get("seeds_sha256") for record in (study.record, run.record)
    ]
    if None not in seeds and seeds[0] != seeds[1]:
        yield " It was made with other assumptions or data than this run."


def _moved(sentence: Sentence, place: str) -> Sentence:
    """The sentence with its figures' cells where the copied tables lie."""
    return Sentence(
        tuple(
            replace(
                part, cell=TableCell(f"{place}/{part.cell.file}", part.cell.row, part.cell.column)
            )
            if isinstance(part, CitedNumber)
            else part
            for part in sentence.parts
        )
    )


def _copy(run: Run, study: StudyFolder, place: str, said: Iterable[Sentence]) -> None:
    """Put the cited tables, and the numbers that are in none, into the run folder."""
    folder = run.folder / place
    folder.mkdir(parents=True, exist_ok=True)
    figures = [
        part for sentence in said for part in sentence.parts if isinstance(part, CitedNumber)
    ]
    loose = {
        figure.cell.row[0][1]: figure.value
        for figure in figures
        if figure.cell.file == f"{place}/{FINDINGS}"
    }
    if loose:
        _keep(folder / FINDINGS, loose)
    for file in sorted({figure.cell.file for figure in figures} - {f"{place}/{FINDINGS}"}):
        shutil.copyfile(study.folder / file.removeprefix(f"{place}/"), run.folder / file)


def _keep(path: Path, findings: Mapping[str, float]) -> None:
    """Write findings beside those that a briefing for another audience has cited."""
    kept: dict[str, float] = {}
    if path.is_file():
        before = pd.read_csv(path)
        kept = dict(zip(before["finding"], before["value"].astype(float), strict=True))
    rows = sorted({**kept, **findings}.items())
    path.write_bytes(csv_bytes(pd.DataFrame(rows, columns=["finding", "value"])))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

"""Studies in a briefing: their findings, and copies of the tables that these cite."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from sim.report.charts.chart import csv_bytes
from sim.report.findings.study_sections import StudySection, study_section
from sim.report.output_files import write_files
from sim.report.words.cited_study import FINDINGS, CitedStudy
from sim.report.words.prose import CitedNumber, Sentence, listed, say
from sim.results.identity import code_sha256
from sim.results.run_folder import Run, label

FOLDER = "studies"


def studies_of(run: Run, studies: Iterable[CitedStudy], audience: str) -> tuple[StudySection, ...]:
    """The findings of each study; their figures are cells of tables in the run folder."""
    return tuple(_copied(run, study, study_section(study, audience)) for study in studies)


def place_of(study: CitedStudy) -> str:
    """The folder of a run in which the tables of a study are copied."""
    return f"{FOLDER}/{study.kind}-{study.record['run_id']}"


def _copied(run: Run, study: CitedStudy, section: StudySection) -> StudySection:
    about = say("A study of its own. ", section.about, *_cautions(run, study))
    place = place_of(study)
    _copy_tables(study.folder, run.folder / place, section.sentences)
    groups = [
        (heading, tuple(_moved(sentence, place) for sentence in sentences))
        for heading, sentences in section.groups
    ]
    return StudySection(section.heading, _moved(about, place), tuple(groups))


def _cautions(run: Run, study: CitedStudy) -> Iterator[str]:
    """Where the study differs from the run of the briefing."""
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
    if made_by_other_code(study.record, run.record):
        yield " It was made by another version of the model than this run."
    if changed := _other_rules(run, study):
        yield f" Its {listed(map(label, changed))} is not the option of that name on this page."


def made_by_other_code(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two folders, by their records, are known to come from different code.

    Runs and studies are made by different modules, so each is compared with the code here.
    """
    same = []
    for record in (one, other):
        identity = record.get("identity", {})
        modules, made = identity.get("code"), identity.get("code_sha256")
        if not modules or made is None:
            return False
        same.append(made == code_sha256(tuple(modules)))
    if any(same):
        return not all(same)
    commits = [record.get("source", {}).get("commit") for record in (one, other)]
    return None not in commits and commits[0] != commits[1]


def _other_rules(run: Run, study: CitedStudy) -> list[str]:
    """The options of the study whose levers are not those of the same name in the run."""
    ours = run.plans
    return [
        name
        for name, plan in study.plans.items()
        if plan and ours.get(name) and plan.get("change") != ours[name].get("change")
    ]


def _moved(sentence: Sentence, place: str) -> Sentence:
    """The sentence with its figures' cells where the copied tables lie."""
    return Sentence(
        tuple(
            replace(part, cell=replace(part.cell, file=f"{place}/{part.cell.file}"))
            if isinstance(part, CitedNumber)
            else part
            for part in sentence.parts
        )
    )


def _copy_tables(source: Path, target: Path, sentences: Iterable[Sentence]) -> None:
    """Copy the tables that are cited, and write the numbers that are in none."""
    target.mkdir(parents=True, exist_ok=True)
    figures = [part for one in sentences for part in one.parts if isinstance(part, CitedNumber)]
    findings = {f.cell.row[0][1]: f.value for f in figures if f.cell.file == FINDINGS}
    if findings:
        _add_findings(target / FINDINGS, findings)
    for file in sorted({figure.cell.file for figure in figures} - {FINDINGS}):
        shutil.copyfile(source / file, target / file)


def _add_findings(path: Path, findings: Mapping[str, float]) -> None:
    """Write findings beside those that a briefing for another audience has cited."""
    before: dict[str, float] = {}
    if path.is_file():
        table = pd.read_csv(path)
        before = dict(zip(table["finding"], table["value"].astype(float), strict=True))
    rows = sorted({**before, **findings}.items())
    write_files({path: csv_bytes(pd.DataFrame(rows, columns=["finding", "value"]))})

"""How far to trust it: the back-test, published studies, limits, the record, what to download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.report.briefing.content import record_rows, reliability
from sim.report.findings.backtest_findings import backtest_section
from sim.report.words.answers import line_sentence, unmeasured_sentences
from sim.report.words.fixed_words import WORDS, beliefs_words
from sim.report.words.prose import Sentence, say
from sim.results.backtest_folder import OURS, open_backtest
from sim.results.run_folder import Run

_FILES: Mapping[str, str] = {
    "summary.csv": "every measure of every option: mean and range of the runs",
    "comparison.csv": "how every option differs, with intervals",
    "replications.csv": "every measure of every run",
    "national.csv": "England month by month",
    "councils.csv": "every council year by year",
    "spells.csv": "each time that a council was judged inadequate",
    "events.csv.gz": "what happened, in the runs whose events were kept",
    "starting_state.csv": "how each council stood on the first day",
    "record.json": "what the run was made from, and the seal",
}

_STUDIES = say(
    "The program can do published statistical studies again on councils that it simulates, with "
    "the methods of their authors, and says which results it gives and which it does not: "
    "simulate reproduce. The results stand in the documents, under Validation."
)


@dataclass(frozen=True)
class TrustView:
    """All that the view says."""

    beliefs: tuple[Sentence, ...]
    reliability: tuple[Sentence, ...]
    published_studies: Sentence
    limits: tuple[str, ...]
    record: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def trust_view(run: Run) -> TrustView:
    """The view; puts the figures of the back-test into the run folder."""
    section = backtest_section(run, open_backtest(OURS)) if OURS.is_dir() else None
    line = line_sentence(run)
    return TrustView(
        beliefs=(
            *(say(text) for text in beliefs_words(run.beliefs)),
            *((line,) if line.parts else ()),
            *unmeasured_sentences(run, plain=True),
        ),
        reliability=reliability(run, section),
        published_studies=_STUDIES,
        limits=tuple(WORDS["limits"]),
        record=record_rows(run),
        files=tuple(
            (name, what) for name, what in _FILES.items() if run.has(name) or name == "record.json"
        ),
    )

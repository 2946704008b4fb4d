"""A study as one page that needs nothing beside it: its sentences and its charts."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

from sim.inputs.files.problems import InputError, Problem
from sim.report.briefing.templates import page
from sim.report.charts.chart import NOT_A_PLACE, Chart
from sim.report.charts.study_charts import study_charts
from sim.report.findings.cited_study import StudyFolder, open_study
from sim.report.findings.study_findings import findings
from sim.report.words.prose import listed
from sim.results.run_folder import label

_TITLES = {
    "beliefs": "{regimes} under rival beliefs",
    "explore": "{regimes}: what would you have to believe?",
    "sensitivity": "{regimes}: what moves the difference?",
    "attribution": "{regimes}: what each part adds",
}


def study_page(folder: Path, out: Path | None = None) -> Path:
    """Write the page of a study, by default as briefing.html in its folder; its path.

    Raises InputError for a folder that is not a study, or a place that cannot be written.
    """
    study = open_study(Path(folder))
    path = out or study.folder / "briefing.html"
    names = listed([label(name) for name in study.scenarios])
    content = page(
        "study.html",
        title=_TITLES[study.kind].format(regimes=names),
        about=about(study),
        warning=NOT_A_PLACE,
        sections=[(title, list(sentences)) for title, sentences in findings(study)],
        charts=study_charts(study),
        picture=_picture,
        record=study.source(),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be written: {error.strerror}")) from None
    return path


def about(study: StudyFolder) -> Iterable[str]:
    """What was run, in a sentence or two."""
    runs = int(study.record["replications"])
    times = "one replication" if runs == 1 else f"{runs} replications"
    facts = study.facts
    if study.kind == "beliefs":
        yield f"England, {study.period}, {times} of each regime under each set of beliefs."
    elif study.kind == "explore":
        futures, vary = len(study.table("futures")), facts["vary"]
        held = f"in which only {listed(vary)} vary" if vary else f"drawn from {study.beliefs!r}"
        yield f"England, {study.period}, in {futures} futures {held}."
        yield f"Every regime meets each future with the same luck, {times}."
    elif study.kind == "sensitivity":
        yield f"England, {study.period}, in {len(study.table('futures'))} designed futures."
        yield "The parameters studied run over their ranges in the ledger; the others stay central."
    else:
        yield f"England, {study.period}, {times}, under the beliefs {study.beliefs!r}."
    yield (
        "Council-years inadequate are the years that councils spend under an inadequate "
        "judgement, added up. A grade step leads from one inspection grade to the next."
    )


def _picture(chart: Chart, narrow: bool = False) -> str:
    """The drawing as a data address for an image."""
    code = base64.b64encode(chart.drawing(narrow).encode()).decode()
    return f"data:image/svg+xml;base64,{code}"

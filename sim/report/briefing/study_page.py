"""A study as one page that needs nothing beside it: its sentences and its charts."""

from __future__ import annotations

from pathlib import Path

from sim.report.charts.chart import NOT_A_PLACE
from sim.report.charts.study_charts import study_charts
from sim.report.findings.study_sections import study_section
from sim.report.output_files import write_files, writing
from sim.report.words.cited_study import open_study
from sim.report.words.html import page
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
    content = page(
        "study.html",
        title=_TITLES[study.kind].format(regimes=listed(map(label, study.scenarios))),
        section=study_section(study),
        warning=NOT_A_PLACE,
        charts=study_charts(study),
        record=study.source(),
    )
    with writing(path):
        write_files({path: content.encode()})
    return path

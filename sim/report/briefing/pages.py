"""A briefing from a run folder: one self-contained accessible page, or a document to edit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib.util import find_spec
from pathlib import Path

from sim.inputs.files.problems import Problem, collecting, did_you_mean, raise_if_any
from sim.inputs.metrics import HEADLINE
from sim.report.briefing.content import AUDIENCES, COMPARED, Brief, brief_of
from sim.report.briefing.docx import document_of, short_document_of
from sim.report.briefing.short_content import MADE_OF, ShortBrief, short_brief_of
from sim.report.charts.all_charts import charts_of
from sim.report.charts.chart import NOT_A_PLACE
from sim.report.findings.backtest_findings import backtest_section
from sim.report.output_files import write_files, writing
from sim.report.words.cited_study import open_study
from sim.report.words.fixed_words import WORDS
from sim.report.words.html import missing_extra, page
from sim.results.backtest_folder import OURS, open_backtest
from sim.results.run_folder import Run, open_run

FORMATS = ("html", "docx")
LONG = "briefing-researcher"
_NAMES = {"minister": "briefing", "director": "briefing-director", "researcher": LONG}
# What a short page links to, where it lies beside it.
_LINKS = {
    "explorer.html": "ask the answer yourself (the explorer)",
    f"{LONG}.html": "everything, with its sources (the long version)",
}


def briefing(
    run_folder: Path,
    audience: str = "minister",
    fmt: str = "html",
    out: Path | None = None,
    backtest: Path | None = None,
    studies: Sequence[Path] = (),
) -> Path:
    """Write the briefing for an audience and give its path.

    By default it lies in the run folder: briefing.html for a minister (one side of A4),
    briefing-director.html (two sides) and briefing-researcher.html, the long version, which is
    written with a short one where it is not there. `backtest`: the folder of a `simulate
    validate`, instead of the back-test that comes with the program. `studies`: folders of studies
    whose findings to tell, on a further side. Raises InputError with everything wrong: a folder
    that is no whole run, back-test or study, a run that did not count what the briefing compares,
    an unknown audience or format, a library that is not installed, or a place that cannot be
    written.
    """
    problems = _unknown("format", fmt, FORMATS) + _unknown("audience", audience, AUDIENCES)
    place = OURS if backtest is None and OURS.is_dir() else backtest
    run, scores, opened = None, None, []
    with collecting(problems):
        run = open_run(Path(run_folder))
    with collecting(problems):
        scores = open_backtest(Path(place)) if place else None
    for folder in studies:
        with collecting(problems):
            opened.append(open_study(Path(folder)))
    if run is not None and audience in AUDIENCES:
        problems += _uncounted(run, audience)
    if fmt == "docx" and find_spec("docx") is None:
        problems += missing_extra("python-docx").problems
    raise_if_any(problems)
    assert run is not None
    name = _NAMES[audience]
    path = out or run.folder / f"{name}.{fmt}"
    with writing(path):
        charts = charts_of(run)
        section = None if scores is None else backtest_section(run, scores)
        content = (charts, section, opened)
        files: dict[Path, bytes] = {}
        long = run.folder / f"{LONG}.html"
        fresh = opened or backtest is not None or not long.exists()
        if fmt == "html" and audience != "researcher" and out is None and fresh:
            # What the short page links to; one that tells of a study is not lost unasked.
            files[long] = _long_page(brief_of(run, *content))
        if audience == "researcher":
            brief = brief_of(run, *content)
            files[path] = _long_page(brief) if fmt == "html" else document_of(brief)
        else:
            short = short_brief_of(run, audience, *content)
            nearby = {file.name for file in files} | {file.name for file in path.parent.glob("*")}
            files[path] = _short_page(short, nearby) if fmt == "html" else short_document_of(short)
        write_files(files)
    return path


def _long_page(brief: Brief) -> bytes:
    fixed = {"words": WORDS, "not_a_place": NOT_A_PLACE}
    return page("briefing.html", brief=brief, **fixed).encode()


def _short_page(brief: ShortBrief, nearby: Collection[str]) -> bytes:
    """The page, with links to what lies beside it."""
    links = [(file, words) for file, words in _LINKS.items() if file in nearby]
    fixed = {"words": WORDS, "not_a_place": NOT_A_PLACE, "links": links}
    high = min(5.4, 2.3 * brief.picture.height)  # centimetres on paper, of the picture
    return page("short_briefing.html", brief=brief, high=high, **fixed).encode()


def _uncounted(run: Run, audience: str) -> list[Problem]:
    """What a run of an earlier version did not count and the briefing compares."""
    counted = {*run.summary["metric"]}
    short = MADE_OF if audience != "researcher" else ()
    missing = [name for name in (HEADLINE, *COMPARED[audience], *short) if name not in counted]
    if not missing:
        return []
    what = f"run {run.run_id} did not count {', '.join(dict.fromkeys(missing))}"
    hint = "it was made by another version of the program: make it again, or use that version"
    return [Problem("briefing", what, hint)]


def _unknown(option: str, value: str, known: Sequence[str]) -> list[Problem]:
    if value in known:
        return []
    hint = did_you_mean(value, known) or f"one of {', '.join(known)}"
    return [Problem(f"--{option}", f"there is no {option} {value!r}", hint)]

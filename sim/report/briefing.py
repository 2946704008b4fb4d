"""A briefing from a run folder: one self-contained accessible page, or a document to edit."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.inputs.problems import InputError, Problem, did_you_mean
from sim.report.brief import Brief, brief_of
from sim.report.chart import Chart
from sim.report.folder import open_run
from sim.report.maps import NOT_A_PLACE
from sim.report.pages import missing_extra, page
from sim.report.prose import Sentence
from sim.report.style import render

if TYPE_CHECKING:
    from docx.document import Document

FORMATS = ("html", "docx")


def briefing(
    run_folder: Path,
    audience: str = "minister",
    fmt: str = "html",
    out: Path | None = None,
    same_seeds: bool | None = None,
) -> Path:
    """Write the briefing for an audience and give its path.

    By default it lies in the run folder: briefing.html for a minister, briefing-director.html
    and so on. `same_seeds`: whether the ledger here is the one the run used, None where not
    known. Raises InputError for a folder that is no whole run, an unknown audience or format,
    a library that is not installed, or a place that cannot be written.
    """
    if fmt not in FORMATS:
        hint = did_you_mean(fmt, FORMATS) or f"one of {', '.join(FORMATS)}"
        raise InputError(Problem("--format", f"there is no format {fmt!r}", hint))
    run = open_run(Path(run_folder))
    name = "briefing" if audience == "minister" else f"briefing-{audience}"
    path = out or run.path / f"{name}.{fmt}"
    try:
        brief = brief_of(run, audience, same_seeds)
        content = _html(brief).encode() if fmt == "html" else _docx(brief)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be written: {error.strerror}")) from None
    return path


def _html(brief: Brief) -> str:
    return page("briefing.html", brief=brief, picture=_picture, not_a_place=NOT_A_PLACE)


def _picture(chart: Chart, narrow: bool = False) -> str:
    """The drawing as a data address for an image."""
    code = base64.b64encode(chart.drawing(narrow).encode()).decode()
    return f"data:image/svg+xml;base64,{code}"


def _docx(brief: Brief) -> bytes:
    try:
        import docx
        from docx.shared import Cm, Pt
    except ImportError:
        raise missing_extra("python-docx") from None
    document = docx.Document()
    document.core_properties.title = f"{brief.run.title}: briefing"
    document.core_properties.language = "en-GB"
    document.core_properties.author = "sim"
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(11)
    document.add_heading(brief.run.title, 0)
    document.add_paragraph(f"{brief.question} {NOT_A_PLACE}")
    _list(document, [f"{item.label}: {item.description or item.title}" for item in brief.scenarios])
    document.add_heading("The answer", 1)
    _paragraphs(document, brief.answer)
    document.add_heading("How sure is this?", 1)
    _list(document, brief.unknown)
    document.add_heading("The comparison", 1)
    _table(
        document,
        ["Measure", *(item.label for item in brief.scenarios)],
        [
            [
                f"{row.measure}, {row.unit}",
                *(
                    f"{mean}" if difference is None else f"{mean}\n{difference}"
                    for mean, difference in zip(row.means, row.differences, strict=True)
                ),
            ]
            for row in brief.table
        ],
    )
    for section in brief.sections:
        document.add_heading(section.heading, 1)
        for chart in section.charts:
            document.add_heading(str(chart.headline), 2)
            document.add_paragraph(str(chart.subtitle))
            image = io.BytesIO(render(chart.draw, chart.height, ("png",))["png"])
            shape = document.add_picture(image, width=Cm(16))
            properties: Any = shape._inline.docPr  # python-docx has no call for this
            properties.set("descr", str(chart.alt))
            document.add_paragraph(chart.source)
    document.add_heading("How far to trust it", 1)
    _list(document, brief.trust)
    document.add_heading("Assumptions that matter most", 1)
    _table(
        document,
        ["What it moves", "Value", "Range", "Evidence"],
        [
            [item.drives, f"{item.value} {item.unit}", f"{item.low} to {item.high}", item.quality]
            for item in brief.assumptions
        ],
    )
    document.add_heading("Method", 1)
    _paragraphs(document, brief.method)
    document.add_heading("Record of the run", 1)
    _table(document, ["Item", "Value"], [list(row) for row in brief.record])
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _paragraphs(document: Document, texts: tuple[Sentence, ...] | tuple[str, ...]) -> None:
    for text in texts:
        document.add_paragraph(str(text))


def _list(document: Document, texts: list[str] | tuple[Sentence, ...]) -> None:
    for text in texts:
        document.add_paragraph(str(text), style="List Bullet")


def _table(document: Document, header: list[str], rows: list[list[str]]) -> None:
    table = document.add_table(rows=1, cols=len(header), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, header, strict=True):
        cell.text = text
        cell.paragraphs[0].runs[0].bold = True
    # The first row is repeated at the top of each page and read out as the header.
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(_HEADER_ROW, {}))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


_HEADER_ROW = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}tblHeader"

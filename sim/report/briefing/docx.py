"""A briefing as a document to edit, for those who would change its words."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sim.inputs.files.plain_text import readable, shortened
from sim.report.briefing.content import Brief, ComparisonRow
from sim.report.briefing.short_content import ShortBrief
from sim.report.charts.chart import NOT_A_PLACE, Chart
from sim.report.charts.style import WIDE, render
from sim.report.findings.study_sections import StudySection
from sim.report.words.durations import capital
from sim.report.words.fixed_words import WORDS
from sim.report.words.prose import Sentence

PAGE = 17.0  # centimetres between the margins
SMALL = "Table text"
LIST = "List Bullet"
LONGEST_PROPERTY = 255  # characters of a title among the properties of a document

if TYPE_CHECKING:
    from docx.document import Document


def document_of(brief: Brief) -> bytes:
    """The briefing as the bytes of a .docx file. Needs python-docx."""
    document = _started(brief.run.title)
    document.add_heading(readable(brief.run.title), 0)
    document.add_paragraph(f"{WORDS['question']} {NOT_A_PLACE}")
    options = (f"{item.label}: {item.description or item.title}" for item in brief.scenarios)
    _paragraphs(document, options, LIST)
    document.add_heading("The answer", 1)
    _paragraphs(document, brief.answer)
    document.add_heading("How sure is this?", 1)
    _paragraphs(document, brief.uncertainty, LIST)
    document.add_heading("The comparison", 1)
    _table(
        document,
        ["Measure", *(item.label for item in brief.scenarios)],
        [_cells(row) for row in brief.table],
    )
    for section in brief.sections:
        document.add_heading(section.heading, 1)
        for chart in section.charts:
            _picture(document, chart)
    _studies(document, brief.studies)
    document.add_heading("How far to trust it", 1)
    _paragraphs(document, brief.reliability, LIST)
    _backtest(document, brief)
    document.add_heading("Assumptions that matter most", 1)
    _table(
        document,
        ["What it moves", "Value", "Range", "Evidence"],
        [
            [
                capital(item.parameter.drives),
                f"{item.value} {item.parameter.unit}",
                f"{item.low} to {item.high}",
                WORDS["evidence"][item.parameter.quality],
            ]
            for item in brief.assumptions
        ],
    )
    document.add_heading("Method", 1)
    _paragraphs(document, WORDS["method"])
    document.add_heading("Record of the run", 1)
    _table(document, ["Item", "Value"], [list(row) for row in brief.record])
    return _saved(document)


def short_document_of(brief: ShortBrief) -> bytes:
    """A short briefing as the bytes of a .docx file. Needs python-docx."""
    document = _started(brief.run.title)
    document.add_heading(readable(brief.run.title), 1)
    document.add_paragraph(NOT_A_PLACE)
    _paragraphs(document, brief.answer)
    _picture(document, brief.picture)
    if brief.rows:
        document.add_heading("The cost, told whole", 1)
        _paragraphs(document, [brief.cost] if brief.cost.parts else [])
        judged = [f"{name}, {unit}" for name, unit in brief.judged_by]
        rows = [
            [row.label, *(f"{mean} {interval}" for mean, interval in row.judged)]
            for row in brief.rows
        ]
        _table(document, [f"Less {brief.base}", *judged], rows)
        made_of = [[row.label, *map(str, row.parts)] for row in brief.rows]
        _table(document, ["Of the cost, £ million a year", *brief.parts], made_of)
    document.add_heading("How far to trust it", 1)
    _paragraphs(document, [*brief.reasons, *brief.trust])
    if brief.table:
        document.add_heading("What a director would notice", 1)
        _table(document, ["Measure", *brief.compared], [_cells(row) for row in brief.table])
    for chart in brief.charts:
        _picture(document, chart)
    _studies(document, brief.studies)
    return _saved(document)


def _cells(row: ComparisonRow) -> list[str]:
    """A row of a comparison: the measure, then each mean with what follows it."""
    return [
        f"{row.measure}, {row.unit}",
        *(
            f"{mean}" if difference is None else f"{mean}\n{difference}"
            for mean, difference in zip(row.means, row.differences, strict=True)
        ),
    ]


def _started(title: str) -> Document:
    """A document with the pages, letters and properties of a briefing."""
    import docx
    from docx.shared import Cm, Pt

    document = docx.Document()
    document.core_properties.title = shortened(f"{title}: briefing", LONGEST_PROPERTY)
    document.core_properties.language = "en-GB"
    document.core_properties.author = "sim"
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(11)
    small: Any = document.styles.add_style(SMALL, 1)  # 1: of paragraphs
    small.base_style = document.styles["Normal"]
    small.font.size = Pt(9)
    small.paragraph_format.space_after = Pt(0)
    for part in document.sections:
        part.page_width, part.page_height = Cm(21.0), Cm(29.7)
        part.left_margin = part.right_margin = part.top_margin = part.bottom_margin = Cm(2.0)
    return document


def _saved(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _picture(document: Document, chart: Chart) -> None:
    from docx.shared import Cm

    document.add_heading(readable(str(chart.headline)), 2)
    document.add_paragraph(readable(str(chart.subtitle))).paragraph_format.keep_with_next = True
    image = io.BytesIO(render(chart.draw, chart.height, ("png",))["png"])
    # A tall drawing is made smaller, so that it fits on a page under its heading.
    width = min(PAGE, 19.0 * WIDE / chart.height)
    shape = document.add_picture(image, width=Cm(width))
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    properties: Any = shape._inline.docPr  # python-docx has no call for this
    properties.set("descr", readable(str(chart.alt)))
    document.add_paragraph(readable(chart.source))


def _studies(document: Document, studies: Sequence[StudySection]) -> None:
    """The findings of studies, where there are any."""
    if studies:
        document.add_heading(WORDS["studies"], 1)
    for study in studies:
        document.add_heading(readable(study.heading), 2)
        document.add_paragraph(readable(str(study.about)))
        for heading, sentences in study.groups:
            if heading:
                document.add_heading(readable(heading), 3)
            _paragraphs(document, sentences, LIST)


def _backtest(document: Document, brief: Brief) -> None:
    """The table of the back-test and its chart, for those who want more than sentences."""
    if brief.backtest is None:
        return
    rows = [
        [f"{row.start}, years {row.window}", *map(str, row.numbers)] for row in brief.backtest.rows
    ]
    _table(document, ["Runs from", *WORDS["score_headings"]], rows)
    _picture(document, brief.backtest.chart)


def _paragraphs(
    document: Document, texts: Iterable[Sentence | str], style: str | None = None
) -> None:
    for text in texts:
        document.add_paragraph(readable(str(text)), style=style)


def _table(document: Document, header: list[str], rows: list[list[str]]) -> None:
    from docx.shared import Cm

    table = document.add_table(rows=1, cols=len(header), style="Table Grid")
    table.autofit = False
    first = min(6.0, 2 * PAGE / (len(header) + 1))
    widths = [first, *[(PAGE - first) / (len(header) - 1)] * (len(header) - 1)]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    # The first row is repeated at the top of each page and read out as the header.
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(f"{_WORD}tblHeader", {}))
    for row in [header, *rows]:
        line = table.rows[0] if row is header else table.add_row()
        whole = line._tr.get_or_add_trPr()  # a row is not split between pages
        whole.append(whole.makeelement(f"{_WORD}cantSplit", {}))
        for cell, text, width in zip(line.cells, row, widths, strict=True):
            cell.text, cell.width = readable(text), Cm(width)
            for paragraph in cell.paragraphs:
                paragraph.style = document.styles[SMALL]
                for run in paragraph.runs:
                    run.bold = row is header or None
    document.add_paragraph()


_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

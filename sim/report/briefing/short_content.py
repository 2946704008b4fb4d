"""What the short briefings say: one side of paper for a minister, two for a director.

Everything else stands in the long version, the briefing for a researcher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sim.inputs.files.plain_text import shortened
from sim.inputs.metrics import COST, HEADLINE, METRICS, listed_metrics
from sim.report.briefing.assumptions import Assumption, write_assumptions
from sim.report.briefing.content import COMPARED, ComparisonRow, comparison_row
from sim.report.briefing.copied_studies import studies_of
from sim.report.charts.all_charts import write_tables
from sim.report.charts.chart import FINDINGS, Chart
from sim.report.charts.queue_charts import COMMON
from sim.report.findings.backtest_findings import BacktestSection
from sim.report.findings.study_sections import StudySection
from sim.report.words.cited_study import CitedStudy
from sim.report.words.fixed_words import WORDS, beliefs_words
from sim.report.words.headlines import Difference, differences
from sim.report.words.prose import (
    CitedNumber,
    Sentence,
    TableCell,
    decimals,
    number,
    say,
    with_sign,
)
from sim.report.words.short_answer import best_option, made_of, reasons, short_answer
from sim.results.run_folder import Run, label

YEARS = "inadequate_council_years"
# A table with more columns than this does not fit on a side: the long version has them.
MOST_COLUMNS = 5
MOST_ROWS = 9
LONGEST_TITLE, LONGEST_NAME = 90, 28  # characters
ASSUMPTIONS = 5
_PICTURES = ("children-and-cost", "children-under-poor-practice")
_SECOND_SIDE = ("queues",)


@dataclass(frozen=True)
class CostRow:
    """A scenario in the table of the answer: what it does for children, years in failure and cost,
    each with its interval, then what is bought and who pays."""

    label: str
    judged: tuple[tuple[CitedNumber, Sentence], ...]
    parts: tuple[CitedNumber, ...]


@dataclass(frozen=True)
class ShortBrief:
    """All that a short briefing says. What follows `trust` is on a director's second side; findings
    of studies, where they are asked for, come after."""

    run: Run
    audience: str
    title: str
    base: str
    answer: tuple[Sentence, ...]
    picture: Chart
    judged_by: tuple[tuple[str, str], ...]
    parts: tuple[str, ...]
    rows: tuple[CostRow, ...]
    cost: Sentence
    reasons: tuple[Sentence, ...]
    trust: tuple[Sentence, ...]
    compared: tuple[str, ...]
    left_out: int
    table: tuple[ComparisonRow, ...]
    charts: tuple[Chart, ...]
    assumptions: tuple[Assumption, ...]
    studies: tuple[StudySection, ...]


def short_brief_of(
    run: Run,
    audience: str,
    charts: Mapping[str, Chart],
    backtest: BacktestSection | None,
    studies: Sequence[CitedStudy] = (),
) -> ShortBrief:
    """The short briefing. Puts the tables that it cites, but for the run's own, into the folder."""
    write_tables(run, [*charts.values(), *([backtest.chart] if backtest else [])])
    director = audience == "director"
    columns = run.scenarios[:MOST_COLUMNS]
    best = best_option(run)
    return ShortBrief(
        run=run,
        audience=audience,
        title=shortened(run.title, LONGEST_TITLE),
        base=label(run.baseline),
        answer=short_answer(run),
        picture=next(charts[name] for name in _PICTURES if name in charts),
        judged_by=tuple((METRICS[name].short, METRICS[name].display_unit) for name in _JUDGED),
        parts=tuple(METRICS[name].short for name in MADE_OF),
        rows=_cost_rows(run),
        cost=say() if best is None else made_of(run, best.scenario),
        reasons=tuple(reasons(run, *_common(run, charts))),
        trust=_trust(run, backtest),
        compared=tuple(map(label, columns)) if director else (),
        left_out=len(run.scenarios) - len(columns),
        table=tuple(_row(run, name) for name in COMPARED[audience] * director),
        charts=tuple(charts[name] for name in _SECOND_SIDE * director if name in charts),
        assumptions=tuple(write_assumptions(run.folder)[:ASSUMPTIONS]) if director else (),
        studies=studies_of(run, studies, audience),
    )


_JUDGED = (HEADLINE, YEARS, COST)
# What the cost is made of, and who pays it.
MADE_OF = (*listed_metrics("cost"), *listed_metrics("payers"))


def _cost_rows(run: Run) -> tuple[CostRow, ...]:
    """Every scenario less the baseline: the cost and its parts with as many places each."""
    by_metric = {
        name: {item.scenario: item for item in differences(run, name)}
        for name in (*_JUDGED, *MADE_OF)
    }
    rows = []
    for scenario in run.scenarios[1 : MOST_ROWS + 1]:
        judged = [by_metric[name][scenario] for name in _JUDGED]
        figures = [by_metric[name][scenario].figure(signed=True) for name in MADE_OF]
        rows.append(
            CostRow(
                shortened(label(scenario), LONGEST_NAME),
                tuple((item.figure(signed=True), _interval(item)) for item in judged),
                tuple(_rounded(figure) for figure in figures),
            )
        )
    return tuple(rows)


def _interval(item: Difference) -> Sentence:
    """The interval of a difference, with a mark where it does not leave out zero."""
    low, high = (item.figure(end, signed=True) for end in ("ci95_low", "ci95_high"))
    return say("(", low, " to ", high, ")" if item.sign else ") ?")


def _rounded(figure: CitedNumber) -> CitedNumber:
    """The figure with one place after the point at most, so that a row can be added up."""
    return replace(figure, text=with_sign(figure.value, min(1, decimals([figure.value]))))


def _row(run: Run, metric: str) -> ComparisonRow:
    """A row of the second side: what fits, with the differences that are clear."""
    row = comparison_row(run, metric)
    clear = {item.scenario for item in differences(run, metric) if item.sign}
    marked = [
        difference if scenario in clear else None
        for scenario, difference in zip(run.scenarios, row.differences, strict=True)
    ]
    return replace(row, means=row.means[:MOST_COLUMNS], differences=tuple(marked[:MOST_COLUMNS]))


def _common(run: Run, charts: Mapping[str, Chart]) -> tuple[CitedNumber | None, str]:
    """The council-years inadequate that no choice changes, and the stage in which most pass."""
    chart = charts.get("where-the-time-goes")
    if chart is None:
        return None, ""
    value = chart.findings[COMMON]
    cell = TableCell(FINDINGS, (("chart", chart.name), ("finding", COMMON)), "value")
    least = chart.data.groupby("stage", sort=False)["council_years"].min()
    return CitedNumber(value, number(value, decimals([value])), cell), str(least.idxmax())


def _trust(run: Run, backtest: BacktestSection | None) -> tuple[Sentence, ...]:
    """One thing that speaks for the model, one that nobody knows."""
    known = say(beliefs_words(run.beliefs)[0])
    if backtest is None:
        return say(WORDS["no_backtest"]), known
    scored, *_, origin = backtest.sentences
    return say(scored, " ", origin), known

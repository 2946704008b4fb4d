"""What a briefing says, before it is a page or a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.inputs.metrics import METRICS, listed_metrics
from sim.report.briefing.assumptions import Assumption, write_assumptions
from sim.report.briefing.copied_studies import studies_of
from sim.report.charts.all_charts import write_tables
from sim.report.charts.chart import Chart
from sim.report.charts.lines import grades_end
from sim.report.findings.backtest_findings import BacktestSection
from sim.report.findings.study_sections import AUDIENCES as AUDIENCES
from sim.report.findings.study_sections import StudySection
from sim.report.words.answers import answers, line_sentence, unmeasured_sentences
from sim.report.words.cited_study import CitedStudy
from sim.report.words.durations import in_month, on
from sim.report.words.fixed_words import WORDS, beliefs_words
from sim.report.words.headlines import (
    Difference,
    differences,
    runs_figure,
    summary_figure,
)
from sim.report.words.prose import CitedNumber, Sentence, listed, say
from sim.results.run_folder import Run, label

# The metrics in the comparison for each audience.
COMPARED = {
    "minister": listed_metrics("minister"),
    "director": listed_metrics("director"),
    "researcher": tuple(METRICS),
}

# Section: its id and heading, then its charts.
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        *("happens", "What happens"),
        (
            "children-and-cost",
            "children-under-poor-practice",
            "councils-inadequate",
            "still-inadequate",
            "councils-by-grade",
            "comparison",
            "strain-on-the-service",
        ),
    ),
    (
        *("time", "Where the time goes"),
        ("where-the-time-goes", "what-the-difference-is-made-of", "queues", "who-waited"),
    ),
    ("drives", "Luck and choice", ("luck-and-choice",)),
    (
        *("whom", "For whom it differs"),
        (
            "for-whom",
            "councils-failing-at-the-start",
            "map-risk",
            "map-months",
            "map-difference",
        ),
    ),
    ("cost", "What it would cost", ("where-the-money-goes", "what-intervention-costs")),
)


@dataclass(frozen=True)
class Section:
    """A heading with its charts."""

    id: str
    heading: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class ScenarioText:
    """One scenario as it appears in the briefing."""

    label: str
    title: str
    description: str


@dataclass(frozen=True)
class ComparisonRow:
    """One measure in the comparison: its mean by scenario, and each difference in words."""

    measure: str
    unit: str
    means: tuple[CitedNumber, ...]
    differences: tuple[Sentence | None, ...]


@dataclass(frozen=True)
class Brief:
    """All that a briefing says, in the order in which it says it."""

    run: Run
    audience: str
    scenarios: tuple[ScenarioText, ...]
    answer: tuple[Sentence, ...]
    uncertainty: tuple[Sentence, ...]
    table: tuple[ComparisonRow, ...]
    sections: tuple[Section, ...]
    assumptions: tuple[Assumption, ...]
    studies: tuple[StudySection, ...]
    reliability: tuple[Sentence, ...]
    backtest: BacktestSection | None
    record: tuple[tuple[str, str], ...]


def brief_of(
    run: Run,
    charts: Mapping[str, Chart],
    section: BacktestSection | None = None,
    studies: Sequence[CitedStudy] = (),
) -> Brief:
    """The long version: the briefing for a researcher.

    Puts the tables that it cites, but for those of the run itself, into the run folder.
    """
    audience = "researcher"
    write_tables(run, [*charts.values(), *([section.chart] if section else [])])
    return Brief(
        run=run,
        audience=audience,
        scenarios=scenario_texts(run),
        answer=answers(run),
        uncertainty=(
            *(say(text) for text in beliefs_words(run.beliefs)),
            say(charts["luck-and-choice"].headline, "."),
            *(sentence for sentence in (line_sentence(run),) if sentence.parts),
            *unmeasured_sentences(run),
            *([say(WORDS["rough"])] if has_rough(run, COMPARED[audience]) else ()),
        ),
        table=tuple(comparison_row(run, metric) for metric in COMPARED[audience]),
        sections=tuple(
            Section(
                *(id_, heading),
                tuple(charts[name] for name in chosen if name in charts),
            )
            for id_, heading, chosen in SECTIONS
        ),
        assumptions=tuple(write_assumptions(run.folder)),
        studies=studies_of(run, studies, audience),
        reliability=reliability(run, section),
        backtest=section,
        record=record_rows(run),
    )


def scenario_texts(run: Run) -> tuple[ScenarioText, ...]:
    """Each scenario with its title and description, from the text that the run recorded.

    A title that says no more than the name is left out.
    """
    recorded = run.record.get("identity", {}).get("scenarios", [])
    titles = {entry["name"]: str(entry.get("title", "")) for entry in recorded}
    texts = []
    for name in run.scenarios:
        title = titles.get(name, "")
        same = title.casefold() == label(name).casefold()
        description = str(run.plans[name].get("description", ""))
        texts.append(ScenarioText(label(name), "" if same else title, description))
    return tuple(texts)


def comparison_row(run: Run, metric: str) -> ComparisonRow:
    """A metric's mean under every scenario, and the differences from the baseline."""
    by_scenario = {item.scenario: item for item in differences(run, metric)}
    return ComparisonRow(
        METRICS[metric].label,
        METRICS[metric].display_unit,
        tuple(summary_figure(run, name, metric) for name in run.scenarios),
        tuple(_difference(by_scenario.get(name)) for name in run.scenarios),
    )


def _difference(item: Difference | None) -> Sentence | None:
    """A difference with its interval, and whether it is clear; None where there is none."""
    if item is None or item.mean != item.mean:
        return None
    if item.mean == item.low == item.high == 0.0:
        return say("no difference in any run")
    low, high = (item.figure(end, signed=True) for end in ("ci95_low", "ci95_high"))
    notes = f"{'' if item.sign else ', not clear'}{', rough' if item.rough else ''})"
    return say(item.figure(signed=True), " (", low, " to ", high, notes)


def has_rough(run: Run, metrics: Sequence[str]) -> bool:
    """Whether any interval of these metrics is too skewed for the number of replications."""
    return any(item.rough for metric in metrics for item in differences(run, metric))


def record_rows(run: Run) -> tuple[tuple[str, str], ...]:
    """The run's record, for the end of the page."""
    record = run.record
    source = record.get("source", {})
    libraries = record.get("libraries", {})
    dirty = source.get("dirty")
    state = {None: "not known", True: "changed since", False: "as committed"}
    return (
        ("Run", run.run_id),
        ("Scenarios", ", ".join(run.scenarios)),
        ("Period", run.period),
        ("Replications", str(run.replication_count)),
        ("Seed", str(run.seed)),
        ("Program", f"sim {source.get('version', record.get('version', 'not recorded'))}"),
        ("Commit", str(source.get("commit") or "not recorded")),
        ("Code and seeds", state[None if dirty is None else bool(dirty)]),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in libraries.items())),
        ("Seal", str(record.get("seal", "not recorded"))),
    )


def _first_day(run: Run) -> Iterator[str]:
    """What a reader should know of the state in which the councils open."""
    state, start = run.starting_state, on(run.start)
    counted = state["staff_counted"].iloc[0].date()
    made = "staff_counted" if counted < run.start else "staff_not_counted"
    yield WORDS[made].format(counted=on(counted), start=start)
    if heirs := list(state.loc[state["inherited"] == 1, "la_name"]):
        one = len(heirs) == 1
        words = {"their": "its" if one else "their", "they": "it starts" if one else "they start"}
        came = "it came" if one else "each came"
        yield WORDS["inherited"].format(councils=listed(heirs), start=start, came=came, **words)


def reliability(run: Run, backtest: BacktestSection | None) -> tuple[Sentence, ...]:
    """How far to trust a run: what the back-test shows, how the first day is known."""
    few = " That is few: ranges are rough." if run.replication_count < 20 else ""
    sentences = list(backtest.sentences) if backtest else [say(WORDS["no_backtest"])]
    sentences += map(say, _first_day(run))
    if ends := grades_end(run):
        sentences.append(say(WORDS["no_overall_grade"].format(month=in_month(ends))))
    sentences.append(
        say("Each scenario was run ", runs_figure(run), f" times with the same luck.{few}")
    )
    if run.same_seeds is False:
        sentences.append(
            say("The assumptions below are of the ledger installed now, not of the run.")
        )
    return tuple(sentences)

"""The public functions of the package. The command line calls these too."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ParamSpec, Unpack, cast

import pandas as pd

from sim.forecasts import forecast_scores, sealed_forecast
from sim.forecasts.published_csv import PublishedFigure
from sim.forecasts.sealed_forecast import SealedForecast
from sim.inputs.files.problems import InputError, Problem, collecting, did_you_mean, raise_if_any
from sim.inputs.policy.levers import Value
from sim.regimes import Regime
from sim.regimes.plug_in import OwnRegime
from sim.results import backtest_folder
from sim.results.backtest_folder import BacktestFolder
from sim.results.run_folder import Run, Sweep
from sim.results.study_folder import Study
from sim.runs.execute import Draw, run_to_folder
from sim.runs.options import RunKeywords, RunOptions, with_run_options
from sim.runs.own_regimes import own_regimes
from sim.runs.plan import Plan, Precision, RunScenario, parse_precision
from sim.runs.precision import FIRST_LOOK
from sim.runs.scenarios_of_run import (
    ScenarioLike,
    choose_scenarios,
    load,
    make_run_scenarios,
    with_levers,
)
from sim.runs.sweep import SweepPlan, check_points, grid
from sim.studies import run_studies
from sim.validation import backtest as validation_backtest
from sim.validation.targets import tested_window

if TYPE_CHECKING:
    from sim.report.charts.chart import Chart
    from sim.report.words.prose import Sentence

CEILING = 1000

P = ParamSpec("P")


class FinishedRun(Run):
    """A finished run: its tables as pandas frames, its charts and its briefings."""

    @cached_property
    def charts(self) -> Mapping[str, Chart]:
        """Every chart in which the run has something to show, by name."""
        from sim.report.charts.all_charts import charts_of  # imported here: loads matplotlib

        return charts_of(self)

    def chart(self, name: str) -> Chart:
        """One chart, such as "councils-inadequate": a notebook displays it.

        It has `headline`, `data` (every number drawn), `alt` and `save(folder)`. Raises
        InputError for an unknown chart, or one in which the run has nothing to show.
        """
        from sim.report.charts.all_charts import chart_named  # imported here: loads matplotlib

        return chart_named(self, name)

    def briefing(
        self,
        out: str | Path | None = None,
        *,
        audience: str = "minister",
        format: str = "html",
        backtest: str | Path | None = None,
        studies: Sequence[str | Path] = (),
    ) -> Path:
        """Write a briefing for a minister, director or researcher, and give its path.

        One html page that needs nothing else, or a docx; without `out` in the run folder.
        `studies` are folders of studies to report, `backtest` the folder of a back-test instead
        of the one that comes with the program. Raises InputError with everything wrong.
        """
        from sim.report.briefing.pages import briefing  # imported here: loads matplotlib

        return briefing(
            self.folder,
            audience,
            format,
            None if out is None else Path(out),
            backtest=None if backtest is None else Path(backtest),
            studies=[Path(folder) for folder in studies],
        )

    def explorer(
        self,
        out: str | Path | None = None,
        *,
        study: str | Path | None = None,
        sweeps: Sequence[str | Path] = (),
    ) -> Path:
        """Write the page that a reader can ask, and give its path.

        One html page that needs nothing else; without `out` in the run folder. `study` is the
        folder of an exploration, over whose futures beliefs can then be changed; `sweeps` are
        those of sweeps, whose levers can then be moved. Raises InputError with everything wrong.
        """
        from sim.report.explorer.explorer_page import explorer

        return explorer(
            self.folder,
            None if out is None else Path(out),
            study=None if study is None else Path(study),
            sweeps=[Path(folder) for folder in sweeps],
        )

    def sweep(
        self,
        over: Mapping[str, Sequence[Value]] | Sequence[Mapping[str, Value]],
        **options: Unpack[RunKeywords],
    ) -> Sweep:
        """Run the scenario under test at many settings of its levers: as `sweep`, with the run's
        period, beliefs, seed and number of replications where no other is given.

        Raises InputError where the scenario of that name here is not that of the run.
        """
        problems: list[Problem] = []
        with collecting(problems):
            base = load(self.scenario, {}, None).with_(end=self.end)
            base = base.model_copy(update={"beliefs": self.beliefs})
            here = make_run_scenarios([base])[0].identity()["sha256"]
            if here != self._scenario_records[0].get("sha256"):
                problems.append(Problem(self.scenario, "is not here as it was in the run"))
        hint = "simulate sweep, and give the folder that it prints"
        raise_if_any(Problem(one.where, one.what, one.hint or hint) for one in problems)
        how: RunKeywords = {"seed": self.seed, "replications": self.replication_count}
        how.update(options)
        return sweep(base, over, **how)


class FinishedStudy(Study):
    """A finished study: its tables as pandas frames, its charts, and what it found in words."""

    @cached_property
    def charts(self) -> Mapping[str, Chart]:
        """Every chart of the study, by name."""
        from sim.report.charts.study_charts import study_charts  # imported here: loads matplotlib
        from sim.report.words.cited_study import open_study

        return {chart.name: chart for chart in study_charts(open_study(self.folder))}

    def chart(self, name: str) -> Chart:
        """One chart, such as "rival-beliefs": a notebook displays it.

        Raises InputError for a chart that this study does not have.
        """
        return _chart(self.charts, name)

    def sentences(self, heading: str = "", *, audience: str = "researcher") -> list[Sentence]:
        """What the study found; `str` of a sentence is its text.

        `heading` asks for one part of an exploration, such as "What to find out next". Without
        it there is everything, what was run first. Sentences for a minister or a director are
        fewer, in plain words. Raises InputError for another audience, or a heading that there
        is not.
        """
        from sim.report.findings.study_sections import AUDIENCES, study_section
        from sim.report.words.cited_study import open_study

        if audience not in AUDIENCES:
            raise _unknown("audience", audience, AUDIENCES)
        section = study_section(open_study(self.folder), audience)
        if not heading:
            return section.sentences
        groups = dict(section.groups)
        if heading not in groups:
            raise _unknown("heading", heading, [name for name in groups if name])
        return list(groups[heading])


@dataclass(frozen=True)
class FinishedBacktest(BacktestFolder):
    """A finished back-test: its tables as pandas frames, and its charts."""

    temporary: TemporaryDirectory[str] | None = field(default=None, repr=False)

    @cached_property
    def charts(self) -> Mapping[str, Chart]:
        """Every chart of the back-test, by name: one a start ("fans-from-2013-11-01"), one of
        ranks, one of coverage.

        Raises InputError where the folder has only the tables that a briefing needs.
        """
        from sim.report.charts.backtest_charts import backtest_charts  # loads matplotlib

        raise_if_any(
            Problem(str(self.folder / file), "missing: a chart needs it", "validate again")
            for file in ("fans.csv", "observed.csv", "positions.csv")
            if not (self.folder / file).is_file()
        )
        return {chart.name: chart for chart in backtest_charts(self.folder)}

    def chart(self, name: str) -> Chart:
        """One chart, such as "coverage": a notebook displays it.

        Raises InputError for a chart that this back-test does not have.
        """
        return _chart(self.charts, name)


@dataclass(frozen=True)
class FinishedForecast(SealedForecast):
    """A sealed forecast: its tables as pandas frames, and its seal.

    Units of figures are those of `record["series"]`: counts, per cent, GBP million.
    """

    temporary: TemporaryDirectory[str] | None = field(default=None, repr=False)

    @property
    def figures(self) -> pd.DataFrame:
        """Nine quantiles (0.025 to 0.975) of every series, of England and of each council.

        Columns: series, code, date (yyyy-mm-dd), quantile, value.
        """
        return self.tables[sealed_forecast.FIGURES]

    @property
    def grades(self) -> pd.DataFrame:
        """The chance (0 to 1) of each grade, by code and date, at the end of each quarter.

        How often each came about over simulated countries, never a prediction of what will
        happen to a named council.
        """
        return self.tables[sealed_forecast.GRADES]

    @property
    def naive_figures(self) -> pd.DataFrame:
        """Columns as in `figures`: the last value with its own past changes."""
        return self.tables[sealed_forecast.NAIVE_FIGURES]

    @property
    def naive_grades(self) -> pd.DataFrame:
        """Columns as in `grades`: a Markov chain fitted to the record."""
        return self.tables[sealed_forecast.NAIVE_GRADES]


@dataclass(frozen=True)
class ScoredForecast:
    """How a sealed forecast did: its `record`, the published `figures` that were scored (series,
    code, date, value; grades 1 to 4), and `table`.

    `table` has a row a series of England or of councils, in the columns of ForecastScore: how many
    figures, the shares of them inside the 50, 80 and 95 % intervals (0 to 1), and the mean score
    beside that of the naive forecast, lower is better, in `unit`. NaN where there is none.
    """

    record: Mapping[str, Any]
    figures: pd.DataFrame
    table: pd.DataFrame


def open_run(folder: str | Path) -> FinishedRun:
    """The run in a folder, checked.

    Raises InputError with all that is wrong with a folder that is no run of scenarios, is cut
    short or was written in a format that this version cannot read.
    """
    return FinishedRun.open(folder)


def open_study(folder: str | Path) -> FinishedStudy:
    """The study in a folder, checked. Raises InputError where it is not one, or not whole."""
    return FinishedStudy.open(folder)


def open_backtest(folder: str | Path) -> FinishedBacktest:
    """The back-test in a folder, checked. Raises InputError where it is not one, or cut short."""
    opened = backtest_folder.open_backtest(Path(folder))
    return FinishedBacktest(opened.folder, opened.record)


def open_forecast(folder: str | Path) -> FinishedForecast:
    """The sealed forecast in a folder, checked.

    Raises InputError where the folder holds none, or any of its files was changed since the seal.
    """
    opened = sealed_forecast.read_forecast(Path(folder))
    return FinishedForecast(opened.folder, opened.record, opened.tables)


@with_run_options
def simulate(
    scenario: ScenarioLike,
    *,
    against: Sequence[ScenarioLike] | None = None,
    levers: Mapping[str, Value] | None = None,
    levers_of_all: Mapping[str, Value] | None = None,
    without: Sequence[str] = (),
    beliefs: str | None = None,
    regimes: Mapping[str, type[Regime]] | None = None,
    precision: Mapping[str, float | str] | None = None,
    ceiling: int | None = None,
    events: int = 1,
    charts: bool = False,
    **options: Unpack[RunKeywords],
) -> FinishedRun:
    """Run a scenario and those it is compared with, under the same random streams.

    `scenario` is a name, a file or a Scenario; `against` replaces the comparators it names.
    `levers` are set in the scenario under test only, `levers_of_all` in all of them; the
    mechanisms or loops named in `without` are switched off in the scenario under test.
    `beliefs` names a rival set of parameter values (scenarios/beliefs/) or a file of one; a
    range in it is drawn anew in each replication, alike in every scenario. `regimes` are
    regimes of your own as classes, by the name that the lever regime.name gives them.
    `replications` is 50 unless said; or give `precision`, such as
    `{"inadequate_council_years": 0.5}` (in the metric's unit) or `"2%"` (of the tested
    scenario's mean), and the run goes on until the paired intervals are that narrow, or
    `ceiling` replications (1000) are reached. The first `events` replications keep their
    events; `charts` draws every chart into the run folder
    and writes the explorer there. The other options are those of
    RunOptions: without `out` the run folder is temporary and lasts as long as the result.

    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = RunOptions(**options)
    count = how.count()
    if precision:
        count = CEILING if ceiling is None else ceiling
    problems = _precision_problems(how, bool(precision), ceiling)
    problems += replace(how, replications=count).problems(events=events)
    targets: tuple[Precision, ...] = ()
    run_scenarios: tuple[RunScenario, ...] = ()
    own: tuple[OwnRegime, ...] = ()
    with collecting(problems):
        targets = parse_precision(precision or {})
    with collecting(problems):
        own = own_regimes(regimes)
    with collecting(problems):
        run_scenarios = choose_scenarios(
            scenario,
            against,
            levers=levers,
            levers_of_all=levers_of_all,
            years=how.years,
            without=without,
            beliefs=beliefs,
        )
    raise_if_any(problems)
    events = min(events, count)
    plan = Plan("run", run_scenarios, count, how.seed, targets, events, regimes=own)
    folder, temporary = run_to_folder(plan, how, _drawing() if charts else None)
    return FinishedRun(folder, temporary=temporary)


@with_run_options
def sweep(
    scenario: ScenarioLike,
    over: Mapping[str, Sequence[Value]] | Sequence[Mapping[str, Value]],
    **options: Unpack[RunKeywords],
) -> Sweep:
    """Run a scenario at many settings of its levers, all under the same random streams.

    `over` gives the values of each lever, of which every combination is run; or the points
    themselves, one mapping of levers each. The scenario as it stands is run too, and each
    point is compared with it. The other options are those of RunOptions, as in `simulate`.

    Raises InputError for anything that cannot be used, and RunError where the run fails.
    """
    how = RunOptions(**options)
    points = grid(over) if isinstance(over, Mapping) else [dict(point) for point in over]
    problems = how.problems() + check_points(points)
    run_scenarios: tuple[RunScenario, ...] = ()
    with collecting(problems):
        base = load(scenario, {}, how.years)
        if not problems:
            run_scenarios = make_run_scenarios(
                [base, *(with_levers(base, point) for point in points)]
            )
    raise_if_any(problems)
    plan = SweepPlan("sweep", run_scenarios, how.count(), how.seed, events=0)
    folder, temporary = run_to_folder(plan, how)
    return Sweep(folder, temporary=temporary)


def _finished(study: Callable[P, Study]) -> Callable[P, FinishedStudy]:
    """A function of run_studies as it is, whose study has charts and words."""

    @wraps(study)
    def run(*args: P.args, **options: P.kwargs) -> FinishedStudy:
        done = study(*args, **options)
        return FinishedStudy(done.folder, done.record, temporary=done.temporary)

    signature = inspect.signature(study)
    cast(Any, run).__signature__ = signature.replace(return_annotation="FinishedStudy")
    return run


beliefs = _finished(run_studies.beliefs)
explore = _finished(run_studies.explore)
sensitivity = _finished(run_studies.sensitivity)
attribute = _finished(run_studies.attribute)


def backtest(
    sets: int | Sequence[Mapping[str, float]] = 100,
    *,
    seed: int = 1,
    starts: Sequence[date] = validation_backtest.STARTS,
    test_from: date | None = None,
    test_until: date | None = None,
    until: date | None = None,
    out: str | Path | None = None,
    quiet: bool = False,
) -> FinishedBacktest:
    """Simulate England as it was governed, and compare with what was published.

    `sets` are parameter sets, one simulated country each (every parameter of the ledger), or
    how many to take of those that fit the record to March 2022 (not those of other runs, which
    are fitted to the record to August 2024). `starts` are the days on which the countries begin,
    from 1 November 2013. Figures that became known from `test_from` (1 April 2022) to `test_until`
    (31 August 2024) were not used to fit; those before are scored apart. `until` runs on, at most
    to 30 December 2036, and writes what is predicted. Without `out` the folder is temporary and
    lasts as long as the result.

    Raises InputError where there are no sets, or the test begins before the fit ends.
    """
    card = validation_backtest.backtest(
        sets,
        seed=seed,
        starts=starts,
        tested=tested_window(test_from, test_until),
        until=until,
        progress=(lambda message: None) if quiet else partial(print, file=sys.stderr),
    )
    temporary = TemporaryDirectory(prefix="backtest-") if out is None else None
    folder = Path(temporary.name if temporary is not None else str(out))
    return FinishedBacktest(folder, card.write(folder).record, temporary)


def forecast(
    scenario: str = "as-practised-2024",
    *,
    beliefs: str = "evidence",
    replications: int = sealed_forecast.USUAL_REPLICATIONS,
    until: date | None = None,
    seed: int = 1,
    sealed_on: date | None = None,
    out: str | Path | None = None,
    quiet: bool = False,
) -> FinishedForecast:
    """Forecast every published series from 1 September 2024, and seal the forecast.

    `scenario` is the name or file of one that begins on that day; replication k (2 to 10,000 of
    them) is run with draw k of the `beliefs`, a name or a file. `until` is the last day, from
    31 March 2025 (31 March 2028 unless said). `sealed_on` is the date on the seal (today); no
    figure depends on it. Without `out` the folder is temporary and lasts as long as the result:
    a seal proves something only if it is kept, and known before the figures are.

    Raises InputError for all that cannot be used at once, and where `out` holds a sealed forecast
    already, which is never written over.
    """
    temporary = TemporaryDirectory(prefix="forecast-") if out is None else None
    made = sealed_forecast.forecast(
        Path(temporary.name if temporary is not None else str(out)),
        scenario,
        beliefs=beliefs,
        replications=replications,
        until=until or sealed_forecast.USUAL_UNTIL,
        seed=seed,
        sealed_on=sealed_on,
        progress=(lambda message: None) if quiet else partial(print, file=sys.stderr),
    )
    return FinishedForecast(made.folder, made.record, made.tables, temporary)


def score(
    forecast: str | Path | SealedForecast,
    published: str | Path,
    *,
    out: str | Path | None = None,
) -> ScoredForecast:
    """Score a sealed forecast against figures that were published since.

    `forecast` is its folder, or the forecast itself, whose folder is read again: nothing may have
    changed since it was sealed. `published` is a CSV file with the columns series, code, date and
    value, in the units of the forecast; the series `grade` has the grade in force. The table of
    scores is written to the CSV file `out` where it is given.

    Raises InputError where the forecast was changed, with everything wrong with the file, and where
    `out` cannot be written or would change what is read.
    """
    folder = forecast.folder if isinstance(forecast, SealedForecast) else Path(forecast)
    sealed, figures, scores = forecast_scores.score_forecast(
        folder, Path(published), None if out is None else Path(out)
    )
    return ScoredForecast(
        sealed.record,
        pd.DataFrame(figures, columns=PublishedFigure._fields),
        pd.DataFrame(scores, columns=forecast_scores.ForecastScore._fields),
    )


def _chart(charts: Mapping[str, Chart], name: str) -> Chart:
    if name not in charts:
        raise _unknown("chart", name, charts)
    return charts[name]


def _unknown(what: str, name: str, known: Collection[str]) -> InputError:
    hint = did_you_mean(name, known) or f"it is one of {', '.join(known)}"
    return InputError(Problem(what, f"there is no {what} {name!r} here", hint))


def _precision_problems(how: RunOptions, has_precision: bool, ceiling: int | None) -> list[Problem]:
    problems = []
    if has_precision and how.replications is not None:
        what = "cannot be used with --precision, which decides the number"
        problems.append(Problem("--replications", what, "use --ceiling to limit it"))
    if not has_precision and ceiling is not None:
        problems.append(Problem("--ceiling", "has no meaning without --precision"))
    if has_precision and ceiling is not None and ceiling < FIRST_LOOK:
        problems.append(Problem("--ceiling", f"must be at least {FIRST_LOOK}, not {ceiling}"))
    return problems


def _drawing() -> Draw:
    from sim.report.charts.all_charts import make_charts  # imported here: loads matplotlib
    from sim.report.explorer.explorer_page import explorer

    def draw(folder: Path, record: Mapping[str, Any]) -> None:
        make_charts(folder, record)
        explorer(folder, record=record)

    return draw

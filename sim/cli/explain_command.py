"""`simulate explain`: the causal story of one council."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.shared_options import levers_of, name_of, pairs, path_to, whole_number
from sim.report.tables.terminal import print_line, print_markdown

if TYPE_CHECKING:
    from sim.inputs.councils.council_names import CouncilName
    from sim.report.story.comparing import QuickerCounts
    from sim.report.story.council_history import CouncilHistory
    from sim.report.story.council_story import CouncilStory
    from sim.runs.chunk import SingleRun
    from sim.runs.plan import RunScenario

# How many replications tell something about a rule: a hint, as running them takes a while.
ENOUGH_REPLICATIONS = 30
# These choose what is simulated, so they say nothing about a run that is done.
_FOR_SIMULATION = ("seed", "years", "levers", "count_over")


@click.command()
@click.argument("run", required=False, type=click.Path(path_type=Path))
@name_of("--council", required=True, help="Its name at the start of the run, or a code.")
@name_of("--scenario", help="The scenario: a name or a file.")
@name_of("--versus", help="Compare with the same council under this one.")
@whole_number("--replication", default=1, help="Number of the replication.")
@click.option("--seed", type=int, default=1, show_default=True, help="Random seed.")
@click.option("--years", type=float, help="Length of the run, instead of the scenario's.")
@levers_of("--set", "levers", help="Set a lever in --scenario, not in the other (repeat it).")
@whole_number(
    "--count-over",
    "--beside",
    "count_over",
    default=0,
    help="With --versus: also run replications 1 to N, to count where the council does better.",
)
@path_to("--out", help="Folder for the story as Markdown and its timeline as a picture.")
@click.pass_context
def explain(
    ctx: click.Context,
    run: Path | None,
    council: str,
    scenario: str | None,
    versus: str | None,
    replication: int,
    seed: int,
    years: float | None,
    levers: tuple[str, ...],
    count_over: int,
    out: Path | None,
) -> None:
    """Tell the story of one council: what happened, because of what, and how it ended.

    With --versus the story is compared with that under another scenario, in the same replication.
    The events come from a simulation of their own, or from the folder RUN of a finished run.
    """
    from sim.inputs.files.problems import InputError, Problem, raise_if_any

    if out is not None and out.exists() and not out.is_dir():
        raise InputError(Problem(str(out), "is not a folder", "choose another --out"))
    if run is not None:
        raise_if_any(
            Problem(option.opts[0], "cannot be used with a run folder: that run is done")
            for option in ctx.command.params
            if option.name in _FOR_SIMULATION
            and ctx.get_parameter_source(option.name) is click.core.ParameterSource.COMMANDLINE
        )
        story = _from_folder(run, council, scenario, versus, replication)
    elif scenario is None:
        raise click.UsageError("--scenario is missing: `simulate list` names the scenarios")
    else:
        names = (scenario, *([versus] if versus else []))
        story = _from_simulation(council, names, replication, seed, years, levers, count_over)
    print_markdown(story.page().markdown())
    if out is not None:
        print_line(f"\nThe story and its timeline are in {_save(out, story)}")


# -- from a simulation of its own ------------------------------------------------------------


def _from_simulation(
    council: str,
    names: Sequence[str],
    replication: int,
    seed: int,
    years: float | None,
    levers: tuple[str, ...],
    count_over: int,
) -> CouncilStory:
    from sim.inputs.councils.council_names import check_known, find_council
    from sim.inputs.files.places import BUILT_IN
    from sim.inputs.files.problems import Problem, collecting, raise_if_any
    from sim.report.story.council_history import changes_in
    from sim.report.story.council_story import CouncilStory, StorySource
    from sim.runs.chunk import MOST_COUNTED, run_alone
    from sim.runs.options import check_settings
    from sim.runs.scenarios_of_run import choose_scenarios

    problems = [
        Problem(problem.where.replace("--replications", "--replication"), problem.what)
        for problem in check_settings(replication, seed, 0, None)
    ]
    if not 0 <= count_over <= MOST_COUNTED:
        problems.append(
            Problem("--count-over", f"must be from 0 to {MOST_COUNTED}, not {count_over}")
        )
    place: CouncilName | None = None
    run_scenarios: tuple[RunScenario, ...] = ()
    with collecting(problems):
        run_scenarios = choose_scenarios(
            names[0], list(names[1:]), levers=pairs("--set", levers), years=years
        )
    with collecting(problems):
        if run_scenarios:
            place = find_council(council, on=run_scenarios[0].scenario.start)
        else:
            check_known(council)
    raise_if_any(problems)
    assert place is not None
    compared = len(run_scenarios) == 2
    notes = changes_in(run_scenario.name for run_scenario in run_scenarios)
    notes += [
        f"The scenario {one.scenario.name} is that of {one.scenario.origin}."
        for one in run_scenarios
        if not one.scenario.origin.startswith(BUILT_IN)
    ]
    if compared and not count_over:
        notes.append(
            f"Add --count-over {ENOUGH_REPLICATIONS} to count in how many replications the council "
            f"does better under each."
        )
    single = run_alone(run_scenarios, replication, seed, count_over if compared else 0)
    first, *others = _histories(single, place)
    return CouncilStory(
        first,
        others[0] if others else None,
        StorySource(replication, seed, tuple(notes)),
        _counts(single, place) if compared and count_over else None,
    )


def _histories(single: SingleRun, place: CouncilName) -> Iterator[CouncilHistory]:
    """The council's history under each scenario, in the replication that has events."""
    from sim.report.story.council_history import (
        CouncilHistory,
        StoryEvent,
        events_about,
        yearly_series,
    )
    from sim.units import GRADES

    result = single.result
    names = [*single.baseline.names, "England"]  # the last is -1, all councils
    column = names.index(place.name)
    for number, run_scenario in enumerate(single.run_scenarios):
        country = single.country(number, single.replication)
        events = (
            StoryEvent(e.id, single.day(e.day), names[e.council], e.kind, e.cause, e.details)
            for e in result.events
            if e.country == country
        )
        values = (
            (metric, year, float(value))
            for metric, series in result.councils.items()
            for year, value in zip(result.years, series[country, :, column], strict=True)
        )
        yield CouncilHistory(
            scenario=run_scenario.name,
            description=run_scenario.scenario.description,
            council=place.name,
            start=run_scenario.scenario.start,
            end=run_scenario.scenario.end,
            events=events_about(place.name, events),
            series=yearly_series(values),
            opening_grade=GRADES.get(int(single.baseline.grade[column]), "none"),
            inherited=bool(single.baseline.grade_inherited[column]),
        )


def _counts(single: SingleRun, place: CouncilName) -> QuickerCounts:
    from sim.report.story.comparing import Spells, count_quicker

    column = single.baseline.names.index(place.name)

    def spells(scenario: int, replication: int) -> Spells:
        country = single.country(scenario, replication)
        return [
            (single.day(spell.started), None if spell.ended is None else single.day(spell.ended))
            for spell in sorted(single.result.spells, key=lambda spell: spell.started)
            if spell.country == country and spell.council == column
        ]

    first, second = ([spells(k, number) for number in single.replications] for k in range(2))
    scenario = single.run_scenarios[0].scenario
    return count_quicker(first, second, scenario.start, scenario.end)


# -- from a run folder -----------------------------------------------------------------------


def _from_folder(
    folder: Path, council: str, scenario: str | None, versus: str | None, replication: int
) -> CouncilStory:
    from sim.inputs.councils.council_names import find_council
    from sim.inputs.files.problems import Problem, collecting, raise_if_any
    from sim.report.story.comparing import count_quicker
    from sim.report.story.council_history import (
        changes_in,
        check_folder,
        history_from_folder,
        spells_from_folder,
    )
    from sim.report.story.council_story import CouncilStory, StorySource
    from sim.results.run_folder import open_run

    problems: list[Problem] = []
    place: CouncilName | None = None
    run = open_run(folder)
    names = [scenario or run.scenario, *([versus] if versus else [])]
    with collecting(problems):
        place = find_council(council, on=run.start)
    with collecting(problems):
        check_folder(run, names, replication)
    raise_if_any(problems)
    assert place is not None
    first, *others = (history_from_folder(run, place, name, replication) for name in names)
    notes = [*changes_in(names), f"Source: the run folder {folder}."]
    if run.replication_count > 1:
        notes.append("Yearly figures are left out, because the folder keeps only their averages.")
    source = StorySource(replication, run.seed, tuple(notes))
    if not others:
        return CouncilStory(first, None, source)
    a, b = (spells_from_folder(run, place, name) for name in names)
    return CouncilStory(first, others[0], source, count_quicker(a, b, run.start, run.end))


# -- files -----------------------------------------------------------------------------------


def _save(out: Path, story: CouncilStory) -> Path:
    """Write the Markdown and the picture; the folder. Raises InputError where it cannot."""
    from sim.report.output_files import write_files, writing
    from sim.report.story.timeline import Timeline

    picture = Timeline(story).chart()
    markdown = story.page().markdown(f"{picture.name}.png", str(picture.alt))
    text = {out / f"{story.file_name}.md": markdown.encode()}
    with writing(out):
        write_files(picture.files(out) | text)
    return out

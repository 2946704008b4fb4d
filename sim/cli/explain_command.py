"""`simulate explain`: the causal story of one council."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.shared_options import pairs

if TYPE_CHECKING:
    from sim.inputs.councils.council_names import CouncilName
    from sim.report.story.life import Life
    from sim.report.story.odds import Odds
    from sim.report.story.tell import StorySource
    from sim.runs.chunk import SingleRun

# How many replications tell something about a rule: a hint, as running them takes a while.
ENOUGH_BESIDE = 30
# These choose what is simulated, so they say nothing about a run that is done.
_ONLY_LIVE = ("seed", "years", "levers", "beside")


@dataclass(frozen=True)
class Asked:
    """What the user asked for."""

    scenario: str | None
    versus: str | None
    replication: int
    seed: int
    years: float | None
    levers: tuple[str, ...]
    beside: int


@dataclass(frozen=True)
class Found:
    """What a story is made of."""

    lives: tuple[Life, ...]
    source: StorySource
    odds: Odds | None


@click.command()
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--council", required=True, metavar="NAME", help="Its name, or DfE or ONS code.")
@click.option("--scenario", metavar="NAME", help="The scenario to tell: a name or a file.")
@click.option("--versus", metavar="NAME", help="Set it beside the same council under this one.")
@click.option(
    "--replication",
    type=int,
    default=1,
    metavar="N",
    show_default=True,
    help="Which stream of luck to tell.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Root of all luck.")
@click.option("--years", type=float, help="Length of the run, instead of the scenario's.")
@click.option(
    "--set",
    "levers",
    multiple=True,
    metavar="LEVER=VALUE",
    help="Set a lever in the scenario told, not in the other (repeat it).",
)
@click.option(
    "--beside",
    type=int,
    default=0,
    metavar="N",
    show_default=True,
    help="With --versus: also run replications 1 to N, to count where the council does better.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the story as Markdown and its timeline as a picture.",
)
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
    beside: int,
    out: Path | None,
) -> None:
    """Tell the story of one council: what happened, because of what, and how it ended.

    With --versus the story under another scenario is told beside it, with the same luck. The
    events come from a simulation of their own, or from the folder RUN of a finished run.
    """
    from sim.inputs.files.problems import InputError, Problem, raise_if_any
    from sim.report.story.tell import tell_story

    if out is not None and out.exists() and not out.is_dir():
        raise InputError(Problem(str(out), "is not a folder", "choose another --out"))
    asked = Asked(scenario, versus, replication, seed, years, levers, beside)
    if run is not None:
        given = [o for o in ctx.command.params if o.name in _ONLY_LIVE and _is_given(ctx, o)]
        raise_if_any(
            Problem(option.opts[0], "cannot be used with a run folder: that run is done")
            for option in given
        )
        found = _from_folder(run, council, asked)
    elif scenario is None:
        raise click.UsageError("--scenario is missing: `simulate list` names the scenarios")
    else:
        found = _from_simulation(council, asked)
    other = found.lives[1] if len(found.lives) > 1 else None
    page = tell_story(found.lives[0], other, found.source, found.odds)
    click.echo(page.text(), nl=False)
    if out is not None:
        click.echo(f"\nThe story and its timeline are in {_save(out, found)}")


def _is_given(ctx: click.Context, option: click.Parameter) -> bool:
    source = ctx.get_parameter_source(option.name or "")
    return source is click.core.ParameterSource.COMMANDLINE


# -- from a simulation of its own --------------------------------------------------------


def _from_simulation(council: str, asked: Asked) -> Found:
    from sim.inputs.councils.council_names import find_council
    from sim.inputs.files.problems import Problem, raise_if_any
    from sim.report.story.from_run import changes_in
    from sim.report.story.tell import StorySource
    from sim.runs.chunk import MOST_BESIDE, run_alone
    from sim.runs.errors import collecting
    from sim.runs.options import check_settings
    from sim.runs.plan import RunScenario
    from sim.runs.scenarios_of_run import choose_scenarios

    problems = [
        Problem(problem.where.replace("--replications", "--replication"), problem.what)
        for problem in check_settings(asked.replication, asked.seed, 0, None)
    ]
    if not 0 <= asked.beside <= MOST_BESIDE:
        problems.append(Problem("--beside", f"must be from 0 to {MOST_BESIDE}, not {asked.beside}"))
    run_scenarios: tuple[RunScenario, ...] = ()
    place: CouncilName | None = None
    with collecting(problems):
        place = find_council(council)
    with collecting(problems):
        run_scenarios = choose_scenarios(
            asked.scenario or "",
            [asked.versus] if asked.versus else [],
            levers=pairs("--set", asked.levers),
            years=asked.years,
        )
    raise_if_any(problems)
    assert place is not None
    notes = changes_in(run_scenario.name for run_scenario in run_scenarios)
    if asked.versus and not asked.beside:
        notes.append(
            f"Add --beside {ENOUGH_BESIDE} to count in how many replications the council does "
            f"better under each."
        )
    closeup = run_alone(
        run_scenarios, asked.replication, asked.seed, asked.beside if asked.versus else 0
    )
    return Found(
        lives=tuple(
            _life(closeup, run_scenario, place) for run_scenario in range(len(run_scenarios))
        ),
        source=StorySource(asked.replication, asked.seed, tuple(notes)),
        odds=_odds(closeup, place) if asked.versus and asked.beside else None,
    )


def _life(closeup: SingleRun, run_scenario: int, place: CouncilName) -> Life:
    """One council's life in the replication told, under one scenario of the run."""
    from sim.report.story.from_run import world_name
    from sim.report.story.life import GRADES, Happening, Life

    result, names = closeup.result, closeup.baseline.names
    column = names.index(place.name)
    country = closeup.country(run_scenario, closeup.replication)
    lent = {
        event.id
        for event in result.events
        if event.country == country and event.details.get("lender") == place.name
    }
    events = tuple(
        Happening(
            id=event.id,
            day=closeup.day(event.day),
            council="England" if event.council < 0 else names[event.council],
            kind=event.kind,
            cause=event.cause,
            details=event.details,
        )
        for event in result.events
        if event.country == country
        and (event.council in (column, -1) or event.id in lent or event.cause in lent)
    )
    series = {
        metric: {
            int(year[:4]) + 1: float(value)
            for year, value in zip(result.years, values[country, :, column], strict=True)
            if math.isfinite(value)
        }
        for metric, values in result.councils.items()
    }
    scenario = closeup.run_scenarios[run_scenario].scenario
    return Life(
        scenario=closeup.run_scenarios[run_scenario].name,
        label=world_name(closeup.run_scenarios[run_scenario].name),
        rule=scenario.description,
        council=place.name,
        start=scenario.start,
        end=scenario.end,
        events=events,
        series=series,
        standing=GRADES[int(closeup.baseline.grade[column])],
    )


def _odds(closeup: SingleRun, place: CouncilName) -> Odds:
    from sim.report.story.odds import Spans, odds

    column = closeup.baseline.names.index(place.name)

    def spans(run_scenario: int, replication: int) -> Spans:
        country = closeup.country(run_scenario, replication)
        return [
            (closeup.day(s.started), None if s.ended is None else closeup.day(s.ended))
            for s in sorted(closeup.result.spells, key=lambda spell: spell.started)
            if s.country == country and s.council == column
        ]

    first, second = (
        [spans(run_scenario, number) for number in closeup.replications]
        for run_scenario in range(2)
    )
    scenario = closeup.run_scenarios[0].scenario
    return odds(first, second, scenario.start, scenario.end)


# -- from a run folder --------------------------------------------------------------------


def _from_folder(folder: Path, council: str, asked: Asked) -> Found:
    from sim.inputs.councils.council_names import find_council
    from sim.inputs.files.problems import Problem, raise_if_any
    from sim.report.story.from_run import changes_in, check_asked, life_of, spans_of
    from sim.report.story.odds import odds
    from sim.report.story.tell import StorySource
    from sim.results.run_folder import open_run
    from sim.runs.errors import collecting

    problems: list[Problem] = []
    place: CouncilName | None = None
    run = open_run(folder)
    told = [asked.scenario or run.scenario, *([asked.versus] if asked.versus else [])]
    with collecting(problems):
        place = find_council(council)
    with collecting(problems):
        check_asked(run, told, asked.replication)
    raise_if_any(problems)
    assert place is not None
    lives = tuple(
        life_of(run, place.ons_code, place.name, name, asked.replication) for name in told
    )
    notes = [*changes_in(told), f"Told from the run folder {folder}."]
    if run.replications > 1:
        notes.append("Yearly figures are left out, because the folder keeps only their averages.")
    found = None
    if len(told) == 2:
        spans = [spans_of(run, place.ons_code, name) for name in told]
        found = odds(spans[0], spans[1], run.start, run.end)
    return Found(lives, StorySource(asked.replication, run.seed, tuple(notes)), found)


# -- files ----------------------------------------------------------------------------------


def _save(out: Path, found: Found) -> Path:
    """Write the Markdown and the picture; the folder. Raises InputError where it cannot."""
    from sim.inputs.files.problems import InputError, Problem
    from sim.report.story.tell import tell_story
    from sim.report.story.timeline import timeline

    life, other = found.lives[0], found.lives[1] if len(found.lives) > 1 else None
    stem = _stem(found.lives, found.source)
    picture = timeline(f"{stem}-timeline", life, other, found.source)
    page = tell_story(life, other, found.source, found.odds)
    try:
        out.mkdir(parents=True, exist_ok=True)
        picture.save(out)
        words = page.markdown(f"{picture.name}.png", str(picture.alt))
        (out / f"{stem}.md").write_text(words, encoding="utf-8")
    except OSError as error:
        what = f"cannot be written: {(error.strerror or str(error)).lower()}"
        raise InputError(Problem(str(out), what, "choose another --out")) from error
    return out


def _stem(lives: Sequence[Life], source: StorySource) -> str:
    """A file name of the council, the scenarios and the replication."""
    words = "-".join((lives[0].council, *(life.scenario for life in lives)))
    plain = "".join(letter if letter.isalnum() else "-" for letter in words.casefold())
    joined = "-".join(part for part in plain.split("-") if part)
    return f"{joined}-replication-{source.replication}"

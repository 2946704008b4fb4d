"""`simulate claims` and `simulate loops`: the claims made, and the mechanisms that carry them."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from sim.cli.shared_options import flag, run_options
from sim.report.tables.terminal import print_line, print_text

if TYPE_CHECKING:
    from sim.inputs.evidence.claims import Claim
    from sim.inputs.evidence.experiments import Experiments
    from sim.inputs.evidence.mechanisms import Loop, Mechanism, Mechanisms
    from sim.runs.options import RunOptions

# The options of a run that a short experiment takes, with their defaults. One claim is answered
# within about twenty seconds on one processor.
_SHARED = {"seed": 1, "out": None, "workers": None, "quiet": False}
_CLAIM = {"replications": 10, "years": 5.0, **_SHARED}
_LOOP = {"replications": 20, "years": 10.0, **_SHARED}
_NOT_GIVEN = ParameterSource.DEFAULT
_RECORD = "`simulate claims --record` runs them all (some minutes) and writes what they show."


@click.command()
@click.argument("number", required=False)
@flag("--list", "list_", help="List every claim.")
@flag("--no-run", help="Show the claim without running its experiment again.")
@flag(
    "--record",
    "record_",
    help="Run the experiments of all mechanisms and loops and write what they show into the "
    "register (some minutes; --replications 30 and --years 10 where none are given).",
)
@partial(run_options, only=_CLAIM)
def claims(number: str | None, list_: bool, no_run: bool, record_: bool, how: RunOptions) -> None:
    """Show how the claims of the source documents are carried, or show claim NUMBER.

    One claim: what it says, what carries it, what the evidence says, what its own experiments
    last showed, and what changes in a short experiment when it is switched off.
    """
    from sim.cli import claim_tables as tables
    from sim.inputs.evidence.claims import find_claim, load_claims
    from sim.inputs.evidence.experiments import load_experiments
    from sim.inputs.evidence.ledger import load_ledger
    from sim.inputs.evidence.mechanisms import load_mechanisms

    if record_:
        if number is not None or list_ or no_run:
            raise click.UsageError("--record takes no claim, and neither --list nor --no-run")
        _record(how)
    ledger = load_ledger()
    register = load_claims(ledger)
    mechanisms, experiments = load_mechanisms(ledger), load_experiments()
    if number is not None:
        claim = find_claim(register, number)
        tables.print_claim(claim, mechanisms)
        tables.print_record(mechanisms.of_claim(claim.number), experiments)
        if not no_run and claim.status != "context":
            _run_claim(claim, mechanisms, how)
    elif list_:
        tables.print_claims(register.values())
    else:
        tables.print_coverage(list(register.values()))
        _check_places(register.values())
        _say_how_old(mechanisms, experiments)


def _record(how: RunOptions) -> None:
    """Run every experiment and write what they show: the record, and the register's column."""
    from dataclasses import replace

    from sim.inputs.evidence.claims import with_experiments
    from sim.inputs.evidence.experiments import Experiments, experiments_text
    from sim.inputs.evidence.ledger import load_ledger
    from sim.inputs.evidence.mechanisms import load_mechanisms
    from sim.inputs.files.places import seeds_dir
    from sim.inputs.files.text_file import read_text
    from sim.report.output_files import write_files, writing
    from sim.studies.short_experiments import RECORD, record

    given = click.get_current_context().get_parameter_source
    usual = [name for name in ("replications", "years", "seed", "out") if given(name) is _NOT_GIVEN]
    how = replace(how, **{name: getattr(RECORD, name) for name in usual})
    mechanisms = load_mechanisms(load_ledger())
    figures = record(mechanisms, how)
    experiments = Experiments(tuple(figures))
    register, table = seeds_dir() / "claims.csv", seeds_dir() / "experiments.csv"
    text = with_experiments(
        read_text(register), lambda number: experiments.of_claim(number, mechanisms)
    )
    with writing(seeds_dir()):
        write_files({table: experiments_text(figures).encode(), register: text.encode()})
    print_line(f"{len(figures)} figures are in {table}, and the verdicts in {register}.")


def _say_how_old(mechanisms: Mechanisms, experiments: Experiments) -> None:
    """Say with what the experiments were last run, and whether that is still the model."""
    from sim.studies.short_experiments import model_sha256

    if not experiments.figures:
        print_text(f"\nNo experiment is recorded. {_RECORD}")
        return
    first = experiments.figures[0]
    print_text(
        f"\nThe experiments were run with {first.replications} replications, seed {first.seed}, "
        f"{first.years:g} years and central values: what each shows is an interval of 95 % clear "
        "of zero, and a difference of a tenth of one per cent of the figure's level or more. Of "
        "a hundred that do nothing, about five would be clear of zero by chance."
    )
    if {one.model for one in experiments.figures} != {model_sha256()}:
        print_text(f"The code or the seeds have changed since. {_RECORD}")
    if changed := experiments.out_of_date(mechanisms):
        print_text(f"Out of date: {', '.join(changed)}. {_RECORD}")


def _run_claim(claim: Claim, mechanisms: Mechanisms, how: RunOptions) -> None:
    """Switch the claim's mechanisms off, or give the levels that its metrics come to."""
    from sim.cli import claim_tables as tables
    from sim.studies.short_experiments import effects, levels

    switches = mechanisms.of_claim(claim.number)
    if switches:
        tables.print_effects(effects(switches, how))
    elif claim.metrics:
        tables.print_levels(levels(claim.metrics, how))
    else:
        print_text("\nNothing to switch off and no metric of its own: it is part of the start.")
        return
    print_text(
        f"{tables.extent(how, switches)}; intervals of 95 %. A short experiment: "
        "--replications and --years make it longer."
    )


def _check_places(register: Collection[Claim]) -> None:
    """Say that every claim has a status, having checked that what the claims name exists."""
    from sim.inputs.evidence.claims import check_places
    from sim.inputs.files.places import PACKAGE
    from sim.inputs.files.problems import raise_if_any

    names = "parameter, lever and metric"
    if (PACKAGE.parent / "tests").is_dir():
        raise_if_any(check_places(register, PACKAGE.parent))
        names = "parameter, lever, metric, module and test"
    count = len(register)
    print_text(f"{count} of {count} claims have a status; every {names} named exists.")
    print_text("`simulate claims 53` shows one claim; `simulate claims --list` lists them.")


@click.command()
@click.argument("names", nargs=-1)
@flag("--list", "list_", help="List loops and mechanisms and what each last showed; run nothing.")
@partial(run_options, only=_LOOP)
def loops(names: tuple[str, ...], list_: bool, how: RunOptions) -> None:
    """Switch each feedback loop off and show what it does: its sign and its size.

    NAMES are loops (L1 to L12) or mechanisms; all loops when none is given.
    """
    from sim.cli import claim_tables as tables
    from sim.inputs.evidence.experiments import load_experiments
    from sim.inputs.evidence.ledger import load_ledger
    from sim.inputs.evidence.mechanisms import load_mechanisms

    mechanisms = load_mechanisms(load_ledger())
    if list_:
        experiments = load_experiments()
        tables.print_switches(mechanisms, experiments)
        _say_how_old(mechanisms, experiments)
        return
    switches: list[Mechanism | Loop] = list(mechanisms.loops.values())
    if names:
        mechanisms.chosen(names, "loops")
        switches = [
            mechanisms.loops.get(name) or mechanisms.mechanisms[name]
            for name in dict.fromkeys(names)
        ]
    from sim.studies.short_experiments import effects

    measured = effects(switches, how)
    tables.print_loops(measured)
    if sentence := tables.signs(measured):
        print_text(sentence)
    print_text(
        f"{tables.extent(how, switches)}. Mean difference under the same random numbers, "
        "with 95 % intervals that hold for all figures at once. Parameters are at their central "
        "values, many of them assumptions."
    )

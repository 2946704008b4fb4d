"""`simulate claims` and `simulate loops`: what is claimed, what carries it, what it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sim.cli.list_commands import print_table

if TYPE_CHECKING:
    from sim.inputs.evidence.claims import Claim
    from sim.inputs.evidence.mechanisms import Loop, Mechanism, Mechanisms
    from sim.studies.short_experiments import Effect, ShortExperiment

_F = TypeVar("_F", bound=Callable[..., Any])

# One claim is answered within about twenty seconds on one processor.
CLAIM_REPLICATIONS, CLAIM_YEARS = 10, 5.0
LOOP_REPLICATIONS, LOOP_YEARS = 20, 10.0


def _trial_options(replications: int, years: float) -> Callable[[_F], _F]:
    def decorate(command: _F) -> _F:
        for option in reversed(
            (
                click.option(
                    "--replications",
                    type=int,
                    default=replications,
                    metavar="N",
                    show_default=True,
                    help="Streams of luck of the experiment.",
                ),
                click.option("--years", type=float, default=years, show_default=True),
                click.option("--seed", type=int, default=1, show_default=True),
                click.option(
                    "--out",
                    type=click.Path(path_type=Path),
                    default=Path("outputs"),
                    show_default=True,
                    help="Folder where the experiment is kept for the next time.",
                ),
                click.option("--workers", type=int, metavar="N", help="Processes."),
                click.option("--quiet", is_flag=True, help="Show no progress."),
            )
        ):
            command = option(command)
        return command

    return decorate


@click.command()
@click.argument("number", required=False)
@click.option("--list", "list_", is_flag=True, help="List every claim.")
@click.option("--no-run", is_flag=True, help="Tell the claim without the experiment.")
@_trial_options(CLAIM_REPLICATIONS, CLAIM_YEARS)
def claims(number: str | None, list_: bool, no_run: bool, **options: Any) -> None:
    """Show how the claims of the source documents are carried, or tell claim NUMBER.

    One claim: what it says, what carries it, what the evidence says, and what changes in a
    short experiment when it is switched off.
    """
    from sim.inputs.evidence.claims import find_claim, load_claims
    from sim.inputs.evidence.ledger import load_ledger
    from sim.inputs.evidence.mechanisms import load_mechanisms

    ledger = load_ledger()
    register = load_claims(ledger)
    if number is not None:
        claim = find_claim(register, number)
        known = load_mechanisms(ledger)
        _tell(claim, known)
        if not no_run and claim.status != "context":
            _show(claim, known, _trial(options))
    elif list_:
        rows = [(c.number, c.status, c.verdict, c.who, c.says) for c in register.values()]
        print_table("Claims", ("claim", "status", "evidence", "who", "says"), rows, right=(0,))
    else:
        _coverage(list(register.values()))


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "list_", is_flag=True, help="List loops and mechanisms; run nothing.")
@_trial_options(LOOP_REPLICATIONS, LOOP_YEARS)
def loops(names: tuple[str, ...], list_: bool, **options: Any) -> None:
    """Switch each feedback loop off and show what it does: its sign and its size.

    NAMES are loops (L1 to L12) or mechanisms; all loops when none is given.
    """
    from sim.inputs.evidence.ledger import load_ledger
    from sim.inputs.evidence.mechanisms import load_mechanisms

    known = load_mechanisms(load_ledger())
    if list_:
        _list_switches(known)
        return
    things: list[Mechanism | Loop] = list(known.loops.values())
    if names:
        known.chosen(names, "loops")
        things = [known.loops.get(name) or known.mechanisms[name] for name in dict.fromkeys(names)]
    from sim.studies.short_experiments import effects

    trial = _trial(options)
    found = effects(things, trial)
    rows = [_loop_row([e for e in found if e.of is thing]) for thing in things]
    header = ("", "what it is", "kind", "scenario", "shows first in", "comes round in")
    print_table("What each does: runs with it less runs without it", header, rows)
    years = max([trial.years, *(thing.years or 0.0 for thing in things)])
    if summary := _come_round(found):
        click.echo(summary)
    click.echo(
        f"{trial.replications} replications, seed {trial.seed}, {_years(years)}. Mean difference "
        "under the same luck, with 95 % intervals that hold for all figures at once. Parameters "
        "are at their central values, many of them assumptions."
    )


def _trial(options: dict[str, Any]) -> ShortExperiment:
    from sim.studies.short_experiments import ShortExperiment

    return ShortExperiment(**options)


def _coverage(register: list[Claim]) -> None:
    """Counts by section and status, by verdict, and what dangles."""
    from sim.inputs.evidence.claims import STATUSES, VERDICTS, check_places
    from sim.inputs.files.places import PACKAGE
    from sim.inputs.files.problems import raise_if_any

    def counts(inside: list[Claim]) -> tuple[object, ...]:
        by_status = [sum(c.status == status for c in inside) for status in STATUSES]
        return (len(inside), *by_status)

    sections = list(dict.fromkeys(c.section for c in register))
    rows = [(name, *counts([c for c in register if c.section == name])) for name in sections]
    rows.append(("All", *counts(register)))
    columns = range(1, len(STATUSES) + 2)
    print_table("How the claims are carried", ("", "claims", *STATUSES), rows, right=columns)
    by_verdict = [
        (
            verdict,
            *(sum(c.verdict == verdict and c.status == s for c in register) for s in STATUSES),
        )
        for verdict in VERDICTS
    ]
    print_table(
        "What the evidence says", ("", *STATUSES), by_verdict, right=range(1, len(STATUSES) + 1)
    )
    root = PACKAGE.parent
    if (root / "tests").is_dir():
        raise_if_any(check_places(register, root))
        checked = "every parameter, lever, metric, module and test named exists"
    else:
        checked = "every parameter, lever and metric named exists"
    click.echo(f"{len(register)} of {len(register)} claims have a status; {checked}.")
    click.echo("`simulate claims 53` tells one claim; `simulate claims --list` lists them.")


def _tell(claim: Claim, known: Mechanisms) -> None:
    """A claim in words: said by whom, carried by what, and the evidence."""
    click.echo(f"Claim {claim.number}: {claim.says}.")
    click.echo(f"  Said by      {claim.who}, in {', '.join(claim.documents)}")
    click.echo(f"  Section      {claim.section}")
    click.echo(f"  Status       {claim.status}. {claim.how}.")
    for label, names in (
        ("Modules", claim.modules),
        ("Parameters", claim.parameters),
        ("Levers", claim.levers),
        ("Metrics", claim.metrics),
        ("Switches", tuple(m.name for m in known.of_claim(claim.number))),
        ("Loops", tuple(loop.name for loop in known.loops_of_claim(claim.number))),
        ("Tests", claim.tests),
    ):
        if names:
            click.echo(f"  {label:<12} {', '.join(names)}")
    ids = f" ({', '.join(claim.evidence)})" if claim.evidence else ""
    words = {"partly": "supported in part", "value": "a value judgement", "open": "open"}
    verdict = words.get(claim.verdict, claim.verdict)
    click.echo(f"  Evidence     {verdict}{ids}. {claim.finding}.")


def _show(claim: Claim, known: Mechanisms, trial: ShortExperiment) -> None:
    """What the model shows when the claim's mechanisms are off, or the levels it comes to."""
    from sim.inputs.metrics import METRICS
    from sim.studies.short_experiments import effects, levels

    switches = known.of_claim(claim.number)
    if switches:
        click.echo("")
        rows = [
            (
                effect.of.title,
                effect.of.scenario,
                METRICS[effect.metric].label,
                _number(effect.with_it),
                _number(effect.without_it),
                _size(effect),
                effect.verdict,
            )
            for effect in effects(switches, trial)
        ]
        header = ("switched off", "scenario", "metric", "with", "without", "difference", "")
        print_table("What the model shows", header, rows, right=(3, 4))
        years = max([trial.years, *(m.years or 0.0 for m in switches)])
    else:
        if not claim.metrics:
            click.echo("\nNothing to switch and no figure of its own: it is there from the start.")
            return
        click.echo("")
        level_rows = [
            (
                METRICS[level.metric].label,
                METRICS[level.metric].unit,
                level.scenario,
                _number(level.mean),
                f"{_number(level.p05)} to {_number(level.p95)}",
            )
            for level in levels(claim.metrics, trial)
        ]
        header_levels = ("metric", "unit", "scenario", "mean", "nine runs in ten")
        print_table("What the model shows", header_levels, level_rows, right=(3,))
        years = trial.years
    click.echo(
        f"{trial.replications} replications, seed {trial.seed}, {_years(years)}; "
        "intervals of 95 %. A short experiment: --replications and --years make it longer."
    )


def _list_switches(known: Mechanisms) -> None:
    rows: list[tuple[object, ...]] = [
        (loop.name, loop.title, loop.kind, loop.chain, ", ".join(loop.mechanisms))
        for loop in known.loops.values()
    ]
    print_table("Loops", ("", "loop", "kind", "chain", "switched off together"), rows)
    rows = [
        (
            m.name,
            m.title,
            ", ".join(map(str, m.claims)),
            ", ".join(
                f"{name}={value}" for name, value in (*m.parameters.items(), *m.levers.items())
            ),
        )
        for m in known.mechanisms.values()
    ]
    print_table("Mechanisms", ("", "mechanism", "claims", "off at"), rows)


def _loop_row(shown: list[Effect]) -> tuple[object, ...]:
    from sim.inputs.metrics import METRICS

    thing = shown[0].of
    cells = [f"{METRICS[e.metric].label}: {_size(e)}; {e.verdict}" for e in shown]
    start = "" if thing.start is None else f", from {thing.start.year}"
    head = (thing.name, thing.title, getattr(thing, "kind", "mechanism"))
    return (*head, f"{thing.scenario}{start}", *cells, *[""] * (2 - len(cells)))


def _come_round(found: list[Effect]) -> str:
    """How many loops come round with the sign that the claims give them, "" for fewer than two."""
    from sim.inputs.evidence.mechanisms import Loop

    last = {e.of.name: e.verdict for e in found if isinstance(e.of, Loop)}  # where it comes round
    if len(last) < 2:
        return ""
    verdicts = list(last.values())
    as_claimed, contrary = map(verdicts.count, ("as claimed", "contrary to the claim"))
    rest = len(last) - as_claimed - contrary
    return (
        f"Of {len(last)} loops shown, {as_claimed} come round with the sign claimed and {contrary} "
        f"with the other; for {rest} these runs do not tell."
    )


def _size(effect: Effect) -> str:
    from sim.inputs.metrics import METRICS

    unit = METRICS[effect.metric].unit
    return (
        f"{_number(effect.difference, sign=True)} ({_number(effect.low, sign=True)} to "
        f"{_number(effect.high, sign=True)}) {unit}"
    )


def _number(value: float, *, sign: bool = False) -> str:
    if value != value:
        return "none"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 20 else 2 if abs(value) >= 1 else 4
    return f"{value:{'+' if sign else ''},.{digits}f}"


def _years(years: float) -> str:
    return f"{years:g} year" if years == 1 else f"{years:g} years"

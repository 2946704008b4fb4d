"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])
_Decorator = Callable[[Any], Any]


def comparison_options(command: _F) -> _F:
    """What is compared, and how many runs it takes."""
    return _all(
        command,
        click.option(
            "--against",
            multiple=True,
            metavar="NAME",
            help="Compare with this scenario instead of those it names itself (repeat it).",
        ),
        click.option("--alone", is_flag=True, help="Compare with nothing."),
        click.option(
            "--set",
            "levers",
            multiple=True,
            metavar="LEVER=VALUE",
            help="Set a lever in the scenario under test only (repeat it).",
        ),
        click.option(
            "--set-all",
            "levers_of_all",
            multiple=True,
            metavar="LEVER=VALUE",
            help="Set a lever in every scenario of the run (repeat it).",
        ),
        click.option(
            "--without",
            multiple=True,
            metavar="MECHANISM",
            help="Switch a mechanism or loop off in the scenario under test (repeat it); "
            "`simulate loops --list` names them.",
        ),
        click.option(
            "--beliefs",
            metavar="NAME",
            help="Rival beliefs about the world: central, critics, evidence, reformers or a file.",
        ),
        click.option(
            "--precision",
            multiple=True,
            metavar="METRIC=AMOUNT",
            help="Run until the paired interval is ± AMOUNT: 0.5 in the metric's unit, or 2% "
            "of the tested scenario's mean (repeat it).",
        ),
        click.option(
            "--ceiling", type=int, metavar="N", help="With --precision: at most N. [default: 1000]"
        ),
        click.option(
            "--events",
            type=int,
            default=1,
            metavar="N",
            show_default=True,
            help="Keep every event of the first N replications.",
        ),
        click.option("--no-charts", is_flag=True, help="Draw no charts."),
    )


def run_options(command: _F, usual: int = 50) -> _F:
    """How long, how often (`usual` replications), where and with what a run is done."""
    return _all(
        command,
        click.option(
            "--replications", type=int, metavar="N", help=f"Streams of luck. [default: {usual}]"
        ),
        click.option("--years", type=float, help="Length of the run, instead of the scenario's."),
        click.option("--seed", type=int, default=1, show_default=True, help="Root of all luck."),
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            default=Path("outputs"),
            show_default=True,
            help="Folder for run folders.",
        ),
        click.option(
            "--engine",
            default="processes",
            metavar="NAME",
            show_default=True,
            help="Where the work is done: serial, processes or dask. The results are the same.",
        ),
        click.option("--scheduler", metavar="ADDRESS", help="With --engine dask: tcp://host:8786."),
        click.option(
            "--workers", type=int, metavar="N", help="Processes. [default: one a processor]"
        ),
        click.option("--resume", is_flag=True, help="Go on from what a stopped run has finished."),
        click.option(
            "--publication", is_flag=True, help="Refuse code, seeds or scenarios not committed."
        ),
        click.option("--quiet", is_flag=True, help="Show no progress."),
    )


def _all(command: _F, *decorators: _Decorator) -> _F:
    decorated: Any = command
    for decorate in reversed(decorators):
        decorated = decorate(decorated)
    result: _F = decorated
    return result


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Read "name=value" texts. Raises InputError with everything wrong."""
    from sim.inputs.files.problems import Problem, raise_if_any

    found: dict[str, str] = {}
    problems: list[Problem] = []
    for text in texts:
        name, equals, value = (word.strip() for word in text.partition("="))
        if not (name and equals and value):
            problems.append(Problem(f"{option} {text}", "is not of the form name=value"))
        elif name in found:
            problems.append(Problem(f"{option} {text}", f"gives {name} a second time"))
        found[name] = value
    raise_if_any(problems)
    return found

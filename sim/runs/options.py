"""How a run is done (RunOptions), declared once for calls and for the command line.

Light: the command line reads it to answer --help, before anything heavy is imported.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, TypeVar, cast, get_args, get_type_hints

from sim.inputs.files.problems import Problem, did_you_mean

_F = TypeVar("_F", bound=Callable[..., Any])

EngineName = Literal["serial", "processes", "dask"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)

REPLICATIONS = 50  # of a run or a sweep where nothing else is said
MOST_REPLICATIONS = 100_000
# Countries of one run: weeks of work on any machine, and a list of chunks that takes megabytes.
MOST_COUNTRIES_OF_A_RUN = 5_000_000
# Processes on one machine; each takes some 400 MB.
MOST_PROCESSES = max(64, os.cpu_count() or 1)
MOST_WORKERS = 1024
START_A_CLUSTER = (
    "start one with `dask scheduler`, then `dask worker tcp://HOST:8786` on each machine, "
    "and give --scheduler tcp://HOST:8786"
)


@dataclass(frozen=True)
class OptionHelp:
    """What the help of the command line says of an option."""

    text: str
    metavar: str | None = None


class RunKeywords(TypedDict, total=False):
    """The fields of RunOptions as keyword arguments."""

    replications: int | None
    years: float | None
    seed: int
    out: str | Path | None
    engine: EngineName
    scheduler: str | None
    workers: int | None
    resume: bool
    publication: bool
    quiet: bool


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How often, how long, where and with what a run is done.

    Of these only `replications`, `years` and `seed` move a number. Without `out` the run folder
    is temporary and lasts as long as the result. `publication` refuses code, seeds or scenarios
    that are not committed.
    """

    replications: Annotated[int | None, OptionHelp("Number of replications.", "N")] = None
    years: Annotated[float | None, OptionHelp("Length of the run, instead of the scenario's.")] = (
        None
    )
    seed: Annotated[int, OptionHelp("Random seed.")] = 1
    out: Annotated[str | Path | None, OptionHelp("Folder for run folders.")] = None
    engine: Annotated[
        EngineName,
        OptionHelp(
            "Where the work is done: serial, processes or dask. The results are the same.", "NAME"
        ),
    ] = "processes"
    scheduler: Annotated[
        str | None, OptionHelp("With --engine dask: tcp://host:8786.", "ADDRESS")
    ] = None
    workers: Annotated[int | None, OptionHelp("Processes. [default: one a processor]", "N")] = None
    resume: Annotated[bool, OptionHelp("Go on from what a stopped run has finished.")] = False
    publication: Annotated[bool, OptionHelp("Refuse code, seeds or scenarios not committed.")] = (
        False
    )
    quiet: Annotated[bool, OptionHelp("Show no progress.")] = False

    def count(self, usual: int = REPLICATIONS) -> int:
        """The number of replications, `usual` where none is given."""
        return usual if self.replications is None else self.replications

    def problems(self, usual: int = REPLICATIONS, events: int = 0) -> list[Problem]:
        """Everything wrong with these options."""
        most = MOST_PROCESSES if self.engine == "processes" else MOST_WORKERS
        problems = check_settings(self.count(usual), self.seed, events, self.workers, most)
        return problems + check_engine(self.engine, self.scheduler)

    def keywords(self) -> RunKeywords:
        """The options as keyword arguments of `sim.simulate` and `sim.sweep`."""
        values = {option.name: getattr(self, option.name) for option in fields(RunOptions)}
        return cast(RunKeywords, values)


def with_run_options(function: _F) -> _F:
    """Show the fields of RunOptions in the signature of a function that takes them all.

    For help() and the completion of names; the type checker reads Unpack[RunKeywords].
    """
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    kinds = get_type_hints(RunOptions)
    options = [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=option.default,
            annotation=kinds[option.name],
        )
        for option in fields(RunOptions)
    ]
    cast(Any, function).__signature__ = signature.replace(parameters=[*own, *options])
    return function


def check_settings(
    replications: int,
    seed: int,
    events: int,
    workers: int | None,
    most_workers: int = MOST_WORKERS,
) -> list[Problem]:
    """Everything wrong with the whole numbers that a run is started with."""
    bounds = (
        ("--replications", replications, 1, MOST_REPLICATIONS),
        ("--seed", seed, 0, 2**63 - 1),
        ("--events", events, 0, MOST_REPLICATIONS),
        ("--workers", 1 if workers is None else workers, 1, most_workers),
    )
    return [
        Problem(name, f"must be from {low} to {high}, not {_in_digits(value)}")
        for name, value, low, high in bounds
        if not low <= value <= high
    ]


def _in_digits(value: int) -> str:
    """A whole number in a message; one of thousands of digits cannot be written out at all."""
    return str(value) if abs(value) < 10**30 else "a number of more than 30 digits"


def check_engine(name: str, scheduler: str | None) -> list[Problem]:
    """Everything wrong with the choice of an engine."""
    if name not in ENGINES:
        hint = did_you_mean(name, ENGINES) or f"the engines are {', '.join(ENGINES)}"
        return [Problem("--engine", f"unknown engine {name!r}", hint)]
    if name == "dask" and not scheduler:
        return [Problem("--engine dask", "needs --scheduler", START_A_CLUSTER)]
    if name == "dask" and scheduler and not re.fullmatch(r"\w+://.+:\d+", scheduler):
        what = f"{scheduler!r} is not an address such as tcp://HOST:8786"
        return [Problem("--scheduler", what, START_A_CLUSTER)]
    if name != "dask" and scheduler:
        return [Problem("--scheduler", f"has no meaning with --engine {name}", "use --engine dask")]
    return []

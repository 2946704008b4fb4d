"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import partial, wraps
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

import click

from sim.runs.options import REPLICATIONS, OptionHelp, RunOptions

_F = TypeVar("_F", bound=Callable[..., Any])
_Decorator = Callable[[Any], Any]


# The kinds of options, so that each is written alike in every command.
whole_number = partial(click.option, type=int, metavar="N", show_default=True)
name_of = partial(click.option, metavar="NAME", show_default=True)
names_of = partial(click.option, metavar="NAME", multiple=True)
levers_of = partial(click.option, metavar="LEVER=VALUE", multiple=True)
path_to = partial(click.option, type=click.Path(path_type=Path), show_default=True)
flag = partial(click.option, is_flag=True)

SCENARIO = name_of("--scenario", required=True, help="The scenario: a name or a file.")
AGAINST = names_of(
    "--against", help="Compare with this scenario instead of those it names itself (repeat it)."
)
NO_CHARTS = flag("--no-charts", help="Draw no charts.")


def comparison_options(command: _F) -> _F:
    """What is compared, and how many runs it takes."""
    return _all(
        command,
        AGAINST,
        flag("--alone", help="Compare with nothing."),
        levers_of(
            "--set", "levers", help="Set a lever in the scenario under test only (repeat it)."
        ),
        levers_of(
            "--set-all",
            "levers_of_all",
            help="Set a lever in every scenario of the run (repeat it).",
        ),
        names_of(
            "--without",
            metavar="MECHANISM",
            help="Switch a mechanism or loop off in the scenario under test (repeat it); "
            "`simulate loops --list` names them.",
        ),
        name_of(
            "--beliefs",
            help="Rival beliefs about the world: central, critics, evidence, reformers, "
            "sticks-momentum, sticks-no-pull, sticks-own-trends or a file.",
        ),
        names_of(
            "--precision",
            metavar="METRIC=AMOUNT",
            help="Run until the paired interval reaches AMOUNT to either side: 0.5 in the metric's "
            "unit, or 2% of the tested scenario's mean (repeat it).",
        ),
        whole_number("--ceiling", help="With --precision: at most N. [default: 1000]"),
        whole_number("--events", default=1, help="Keep every event of the first N replications."),
        flag("--no-charts", help="Draw no charts and write no explorer."),
    )


def run_options(
    command: _F, usual: int = REPLICATIONS, only: Mapping[str, object] | None = None
) -> _F:
    """The fields of RunOptions as options; the command is given them together as `how`.

    `usual` is the number of replications where none is given. A command that takes some of the
    fields `only` gives them with their defaults.
    """
    only = {field.name: field.default for field in fields(RunOptions)} if only is None else only

    @wraps(command)
    def with_how(*arguments: Any, **values: Any) -> Any:
        how = RunOptions(**{name: values.pop(name) for name in only})
        return command(*arguments, how=how, **values)

    return cast(_F, _all(with_how, *_run_options(usual, only)))


def _run_options(usual: int, only: Mapping[str, object]) -> list[_Decorator]:
    hints = get_type_hints(RunOptions, include_extras=True)
    options = []
    for option in fields(RunOptions):
        if option.name not in only:
            continue
        annotated, about = get_args(hints[option.name])
        assert isinstance(about, OptionHelp)
        kinds = {int, float, bool} & {annotated, *get_args(annotated)}
        kind: Any = kinds.pop() if kinds else str
        words, default = about.text, only[option.name]
        if option.name == "replications" and default is None:
            words += f" [default: {usual}]"
        if option.name == "out":
            kind, default = click.Path(path_type=Path), Path("outputs")
        options.append(
            click.option(
                f"--{option.name}",
                type=kind,
                is_flag=kind is bool,
                default=default,
                metavar=about.metavar,
                show_default=kind is not bool and default is not None,
                help=words,
            )
        )
    return options


def _all(command: _F, *decorators: _Decorator) -> _F:
    decorated: Any = command
    for decorate in reversed(decorators):
        decorated = decorate(decorated)
    return cast(_F, decorated)


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Read "name=value" texts. Raises InputError with everything wrong."""
    from sim.inputs.files.problems import Problem, raise_if_any

    values: dict[str, str] = {}
    problems: list[Problem] = []
    for text in texts:
        name, equals, value = (word.strip() for word in text.partition("="))
        if not (name and equals and value):
            problems.append(Problem(f"{option} {text}", "is not of the form name=value"))
        elif name in values:
            problems.append(Problem(f"{option} {text}", f"gives {name} a second time"))
        values[name] = value
    raise_if_any(problems)
    return values

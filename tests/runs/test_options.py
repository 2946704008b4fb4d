"""The options of a run are declared once."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import get_type_hints

import click
import pytest

import sim
from sim.cli.commands import simulate
from sim.cli.study_commands import sweep
from sim.runs.options import RunKeywords, RunOptions

pytestmark = pytest.mark.quick


def test_keywords_and_fields_agree() -> None:
    assert get_type_hints(RunKeywords) == get_type_hints(RunOptions)


@pytest.mark.parametrize("function", [sim.simulate, sim.sweep])
def test_the_public_functions_show_every_option_with_its_default(function: object) -> None:
    parameters = inspect.signature(function).parameters  # type: ignore[arg-type]
    for option in fields(RunOptions):
        assert parameters[option.name].default == option.default
        assert parameters[option.name].kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize("command", [simulate, sweep])
def test_the_command_line_has_every_option_with_the_same_default(command: click.Command) -> None:
    options = {option.name: option for option in command.params if isinstance(option, click.Option)}
    for option in fields(RunOptions):
        given = options[option.name]
        assert given.help
        if option.name != "out":  # a temporary folder from Python, outputs/ from the command line
            assert given.get_default(click.Context(command)) == option.default
    assert options["seed"].help == "Random seed."
    assert options["replications"].help == "Number of replications. [default: 50]"


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="replication"):
        sim.simulate("trusts-2016", replication=3)  # type: ignore[call-arg]

"""`simulate check` and `simulate schema`: whether a file is sound, and what an editor can know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.shared_options import flag, path_to
from sim.inputs.files.problems import InputError
from sim.report.tables.terminal import print_line, print_text

if TYPE_CHECKING:
    from sim.inputs.checked_file import CheckedFile

_BAD = 2  # the exit code of bad input


@click.command()
@click.argument("files", nargs=-1, required=True)
@flag("--quiet", "-q", help="Say nothing of files that are sound.")
def check(files: tuple[str, ...], quiet: bool) -> None:
    """Check FILES (scenarios, beliefs or rules) without running anything.

    A file, a pattern such as 'my/*.toml', a folder, or the name of a scenario. Every problem is
    told at once, with its line and key. The exit code is 0 where all are sound, and else 2.
    """
    from sim.inputs.checked_file import NOT_OURS, check_file, files_named

    wrong = 0
    for name in files:
        try:
            paths, certain = files_named(name)
        except InputError as error:
            wrong += _refuse(error)
            continue
        for path in paths:
            try:
                checked = check_file(path)
            except InputError as error:
                if not certain and error.problems[0].what == NOT_OURS:
                    continue  # a folder may hold other files
                wrong += _refuse(error)
                continue
            if not quiet:
                _tell(checked)
    if wrong:
        raise click.exceptions.Exit(_BAD)


def _refuse(error: InputError) -> int:
    print_line(error, err=True)
    return 1


def _tell(checked: CheckedFile) -> None:
    """Say that a file is sound, and what it does."""
    from sim.inputs.files.text_file import display_path
    from sim.report.words.file_words import beliefs_in_words, rules_in_file, scenario_in_words

    print_line(f"{display_path(checked.path)}: sound")
    if checked.scenario is not None:
        print_text(scenario_in_words(checked.scenario), "  ")
    elif checked.beliefs is not None:
        print_text(beliefs_in_words(*checked.beliefs), "  ")
    elif checked.rules is not None:
        print_text(rules_in_file(*checked.rules), "  ")


@click.command()
@click.argument("kind", required=False, type=click.Choice(["scenario", "beliefs", "rules"]))
@path_to("--write", "folder", help="Write all three into this folder.")
def schema(kind: str | None, folder: Path | None) -> None:
    """Print the JSON Schema of a KIND of file, for an editor that completes and explains.

    Without KIND: where the schemas are, and the line that names one to an editor.
    """
    from sim.inputs.file_schemas import KINDS, schema_path, schema_text
    from sim.report.output_files import write_files, writing

    if kind and folder:
        raise click.UsageError("give a KIND or --write, not both")
    if folder is not None:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            write_files({folder / f"{one}.json": schema_text(one).encode() for one in KINDS})
        print_line(f"{len(KINDS)} schemas are in {folder}")
    elif kind is not None:
        print_line(schema_text(next(one for one in KINDS if one == kind)).rstrip())
    else:
        print_text(
            "An editor that knows JSON Schema for TOML (Taplo, Even Better TOML) takes the schema "
            "of a file from its first line. One of:"
        )
        for one in KINDS:
            print_line(f"  #:schema {schema_path(one).as_uri()}")

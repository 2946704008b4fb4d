"""`simulate explorer`: the page of a run that can be asked, with a study and sweeps."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.shared_options import names_of, path_to
from sim.report.tables.terminal import print_line


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@path_to(
    "--study",
    metavar="FOLDER",
    help="An exploration of futures (`simulate explore`): a reader's beliefs can then be changed.",
)
@names_of(
    "--sweep",
    "sweeps",
    metavar="FOLDER",
    help="A sweep (`simulate sweep`), whose lever can then be moved; or LEVER=A,B,C, which is run "
    "first, as often as RUN (repeat it).",
)
@path_to("--out", help="Where to write it, instead of the run folder.")
def explorer(run: Path, study: Path | None, sweeps: tuple[str, ...], out: Path | None) -> None:
    """Write the page of the run folder RUN that a reader can ask: the answer, a lever, a
    council, what you believe, how far to trust it. It needs nothing beside it."""
    import sim
    from sim.runs.sweep import grid_of_texts

    opened = sim.open_run(run)
    folders = [
        opened.sweep(grid_of_texts([text]), out=run.parent.parent).folder
        if "=" in text and not Path(text).is_dir()
        else Path(text)
        for text in sweeps
    ]
    print_line(opened.explorer(out, study=study, sweeps=folders))

"""What a run folder gives: pages, charts, a workbook, open data, and whether it is sound."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.shared_options import name_of, names_of, path_to
from sim.report.tables.terminal import print_line, print_text

_RUN = click.argument("run", type=click.Path(path_type=Path))
_FOLDER = click.argument("folder", type=click.Path(path_type=Path))
_OUT = path_to("--out", help="Where to write it, instead of the run folder.")


@click.command()
@_RUN
@name_of("--audience", default="minister", metavar="WHO", help="minister, director or researcher.")
@name_of("--format", "fmt", default="html", metavar="KIND", help="html or docx.")
@path_to(
    "--study",
    "studies",
    multiple=True,
    metavar="FOLDER",
    help="Report what this study found (of `simulate explore`, `beliefs`, `sensitivity` or "
    "`attribute`; repeat it).",
)
@path_to(
    "--backtest",
    metavar="FOLDER",
    help="The back-test to report: a folder of `simulate validate`. [default: the program's own]",
)
@_OUT
def briefing(
    run: Path,
    audience: str,
    fmt: str,
    studies: tuple[Path, ...],
    backtest: Path | None,
    out: Path | None,
) -> None:
    """Write a briefing from the run folder RUN, or from the folder of a study (beliefs,
    explore, sensitivity, attribute): one page that needs nothing else."""
    from sim.inputs.files.problems import InputError, Problem
    from sim.report.briefing.pages import briefing as write
    from sim.results.study_folder import is_study

    if is_study(run) and fmt == "html":
        from sim.report.briefing.study_page import study_page

        if studies or backtest:
            raise InputError(
                Problem(
                    str(run),
                    "is a study, and the page of a study tells of that study alone",
                    "give --study and --backtest with the folder of a run",
                )
            )
        print_line(study_page(run, out))
        return
    print_line(write(run, audience, fmt, out, backtest=backtest, studies=studies))


@click.command()
@_RUN
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
@_OUT
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


@click.command()
@_RUN
def charts(run: Path) -> None:
    """Draw the charts and maps of the run folder RUN again."""
    from sim.report.charts.all_charts import make_charts
    from sim.report.output_files import writing

    with writing(run / "charts"):
        paths = make_charts(run)
    print_line(f"{len(paths)} files in {run / 'charts'}")


@click.command()
@_RUN
@_OUT
def workbook(run: Path, out: Path | None) -> None:
    """Write an accessible workbook (.xlsx) of the results in the run folder RUN."""
    from sim.report.tables.workbook import workbook as write

    print_line(write(run, out))


@click.command()
@_RUN
@_OUT
def opendata(run: Path, out: Path | None) -> None:
    """Write the results by council in RUN as open data, with metadata, and check them."""
    from sim.report.tables.opendata import open_data

    for path in open_data(run, out):
        print_line(path)


@click.command()
@_FOLDER
def verify(folder: Path) -> None:
    """Check that the record, scenarios and outputs of FOLDER belong together.

    Leaves with code 1 where the folder is not what the run wrote. Other code, seeds, plug-in
    regimes or libraries here than those of the run are reported, but are no fault of the folder.
    """
    from sim.results.verification import verify as check

    verification = check(folder)
    words = {True: "sound", False: "WRONG", None: "differs"}
    for finding in verification.findings:
        print_line(f"{words[finding.sound]:8} {finding.what:10} {finding.detail}")
    if not verification.intact:
        print_text("The folder is not what the run wrote.")
        raise click.exceptions.Exit(1)
    if verification.same_here:
        print_text("All belong together, and the code here can make the run again.")
    else:
        other = [finding.what for finding in verification.findings if finding.sound is None]
        what = ", ".join(dict.fromkeys(other))
        print_text(f"The folder is whole, but not all here is known to be as in the run: {what}.")


@click.command()
@_FOLDER
def luck(folder: Path) -> None:
    """Show how much it helped in FOLDER that scenarios share random streams."""
    from sim.report.tables.run_terminal import print_luck, print_spread

    print_luck(folder)
    print_spread(folder)

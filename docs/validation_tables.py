"""Puts the tables of the last `simulate calibrate` and `simulate validate` into validation.md.

python docs/validation_tables.py [folder]        (outputs/validate unless said)

The tables of the back-test are also copied into the package, as the back-test that briefings cite.
Where the folder has no `parameters.csv` of a calibration, no `panel.csv` of a `simulate panel`, or
no `reproduction.csv` of a `simulate reproduce`, that table of the page is left as it is.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from sim.report.tables.backtest_terminal import (
    COUNCIL_HEADER,
    PATTERN_HEADER,
    SUMMARY_HEADER,
    council_rows,
    pattern_rows,
    summary_rows,
)
from sim.report.tables.measure_rows import (
    WIDTH_HEADER,
    group_rows,
    measure_header,
    measure_rows,
    start_header,
    verdict,
    width_rows,
)
from sim.report.tables.panel_terminal import count_rows, missed_rows, read_comparison
from sim.report.tables.reproduction_terminal import (
    HEADER,
    TITLES,
    read_reproduction,
    reproduction_rows,
)
from sim.results.backtest_folder import FILES, OURS, open_backtest

PAGE = Path(__file__).with_name("validation.md")
PARAMETERS = 16  # in the table


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def parameters(folder: Path) -> str:
    """Prior against posterior of the parameters that the record says most about."""
    table_of_fit = pd.read_csv(folder / "parameters.csv")
    fitted = table_of_fit[table_of_fit["fitted"] == 1]
    weight = fitted["narrowing"].clip(lower=0) + fitted["shift"].abs()
    rows = [
        (
            f"`{row['parameter']}`",
            *(
                f"{row[f'{when}_p50']:.3g} ({row[f'{when}_p05']:.3g} to {row[f'{when}_p95']:.3g})"
                for when in ("prior", "posterior")
            ),
            f"{max(row['narrowing'], 0):.0%}",
        )
        for _, row in fitted.loc[weight.nlargest(PARAMETERS).index].iterrows()
    ]
    return table(("parameter", "prior", "posterior", "narrower by"), rows)


def scorecard(folder: Path) -> str:
    """Coverage, width and skill by start and window."""
    return table(SUMMARY_HEADER, summary_rows(open_backtest(folder).summary))


def councils(folder: Path) -> str:
    """Mean scores over councils, and the share inside the widest interval."""
    header, *rows = (COUNCIL_HEADER, *council_rows(open_backtest(folder).councils))
    return table((*header[:6], header[-1]), [(*row[:6], row[-1]) for row in rows])


def measures(folder: Path) -> str:
    """Every measure of how good the model is beside its bar; groups and widths that are behind
    it."""
    backtest = open_backtest(folder)
    judged, sharp, widths = backtest.measures, backtest.sharp, backtest.widths
    last = widths["start"].astype(str).max()
    return "\n\n".join(
        (
            verdict(judged),
            table(measure_header(judged), measure_rows(judged)),
            "Scores over those of the hardest rival, by group of figures:",
            table(("group", *start_header(sharp)), group_rows(sharp)),
            f"Widths of intervals from {last}, mean by kind of figure:",
            table(WIDTH_HEADER, width_rows(widths)),
        )
    )


def patterns(folder: Path) -> str:
    """Patterns that were not fitted."""
    rows = pattern_rows(open_backtest(folder).patterns, digits=2)
    return table(PATTERN_HEADER[:-1], [row[:-1] for row in rows])


def panel(folder: Path) -> str:
    """How many estimates simulated councils return, and the headline ones that they miss."""
    rows = read_comparison(folder / "panel.csv")
    counts = table(("of the record", "headline estimates within", "all within"), count_rows(rows))
    header = ("estimate", "published", "record", "simulated")
    return f"{counts}\n\nHeadline estimates that are missed:\n\n{table(header, missed_rows(rows))}"


def reproduction(folder: Path) -> str:
    """Every result of the studies: paper, record, simulated councils."""
    rows = read_reproduction(folder / "reproduction.csv")
    parts = (
        f"**{title}**\n\n{table(HEADER, reproduction_rows(rows, study))}"
        for study, title in TITLES.items()
    )
    return "\n\n".join(parts)


# What each table is made from, where the folder of a back-test need not have it.
NOT_ALWAYS = {
    "parameters": "parameters.csv",
    "measures": "measures.csv",
    "panel": "panel.csv",
    "reproduction": "reproduction.csv",
}


def main() -> None:
    """Fill every marked place of the page."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "outputs/validate")
    text = PAGE.read_text(encoding="utf-8")
    for make in (parameters, scorecard, councils, measures, patterns, panel, reproduction):
        name = make.__name__
        if name in NOT_ALWAYS and not (folder / NOT_ALWAYS[name]).is_file():
            continue
        before, rest = text.split(f"<!-- {name} -->", 1)
        after = rest.split("<!-- end -->", 1)[1]
        text = f"{before}<!-- {name} -->\n\n{make(folder)}\n\n<!-- end -->{after}"
    PAGE.write_text(text, encoding="utf-8")
    OURS.mkdir(exist_ok=True)
    for file in FILES:
        shutil.copyfile(folder / file, OURS / file)


if __name__ == "__main__":
    main()

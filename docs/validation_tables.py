"""Puts what the two fits say, and the tables of the last `simulate validate`, `panel` and
`reproduce`, into validation.md and estimators.md.

python docs/validation_tables.py [folder]        (outputs/validate unless said)

Prior and posteriors come from the seeds. The tables of the back-test are also copied into the
package, as the back-test that briefings cite. Where the folder has no `panel.csv` of a
`simulate panel`, or no `reproduction.csv` of a `simulate reproduce`, that table is left as it is.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from sim.inputs.evidence.ledger import load_ledger
from sim.report.tables.backtest_terminal import (
    PATTERN_HEADER,
    SUMMARY_HEADER,
    pattern_rows,
    summary_rows,
)
from sim.report.tables.council_group_rows import ERROR_HEADER, SCORE_HEADER, error_rows, score_rows
from sim.report.tables.fit_terminal import (
    FIGURES_HEADER,
    OUTSIDE_HEADER,
    POSTERIOR_HEADER,
    figure_counts,
    figures_outside,
    is_informed,
    posterior_rows,
    uninformed,
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
from sim.validation.fits.fit_register import read_register
from sim.validation.fits.posteriors import FITS, posteriors

PAGES = tuple(Path(__file__).with_name(f"{name}.md") for name in ("validation", "estimators"))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def fits(_: Path) -> str:
    """What each of the two fits was made to and with."""
    register = read_register()
    rows = [
        (
            *(fit, f"`{file}`", str(register[file].until), str(register[file].figures)),
            *(str(len(register[file].moved)), f"{register[file].countries:,}"),
            *(str(register[file].seed), f"`{register[file].code}`", f"`{register[file].seeds}`"),
        )
        for fit, file in FITS.items()
    ]
    header = ("fit", "sets in", "to", "figures", "parameters that figures could move", "countries")
    return table((*header, "random seed", "code", "seeds"), rows)


def posterior(_: Path) -> str:
    """Prior and both posteriors of every parameter of which a fit says something."""
    both = posteriors(load_ledger())
    rows = posterior_rows(both[is_informed(both)])
    return table(POSTERIOR_HEADER, [(f"`{name}`", *cells) for name, *cells in rows])


def cannot_tell(_: Path) -> str:
    """The parameters of which neither fit says anything, by what hangs on them."""
    both = posteriors(load_ledger())
    silent = uninformed(both)
    count = sum(map(len, silent.values()))
    lines = [
        f"- **Impact {rating}** ({len(names)}): {', '.join(f'`{name}`' for name in names)}."
        for rating, names in silent.items()
        if rating != "green"
    ]
    rest = f"- **Impact green** ({len(silent.get('green', ()))}): `simulate posterior` names them."
    return "\n".join((f"{count} of {len(both)} parameters:", "", *lines, rest))


def fitted_figures(folder: Path) -> str:
    """How the second fit gives back what it was fitted to."""
    figures = pd.read_csv(folder / "fitted-figures.csv")
    outside = table(OUTSIDE_HEADER, figures_outside(figures))
    return f"{table(FIGURES_HEADER, figure_counts(figures))}\n\nOutside 95 %:\n\n{outside}"


def scorecard(folder: Path) -> str:
    """Coverage, width and skill by start and window."""
    return table(SUMMARY_HEADER, summary_rows(open_backtest(folder).summary))


def councils(folder: Path) -> str:
    """By quantity and start: mean score over councils against the better naive forecast, and the
    share inside the widest interval."""
    scores = open_backtest(folder).councils
    starts = sorted(scores["start"].astype(str).unique())
    cells: dict[str, dict[str, str]] = {}
    for row in scores.to_dict("records"):
        name = row["quantity"].replace(" of each council", "").replace(" at the start", "")
        inside = "" if pd.isna(row["inside95"]) else f", {row['inside95']:.0%}"
        ratio = row["model"] / min(row["no_change"], row["drift"])
        cells.setdefault(name, {})[str(row["start"])] = f"{ratio:.2f}{inside}"
    header = ("quantity", *(f"from {start}" for start in starts))
    return table(header, [(name, *(own.get(s, "") for s in starts)) for name, own in cells.items()])


def council_groups(folder: Path) -> str:
    """Where it loses: by quantity, the groups of councils at either end."""
    groups = open_backtest(folder).groups
    return f"{table(SCORE_HEADER, score_rows(groups))}\n\n{table(ERROR_HEADER, error_rows(groups))}"


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
    """The results of the studies: paper, record, simulated councils. What a figure is said to be
    stands beside it only where it is not as published; single years and grades of LESSER that
    agree throughout are left to the command."""
    rows = read_reproduction(folder / "reproduction.csv")
    header = [name for name in HEADER if name]

    def parts(row: Sequence[str]) -> list[str]:
        pairs = zip(row[2::2], row[3::2], strict=True)
        return [*row[:2], *(f"{f}, **{v}**" if v not in AS_PUBLISHED else f for f, v in pairs)]

    def tells(row: Sequence[str]) -> bool:
        return not any(part in row[0] for part in LESSER) or not {*row[3::2]} <= {*AS_PUBLISHED}

    tables = (
        f"**{title}**\n\n{table(header, map(parts, filter(tells, reproduction_rows(rows, study))))}"
        for study, title in TITLES.items()
    )
    return "\n\n".join(tables)


LESSER = ("early help of 20", "report: requires improvement", "report: good or better")
# Verdicts that need no words.
AS_PUBLISHED = ("", "within", "as published")
# What each table is made from, where the folder of a back-test need not have it.
NOT_ALWAYS = {
    "fitted_figures": "fitted-figures.csv",
    "council_groups": "council_groups.csv",
    "measures": "measures.csv",
    "panel": "panel.csv",
    "reproduction": "reproduction.csv",
}


MAKERS = (
    *(fits, posterior, cannot_tell, scorecard, councils, measures, council_groups),
    *(fitted_figures, patterns, panel, reproduction),
)


def main() -> None:
    """Fill every marked place of the page."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "outputs/validate")
    texts = {page: page.read_text(encoding="utf-8") for page in PAGES}
    for make in MAKERS:
        name = make.__name__
        if name in NOT_ALWAYS and not (folder / NOT_ALWAYS[name]).is_file():
            continue
        (page,) = (page for page, text in texts.items() if f"<!-- {name} -->" in text)
        before, rest = texts[page].split(f"<!-- {name} -->", 1)
        after = rest.split("<!-- end -->", 1)[1]
        texts[page] = f"{before}<!-- {name} -->\n\n{make(folder)}\n\n<!-- end -->{after}"
    for page, text in texts.items():
        page.write_text(text, encoding="utf-8")
    OURS.mkdir(exist_ok=True)
    for file in FILES:
        shutil.copyfile(folder / file, OURS / file)


if __name__ == "__main__":
    main()

"""The two fits as a person reads them on the terminal: parameters, and figures given back."""

from __future__ import annotations

from datetime import date

import pandas as pd

from sim.report.tables.terminal import print_lines, print_table, print_title

Rows = list[tuple[str, ...]]

POSTERIOR_HEADER = ("parameter", "prior", "first fit", "second fit", "moved")
FIGURES_HEADER = ("figures", "number", "in 50 %", "in 80 %", "in 95 %")
OUTSIDE_HEADER = ("figure", "observed", "median", "95 %")
_RATINGS = ("red", "amber", "green")


def print_posteriors(table: pd.DataFrame, *, everything: bool) -> None:
    """Print the parameters of which the record says something (`everything`: all), and the names of
    those of which it says nothing, those on which most depends first."""
    rows = posterior_rows(table if everything else table[is_informed(table)])
    print_table(
        "What the record says of the parameters",
        POSTERIOR_HEADER,
        rows,
        below="mean (80 % range); moved: from the first fit to the second, in standard deviations "
        "of the prior",
        right=(4,),
    )
    silent = uninformed(table)
    count = sum(len(names) for names in silent.values())
    print_title(f"What the data cannot tell ({count} of {len(table)}): as wide as the prior")
    for rating, names in silent.items():
        print_lines([f"impact {rating} ({len(names)}): {', '.join(names)}"], "  ")


def is_informed(table: pd.DataFrame) -> pd.Series:
    """Which parameters one of the fits says something of."""
    informed: pd.Series = table["informed_first"] | table["informed_second"]
    return informed


def posterior_rows(table: pd.DataFrame) -> Rows:
    """One row a parameter, what is told most clearly first."""
    clear = table[["narrower_first", "narrower_second"]].max(axis=1).clip(lower=0.0)
    clear = clear + table["moved"].abs()
    order = clear.sort_values(ascending=False, kind="stable").index
    return [
        (
            str(row["parameter"]),
            *(
                "{} ({} to {})".format(
                    *(_short(row[f"{of}_{at}"]) for at in ("mean", "p10", "p90"))
                )
                for of in ("prior", "first", "second")
            ),
            f"{row['moved']:+.2f}",
        )
        for _, row in table.loc[order].iterrows()
    ]


def _short(value: float) -> str:
    """Three digits; nought where only rounding is left."""
    return f"{0.0 if abs(value) < 1e-12 else value:.3g}"


def uninformed(table: pd.DataFrame) -> dict[str, list[str]]:
    """The names of the parameters of which neither fit says anything, by the ledger's rating of
    what hangs on them, most first."""
    silent = table[~is_informed(table)]
    return {
        rating: silent.loc[silent["impact"] == rating, "parameter"].tolist()
        for rating in _RATINGS
        if (silent["impact"] == rating).any()
    }


def print_fitted_figures(figures: pd.DataFrame, until: date) -> None:
    """Print how a fit gives back the figures that it was fitted to, group by group, and those
    outside the widest interval."""
    print_table(
        f"The fit that every run uses, to {until}: the figures that it was fitted to",
        FIGURES_HEADER,
        figure_counts(figures),
        below="no test of the model: the fit has seen all of them",
        right=range(1, 5),
    )
    outside = figures_outside(figures)
    print_table(f"Fitted figures outside 95 % ({len(outside)})", OUTSIDE_HEADER, outside)


def figure_counts(figures: pd.DataFrame) -> Rows:
    """How many figures, and the share of them inside each interval, by group and in all."""
    parts = [*figures.groupby("group", sort=True), ("all", figures)]
    return [
        (
            str(name),
            str(len(part)),
            *(f"{part[f'inside{level}'].mean():.0%}" for level in (50, 80, 95)),
        )
        for name, part in parts
    ]


def figures_outside(figures: pd.DataFrame) -> Rows:
    """Each figure outside the interval of 95 %."""
    return [
        (
            str(row["figure"]),
            f"{row['observed']:.4g}",
            f"{row['median']:.4g}",
            f"{row['low95']:.4g} to {row['high95']:.4g}",
        )
        for _, row in figures[figures["inside95"] == 0].iterrows()
    ]

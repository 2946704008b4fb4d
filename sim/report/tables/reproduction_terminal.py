"""Simulated councils in published studies, as a person reads it on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sim.report.tables.panel_terminal import Row, read_comparison
from sim.report.tables.terminal import print_table

TITLES = {
    "K1": "K1 Reports and spending: Webb, Bennett and Bywaters 2022, odds ratios",
    "K2": "K2 Early help and need: Webb 2021, elasticities",
    "K3": "K3 The year of a report: Bennett and others 2022, directions only",
    "K4": "K4 The year of a report, with figures: own estimate in the form of K3, rate ratios",
    "K5": "K5 After an inadequate report: Hood and Goldacre 2021, directions only",
}
HEADER = ("result", "paper", "record", "", "simulated", "", "priors twice as wide", "")
PRIORS_HEADER = ("parameter", "prior", "rests on")
PRIORS_TITLE = "Priors that rest on a study reproduced here"
PRIORS_BELOW = (
    "No study is fitted to. These priors were set with one in view, so that its rows are no "
    "independent test; the last columns draw them twice as wide about their central values."
)
_TEXTS = (
    *("id", "study", "quantity", "unit", "basis", "sample", "record_verdict"),
    *("simulated_verdict", "wider_verdict", "rests_on_study", "source"),
)
_DIRECTIONS = {"rises": "rises", "no rise": "no rise"}
_SILENT = "no interval"


def print_reproduction(rows: Sequence[Row], priors: Iterable[Sequence[str]]) -> None:
    """Print rows of a reproduction (by the names of its columns) study by study, and the priors
    that rest on a study: parameter, prior, studies."""
    for study, title in TITLES.items():
        print_table(title, HEADER, reproduction_rows(rows, study))
    print_table(PRIORS_TITLE, PRIORS_HEADER, priors, below=PRIORS_BELOW)


def reproduction_rows(rows: Iterable[Row], study: str) -> list[tuple[str, ...]]:
    """The results of a study: what, then figures and verdicts as in HEADER."""
    return [
        (
            str(row["quantity"]),
            _DIRECTIONS.get(str(row["basis"])) or _figures(row, "published", "low", "high"),
            *_column(row, "record"),
            *_column(row, "simulated"),
            *_column(row, "wider"),
        )
        for row in rows
        if row["study"] == study
    ]


def read_reproduction(path: Path) -> list[Row]:
    """The rows of a reproduction that was written."""
    return read_comparison(path, _TEXTS)


def _column(row: Row, name: str) -> tuple[str, str]:
    verdict = str(row[f"{name}_verdict"])
    return _figures(row, name, f"{name}_low", f"{name}_high"), "" if verdict == _SILENT else verdict


def _figures(row: Mapping[str, object], *names: str) -> str:
    """0.97 (0.66 to 1.44), or the figure alone."""
    middle, low, high = (_short(row[name]) for name in names)
    return f"{middle} ({low} to {high})" if low and high else middle


def _short(value: object) -> str:
    assert isinstance(value, float | int)
    if value != value:
        return ""
    size = abs(value)
    return f"{value:.{1 if size >= 10.0 else 2 if size >= 0.1 else 3}f}"

"""A study as a person reads it on a screen: tables, and sentences made from them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.findings.cited_study import StudyFolder, open_study
from sim.report.findings.study_findings import findings, kind_rows
from sim.report.findings.study_words import amount, belief_sentences
from sim.report.tables.screen import heading, make_console, print_table
from sim.report.words.prose import decimals, listed, number
from sim.results.run_folder import label

if TYPE_CHECKING:
    from rich.console import Console

TOLD = 12


def print_beliefs(folder: Path, metric: str) -> None:
    """Regimes by beliefs: outcome, interval, winner, regret."""
    study = open_study(folder)
    table = study.table("beliefs")
    rows = table[table["metric"] == metric]
    console = make_console()
    runs = int(rows["n"].max())
    heading(
        console,
        f"{METRICS[metric].label}: England, {study.period}, {runs} replications each",
        "mean (* best; ** clearly best) and [95 % interval of the mean]; below it the regret: "
        "how much worse than the best under the same beliefs, with its simultaneous interval",
    )
    scale = METRICS[metric].scale
    beliefs = list(dict.fromkeys(rows["beliefs"]))
    places = (decimals(scale * rows["mean"]), decimals(scale * rows["regret"]))
    cells = []
    for scenario in dict.fromkeys(rows["scenario"]):
        here = rows[rows["scenario"] == scenario].set_index("beliefs")
        outcomes = (_outcome(here.loc[b], scale, places) for b in beliefs)
        cells.append((label(str(scenario)), *outcomes))
    print_table(console, ("", *beliefs), cells)
    _say(study, "What follows", belief_sentences(table, metric))


def print_exploration(folder: Path) -> None:
    """Robustness, for whom, break-even, boxes and what to find out."""
    study = open_study(folder)
    console = make_console()
    facts = study.facts
    metric = str(facts["metric"])
    scale = METRICS[metric].scale
    table = study.table("robust")
    futures = len(study.table("futures"))
    drawn = f"drawn from {facts['beliefs']}"
    if facts["vary"]:
        drawn = f"in which only {listed(facts['vary'])} vary"
    heading(
        console,
        f"{METRICS[metric].label}: {futures} futures {drawn}, "
        f"{study.record['replications']} replications each, {study.period}",
        f"regret: how much worse than the best regime of the same future. Nearly best: worse by "
        f"at most {facts['tolerance']:.0%} of the best mean"
        + (f"; {facts['left_out']} futures without a figure left out" if facts["left_out"] else ""),
    )
    header = ("", "mean", "± 95 %", "best in", "nearly best in", "mean regret", "95th", "greatest")
    rows = [
        (
            label(str(row["scenario"])),
            *(amount(scale * row[name]) for name in ("mean", "ci95_half")),
            *(f"{row[name]:.0%}" for name in ("best_share", "within_share")),
            *(amount(scale * row[n]) for n in ("regret_mean", "regret_p95", "regret_most")),
        )
        for _, row in table.iterrows()
    ]
    print_table(console, header, rows)
    _tell_step(study, console)
    for title, sentences in findings(study):
        if title != "For whom":
            _say(study, title, sentences)
            continue
        heading(
            console,
            "For whom, by years inadequate",
            "share of futures in which a regime is best for such councils (best or nearly so)",
        )
        print_table(console, ("", *(label(name) for name in study.scenarios)), [*kind_rows(study)])
        for sentence in sentences:
            console.print(f"- {sentence}", markup=False, highlight=False)


def print_sensitivity(folder: Path) -> None:
    """The factors that matter most, with the noise floor."""
    study = open_study(folder)
    shares = study.facts["method"] == "shares"
    table = study.table("shares" if shares else "screening")
    first, second = (label(name) for name in study.scenarios[:2])
    console = make_console()
    metric = METRICS[str(study.facts["metric"])]
    what = (
        "share of the variance alone, and with interactions; ± 95 %"
        if shares
        else f"effect of a factor over its range, {metric.unit}: signed mean, size ± 95 %, sd"
    )
    heading(console, f"{first} less {second}: {metric.label}, {study.period}", what)
    own = table["factor"].isin(["luck", "nothing"])
    shown = pd.concat([table[~own].head(TOLD), table[own]])
    columns = [c for c in table.columns if c not in ("factor", "above_noise")]
    rows = [
        (
            str(row["factor"]),
            *("" if _no_sign(row, c) else number(float(row[c]), 2) for c in columns),
            "yes" if row["above_noise"] else "",
        )
        for _, row in shown.iterrows()
    ]
    named = ("± 95 %" if c.endswith("_half") else c.replace("_", " ") for c in columns)
    header = ("factor", *named, "above the noise")
    print_table(console, header, rows)
    _tell_step(study, console)
    floor = number(float(study.facts["noise_floor"]), 2)
    console.print(
        f"Noise floor {floor}: what a change too small to matter does, at the top of its interval. "
        f"`luck` is the choice of the replication.",
        highlight=False,
    )


def _tell_step(study: StudyFolder, console: Console) -> None:
    if study.step:
        console.print(study.step, markup=False, highlight=False)


def print_attribution(folder: Path) -> None:
    """What each part adds, and how they act together."""
    study = open_study(folder)
    metric = METRICS[str(study.facts["metric"])]
    table = study.table("attribution")
    console = make_console()
    heading(
        console,
        f"Parts of {label(study.scenarios[0])}: {metric.label}, {study.period}",
        f"{metric.unit}; each part switched off under the same luck, beliefs {study.beliefs}",
    )
    rows = [
        (
            str(row["title"]),
            number(float(row["effect"]), 2),
            "" if pd.isna(row["ci95_half"]) else number(float(row["ci95_half"]), 2),
        )
        for _, row in table.iterrows()
    ]
    print_table(console, ("", "effect", "± 95 %"), rows)


def _outcome(row: pd.Series[float], scale: float, places: tuple[int, int]) -> str:
    """One cell; `places` are those of means and of regrets, the same over the whole table."""
    mark = " **" if row["clear"] else " *" if row["winner"] else ""
    mean, low, high = (number(scale * row[n], places[0]) for n in ("mean", "ci95_low", "ci95_high"))
    regret, least, most = (
        number(scale * row[n], places[1]) for n in ("regret", "regret_ci95_low", "regret_ci95_high")
    )
    below = "" if row["winner"] else f"\n{regret} [{least} to {most}]"
    return f"{mean}{mark} [{low} to {high}]{below}"


def _no_sign(row: pd.Series[Any], column: str) -> bool:
    """Replications have no order: luck has a size, but no mean effect."""
    return column == "mean_effect" and row["factor"] == "luck"


def _say(study: StudyFolder, title: str, sentences: Iterable[str]) -> None:
    console = make_console()
    heading(console, title)
    for sentence in sentences:
        console.print(f"- {sentence}", markup=False, highlight=False)

"""A study as a person reads it on a screen: tables, and sentences made from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.findings.study_findings import belief_sentences
from sim.report.findings.study_sections import KINDS, study_section
from sim.report.tables.terminal import print_figures, print_lines, print_title
from sim.report.words.cited_study import CitedStudy, Row, open_study, records
from sim.report.words.prose import Sentence, amount, decimals, number
from sim.results.run_folder import label

MOST_FACTORS = 12
_WEEKLY = "--step-weeks 1 counts weekly and visit by visit, as other runs do."


def print_beliefs(folder: Path, metric: str) -> None:
    """Regimes by beliefs: outcome, interval, winner, regret."""
    study = open_study(folder)
    table = study.table("beliefs")
    table = table[table["metric"] == metric]
    scale = METRICS[metric].scale
    places = (decimals(scale * table["mean"]), decimals(scale * table["regret"]))
    beliefs = list(dict.fromkeys(table["beliefs"]))
    rows = []
    for scenario, cells in table.groupby("scenario", sort=False):
        by_beliefs = {row["beliefs"]: _outcome(row, scale, places) for row in records(cells)}
        rows.append((label(str(scenario)), *(by_beliefs[name] for name in beliefs)))
    print_figures(
        f"{METRICS[metric].label}: England, {study.period}, {int(table['n'].max())} replications "
        "each",
        ("", *beliefs),
        rows,
        f"{METRICS[metric].display_unit}: mean (* best; ** clearly best) and [95 % interval of "
        "the mean]; below it the regret: "
        "how much worse than the best under the same beliefs, with its simultaneous interval",
    )
    _print_sentences("What follows", belief_sentences(study, metric))


def _outcome(row: Row, scale: float, places: tuple[int, int]) -> str:
    """One cell; `places` are those of means and of regrets, the same over the whole table."""
    mark = " **" if row["clear"] else " *" if row["winner"] else ""
    bound = METRICS[row["metric"]].least
    mean, low, high = (
        number(scale * max(row[n], bound), places[0]) for n in ("mean", "ci95_low", "ci95_high")
    )
    regret, least, most = (
        number(scale * row[n], places[1]) for n in ("regret", "regret_ci95_low", "regret_ci95_high")
    )
    below = "" if row["winner"] else f"\n{regret} [{least} to {most}]"
    return f"{mean}{mark} [{low} to {high}]{below}"


def print_exploration(folder: Path) -> None:
    """Robustness, for whom, break-even, boxes and what to find out."""
    study = open_study(folder)
    section = study_section(study)
    scale = study.metric.scale
    rows = [
        (
            label(str(row["scenario"])),
            *(amount(scale * row[name]) for name in ("mean", "ci95_half")),
            *(f"{row[name]:.0%}" for name in ("best_share", "within_share")),
            *(amount(scale * row[n]) for n in ("regret_mean", "regret_p95", "regret_most")),
        )
        for row in records(study.table("robust"))
    ]
    print_figures(
        section.heading,
        ("", "mean", "± 95 %", "best in", "nearly best in", "mean regret", "95th", "greatest"),
        rows,
        f"{section.about}\nin {study.unit}; regret: how much worse than the best option of the "
        "same future. Nearly "
        f"best: worse by at most {study.facts['tolerance']:.0%} of the best mean",
    )
    if study.step_weeks > 1:
        print_lines([_WEEKLY])
    for heading, sentences in section.groups:
        if heading != KINDS:
            _print_sentences(heading, sentences)
            continue
        print_figures(
            f"{KINDS}, by years inadequate",
            ("", *map(label, study.scenarios)),
            _kind_rows(study),
            "share of futures in which an option is best for such councils (best or nearly so)",
        )
        print_lines(sentences, "- ")


def _kind_rows(study: CitedStudy) -> Iterator[tuple[str, ...]]:
    """For each kind of council and option, in what share of futures it is best (or nearly so)."""
    for (grouping, group), rows in study.table("kinds").groupby(["grouping", "group"], sort=False):
        shares = (f"{row['best_share']:.0%} ({row['within_share']:.0%})" for row in records(rows))
        yield (f"{grouping}: {group} ({rows['councils'].iloc[0]})", *shares)


def print_sensitivity(folder: Path) -> None:
    """The factors that matter most, with the noise floor."""
    study = open_study(folder)
    shares = study.facts["method"] == "shares"
    table = study.table("shares" if shares else "screening")
    metric = study.metric
    own = table["factor"].isin(["luck", "nothing"])  # no parameters
    scale = 1.0 if shares else metric.scale
    columns = [name for name in table.columns if name not in ("factor", "above_noise")]
    rows = [
        (
            row["factor"],
            # Replications have no order: luck has a size, but no mean effect.
            *(
                ""
                if (name, row["factor"]) == ("mean_effect", "luck")
                else number(scale * row[name], 2)
                for name in columns
            ),
            "yes" if row["above_noise"] else "",
        )
        for row in records(pd.concat([table[~own].head(MOST_FACTORS), table[own]]))
    ]
    names = ("± 95 %" if name.endswith("_half") else name.replace("_", " ") for name in columns)
    first, second = (label(name) for name in study.scenarios[:2])
    print_figures(
        f"{first} less {second}: {metric.label}, {study.period}",
        ("factor", *names, "above the noise"),
        rows,
        "share of the variance alone, and with interactions; ± 95 %"
        if shares
        else f"effect of a factor over its range, {study.unit}: signed mean, size ± 95 %, sd",
    )
    if study.step_weeks > 1:
        step = (
            f"Children and staff were counted every {study.step_weeks} weeks, and inspectors' "
            "focused visits as a standing load on them."
        )
        print_lines([step, _WEEKLY])
    floor = number(scale * float(study.facts["noise_floor"]), 2)
    print_lines(
        [
            f"Noise floor {floor}: what a change too small to matter does, at the top of its "
            "interval. `luck` is the choice of the replication."
        ]
    )


def print_attribution(folder: Path) -> None:
    """What each part adds, and how they act together."""
    study = open_study(folder)
    metric = study.metric
    rows = [
        (
            row["title"],
            *("" if pd.isna(row[n]) else number(metric.scale * row[n], 2) for n in _EFFECT),
        )
        for row in records(study.table("attribution"))
    ]
    print_figures(
        f"Parts of {label(study.scenarios[0])}: {metric.label}, {study.period}",
        ("", "effect", "± 95 %"),
        rows,
        f"{study.unit}; each part switched off under the same luck, beliefs {study.beliefs}",
    )


_EFFECT = ("effect", "ci95_half")


def _print_sentences(title: str, sentences: Iterable[Sentence]) -> None:
    print_title(title)
    print_lines(sentences, "- ")

"""What a study found, in plain sentences. Every sentence is made from the study's tables.

A figure remembers its cell: a table of the study, or findings.csv for what study.json holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.folder import label
from sim.report.prose import Figure, Sentence, decimals, joined, listed, number, say
from sim.report.study_folder import StudyFolder

Row = Mapping[str, Any]
FEW = 5  # how many parameters a sentence or a list of findings names
_STABLE = 0.6


def plain(name: str) -> str:
    """A parameter's name as words that can be wrapped: "trust: setup months"."""
    return name.replace(".", ": ").replace("_", " ")


def amount(value: float, values: list[float] | None = None) -> str:
    """A figure with as many places as the largest of those shown with it needs."""
    return number(value, decimals(values or [value]))


def parameter(study: StudyFolder, name: str) -> str:
    """A parameter by its name and what it drives: "trust.effect (uplift ...)".

    In a study told plainly only the second, in quotation marks.
    """
    if name not in study.ledger:
        return name
    drives = study.ledger[name].drives
    return f"\u201c{drives}\u201d" if study.plainly else f"{name} ({drives})"


def _at(table: pd.DataFrame, place: int | np.intp) -> Row:
    """One row of a table."""
    return {str(name): value for name, value in table.iloc[int(place)].items()}


def measured(study: StudyFolder) -> str:
    """The metric of the study in words."""
    metric = METRICS[str(study.facts["metric"])]
    return metric.label[:1].lower() + metric.label[1:]


def robust_sentences(study: StudyFolder) -> Iterator[Sentence]:
    """Which regime is best on average, most often, and least regretted."""
    table = study.table("robust")
    higher = study.facts["better"] == "higher"
    means = table["mean"].to_numpy()
    best = _at(table, means.argmax() if higher else means.argmin())
    often = _at(table, table["best_share"].to_numpy().argmax())
    safe = _at(table, table["minimax"].to_numpy().argmax())
    unit = METRICS[str(study.facts["metric"])].unit
    extreme = "highest" if higher else "lowest"

    def cell(row: Row, column: str) -> Figure:
        where = {"scenario": row["scenario"]}
        return study.cite("robust", column, where, float(row[column]), among=[float(row["mean"])])

    yield say(
        f"On average over the futures, {label(best['scenario'])} has the {extreme} "
        f"{measured(study)}: ",
        *(cell(best, "mean"), f" {unit} (give or take ", cell(best, "ci95_half"), ")."),
    )
    share = float(often["best_share"])
    yield say(
        f"{label(often['scenario'])} is best in the largest share of futures: ",
        study.share("robust", "best_share", {"scenario": often["scenario"]}, share),
        "%.",
    )
    most = study.cite(
        "robust", "regret_most", {"scenario": safe["scenario"]}, float(safe["regret_most"])
    )
    yield say(
        f"{label(safe['scenario'])} has the smallest greatest regret: never more than ",
        *(most, f" {unit} worse than the best in the futures sampled."),
    )
    luck = study.facts["luck_share"]
    if luck is not None and math.isfinite(luck):
        yield say(
            "Of what separates regimes from future to future, about ",
            study.finding("luck_share", luck, number(100 * luck, 0), 100.0),
            "% is luck within a future, not parameters.",
        )


def tie_sentence(study: StudyFolder, row: Row) -> Sentence:
    """What one parameter must be for the tested regime to beat another."""
    tested, other = (f"\u201c{label(s)}\u201d" for s in (study.scenarios[0], str(row["against"])))
    name, unit = parameter(study, str(row["parameter"])), row["unit"]
    ends = [float(row["low"]), float(row["high"])]

    def cell(column: str, among: list[float]) -> Figure:
        where = {"against": row["against"], "parameter": row["parameter"]}
        return study.cite("breakeven", column, where, float(row[column]), among=among)

    low, high = cell("low", ends), cell("high", ends)
    if row["verdict"] in ("always", "never"):
        does = "beats" if row["verdict"] == "always" else "does not beat"
        return say(
            f"On average {tested} {does} {other} whatever {name} is, from ",
            *(low, " to ", high, f" {unit}."),
        )
    if row["verdict"] == "undecided" or not math.isfinite(float(row["at_ci95_low"])):
        return say(f"No value of {name} can be named at which {tested} and {other} tie.")
    figures = [float(row[column]) for column in ("at", "at_ci95_low", "at_ci95_high")]
    at, least, most = (cell(column, figures) for column in ("at", "at_ci95_low", "at_ci95_high"))
    return say(
        f"On average {tested} beats {other} only where {name} is {row['verdict']} ",
        *(at, f" {unit} (95% interval ", least, " to ", most),
        *("; sampled from ", low, " to ", high, ")."),
    )


def tie_sentences(study: StudyFolder, few: int = FEW) -> Iterator[Sentence]:
    """The break-evens of the parameters that stand above the noise, by comparator."""
    table = study.table("breakeven")
    for other in dict.fromkeys(table["against"]):
        rows = table[(table["against"] == other) & (table["above_noise"] == 1)]
        if study.plainly:  # a reader in a hurry has no use for what cannot be told
            rows = rows[rows["at_ci95_low"].notna() | rows["verdict"].isin(["always", "never"])]
        if not len(rows):
            yield say(
                f"Against {label(other)} no single parameter moves the difference beyond what "
                f"chance would show among so many."
            )
        for place in range(min(few, len(rows))):
            yield tie_sentence(study, _at(rows, place))


def box_sentences(study: StudyFolder) -> Iterator[Sentence]:
    """Where each regime is best, as a box, with how good and how stable the box is."""
    table = study.table("boxes")
    for told in study.facts["boxes"]:
        scenario = str(told["scenario"])
        name = label(scenario)
        best = study.finding(
            f"share_best {scenario}", told["share"], number(100 * told["share"], 0), 100.0
        )
        rows = table[table["scenario"] == scenario]
        if not len(rows):
            why = str(told["why_none"])
            why = "too few to seek a box in" if any(map(str.isdigit, why)) else f"no box: {why}"
            yield say(f"{name} is best in ", best, f"% of futures; {why}.")
            continue
        weakest = _at(rows, rows["stability"].to_numpy().argmin())
        if weakest["stability"] < _STABLE:
            yield say(
                f"{name} is best in ",
                best,
                "% of futures. The box found for it changes when it is sought again in part of "
                "the futures, so none is told.",
            )
            continue
        first = _at(rows, 0)

        def cell(row: Row, column: str) -> Figure:
            where = {"scenario": row["scenario"], "parameter": row["parameter"]}
            return study.share("boxes", column, where, float(row[column]))

        limits = [_limit(study, _at(rows, place)) for place in range(len(rows))]
        yield say(
            *(f"{name} is best in ", cell(first, "density"), "% of futures where "),
            *(joined(limits, " and "), ", against ", cell(first, "base_rate")),
            *("% of all futures. That box holds ", cell(first, "coverage")),
            "% of the futures in which it is best. Sought again in samples of four fifths of "
            "the futures, at least ",
            *(cell(weakest, "stability"), "% of the boxes limit each of these on the same side."),
        )


def information_sentences(study: StudyFolder, few: int = FEW) -> Iterator[Sentence]:
    """What to find out next, and what it would be worth."""
    facts = study.facts
    unit = METRICS[str(facts["metric"])].unit
    table = study.table("information")
    known = table[table["above_noise"] == 1].head(few)
    start = f"With what is known now the choice by {measured(study)} is {label(facts['chosen'])}. "
    if not len(known):
        floor = float(facts["information_floor"])
        yield say(
            f"{start}Knowing any one parameter would avoid less than ",
            study.finding("information_floor", floor, amount(floor)),
            f" {unit}, which these samples cannot tell from nothing.",
        )
    for place in range(len(known)):
        row = _at(known, place)
        where = {"parameter": row["parameter"]}
        yield say(
            f"{start if place == 0 else ''}Knowing {parameter(study, str(row['parameter']))} "
            f"first would change it in ",
            study.share("information", "change_share", where, float(row["change_share"])),
            "% of futures and avoid ",
            study.cite("information", "value", where, float(row["value"])),
            f" {unit} on average.",
        )
    worth = table[table["above_noise_gbp"] == 1]
    price = float(facts["price_gbp_m"])
    priced = say(
        "In pounds, with a council-year inadequate priced at £",
        study.finding("price_gbp_m", price, amount(price)),
        f" million, the choice is {label(facts['chosen_gbp'])}",
    )
    if len(worth):
        money = worth.sort_values("value_gbp_m", ascending=False, kind="stable").iloc[0]
        where = {"parameter": money["parameter"]}
        yield say(
            priced,
            f"; knowing {parameter(study, str(money['parameter']))} would be worth most, £",
            study.cite("information", "value_gbp_m", where, float(money["value_gbp_m"])),
            " million over the period.",
        )
    else:
        yield say(priced, ", and no single parameter is clearly worth finding out.")


def kind_sentences(study: StudyFolder) -> Iterator[Sentence]:
    """For whom which regime works: the regime with the best mean for each kind of council."""
    table = study.table("kinds")
    for grouping in dict.fromkeys(table["grouping"]):
        rows = table[table["grouping"] == grouping]
        best = {}
        for group in dict.fromkeys(rows["group"]):
            here = rows[rows["group"] == group]
            best[str(group)] = _at(here, here["years_per_council"].to_numpy().argmin())
        winners = {str(row["scenario"]) for row in best.values()}

        def told(group: str, row: Row, alone: bool, grouping: str) -> Sentence:
            who = "" if alone else f"{label(str(row['scenario']))}, "
            where = {"grouping": grouping, "group": group, "scenario": row["scenario"]}
            best_share = float(row["best_share"])
            return say(
                f"{group}, {who}", study.share("kinds", "best_share", where, best_share), "%"
            )

        alone = len(winners) == 1
        who = f"{label(next(iter(winners)))} in every group" if alone else "depends"
        yield say(
            f"By {grouping}, fewest years inadequate on average: {who}. It is best in this share "
            f"of futures: ",
            joined(told(group, row, alone, str(grouping)) for group, row in best.items()),
            ".",
        )


def belief_sentences(study: StudyFolder, metric: str) -> Iterator[Sentence]:
    """Which regime each set of beliefs favours, and which is regretted least over all."""
    table = study.table("beliefs")
    rows = table[table["metric"] == metric]
    unit = rows["unit"].iloc[0]

    def cell(row: Row, column: str) -> Figure:
        where = {"beliefs": row["beliefs"], "scenario": row["scenario"], "metric": metric}
        return study.cite("beliefs", column, where, float(row[column]))

    for name in dict.fromkeys(rows["beliefs"]):
        here = rows[rows["beliefs"] == name]
        first = here[here["winner"] == 1]
        best = _at(first, 0)
        near = here[(here["winner"] == 0) & (here["regret_ci95_low"] <= 0)]
        mean = cell(best, "mean")
        if best["clear"]:
            yield say(
                f"Under \u201c{name}\u201d beliefs, {label(best['scenario'])} is best: ",
                *(mean, f" {unit}, clearly ahead of every alternative."),
            )
        elif len(first) > 1:
            names = listed([label(one) for one in first["scenario"]])
            yield say(f"Under \u201c{name}\u201d beliefs, {names} tie at ", mean, f" {unit}.")
        else:
            others = listed([label(other) for other in near["scenario"]], "or")
            yield say(
                f"Under \u201c{name}\u201d beliefs, {label(best['scenario'])} has the best mean, ",
                *(mean, f" {unit}, but is not clearly ahead of {others}."),
            )
    worst = rows.loc[rows.groupby("scenario", sort=False)["regret"].idxmax()]
    safe = _at(worst, worst["regret"].to_numpy().argmin())
    yield say(
        f"{label(str(safe['scenario']))} is regretted least over these beliefs: at most ",
        *(cell(safe, "regret"), f" {unit} worse than the best under any of them."),
    )


def _limit(study: StudyFolder, row: Row) -> Sentence:
    low, high = float(row["lower"]), float(row["upper"])
    name = str(row["parameter"])
    unit = study.ledger[name].unit if name in study.ledger else ""
    told = parameter(study, name) if study.plainly else name
    where = {"scenario": row["scenario"], "parameter": name}
    least, most = (study.cite("boxes", end, where, float(row[end])) for end in ("lower", "upper"))
    if math.isfinite(low) and math.isfinite(high):
        return say(f"{told} is between ", least, " and ", most, f" {unit}")
    if math.isfinite(low):
        return say(f"{told} is at least ", least, f" {unit}")
    return say(f"{told} is at most ", most, f" {unit}")

"""An exploration in a briefing: a few sentences whose figures are traced.

A figure remembers its cell: a table of the study, or findings.csv for what study.json holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.findings.cited_study import StudyFolder
from sim.report.findings.study_findings import either, kind_sentences
from sim.report.findings.study_words import (
    FEW,
    STABLE,
    WIDE,
    ahead,
    amount,
    measured,
    parameter,
    tops,
)
from sim.report.words.prose import CitedNumber, Sentence, joined, listed, number, say
from sim.results.run_folder import label

Row = Mapping[str, Any]


def robust_sentences(study: StudyFolder) -> Iterator[Sentence]:
    """What to take from it; then which regime is best on average, most often, least regretted."""
    table = study.table("robust")
    higher = study.facts["better"] == "higher"
    means = table["mean"]
    first = table[means == (means.max() if higher else means.min())]
    best, safe = at(first, 0), at(table[table["minimax"] == 1], 0)
    unit = METRICS[str(study.facts["metric"])].unit
    extreme = "highest" if higher else "lowest"

    def cell(row: Row, column: str, *among: str) -> CitedNumber:
        figures = [float(row[name]) for name in (column, *among)]
        return study.cite(
            "robust", column, {"scenario": row["scenario"]}, figures[0], among=figures
        )

    yield _taken(table, first)
    does = "has" if len(first) == 1 else "have"
    yield say(
        f"On average over the futures, {listed(label(name) for name in first['scenario'])} {does} "
        f"the {extreme} {measured(study)}: ",
        *(cell(best, "mean"), f" {unit}."),
        _next(table.drop(first.index), cell),
    )
    yield say(
        "Most often best: ",
        *(_most(study, table, "best_share"), " of futures; most often best or nearly so: "),
        *(_most(study, table, "within_share"), "."),
    )
    most = cell(safe, "regret_most")
    if (table["regret_most"] == safe["regret_most"]).sum() > 1:
        yield say("Several tie for the smallest greatest regret, ", most, f" {unit}.")
    else:
        yield say(
            f"{label(safe['scenario'])} has the smallest greatest regret: never more than ",
            *(most, f" {unit} worse than the best in the futures sampled."),
        )
    luck = study.facts["luck_share"]
    if luck is not None:
        yield say(
            "Luck counts too: about ",
            study.finding("luck_share", luck, number(100 * luck, 0), 100.0),
            "% of the variation between futures in how far options lie apart is luck, not "
            "parameters.",
        )
    elif not study.plainly:
        yield say("With one replication a future, what part of it is luck cannot be said.")


def _taken(table: pd.DataFrame, first: pd.DataFrame) -> Sentence:
    """What a reader should take from it, in words alone."""
    best = str(first["scenario"].iloc[0])
    if len(first) > 1:
        return say("No one option is best on average: nothing here separates those that tie.")
    lead = ahead(table, first.iloc[0])
    least = table.loc[table["regret_most"] == table["regret_most"].min(), "scenario"]
    if best not in set(least):
        return say(
            f"{label(best)} is best on average ({lead}), but in the worst futures "
            f"{listed(map(label, least), 'or')} is regretted less: the choice depends on how much "
            "weight those are given."
        )
    if lead == "clearly ahead of every alternative":
        return say(
            f"{label(best)} holds up: best on average, {lead}, and in the worst futures none is "
            "regretted less."
        )
    return say(
        f"{label(best)} is best on average and in the worst futures none is regretted less, but "
        f"chance is not ruled out: it is {lead}."
    )


def _next(others: pd.DataFrame, cell: Any) -> Sentence:
    """How far behind the best the next one is."""
    if not len(others):
        return say()
    row = at(others, others["lead"].abs().to_numpy().argmin())
    behind = cell(row, "lead", "lead_ci95_half")
    return say(
        f" Next comes {label(row['scenario'])}, worse by ",
        *(bare(behind), " (give or take ", cell(row, "lead_ci95_half", "lead"), ")."),
    )


def _most(study: StudyFolder, table: pd.DataFrame, column: str) -> Sentence:
    names = tops(table, column)
    share = float(table[column].max())
    figure = study.share("robust", column, {"scenario": names[0]}, share)
    return say(f"{listed(label(name) for name in names)}, in ", figure, "%")


def tie_sentences(study: StudyFolder, few: int = FEW) -> Iterator[Sentence]:
    """The break-evens that stand above the noise, and where no parameter decides."""
    table = study.table("breakeven")
    tested, open_still = label(study.scenarios[0]), []
    for other in dict.fromkeys(table["against"]):
        rows = table[(table["against"] == other) & (table["above_noise"] == 1)]
        turns = rows["verdict"].isin(["above", "below"]) & rows["at_ci95_low"].notna()
        if not turns.any():
            open_still.append(label(str(other)))
        if study.plainly:  # a reader in a hurry has no use for what cannot be told
            rows = rows[turns]
        for place in range(min(few, len(rows))):
            yield _tie(study, at(rows, place))
    if open_still:
        count = table["parameter"].nunique()
        yield say(
            f"Between {tested} and {listed(open_still, 'or')}, none of the ",
            study.finding("parameters", float(count), f"{count:,}"),
            " parameters, taken one at a time, can be shown to turn the choice.",
        )


def _tie(study: StudyFolder, row: Row) -> Sentence:
    """What one parameter must be for the tested regime to beat another."""
    tested, other = (f"\u201c{label(s)}\u201d" for s in (study.scenarios[0], str(row["against"])))
    name, unit = parameter(study, str(row["parameter"])), row["unit"]

    def cells(*columns: str) -> tuple[CitedNumber, ...]:
        where = {"against": row["against"], "parameter": row["parameter"]}
        figures = [float(row[column]) for column in columns]
        return tuple(
            study.cite("breakeven", column, where, figure, among=figures)
            for column, figure in zip(columns, figures, strict=True)
        )

    low, high = cells("low", "high")
    if row["verdict"] in ("always", "never"):
        does = "beats" if row["verdict"] == "always" else "does not beat"
        return say(
            f"On average {tested} {does} {other} whatever {name} is, from ",
            *(low, " to ", high, f" {unit}."),
        )
    if row["verdict"] == "undecided" or not math.isfinite(float(row["at_ci95_low"])):
        first, last = cells("loss_low", "loss_high")
        metric = METRICS[str(study.facts["metric"])].unit
        ways = ["behind" if loss.value > 0 else "ahead" for loss in (first, last)]
        return say(
            f"{name} moves the difference, but no value can be named at which {tested} and "
            f"{other} tie: {tested} is on average ",
            *(bare(first), f" {metric} {ways[0]} at ", low, f" {unit} and "),
            *(bare(last), f" {ways[1]} at ", high, "."),
        )
    tie, least, most = cells("at", "at_ci95_low", "at_ci95_high")
    beyond = least.value == low.value or most.value == high.value
    known = say(
        *(tie, f" {unit} (95% interval ", least, " to ", most, ", or beyond" if beyond else ""),
        *("; sampled from ", low, " to ", high, ")."),
    )
    if most.value - least.value > WIDE * (high.value - low.value):
        more = "higher" if row["verdict"] == "above" else "lower"
        return say(
            f"{tested} does better against {other} the {more} {name} is, but these futures "
            "hardly say where the two tie: perhaps at ",
            known,
        )
    return say(
        f"On average {tested} beats {other} only where {name} is {row['verdict']} ",
        known,
    )


def kinds_told(study: StudyFolder) -> Iterator[Sentence]:
    """For whom which regime works; the sentences hold no figures."""
    return map(say, kind_sentences(study))


def box_sentences(study: StudyFolder) -> Iterator[Sentence]:
    """Where each regime is best, as a box, with how good and how stable the box is."""
    table = study.table("boxes")
    for told in study.facts["boxes"]:
        scenario = str(told["scenario"])
        share = float(told["share"])
        best = study.finding(f"share_best {scenario}", share, number(100 * share, 0), 100.0)
        alone = say(f"{label(scenario)} is alone the best in ", best, "% of futures")
        rows = table[table["scenario"] == scenario]
        if not len(rows):
            why = str(told["why_none"])
            why = "too few to seek a box in" if any(map(str.isdigit, why)) else f"no box: {why}"
            yield alone + f"; {why}."
            continue
        first, weakest = at(rows, 0), at(rows, rows["stability"].to_numpy().argmin())
        if weakest["stability"] < STABLE:
            yield alone + (
                ". The box found for it changes when it is sought again in part of the futures, "
                "so none is told."
            )
            continue

        def cell(row: Row, column: str) -> CitedNumber:
            where = {"scenario": row["scenario"], "parameter": row["parameter"]}
            return study.share("boxes", column, where, float(row[column]))

        limits = [_limit(study, at(rows, place)) for place in range(len(rows))]
        held = say("at least ", cell(weakest, "stability"), "% of")
        if weakest["stability"] == 1.0:
            held = say("all")
        yield say(
            *(f"{label(scenario)} is alone the best in ", cell(first, "density")),
            *("% of the futures where ", joined(limits, " and "), ", against "),
            *(cell(first, "base_rate"), "% of all futures. Those futures hold "),
            *(cell(first, "coverage"), "% of all in which it is best. Sought again in samples of "),
            *("four fifths of the futures, ", held, " the boxes limit each of these on the same "),
            "side; in the fifths left out it is best in ",
            *(cell(first, "density_held_out"), "% of the futures in the box, which holds "),
            *(cell(first, "coverage_held_out"), "% of those in which it is best."),
        )


def information_sentences(study: StudyFolder, few: int = FEW) -> Iterator[Sentence]:
    """What to find out next, and what it would be worth in the metric's unit and in pounds."""
    facts = study.facts
    unit = METRICS[str(facts["metric"])].unit
    table = study.table("information")
    known = table[table["above_noise"] == 1].head(few)

    def value(row: Row, column: str = "value") -> CitedNumber:
        where = {"parameter": row["parameter"]}
        return study.cite("information", column, where, float(row[column]))

    def fact(name: str, value: float) -> CitedNumber:
        return study.finding(name, float(value), amount(float(value)))

    yield say(
        f"With what is known now the choice by {measured(study)} is {either(facts['chosen'])}."
    )
    for place in range(len(known)):
        row = at(known, place)
        share = float(row["change_share"])
        yield say(
            f"Knowing {parameter(study, str(row['parameter']))} first would change that choice in ",
            study.share("information", "change_share", {"parameter": row["parameter"]}, share),
            *("% of futures and avoid ", value(row), f" {unit} on average over the period."),
        )
    if not len(known):
        row = at(table, table["value"].to_numpy().argmax())
        yield say(
            "No single parameter is clearly worth knowing first: what looks best among these "
            "samples would avoid ",
            *(value(row), f" {unit}, and chance alone could show "),
            *(fact("information_floor", facts["information_floor"]), "."),
        )
    yield say(
        "Knowing every parameter and the luck of the future too would avoid ",
        *(fact("everything", facts["everything"]), f" {unit}: no study can be worth more."),
    )
    priced = say(
        "In pounds, with costs of intervention and overspends of trusts added and a council-year "
        "inadequate priced at £",
        *(fact("price_gbp_m", facts["price_gbp_m"]), " million, the choice is "),
        either(facts["chosen_gbp"]),
        "" if facts["price_given"] else " (the harm to children is not in that price)",
    )
    worth = table[table["above_noise_gbp"] == 1]
    if len(worth):
        money = at(worth, worth["value_gbp_m"].to_numpy().argmax())
        yield say(
            priced,
            f"; knowing {parameter(study, str(money['parameter']))} would be worth most, £",
            *(value(money, "value_gbp_m"), " million over the period."),
        )
    else:
        yield priced + "; no single parameter is clearly worth finding out."
    steps = facts["choice_by_price"]
    if len(steps) == 1:
        yield say(
            f"{label(steps[0]['scenario'])} costs least whatever the price of a council-year."
        )
    else:
        more = (
            say(
                f"{label(step['scenario'])} from £",
                *(fact(f"cheapest_from {step['scenario']}", step["from_gbp_m"]), " million up"),
            )
            for step in steps[1:]
        )
        start = f"At a low price of a council-year {label(steps[0]['scenario'])} costs least; "
        yield say(start, joined(more), ".")


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


def bare(figure: CitedNumber) -> CitedNumber:
    """The figure without its sign, which the words carry."""
    return replace(figure, shown=figure.shown.lstrip("\N{MINUS SIGN}"))


def at(table: pd.DataFrame, place: int | np.intp) -> Row:
    """One row of a table."""
    return {str(name): value for name, value in table.iloc[int(place)].items()}

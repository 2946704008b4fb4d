"""What an exploration of many futures found, in traced sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pandas as pd

from sim.report.words.cited_study import (
    CitedStudy,
    Row,
    either,
    highest,
    lead,
    records,
)
from sim.report.words.prose import CitedNumber, Sentence, joined, listed, say, unsigned
from sim.results.run_folder import label

FEW = 5  # how many parameters are named
STABLE = 0.6  # a box less stable is not described
WIDE = 0.7  # of the range: an interval that hardly places a tie


def robust_sentences(study: CitedStudy) -> Iterator[Sentence]:
    """Which option holds up; then which is best on average, most often, and least regretted."""
    table = study.table("robust")
    higher = study.facts["better"] == "higher"
    means = table["mean"]
    best = table[means == (means.max() if higher else means.min())]
    yield _summary(table, best)
    names = listed(label(name) for name in best["scenario"])
    yield say(
        f"On average over the futures, {names} {'has' if len(best) == 1 else 'have'} the "
        f"{'highest' if higher else 'lowest'} {study.measured}: ",
        *(study.cell("robust", records(best)[0], "mean"), f" {study.unit}."),
        _next(study, table.drop(best.index)),
    )
    yield say(
        "Most often best: ",
        *(_most(study, table, "best_share"), " of futures; most often best or nearly so: "),
        *(_most(study, table, "within_share"), "."),
    )
    safe = records(table[table["minimax"] == 1])[0]
    most = study.cell("robust", safe, "regret_most")
    if (table["regret_most"] == safe["regret_most"]).sum() > 1:
        yield say("Several tie for the smallest greatest regret, ", most, f" {study.unit}.")
    else:
        yield say(
            f"{label(safe['scenario'])} has the smallest greatest regret: never more than ",
            *(most, f" {study.unit} worse than the best in the futures sampled."),
        )
    luck = study.facts["luck_share"]
    if luck is not None:
        yield say(
            *("Luck counts too: with ", study.replication_count),
            *(" replications a future, about ", study.finding("luck_share", luck, 0, 100.0)),
            "% of the variation between futures in how far options lie apart is luck, not "
            "parameters. Some of the futures in which an option is best are such luck.",
        )
    elif not study.plain_words:
        yield say("With one replication a future, what part of it is luck cannot be said.")


def _summary(table: pd.DataFrame, best: pd.DataFrame) -> Sentence:
    """What a reader should take from it, in words alone."""
    if len(best) > 1:
        return say("No one option is best on average: nothing here separates those that tie.")
    name = str(best["scenario"].iloc[0])
    words = lead(table, records(best)[0])
    least = table.loc[table["regret_most"] == table["regret_most"].min(), "scenario"]
    if name not in set(least):
        return say(
            f"{label(name)} is best on average ({words}), but in the worst futures "
            f"{listed(map(label, least), 'or')} is regretted less: the choice depends on how much "
            "weight those are given."
        )
    if words == "clearly ahead of every alternative":
        return say(
            f"{label(name)} holds up: best on average, {words}, and in the worst futures none is "
            "regretted less."
        )
    return say(
        f"{label(name)} is best on average and in the worst futures none is regretted less, but "
        f"chance is not ruled out: it is {words}."
    )


def _next(study: CitedStudy, others: pd.DataFrame) -> Sentence:
    """How far behind the best the next one is."""
    if not len(others):
        return say()
    row = min(records(others), key=lambda row: abs(row["lead"]))
    behind, half = study.cells("robust", row, "lead", "lead_ci95_half")
    return say(
        f" Next comes {label(row['scenario'])}, worse by ",
        *(unsigned(behind), " (give or take ", half, ")."),
    )


def _most(study: CitedStudy, table: pd.DataFrame, column: str) -> Sentence:
    names = highest(table, column)
    row = records(table[table["scenario"] == names[0]])[0]
    return say(f"{listed(map(label, names))}, in ", study.percent("robust", row, column), "%")


def tie_sentences(study: CitedStudy, few: int = FEW) -> Iterator[Sentence]:
    """What each option needs: the parameters at whose values two options tie.

    For each alternative at most `few` of those that stand above the noise, then how the others
    leave the choice. In plain words only those that can turn the choice.
    """
    table = study.table("breakeven")
    undecided = []
    for other in dict.fromkeys(table["against"]):
        rows = table[table["against"] == other]
        above = rows[rows["above_noise"] == 1]
        turning = above[above["verdict"].isin(["above", "below"]) & above["at_ci95_low"].notna()]
        if study.plain_words:
            undecided += [label(str(other))] if not len(turning) else []
            above = turning
        elif not len(above):
            yield say(
                f"Against {label(other)} no single parameter moves the difference beyond what "
                "chance would show among so many."
            )
        for row in records(above.head(few)):
            yield _tie(study, row)
        if not study.plain_words and len(above) < len(rows):
            yield _others(study, str(other), rows.drop(above.index)["verdict"])
    if undecided:
        yield say(
            f"Between {label(study.scenarios[0])} and {listed(undecided, 'or')}, none of the ",
            study.count("parameters", table["parameter"].nunique()),
            " parameters, taken one at a time, can be shown to turn the choice.",
        )


def _tie(study: CitedStudy, row: Row) -> Sentence:
    """What one parameter must be for the tested regime to beat another."""
    tested, other = (f"\u201c{label(s)}\u201d" for s in (study.scenarios[0], str(row["against"])))
    name, units = study.parameter(str(row["parameter"])), row["unit"]
    low, high = study.cells("breakeven", row, "low", "high")
    if row["verdict"] in ("always", "never"):
        does = "beats" if row["verdict"] == "always" else "does not beat"
        return say(
            f"On average {tested} {does} {other} whatever {name} is, from ",
            *(low, " to ", high, f" {units}."),
        )
    if row["verdict"] == "undecided" or not math.isfinite(float(row["at_ci95_low"])):
        first, last = study.cells("breakeven", row, "loss_low", "loss_high")
        ways = ["behind" if loss.value > 0 else "ahead" for loss in (first, last)]
        return say(
            f"{name} moves the difference, but no value can be named at which {tested} and "
            f"{other} tie: {tested} is on average ",
            *(unsigned(first), f" {study.unit} {ways[0]} at ", low, f" {units} and "),
            *(unsigned(last), f" {ways[1]} at ", high, "."),
        )
    tie, least, most = study.cells("breakeven", row, "at", "at_ci95_low", "at_ci95_high")
    beyond = ", or beyond" if least.value == low.value or most.value == high.value else ""
    place = say(
        *(tie, f" {units} (95% interval ", least, " to ", most, beyond),
        *("; sampled from ", low, " to ", high, ")."),
    )
    if most.value - least.value > WIDE * (high.value - low.value):
        more = "higher" if row["verdict"] == "above" else "lower"
        return say(
            f"{tested} does better against {other} the {more} {name} is, but these futures "
            "hardly say where the two tie: perhaps at ",
            place,
        )
    return say(f"On average {tested} beats {other} only where {name} is {row['verdict']} ", place)


def _others(study: CitedStudy, other: str, verdicts: pd.Series[str]) -> Sentence:
    """How the parameters that do not stand above the noise leave the choice."""
    tested = label(study.scenarios[0])
    ahead, behind = (int((verdicts == verdict).sum()) for verdict in ("always", "never"))
    undecided = len(verdicts) - ahead - behind
    parts = [
        say(
            study.count(f"{where} of {other}", number),
            f" {'keeps' if number == 1 else 'keep'} {tested} {where} over the whole range",
        )
        for number, where in ((ahead, "ahead"), (behind, "behind"))
        if number
    ]
    if undecided:
        number = study.count(f"undecided against {other}", undecided)
        parts.append(say("for ", number, " these futures cannot say"))
    return say(
        *("Of the other ", study.count(f"others against {other}", len(verdicts))),
        " parameters, one at a time, none can be shown to turn the choice between "
        f"{tested} and {label(other)}: ",
        *(joined(parts), " (breakeven.csv)."),
    )


def kind_sentences(study: CitedStudy) -> Iterator[Sentence]:
    """The regime with the fewest years inadequate for each kind of council, and its lead."""
    table = study.table("kinds")
    for grouping in dict.fromkeys(table["grouping"]):
        groups: dict[str, list[str]] = {}  # by the regime that is best for them
        for group in dict.fromkeys(table.loc[table["grouping"] == grouping, "group"]):
            rows = table[(table["grouping"] == grouping) & (table["group"] == group)]
            best = rows[rows["years_per_council"] == rows["years_per_council"].min()]
            sure = "" if len(best) > 1 else f" ({_sure(rows, records(best)[0])})"
            groups.setdefault(either(best["scenario"]), []).append(f"{group}{sure}")
        parts = [f"{regime} for {listed(names)}" for regime, names in groups.items()]
        yield say(f"By {grouping}, fewest years inadequate on average: {'; '.join(parts)}.")


def _sure(rows: pd.DataFrame, best: Row) -> str:
    return re.sub(r" ahead of (every|any) alternative$", "", lead(rows, best))


def box_sentences(study: CitedStudy) -> Iterator[Sentence]:
    """Where each regime is best, as a box, with how good and how stable the box is."""
    table = study.table("boxes")
    for box in study.facts["boxes"]:
        scenario = str(box["scenario"])
        name = label(scenario)
        rows = records(table[table["scenario"] == scenario])
        alone = say(
            f"{name} is alone the best in ",
            *(study.finding(f"share_best {scenario}", box["share"], 0, 100.0), "% of futures"),
        )
        if not rows:
            yield say(alone, "; no box: ", _reason(study, scenario, box["why_none"]), ".")
            continue
        weakest = min(rows, key=lambda row: row["stability"])
        if weakest["stability"] < STABLE:
            yield say(
                alone,
                ". The box found for it changes when it is sought again in part of the futures, "
                "so none is described: only ",
                study.percent("boxes", weakest, "stability"),
                "% of boxes limit each of its parameters on the same side.",
            )
            continue
        whole = weakest["stability"] == 1.0
        most = say("at least ", study.percent("boxes", weakest, "stability"), "% of")

        def share(column: str, row: Row = rows[0]) -> CitedNumber:
            return study.percent("boxes", row, column)

        yield say(
            *(f"{name} is alone the best in ", share("density"), "% of the futures where "),
            *(joined([_limit(study, row) for row in rows], " and "), " (density), against "),
            *(share("base_rate"), "% of all futures. Those futures hold ", share("coverage")),
            "% of all in which it is best (coverage). Sought again in samples of four fifths of "
            "the futures, ",
            *("all" if whole else most, " the boxes limit each of these on the same side "),
            *("(stability); in the fifths left out it is best in ", share("density_held_out")),
            *("% of the futures in the box, which holds ", share("coverage_held_out")),
            "% of those in which it is best.",
        )


def _reason(study: CitedStudy, scenario: str, text: str) -> Sentence:
    """Why there is no box; each number in the text is kept as a finding."""
    pieces = re.split(r"(\d+)", text)
    return say(
        *(
            study.count(f"no box {scenario} {place}", int(piece)) if piece.isdigit() else piece
            for place, piece in enumerate(pieces)
        )
    )


def _limit(study: CitedStudy, row: Row) -> Sentence:
    name = str(row["parameter"])
    units = study.ledger[name].unit if name in study.ledger else ""
    ends = [study.cell("boxes", row, end) for end in ("lower", "upper")]
    low, high = (math.isfinite(end.value) for end in ends)
    if low and high:
        return say(f"{name} is between ", ends[0], " and ", ends[1], f" {units}")
    return say(f"{name} is at {'least' if low else 'most'} ", ends[0 if low else 1], f" {units}")


def information_sentences(study: CitedStudy, few: int = FEW) -> Iterator[Sentence]:
    """What to find out next, and what it would be worth in the metric's unit and in pounds."""
    facts, unit = study.facts, study.unit
    table = study.table("information")

    def value(row: Row, column: str = "value") -> CitedNumber:
        return study.cell("information", row, column)

    yield say(
        f"With what is known now the choice by {study.measured} is {either(facts['chosen'])}."
    )
    known = table[table["above_noise"] == 1].head(few)
    for row in records(known):
        pounds = "no more than chance could show"
        worth = say("that is worth £", value(row, "value_gbp_m"), " million")
        yield say(
            f"Knowing {study.parameter(str(row['parameter']))} first would change that choice in ",
            study.percent("information", row, "change_share"),
            *("% of futures and avoid ", value(row), f" {unit} on average over the period"),
            *("; with costs counted too, ", worth if row["above_noise_gbp"] else pounds, "."),
        )
    if not len(known):
        yield say(
            "No single parameter is clearly worth knowing first: what looks best among these "
            "samples would avoid ",
            value(max(records(table), key=lambda row: row["value"])),
            f" {unit}, and chance alone could show ",
            *(study.outcome("information_floor"), "."),
        )
    yield say(
        "Knowing every parameter and the luck of the future too would avoid ",
        study.outcome("everything"),
        f" {unit}: no study can be worth more.",
    )
    reason = (
        "as given"
        if facts["price_given"]
        else "what an average council adds to its budget in a year after a failure; the harm to "
        "children is not in it"
    )
    yield say(
        "In pounds, with costs of intervention and overspends of trusts added and a council-year "
        "inadequate priced at £",
        study.finding("price_gbp_m", facts["price_gbp_m"]),
        f" million ({reason}), the choice is then {either(facts['chosen_gbp'])}.",
    )
    cheapest, *dearer = facts["choice_by_price"]
    if not dearer:
        yield say(
            f"{label(cheapest['scenario'])} costs least whatever the price of a council-year."
        )
    else:
        steps = (
            say(
                f"{label(step['scenario'])} from £",
                study.finding(f"cheapest_from {step['scenario']}", step["from_gbp_m"]),
                " million up",
            )
            for step in dearer
        )
        start = f"At a low price of a council-year {label(cheapest['scenario'])} costs least; "
        yield say(start, joined(steps), ".")
    worth_pounds = table[table["above_noise_gbp"] == 1]
    if not len(worth_pounds):
        yield say("In pounds, no single parameter is clearly worth finding out.")
    others = worth_pounds.drop(known.index, errors="ignore").sort_values(
        "value_gbp_m", ascending=False, kind="stable"
    )
    for row in records(others.head(few)):
        yield say(
            f"In pounds, knowing {study.parameter(str(row['parameter']))} would be worth £",
            *(value(row, "value_gbp_m"), " million over the period."),
        )

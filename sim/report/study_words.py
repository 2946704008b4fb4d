"""What a study found, in plain sentences. Every sentence is made from the study's tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.folder import label
from sim.report.prose import decimals, listed, number
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
    """A parameter by its name and what it drives: "trust.effect (uplift ...)"."""
    if name not in study.ledger:
        return name
    return f"{name} ({study.ledger[name].drives})"


def measured(study: StudyFolder) -> str:
    """The metric of the study in words."""
    metric = METRICS[str(study.facts["metric"])]
    return metric.label[:1].lower() + metric.label[1:]


def robust_sentences(study: StudyFolder) -> Iterator[str]:
    """Which regime is best on average, most often, and least regretted."""
    table = study.table("robust")
    higher = study.facts["better"] == "higher"
    means = table["mean"].to_numpy()
    best = table.iloc[int(means.argmax() if higher else means.argmin())]
    often = table.iloc[int(table["best_share"].to_numpy().argmax())]
    safe = table[table["minimax"] == 1].iloc[0]
    unit = METRICS[str(study.facts["metric"])].unit
    extreme = "highest" if higher else "lowest"
    yield (
        f"On average over the futures, {label(best['scenario'])} has the {extreme} "
        f"{measured(study)}: {amount(best['mean'])} {unit}."
    )
    yield (
        f"{label(often['scenario'])} is best in the largest share of futures: "
        f"{often['best_share']:.0%}."
    )
    yield (
        f"{label(safe['scenario'])} has the smallest greatest regret: never more than "
        f"{amount(safe['regret_most'])} {unit} worse than the best in the futures sampled."
    )
    share = study.facts["luck_share"]
    if share is not None and math.isfinite(share):
        yield (
            f"Of what separates regimes from future to future, about {share:.0%} is luck within "
            f"a future, not parameters."
        )


def tie_sentence(study: StudyFolder, row: Row) -> str:
    """What one parameter must be for the tested regime to beat another."""
    tested, other = label(study.scenarios[0]), label(str(row["against"]))
    name, unit = parameter(study, str(row["parameter"])), row["unit"]
    ends = [float(row["low"]), float(row["high"])]
    if row["verdict"] in ("always", "never"):
        does = "beats" if row["verdict"] == "always" else "does not beat"
        return (
            f"{tested} {does} {other} on average whatever {name} is, from {amount(ends[0], ends)} "
            f"to {amount(ends[1], ends)} {unit}."
        )
    if row["verdict"] == "undecided" or not math.isfinite(float(row["at_ci95_low"])):
        return f"{name}: no value can be named at which {tested} and {other} tie."
    low, high = float(row["at_ci95_low"]), float(row["at_ci95_high"])
    figures = [float(row["at"]), low, high]
    return (
        f"{tested} beats {other} on average only if {name} is {row['verdict']} "
        f"{amount(figures[0], figures)} {unit} (95 % interval {amount(low, figures)} to "
        f"{amount(high, figures)}; sampled from {amount(ends[0], ends)} to "
        f"{amount(ends[1], ends)})."
    )


def tie_sentences(study: StudyFolder) -> Iterator[str]:
    """The break-evens of the parameters that stand above the noise, by comparator."""
    table = study.table("breakeven")
    for other in dict.fromkeys(table["against"]):
        rows = table[(table["against"] == other) & (table["above_noise"] == 1)]
        if not len(rows):
            yield (
                f"Against {label(other)} no single parameter moves the difference beyond what "
                f"chance would show among so many."
            )
        for row in rows.head(FEW).to_dict("records"):
            yield tie_sentence(study, {str(k): v for k, v in row.items()})


def box_sentences(study: StudyFolder) -> Iterator[str]:
    """Where each regime is best, as a box, with how good and how stable the box is."""
    table = study.table("boxes")
    for told in study.facts["boxes"]:
        name = label(told["scenario"])
        rows = table[table["scenario"] == told["scenario"]]
        if not len(rows):
            yield f"{name} is best in {told['share']:.0%} of futures; no box: {told['why_none']}."
            continue
        weakest = rows["stability"].min()
        if weakest < _STABLE:
            yield (
                f"{name} is best in {told['share']:.0%} of futures. The box found for it changes "
                f"when it is sought again in part of the futures, so none is told."
            )
            continue
        first = rows.iloc[0]
        limits = listed([_limit(study, row) for _, row in rows.iterrows()])
        yield (
            f"{name} is best in {first['density']:.0%} of futures where {limits}, against "
            f"{first['base_rate']:.0%} of all futures. That box holds {first['coverage']:.0%} of "
            f"the futures in which it is best. Sought again in samples of four fifths of the "
            f"futures, at least {weakest:.0%} of boxes limit each of these on the same side."
        )


def information_sentences(study: StudyFolder) -> Iterator[str]:
    """What to find out next, and what it would be worth."""
    facts = study.facts
    unit = METRICS[str(facts["metric"])].unit
    table = study.table("information")
    known = table[table["above_noise"] == 1].head(FEW)
    if not len(known):
        yield (
            f"With what is known now the choice by {measured(study)} is "
            f"{label(facts['chosen'])}. Knowing any one parameter would avoid less than "
            f"{amount(facts['information_floor'])} {unit}, which these samples cannot tell from "
            f"nothing."
        )
    for place, (_, row) in enumerate(known.iterrows()):
        start = (
            f"With what is known now the choice by {measured(study)} is {label(facts['chosen'])}. "
            if place == 0
            else ""
        )
        yield (
            f"{start}Knowing {parameter(study, row['parameter'])} first would change it in "
            f"{row['change_share']:.0%} of futures and avoid {amount(row['value'])} {unit} on "
            f"average."
        )
    worth = table[table["above_noise_gbp"] == 1]
    price = amount(facts["price_gbp_m"])
    if len(worth):
        money = worth.sort_values("value_gbp_m", ascending=False, kind="stable").iloc[0]
        yield (
            f"In pounds, with a council-year inadequate priced at £{price} million, the choice is "
            f"{label(facts['chosen_gbp'])}; knowing {parameter(study, money['parameter'])} would "
            f"be worth most, £{amount(money['value_gbp_m'])} million over the period."
        )
    else:
        yield (
            f"In pounds, with a council-year inadequate priced at £{price} million, the choice is "
            f"{label(facts['chosen_gbp'])}, and no single parameter is clearly worth finding out."
        )


def kind_sentences(study: StudyFolder) -> Iterator[str]:
    """For whom which regime works: the regime with the best mean for each kind of council."""
    table = study.table("kinds")
    for grouping in dict.fromkeys(table["grouping"]):
        rows = table[table["grouping"] == grouping]
        best = {}
        for group in dict.fromkeys(rows["group"]):
            here = rows[rows["group"] == group]
            best[str(group)] = here.iloc[int(here["years_per_council"].to_numpy().argmin())]
        winners = {str(row["scenario"]) for row in best.values()}
        told = "; ".join(
            f"{group}, {'' if len(winners) == 1 else label(row['scenario']) + ', '}"
            f"{row['best_share']:.0%}"
            for group, row in best.items()
        )
        who = f"{label(winners.pop())} in every group" if len(winners) == 1 else "depends"
        yield (
            f"By {grouping}, fewest years inadequate on average: {who}. It is best in this share "
            f"of futures: {told}."
        )


def belief_sentences(table: pd.DataFrame, metric: str) -> Iterator[str]:
    """Which regime each set of beliefs favours, and which is regretted least over all."""
    rows = table[table["metric"] == metric]
    unit = rows["unit"].iloc[0]
    for name in dict.fromkeys(rows["beliefs"]):
        here = rows[rows["beliefs"] == name]
        first = here[here["winner"] == 1]
        best = first.iloc[0]
        near = here[(here["winner"] == 0) & (here["regret_ci95_low"] <= 0)]
        if best["clear"]:
            yield (
                f"Under {name}, {label(best['scenario'])} is best: {amount(best['mean'])} {unit}, "
                f"clearly ahead of every alternative."
            )
        elif len(first) > 1:
            names = listed([label(one) for one in first["scenario"]])
            yield f"Under {name}, {names} tie at {amount(best['mean'])} {unit}."
        else:
            others = listed([label(other) for other in near["scenario"]], "or")
            yield (
                f"Under {name}, {label(best['scenario'])} has the best mean, "
                f"{amount(best['mean'])} {unit}, but is not clearly ahead of {others}."
            )
    worst = rows.groupby("scenario", sort=False)["regret"].max()
    safe = str(worst.idxmin())
    yield (
        f"{label(safe)} is regretted least over these beliefs: at most "
        f"{amount(float(worst.min()))} {unit} worse than the best under any of them."
    )


def _limit(study: StudyFolder, row: pd.Series[Any]) -> str:
    low, high = float(row["lower"]), float(row["upper"])
    name = str(row["parameter"])
    unit = study.ledger[name].unit if name in study.ledger else ""
    if math.isfinite(low) and math.isfinite(high):
        return f"{name} is between {amount(low)} and {amount(high)} {unit}"
    if math.isfinite(low):
        return f"{name} is at least {amount(low)} {unit}"
    return f"{name} is at most {amount(high)} {unit}"

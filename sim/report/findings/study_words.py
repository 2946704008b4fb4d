"""What a study found, in plain sentences. Every sentence is made from the study's tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.findings.cited_study import StudyFolder
from sim.report.words.prose import decimals, listed, number
from sim.results.run_folder import label

Row = Mapping[str, Any]
FEW = 5  # how many parameters a sentence or a list of findings names
STABLE = 0.6  # a box less stable is not told
WIDE = 0.7  # of the range: an interval that hardly places a tie


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


def axis_label(study: StudyFolder, name: str) -> str:
    """A parameter along an axis: what it drives, its name and its unit."""
    one = study.ledger[name]
    return f"{one.drives[:1].upper()}{one.drives[1:]} ({name}, {one.unit})"


def measured(study: StudyFolder) -> str:
    """The metric of the study in words."""
    metric = METRICS[str(study.facts["metric"])]
    return metric.label[:1].lower() + metric.label[1:]


def robust_sentences(study: StudyFolder) -> Iterator[str]:
    """Which regime is best on average, most often, and least regretted."""
    table = study.table("robust")
    higher = study.facts["better"] == "higher"
    first = table[table["mean"] == (table["mean"].max() if higher else table["mean"].min())]
    safe = table[table["minimax"] == 1].iloc[0]
    unit = METRICS[str(study.facts["metric"])].unit
    extreme = "highest" if higher else "lowest"
    does, lead = ("has", ahead(table, first.iloc[0])) if len(first) == 1 else ("have", "a tie")
    yield (
        f"On average over the futures, {listed(label(name) for name in first['scenario'])} {does} "
        f"the {extreme} {measured(study)}, {amount(first['mean'].iloc[0])} {unit}, {lead}."
    )
    yield (
        f"Most often best: {_tops(table, 'best_share')} of futures; most often best or nearly so: "
        f"{_tops(table, 'within_share')}."
    )
    if (table["regret_most"] == safe["regret_most"]).sum() > 1:
        yield f"Several tie for the smallest greatest regret, {amount(safe['regret_most'])} {unit}."
    else:
        yield (
            f"{label(safe['scenario'])} has the smallest greatest regret: never more than "
            f"{amount(safe['regret_most'])} {unit} worse than the best in the futures sampled."
        )
    share = study.facts["luck_share"]
    if share is None:
        yield (
            "How much of what separates regimes in a future is luck, not parameters, these runs "
            "cannot say: that takes two replications or more."
        )
    else:
        yield (
            f"Luck counts too: with {study.record['replications']} replications a future, about "
            f"{share:.0%} of the variation between futures in how far regimes lie apart is luck, "
            f"not parameters. Some of the futures in which a regime is best are such luck."
        )


def tops(rows: pd.DataFrame, column: str) -> list[str]:
    """The scenarios with the highest figure: several where they tie."""
    return [str(s) for s in rows.loc[rows[column] >= rows[column].max() - 1e-9, "scenario"]]


def _tops(rows: pd.DataFrame, column: str) -> str:
    names = listed(label(name) for name in tops(rows, column))
    return f"{names}, in {rows[column].max():.0%}"


def ahead(rows: pd.DataFrame, best: pd.Series[Any]) -> str:
    """How the lead of the best of some regimes stands to chance: "clearly ahead of ..."."""
    others = rows[rows["scenario"] != best["scenario"]]
    clear = others["lead"].abs() > others["lead_ci95_half"]
    if clear.all():
        return "clearly ahead of every alternative"
    if not clear.any():
        return "not clearly ahead of any alternative"
    first = listed(label(name) for name in others.loc[clear, "scenario"])
    rest = listed([label(name) for name in others.loc[~clear, "scenario"]], "or")
    return f"clearly ahead of {first} but not of {rest}"


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
    losses = [float(row["loss_low"]), float(row["loss_high"])]
    at, low, high = (float(row[part]) for part in ("at", "at_ci95_low", "at_ci95_high"))
    if row["verdict"] == "undecided" or not math.isfinite(low):
        metric = METRICS[str(study.facts["metric"])]
        gaps = [amount(abs(loss), losses) for loss in losses]
        worse = ["behind" if loss > 0 else "ahead" for loss in losses]
        return (
            f"{name} moves the difference, but no value can be named at which {tested} and "
            f"{other} tie: {tested} is on average {gaps[0]} {metric.unit} {worse[0]} at "
            f"{amount(ends[0], ends)} {unit} and {gaps[1]} {worse[1]} at {amount(ends[1], ends)}."
        )
    figures = [at, low, high]
    interval = f"95 % interval {amount(low, figures)} to {amount(high, figures)}"
    sampled = f"sampled from {amount(ends[0], ends)} to {amount(ends[1], ends)}"
    if high - low > WIDE * (ends[1] - ends[0]):
        more = "higher" if row["verdict"] == "above" else "lower"
        return (
            f"{tested} does better against {other} the {more} {name} is, but these futures "
            f"hardly say where the two tie: perhaps at {amount(at, figures)} {unit} ({interval}; "
            f"{sampled})."
        )
    beyond = low == ends[0] or high == ends[1]
    return (
        f"{tested} beats {other} on average only if {name} is {row['verdict']} "
        f"{amount(at, figures)} {unit} ({interval}{', or beyond' if beyond else ''}; {sampled})."
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
        yield _the_rest(study, str(other), table[table["against"] == other].drop(rows.index))


def _the_rest(study: StudyFolder, other: str, rows: pd.DataFrame) -> str:
    """What can be said of the parameters that do not stand above the noise."""
    tested, counts = label(study.scenarios[0]), rows["verdict"].value_counts()
    ahead_of, behind = int(counts.get("always", 0)), int(counts.get("never", 0))
    open_still = len(rows) - ahead_of - behind
    parts = [
        f"{number} {'keeps' if number == 1 else 'keep'} {tested} {where} over the whole range"
        for number, where in ((ahead_of, "ahead"), (behind, "behind"))
        if number
    ]
    if open_still:
        parts.append(f"for {open_still} these futures cannot say")
    return (
        f"Of the other {len(rows)} parameters, one at a time, none can be shown to turn the "
        f"choice between {tested} and {label(other)}: {'; '.join(parts)} (breakeven.csv)."
    )


def box_sentences(study: StudyFolder) -> Iterator[str]:
    """Where each regime is best, as a box, with how good and how stable the box is."""
    table = study.table("boxes")
    for told in study.facts["boxes"]:
        name = label(told["scenario"])
        rows = table[table["scenario"] == told["scenario"]]
        if not len(rows):
            yield (
                f"{name} is alone the best in {told['share']:.0%} of futures; no box: "
                f"{told['why_none']}."
            )
            continue
        weakest = rows["stability"].min()
        if weakest < STABLE:
            yield (
                f"{name} is alone the best in {told['share']:.0%} of futures. The box found for "
                f"it changes when it is sought again in part of the futures, so none is told: "
                f"only {weakest:.0%} of boxes limit each of its parameters on the same side."
            )
            continue
        first = rows.iloc[0]
        most = "all" if weakest == 1.0 else f"at least {weakest:.0%} of"
        limits = listed([_limit(study, row) for _, row in rows.iterrows()])
        yield (
            f"{name} is alone the best in {first['density']:.0%} of the futures where {limits} "
            f"(density), against {first['base_rate']:.0%} of all futures. Those futures hold "
            f"{first['coverage']:.0%} of all in which it is best (coverage). Sought again in "
            f"samples of four fifths of the futures, {most} the boxes limit each of these on the "
            f"same side (stability); in the fifths left out their density is "
            f"{first['density_held_out']:.0%} and their coverage {first['coverage_held_out']:.0%}."
        )


def belief_sentences(table: pd.DataFrame, metric: str) -> Iterator[str]:
    """Which regime each set of beliefs favours, and which is regretted least over all."""
    rows = table[table["metric"] == metric]
    unit = rows["unit"].iloc[0]
    means = [float(mean) for mean in rows["mean"]]
    for name in dict.fromkeys(rows["beliefs"]):
        here = rows[rows["beliefs"] == name]
        first = here[here["winner"] == 1]
        best = first.iloc[0]
        near = here[(here["winner"] == 0) & (here["regret_ci95_low"] <= 0)]
        if best["clear"]:
            yield (
                f"Under {name}, {label(best['scenario'])} is best: {amount(best['mean'], means)} "
                f"{unit}, clearly ahead of every alternative."
            )
        elif len(first) > 1:
            names = listed([label(one) for one in first["scenario"]])
            yield f"Under {name}, {names} tie at {amount(best['mean'], means)} {unit}."
        else:
            others = listed([label(other) for other in near["scenario"]], "or")
            yield (
                f"Under {name}, {label(best['scenario'])} has the best mean, "
                f"{amount(best['mean'], means)} {unit}, but is not clearly ahead of {others}."
            )
    worst = rows.groupby("scenario", sort=False)["regret"].max()
    safe = str(worst.idxmin())
    yield (
        f"{label(safe)} is regretted least over these beliefs: its mean is at most "
        f"{amount(float(worst.min()), [float(r) for r in rows['regret']])} {unit} worse than the "
        f"best mean under any of them."
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

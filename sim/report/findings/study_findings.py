"""All that a study found, section by section, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from sim.inputs.metrics import METRICS
from sim.report.findings.cited_study import StudyFolder
from sim.report.findings.study_words import (
    FEW,
    ahead,
    amount,
    belief_sentences,
    box_sentences,
    measured,
    parameter,
    robust_sentences,
    tie_sentences,
)
from sim.report.words.prose import listed
from sim.results.run_folder import label

YEARS = "inadequate_council_years"


def findings(study: StudyFolder) -> Iterator[tuple[str, Iterator[str]]]:
    """The sections of a study's findings: a title, and its sentences."""
    if study.kind == "explore":
        yield "Which regime", robust_sentences(study)
        yield "For whom", kind_sentences(study)
        yield "What you would have to believe", tie_sentences(study)
        yield "Where each regime is best", box_sentences(study)
        yield "What to find out next", information_sentences(study)
    elif study.kind == "beliefs":
        yield "What follows from which beliefs", belief_sentences(study.table("beliefs"), YEARS)
    elif study.kind == "sensitivity":
        yield "What moves the difference", factor_sentences(study)
    else:
        yield "What each part adds", part_sentences(study)


def factor_sentences(study: StudyFolder) -> Iterator[str]:
    """Which parameters stand above the noise, and what luck does."""
    shares = study.facts["method"] == "shares"
    table = study.table("shares" if shares else "screening").set_index("factor")
    size = table["total" if shares else "size"].astype(float)
    unit = "of the variance" if shares else METRICS[str(study.facts["metric"])].unit
    first, second = (label(name) for name in study.scenarios[:2])
    clear = [f for f in table.index[table["above_noise"] == 1] if f not in ("luck", "nothing")]
    sizes = [f"{parameter(study, str(f))} ({amount(float(size[f]))} {unit})" for f in clear]
    yield (
        f"What moves the difference between {first} and {second} beyond the noise floor: "
        f"{listed(sizes)}."
        if clear
        else f"No parameter moves the difference between {first} and {second} beyond the noise."
    )
    luck, floor = amount(float(size["luck"])), amount(float(study.facts["noise_floor"]))
    yield (
        f"Luck, with all it acts on, has a share of {luck} of the variance."
        if shares
        else f"Another choice of luck alone moves the difference by {luck} {unit}."
    )
    yield (
        f"The noise floor is {floor} {unit}: what a change too small to matter does, at the top "
        f"of its interval."
    )


def part_sentences(study: StudyFolder) -> Iterator[str]:
    """What each part of a package adds, those beyond chance and the rest."""
    table = study.table("attribution")
    unit = METRICS[str(study.facts["metric"])].unit
    none, whole = float(table["effect"].iloc[0]), float(table["effect"].iloc[-1])
    ends = [none, whole]
    yield (
        f"Mean {measured(study)} under {label(study.scenarios[0])}: {amount(whole, ends)} {unit} "
        f"as it is, {amount(none, ends)} with all these parts switched off."
    )
    for row in table.iloc[1:-1].to_dict("records"):
        effect, half = float(row["effect"]), float(row["ci95_half"])
        beyond = "" if abs(effect) > half else ", which chance could explain"
        if effect == 0.0 and half == 0.0:
            yield f"{row['title']}: makes no difference in these runs."
            continue
        way = "adds" if effect > 0 else "takes away"
        places = [effect, half]
        yield (
            f"{row['title']}: {way} {amount(abs(effect), places)} {unit} (± "
            f"{amount(half, places)}){beyond}."
        )


def kind_rows(study: StudyFolder) -> Iterator[tuple[str, ...]]:
    """For each kind of council and regime, the share of futures in which it is best, and best
    or nearly so: "62% (98%)"."""
    table = study.table("kinds")
    for (grouping, group), rows in table.groupby(["grouping", "group"], sort=False):
        shares = (
            f"{row['best_share']:.0%} ({row['within_share']:.0%})" for _, row in rows.iterrows()
        )
        yield (f"{grouping}: {group} ({rows['councils'].iloc[0]})", *shares)


def kind_sentences(study: StudyFolder) -> Iterator[str]:
    """The regime with the fewest years inadequate for each kind of council, and its lead."""
    table = study.table("kinds")
    for grouping in dict.fromkeys(table["grouping"]):
        told: dict[str, list[str]] = {}
        for group in dict.fromkeys(table.loc[table["grouping"] == grouping, "group"]):
            rows = table[(table["grouping"] == grouping) & (table["group"] == group)]
            best = rows.iloc[int(rows["years_per_council"].to_numpy().argmin())]
            tied = rows[rows["years_per_council"] == best["years_per_council"]]
            names = either([str(name) for name in tied["scenario"]])
            lead = "" if len(tied) > 1 else f" ({_lead(rows, best)})"
            told.setdefault(names, []).append(f"{group}{lead}")
        parts = [f"{regime} for {listed(groups)}" for regime, groups in told.items()]
        yield f"By {grouping}, fewest years inadequate on average: {'; '.join(parts)}."


def _lead(rows: pd.DataFrame, best: pd.Series[Any]) -> str:
    words = ahead(rows, best)
    for end in ("of every alternative", "of any alternative"):
        words = words.removesuffix(f" ahead {end}")
    return words


def information_sentences(study: StudyFolder) -> Iterator[str]:
    """What to find out next, and what it would be worth in the metric's unit and in pounds."""
    facts = study.facts
    unit = METRICS[str(facts["metric"])].unit
    table = study.table("information")
    known = table[table["above_noise"] == 1].head(FEW)
    yield f"With what is known now the choice by {measured(study)} is {either(facts['chosen'])}."
    for row in known.to_dict("records"):
        pounds = (
            f"with costs counted too that is worth £{amount(row['value_gbp_m'])} million"
            if row["above_noise_gbp"]
            else "with costs counted too, no more than chance could show"
        )
        yield (
            f"Knowing {parameter(study, row['parameter'])} first would change that choice in "
            f"{row['change_share']:.0%} of futures and avoid {amount(row['value'])} {unit} on "
            f"average over the period; {pounds}."
        )
    if not len(known):
        yield (
            f"No single parameter is clearly worth knowing first: what looks best among these "
            f"samples would avoid {amount(float(table['value'].max()))} {unit}, and chance alone "
            f"could show {amount(facts['information_floor'])}."
        )
    yield (
        f"Knowing every parameter and the luck of the future too would avoid "
        f"{amount(facts['everything'])} {unit}: no study can be worth more."
    )
    yield from _in_pounds(study)


def either(names: list[str]) -> str:
    """The regime chosen, or those that tie."""
    tie = " (they tie)" if len(names) > 1 else ""
    return listed([label(name) for name in names], "or") + tie


def _in_pounds(study: StudyFolder) -> Iterator[str]:
    facts = study.facts
    price = float(facts["price_gbp_m"])
    reason = (
        "as given"
        if facts["price_given"]
        else "what an average council adds to its budget in a "
        "year after a failure; the harm to children is not in it"
    )
    yield (
        f"In pounds, costs of intervention and overspends of trusts are added, and a council-year "
        f"inadequate is priced at £{amount(price)} million ({reason}): the choice is then "
        f"{either(facts['chosen_gbp'])}."
    )
    steps = [(float(s["from_gbp_m"]), label(s["scenario"])) for s in facts["choice_by_price"]]
    if len(steps) == 1:
        yield f"{steps[0][1]} costs least whatever the price of a council-year."
    else:
        more = listed(f"{name} from £{amount(start)} million up" for start, name in steps[1:])
        yield f"At a low price of a council-year {steps[0][1]} costs least, {more}."
    table = study.table("information")
    worth = table[(table["above_noise_gbp"] == 1) & (table["above_noise"] == 0)]
    for row in worth.head(FEW).to_dict("records"):
        yield (
            f"In pounds, knowing {parameter(study, row['parameter'])} would be worth "
            f"£{amount(row['value_gbp_m'])} million over the period."
        )
    if not (table["above_noise_gbp"] == 1).any():
        yield "In pounds, no single parameter is clearly worth finding out."

"""For whom which regime works, and what to find out next, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from sim.inputs.metrics import METRICS
from sim.report.folder import label
from sim.report.prose import listed
from sim.report.study_folder import StudyFolder
from sim.report.study_words import FEW, ahead, amount, measured, parameter

YEARS = "inadequate_council_years"


def kind_sentences(study: StudyFolder) -> Iterator[str]:
    """The regime with the fewest years inadequate for each kind of council, and its lead."""
    table = study.table("kinds")
    for grouping in dict.fromkeys(table["grouping"]):
        told = []
        for group in dict.fromkeys(table.loc[table["grouping"] == grouping, "group"]):
            rows = table[(table["grouping"] == grouping) & (table["group"] == group)]
            best = rows.iloc[int(rows["years_per_council"].to_numpy().argmin())]
            told.append(
                f"{group} ({best['councils']}), {label(best['scenario'])}, {ahead(rows, best)}"
            )
        yield f"By {grouping}, fewest years inadequate on average: {'; '.join(told)}."


def information_sentences(study: StudyFolder) -> Iterator[str]:
    """What to find out next, and what it would be worth in the metric's unit and in pounds."""
    facts = study.facts
    unit = METRICS[str(facts["metric"])].unit
    table = study.table("information")
    known = table[table["above_noise"] == 1].head(FEW)
    price = float(facts["price_gbp_m"])
    yield f"With what is known now the choice by {measured(study)} is {label(facts['chosen'])}."
    for row in known.to_dict("records"):
        pounds = ""
        if facts["metric"] == YEARS:
            pounds = f" (£{amount(price * row['value'])} million at the price below)"
        yield (
            f"Knowing {parameter(study, row['parameter'])} first would change that choice in "
            f"{row['change_share']:.0%} of futures and avoid {amount(row['value'])} {unit}{pounds} "
            f"on average over the period."
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
    yield from _in_pounds(study, price)


def _in_pounds(study: StudyFolder, price: float) -> Iterator[str]:
    facts = study.facts
    reason = (
        "as given"
        if facts["price_given"]
        else "what an average council adds to its budget in a "
        "year after a failure; the harm to children is not in it"
    )
    yield (
        f"In pounds, costs of intervention and overspends of trusts are added, and a council-year "
        f"inadequate is priced at £{amount(price)} million ({reason}): the choice is then "
        f"{label(facts['chosen_gbp'])}."
    )
    steps = [(float(s["from_gbp_m"]), label(s["scenario"])) for s in facts["choice_by_price"]]
    if len(steps) == 1:
        yield f"{steps[0][1]} costs least whatever the price of a council-year."
    else:
        more = listed(f"{name} from £{amount(start)} million" for start, name in steps[1:])
        yield f"By price of a council-year, the least cost has {steps[0][1]} at first, {more}."
    table = study.table("information")
    worth = table[table["above_noise_gbp"] == 1]
    if len(worth):
        money = worth.sort_values("value_gbp_m", ascending=False, kind="stable").iloc[0]
        yield (
            f"In pounds, knowing {parameter(study, money['parameter'])} would be worth most, "
            f"£{amount(money['value_gbp_m'])} million over the period."
        )
    else:
        yield "In pounds, no single parameter is clearly worth finding out."

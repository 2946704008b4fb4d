"""Tipping points of an exploration, a sentence for each pair of options."""

from __future__ import annotations

from collections.abc import Iterator

from sim.report.words.cited_study import CitedStudy, Row, records
from sim.report.words.prose import Sentence, say
from sim.results.run_folder import label


def tipping_sentences(study: CitedStudy) -> Iterator[Sentence]:
    """For each pair of options the belief that turns their order soonest, and how often a reader
    who takes the better on average would be wrong; last, how often over all options.

    Nothing for a study of a version before tipping points.
    """
    if not study.has("tipping.csv"):
        return
    table = study.table("tipping")
    for (first, second), rows in table.groupby(["scenario", "against"], sort=False):
        pair = f"{label(str(first))} and {label(str(second))}"
        turning = rows[(rows["verdict"] == "turns") & (rows["above_noise"] == 1)]
        # The rows are in order of distance from the mean: the first turns the order soonest.
        if len(turning):
            yield say(
                f"{pair}: ", _turn(study, records(turning)[0]), _wrong(study, records(rows)[0])
            )
        else:
            yield say(
                *(f"{pair}: none of the ", study.count("parameters", len(rows))),
                " parameters, one at a time, can be shown to turn their order within its range; ",
                _wrong(study, records(rows)[0]),
            )
    yield say(
        "Over all options, whoever takes the best on average is wrong in ",
        study.finding("wrong_share", study.facts["wrong_share"], 0, 100.0),
        "% of single runs: another does better there.",
    )


def _turn(study: CitedStudy, row: Row) -> Sentence:
    at, least, most = study.cells("tipping", row, "at", "at_ci95_low", "at_ci95_high")
    low, high = study.cells("tipping", row, "low", "high")
    mean = study.cells("tipping", row, "mean", "low", "high")[0]
    return say(
        f"the order turns soonest with {study.parameter(str(row['parameter']))}, at ",
        *(at, " (95% interval ", least, " to ", most, "; mean of the futures ", mean),
        *("; sampled from ", low, " to ", high, f" {row['unit']}): below it "),
        f"{label(str(row['better_below']))} does better, above it "
        f"{label(str(row['better_above']))}; ",
    )


def _wrong(study: CitedStudy, row: Row) -> Sentence:
    return say(
        f"whoever takes {label(str(row['better']))}, the better on average, is wrong in ",
        *(study.percent("tipping", row, "wrong_share"), "% of single runs."),
    )

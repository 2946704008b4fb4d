"""What studies of beliefs, sensitivity and parts of a package found, in traced sentences."""

from __future__ import annotations

from collections.abc import Iterator

from sim.inputs.metrics import METRICS
from sim.report.words.cited_study import (
    CitedStudy,
    Row,
    records,
)
from sim.report.words.prose import Sentence, joined, listed, say, unsigned
from sim.results.run_folder import label


def belief_sentences(study: CitedStudy, metric: str) -> Iterator[Sentence]:
    """Which regime each set of beliefs favours, and which is regretted least over all."""
    table = study.table("beliefs")
    table = table[table["metric"] == metric]
    units = METRICS[metric].display_unit
    means = [float(mean) for mean in table["mean"]]
    if table.loc[table["winner"] == 1, "scenario"].nunique() > 1:
        yield say("Which option is best depends on what is believed.")
    for name, rows in table.groupby("beliefs", sort=False):
        winners = records(rows[rows["winner"] == 1])
        best = winners[0]
        mean = study.cell("beliefs", best, "mean", means)
        under = f"Under \u201c{name}\u201d beliefs, "
        if best["clear"]:
            yield say(
                f"{under}{label(best['scenario'])} is best: ",
                *(mean, f" {units}, clearly ahead of every alternative."),
            )
        elif len(winners) > 1:
            names = listed(label(row["scenario"]) for row in winners)
            yield say(f"{under}{names} tie at ", mean, f" {units}.")
        else:
            near = rows[(rows["winner"] == 0) & (rows["regret_ci95_low"] <= 0)]
            others = listed([label(other) for other in near["scenario"]], "or")
            yield say(
                f"{under}{label(best['scenario'])} has the best mean, ",
                *(mean, f" {units}, but is not clearly ahead of {others}."),
            )
    worst = table.loc[table.groupby("scenario", sort=False)["regret"].idxmax()]
    safe = min(records(worst), key=lambda row: row["regret"])
    regrets = [float(regret) for regret in table["regret"]]
    least = [label(row["scenario"]) for row in records(worst) if row["regret"] == safe["regret"]]
    one = len(least) == 1
    yield say(
        f"{listed(least)} {'is' if one else 'are'} regretted least over these beliefs: "
        f"{'its' if one else 'their'} mean is at most ",
        study.cell("beliefs", safe, "regret", regrets),
        f" {units} worse than the best mean under any of them.",
    )


def factor_sentences(study: CitedStudy, few: int | None = None) -> Iterator[Sentence]:
    """Which parameters move the difference between two regimes beyond the noise, and luck.

    At most `few` parameters, those that move it most.
    """
    shares = study.facts["method"] == "shares"
    name, column = ("shares", "total") if shares else ("screening", "size")
    table = study.table(name)
    first, second = (label(scenario) for scenario in study.scenarios[:2])
    unit = study.unit
    difference = f"the difference between {first} and {second} in {study.measured}"

    def size(row: Row) -> Sentence:
        if shares:
            return say(study.percent(name, row, column), "% of the variance, with interactions")
        return say(study.cell(name, row, column), f" {unit}")

    own = table["factor"].isin(["luck", "nothing"])  # no parameters
    clear = records(table[(table["above_noise"] == 1) & ~own])[:few]
    if clear:
        sizes = [say(f"{study.parameter(str(row['factor']))}, ", size(row)) for row in clear]
        span = "" if shares else ", each over its whole range,"
        start = f"What most moves {difference}{span} beyond the noise floor: "
        yield say(start, joined(sizes), ".")
    else:
        yield say(f"No parameter of those asked about moves {difference} beyond the noise floor.")
    for row in records(table[table["factor"] == "luck"]):
        if shares:
            yield say("Luck, with all it acts on, has ", size(row), ".")
        else:
            yield say("Another choice of luck alone moves the difference by ", size(row), ".")
    if not study.plain_words:
        scale = 100.0 if shares else study.metric.scale
        floor = study.finding("noise_floor", study.facts["noise_floor"], scale=scale)
        yield say(
            *("The noise floor is ", floor, "% of the variance" if shares else f" {unit}"),
            ": what a change too small to matter does, at the top of its interval.",
        )


def part_sentences(study: CitedStudy) -> Iterator[Sentence]:
    """What each part of a package adds to its outcome.

    In plain words those beyond chance, then the names of the others.
    """
    rows = records(study.table("attribution"))
    ends = [float(rows[place]["effect"]) for place in (0, -1)]
    none, whole = (study.cell("attribution", rows[place], "effect", ends) for place in (0, -1))
    yield say(
        f"Mean {study.measured} under {label(study.scenarios[0])}: ",
        *(whole, f" {study.unit} as it is, ", none, " with all these parts switched off."),
    )
    unclear = []
    for row in rows[1:-1]:
        title = f"\u201c{row['title']}\u201d"
        effect, half = study.cells("attribution", row, "effect", "ci95_half")
        beyond = abs(effect.value) > half.value
        if study.plain_words and not beyond:
            unclear += [title] if row["step"] in study.facts["parts"] else []
        elif effect.value == 0.0 and half.value == 0.0:
            yield say(f"{title} makes no difference in these runs.")
        else:
            yield say(
                f"{title} {'adds' if effect.value > 0 else 'takes away'} ",
                *(unsigned(effect), " (give or take ", half, f") {study.unit}"),
                "." if beyond else ", which chance could explain.",
            )
    if unclear:
        yield say(f"No clear effect of {'; '.join(unclear)}.")

"""Rival beliefs, sensitivity and attribution in a briefing: sentences whose figures are traced."""

from __future__ import annotations

from collections.abc import Iterator

from sim.inputs.metrics import METRICS
from sim.report.findings.cited_study import StudyFolder
from sim.report.findings.explored import Row, at, bare
from sim.report.findings.study_words import measured, parameter
from sim.report.words.prose import CitedNumber, Sentence, joined, listed, say
from sim.results.run_folder import label

TOP = 5
_OWN = ("luck", "nothing")  # factors that are no parameters


def belief_sentences(study: StudyFolder, metric: str) -> Iterator[Sentence]:
    """Which regime each set of beliefs favours, and which is regretted least over all."""
    table = study.table("beliefs")
    rows = table[table["metric"] == metric]
    unit = rows["unit"].iloc[0]

    def cell(row: Row, column: str) -> CitedNumber:
        where = {"beliefs": row["beliefs"], "scenario": row["scenario"], "metric": metric}
        figures = [float(figure) for figure in rows[column]]
        return study.cite("beliefs", column, where, float(row[column]), among=figures)

    if rows.loc[rows["winner"] == 1, "scenario"].nunique() > 1:
        yield say("Which option is best depends on what is believed.")
    for name in dict.fromkeys(rows["beliefs"]):
        here = rows[rows["beliefs"] == name]
        first = here[here["winner"] == 1]
        best = at(first, 0)
        near = here[(here["winner"] == 0) & (here["regret_ci95_low"] <= 0)]
        mean = cell(best, "mean")
        under = f"Under \u201c{name}\u201d beliefs, "
        if best["clear"]:
            yield say(
                f"{under}{label(best['scenario'])} is best: ",
                *(mean, f" {unit}, clearly ahead of every alternative."),
            )
        elif len(first) > 1:
            names = listed([label(one) for one in first["scenario"]])
            yield say(f"{under}{names} tie at ", mean, f" {unit}.")
        else:
            others = listed([label(other) for other in near["scenario"]], "or")
            yield say(
                f"{under}{label(best['scenario'])} has the best mean, ",
                *(mean, f" {unit}, but is not clearly ahead of {others}."),
            )
    worst = rows.loc[rows.groupby("scenario", sort=False)["regret"].idxmax()]
    safe = at(worst, worst["regret"].to_numpy().argmin())
    yield say(
        f"{label(str(safe['scenario']))} is regretted least over these beliefs: its mean is at "
        "most ",
        *(cell(safe, "regret"), f" {unit} worse than the best mean under any of them."),
    )


def factor_sentences(study: StudyFolder) -> Iterator[Sentence]:
    """Which parameters move the difference between two regimes beyond the noise."""
    shares = study.facts["method"] == "shares"
    name = "shares" if shares else "screening"
    column = "total" if shares else "size"
    table = study.table(name)
    unit = METRICS[str(study.facts["metric"])].unit
    first, second = (label(scenario) for scenario in study.scenarios[:2])
    what = f"the difference between {first} and {second} in {measured(study)}"
    clear = table[(table["above_noise"] == 1) & ~table["factor"].isin(_OWN)].head(TOP)

    def told(factor: str, size: float) -> Sentence:
        where = {"factor": factor}
        figure = (
            say(study.share(name, column, where, size), "% of the variance, with interactions")
            if shares
            else say(study.cite(name, column, where, size), f" {unit}")
        )
        words = "luck" if factor == "luck" else parameter(study, factor)
        return say(f"{words}, ", figure)

    rows = [told(str(r["factor"]), float(r[column])) for r in clear.to_dict("records")]
    if rows:
        start = f"What moves {what} most{'' if shares else ', over its whole range'}: "
        yield say(start, joined(rows), ".")
    else:
        yield say(f"No parameter of those asked about moves {what} beyond the noise.")
    luck = table[table["factor"] == "luck"]
    if len(luck):
        yield say("Beside them, ", told("luck", float(luck[column].iloc[0])), ".")


def part_sentences(study: StudyFolder) -> Iterator[Sentence]:
    """What each part of a scenario adds to its outcome; clear ones first, then the others."""
    table = study.table("attribution")
    unit = METRICS[str(study.facts["metric"])].unit
    name = label(study.scenarios[0])
    parts = table[table["step"].isin(study.facts["parts"])]
    clear = parts[parts["effect"].abs() > parts["ci95_half"]]
    for row in clear.to_dict("records"):
        where = {"step": row["step"]}
        effect, half = float(row["effect"]), float(row["ci95_half"])
        shown = study.cite("attribution", "effect", where, effect, among=[effect, half])
        yield say(
            f"\u201c{row['title']}\u201d {'adds' if effect > 0 else 'takes away'} ",
            bare(shown),
            " (give or take ",
            study.cite("attribution", "ci95_half", where, half, among=[effect, half]),
            f") {unit} under {name}.",
        )
    left = [f"\u201c{title}\u201d" for title in parts["title"] if title not in set(clear["title"])]
    if left:
        yield say(f"No clear effect of {'; '.join(left)}.")

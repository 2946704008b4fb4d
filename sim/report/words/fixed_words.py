"""The parts of a briefing that no number changes."""

from __future__ import annotations

QUESTION = (
    "Inspectors judge a council's children's services inadequate. What should government do: "
    "give it time and then take the service over, send a commissioner with power to direct, "
    "lend it the managers of a council that does the job well, or leave it alone?"
)

STUDIES = "What you would have to believe"

SCORE_HEADINGS = (
    "Figures",
    "In the 50% interval, %",
    "In the 80% interval, %",
    "In the 95% interval, %",
    "Better than no change, %",
    "Better than going on as before, %",
)

# How good the evidence is, by its rating in the ledger.
EVIDENCE = {"red": "little", "amber": "partial", "green": "good"}

NO_BACKTEST = (
    "No back-test was at hand, so the model's fit to the past is not shown here. Read the "
    "figures as what follows from the assumptions."
)

_LARGEST = (
    "How much good a trust, a commissioner or a peer team does is known from a few real cases, "
    "chosen because they had failed longest. "
)
_NO_PROOF = (
    "The intervals say how well the model's own average is known. A narrow interval is not "
    "proof that the model is right."
)


ROUGH = (
    "An interval called rough comes from differences so skewed, or so often zero, that with so few "
    "replications the mean may lie outside it far more often than one time in twenty."
)


def beliefs_words(beliefs: str) -> tuple[str, ...]:
    """What is not known, said first; it depends on what the run assumed about the world."""
    if beliefs == "central":
        return (
            "The largest uncertainty is not in the ranges on this page. "
            f"{_LARGEST}The model takes one central value of each; other reasonable ones could "
            "change the order of the options.",
            _NO_PROOF,
        )
    if beliefs == "evidence":
        return (
            f"{_LARGEST}Each run therefore takes other values, from the range that the record "
            "does not rule out. The differences on this page are means over all of them: under "
            "beliefs that you hold the order of the options may be another.",
            _NO_PROOF,
        )
    return (
        f"This page assumes the beliefs \u201c{beliefs}\u201d, which are one side of an argument. "
        f"{_LARGEST}Other reasonable beliefs could change the order of the options.",
        _NO_PROOF,
    )


METHOD: tuple[str, ...] = (
    "The program plays all of England's councils forward from their recorded state on the start "
    "date, once for each option, under rules and assumptions that are written down with their "
    "sources in the ledger.",
    "Children and staff are counted week by week: referrals arrive, wait for a worker, are "
    "assessed, and become children in need, protection plans or children looked after; social "
    "workers join, leave and are replaced by agency staff; budgets are set each April and "
    "overspending squeezes early help and posts. The hidden quality of practice follows "
    "leadership, workload, stability and support, with a delay of a year or more.",
    "Institutions act one by one: Ofsted inspects with a limited number of inspectors and sees "
    "practice with error; directors come and go; the department has finite numbers of "
    "commissioners, sponsors and peer teams, so councils may wait; a trust takes at least a "
    "year to set up.",
    "Every option meets the same luck: the same referrals, resignations and inspectors. The "
    "difference between options is taken run by run, so that luck common to both cancels. The "
    "intervals of differences are simultaneous: all of them hold together with the stated "
    "confidence. Nine runs in ten fall between the fifth and the ninety-fifth percentile.",
    "Time to leaving an inadequate judgement is estimated by the Kaplan-Meier method. Spells "
    "under way at the start count from the age they had reached; spells still open at the end "
    "are censored.",
    "No outcome after August 2019 was used to build the model. What it shows for later years is "
    "what follows from its assumptions, not a record of what happened and not a forecast for "
    "any council.",
)

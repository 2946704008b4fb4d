"""How often each of two worlds is the quicker, replication by replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# Days by which one world must come first to count as quicker.
SOONER = 15
# With fewer replications than this nothing is said about which world is better.
FEW = 30

Spans = Sequence[tuple[date, date | None]]  # inadequate spells of one replication


@dataclass(frozen=True)
class Odds:
    """In how many of `count` replications each of two worlds is the quicker.

    `by` says how that is judged: when the council leaves the spell it starts in, or how
    long it is inadequate in all. `failed` counts the replications in which it is ever
    inadequate under each.
    """

    count: int
    first: int
    second: int
    by: str
    failed: tuple[int, int]


def odds(a: Sequence[Spans], b: Sequence[Spans], start: date, end: date) -> Odds:
    """Compare two worlds over replications, each given by its inadequate spells."""
    starts_in = any(run and run[0][0] <= start for run in a)

    def days(run: Spans) -> int:
        if starts_in:
            left = run[0][1] if run else start
            return ((left or end) - start).days
        return sum(((last or end) - max(first, start)).days for first, last in run)

    apart = [days(two) - days(one) for one, two in zip(a, b, strict=True)]
    return Odds(
        count=len(apart),
        first=sum(gap >= SOONER for gap in apart),
        second=sum(gap <= -SOONER for gap in apart),
        by="leaving" if starts_in else "months",
        failed=(sum(bool(run) for run in a), sum(bool(run) for run in b)),
    )


def odds_words(found: Odds, labels: Sequence[str], council: str) -> str:
    """The odds as sentences; one label where only the first world was run."""
    n = found.count
    a, b = labels
    if found.by == "months" and not any(found.failed):
        return f"In none of the {n} replications looked at was {council} ever judged inadequate."
    what = "spent fewer months inadequate" if found.by == "months" else "left inadequate sooner"
    told = (
        f"Luck: of {n} replications, {council} {what} in {found.first} under {a} and in "
        f"{found.second} under {b}, and in {n - found.first - found.second} it made no difference."
    )
    if found.by == "months":
        told += (
            f" It was judged inadequate at some time in {found.failed[0]} of them under {a} and in "
            f"{found.failed[1]} under {b}."
        )
    if n < FEW:
        told += " So few show only how much luck matters, not which rule is better."
    return told

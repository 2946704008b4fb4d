"""What the experiment of each mechanism and loop last showed: seeds/experiments.csv.

`simulate claims --record` writes it, a row for each figure that shows a mechanism or a loop. The
register of claims has a column with what follows for each claim, so that none reads "modelled"
where the model shows the contrary.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, PositiveInt

from sim.inputs.evidence.mechanisms import Claimed, Mechanisms
from sim.inputs.files.entries import Entry, Text, read_entry
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, raise_if_any

Verdict = Literal["as claimed", "contrary", "cannot be told", "nothing claimed"]
# Of a claim, from the verdicts on all its mechanisms: "none" where it has no experiment.
OfClaim = Literal[
    "as claimed",
    "as claimed in part",
    "contrary",
    "contrary in part",
    "cannot be told",
    "nothing claimed",
    "none",
]
OF_CLAIM: tuple[str, ...] = get_args(OfClaim)
# A mechanism has one figure; a loop shows first in one and comes round in another.
Figure = Literal["effect", "shows first", "comes round"]

# The smallest difference that counts, as a share of the figure's level. Assumption: a tenth of
# one per cent. It is a tenth, or less, of what national counts move by from one year to the next
# for no known reason (the largest of them, referrals and children in need, by one or two per cent
# in a quiet year), so no return could ever show it; with shared random numbers and enough
# replications any difference at all can be made clear of zero, and that alone says nothing.
SMALLEST_SHARE = 0.001
_DIGITS = 6  # of each figure in the file


def verdict(claimed: Claimed, low: float, high: float, share: float) -> Verdict:
    """What a difference between `low` and `high` (95 per cent), of a `share` of the level, says.

    A direction is told where the interval is clear of zero and the share at least SMALLEST_SHARE.
    """
    if not claimed:
        return "nothing claimed"
    if not (low > 0.0 or high < 0.0) or not abs(share) >= SMALLEST_SHARE:
        return "cannot be told"
    return "as claimed" if ("higher" if low > 0.0 else "lower") == claimed else "contrary"


def share_of_level(difference: float, with_it: float, without_it: float) -> float:
    """A difference as a share of the level: the larger of the two, whatever its sign."""
    level = max(abs(with_it), abs(without_it))
    return difference / level if level else 0.0 * difference


def of_claim(verdicts: Iterable[Verdict]) -> OfClaim:
    """What the experiments of a claim's mechanisms show together."""
    listed = list(verdicts)
    kinds = {one for one in listed if one != "nothing claimed"}
    if not kinds:
        return "nothing claimed" if listed else "none"
    if len(kinds) == 1:
        return kinds.pop()
    return "contrary in part" if "contrary" in kinds else "as claimed in part"


# A cell is text: read as the number or the date that stands in it.
_Real = Annotated[float, Field(strict=False)]
_Whole = Annotated[PositiveInt, Field(strict=False)]


class Experiment(Entry):
    """One figure of a mechanism or loop: the runs with it less the runs without it.

    `switch` is what was switched off, `start` the first day of the run and `replications` those
    asked for. `low` and `high` bound a 95 per cent interval of the mean `difference`, which is a
    `share` of the level; all are NaN where nothing was there to measure. `question` is the hash of
    what was asked, `model` that of the code and the seeds that answered.
    """

    switch: Text
    figure: Figure
    scenario: Text
    start: Annotated[date, Field(strict=False)]
    years: _Real
    replications: _Whole
    seed: Annotated[int, Field(strict=False)]
    metric: Text
    claimed: Claimed
    with_it: _Real
    without_it: _Real
    difference: _Real
    low: _Real
    high: _Real
    share: _Real
    verdict: Verdict
    question: Text
    model: Text


COLUMNS: tuple[str, ...] = tuple(Experiment.model_fields)


@dataclass(frozen=True)
class Experiments:
    """The record: every figure, in the order of the mechanisms and then of the loops."""

    figures: tuple[Experiment, ...]

    def of(self, switch: str) -> tuple[Experiment, ...]:
        """The figures of a mechanism or loop; none where nothing is recorded of it."""
        return tuple(one for one in self.figures if one.switch == switch)

    def of_claim(self, claim: int, mechanisms: Mechanisms) -> OfClaim:
        """What the experiments of a claim's mechanisms last showed."""
        switches = [mechanism.name for mechanism in mechanisms.of_claim(claim)]
        return of_claim(one.verdict for name in switches for one in self.of(name))

    def out_of_date(self, mechanisms: Mechanisms) -> tuple[str, ...]:
        """The mechanisms and loops of which nothing is recorded, or the answer to another
        question, and those that are recorded and exist no more."""
        known = [*mechanisms.mechanisms, *mechanisms.loops]
        changed = [
            name
            for name in known
            if {one.question for one in self.of(name)} != {mechanisms.question(name)}
        ]
        gone = dict.fromkeys(one.switch for one in self.figures if one.switch not in known)
        return (*changed, *gone)


def load_experiments(path: Path | None = None) -> Experiments:
    """The record, by default the file in seeds/; empty where there is none.

    Raises InputError with everything wrong: other columns, or a cell that cannot be read.
    """
    path = path or seeds_dir() / "experiments.csv"
    if not path.is_file():
        return Experiments(())
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(path.name, f"cannot be read: {error}")) from error
    if not rows or tuple(rows[0]) != COLUMNS:
        hint = f"the columns are {', '.join(COLUMNS)}"
        raise InputError(Problem(f"{path.name}, line 1", "has other columns", hint))
    problems: list[Problem] = []
    figures = []
    for line, cells in enumerate(rows[1:], start=2):
        where = partial(_place, path.name, line)
        if len(cells) != len(COLUMNS):
            problems.append(Problem(where(), f"has {len(cells)} cells"))
            continue
        row = dict(zip(COLUMNS, cells, strict=True))
        figure = read_entry(Experiment, row, where, problems)
        figures += [figure] if figure is not None else []
    raise_if_any(problems)
    return Experiments(tuple(figures))


def _place(file: str, line: int, *column: str) -> str:
    return ", ".join([file, f"line {line}", *column])


def experiments_text(figures: Sequence[Experiment]) -> str:
    """The file that holds the figures, with six digits of each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in figures:
        cells = (getattr(one, name) for name in COLUMNS)
        writer.writerow([f"{c:.{_DIGITS}g}" if isinstance(c, float) else c for c in cells])
    return out.getvalue()

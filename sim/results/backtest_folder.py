"""A back-test's folder, read back: how the model did against published history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.inputs.files.problems import InputError, Problem, raise_if_any
from sim.results.metadata import RECORD, read_record, seal_problems
from sim.results.run_record import few
from sim.results.table_file import read_table, table_problems

# The back-test that comes with the program: docs/validation_tables.py puts it there.
OURS = Path(__file__).parent / "scored"
FILES = ("scorecard.csv", "patterns.csv", RECORD)  # all that a briefing needs
LEVELS = (50, 80, 95)
FEWEST = 10  # figures of which a share is worth reporting
TESTED = "tested"
_COLUMNS = {
    "scorecard.csv": (
        *("start", "window", "figure", "until", "observed", "low95", "high95"),
        *(f"inside{level}" for level in LEVELS),
        *("crps", "crps_no_change", "crps_drift", "lost_to"),
    ),
    "patterns.csv": ("pattern", "emerges"),
}
_MEASURE_NUMBERS = ("figure", "met", "low95", "high95", "bar_low", "bar_high")
_MEASURE_COLUMNS = ("measure", "of", "start", "bar", "note", *_MEASURE_NUMBERS)
_SHARP_COLUMNS = ("start", "group", "rival", "figures", "kinds", "ratio", "judging")
_WIDTH_COLUMNS = (
    *("start", "kind", "unit", "figures", "width80", "width95", "relative95"),
    *("small", "small95", "poisson95"),
)
_TEXTS = ("start", "window", "figure", "until", "lost_to")
_HINT = "give the folder that `simulate validate` printed"


@dataclass(frozen=True)
class BacktestFolder:
    """A back-test. Open it with `open_backtest`, which checks it."""

    folder: Path
    record: Mapping[str, Any]

    @cached_property
    def card(self) -> pd.DataFrame:
        """One row a figure, start and window."""
        columns = _COLUMNS.get("scorecard.csv", ())
        numbers = [name for name in columns if name not in _TEXTS]
        return read_table(self.folder / "scorecard.csv", columns, numbers=numbers)

    @cached_property
    def councils(self) -> pd.DataFrame:
        """One row a quantity of councils and start: mean scores, shares inside."""
        return read_table(self.folder / "councils.csv")

    @cached_property
    def groups(self) -> pd.DataFrame:
        """One row a quantity, start and group of councils: scores against the better naive
        forecast, errors, and how far groups differ by chance.

        Raises InputError where the folder has none: of an earlier version, or cut down.
        """
        return read_table(self.folder / "council_groups.csv")

    @cached_property
    def measures(self) -> pd.DataFrame:
        """One row a measure of how good the model is and start, with its bar.

        Raises InputError where the folder has none: of an earlier version, or cut down.
        """
        return read_table(self.folder / "measures.csv", _MEASURE_COLUMNS, numbers=_MEASURE_NUMBERS)

    @cached_property
    def sharp(self) -> pd.DataFrame:
        """One row a group of figures, rival and start: the model's scores over the rival's.

        Raises InputError where the folder has none.
        """
        return read_table(self.folder / "sharp.csv", _SHARP_COLUMNS, numbers=("ratio", "judging"))

    @cached_property
    def widths(self) -> pd.DataFrame:
        """One row a kind of figure and start: how wide its intervals are.

        Raises InputError where the folder has none.
        """
        return read_table(self.folder / "widths.csv", _WIDTH_COLUMNS, numbers=_WIDTH_COLUMNS[3:])

    @cached_property
    def patterns(self) -> pd.DataFrame:
        """One row a pattern of published history that nothing was fitted to."""
        return read_table(self.folder / "patterns.csv", _COLUMNS.get("patterns.csv", ()))

    @property
    def seeds_sha256(self) -> str | None:
        """Which seed tables and ledger it was made with, where that was recorded."""
        return self.record.get("seeds_sha256")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """`summarise`, for starts and windows with enough figures to tell of."""
        return summarise(self.card, FEWEST)


def summarise(card: pd.DataFrame, fewest: int = 1) -> pd.DataFrame:
    """One row a start and window with at least `fewest` figures of a scorecard.

    Shares of figures `inside` each interval; median and mean width of the 95 % interval over
    what was observed (figures near zero rule the mean); how much better the model scored than
    the naive forecasts, and over how many figures; on how many one of them did better.
    """
    rows = []
    for (start, window), part in card.groupby(["start", "window"], sort=True):
        if len(part) < fewest:
            continue
        observed = part[part["observed"] != 0]
        widths = (observed["high95"] - observed["low95"]) / observed["observed"].abs()
        rows.append(
            {
                "start": str(start),
                "window": str(window),
                "figures": len(part),
                **{f"inside{level}": part[f"inside{level}"].mean() for level in LEVELS},
                "width95": widths.median(),
                "width95_mean": widths.mean(),
                **_skill(part, "no_change"),
                **_skill(part, "drift"),
                "lost": int((part["lost_to"].fillna("") != "").sum()),
            }
        )
    return pd.DataFrame(rows)


def open_backtest(path: Path) -> BacktestFolder:
    """The back-test in the folder `path`. Raises InputError where it is not one, or cut short."""
    if not path.is_dir():
        raise InputError(Problem(str(path), "is not a folder", _HINT))
    if not any((path / file).is_file() for file in _COLUMNS):
        raise InputError(Problem(str(path), "holds no back-test", _HINT))
    raise_if_any(
        problem
        for file, columns in _COLUMNS.items()
        for problem in table_problems(path / file, columns, True, "back-test", "validate again")
    )
    record: dict[str, Any] = {}
    if (path / RECORD).exists():  # the earliest back-tests have none
        record = read_record(path, "back-test", _HINT)
        if record["kind"] != "backtest":
            what = f"is of the kind {record['kind']}, not a back-test"
            raise InputError(Problem(str(path / RECORD), what, _HINT))
        raise_if_any(few(_changed(path, record), str(path)))
    backtest = BacktestFolder(path, record)
    if backtest.summary.empty or not (backtest.summary["window"] == TESTED).any():
        what = f"has fewer than {FEWEST} figures of years that were not used to fit"
        raise InputError(Problem(str(path / "scorecard.csv"), what, "validate again"))
    return backtest


def _changed(path: Path, record: Mapping[str, Any]) -> list[Problem]:
    """What is not as the back-test wrote it. A briefing needs only some of the files."""
    if "seal" not in record:
        return []  # made by an earlier version
    problems = seal_problems(path, record)
    return [p for p in problems if Path(p.where).name in FILES or Path(p.where).exists()]


def _skill(part: pd.DataFrame, rival: str) -> dict[str, float]:
    """How much better than a simple rule, and over how many figures it was compared.

    1 less the geometric mean of the ratios of CRPS, as `simulate validate` prints it.
    """
    both = part[part[f"crps_{rival}"].notna()]
    floor = 0.01 * both["observed"].abs().clip(lower=1.0)
    ratios = np.log((both["crps"] + floor) / (both[f"crps_{rival}"] + floor))
    better = 1.0 - math.exp(float(ratios.mean())) if len(both) else math.nan
    return {f"better_than_{rival}": better, f"compared_{rival}": len(both)}

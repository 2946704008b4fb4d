"""Puts the tables of the last `simulate calibrate` and `simulate validate` into validation.md.

python docs/validation_tables.py [folder]        (outputs/validate unless said)

The back-test's own tables become the one that comes with the program, which briefings tell of.
Without a `parameters.csv` of a calibration in the folder, that table stays as it is.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sim.results.backtest_folder import KEPT, OURS, open_backtest

PAGE = Path(__file__).with_name("validation.md")
SHOWN = 16  # parameters


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def parameters(folder: Path) -> str:
    """Prior against posterior of the parameters that the record told most about."""
    found = pd.read_csv(folder / "parameters.csv")
    found = found[found["fitted"] == 1]
    found["told"] = found["narrowing"].clip(lower=0) + found["shift"].abs()
    rows = [
        (
            f"`{row['parameter']}`",
            *(
                f"{row[f'{when}_p50']:.3g} ({row[f'{when}_p05']:.3g} to {row[f'{when}_p95']:.3g})"
                for when in ("prior", "posterior")
            ),
            f"{max(row['narrowing'], 0):.0%}",
        )
        for row in found.nlargest(SHOWN, "told").to_dict("records")
    ]
    return table(("parameter", "prior", "posterior", "narrower by"), rows)


def scorecard(folder: Path) -> str:
    """Coverage, width and skill by start and window."""
    rows = [
        (
            *(row["start"], row["window"], str(row["figures"])),
            *(f"{row[name]:.0%}" for name in ("inside50", "inside80", "inside95")),
            f"{row['width95']:.0%}, {row['width95_mean']:.0%}",
            *(
                f"{row[f'better_than_{rival}']:+.0%} ({row[f'compared_{rival}']})"
                for rival in ("no_change", "drift")
            ),
        )
        for row in open_backtest(folder).summary.to_dict("records")
    ]
    header = ("from", "window", "figures", "in 50 %", "in 80 %", "in 95 %")
    return table(
        (*header, "width of 95 %: median, mean", "better than no change", "than drift or chain"),
        rows,
    )


def councils(folder: Path) -> str:
    """Mean scores over councils."""
    found = pd.read_csv(folder / "councils.csv").to_dict("records")
    rows = [
        (
            *(str(row["start"]), row["quantity"], str(row["councils"])),
            *(f"{row[name]:.3f}" for name in ("model", "no_change", "drift")),
            "" if np.isnan(row["inside95"]) else f"{row['inside95']:.0%}",
        )
        for row in found
    ]
    header = ("from", "quantity", "councils", "model", "no change", "drift or chain", "in 95 %")
    return table(header, rows)


def patterns(folder: Path) -> str:
    """Patterns that were not fitted."""
    found = pd.read_csv(folder / "patterns.csv").to_dict("records")
    rows = [
        (
            row["pattern"],
            *(f"{row[name]:.2g}" for name in ("observed", "median")),
            f"{row['low95']:.2g} to {row['high95']:.2g}",
            row["emerges"],
        )
        for row in found
    ]
    return table(("pattern", "observed", "median", "95 %", "emerges"), rows)


def main() -> None:
    """Fill every marked place of the page."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "outputs/validate")
    text = PAGE.read_text(encoding="utf-8")
    for make in (parameters, scorecard, councils, patterns):
        name = make.__name__
        if make is parameters and not (folder / "parameters.csv").is_file():
            continue
        filled = f"<!-- {name} -->\n\n{make(folder)}\n\n<!-- end -->"
        text = re.sub(rf"<!-- {name} -->.*?<!-- end -->", lambda _, f=filled: f, text, flags=re.S)
    PAGE.write_text(text, encoding="utf-8")
    OURS.mkdir(exist_ok=True)
    for file in KEPT:
        shutil.copyfile(folder / file, OURS / file)


if __name__ == "__main__":
    main()

"""The hexagon map of England's councils: one cell a council, from a table of our own.

The layout table gives each cell a column `q` and a row `r` (rows count from the south; odd
rows stand half a cell to the right) and the dates on which it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from sim.inputs.files.places import seeds_dir
from sim.results.run_folder import Run
from sim.units import Array

ROW = float(np.sqrt(3) / 2)  # height of a row where cells are one unit apart
RADIUS = 1 / float(np.sqrt(3))


@dataclass(frozen=True)
class Hexagon:
    """One council's cell: its codes, and its centre in units of the distance between cells."""

    dfe_code: int
    ons_code: str
    name: str
    region: str
    x: float
    y: float

    def corners(self, shrink: float = 1.0) -> Array:
        """The six corners, shape (6, 2), from the top clockwise."""
        turn = np.pi / 2 - np.arange(6) * np.pi / 3
        ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        return np.array([self.x, self.y]) + shrink * RADIUS * ring


@cache
def layout(on: date) -> tuple[Hexagon, ...]:
    """The cells of the councils that exist on a date, in order of their DfE codes."""
    table = pd.read_csv(seeds_dir() / "hexes.csv", dtype={"valid_to": str})
    day = on.isoformat()
    current = table[(table["valid_from"] <= day) & (table["valid_to"].fillna("9999") >= day)]
    return tuple(
        Hexagon(
            int(row["dfe_code"]),
            str(row["ons_code"]),
            str(row["name"]),
            str(row["region"]),
            float(row["q"]) + 0.5 * (int(row["r"]) % 2),
            ROW * float(row["r"]),
        )
        for row in current.to_dict("records")
    )


def layout_of(run: Run) -> tuple[Hexagon, ...]:
    """The cells of the councils of a run, which are those of its start, with the run's codes."""
    codes = run.starting_state.set_index("old_la_code")["new_la_code"]
    return tuple(replace(cell, ons_code=codes[str(cell.dfe_code)]) for cell in layout(run.start))


def columns_of(cells: Sequence[Hexagon]) -> dict[str, int]:
    """Which column of an array over the cells belongs to a council, by its ONS code."""
    return {cell.ons_code: place for place, cell in enumerate(cells)}


def cell_name(name: str, letters: int = 10) -> str:
    """A council's name in at most two lines that fit its cell, cut where they must be."""
    text = name.split(",")[0].replace(" upon ", "-").replace(" and ", " & ").replace("-on-", "-")
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= letters or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [line if len(line) <= letters + 1 else f"{line[:letters]}." for line in lines[:2]]
    return "\n".join(line.rstrip("& ") for line in lines)


def borders(cells: Sequence[Hexagon]) -> Array:
    """The sides between cells of different regions, and those of the coast: (sides, 2, 2)."""
    at = {(round(2 * cell.x), round(cell.y / ROW)): cell.region for cell in cells}
    # The neighbour across each side, sides counted clockwise from the top right one.
    across = ((1, 1), (2, 0), (1, -1), (-1, -1), (-2, 0), (-1, 1))
    sides = []
    for cell in cells:
        place = (round(2 * cell.x), round(cell.y / ROW))
        corners = cell.corners()
        for side, (dx, dy) in enumerate(across):
            other = at.get((place[0] + dx, place[1] + dy))
            if _region(other) != _region(cell.region):
                sides.append((corners[side], corners[(side + 1) % 6]))
    return np.array(sides)


def _region(name: str | None) -> str | None:
    return "London" if name in ("Inner London", "Outer London") else name

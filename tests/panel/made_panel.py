"""Panels made by rule, so that what an estimator must return is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from sim.panel.council_panel import SERIES, YEARS, CouncilPanel
from sim.random.streams import stream
from sim.units import Array
from sim.validation.histories import History

COUNCILS = 140
SHAPE = (len(YEARS), COUNCILS)


def draw(name: str, shape: tuple[int, ...] = SHAPE) -> Array:
    """Standard normal numbers of a name."""
    return stream(1, 1, "made panel", name).standard_normal(shape)


def walk(name: str, width: float) -> Array:
    """A random walk of each council, with a level of its own."""
    return draw(name + " level", (1, COUNCILS)) + np.cumsum(width * draw(name), axis=0)


def history(rows: list[tuple[date, int, int]] | None = None) -> History:
    """Judgements given as day, council and grade; nobody was judged before."""
    rows = sorted(rows or [])
    nobody = np.zeros(COUNCILS, dtype=np.int64)
    return History(
        start=date(2013, 11, 1).toordinal(),
        abolished=nobody,
        opening=nobody.copy(),
        inadequate_since=nobody,
        day=np.array([day.toordinal() for day, _, _ in rows], dtype=np.int64),
        council=np.array([council for _, council, _ in rows], dtype=np.int64),
        grade=np.array([grade for _, _, grade in rows], dtype=np.int64),
        trusts=np.zeros((0, 3), dtype=np.int64),
        director_changes=np.zeros((0, 2), dtype=np.int64),
    )


def made(
    *, judged: History | None = None, power: Array | None = None, **series: Any
) -> CouncilPanel:
    """A panel in which every series is flat and noisy but those given (underscores for blanks),
    with as many children everywhere."""
    grids = {name: np.exp(0.01 * draw(name)) for name in SERIES}
    grids |= {name.replace("_", " "): grid for name, grid in series.items()}
    return CouncilPanel(
        years=np.array(YEARS),
        region=np.arange(COUNCILS) % 10,
        deprivation=draw("deprivation", (COUNCILS,)),
        older_grade=np.full(COUNCILS, 2, dtype=np.int64),
        children=np.ones(SHAPE),
        power=walk("power", 0.05) if power is None else power,
        power_gbp_m=np.exp(walk("power in pounds", 0.05)),
        series=grids,
        history=history() if judged is None else judged,
    )

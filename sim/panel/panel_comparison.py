"""Three columns side by side: what is published, the record in the seeds, simulated councils."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.panel import (
    demand_estimates,
    failure_estimates,
    grade_estimates,
    money_estimates,
    staff_estimates,
)
from sim.panel.council_panel import CouncilPanel
from sim.panel.fixed_effects import Estimate
from sim.panel.published_estimates import PublishedEstimate, published_estimates
from sim.panel.recorded_panel import recorded_panel
from sim.panel.return_errors import error_widths, with_errors
from sim.panel.simulated_panel import simulated_panels
from sim.results.summary_tables import write_csv
from sim.units import Array

WITHIN, OUTSIDE, NO_INTERVAL, NOT_THERE = "within", "outside", "no interval", "too few"
# Where the record in the seeds is shorter than the register's.
SHORT = {
    "P1.five_years": "2016 to 2021 only: the seeds hold spending power from 2012-13",
    "P1.levels": "from 2012-13: the seeds hold no earlier spending power",
    "P1.region_by_year": "from 2012-13: the seeds hold no earlier spending power",
}
COLUMNS = (
    *("id", "quantity", "unit", "published", "low", "high", "basis", "headline"),
    *("record", "record_low", "record_high", "record_rows", "record_verdict"),
    *("simulated", "simulated_low", "simulated_high", "countries", "simulated_verdict", "note"),
)


@dataclass(frozen=True)
class ComparedEstimate:
    """One estimate three times. `simulated` has one figure a country (N,), NaN where a country
    had too few cases."""

    published: PublishedEstimate
    record: Estimate
    simulated: Array

    @property
    def middle(self) -> float:
        """Mean over the simulated countries that gave a figure."""
        known = self.simulated[np.isfinite(self.simulated)]
        return float(known.mean()) if len(known) else float("nan")

    @property
    def spread(self) -> tuple[float, float]:
        """The 5 and 95 % points over simulated countries."""
        known = self.simulated[np.isfinite(self.simulated)]
        if not len(known):
            return float("nan"), float("nan")
        low, high = np.quantile(known, [0.05, 0.95])
        return float(low), float(high)

    def verdict(self, value: float) -> str:
        """Whether a figure is within the published interval."""
        if not np.isfinite(value):
            return NOT_THERE
        if not self.published.has_interval:
            return NO_INTERVAL
        return WITHIN if self.published.holds(value) else OUTSIDE

    @property
    def note(self) -> str:
        """Where the record in the seeds is shorter than the register's, how."""
        return next((s for key, s in SHORT.items() if self.published.id.startswith(key)), "")

    def row(self) -> tuple[object, ...]:
        """As in COLUMNS."""
        p, low, high = self.published, *self.spread
        return (
            *(p.id, p.quantity, p.unit, p.estimate, p.low, p.high, p.basis, p.headline),
            *(self.record.value, self.record.low, self.record.high, self.record.rows),
            self.verdict(self.record.value),
            *(self.middle, low, high, int(np.isfinite(self.simulated).sum())),
            *(self.verdict(self.middle), self.note),
        )


def all_estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """Every estimator by the id of its estimate."""
    modules = (
        money_estimates,
        staff_estimates,
        failure_estimates,
        grade_estimates,
        demand_estimates,
    )
    return {name: one for module in modules for name, one in module.estimators().items()}


def compare_panels(
    parameters: Sequence[Mapping[str, float]],
    *,
    seed: int = 1,
    exact: bool = False,
    regimes: Mapping[str, type] | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> tuple[ComparedEstimate, ...]:
    """Put the record and simulated countries, one a parameter set, through every estimator.

    Simulated returns have errors as those of councils do, unless they are `exact`. Deterministic in
    the sets and the seed. `progress` is called with a line of text. Raises
    InputError where the seeds are damaged.
    """
    published, record = published_estimates(), recorded_panel()
    simulated = simulated_panels(
        parameters,
        seed=seed,
        regimes=regimes,
        after_batch=lambda done: progress(f"{done} of {len(parameters)} countries simulated"),
    )
    if not exact:
        widths = error_widths({one.id: one for one in published})
        simulated = [with_errors(p, widths, seed, k) for k, p in enumerate(simulated, start=1)]
    own = _estimates(record, published)
    figures = [_estimates(panel, published) for panel in simulated]
    return tuple(
        ComparedEstimate(one, own[one.id], np.array([figure[one.id].value for figure in figures]))
        for one in published
    )


def _estimates(panel: CouncilPanel, published: Sequence[PublishedEstimate]) -> dict[str, Estimate]:
    estimators = all_estimators()
    return {one.id: estimators[one.id](panel) for one in published}


def write_comparison(path: Path, compared: Sequence[ComparedEstimate]) -> None:
    """Write a CSV table, a row an estimate."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(path, COLUMNS, (one.row() for one in compared))

"""A study, the record in the seeds and simulated councils side by side; simulated twice, as
believed and with priors that rest on a study twice as wide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from sim.inputs.evidence.beliefs import Beliefs
from sim.panel.council_panel import CouncilPanel
from sim.panel.fixed_effects import Estimate
from sim.panel.published_estimates import published_estimates
from sim.panel.recorded_panel import recorded_panel
from sim.panel.return_errors import error_widths, with_errors
from sim.panel.simulated_panel import simulated_panels
from sim.reproduction import inspection_study, judgement_studies, need_study
from sim.reproduction.published_studies import (
    FIGURE,
    INTERVAL,
    NO_RISE,
    RISES,
    PublishedResult,
    published_studies,
)
from sim.reproduction.study_panels import with_earlier_years, with_spending_bridged
from sim.reproduction.wider_priors import draw_wider, resting_on
from sim.results.summary_tables import write_csv
from sim.units import Array

WITHIN, OUTSIDE = "within", "outside"
AS_PUBLISHED, CONTRARY, NOT_CLEAR = "as published", "contrary", "not clear"
NO_INTERVAL, TOO_FEW = "no interval", "too few"
# Of simulated countries: the middle one, the 5 and 95 % points, and the quarters. They go one way
# where three in four do; a rise that a study denies is one where nineteen in twenty rise.
POINTS = (0.5, 0.05, 0.95, 0.25, 0.75)
COLUMNS = (
    *("id", "study", "quantity", "unit", "published", "low", "high", "basis", "sample"),
    *("record", "record_low", "record_high", "record_rows", "record_verdict"),
    *("simulated", "simulated_low", "simulated_high", "countries", "simulated_verdict"),
    *("wider", "wider_low", "wider_high", "wider_countries", "wider_verdict"),
    *("rests_on_study", "source"),
)


@dataclass(frozen=True)
class ReproducedResult:
    """One result of a study, of the record and of simulated countries (N,), as believed and with
    wider priors; NaN where a country had too few cases. Ratios are logarithms. `parameters` are
    those whose priors rest on the study."""

    published: PublishedResult
    record: Estimate
    simulated: Array
    wider: Array
    parameters: tuple[str, ...] = ()

    def verdict(self, value: float, low: float, high: float) -> str:
        """Whether a figure, in the unit of the study, is as published. A direction goes by the
        range `low` to `high`: it is clear where all of that is on one side of nought."""
        p = self.published
        if not np.isfinite(value):
            return TOO_FEW
        if p.basis == FIGURE:
            return NO_INTERVAL
        if p.basis == INTERVAL:
            return WITHIN if p.low <= value <= p.high else OUTSIDE
        if p.basis == NO_RISE:
            return CONTRARY if low > 0.0 else AS_PUBLISHED
        return AS_PUBLISHED if low > 0.0 else CONTRARY if high < 0.0 else NOT_CLEAR

    def row(self) -> tuple[object, ...]:
        """As in COLUMNS."""
        p = self.published
        record = self._in_unit(np.array(self.record[:3]))
        cells: list[object] = [*record, self.record.rows, self.verdict(*record)]
        for figures in (self.simulated, self.wider):
            known = figures[np.isfinite(figures)]
            points = np.quantile(known, POINTS) if len(known) else np.full(len(POINTS), np.nan)
            middle, low, high, quarter, three_quarters = self._in_unit(points)
            sides = (quarter, three_quarters) if p.basis == RISES else (low, high)
            verdict = self.verdict(middle, *sides)
            cells += [middle, low, high, len(known), verdict]
        return (
            *(p.id, p.study, p.quantity, p.unit, p.estimate, p.low, p.high, p.basis, p.sample),
            *cells,
            *("; ".join(self.parameters), p.source),
        )

    def _in_unit(self, values: Array) -> list[float]:
        return [float(v) for v in (np.exp(values) if self.published.is_ratio else values)]


def all_estimators() -> Mapping[str, Callable[[CouncilPanel], Estimate]]:
    """Every estimator by the id of its result; ratios as logarithms."""
    modules = (inspection_study, need_study, judgement_studies)
    return {name: one for module in modules for name, one in module.estimators().items()}


def reproduce_studies(
    beliefs: Beliefs,
    countries: int,
    *,
    seed: int = 1,
    regimes: Mapping[str, type] | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> tuple[ReproducedResult, ...]:
    """Put the record and simulated countries through the estimator of every result.

    The k-th country (from 1) has the k-th draw of the beliefs, and the same random streams with
    the wider priors as without. Simulated returns have errors as those of councils do.
    Deterministic in the beliefs and the seed. `progress` is called with a line of text. Raises
    InputError where the seeds are damaged.
    """
    published, record = published_studies(), recorded_panel()
    numbers = range(1, countries + 1)
    draws = {
        "as believed": [beliefs.draw(number) for number in numbers],
        "with wider priors": [draw_wider(beliefs, number) for number in numbers],
    }

    def tell(what: str, done: int) -> None:
        progress(f"{done} of {countries} countries simulated {what}")

    figures = {
        what: _simulated(sets, record, seed, regimes, partial(tell, what))
        for what, sets in draws.items()
    }
    estimators, own = all_estimators(), with_spending_bridged(record)
    rests = resting_on(beliefs.ledger)
    return tuple(
        ReproducedResult(
            published=one,
            record=estimators[one.id](own),
            simulated=figures["as believed"][one.id],
            wider=figures["with wider priors"][one.id],
            parameters=tuple(name for name, studies in rests.items() if one.study in studies),
        )
        for one in published
    )


def _simulated(
    parameters: Sequence[Mapping[str, float]],
    record: CouncilPanel,
    seed: int,
    regimes: Mapping[str, type] | None,
    after_batch: Callable[[int], None],
) -> Mapping[str, Array]:
    """By id of a result: a figure a country, (N,)."""
    panels = simulated_panels(parameters, seed=seed, regimes=regimes, after_batch=after_batch)
    widths = error_widths({one.id: one for one in published_estimates()})
    figures: dict[str, list[float]] = {name: [] for name in all_estimators()}
    for number, panel in enumerate(panels, start=1):
        returned = with_errors(panel, widths, seed, number)
        own = with_spending_bridged(with_earlier_years(returned, record))
        for name, estimator in all_estimators().items():
            figures[name].append(estimator(own).value)
    return {name: np.array(values) for name, values in figures.items()}


def write_reproduction(path: Path, results: Sequence[ReproducedResult]) -> None:
    """Write a CSV table, a row a result."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(path, COLUMNS, (one.row() for one in results))

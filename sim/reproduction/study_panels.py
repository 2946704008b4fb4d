"""Returns as the studies could have them: constant prices, years before a simulation began, and
the year for which no spending was returned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.panel.council_panel import MONEY, CouncilPanel, lagged
from sim.panel.fixed_effects import NINETY, Estimate
from sim.reproduction.random_intercepts import NINETY_FIVE
from sim.units import Array

# Of the seeds, section 251 outturn of 2014-15 is missing (seeds/SOURCES.md).
NO_SPENDING = 2015
# The last year to March of which no simulated country, begun in November 2013, has a whole.
BEGUN = 2014
LAST_YEAR = 2019  # of the studies: the year to March
# Prices of 2018-19. No deflator is in the seeds: two per cent a year (the ledger's
# `money.inflation`) stands for it; year effects take out all but the unit.
PRICES_A_YEAR = 1.02


def with_earlier_years(panel: CouncilPanel, record: CouncilPanel) -> CouncilPanel:
    """A simulated panel whose blanks up to March 2014 hold the record: what its councils, which
    start from the record, had returned before it began."""
    early = panel.years[:, None] <= BEGUN

    def filled(own: Array, recorded: Array) -> Array:
        return np.where(early & np.isnan(own), recorded, own)

    return replace(
        panel,
        children=filled(panel.children, record.children),
        series={name: filled(grid, record[name]) for name, grid in panel.series.items()},
    )


def with_spending_bridged(panel: CouncilPanel) -> CouncilPanel:
    """Spending per child of the year without a return is put half way, in logarithms, between the
    years beside it: in the record, and in simulated countries alike."""
    at = panel.place(NO_SPENDING)
    series = dict(panel.series)
    for name in MONEY:
        grid = panel[name].copy()
        per_child = panel.log_per_child(name)
        between = (per_child[at - 1] + per_child[at + 1]) / 2.0
        grid[at] = np.exp(between) * panel.children[at]
        series[name] = grid
    return replace(panel, series=series)


def hundreds_per_child(panel: CouncilPanel, name: str) -> Array:
    """Spending in GBP 100 per child, prices of 2018-19, (T, C)."""
    prices = PRICES_A_YEAR ** (LAST_YEAR - panel.years[:, None])
    return np.asarray(panel[name] * 1e6 / panel.children * prices / 100.0)


def deprivation_decile(panel: CouncilPanel) -> Array:
    """From 1, the least deprived tenth of councils, to 10, (C,)."""
    rank = np.argsort(np.argsort(panel.deprivation))
    return np.floor(10.0 * rank / len(rank)) + 1.0


def of_years(panel: CouncilPanel, grid: Array, first: int, last: int = LAST_YEAR) -> Array:
    """A grid (T, C) with blanks outside some years."""
    years = panel.years[:, None]
    return np.where((years >= first) & (years <= last), grid, np.nan)


def lead(grid: Array) -> Array:
    """A grid (T, C) as it is a year later."""
    return lagged(grid, -1)


def ninety_five(estimate: Estimate) -> Estimate:
    """The same with an interval of 95 % in the place of one of 90."""
    value, wider = estimate.value, NINETY_FIVE / NINETY
    low, high = (value + (end - value) * wider for end in (estimate.low, estimate.high))
    return Estimate(value, low, high, estimate.rows)

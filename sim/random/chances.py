"""Yearly rates, chances within a step of the working week, and the stocks they keep."""

from __future__ import annotations

import numpy as np

from sim.units import DAYS_A_YEAR, Array

A_WEEK = 7.0 / DAYS_A_YEAR  # years


def chance(rate: Array | float, years: float) -> Array:
    """The probability of leaving within a step of `years` at a yearly `rate`.

    A step of several weeks lets as many go, of those there when it begins, as that many single
    weeks would: so a steady flow leaves every stage as full whatever the step.
    """
    if years <= A_WEEK:
        return 1.0 - np.exp(rate * -years)
    weeks = round(years / A_WEEK)
    return np.minimum(weeks * (1.0 - np.exp(rate * (-years / weeks))), 1.0)


def hazard(share: Array | float) -> Array:
    """The yearly rate that moves this yearly share of a steady stock, a week at a time."""
    return np.asarray(-np.log1p(-np.minimum(np.asarray(share) * A_WEEK, 0.95)) / A_WEEK)


def steady_stock(flow: Array | float, rate: Array | float, years: float) -> Array:
    """What a steady yearly flow holds in a phase that is left at a yearly `rate`."""
    return np.asarray(np.asarray(flow) * years / chance(rate, years))

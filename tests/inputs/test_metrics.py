"""One row a metric: from it every list of metrics is made."""

from __future__ import annotations

from typing import get_args

import pytest

from sim.inputs.metrics import (
    COUNCIL_SERIES,
    METRICS,
    NATIONAL_SERIES,
    Listing,
    Metric,
    listed_metrics,
)

pytestmark = pytest.mark.quick

NEW = Metric(
    "waiting_list", "share", "Children on a list", "rate", places={"screen": 3, "comparison": 99}
)


@pytest.mark.parametrize("listing", get_args(Listing))
def test_a_list_has_one_metric_for_each_place(listing: Listing):
    places = [METRICS[name].places[listing] for name in listed_metrics(listing)]
    assert places == list(range(1, len(places) + 1))


def test_a_metric_that_is_added_is_in_its_lists_without_editing_them(monkeypatch):
    before = {listing: listed_metrics(listing) for listing in get_args(Listing)}
    monkeypatch.setitem(METRICS, NEW.name, NEW)
    assert listed_metrics("screen") == (*before["screen"][:3], NEW.name, *before["screen"][3:])
    assert listed_metrics("comparison") == (*before["comparison"], NEW.name)
    assert listed_metrics("strain") == before["strain"]


def test_series_of_councils_are_series_of_england_too():
    assert set(COUNCIL_SERIES) < set(NATIONAL_SERIES) < set(METRICS)
    assert len(set(NATIONAL_SERIES)) == len(NATIONAL_SERIES)


@pytest.mark.parametrize(
    ("name", "scale", "yearly", "shown"),
    [
        ("agency_rate", 100.0, "share", "per cent"),
        ("intervention_cost_gbp_m", 1.0, "GBP million a year", "£ million a year"),
        ("spend_gbp_m", 1.0, "GBP million a year", "£ million a year"),
        ("trusts_opened", 1.0, "trusts", "trusts"),
    ],
)
def test_units(name: str, scale: float, yearly: str, shown: str):
    metric = METRICS[name]
    assert (metric.scale, metric.yearly_unit, metric.display_unit) == (scale, yearly, shown)


def test_a_chart_calls_a_metric_by_its_label_where_it_has_no_shorter_name():
    assert NEW.short == NEW.label
    assert METRICS["agency_rate"].short == "Agency share"

"""Parameters and levers of a batch: one number where countries agree, else one a country."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from sim.model.settings import Levers, Parameters
from sim.model.weekly.working_week import Week
from sim.regimes import available
from tests.helpers.small_england import NEW_YEAR, build, england, run, world

pytestmark = pytest.mark.quick


def test_a_parameter_all_countries_share_is_one_number():
    p = Parameters([world(1), world(2)])
    assert p["ofsted.noise"].shape == ()
    assert float(p["ofsted.noise"]) == world(1).parameters["ofsted.noise"]


def test_a_parameter_that_differs_is_one_number_a_country():
    p = Parameters([world(1), world(1, facts={"ofsted.noise": 0.5})])
    assert p["ofsted.noise"].shape == (2, 1)
    assert p["ofsted.noise"][1, 0] == 0.5
    # The others broadcast over councils all the same.
    assert np.broadcast_shapes(np.shape(p["practice.noise"]), (2, 152)) == (2, 152)


def test_an_unknown_parameter_is_an_error():
    with pytest.raises(KeyError):
        Parameters([world()])["ofsted.nonsense"]


def test_a_lever_is_read_as_it_stands():
    now = Levers([world(1), world(2)])
    assert now["money.early_help_shift"] == 0.0
    values = {**now.now[1], "money.early_help_shift": 0.4}
    now.change(1, values)
    assert now["money.early_help_shift"].tolist() == [[0.0], [0.4]]
    now.change(0, values)
    assert now["money.early_help_shift"] == 0.4


def test_a_lever_changes_on_its_day_and_is_told():
    change = {"ofsted.inspector_posts": 60, "pool.commissioners": 5}
    batch = build([world(days=35, later={10: change}, events=True)])
    country = batch.countries[0]
    batch.env.process(batch._weeks(None))
    batch.run_until(9.5)
    assert country.levers.whole("ofsted.inspector_posts") == 50
    assert country.department.commissioners.capacity == 6
    batch.run_until(10.5)
    assert country.levers.whole("ofsted.inspector_posts") == 60
    assert country.department.commissioners.capacity == 11
    told = [e for e in country.log.events if e.kind == "lever changed"]
    assert {e.details["lever"]: (e.day, e.details["to"]) for e in told} == {
        "ofsted.inspector_posts": (10, 60),
        "pool.commissioners": (10, 5),
    }


def test_all_countries_of_a_batch_cover_the_same_days():
    with pytest.raises(ValueError, match="same days"):
        run([world(days=70), world(days=77)])


def test_progress_is_told_in_weeks():
    told: list[tuple[int, int]] = []
    batch = build([world(days=200)])
    batch.run(lambda done, total: told.append((done, total)))
    assert told == [(13, 28), (26, 28)]


def test_a_run_starts_from_the_baseline_of_its_start_date():
    later = NEW_YEAR + timedelta(days=366)
    batch = build([world(start=later, days=70)], councils_from=england(later))
    assert (batch.state.grade[0] == england(later).grade).all()
    assert available().keys() >= {"takeover", "no_intervention"}


def test_what_levers_make_of_it_is_worked_out_again_when_one_changes():
    asked = []

    def shift(w: Week) -> np.ndarray:
        asked.append(w.day)
        return w.levers["money.early_help_shift"]

    batch = build([world(1), world(2)])
    week = batch.week
    assert week.cached_lever_factors(shift) == 0.0
    assert week.cached_lever_factors(shift) == 0.0
    assert len(asked) == 1
    batch.levers.change(1, {**batch.levers.now[1], "money.early_help_shift": 0.4})
    assert week.cached_lever_factors(shift).tolist() == [[0.0], [0.4]]
    assert len(asked) == 2

"""Steps of four weeks, for screening many futures: the same country, seen less often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import BatchResult
from sim.model.simulation import Batch
from sim.random.chances import A_WEEK, chance, hazard, steady_stock
from tests.helpers.small_england import NEW_YEAR, STILL, build, england, run, world

pytestmark = pytest.mark.standard

WEEK, SCREEN = 7, 28
PAIRED = 12
DECADE = 3650


@pytest.fixture(scope="module")
def steps() -> dict[int, Batch]:
    """Two years of one country at each step."""
    lived = {}
    for step in (WEEK, SCREEN):
        lived[step] = build([replace(world(1, days=728), step_days=step)])
        lived[step].run()
    return lived


@pytest.mark.conservation
@pytest.mark.parametrize("step", [WEEK, SCREEN])
def test_children_are_conserved_at_any_step(steps: dict[int, Batch], step: int):
    s, b = steps[step].state, england()
    came = s.referrals - s.no_action
    np.testing.assert_array_equal(s.children_in_need[0], (b.children_in_need + came - s.closed)[0])


@pytest.mark.parametrize("step", [WEEK, SCREEN])
def test_stages_open_as_full_as_a_steady_flow_leaves_them(steps: dict[int, Batch], step: int):
    """No stage of England's children lurches in the first year."""
    batch = build([replace(world(k, days=364, facts=STILL), step_days=step) for k in (1, 2)])
    begun = {name: getattr(batch.state, name).sum() for name in ("need_short", "care_short")}
    begun["all"] = batch.state.children_in_need.sum()
    batch.run()
    ended = {name: getattr(batch.state, name).sum() for name in ("need_short", "care_short")}
    ended["all"] = batch.state.children_in_need.sum()
    assert abs(ended["all"] / begun["all"] - 1.0) < 0.03
    for name in begun:
        assert abs(ended[name] / begun[name] - 1.0) < 0.25, name


def test_every_month_has_its_figures_at_either_step(steps: dict[int, Batch]):
    weekly, screened = (steps[step].recorder.result() for step in (WEEK, SCREEN))
    assert weekly.months == screened.months
    for name, values in screened.national.items():
        assert np.isfinite(values).all(), name


@given(rate=st.floats(0.01, 60.0), weeks=st.integers(1, 8))
def test_a_long_step_lets_as_many_go_as_single_weeks(rate: float, weeks: int):
    """Of those there when it begins; all of them at most. So what a steady flow holds is the same
    whatever the step, as long as fewer than all go."""
    one, several = chance(rate, A_WEEK), chance(rate, weeks * A_WEEK)
    assert several == pytest.approx(min(weeks * one, 1.0))
    if weeks * one < 1.0:
        weekly = steady_stock(1.0, rate, A_WEEK)
        assert steady_stock(1.0, rate, weeks * A_WEEK) == pytest.approx(weekly)


@given(share=st.floats(0.0, 40.0))
def test_a_hazard_moves_its_yearly_share_of_a_steady_stock(share: float):
    assert chance(hazard(share), A_WEEK) == pytest.approx(share * A_WEEK)


@pytest.fixture(scope="module")
def decades() -> Mapping[int, BatchResult]:
    """Ten years at each step under two regimes and the levers of their scenario files, with the
    framework of 2018 and the pause of 2020: PAIRED replications of each regime in turn."""
    worlds = []
    for scenario in ("commissioner-only", "no-intervention"):
        timeline = tuple(load_scenario(scenario).timeline())
        end = NEW_YEAR + timedelta(days=DECADE)
        worlds += [
            replace(world(k), timeline=timeline, end=end, record_events=True)
            for k in range(1, PAIRED + 1)
        ]
    return {step: run([replace(one, step_days=step) for one in worlds]) for step in (WEEK, SCREEN)}


@pytest.mark.standard
def test_screening_finds_the_same_difference_between_regimes(decades: Mapping[int, BatchResult]):
    """Years inadequate under a commissioner less those without any intervention, replication by
    replication: the two steps agree within the error of so few runs."""
    found = {}
    for step, result in decades.items():
        years = result.totals["inadequate_council_years"].reshape(2, PAIRED)
        found[step] = years[0] - years[1]
    apart = found[SCREEN].mean() - found[WEEK].mean()
    error = np.sqrt(sum(d.var(ddof=1) / PAIRED for d in found.values()))
    assert abs(apart) < 3.0 * error
    assert found[WEEK].mean() < 0.0
    assert found[SCREEN].mean() < 0.0


@pytest.mark.standard
@pytest.mark.parametrize(
    ("metric", "widest"),
    [
        ("children_in_need", 0.03),
        ("caseload", 0.03),
        ("turnover_rate", 0.03),
        ("agency_rate", 0.05),
        ("spend_gbp_m", 0.01),
        ("inspections_completed", 0.03),
        ("councils_good_or_better", 0.05),
        ("inadequate_council_years", 0.06),
    ],
)
def test_screening_sees_the_same_country(
    decades: Mapping[int, BatchResult], metric: str, widest: float
):
    weekly, screened = (decades[step].totals[metric].mean() for step in (WEEK, SCREEN))
    assert abs(screened / weekly - 1.0) < widest


@pytest.mark.standard
def test_focused_visits_are_a_standing_load_on_inspectors_in_screening(
    decades: Mapping[int, BatchResult],
):
    """No focused visit is made, and yet inspections wait no less and hardly longer; monitoring
    visits are, for what they read counts."""
    kinds = {step: {event.kind for event in result.events} for step, result in decades.items()}
    assert "monitoring visit" in kinds[SCREEN]
    assert kinds[WEEK] - kinds[SCREEN] == {"focused visit"}
    delay = {step: result.totals["inspection_delay_months"] for step, result in decades.items()}
    assert -0.1 < delay[SCREEN].mean() - delay[WEEK].mean() < 0.4


@pytest.mark.parametrize(
    ("choices", "a_year"),
    [
        ({}, 0.0),
        ({"ofsted__framework": "ILACS"}, 100.0 / 4.0),
        ({"ofsted__framework": "ILACS", "ofsted__capacity": 0.0}, 0.0),
    ],
)
def test_the_standing_load_by_hand(choices: dict[str, bool | str | float], a_year: float):
    """20 councils inadequate, 100 better, 32 not judged; a focused visit in four years, two members
    for seven days, under the later framework."""
    facts = {
        "ofsted.interval_years": 4.0,
        "ofsted.visit_days": 7.0,
        "ofsted.time_on_councils": 0.7,
    }
    members = {}
    for step in (WEEK, SCREEN):
        batch = build([replace(world(1, facts=facts, **choices), step_days=step)])
        (country,) = batch.countries
        country.state.grade[:] = np.repeat([1.0, 3.0, 0.0], [20, 100, 32])
        inspectors = country.ofsted.inspectors
        inspectors.staff["member"] = 60
        paused = choices.get("ofsted__capacity") == 0.0
        leads = 0 if paused else round(0.7 * inspectors.staff["lead"])
        assert inspectors.available("lead") == leads
        members[step] = inspectors.available("member")
    assert members[WEEK] == 42
    assert members[SCREEN] == round(42.0 - a_year * 2.0 * 7.0 / 365.25)


def test_visits_give_way_to_inspections_that_are_not_routine():
    later = world(1, ofsted__framework="ILACS")
    (country,) = build([replace(later, step_days=SCREEN)]).countries
    country.state.grade[:] = 3.0
    inspectors = country.ofsted.inspectors
    free = inspectors.available("member")
    inspectors.members.request(10_000, 2.0)
    assert inspectors.available("member") > free


def test_a_batch_has_one_step():
    with pytest.raises(ValueError, match="step"):
        build([world(1), replace(world(2), step_days=SCREEN)])

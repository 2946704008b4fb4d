"""Children where practice is poor, and the stages of the time that councils are inadequate."""

from __future__ import annotations

import numpy as np
import pytest

from sim.inputs.metrics import HEADLINE, LINE_HIGHER, LINE_LOWER, listed_metrics
from sim.model.batch_result import BatchResult
from sim.model.recorder import STAGES_OF_TIME, WAITING_FOR_THE_INSPECTOR, stages_of_time
from sim.model.state import PHASES
from tests.helpers.small_england import MONTH, build, england, part, run, world

pytestmark = pytest.mark.quick

DAYS = 182


def test_child_years_are_the_children_of_each_month(five_years: BatchResult):
    months = five_years.national["children_under_poor_practice"]
    years = months.shape[1] * MONTH / 365.25
    assert five_years.totals[HEADLINE] == pytest.approx(months.mean(axis=1) * years, rel=0.02)
    assert five_years.totals["children_under_poor_practice"] == pytest.approx(months.mean(axis=1))


def test_a_higher_line_has_more_children_below_it(five_years: BatchResult):
    lower, line, higher = (five_years.totals[name] for name in (LINE_LOWER, HEADLINE, LINE_HIGHER))
    assert (lower > 0.0).all()
    assert (lower < line).all()
    assert (line < higher).all()
    whole = five_years.national["children_in_need"].mean(axis=1) * five_years.days / 365.25
    assert (higher < 0.9 * whole).all()


@pytest.mark.parametrize(("line", "share"), [(0.0, 0.0), (9.0, 1.0)])
def test_all_or_no_child_is_below_a_line_beyond_the_scale(line, share):
    place = part(england(), range(6))
    result = run([world(days=DAYS, facts={"practice.poor_line": line})], councils_from=place)
    every_month = result.national["children_under_poor_practice"]
    assert every_month == pytest.approx(share * result.national["children_in_need"])
    years = DAYS / 365.25
    expected = share * result.national["children_in_need"].mean() * years
    assert result.totals[HEADLINE][0] == pytest.approx(expected, rel=0.03)


def test_a_new_framework_moves_no_child_over_the_line_at_once():
    """The line is a definition of January 2016: what inspectors read moves, what is poor not."""
    now, later = (
        run([world(days=DAYS, ofsted__framework=name)]).totals[HEADLINE][0]
        for name in ("SIF", "ILACS")
    )
    assert later == pytest.approx(now, rel=0.05)


def test_stages_add_up_to_the_council_years_inadequate(five_years: BatchResult):
    whole = five_years.totals["inadequate_council_years"]
    stages = np.array([five_years.totals[name] for name in STAGES_OF_TIME])
    assert (stages >= 0.0).all()
    assert stages.sum(axis=0) == pytest.approx(whole, rel=1e-12)
    # Both sides of the line are seen: councils are judged late, and their recovery is too.
    assert (five_years.totals["phase_years_waiting_inspector"] > 0.0).all()
    assert (five_years.totals["phase_years_waiting_inspector"] < whole).all()


def test_weeks_counted_are_the_days_of_the_spells():
    """Before they are made to add up, the stages differ from the spells by days a spell."""
    batch = build([world(1, days=DAYS), world(2, days=DAYS)])
    result = batch.run()
    counted = batch.recorder._stage_years.sum(axis=1)
    spells = np.bincount([spell.country for spell in result.spells])
    apart = np.abs(counted - result.totals["inadequate_council_years"]) * 365.25
    assert (apart <= 7.0 * spells).all()


def test_a_council_is_in_the_stage_of_its_spell_until_practice_has_recovered():
    batch = build([world(1), world(2)], councils_from=part(england(), range(8)))
    s = batch.state
    s.grade[:] = [[1, 1, 1, 1, 2, 3, 1, 0], [2] * 8]
    s.phase[:] = [[0, 2, 2, 6, 2, 0, 6, 6]] * 2
    poor = np.array([[True, True, True, True, True, True, False, True], [True] * 8])
    counts = stages_of_time(s, poor)
    expected = np.zeros((2, len(STAGES_OF_TIME)))
    expected[0, [0, 2, 6, WAITING_FOR_THE_INSPECTOR]] = [1.0, 2.0, 1.0, 1.0]
    assert counts.tolist() == expected.tolist()


def test_every_phase_has_a_metric_of_its_name():
    names = [
        phase.replace("waiting for a ", "waiting ").replace(" ", "_").replace("-", "_")
        for phase in (*PHASES, "waiting inspector")
    ]
    assert list(listed_metrics("phases")) == [f"phase_years_{name}" for name in names]

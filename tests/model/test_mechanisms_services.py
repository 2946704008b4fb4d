"""Need and what meets it: poverty, services around families, thresholds, care."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from sim.model.weekly.rates import OWN_TRENDS
from tests.helpers.variants import Variant, VariantRuns, but, falls, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]


@pytest.fixture(scope="module")
def runs() -> VariantRuns:
    return VariantRuns(
        {
            "services": but("services.around_families", 0.5),
            "stripped": but("services.around_families", -0.4),
            "poor": but("demand.poverty_shift", 3.0),
            "conferences": but("casework.family_group_conferences", 1.0),
            "protection": but("casework.protection_drift", 0.03),
            "care": but("casework.care_drift", 0.05),
            "stays": but("casework.care_years_drift", 0.06),
            "short": but("casework.care_share_short", 0.35),
        },
        base=Variant(
            {
                "casework.protection_drift": 0.0,
                "casework.care_drift": 0.0,
                "casework.care_years_drift": 0.0,
                "casework.services_effect": 0.3,
                "casework.conference_effect": 0.3,
                "casework.care_share_short": 0.2,
            }
        ),
    )


def test_services_around_families(runs: VariantRuns) -> None:
    """More of them: shorter help and fewer children in care; fewer of them: the contrary."""
    for metric in ("children_in_need", "children_looked_after"):
        assert falls(runs.moved(metric, "services"))
        assert rises(runs.moved(metric, "stripped"))


def test_poverty_brings_referrals_and_care(runs: VariantRuns) -> None:
    assert rises(runs.moved("referrals", "poor"))
    assert rises(runs.moved("children_looked_after", "poor"))
    assert runs.shift("care_started", "poor").sum() > 0.0


def test_conferences_keep_children_out_of_care(runs: VariantRuns) -> None:
    assert falls(runs.shift("care_started", "conferences").sum(axis=1))
    assert falls(runs.moved("children_looked_after", "conferences"))


def test_thresholds_drift(runs: VariantRuns) -> None:
    """The same referrals end more often in plans and in care, and care lasts longer."""
    assert rises(runs.moved("protection_plans", "protection"))
    assert rises(runs.shift("care_started", "care").sum(axis=1))
    assert rises(runs.moved("children_looked_after", "stays"))


def test_stays_in_care_differ(runs: VariantRuns) -> None:
    """Where more stays are short, more children are in a short stay and fewer in a long one."""
    assert runs.shift("care_short", "short").sum() > 0.0
    assert runs.shift("care_long", "short").sum() < 0.0


def test_reformed_boards_temper_alarm() -> None:
    def judge(batch: Batch) -> None:
        for country in batch.countries:
            for c in range(12):
                country.councils[c].suffer_judgement()

    runs = VariantRuns(
        {"reform": but("department.board_review", True)},
        base=Variant({"demand.coordination": 0.3}),
        days=364,
        prepare=judge,
    )
    assert falls(runs.shift("referrals", "reform")[:, :12].sum(axis=1))


def test_deprived_areas_start_lower() -> None:
    """Where practice is held to be weaker in deprived areas, it drifts there: the gap between
    the most and the least deprived widens."""
    runs = VariantRuns(
        {"weaker": but("practice.deprivation_effect", -0.25)},
        base=Variant(
            {"practice.deprivation_effect": 0.0, "practice.why_excellence_sticks": OWN_TRENDS}
        ),
        days=1092,
    )
    deprivation = runs.batch.baseline.idaci
    shift = runs.shift("anchor", "weaker").mean(axis=0)
    assert np.corrcoef(deprivation, shift)[0, 1] < -0.9

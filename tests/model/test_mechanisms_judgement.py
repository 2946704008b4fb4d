"""What an inadequate judgement does to a council, and what overload and blame do."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from tests.helpers.variants import Variant, VariantRuns, but, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]

JUDGED = slice(0, 12)  # the councils that meet the shock
LOADED = slice(0, 20)  # the councils whose work is raised by half


def judge(batch: Batch) -> None:
    """An inadequate judgement falls on some councils, in every country alike."""
    for country in batch.countries:
        for c in range(JUDGED.stop):
            country.councils[c].suffer_judgement()


def load_up(batch: Batch) -> None:
    batch.state.need_long[:, LOADED] = np.ceil(batch.state.need_long[:, LOADED] * 2.0)


@pytest.fixture(scope="module")
def judged() -> VariantRuns:
    """A year after a judgement that does nothing, but for one thing at a time."""
    nothing = {
        "demand.alarm_peak": 0.0,
        "demand.plan_alarm_peak": 0.0,
        "workforce.stigma_on_recruitment": 0.0,
        "workforce.leave_judgement": 0.0,
        "workforce.agency_alarm": 0.0,
        "workforce.judgement_morale": 0.0,
        "practice.judgement_shock": 0.0,
    }
    return VariantRuns(
        {
            "alarm": but("demand.alarm_peak", 0.35),
            "plans": but("demand.plan_alarm_peak", 0.30),
            "stigma": but("workforce.stigma_on_recruitment", 1.2),
            "leave": but("workforce.leave_judgement", 0.05),
            "agency": but("workforce.agency_alarm", 0.3),
            "morale": but("workforce.judgement_morale", 0.8),
            "shock": but("practice.judgement_shock", 0.3),
        },
        base=Variant(facts=nothing),
        days=364,
        prepare=judge,
    )


@pytest.fixture(scope="module")
def loaded() -> VariantRuns:
    """A year in councils whose work has doubled, with one response at a time."""
    calm = {
        "casework.overload_slope": 0.0,
        "casework.strain_on_assessment": 0.0,
        "casework.strain_on_closing": 0.0,
        "practice.load_effect": 0.0,
        "workforce.morale_per_pressure": 0.0,
        "workforce.leave_overload": 0.0,
    }
    return VariantRuns(
        {
            "waiting": but("casework.overload_slope", 5.0),
            "late": but("casework.strain_on_assessment", 1.2),
            "open": but("casework.strain_on_closing", 1.0),
            "practice": but("practice.load_effect", 1.0),
            "morale": but("workforce.morale_per_pressure", 1.0),
            "leave": but("workforce.leave_overload", 0.02),
        },
        base=Variant(facts=calm),
        days=364,
        prepare=load_up,
    )


def test_practice_falls(judged: VariantRuns) -> None:
    shift = judged.shift("practice", "shock")
    assert shift[:, JUDGED].max() < 0.0
    assert np.abs(shift[:, JUDGED.stop :]).mean() < 0.02


def test_standing_falls_and_recovers(judged: VariantRuns) -> None:
    """Half of what was lost is back after the half-life, two and a half years, save where
    inspectors have meanwhile found the council inadequate again."""
    standing = judged.state("stigma")[:, JUDGED]
    assert (standing <= 0.5 ** (0.99 / 2.5) + 1e-9).mean() > 0.9
    assert standing.min() > 0.5


def test_partners_refer_more(judged: VariantRuns) -> None:
    assert (judged.shift("referrals", "alarm")[:, JUDGED] > 0.0).all()
    assert judged.shift("plans_started", "plans")[:, JUDGED].sum() > 0.0


def test_applicants_stay_away(judged: VariantRuns) -> None:
    assert judged.shift("joined", "stigma")[:, JUDGED].sum() < 0.0
    assert judged.shift("agency", "stigma")[:, JUDGED].sum() > 0.0


def test_leaving_hardly_moves(judged: VariantRuns) -> None:
    """Even at the end of its range the extra leaving is a few points of turnover (C6)."""
    staff_years = judged.state("worker_years")[:, JUDGED].sum()
    extra = judged.shift("left", "leave")[:, JUDGED].sum() / staff_years
    assert 0.0 < extra < 0.06


def test_agency_cover_rises(judged: VariantRuns) -> None:
    assert judged.shift("agency", "agency")[:, JUDGED].sum() > 0.0


def test_a_judgement_lowers_morale() -> None:
    runs = VariantRuns(
        {"more": but("workforce.judgement_morale", 0.8)},
        base=Variant(facts={"workforce.judgement_morale": 0.0}),
        days=56,
        prepare=judge,
    )
    assert runs.shift("morale", "more")[:, JUDGED].max() < 0.0


def test_cases_pile_up(loaded: VariantRuns) -> None:
    assert loaded.shift("waiting", "waiting")[:, LOADED].sum() > 0.0
    assert loaded.shift("assessed_late", "late")[:, LOADED].sum() > 0.0
    assert loaded.shift("need_long", "open")[:, LOADED].sum() > 0.0


def test_overload_tips() -> None:
    """Beyond the limit a little more work makes many more children wait than it does below."""
    waiting = []
    for factor in (0.6, 1.0, 1.4):

        def pile(batch: Batch, factor: float = factor) -> None:
            batch.state.need_long[:] = np.ceil(batch.state.need_long * factor)

        waiting.append(VariantRuns({}, days=35, prepare=pile).state("waiting").sum())
    first, second = waiting[1] - waiting[0], waiting[2] - waiting[1]
    assert second > first > 0.0


def test_load_lowers_practice(loaded: VariantRuns) -> None:
    assert loaded.shift("practice", "practice")[:, LOADED].mean() < -0.1


def test_load_lowers_morale(loaded: VariantRuns) -> None:
    assert loaded.shift("morale", "morale")[:, LOADED].mean() < -0.1
    assert loaded.shift("left", "morale")[:, LOADED].sum() > 0.0


def test_overload_makes_staff_leave(loaded: VariantRuns) -> None:
    assert loaded.shift("left", "leave")[:, LOADED].sum() > 0.0


def test_recovery_takes_years() -> None:
    """From a failing state half of the way back takes about a year, more where practice is
    slower to move; the drive that follows a failure quickens it."""
    still = {"practice.noise": 0.0, "practice.anchor_noise": 0.0, "practice.recovery_share": 0.0}

    def fail(batch: Batch) -> None:
        batch.state.practice[:] = 1.2
        batch.state.anchor[:] = 2.6
        # Inspections under way would find out; the others wait.
        batch.state.grade[:, batch.baseline.fieldwork_start == 0] = 1.0

    runs = VariantRuns(
        {"slow": but("practice.years", 3.5), "drive": but("practice.recovery_share", 1.0)},
        base=Variant(facts=still, choices={"ofsted.capacity": 0.0}),
        days=364,
        prepare=fail,
    )
    gained = runs.state("practice").mean() - 1.2
    assert 0.4 < gained < 1.0
    assert rises(-runs.shift("practice", "slow").mean(axis=1))
    assert rises(runs.shift("practice", "drive").mean(axis=1))


def test_a_tragedy_lowers_thresholds() -> None:
    def report(batch: Batch) -> None:
        batch.state.tragedy[:] = 1.0

    runs = VariantRuns(
        {"guarded": but("demand.tragedy_thresholds", 0.2)},
        base=Variant(facts={"demand.tragedies_a_year": 0.0, "demand.tragedy_thresholds": 0.0}),
        days=364,
        prepare=report,
    )
    assert rises(runs.shift("plans_started", "guarded").sum(axis=1))
    assert rises(runs.shift("care_started", "guarded").sum(axis=1))


def test_a_tragedy_lowers_morale() -> None:
    runs = VariantRuns(
        {"felt": but("workforce.tragedy_morale", 0.2)},
        base=Variant(facts={"demand.tragedies_a_year": 6.0, "workforce.tragedy_morale": 0.0}),
    )
    assert runs.events("tragedy reported")
    assert rises(runs.moved("turnover_rate", "felt"))

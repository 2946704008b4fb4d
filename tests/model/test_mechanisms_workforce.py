"""Social workers: why they leave, what they carry, where they come from."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.simulation import Batch
from sim.model.weekly.workforce import capacity
from tests.helpers.variants import Variant, VariantRuns, but, falls, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]


def double_the_work(batch: Batch) -> None:
    batch.state.need_long[:] = np.ceil(batch.state.need_long * 2.0)


def test_caseload_makes_staff_leave() -> None:
    """More cases: more leaving, more absence, and more again beyond the limit."""
    none = {"leave_per_case": 0.0, "leave_overload": 0.0, "absence_per_case": 0.0}
    runs = VariantRuns(
        {
            "leave": but("workforce.leave_per_case", 0.006),
            "far over": but("workforce.leave_overload", 0.02),
            "ill": but("workforce.absence_per_case", 0.0015),
        },
        base=Variant({f"workforce.{name}": value for name, value in none.items()}),
        days=364,
        prepare=double_the_work,
    )
    assert rises(runs.moved("turnover_rate", "leave"))
    assert rises(runs.moved("turnover_rate", "far over"))
    assert (runs.shift("absence", "ill") > 0.0).mean() > 0.5


def test_vacancies_make_staff_leave() -> None:
    def empty(batch: Batch) -> None:
        batch.state.posts_base *= 1.4

    runs = VariantRuns(
        {"unsupervised": but("workforce.leave_supervision", 0.3)},
        base=Variant({"workforce.leave_supervision": 0.0}),
        days=364,
        prepare=empty,
    )
    assert rises(runs.moved("turnover_rate", "unsupervised"))


@pytest.fixture(scope="module")
def desk() -> VariantRuns:
    """A tenth of working time moved from desk to families, with one effect at a time."""
    none = {"practice.desk_effect": 0.0, "workforce.leave_desk_time": 0.0}
    less = {"workforce.desk_time_shift": -0.1}
    return VariantRuns(
        {
            "less": Variant(choices=less),
            "less, practice": Variant({"practice.desk_effect": 4.0}, less),
            "less, leaving": Variant({"workforce.leave_desk_time": 0.8}, less),
        },
        base=Variant(none),
        days=364,
    )


def test_less_desk_time(desk: VariantRuns) -> None:
    """It shows as time, and frees capacity."""
    assert desk.moved("desk_time_share", "less") == pytest.approx(-0.1, abs=1e-3)
    assert desk.shift("pressure", "less").max() < 0.0


def test_desk_time_lowers_practice(desk: VariantRuns) -> None:
    better = desk.state("practice", "less, practice") - desk.state("practice", "less")
    assert better.min() > -1e-9
    assert better.mean() > 0.1


def test_desk_time_makes_staff_leave(desk: VariantRuns) -> None:
    fewer = desk.total("turnover_rate", "less, leaving") - desk.total("turnover_rate", "less")
    assert falls(fewer)


def test_time_saved_at_the_desk_may_reach_nobody() -> None:
    """Saved time frees capacity in part or not at all; lost time is lost whatever the part."""
    used = "workforce.desk_time_used"
    runs = VariantRuns({"used": but(used, 1.0)}, base=Variant({used: 0.0}), days=35)
    batch = runs.batch
    s, found = batch.state, {}
    for desk in (-0.1, 0.0, 0.1):
        s.desk_extra[:] = desk
        found[desk] = capacity(s, batch.traits, batch.p)
    nobody, all_of_it = runs.rows("base"), runs.rows("used")
    assert (found[-0.1][nobody] == found[0.0][nobody]).all()
    assert (found[-0.1][all_of_it] > 1.2 * found[0.0][all_of_it]).all()
    for rows in (nobody, all_of_it):
        assert (found[0.1][rows] < 0.8 * found[0.0][rows]).all()


def test_weakness_shows_in_staff_figures() -> None:
    """Where practice falls below its start, agency use and vacancies rise within a year or two."""

    def weak(batch: Batch) -> None:
        batch.traits.practice_start[:, ::2] += 1.0

    runs = VariantRuns(
        {
            "agency": but("workforce.agency_on_weakness", 0.15),
            "vacancies": but("workforce.weakness_on_recruitment", 0.6),
        },
        base=Variant(
            {"workforce.agency_on_weakness": 0.0, "workforce.weakness_on_recruitment": 0.0}
        ),
        prepare=weak,
    )
    fell = np.arange(runs.state("posts").shape[1]) % 2 == 0
    assert runs.shift("agency", "agency")[:, fell].sum() > 0.0
    assert (runs.shift("agency", "agency")[:, fell] > 0.0).mean() > 0.6
    assert runs.shift("experienced", "vacancies")[:, fell].sum() < 0.0


def test_cases_lie_on_fewer_where_practice_is_weak() -> None:
    """Caseloads rise where practice falls below its start, and nowhere else by as much."""

    def weak(batch: Batch) -> None:
        batch.traits.practice_start[:, ::2] += 1.0

    runs = VariantRuns(
        {"fewer": but("casework.holders_on_weakness", 0.2)},
        base=Variant({"casework.holders_on_weakness": 0.0}),
        prepare=weak,
    )
    more = runs.shift("caseload", "fewer")
    assert (more[:, ::2] > 0.0).mean() > 0.9
    assert more[:, ::2].mean() > more[:, 1::2].mean() + 0.5


def test_more_hold_cases_where_cases_have_grown() -> None:
    """Where caseloads stand above those of the start, others take cases too."""

    def grown(batch: Batch) -> None:
        batch.traits.caseload_start[:, ::2] *= 0.7

    runs = VariantRuns(
        {"more": but("casework.holders_follow_cases", 0.4)},
        base=Variant({"casework.holders_follow_cases": 0.0}),
        prepare=grown,
    )
    ratio = runs.state("caseload", "more") / runs.state("caseload")
    assert ratio[:, ::2].mean() < 0.97
    assert ratio[:, 1::2].mean() > 1.03


def test_more_plans_and_care_bring_agency_workers() -> None:
    """Beyond what staff are used to, children on plans and in care bring agency workers."""

    def more_than_usual(batch: Batch) -> None:
        batch.state.protected_usual[:, ::2] *= 0.7

    runs = VariantRuns(
        {"cover": but("workforce.agency_on_protection", 0.4)},
        base=Variant({"workforce.agency_on_protection": 0.0}),
        prepare=more_than_usual,
        days=364,
    )
    more = runs.shift("agency", "cover")
    assert more[:, ::2].sum() > 0.0
    assert more[:, ::2].sum() > more[:, 1::2].sum()


def test_pay_that_falls_behind_thins_the_workforce() -> None:
    """With prices ahead of pay fewer come and more leave; a rise in pay keeps them and costs."""
    none = {"workforce.leave_on_pay": 0.0, "workforce.supply_on_pay": 0.0}
    runs = VariantRuns(
        {
            "leave": but("workforce.leave_on_pay", 0.35),
            "supply": but("workforce.supply_on_pay", 1.2),
        },
        base=Variant({**none, "money.pay_growth": 0.005, "money.inflation": 0.03}),
    )
    assert rises(runs.moved("turnover_rate", "leave"))
    trained = runs.batch.week.pools.trained
    assert (trained[runs.rows("supply")] < trained[runs.rows("base")]).all()
    raised = VariantRuns({"pay": but("workforce.pay_shift", 0.05)})
    assert falls(raised.moved("turnover_rate", "pay"))
    assert rises(raised.shift("spend_staff", "pay").sum(axis=1))


def test_new_workers_carry_less() -> None:
    """The less a new worker carries, the greater the load of the others; and they leave sooner."""
    runs = VariantRuns(
        {
            "slow": but("workforce.newly_qualified_capacity", 0.5),
            "restless": but("workforce.newly_qualified_leave_ratio", 2.0),
        },
        base=Variant(
            {
                "workforce.newly_qualified_capacity": 0.85,
                "workforce.newly_qualified_leave_ratio": 0.8,
            }
        ),
    )
    # The start is scaled to the published caseload, so the difference is in what comes later.
    assert runs.shift("pressure", "slow").mean() != 0.0
    assert rises(runs.moved("turnover_rate", "restless"))


def test_changes_of_worker_lower_practice() -> None:
    """Where staff leave more than at the start, children change worker more and practice falls."""
    runs = VariantRuns(
        {"felt": but("practice.continuity_effect", 0.4)},
        base=Variant({"practice.continuity_effect": 0.0, "workforce.agency_end": 2.5}),
        days=364,
    )
    more = runs.state("change_rate") - runs.batch.traits.change_start[runs.rows("base")]
    shift = runs.shift("practice", "felt")
    assert np.corrcoef(more.ravel(), shift.ravel())[0, 1] < -0.5


def trainees_of_2016(batch: Batch) -> None:
    """Those who qualify at first began on the places of the years before."""
    batch.week.pools.fast_track[:] = 300.0


def test_places_bring_workers_after_training() -> None:
    """Places bring workers, the later the longer they train."""
    many = {"workforce.fast_track_places": 4000}
    runs = VariantRuns(
        {
            "quick": Variant({"workforce.training_years": 1.0}, many),
            "slow": Variant({"workforce.training_years": 2.5}, many),
        },
        prepare=trainees_of_2016,
    )
    trained = {name: runs.batch.week.pools.trained[runs.rows(name), 0] for name in runs.names}
    assert rises(trained["slow"] - trained["base"])
    assert (trained["quick"] > trained["slow"]).all()


def test_posts_bring_caseloads_down() -> None:
    """Posts funded are filled in time, and each worker then holds fewer cases."""
    runs = VariantRuns(
        {"posts": but("money.posts_growth", 0.05)},
        base=Variant({"money.posts_growth": 0.01}),
        days=1092,
    )
    assert rises(runs.moved("social_workers_fte", "posts"))
    assert falls(runs.moved("caseload", "posts"))


def test_agency_rules_keep_leavers_from_agency_work() -> None:
    """They look for a permanent post instead; with no effect believed in, nothing moves."""
    runs = VariantRuns(
        {"rules": but("workforce.agency_rules", 1.0)},
        base=Variant({"workforce.agency_rules_leavers": 0.5, "money.agency_rules_saving": 0.0}),
    )
    assert falls(runs.moved("agency_rate", "rules"))
    movers = runs.batch.week.pools.movers
    assert (movers[runs.rows("rules")] > movers[runs.rows("base")]).all()
    nothing = VariantRuns(
        {"rules": but("workforce.agency_rules", 1.0)},
        base=Variant({"workforce.agency_rules_leavers": 0.0, "money.agency_rules_saving": 0.0}),
        days=182,
    )
    assert (nothing.shift("agency", "rules") == 0.0).all()


TEAMS = "services.protection_teams"
TEAM_EFFECT, TEAM_TIME = "practice.protection_teams", "workforce.protection_teams_time"


def test_protection_teams_take_time_and_move_practice() -> None:
    """Each by what is believed of it; with nothing believed in, nothing moves."""
    runs = VariantRuns(
        {"teams": but(TEAMS, 1.0)}, base=Variant({TEAM_EFFECT: 0.15, TEAM_TIME: 0.0}), days=728
    )
    assert rises(runs.shift("practice", "teams").mean(axis=1))
    slower = VariantRuns(
        {"teams": but(TEAMS, 1.0), "half": but(TEAMS, 0.5)},
        base=Variant({TEAM_EFFECT: 0.0, TEAM_TIME: 0.03}),
        days=84,
    )
    # What reporting takes follows from what happens to a council, and differs in few by then.
    assert np.median(slower.shift("desk_extra", "teams")) == pytest.approx(0.03)
    assert np.median(slower.shift("desk_extra", "half")) == pytest.approx(0.015)
    nothing = VariantRuns(
        {"teams": but(TEAMS, 1.0)}, base=Variant({TEAM_EFFECT: 0.0, TEAM_TIME: 0.0}), days=182
    )
    assert (nothing.shift("practice", "teams") == 0.0).all()

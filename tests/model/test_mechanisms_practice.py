"""Practice: how it wanders, what pulls at it, and what is known of it on the first day."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest

from sim.model.institutions.judging import overall_cuts
from sim.model.simulation import Batch
from sim.model.weekly import practice
from sim.model.weekly.rates import MOMENTUM, NO_PULL, OWN_TRENDS, extra_after
from sim.units import Array
from tests.helpers.small_england import STILL, build, england, parameters, world
from tests.helpers.variants import Variant, VariantRuns, but, falls, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]

YEARS = 4.3  # between two inspections, on average (evidence H6)


def but_for_the_drive(batch: Batch) -> Array:
    """Practice without what the drive after a failure and outside help have added."""
    s = batch.state
    return np.asarray(s.practice - s.focus - s.support)


def changes(why: float) -> tuple[float, float, float]:
    """Of England from January 2016: the spread of practice, the spread of its change in 4.3 years,
    and the correlation of practice then and now."""
    facts = {"practice.why_excellence_sticks": why}
    batch = build([world(k, days=1600, facts=facts) for k in range(1, 5)])
    batch.env.process(batch._weeks(None))
    batch.run_until(1)
    then = but_for_the_drive(batch)
    batch.run_until(1 + round(YEARS * 365.25))
    moved = but_for_the_drive(batch) - then
    moved -= moved.mean(axis=1, keepdims=True)
    together = [np.corrcoef(a, b)[0, 1] for a, b in zip(then, then + moved, strict=True)]
    return float(then.std(axis=1).mean()), float(moved.std()), float(np.mean(together))


@pytest.mark.theory
def test_practice_wanders_as_on_the_record_where_nothing_pulls_it_back() -> None:
    """Evidence H6, with room for what passes and for the circumstances of a few years: spread
    0.55 [0.45, 0.65], change 0.38 [0.26, 0.47], correlation 0.82 [0.80, 0.88]."""
    spread, change, together = changes(NO_PULL)
    assert 0.45 < spread < 0.68
    assert 0.26 < change < 0.5
    assert 0.65 < together < 0.9


@pytest.mark.theory
@pytest.mark.parametrize("why", [OWN_TRENDS, MOMENTUM])
def test_practice_changes_more_where_something_pulls_it_back(why: float) -> None:
    """Evidence H6: spread 0.68 [0.57, 0.78], change 0.63 [0.42, 0.76], correlation 0.59 [0.42,
    0.75]."""
    spread, change, together = changes(why)
    assert 0.48 < spread < 0.78
    assert 0.42 < change < 0.76
    assert 0.42 < together < 0.8


def test_practice_is_pulled_to_the_norm_of_the_council() -> None:
    """Not without a pull; with one, the more the further away it is, to its own norm and not to
    that of England."""
    still = {**STILL, "practice.own_trend": 0.0}

    def set_apart(batch: Batch) -> None:
        batch.state.anchor[:] = 2.0
        batch.traits.norm[:, :40], batch.traits.norm[:, 40:] = -0.5, 0.5

    runs = VariantRuns(
        {
            "pull": Variant({"practice.why_excellence_sticks": OWN_TRENDS}),
            "stronger": Variant(
                {
                    "practice.why_excellence_sticks": OWN_TRENDS,
                    "practice.anchor_reversion": 0.36,
                }
            ),
        },
        base=Variant({**still, "practice.why_excellence_sticks": NO_PULL}),
        days=364,
        prepare=set_apart,
    )
    pulled, harder = runs.shift("anchor", "pull"), runs.shift("anchor", "stronger")
    assert pulled[:, :40].mean() < -0.02
    assert pulled[:, 40:].mean() > 0.05
    assert (np.abs(harder) >= np.abs(pulled) - 1e-9).all()


def test_councils_have_trends_of_their_own_only_where_that_is_believed() -> None:
    """They drive councils apart, and their mean is nothing but chance."""
    trends = {}
    for why in (NO_PULL, OWN_TRENDS, MOMENTUM):
        facts = {"practice.why_excellence_sticks": why, "practice.own_trend": 0.1}
        trends[why] = build([world(k, facts=facts) for k in range(1, 5)]).traits.trend
    assert (trends[NO_PULL] == 0.0).all()
    assert (trends[MOMENTUM] == 0.0).all()
    assert trends[OWN_TRENDS].std() == pytest.approx(0.1, rel=0.1)


def test_the_norm_of_a_council_wanders_more_under_a_pull() -> None:
    runs = VariantRuns(
        {"stirred": but("practice.anchor_noise_pulled", 0.36)},
        base=Variant(
            {"practice.why_excellence_sticks": OWN_TRENDS, "practice.anchor_noise_pulled": 0.18}
        ),
        days=364,
    )
    anchors = [runs.state("anchor"), runs.state("anchor") + runs.shift("anchor", "stirred")]
    assert anchors[1].std() > anchors[0].std()


def test_a_good_judgement_brings_more_of_it_where_excellence_has_momentum() -> None:
    """The share that is not halo, in councils judged outstanding and less in the good."""

    def praise(batch: Batch) -> None:
        batch.state.grade[:, :10], batch.state.grade[:, 10:20] = 4.0, 3.0
        batch.state.grade[:, 20:30] = 2.0

    sticks = {
        "practice.why_excellence_sticks": MOMENTUM,
        "practice.extra_outstanding": 0.0,
        "practice.extra_good": 0.0,
    }
    runs = VariantRuns(
        {
            "worked for": Variant({"practice.extra_outstanding": 0.8, "practice.extra_good": 0.4}),
            "seen only": Variant(
                {
                    "practice.extra_outstanding": 0.8,
                    "practice.extra_good": 0.4,
                    "practice.halo_share": 1.0,
                }
            ),
        },
        base=Variant({**sticks, "practice.halo_share": 0.0}, {"ofsted.capacity": 0.0}),
        days=182,
        prepare=praise,
    )
    gained = runs.shift("practice", "worked for").mean(axis=0)
    by_eye = runs.shift("practice", "seen only").mean(axis=0)
    opened = runs.batch.baseline.grade >= 3  # those have some of the extra from the first day
    new = ~opened
    assert gained[:10][new[:10]].min() > 1.5 * gained[10:20][new[10:20]].max() > 0.02
    assert gained[20:30][new[20:30]].max() < 0.02
    assert np.abs(by_eye[new]).max() < 0.05


def test_the_three_readings_of_the_record_may_differ_between_the_countries_of_a_batch() -> None:
    """Each country lives as it would alone, to the byte."""
    facts = [{"practice.why_excellence_sticks": float(why)} for why in (1, 2, 3)]
    worlds = [world(1, days=91, facts=one) for one in facts]
    together = build(worlds)
    together.run()
    for k, one in enumerate(worlds):
        alone = build([one])
        alone.run()
        for name in ("practice", "anchor", "focus", "grade"):
            assert (getattr(together.state, name)[k] == getattr(alone.state, name)[0]).all(), name
    assert len({values.tobytes() for values in together.state.practice}) == 3


# -- what practice reacts to


def test_shedding_agency_staff_does_not_help_by_itself() -> None:
    """With the load left as it is, practice heads where it did; it heads lower where permanent
    staff leave, by their share of the posts of the start."""
    batch = build([world(1)])
    s, t, w = batch.state, batch.traits, batch.week
    before = practice.own_target(s, t, w)
    s.agency[:] = 0.0
    assert (practice.own_target(s, t, w) == before).all()
    gone = np.floor(s.experienced / 4.0)
    s.experienced -= gone
    lost = before - practice.own_target(s, t, w)
    expected = parameters()["practice.permanent_effect"] * gone / np.maximum(t.posts_start, 0.5)
    assert lost == pytest.approx(expected)


def test_early_help_shows_in_practice() -> None:
    """In real terms and per child: twice the money for twice the children is the same."""
    batch = build([world(1)])
    s, t, w = batch.state, batch.traits, batch.week
    before = practice.own_target(s, t, w)
    s.early_help_felt *= 2.0
    gained = practice.own_target(s, t, w) - before
    assert gained == pytest.approx(parameters()["practice.early_help_effect"] * np.log(2.0))
    s.population *= 2.0
    assert practice.own_target(s, t, w) == pytest.approx(before)


def test_early_help_moves_practice_over_years() -> None:
    runs = VariantRuns(
        {"matters": but("practice.early_help_effect", 0.5)},
        base=Variant({"practice.early_help_effect": 0.0}, {"money.early_help_shift": -0.3}),
        days=1092,
    )
    assert falls(runs.shift("practice", "matters").mean(axis=1))


def test_the_drive_brings_councils_to_the_threshold_and_not_all_equally_far() -> None:
    """The further below, the more it adds; a council above the level of recovery gains nothing.
    What remains of the gap is the share that the drive does not close."""
    still = {**STILL, "practice.national_drift": 0.0, "practice.focus_build": 0.2}

    def fail(batch: Batch) -> None:
        s = batch.state
        s.grade[:, batch.baseline.fieldwork_start == 0] = 1.0  # nobody is there to judge it better
        s.focus[:], s.support[:] = 0.0, 0.0
        s.anchor[:, :20], s.anchor[:, 20:40], s.anchor[:, 40:] = 1.2, 1.8, 3.2
        s.practice[:] = s.anchor

    runs = VariantRuns({}, base=Variant(still, {"ofsted.capacity": 0.0}), days=728, prepare=fail)
    focus = runs.state("focus")
    focus[:, runs.batch.baseline.fieldwork_start > 0] = np.nan
    p = parameters()
    share, level = p["practice.recovery_share"], p["practice.recovery_level"]
    assert np.nanmean(focus[:, :20]) == pytest.approx(share * (level - 1.2), abs=0.15)
    assert np.nanmean(focus[:, 20:40]) == pytest.approx(share * (level - 1.8), abs=0.15)
    assert np.nanmax(np.abs(focus[:, 40:])) < 0.05


def test_a_threat_is_felt_before_failure_near_the_line() -> None:
    """Where the lever is on, the sign is that of the effect; the share that is done for show
    moves no practice, and councils that have failed are beyond it."""

    def place(batch: Batch) -> None:
        s, p = batch.state, batch.p
        s.practice[:, :20] = p["practice.poor_line"]
        s.practice[:, 20:40] = 3.5
        s.anchor[:] = s.practice
        s.grade[:] = 2.0
        s.grade[:, 10:20] = 1.0

    # Councils bear on each other by the staff and the money that they compete for: without that,
    # what a threat does to others stays with them.
    quiet = {**STILL, "practice.load_effect": 0.0, "practice.permanent_effect": 0.0}
    quiet |= {"practice.early_help_effect": 0.0, "threat.deterrence": 0.1}
    quiet |= {"threat.gaming_share": 0.0}
    on = {"regime.threat_before_failure": True}
    runs = VariantRuns(
        {
            "threat": Variant(choices=on),
            "for show": Variant({"threat.gaming_share": 0.8}, on),
            "wider": Variant({"threat.reach": 0.6}, on),
        },
        base=Variant(quiet, {"ofsted.capacity": 0.0}),
        days=182,
        prepare=place,
    )
    threat = runs.shift("practice", "threat")
    assert rises(threat[:, :10].mean(axis=1))
    assert np.abs(threat[:, 10:20]).max() < 1e-5
    assert np.abs(threat[:, 20:40]).max() < 1e-3
    assert falls((runs.shift("practice", "for show") - threat)[:, :10].mean(axis=1))
    assert rises((runs.shift("practice", "wider") - threat)[:, :10].mean(axis=1))


# -- the first day


def opened(on: date | None = None, replications: int = 20, **facts: float) -> Batch:
    """The opening of many replications of a day, January 2016 if none is given."""
    named = {name.replace("__", "."): value for name, value in facts.items()}
    settings = {} if on is None else {"start": on}
    return build([world(k, days=35, facts=named, **settings) for k in range(1, replications + 1)])


@pytest.mark.parametrize("why", [NO_PULL, OWN_TRENDS, MOMENTUM])
def test_practice_at_the_start_is_what_the_last_grade_makes_likely(why: float) -> None:
    """Better the better the grade, and within about half a grade of the interval in which the
    reading was; less spread where there is a grade of the present framework than where not."""
    batch = opened(practice__why_excellence_sticks=why)
    s, b, p = batch.state, batch.baseline, parameters()
    inadequate, good, _ = (float(cut) for cut in overall_cuts(p))
    mean = {grade: s.practice[:, b.grade == grade].mean() for grade in (0, 1, 2, 3)}
    assert mean[1] + 0.2 < mean[2] < mean[3] - 0.2
    assert mean[1] < inadequate + 0.25
    assert inadequate < mean[2] < good + 0.2
    assert good - 0.1 < mean[3] < 3.2
    assert s.practice[:, b.grade == 2].std() < s.practice[:, b.grade == 0].std()


def test_a_council_that_was_never_judged_is_drawn_from_its_norm() -> None:
    b = dataclasses.replace(
        england(),
        grade=np.zeros_like(england().grade),
        pre_sif_grade=np.zeros_like(england().grade),
    )
    facts = {"practice.why_excellence_sticks": OWN_TRENDS, "practice.noise": 0.0}
    batch = build([world(k, days=35, facts=facts) for k in range(1, 41)], councils_from=b)
    p, s = parameters(), batch.state
    settled = p["practice.anchor_noise_pulled"] ** 2 / (2.0 * p["practice.anchor_reversion"])
    variance = p["practice.norm_spread"] ** 2 + settled + p["practice.director_effect"] ** 2
    assert s.practice.mean() == pytest.approx(p["practice.national_mean"], abs=0.03)
    assert s.practice.std(axis=0).mean() == pytest.approx(np.sqrt(variance), rel=0.06)
    # Of which the norm and the director hold their own parts.
    assert s.director_quality.std() == pytest.approx(1.0, rel=0.05)
    own = batch.traits.norm - batch.traits.norm.mean(axis=0)
    assert own.std() == pytest.approx(p["practice.norm_spread"], rel=0.06)


def test_practice_opens_where_it_is_heading() -> None:
    """Nothing but a drive under way, what passes and the first year of a director moves it: no
    council leaps on the first day because it was drawn far from its own anchor."""
    batch = opened(practice__noise=0.0)
    s, t, w = batch.state, batch.traits, batch.week
    usual = batch.baseline.grade != 1
    gap = (practice.own_target(s, t, w) - s.practice)[:, usual]
    assert abs(gap.mean()) < 0.03
    assert np.median(np.abs(gap)) < 0.06


def test_good_directors_are_found_more_often_where_practice_is_good() -> None:
    batch = opened()
    together = np.corrcoef(batch.state.practice.ravel(), batch.state.director_quality.ravel())
    assert 0.15 < together[0, 1] < 0.6


@pytest.mark.parametrize("on", [None, date(2013, 11, 1), date(2024, 9, 1)])
def test_norms_add_up_to_nothing_and_london_has_the_better_ones(on: date | None) -> None:
    batch = opened(on, practice__why_excellence_sticks=NO_PULL)
    norm = batch.traits.norm
    london = np.array([region.endswith("London") for region in batch.baseline.regions])
    assert norm.mean() == pytest.approx(0.0, abs=1e-9)
    assert norm[:, london].mean() > norm[:, ~london].mean() + 0.2


@pytest.mark.parametrize(
    ("effect", "field"),
    [
        ("practice.london_effect", "regions"),
        ("practice.agency_level_effect", "agency_rate"),
        ("practice.early_help_level_effect", "spend_early_help"),
    ],
)
def test_what_is_known_of_a_council_moves_its_norm(effect: str, field: str) -> None:
    """Each by its own size, and by what the council's figure is to the others'."""
    p = parameters()
    none, full = (
        build([world(1, days=35, facts={effect: size})]).traits.norm[0] for size in (0.0, p[effect])
    )
    moved, b = full - none, england()
    if field == "regions":
        figure = np.array([region.endswith("London") for region in b.regions], dtype=float)
    elif field == "agency_rate":
        figure = b.agency_rate
    else:
        figure = np.log(b.spend_early_help / b.population)
    assert np.corrcoef(moved, p[effect] * figure)[0, 1] > 0.95


def test_older_grades_say_less_than_those_of_the_present_framework() -> None:
    """In November 2013, when only they are known, practice differs little by grade: as little as
    first results did (evidence A-T1: 30 of 58 good, 20 of 64 adequate and 3 of 22 inadequate
    were good or better)."""
    batch = opened(date(2013, 11, 1))
    s, b = batch.state, batch.baseline
    mean = {g: s.practice[:, b.pre_sif_grade == g].mean() for g in (1, 2, 3)}
    assert mean[1] < mean[2] < mean[3]
    assert 0.1 < mean[3] - mean[1] < 0.7


def test_momentum_gives_nothing_where_it_is_not_believed() -> None:
    p = parameters(practice__why_excellence_sticks=NO_PULL)
    assert extra_after(p) == (0.0, 0.0)
    p = parameters(practice__why_excellence_sticks=MOMENTUM)
    assert extra_after(p) == (p["practice.extra_good"], p["practice.extra_outstanding"])

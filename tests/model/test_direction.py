"""More of a cause moves the effect the right way, under the same luck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from sim.model.batch_result import BatchResult
from sim.model.settings import CountrySettings, LeverValue
from tests.helpers.small_england import build, by_council, institutions, of, run, world

pytestmark = [pytest.mark.quick, pytest.mark.direction]

REPLICATIONS = (1, 2)


@dataclass(frozen=True)
class Cause:
    """One thing at two values; what it must never lower, what it must never raise."""

    name: str
    less: float
    more: float
    raises: tuple[str, ...] = ()
    lowers: tuple[str, ...] = ()
    also: Mapping[str, LeverValue] = field(default_factory=dict)

    def worlds(self, value: float, days: int) -> list[CountrySettings]:
        is_lever = self.name in world().timeline[0][1]
        facts = {} if is_lever else {self.name: value}
        choices = {name.replace(".", "__"): choice for name, choice in self.also.items()}
        if is_lever:
            default = world().timeline[0][1][self.name]
            choices[self.name.replace(".", "__")] = type(default)(value)
        return [world(k, days=days, facts=facts, **choices) for k in REPLICATIONS]


CAUSES = (
    Cause("workforce.leave_rate", 0.13, 0.17, raises=("vacancy_rate", "turnover_rate", "caseload")),
    Cause(
        "workforce.graduates_a_year",
        2300.0,
        3600.0,
        raises=("social_workers_fte",),
        lowers=("vacancy_rate", "agency_rate", "caseload"),
    ),
    Cause("workforce.fast_track_places", 0, 3000, raises=("social_workers_fte",)),
    Cause("demand.alarm_peak", 0.05, 0.35, raises=("referrals", "children_in_need", "caseload")),
    Cause("demand.referral_trend", -0.02, 0.02, raises=("referrals", "children_in_need")),
    Cause("demand.poverty_shift", 0.0, 2.0, raises=("referrals", "children_looked_after")),
    Cause("money.early_help_shift", 0.0, 1.0, lowers=("referrals",), raises=("spend_gbp_m",)),
    Cause("money.early_help_shift", -0.8, 0.0, lowers=("referrals",), raises=("early_help_gbp_m",)),
    Cause("money.settlement_shift", -0.05, 0.05, lowers=("overspend_share", "caseload")),
    Cause("money.settlement_shift", -0.03, 0.0, raises=("early_help_gbp_m", "spend_gbp_m")),
    Cause("workforce.pay_shift", -0.05, 0.05, lowers=("turnover_rate", "vacancy_rate")),
    Cause("money.placement_growth_shift", 0.0, 0.05, raises=("spend_gbp_m", "overspend_share")),
    Cause("money.staff_cost", 0.040, 0.052, raises=("spend_gbp_m",)),
    Cause("money.agency_premium", 0.012, 0.032, raises=("agency_premium_gbp_m",)),
    Cause("workforce.desk_time_shift", -0.05, 0.05, raises=("desk_time_share", "turnover_rate")),
    Cause("casework.allocation_share", 0.6, 1.0, lowers=("unallocated_children",)),
    Cause(
        "casework.strain_on_assessment",
        0.2,
        1.2,
        raises=("late_assessment_share",),
        also={"demand.poverty_shift": 2.0, "money.settlement_shift": -0.05},
    ),
    Cause("casework.family_group_conferences", 0.0, 1.0, lowers=("children_looked_after",)),
    Cause("services.around_families", 0.0, 1.0, lowers=("children_looked_after", "caseload")),
    Cause("casework.hand_over_share", 0.3, 0.9, raises=("worker_changes_per_child_year",)),
    Cause("director.leave_rate", 0.17, 0.26, raises=("directors_changed",)),
    Cause("practice.national_mean", 2.1, 2.5, raises=("councils_good_or_better",)),
    Cause(
        "support.commissioner_cost",
        0.06,
        0.25,
        raises=("intervention_cost_gbp_m",),
        also={"regime.name": "commissioner"},
    ),
)
DAYS = 735


@pytest.fixture(scope="module")
def paired() -> BatchResult:
    """Every cause at its two values, three replications of each, in one batch."""
    worlds = [
        w for cause in CAUSES for v in (cause.less, cause.more) for w in cause.worlds(v, DAYS)
    ]
    return run(worlds)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda c: f"{c.name} {c.less:g} to {c.more:g}")
def test_a_cause_moves_its_effects_the_right_way(paired: BatchResult, cause: Cause):
    size = len(REPLICATIONS)
    first = 2 * size * CAUSES.index(cause)
    assert cause.raises or cause.lowers
    for metric in (*cause.raises, *cause.lowers):
        values = paired.totals[metric]
        less, more = values[first : first + size], values[first + size : first + 2 * size]
        moved = more - less if metric in cause.raises else less - more
        assert np.isfinite(values).all()
        # In every replication, and by something on average.
        assert (moved >= 0.0).all(), (metric, less, more)
        assert moved.mean() > 0.0, metric


def test_stronger_support_shortens_spells():
    """Commissioners who help more: time inadequate falls, and practice where they work rises."""
    replications = (1, 2, 3, 4)
    worlds = [
        world(
            k,
            days=1830,
            facts={"control.effect": uplift},
            regime__name="commissioner",
            pool__commissioners=50,
            ofsted__inspector_posts=80,
        )
        for uplift in (0.0, 0.9)
        for k in replications
    ]
    result = run(worlds)
    years = result.totals["inadequate_council_years"].reshape(2, -1)
    assert (years[0] > years[1]).all()
    out = result.totals["exit_share_36m"].reshape(2, -1)
    assert (out[0] <= out[1]).all()
    assert out[0].mean() < out[1].mean()
    again = result.totals["reinspection_still_inadequate_share"].reshape(2, -1)
    assert (again[0] >= again[1]).all()
    assert again[0].mean() > again[1].mean()


def test_more_inspectors_do_not_lengthen_delays():
    posts = (25, 40, 60, 120)
    worlds = [world(k, days=1500, ofsted__inspector_posts=p) for p in posts for k in REPLICATIONS]
    batch = institutions(worlds)
    waits = np.array([np.mean(country.ofsted.delays) for country in batch.countries])
    done = batch.state.inspections.sum(axis=1)
    assert (np.diff(waits.reshape(4, -1), axis=0) <= 0.0).all()
    assert (np.diff(done.reshape(4, -1), axis=0) >= 0.0).all()
    assert waits[0] > waits[-1]


def test_inspectors_who_leave_sooner_leave_longer_delays():
    worlds = [
        world(k, days=1500, facts={"ofsted.leave_rate": rate})
        for rate in (0.08, 0.25)
        for k in REPLICATIONS
    ]
    batch = institutions(worlds)
    waits = np.array([np.mean(n.ofsted.delays) for n in batch.countries]).reshape(2, -1)
    assert (waits[0] <= waits[1]).all()


def openings(setup_months: float, **choices: LeverValue) -> dict[tuple[int, int], int]:
    """The day each trust opened, by replication and council."""
    plenty: dict[str, LeverValue] = {
        "regime__name": "takeover",
        "regime__grace_months": 0.0,
        "regime__takeover_prefers": "new company",
        "pool__trust_project_teams": 50,
        "pool__sponsors_strong_council": 50,
        "pool__commissioners": 50,
    }
    facts = {"trust.setup_months": setup_months, "trust.lapse_rate": 0.0}
    batch = institutions(
        [
            world(k, days=1300, events=True, facts=facts, **{**plenty, **choices})
            for k in REPLICATIONS
        ]
    )
    first: dict[tuple[int, int], int] = {}
    for country in batch.countries:
        for event in of(country.log.events, "trust opened", country.index):
            if event.day >= 0:
                first.setdefault((country.index, event.council), event.day)
    return first


def test_a_longer_set_up_never_opens_a_trust_sooner():
    short, usual, long = (openings(months) for months in (14.5, 17.0, 24.5))
    assert len(short) > 20
    for sooner, later in ((short, usual), (usual, long)):
        assert len(sooner) >= len(later)
        for key, day in later.items():
            # A council may fail later in one than in the other: compare those in both.
            assert sooner.get(key, day) <= day
    assert np.mean(list(short.values())) < np.mean(list(long.values()))


def test_fewer_project_teams_never_open_more_trusts():
    many, few = openings(17.0), openings(17.0, pool__trust_project_teams=0)
    assert len(few) < len(many)


def test_longer_grace_means_later_and_fewer_takeovers():
    firsts: list[dict[tuple[int, int], int]] = []
    for grace in (0.0, 6.0, 18.0, 36.0):
        worlds = [
            world(
                k,
                days=1400,
                events=True,
                regime__name="takeover",
                regime__grace_months=grace,
                regime__persistent_immediate=False,
                regime__takeover_prefers="new company",
                pool__commissioners=50,
                pool__sponsors_strong_council=50,
            )
            for k in REPLICATIONS
        ]
        decided: dict[tuple[int, int], int] = {}
        for country in institutions(worlds).countries:
            for event in country.log.events:
                if event.kind in ("takeover decided", "transfer agreed"):
                    decided.setdefault((country.index, event.council), event.day)
        firsts.append(decided)
    for shorter, longer in pairwise(firsts):
        assert len(shorter) > len(longer)
        assert all(shorter[key] <= day for key, day in longer.items())


def test_a_longer_lag_publishes_later():
    worlds = [
        world(1, days=700, events=True, facts={"ofsted.lag_days": lag}) for lag in (42.0, 56.0)
    ]
    batch = institutions(worlds)
    firsts = [
        {
            c: events[0].day
            for c, events in by_council(country.log.events, "judgement published").items()
        }
        for country in batch.countries
    ]
    both = firsts[0].keys() & firsts[1].keys()
    assert len(both) > 40
    # Leads are held for writing alone, so the inspections themselves are the same.
    assert np.mean([firsts[1][c] - firsts[0][c] for c in both]) > 5.0


def test_noisier_inspectors_disagree_more():
    """Without noise, two inspections of unchanging practice give the same grade."""
    worlds = [
        world(
            1,
            days=3000,
            events=True,
            ofsted__framework="ILACS",
            ofsted__inspector_posts=200,
            facts={
                "ofsted.noise": noise / 2.0,
                "ofsted.shared_noise": noise,
                "ofsted.new_director_mark": 0.0,
                "practice.judgement_shock": 0.0,
            },
        )
        for noise in (0.0, 0.45)
    ]
    batch = institutions(worlds)
    changes = []
    for country in batch.countries:
        stories = by_council(country.log.events, "judgement published")
        pairs = [
            (a.details["grade"], b.details["grade"])
            for story in stories.values()
            for a, b in pairwise(story[1:])
        ]
        assert len(pairs) > 40
        changes.append(np.mean([a != b for a, b in pairs]))
    assert changes[0] == 0.0
    assert changes[1] > 0.2


def test_lending_more_attention_hurts_the_lender():
    worlds = [
        world(
            k,
            days=730,
            # Lenders' staff would feel it, and other councils gain those who leave.
            facts={
                "support.peer_drain": drain,
                "workforce.agency_on_weakness": 0.0,
                "workforce.weakness_on_recruitment": 0.0,
                "casework.holders_on_weakness": 0.0,
                "casework.holders_follow_cases": 0.0,
                "workforce.agency_on_protection": 0.0,
            },
            regime__name="peer_support",
            pool__peer_teams=40,
        )
        for drain in (0.0, 0.25)
        for k in REPLICATIONS
    ]
    batch = build(worlds)
    batch.run()
    size = len(REPLICATIONS)
    spared, drained = batch.state.practice[:size], batch.state.practice[size:]
    lenders = batch.state.attention_lent[size:] > 0.0
    assert lenders.sum() > 10
    assert (drained <= spared + 1e-9).all()
    # A quarter of their leaders' attention, at work for a year or more.
    assert (spared - drained)[lenders].mean() > 0.03


def test_looking_again_sooner_looks_more_often():
    never_early = {"ofsted.ready_visits": 7.0}
    worlds = [
        world(
            k,
            days=1500,
            facts=never_early,
            ofsted__reinspection_years=years,
            ofsted__inspector_posts=120,
        )
        for years in (2.0, 3.0)
        for k in REPLICATIONS
    ]
    again = np.array([len(n.ofsted.reinspections) for n in institutions(worlds).countries])
    soon, late = again.reshape(2, -1)
    assert (soon > late).all()

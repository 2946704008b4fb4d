"""One council, two weeks, every count at its median: worked by hand.

All rates are chosen so that each week's chance is a round number, all feedback is switched
off, and the luck object is replaced: every normal deviate is 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from sim.model.simulation import Batch
from sim.model.weekly.rates import rates_of
from sim.model.weekly.working_week import ENGLAND_DECISIONS
from sim.random import counts
from sim.random.chances import chance
from tests.helpers.small_england import STILL, build, england, part, world

pytestmark = pytest.mark.quick

YEARS = 7.0 / 365.25
WEEKS = 1.0 / YEARS  # in a year: 52.18


def yearly(weekly_chance: float) -> float:
    """The yearly rate that gives this chance a week."""
    return -math.log(1.0 - weekly_chance) * WEEKS


def years(weekly_chance: float) -> float:
    """The mean duration that gives this chance a week."""
    return 1.0 / yearly(weekly_chance)


class Median:
    """Luck without luck: the median of every law."""

    def __init__(self, countries: int, councils: int) -> None:
        self._zero = np.zeros((countries, councils))

    def week(self) -> None:
        pass

    def normal(self, decision: str) -> np.ndarray:
        return self._zero

    def normals(self) -> np.ndarray:
        return np.broadcast_to(self._zero, (len(ENGLAND_DECISIONS), *self._zero.shape))

    def poisson(self, decision: str, mean: np.ndarray) -> np.ndarray:
        mean = np.broadcast_to(mean, self._zero.shape)
        return counts.poisson(self._zero, mean)

    def poissons(self, decisions: tuple[str, ...], means: Sequence[np.ndarray]) -> np.ndarray:
        return np.array([self.poisson(*one) for one in zip(decisions, means, strict=True)])

    def binomial(self, decision: str, trials: np.ndarray, chance: np.ndarray) -> np.ndarray:
        trials = np.broadcast_to(trials, self._zero.shape)
        return counts.binomial(self._zero, trials, chance)

    def binomials(
        self,
        decisions: tuple[str, ...],
        trials: Sequence[np.ndarray],
        chances: Iterable[np.ndarray],
    ) -> list[np.ndarray]:
        return [self.binomial(*one) for one in zip(decisions, trials, chances, strict=True)]

    def leavers(
        self,
        decisions: tuple[str, ...],
        stocks: np.ndarray,
        rates: Sequence[np.ndarray],
        years: float,
    ) -> list[np.ndarray]:
        return self.binomials(decisions, stocks, [chance(rate, years) for rate in rates])


FACTS = {
    **STILL,
    # demand: no trends, no memory of early help
    "demand.referral_trend": 0.0,
    "demand.early_help_on_referrals": 0.0,
    "demand.early_help_on_need": 0.0,
    "demand.early_help_on_care": 0.0,
    "demand.early_help_on_plans": 0.0,
    "demand.tragedies_a_year": 0.0,
    # casework: no feedback from load, no drift
    "casework.allocation_share": 1.0,
    "casework.overload_slope": 0.0,
    "casework.strain_on_assessment": 0.0,
    "casework.strain_on_closing": 0.0,
    "casework.protection_drift": 0.0,
    "casework.care_drift": 0.0,
    "casework.care_years_drift": 0.0,
    "casework.need_share_short": 1.0 / 3.0,
    "casework.need_years_short": years(0.1),
    "casework.plan_step_down": 0.5,
    "casework.care_share_short": 0.5,
    "casework.care_share_middle": 0.25,
    "casework.care_years_short": years(0.1),
    "casework.care_years_middle": 2.0 * years(0.1),
    "casework.case_share": 0.8,
    "casework.effort_assessment": 1.3,
    "casework.effort_plan": 1.7,
    "casework.effort_new_care": 2.2,
    "casework.effort_settled_care": 1.0,
    "casework.hand_over_share": 0.5,
    # workforce: leaving depends on nothing
    "workforce.leave_per_case": 0.0,
    "workforce.leave_overload": 0.0,
    "workforce.leave_supervision": 0.0,
    "workforce.leave_absence": 0.0,
    "workforce.leave_on_pay": 0.0,
    "workforce.supply_on_pay": 0.0,
    "workforce.agency_per_case": 0.0,
    "workforce.agency_on_weakness": 0.0,
    "workforce.agency_on_protection": 0.0,
    "casework.holders_on_weakness": 0.0,
    "casework.holders_follow_cases": 0.0,
    "workforce.weakness_on_recruitment": 0.0,
    "workforce.leave_uncertainty": 0.0,
    "workforce.leave_judgement": 0.0,
    "workforce.leave_morale": 0.0,
    "workforce.leave_desk_time": 0.0,
    "workforce.newly_qualified_leave_ratio": 1.0,
    "workforce.newly_qualified_years": years(0.05),
    "workforce.newly_qualified_capacity": 0.7,
    "workforce.agency_capacity": 0.9,
    "workforce.case_holder_share": 0.5,
    "workforce.pressure_on_recruitment": 0.0,
    "workforce.morale_on_recruitment": 0.0,
    "workforce.stigma_on_recruitment": 0.0,
    "workforce.search_pace": yearly(0.1),
    "workforce.post_pace": 2.0 * yearly(0.5),
    "workforce.agency_end": yearly(0.1),
    "workforce.agency_pace": yearly(0.5),
    "workforce.leavers_to_agency": 0.6,
    "workforce.leavers_out": 0.3,
    "workforce.agency_settle": 0.0,
    "workforce.agency_out": 0.0,
    "workforce.search_out": yearly(0.1),
    "workforce.graduates_a_year": 4.0 * WEEKS,
    "workforce.returners_a_year": 1.0 * WEEKS,
    "workforce.fast_track_net": 0.0,
    "workforce.absence_per_case": 0.0,
    "workforce.morale_per_pressure": 0.0,
    # money
    "money.staff_cost": 0.05,
    "money.agency_cost": 0.07,
    "money.agency_premium": 0.02,
    "money.pay_growth": 0.0,
    "money.placement_growth": 0.0,
    # practice: a straight pull to the anchor, over two years
    "practice.years": 2.0,
    "practice.why_excellence_sticks": 1.0,
    "practice.national_drift": 0.0,
    "practice.load_effect": 0.0,
    "practice.permanent_effect": 0.0,
    "practice.early_help_effect": 0.0,
    "practice.morale_effect": 0.0,
    "practice.desk_effect": 0.0,
    "practice.continuity_effect": 0.0,
    "practice.director_effect": 0.0,
    "practice.new_director_cost": 0.0,
    # nothing happens at Ofsted in a fortnight, and no director leaves
    "director.leave_rate": 1e-6,
    "money.pay_growth_before": 0.0,
}

START = {
    "waiting": 0.0,
    "assessment_first": 100.0,
    "assessment_second": 60.0,
    "need_short": 200.0,
    "need_long": 400.0,
    "plan_first": 50.0,
    "plan_second": 40.0,
    "care_short": 30.0,
    "care_middle_first": 20.0,
    "care_middle_second": 10.0,
    "care_long": 100.0,
    "recently_closed": 0.0,
    "experienced": 80.0,
    "newly_qualified": 20.0,
    "agency": 10.0,
    "posts_base": 120.0,
    "posts": 120.0,
    "budget": 52.178571428571431,
    "early_help": 2.0,
    "other": 5.0,
    "placement_price": 0.04,
    "practice": 2.0,
    "anchor": 3.0,
    "focus": 0.0,
    "pressure": 1.0,
}
TRAITS = {
    "new_referrals": 100.0 * WEEKS,
    "return_rate": 0.0,
    "no_action_share": 0.2,
    "assessment_pace": yearly(0.5),
    "no_need_share": 0.4,
    "plan_share": 0.2,
    "care_share": 0.1,
    "need_close": yearly(0.05),
    "need_to_plan": yearly(0.05),
    "need_to_care": 0.0,
    "plan_pace": yearly(0.1),
    "plan_to_care": 0.25,
    "care_long_pace": yearly(0.02),
    "leave_rate": 0.8,  # a year; the cap
    "agency_cover": 0.5,
    "pressure_scale": 1.0,
    "pressure_start": 1.0,
}


@pytest.fixture
def batch() -> Batch:
    """Wakefield stands in: judged before, neither failing nor in any arrangement."""
    b = england()
    c = next(
        c
        for c in range(152)
        if b.grade[c] == 2 and not b.commissioner_since[c] and not b.trust_decided[c]
    )
    built = build([world(1, facts=FACTS)], councils_from=part(b, [c]))
    built.week.random = Median(1, 1)
    built._england = Median(1, 1)
    for name, value in START.items():
        getattr(built.state, name)[:] = value
    for name, value in TRAITS.items():
        setattr(built.traits, name, np.full((1, 1), value))
    built.traits.population_start = built._population([0])
    built.week.rates = rates_of(built.p, built.traits, built.week.years)
    pools = built.week.pools
    for name, value in (("movers", 30.0), ("graduates", 20.0), ("agency", 5.0)):
        getattr(pools, name)[:] = value
    built.env.process(built._weeks(None))
    return built


def now(batch: Batch, names: Sequence[str]) -> list[float]:
    return [float(getattr(batch.state, name)[0, 0]) for name in names]


STAGES = list(START)[:11]


def test_children_of_the_first_week(batch: Batch):
    """
    demand      100 referred, a fifth turned away: 80 wait, and all are allocated at once.
    assessment  half of the 100 in the first phase move on (50), half of the 60 in the second
                are done (30): 100 + 80 - 50 = 130 and 60 + 50 - 30 = 80.
    of the 30   two fifths not in need (12); of the 18 left, a third to a plan (0.2 / 0.6: 6);
                of the 12 left, a quarter to care (0.1 / 0.4: 3); of the 9 left, a third need
                short help (3), 6 longer.
    need        a tenth of 200 close (20): 200 + 3 - 20 = 183. A twentieth of 400 close (20),
                a twentieth of the other 380 go to a plan (19), and nobody straight to care.
    plans       a tenth of each phase move: 5 of 50, 4 of 40. Of the 4, a quarter to care (1);
                two thirds (0.5 / 0.75) of the other 3 step down to longer help (2); 1 closes.
                50 + 6 + 19 - 5 = 70 and 40 + 5 - 4 = 41.
                Longer help: 400 + 6 + 2 - 20 - 19 = 369.
    care        3 + 1 = 4 come: half short (2), half of the rest middle (1), 1 long. A tenth
                leave the short stay (3), each middle phase (2, 1); 2 of 100 the long one.
                30 + 2 - 3 = 29, 20 + 1 - 2 = 19, 10 + 2 - 1 = 11, 100 + 1 - 2 = 99.
    closed      12 + 20 + 20 + 1 + (3 + 1 + 2) = 59.
    """
    batch.run_until(1)
    assert now(batch, STAGES) == [0, 130, 80, 183, 369, 70, 41, 29, 19, 11, 99]
    flows = ["referrals", "no_action", "assessed", "plans_started", "care_started", "care_ceased"]
    assert now(batch, flows) == [100, 20, 30, 25, 4, 6]
    assert now(batch, ["closed"]) == [59]
    # Everyone: 1010 at first, 80 came, 59 went.
    assert now(batch, ["children_in_need"]) == [1010 + 80 - 59]


def test_children_of_the_second_week(batch: Batch):
    """
    Again 100, 80 accepted. 65 of 130 move on, 40 of 80 are done: 145 and 105.
    Of the 40: 16 not in need, 8 of 24 to a plan, 4 of 16 to care, 4 of 12 short, 8 longer.
    need        18.3 of 183 close: the median is 18, so 183 + 4 - 18 = 169.
                18.45 of 369 close (18); 17.55 of 351 to a plan (median 17, the law is skewed:
                mean - skew / 6 = 17.4); steps down below.
    plans       7 of 70 and 4.1 of 41 (4) move. Of the 4: 1 to care, 2 step down, 1 closes.
                70 + 8 + 17 - 7 = 88, 41 + 7 - 4 = 44; longer 369 + 8 + 2 - 18 - 17 = 344.
    care        5 come: 2.5 short (median of 5 even coins: 2), 3 left of which 1.5 middle
                (median of 3 coins: 1) and 2 long. 2.9 of 29 leave (3), 1.9 of 19 (2), 1.1 of
                11 (1), 1.98 of 99 (2): 28, 18, 12, 99.
    closed      59 + 16 + 18 + 18 + 1 + (3 + 1 + 2) = 118.
    """
    batch.run_until(8)
    assert now(batch, STAGES) == [0, 145, 105, 169, 344, 88, 44, 28, 18, 12, 99]
    assert now(batch, ["referrals", "assessed", "closed"]) == [200, 70, 118]
    assert now(batch, ["children_in_need"]) == [1010 + 160 - 118]


def test_staff_of_the_first_week(batch: Batch):
    """
    leave     at 0.8 a year 1.5 % a week: 1.22 of 80 experienced (1), 0.30 of 20 new (0).
    qualify   a twentieth of the 20 new: 1.
    join      120 posts, 100 held: 20 vacant. A tenth of the 30 movers look (3) and of the 20
              graduates (2); the posts could take half of 20 from each, so 3 and 2 join.
    so        80 + 3 + 1 - 1 = 83 experienced, 20 + 2 - 1 = 21 new.
    agency    1 of 10 ends; wanted is half of the 20 vacancies, 10: 1 is replaced. Still 10.
    pools     the one leaver: to agencies 0.6 (rounds to 1), out of the work 0.3 (0): movers
              30 + 0 - 3 = 27, of which a tenth give up (2.7: 3) and 1 returns: 25.
              graduates 20 - 2 = 18, less 1.8 (2), and 4 qualify: 20. agency 5 + 1 + 1 - 1 = 6.
    cases     0.8 x 1031 children / (0.5 x 114 people) = 14.47 a holder.
    changes   1 leaver and 1 agency worker with 0.5 x 14.47 cases each, and half of the 18
              children whose assessment led on. (The week's caseload is that of after the moves.)
    """
    batch.run_until(1)
    staff = ["experienced", "newly_qualified", "agency", "joined", "left"]
    assert now(batch, staff) == [83, 21, 10, 5, 1]
    pools = batch.week.pools
    found = [float(getattr(pools, n)[0, 0]) for n in ("movers", "graduates", "agency")]
    assert found == [25, 20, 6]
    assert [float(pools.out[0, 0]), float(pools.trained[0, 0])] == [5, 5]
    caseload = 0.8 * 1031 / 57
    assert now(batch, ["caseload", "holders"]) == pytest.approx([caseload, 57])
    changes = 2 * 0.5 * caseload + 0.5 * 18
    assert now(batch, ["worker_changes"]) == pytest.approx([changes])


def test_load_and_pressure_of_the_first_week(batch: Batch):
    """
    work      552 in need, 210 being assessed at 1.3, 111 on plans at 1.7, 48 new to care at
              2.2, 110 settled in care: 552 + 273 + 188.7 + 105.6 + 110 = 1229.3.
    strength  83 + 0.7 x 21 + 0.9 x 10 = 106.7.
    """
    batch.run_until(1)
    assert now(batch, ["pressure"]) == pytest.approx([1229.3 / 106.7])


def test_pounds_of_the_first_week(batch: Batch):
    """A 52.18th of: 104 permanent at 0.05, 10 agency at 0.07 (0.02 of it premium), 158 looked
    after at 0.04, early help 2, the rest 5; the budget is 1 a week."""
    batch.run_until(1)
    headings = ["spend_staff", "spend_agency", "spend_placements", "spend_early_help"]
    spent = [value * WEEKS for value in now(batch, headings)]
    assert spent == pytest.approx([5.2, 0.7, 6.32, 2.0])
    assert now(batch, ["spend_other"])[0] * WEEKS == pytest.approx(5.0)
    assert now(batch, ["agency_premium"])[0] * WEEKS == pytest.approx(0.2)
    assert now(batch, ["income_budget"]) == pytest.approx([1.0])
    assert now(batch, ["spend"])[0] * WEEKS == pytest.approx(5.2 + 0.7 + 6.32 + 2.0 + 5.0)


def test_practice_of_two_weeks(batch: Batch):
    """From 2 towards 3 with a time of two years: each week the gap falls by 1 / (2 x 52.18)."""
    pull = YEARS / 2.0
    batch.run_until(1)
    assert now(batch, ["practice"]) == pytest.approx([2.0 + pull])
    batch.run_until(8)
    assert now(batch, ["practice"]) == pytest.approx([3.0 - (1.0 - pull) ** 2])


def test_the_year_that_closes(batch: Batch):
    """
    13 weeks to 31 March at a budget of 4/13 a week: 4. What was spent beyond it comes from
    reserves of 1 as far as the share that may be drawn, the rest from the council.
    """
    batch.env.process(batch._financial_years())
    batch.state.reserves[:] = 1.0
    batch.state.budget[:] = WEEKS * 4.0 / 13.0
    batch.run_until(90.5)
    gap = now(batch, ["spend"])[0] - 4.0
    assert 0.6 < gap < 1.2
    assert now(batch, ["income_reserves", "income_corporate"]) == [0.0, 0.0]
    batch.run_until(91.0 + 1e-9)
    drawn = batch.countries[0].p["money.reserves_draw"]
    assert now(batch, ["income_reserves"]) == pytest.approx([drawn])
    assert now(batch, ["income_corporate"]) == pytest.approx([gap - drawn])
    assert now(batch, ["reserves"]) == pytest.approx([1.0 - drawn])

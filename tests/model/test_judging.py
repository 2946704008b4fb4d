"""How an inspection reads practice, and the rule by which it grades."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.model.council import KeyGrades
from sim.model.england import England
from sim.model.institutions.judging import overall_cuts
from sim.model.simulation import Batch
from sim.model.weekly.rates import MOMENTUM
from sim.units import GRADES
from tests.helpers.seed_files import read_rows
from tests.helpers.small_england import build, parameters, world

pytestmark = pytest.mark.quick


def judge(country: England) -> tuple[int, str]:
    """An inspection's view of the first council: the grade and the worst key judgement."""
    judgement = country.ofsted._judge(country.councils[0])
    return judgement.grade, judgement.weakest


# Readings without error, of parts that are all read as practice is and cut alike.
EXACT = {
    "ofsted.noise": 0.0,
    "ofsted.shared_noise": 0.0,
    "ofsted.later_framework_shift": 0.0,
    "ofsted.inadequate_cut_leadership": 1.5,
    "ofsted.outstanding_cut_leadership": 0.0,
}


def first_council(
    practice: float, aspects: tuple[float, float, float] = (0.0, 0.0, 0.0), **settings: Any
) -> Batch:
    """A batch whose first council has this practice, these aspects and a settled director."""
    batch = build([world(1, **settings)])
    batch.state.practice[0, 0] = practice
    batch.state.director_settles[0, 0] = 0.0
    for aspect, above in zip(batch.traits.aspects, aspects, strict=True):
        aspect[0, 0] = above
    return batch


def judged(practice: float, *, draws: int = 4000, **facts: float) -> np.ndarray:
    """Grades of many inspections of a council with this practice and even aspects."""
    changed = {name.replace("__", "."): v for name, v in facts.items()}
    batch = first_council(practice, facts={**EXACT, **changed})
    return np.array([judge(batch.countries[0])[0] for _ in range(draws)])


def test_without_noise_a_grade_is_where_practice_lies():
    p = parameters()
    for practice, grade in [(1.49, 1), (1.51, 2), (2.49, 2), (2.51, 3)]:
        assert set(judged(practice, draws=5)) == {grade}
    assert set(judged(p["ofsted.outstanding_cut"] + 0.01, draws=5)) == {4}


def test_leadership_is_read_on_a_narrower_scale():
    """A council at 1.6 in all three fails on leadership; at 3.4 only leadership is outstanding."""
    p = parameters()
    named = ("ofsted.inadequate_cut_leadership", "ofsted.outstanding_cut_leadership")
    facts = {**EXACT, **{name: p[name] for name in named}}
    for practice, keys in ((1.6, (2, 2, 1)), (3.4, (3, 3, 4))):
        (country,) = first_council(practice, facts=facts).countries
        assert country.ofsted._judge(country.councils[0]).key_grades == keys


@pytest.mark.theory
def test_any_inadequate_of_three_noisy_readings_decides():
    """P(not inadequate) = P(one reading is not) cubed."""
    from scipy.stats import norm

    noise = 0.3
    better = np.mean(judged(1.5 + 0.8 * noise, ofsted__noise=noise) > 1)
    assert better == pytest.approx(norm.cdf(0.8) ** 3, abs=0.025)


@pytest.mark.theory
def test_the_median_of_three_noisy_readings_decides_above_that():
    """P(good or better) = P(at least two readings are)."""
    from scipy.stats import norm

    noise = 0.3
    good = np.mean(judged(2.5 + 0.5 * noise, ofsted__noise=noise) > 2)
    one = norm.cdf(0.5)
    assert good == pytest.approx(3 * one**2 - 2 * one**3, abs=0.025)


@pytest.mark.theory
def test_at_its_cuts_an_inspection_is_as_likely_as_not_to_give_the_better_grade():
    """Under the ledger's noise, offsets and cuts, with aspects as the ledger spreads them."""
    p = parameters()
    for grade, cut in enumerate(overall_cuts(p), start=2):
        batch = build([world(1)])
        batch.state.director_settles[0] = 0.0
        batch.state.grade[0] = 2.0
        batch.state.practice[0] = float(cut)
        (country,) = batch.countries
        given = [
            country.ofsted._judge(council).grade for council in country.councils for _ in range(40)
        ]
        assert np.mean(np.array(given) >= grade) == pytest.approx(0.5, abs=0.03)


@pytest.mark.theory
def test_key_judgements_of_a_report_go_together_as_on_the_record():
    """Correlation of two key readings .94 [.91, .96] and .89 [.85, .92] (evidence H6): readings
    of England as it stands, one inspection of each council."""
    p = parameters()
    batch = build([world(k) for k in range(1, 9)])
    readings = []
    for country in batch.countries:
        for council in country.councils:
            level = council.practice + p["ofsted.shared_noise"] * council.random.normal("a")
            readings.append(
                [
                    level + a + p["ofsted.noise"] * council.random.normal("b")
                    for a in council.aspects
                ]
            )
    between = np.corrcoef(np.array(readings).T)
    assert 0.85 < between[np.triu_indices(3, 1)].mean() < 0.96


def test_a_new_director_counts_against_leadership():
    mark = parameters()["ofsted.new_director_mark"]
    batch = first_council(1.5 + mark / 2.0, facts=EXACT)
    assert judge(batch.countries[0])[0] == 2
    batch.state.director_settles[0, 0] = 300.0
    assert judge(batch.countries[0]) == (1, "leadership")


@pytest.mark.parametrize("framework", ["SIF", "ILACS"])
def test_both_frameworks_judge_by_the_median_unless_one_part_is_inadequate(framework: str):
    for aspects, found in (
        ((-0.4, 0.1, 0.2), (3, "help and protection")),  # readings 2.3, 2.8 and 2.9
        ((-0.4, -0.3, 0.2), (2, "help and protection")),  # 2.3, 2.4 and 2.9
        ((-1.3, 0.1, 0.2), (1, "help and protection")),  # 1.4, 2.8 and 2.9
    ):
        batch = first_council(2.7, aspects, facts=EXACT, ofsted__framework=framework)
        assert judge(batch.countries[0]) == found


def test_the_later_framework_may_read_the_same_practice_higher_or_lower():
    grades = []
    for shift in (-0.2, 0.2):
        facts = {**EXACT, "ofsted.later_framework_shift": shift}
        batch = first_council(2.5, facts=facts, ofsted__framework="ILACS")
        grades.append(judge(batch.countries[0])[0])
    assert grades == [2, 3]


def test_a_good_name_may_be_in_the_eye_of_the_inspector():
    """Where excellence sticks by momentum, a share of the extra is only read: at 3.4 a council
    last judged outstanding is outstanding again if it is halo, and not if it must be worked for."""
    facts = {
        **EXACT,
        "practice.why_excellence_sticks": MOMENTUM,
        "practice.extra_outstanding": 0.4,
        "practice.extra_good": 0.0,
    }
    for share, last, grade in ((1.0, 4, 4), (0.0, 4, 3), (1.0, 3, 3)):
        batch = first_council(3.4, facts={**facts, "practice.halo_share": share})
        batch.state.grade[0, 0] = last
        assert judge(batch.countries[0])[0] == grade


def test_what_is_done_for_show_under_a_threat_raises_readings():
    """At the line itself, by the share of the effect that is gaming; not after a failure."""
    facts = {**EXACT, "threat.deterrence": 0.1, "threat.gaming_share": 1.0}
    p = parameters()
    for threatened, last, expected in ((True, 2, 2), (False, 2, 1), (True, 1, 1)):
        batch = first_council(
            p["practice.poor_line"],
            (-0.2, -0.2, -0.2),
            facts=facts,
            regime__threat_before_failure=threatened,
        )
        batch.state.grade[0, 0] = last
        assert judge(batch.countries[0])[0] == expected


@pytest.mark.parametrize("framework", ["SIF", "ILACS"])
def test_key_judgements_are_where_each_part_of_practice_lies(framework: str):
    (country,) = first_council(
        2.0, (1.0, -0.6, 0.1), facts=EXACT, ofsted__framework=framework
    ).countries
    judgement = country.ofsted._judge(country.councils[0])
    assert judgement.key_grades == KeyGrades(protection=3, care=1, leadership=2)
    assert (judgement.grade, judgement.weakest) == (1, "care of children looked after")
    assert not judgement.stands_in


@pytest.mark.data
@pytest.mark.parametrize(("framework", "least"), [("SIF", 0.96), ("ILACS", 0.95)])
def test_the_rule_gives_the_published_overall_grades(framework: str, least: float):
    """In nearly all full inspections that say all three key judgements (evidence H4)."""
    number = {name: grade for grade, name in GRADES.items()}
    right = []
    for row in read_rows("judgements"):
        keys = [row[name] for name in ("help_protection", "in_care", "leadership")]
        if row["framework"] == framework and row["overall"] and all(keys):
            grades = KeyGrades(*(number[key] for key in keys))
            right.append(grades.overall == number[row["overall"]])
    assert len(right) > 160
    assert np.mean(right) >= least


@pytest.mark.parametrize(
    ("key_grades", "grade"),
    [
        ((3, 1, 4), 1),
        ((1, 1, 1), 1),
        ((2, 3, 3), 3),
        ((3, 2, 2), 2),
        ((2, 4, 3), 3),
        ((4, 4, 2), 4),
        ((4, 4, 4), 4),
    ],
)
def test_the_rule_of_the_overall_grade(key_grades: tuple[int, ...], grade: int):
    """Inadequate if any key judgement is, otherwise the median (A-T1)."""
    assert KeyGrades(*key_grades).overall == grade
    assert KeyGrades(*key_grades).all_inadequate == (set(key_grades) == {1})

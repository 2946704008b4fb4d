"""How good the model is: each measure on made figures whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.inputs.councils.seed_tables import load_tables
from sim.units import Array
from sim.validation.council_scores import CouncilScore
from sim.validation.histories import History
from sim.validation.measures.bars import measures
from sim.validation.measures.council_ratios import CouncilRatio, council_ratios
from sim.validation.measures.coverage import EVERYTHING, Figure, coverage, usual_shares
from sim.validation.measures.latent_grades import (
    FullInspections,
    LatentModel,
    fit_latent,
    inspections_of,
)
from sim.validation.measures.latent_histories import latent_countries
from sim.validation.measures.rivals import (
    LATENT,
    PAST_CHANGES,
    Rivals,
    changes_over,
)
from sim.validation.measures.sharpness import (
    ALL_GROUPS,
    ScoredFigure,
    SkillRatio,
    interval_widths,
    skill_ratios,
)
from sim.validation.measures.transitions import (
    distances,
    moves,
    predictive_p,
    transition_table,
)
from sim.validation.naive_forecasts import NaiveForecasters
from sim.validation.published import PublishedData
from sim.validation.scores import LEVELS, crps, ranked_probability
from sim.validation.targets import FITTED, TESTED, Target, targets
from tests.helpers.seed_files import copy_seeds, rewrite

pytestmark = pytest.mark.quick

START = date(2022, 4, 1)
EARLIER = date(2018, 4, 1)
WORLDS, FIGURES, SETS = 200, 40, 60


# -- calibrated ---------------------------------------------------------------------------------


def made_sample(generator: np.random.Generator, count: int) -> Array:
    """Figures that move together (count, FIGURES): half of each is shared by all."""
    shared = generator.standard_normal((count, 1))
    return np.asarray(shared + generator.standard_normal((count, FIGURES)))


def share_met(width: float) -> dict[float, float]:
    """How often a forecaster passes whose spread is `width` times what it should be, by level."""
    passed: dict[float, list[bool]] = {level: [] for level in LEVELS}
    for world in range(WORLDS):
        generator = np.random.default_rng(world)
        sample, record = width * made_sample(generator, SETS), made_sample(generator, 1)[0]
        figures = [Figure(START, "money", sample[:, k], record[k]) for k in range(FIGURES)]
        for row in coverage(figures):
            if row.start == row.group == EVERYTHING:
                passed[row.level].append(row.met)
    return {level: float(np.mean(met)) for level, met in passed.items()}


@pytest.mark.theory
def test_a_calibrated_forecaster_passes_nine_times_in_ten() -> None:
    # Three standard errors of a share of 200; shares come in steps, so that some pass more often.
    met = share_met(1.0)
    assert met[0.5] == pytest.approx(0.9, abs=0.065)
    assert met[0.8] == pytest.approx(0.9, abs=0.065)
    assert 0.84 < met[0.95] <= 1.0


@pytest.mark.theory
def test_a_forecaster_who_is_too_sure_fails_and_so_does_one_who_is_not_sure_enough() -> None:
    too_sure, unsure = share_met(0.25), share_met(4.0)
    # Figures that move together say little of the middle, much of the ends.
    assert too_sure[0.95] < 0.1
    assert too_sure[0.8] < 0.3
    assert too_sure[0.5] < 0.6
    assert unsure[0.5] < 0.1


@pytest.mark.theory
def test_shares_found_by_the_model_are_those_of_leaving_out_one_replication_after_another() -> None:
    samples = made_sample(np.random.default_rng(5), 21)
    samples[4, 3] = np.nan
    shares = []
    for k in range(len(samples)):
        others = np.delete(samples, k, axis=0)
        low, high = np.nanquantile(others, [0.1, 0.9], axis=0)
        known = np.isfinite(samples[k])
        shares.append(((low <= samples[k]) & (samples[k] <= high))[known].mean())
    assert usual_shares(samples, 0.8) == pytest.approx(tuple(np.quantile(shares, [0.05, 0.95])))


def test_coverage_is_given_by_start_and_by_group() -> None:
    sample = np.arange(100.0)
    figures = [
        Figure(START, "money", sample, 50.0),
        Figure(START, "staff", sample, 500.0),
        Figure(EARLIER, "staff", sample, 50.0),
    ]
    by = {(r.start, r.group): r for r in coverage(figures) if r.level == 0.8}
    assert by[EVERYTHING, EVERYTHING].inside == pytest.approx(2 / 3)
    assert by[START, EVERYTHING].inside == 0.5
    assert by[EVERYTHING, "staff"].inside == 0.5
    assert by[EARLIER, "staff"].figures == 1
    assert (EARLIER, "money") not in by


# -- sharp --------------------------------------------------------------------------------------


def target(quantity: str, group: str, observed: float = 10.0, unit: str = "councils") -> Target:
    day = date(2023, 3, 31)
    return Target(
        *(quantity, group, unit, day, day, observed, "made up", lambda countries: np.zeros(1))
    )


GROUP_NAMES = ("grades", "exit", "inspection", "staff", "children", "money")


def made_figures(**rivals: float) -> list[ScoredFigure]:
    """Two figures a group, on which the model scores 1 and 3, and rivals so many times that."""
    return [
        ScoredFigure(
            START,
            target(f"{group} {score}", group),
            score,
            {name.replace("_", " "): score * times for name, times in rivals.items()},
            np.arange(20.0),
        )
        for group in GROUP_NAMES
        for score in (1.0, 3.0)
    ]


def overall(rows: list[SkillRatio], start: date | str = EVERYTHING) -> float:
    (ratio,) = (r.ratio for r in rows if r.start == start and r.group == ALL_GROUPS)
    return ratio


@pytest.mark.theory
def test_against_itself_a_forecaster_has_the_ratio_one() -> None:
    rows = skill_ratios(made_figures(chain=1.0))
    assert [r.ratio for r in rows] == pytest.approx([1.0] * len(rows))
    assert len(rows) == 2 * 7  # all starts and one; six groups and all


@pytest.mark.theory
def test_groups_are_judged_by_the_rival_that_does_best() -> None:
    rows = skill_ratios(made_figures(chain=2.0, past_changes=4.0))
    assert overall(rows) == pytest.approx(0.5)
    judges = {r.rival for r in rows if r.judging and r.group != ALL_GROUPS}
    assert judges == {"chain"}


def test_a_rival_of_less_than_half_the_figures_judges_nothing() -> None:
    figures = made_figures(chain=2.0)
    figures += [
        ScoredFigure(START, target("another", group), 1.0, {"chain": 2.0}, np.arange(20.0))
        for group in GROUP_NAMES
    ]
    figures[0] = figures[0]._replace(rivals={"chain": 2.0, "latent model": 0.1})
    rows = skill_ratios(figures)
    assert overall(rows) == pytest.approx(0.5)
    (told,) = (r for r in rows if r.rival == "latent model" and r.start == START)
    assert told.ratio == pytest.approx(10.0)
    assert not told.judging


def test_figures_of_one_kind_are_averaged_before_the_ratio() -> None:
    """Moves between grades are one kind: 3 in all against 6, however they fall."""
    sample = np.arange(20.0)
    figures = [
        ScoredFigure(START, target(f"moves from {a}", "grades"), model, {"chain": rival}, sample)
        for a, model, rival in (("good to good", 1.0, 5.9), ("good to inadequate", 2.0, 0.1))
    ]
    (row,) = (r for r in skill_ratios(figures) if r.start == START and r.group == "grades")
    assert (row.kinds, row.figures) == (1, 2)
    assert row.ratio == pytest.approx(0.5)


@pytest.mark.theory
def test_a_small_count_stands_beside_its_poisson_width() -> None:
    sample = np.linspace(4.0, 14.0, 101)  # its mean is 9, and 95 % of it is 9.5 wide
    few = ScoredFigure(START, target("exits", "exit", 9.0), 1.0, {}, sample)
    many = ScoredFigure(START, target("good", "grades", 90.0), 1.0, {}, 10 * sample)
    rows = {row.kind: row for row in interval_widths([few, many])}
    assert rows["exits"].width95 == rows["exits"].small95 == pytest.approx(9.5)
    assert rows["exits"].poisson95 == 15.0 - 4.0  # of 9, from tables of the Poisson distribution
    assert rows["good"].small == 0
    assert np.isnan(rows["good"].poisson95)
    assert rows["good"].relative95 == pytest.approx(95.0 / 90.0)


# -- council by council -------------------------------------------------------------------------


def council_score(quantity: str, model: Array, naive: Array, drift: Array) -> CouncilScore:
    scores = np.stack([model, naive, drift])
    means = [float(x) for x in scores.mean(axis=1)]
    return CouncilScore(START, quantity, "share", len(model), *means, scores=scores)


def test_ratios_of_councils_and_their_judges() -> None:
    scores = np.random.default_rng(1).gamma(2.0, size=150)
    rate = council_score("agency rate of each council, 30 Sep 2023", scores, scores, 2.0 * scores)
    rate = replace(rate, rivals={"past changes": 0.5 * scores})
    grade = council_score("grade of each council, 31 Aug 2024", scores, 0.1 * scores, 2.0 * scores)
    rows = list(council_ratios([rate, grade]))
    by = {(r.quantity, r.rival): r for r in rows}
    itself = by["agency rate", "no change"]
    assert (itself.ratio, itself.low95, itself.high95) == pytest.approx((1.0, 1.0, 1.0))
    assert by["agency rate", "past changes"].judging  # the rival that does best
    assert by["agency rate", "past changes"].ratio == pytest.approx(2.0)
    assert by["grade", "chain"].judging  # though no change does better
    assert sum(r.judging for r in rows) == 2


@pytest.mark.theory
@pytest.mark.determinism
def test_the_bootstrap_is_as_wide_as_the_spread_of_councils_makes_it() -> None:
    generator = np.random.default_rng(2)
    model, rival = 1.0 + 0.1 * generator.standard_normal((2, 400))
    (row, *_) = council_ratios([council_score("agency rate of each council", model, rival, rival)])
    error = 0.1 * np.sqrt(2.0 / 400)  # of a ratio of two such means, near 1
    assert row.high95 - row.low95 == pytest.approx(2 * 1.96 * error, rel=0.15)
    (again, *_) = council_ratios(
        [council_score("agency rate of each council", model, rival, rival)]
    )
    assert (again.low95, again.high95) == (row.low95, row.high95)


# -- transitions --------------------------------------------------------------------------------


def made_history(rows: list[tuple[int, int, int]]) -> History:
    table = np.array(rows)
    return History(
        start=0,
        abolished=np.zeros(3, dtype=np.int64),
        opening=np.array([1, 3, 0]),
        inadequate_since=np.array([-50, 0, 0]),
        day=table[:, 0],
        council=table[:, 1],
        grade=table[:, 2],
        trusts=np.zeros((0, 3), dtype=np.int64),
        director_changes=np.zeros((0, 2), dtype=np.int64),
    )


def test_moves_are_counted_by_grade_before_and_after() -> None:
    history = made_history([(10, 0, 2), (20, 1, 4), (30, 2, 3), (40, 2, 3), (60, 0, 2)])
    table = moves(history, 0, 50).reshape(4, 4)
    assert table[0, 1] == 1  # inadequate to requires improvement
    assert table[2, 3] == 1
    assert table[2, 2] == 1  # the second of council 2; its first has no grade before
    assert table.sum() == 3
    whole = transition_table(START, "tested", history, [history] * 20, 0, 100)
    assert whole.p == 0.5  # all as far off as the record, ties counted half
    assert sum(cell.observed for cell in whole.cells) == 4


@pytest.mark.theory
def test_p_is_uniform_where_the_record_is_of_the_model() -> None:
    generator = np.random.default_rng(3)
    means = np.array([0.1, 5, 9, 1, 0.2, 20, 22, 3, 0.3, 4, 20, 14, 0, 0.5, 3, 9])
    p = []
    for _ in range(400):
        tables = generator.poisson(means, (101, 16)).astype(np.float64)
        p.append(predictive_p(*distances(tables[0], tables[1:])))
    assert np.mean(p) == pytest.approx(0.5, abs=0.05)
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.035)
    assert np.mean((np.array(p) >= 0.05) & (np.array(p) <= 0.95)) == pytest.approx(0.9, abs=0.045)


@pytest.mark.theory
def test_p_is_low_where_the_record_is_of_another_model() -> None:
    generator = np.random.default_rng(4)
    means = np.full(16, 6.0)
    tables = generator.poisson(means, (100, 16)).astype(np.float64)
    others = generator.poisson(np.where(np.arange(16) % 2, 12.0, 1.0)).astype(np.float64)
    assert predictive_p(*distances(others, tables)) < 0.01
    # A table that is just as expected is too good to be true.
    assert predictive_p(*distances(tables.mean(axis=0), tables)) > 0.99


# -- bars ---------------------------------------------------------------------------------------


def test_every_bar_is_judged_as_it_is_worded() -> None:
    rows = skill_ratios(made_figures(chain=1.0 / 0.95))
    grade = CouncilRatio(START, "grade", 100, "chain", 1.0, 1.0, 1.0, 0.9, 1.1, True)
    rate = grade._replace(quantity="agency rate", ratio=1.3, low95=1.0)
    worse = rate._replace(quantity="vacancy rate", low95=1.001)
    aside = rate._replace(quantity="referrals")
    other = rate._replace(quantity="agency rate", judging=False)
    found = measures([], rows, [grade, rate, worse, aside, other], [])
    met = {(m.of, m.start): m.met for m in found}
    assert not met["geometric mean over groups", START]  # .95 is more than .9
    assert met["worst group", START]
    assert not met["grade", START]  # 1 is not below 1
    assert met["agency rate", START]  # its interval touches 1
    assert not met["vacancy rate", START]
    assert len(found) == 4 + 3


# -- rivals -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def naive() -> NaiveForecasters:
    return NaiveForecasters(PublishedData(), START, FITTED, date(2024, 9, 1), seed=1)


@pytest.fixture(scope="module")
def rivals(naive: NaiveForecasters) -> Rivals:
    return Rivals(naive, seed=1)


def test_past_changes_are_added_to_the_last_value_known(rivals: Rivals) -> None:
    published = PublishedData()
    by_label = {t.label: t for t in targets(published, START)}
    referrals = published.national("referrals")
    sample = rivals.predict(by_label["referrals, Apr 2023 to Mar 2024"])[PAST_CHANGES]
    years = sorted(year for year in referrals if year <= 2022)
    last = max(year for year in years if date(year, 3, 31) <= START)
    changes = np.diff([referrals[year] for year in years])
    expected = referrals[last] + (2024 - last) * changes.mean()
    error = changes.std() * np.sqrt((2024 - last) / 1000)
    assert sample.mean() == pytest.approx(expected, abs=4 * error)
    counts = rivals.predict(by_label["councils inadequate, 31 Mar 2023"])
    assert {*counts} == {PAST_CHANGES, LATENT}
    assert len({*counts[PAST_CHANGES]}) > 5
    assert rivals.predict(by_label["exits from inadequate, Apr 2022 to Mar 2023"]) == {}


def test_changes_of_councils_are_taken_over_as_many_years() -> None:
    values = np.array([[1.0, 10.0], [2.0, np.nan], [4.0, 13.0], [8.0, 20.0], [16.0, 30.0]])
    over_two = changes_over(values, 2, "made up")
    assert over_two is not None
    assert sorted(over_two) == [3.0, 3.0, 6.0, 12.0, 17.0]
    sums = changes_over(values, 4, "made up")  # one change over four years is too few
    assert sums is not None
    assert len(sums) == 1000
    assert min(sums) >= 4.0  # four times the least change of a year
    assert max(sums) <= 40.0
    yearly = [1.0, 2.0, 4.0, 8.0, 7.0, 10.0]
    assert sums.mean() == pytest.approx(4 * np.mean(yearly), abs=4 * 2 * np.std(yearly) / 1000**0.5)


@pytest.mark.theory
def test_the_latent_model_is_as_good_as_its_source_says(naive: NaiveForecasters) -> None:
    """H6: one step ahead, 115 re-inspections after March 2022, by models fitted to that month:
    ranked probability score .372 and log score 1.045, where a chain by grade has .427, 1.120."""
    tables = load_tables()
    inspections = inspections_of(tables).until(TESTED.until.toordinal())
    fitted_until = FITTED.until.toordinal()
    known = inspections.until(fitted_until)
    model = fit_latent(known, len(tables.codes))
    chances = model.follow(inspections, len(tables.codes)).chances
    ahead = (inspections.day > fitted_until) & (inspections.previous > 0)
    judged = inspections.overall[ahead] - 1
    assert len(judged) == 115

    def scores(given: Array) -> tuple[float, float]:
        logs = -np.log(given[np.arange(len(judged)), judged])
        return float(ranked_probability(given, judged).mean()), float(logs.mean())

    assert scores(chances[ahead]) == pytest.approx((0.372, 1.045), abs=0.01)
    counts = np.full((5, 4), 0.5)
    again = known.previous > 0
    np.add.at(counts, (known.previous[again], known.overall[again] - 1), 1.0)
    chain = (counts / counts.sum(axis=1, keepdims=True))[inspections.previous[ahead]]
    assert scores(chain) == pytest.approx((0.427, 1.120), abs=0.01)


@pytest.mark.theory
def test_the_latent_model_is_told_back_what_made_the_judgements() -> None:
    """Judgements of 1,000 made councils, four each, by a latent model with known values."""
    councils, turns = 1000, 4
    values = {
        **{"level": 2.4, "drift": 0.06, "london": 0.5, "deprivation": -0.2, "agency": 0.0},
        **{"early_help": 0.0, "spread": 0.6, "half_life": 5.0, "shared_noise": 0.4},
        **{"key_noise": 0.25, "help_offset": 0.0, "care_offset": 0.0, "outstanding_cut": 3.5},
        **{"leadership_low": 0.0, "leadership_high": 0.0, "focus": 0.0, "momentum": 0.3},
    }
    truth = LatentModel(values)
    generator = np.random.default_rng(6)
    circumstances = np.zeros((councils, 4))
    circumstances[:, 0] = generator.random(councils) < 0.3
    circumstances[:, 1] = generator.standard_normal(councils)
    departure = 0.6 * generator.standard_normal(councils)
    previous = np.zeros(councils, dtype=np.int64)
    raised = np.zeros(councils)
    columns = []
    for turn in range(turns):
        day = np.full(councils, date(2014 + 3 * turn, 1, 1).toordinal())
        gap = np.full(councils, 3.0 if turn else 0.0)
        if turn:
            normal = generator.standard_normal(councils)
            departure = truth.departure_after(departure, gap, normal)
        practice = truth.norm(circumstances, day) + truth.apparent(departure, raised, previous)
        grade = truth.judged(practice, generator.random(councils))
        columns.append((day, grade, previous, gap))
        previous = grade
    day, overall, before, gap = (
        np.stack(part, axis=1).ravel() for part in zip(*columns, strict=True)
    )
    each = np.repeat(np.arange(councils), turns)
    made = FullInspections(
        *(each, day, overall, np.zeros((len(day), 3), dtype=np.int64), before, gap),
        circumstances[each],
    )
    fitted = fit_latent(made, councils).values
    # About three standard errors of each.
    for name, error in (("level", 0.1), ("drift", 0.02), ("london", 0.14), ("deprivation", 0.06)):
        assert fitted[name] == pytest.approx(values[name], abs=error), name
    # Overall grades alone say little of which noise is whose, but their sum shows.
    total = np.hypot(fitted["spread"], fitted["shared_noise"])
    assert total == pytest.approx(np.hypot(0.6, 0.4), abs=0.12)


def test_chances_of_a_judgement_are_given_before_it_is_known() -> None:
    inspections = inspections_of(load_tables())
    model = fit_latent(inspections.until(date(2016, 1, 1).toordinal()), 160)
    last = len(inspections.day) - 1
    other = inspections.overall.copy()
    other[last] = 5 - other[last]
    keys = inspections.keys.copy()
    keys[last] = other[last]
    changed = replace(inspections, overall=other, keys=keys)
    before, after = (model.follow(i, 160) for i in (inspections, changed))
    assert before.chances == pytest.approx(after.chances, abs=0.0)
    assert before.logs[last] != after.logs[last]


@pytest.mark.determinism
def test_latent_histories_know_nothing_of_the_test_window(
    naive: NaiveForecasters, rivals: Rivals, tmp_path: Path
) -> None:
    # What came out on the day of the start is given to everybody.
    def all_fail(row: dict[str, str]) -> dict[str, str]:
        return {**row, "overall": "inadequate"} if row["published"] > "2022-04-01" else row

    folder = copy_seeds(tmp_path / "seeds")
    rewrite(folder, "judgements", all_fail)
    blind = NaiveForecasters(PublishedData(folder), START, FITTED, date(2024, 9, 1), seed=1)
    day = TESTED.until.toordinal()
    published = naive.published.history(START).grades_on(day)
    assert (blind.published.history(START).grades_on(day) != published).sum() > 50
    for one, other in zip(
        rivals.latent.histories, latent_countries(blind, 1).histories, strict=True
    ):
        assert one.grades_on(day).tolist() == other.grades_on(day).tolist()


def test_latent_histories_follow_time_and_grades(rivals: Rivals, naive: NaiveForecasters) -> None:
    for history in rivals.latent.histories[:20]:
        assert (np.diff(history.day) >= 0).all()
        assert (history.day > START.toordinal() - 1).all()
        assert {*history.grade.tolist()} <= {1, 2, 3, 4}
        assert history.opening.tolist() == naive.published.history(START).opening.tolist()
    days = [date(2023, 3, 31).toordinal(), TESTED.until.toordinal()]
    fewer, more = (rivals.latent.each(History.inspections, START.toordinal(), d) for d in days)
    chains = naive.chains.each(History.inspections, START.toordinal(), days[1])
    assert fewer.mean() < more.mean() == pytest.approx(chains.mean(), rel=0.1)


@pytest.mark.theory
def test_crps_ratio_of_the_same_sample_is_one() -> None:
    """From samples to ratios: the forecaster against itself, and against one twice as wide."""
    sample = np.random.default_rng(7).standard_normal((200, 30))
    record = np.random.default_rng(8).standard_normal(30)
    own, wide = crps(sample, record), crps(3.0 * sample, record)
    rows = {
        r.rival: r.ratio
        for r in council_ratios([council_score("agency rate of each council", own, own, wide)])
    }
    assert rows["no change"] == 1.0
    assert rows["drift"] < 1.0

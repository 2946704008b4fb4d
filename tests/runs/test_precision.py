"""Enough replications: when a run stops by itself, and what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.inputs.metrics import METRICS
from sim.inputs.policy.scenario import load_scenario
from sim.runs import plan
from sim.runs.plan import Plan, RunScenario, parse_precision
from sim.runs.precision import FIRST_LOOK, Stopping, look_ahead, outcome_in_words
from tests.helpers.run_folders import Simulate, contents

pytestmark = pytest.mark.standard

SCENARIO = load_scenario("trusts-2016", years=2)
METRIC = "inadequate_council_years"


def stopping(text: str, ceiling: int = 500) -> Stopping:
    run_scenarios = (RunScenario("a", SCENARIO, {}), RunScenario("b", SCENARIO, {}))
    return Stopping(
        Plan("run", run_scenarios, ceiling, 1, parse_precision(dict([text.split("=")])))
    )


def table(differences: np.ndarray, level: float = 100.0) -> list[np.ndarray]:
    """Totals of two scenarios of the run that differ so in one metric, and in no other."""
    shape = (len(differences), len(METRICS))
    base = np.full(shape, level)
    other = base.copy()
    other[:, list(METRICS).index(METRIC)] += differences
    return [base, other]


def feed(rule: Stopping, tables: list[np.ndarray], step: int) -> int | None:
    for at in range(0, len(tables[0]), step):
        for run_scenario, totals in enumerate(tables):
            rule.add(run_scenario, at + 1, totals[at : at + step])
        rule.decide()
        if rule.stopped_at is not None:
            break
    return rule.stopped_at


@pytest.mark.theory
def test_it_stops_about_where_theory_says() -> None:
    differences = np.random.default_rng(1).normal(0, 1, 400)
    found = feed(stopping(f"{METRIC}=0.2"), table(differences), 10)
    assert found is not None
    # One varying difference: t s / sqrt(n) = 0.2 with s = 1 needs about (1.97 / 0.2)^2 = 97;
    # the deviation of the first runs is itself uncertain.
    assert 70 <= found <= 140


@pytest.mark.determinism
@pytest.mark.parametrize("step", [1, 3, 7, 50])
def test_it_stops_at_the_same_number_however_the_runs_come(step: int) -> None:
    differences = np.random.default_rng(2).normal(0, 1, 300)
    expected = feed(stopping(f"{METRIC}=0.3"), table(differences), 10)
    assert feed(stopping(f"{METRIC}=0.3"), table(differences), step) == expected


def test_it_looks_ahead_before_it_stops() -> None:
    # Narrow at the first look, then a wild replication: not enough after all.
    differences = np.tile([0.9, 1.1], 100)
    differences[FIRST_LOOK] = 40.0
    found = feed(stopping(f"{METRIC}=1"), table(differences), 10)
    assert found is not None
    assert found > FIRST_LOOK + look_ahead(FIRST_LOOK)
    steady = feed(stopping(f"{METRIC}=1"), table(np.tile([0.9, 1.1], 100)), 10)
    assert steady == FIRST_LOOK + look_ahead(FIRST_LOOK)


def test_per_cent_is_of_the_tested_scenarios_mean() -> None:
    differences = np.random.default_rng(3).normal(0, 1, 400)
    absolute = feed(stopping(f"{METRIC}=0.3"), table(differences), 10)
    assert feed(stopping(f"{METRIC}=0.3%"), table(differences, 100.0), 10) == absolute


def test_at_the_ceiling_it_says_how_many_would_be_needed() -> None:
    rule = stopping(f"{METRIC}=0.01", ceiling=40)
    assert feed(rule, table(np.random.default_rng(4).normal(0, 1, 40)), 10) is None
    outcome = rule.outcome(40)
    assert outcome["ended"] == "ceiling"
    assert 20_000 < outcome["needed"] < 90_000
    text = outcome_in_words(outcome)
    assert "before the precision was reached" in text
    assert "would be needed" in text


def test_the_end_is_told_so_that_a_stranger_understands() -> None:
    steady = table(np.tile([0.9, 1.1], 100), 100.0)
    rule = stopping(f"{METRIC}=2%")
    n = feed(rule, steady, 10)
    assert n is not None
    text = outcome_in_words(rule.outcome(n))
    assert text.startswith(f"Stopped after {n} replications: the precision asked for was reached")
    assert f"stayed so over {look_ahead(FIRST_LOOK)} further replications" in text
    assert "asked for within ±2, 2% of the mean of " in text
    assert "95 % interval of the mean difference to" in text


def test_nothing_is_said_to_be_confirmed_where_the_ceiling_left_nothing_to_confirm_it() -> None:
    rule = stopping(f"{METRIC}=1", ceiling=FIRST_LOOK)
    assert feed(rule, table(np.tile([0.9, 1.1], FIRST_LOOK // 2)), 10) == FIRST_LOOK
    assert "further" not in outcome_in_words(rule.outcome(FIRST_LOOK))


def test_an_absurd_precision_is_not_told_with_an_absurd_number() -> None:
    rule = stopping(f"{METRIC}=0.000001", ceiling=40)
    feed(rule, table(np.random.default_rng(4).normal(0, 1, 40)), 10)
    assert "More than a million replications would be needed: ask" in outcome_in_words(
        rule.outcome(40)
    )


def test_a_metric_without_figures_is_never_precise() -> None:
    rule = stopping(f"{METRIC}=1", ceiling=20)
    assert feed(rule, table(np.full(20, np.nan)), 10) is None
    assert "no figures" in outcome_in_words(rule.outcome(20))


@pytest.mark.bad_input
def test_it_needs_something_to_compare_with(run_fake: Simulate) -> None:
    with pytest.raises(sim.InputError, match="needs a scenario to compare with"):
        run_fake(against=[], precision={METRIC: 1})


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": {METRIC: 0}}, "above zero"),
        ({"precision": {METRIC: "-3%"}}, "above zero"),
        ({"precision": {METRIC: "3%%"}}, "above zero"),
        ({"precision": {"councils": 1}}, "unknown metric"),
        ({"precision": {METRIC: 1}, "replications": 5}, "cannot be used with --precision"),
        ({"precision": {METRIC: 1}, "ceiling": 5}, "at least 10"),
        ({"replications": 5, "ceiling": 50}, "no meaning without --precision"),
    ],
)
def test_impossible_precision_is_refused(
    run_fake: Simulate, options: dict[str, object], message: str
) -> None:
    with pytest.raises(sim.InputError, match=message):
        run_fake(**options)


@pytest.mark.determinism
def test_a_run_stops_by_itself_with_the_same_bytes_whatever_the_batches(
    run_fake: Simulate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = {"precision": {METRIC: "4%"}, "ceiling": 200}
    result = run_fake(**wanted)
    record = result.record
    assert record["precision"]["ended"] == "reached"
    assert FIRST_LOOK < record["replications"] < 200
    assert result.replications["replication"].max() == record["replications"]
    # What is printed is what was asked for.
    rows = result.comparison.query(f"metric == '{METRIC}'")
    level = result.summary.query(f"metric == '{METRIC}' and scenario == 'trusts-2016'")
    half = (rows["ci95_high"] - rows["ci95_low"]) / 2
    assert half.max() <= 0.04 * level["mean"].iloc[0] * 1.0001
    monkeypatch.setattr(plan, "MOST_COUNTRIES", 12)
    other = run_fake(**wanted, out=tmp_path / "other", engine="processes", workers=2)
    assert contents(other.folder) == contents(result.folder)
    fixed = run_fake(replications=record["replications"], out=tmp_path / "fixed")
    same = ("replications.csv", "comparison.csv", "national.csv", "spells.csv")
    one, two = contents(fixed.folder), contents(result.folder)
    assert [name for name in same if one[name] != two[name]] == []

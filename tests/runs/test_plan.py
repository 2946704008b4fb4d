"""Chunks, run ids, and settings that cannot be used."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.inputs.files.problems import InputError
from sim.inputs.policy.scenario import load_scenario
from sim.runs.options import check_settings
from sim.runs.plan import Plan, RunScenario, check_regimes, parse_precision
from sim.runs.scenarios_of_run import choose_scenarios, make_run_scenarios

pytestmark = pytest.mark.quick

SCENARIO = load_scenario("trusts-2016", years=2)


def plan_of(run_scenarios: int, replications: int, **options: object) -> Plan:
    several = tuple(RunScenario(f"arm {i}", SCENARIO, {}) for i in range(run_scenarios))
    return Plan("run", several, replications, seed=1, **options)  # type: ignore[arg-type]


@given(
    run_scenarios=st.integers(1, 50),
    replications=st.integers(1, 300),
    workers=st.integers(1, 9),
    looking=st.booleans(),
)
def test_chunks_cover_every_country_once(
    run_scenarios: int, replications: int, workers: int, looking: bool
) -> None:
    targets = parse_precision({"caseload": 1}) if looking else ()
    plan = plan_of(run_scenarios, replications, precision=targets)
    chunks = list(plan.chunks(workers))
    countries = Counter(
        (unit, r) for chunk in chunks for unit in chunk.units for r in chunk.replications
    )
    assert set(countries.values()) == {1}
    assert len(countries) == run_scenarios * replications
    assert max(chunk.countries for chunk in chunks) <= 100


def test_every_worker_gets_as_many_chunks() -> None:
    assert [chunk.countries for chunk in plan_of(4, 20).chunks(2)] == [40, 40]
    assert len(list(plan_of(4, 50).chunks(4))) == 4


def test_what_is_missing_is_all_that_is_planned() -> None:
    plan = plan_of(2, 6)
    chunks = plan.chunks(1, {0: [2, 3, 6], 1: [6]})
    assert [(chunk.units, chunk.first, chunk.last) for chunk in chunks] == [
        ((0,), 2, 3),
        ((0,), 6, 6),
        ((1,), 6, 6),
    ]


def test_the_run_id_follows_what_decides_the_results() -> None:
    first = plan_of(2, 6)
    assert first.run_id == plan_of(2, 6).run_id
    others = [plan_of(3, 6), plan_of(2, 7), plan_of(2, 6, events=0)]
    changed = SCENARIO.with_(**{"regime.grace_months": 7.0})
    others.append(
        Plan("run", (RunScenario("arm 0", changed, {}), first.run_scenarios[1]), 6, seed=1)
    )
    others.append(
        Plan(
            "run", (RunScenario("arm 0", SCENARIO, {"a.b": 1.0}), first.run_scenarios[1]), 6, seed=1
        )
    )
    assert len({first.run_id, *(other.run_id for other in others)}) == 6


@pytest.mark.bad_input
def test_precision_tells_everything_wrong_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_precision({"caseloads": 1, "caseload": -2, "agency_rate": "x", "referrals": "inf"})
    told = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "did you mean caseload" in told
    assert "above zero" in told


def test_precision_reads_amounts_and_shares() -> None:
    absolute, share = parse_precision({"caseload": 0.5, "referrals": "2 %"})
    assert (absolute.half_width, absolute.relative, str(absolute)) == (0.5, False, "caseload=0.5")
    assert (share.half_width, share.relative, str(share)) == (0.02, True, "referrals=2%")


@pytest.mark.bad_input
def test_settings_out_of_bounds_are_told_together() -> None:
    problems = check_settings(replications=0, seed=-1, events=-1, workers=0)
    assert [problem.where for problem in problems] == [
        "--replications",
        "--seed",
        "--events",
        "--workers",
    ]


@pytest.mark.bad_input
def test_an_unknown_regime_is_told_with_the_nearest() -> None:
    scenario = SCENARIO.with_(**{"regime.name": "takover"})
    with pytest.raises(InputError, match="did you mean takeover"):
        check_regimes([RunScenario("a", scenario, {})])


def test_run_scenarios_are_named_after_what_was_set_for_this_run() -> None:
    run_scenarios = choose_scenarios(SCENARIO, [SCENARIO.with_(**{"regime.grace_months": 3.0})])
    assert [run_scenario.name for run_scenario in run_scenarios] == [
        "trusts-2016",
        "trusts-2016 with regime.grace_months=3",
    ]
    assert run_scenarios[1].levers == (("regime.grace_months", 3.0),)


def test_a_lever_can_be_set_in_the_tested_scenario_or_in_all() -> None:
    own = {"regime.grace_months": "12"}
    run_scenarios = choose_scenarios(
        "trusts-2016", levers=own, levers_of_all={"pool.commissioners": "2"}
    )
    values = [run_scenario.scenario.timeline()[0][1] for run_scenario in run_scenarios]
    assert len(values) == 1 + len(SCENARIO.compare_with)
    assert {v["pool.commissioners"] for v in values} == {2}
    assert values[0]["regime.grace_months"] == 12.0
    assert values[1]["regime.grace_months"] != 12.0


@pytest.mark.bad_input
def test_everything_wrong_with_the_scenarios_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        choose_scenarios("trusts-2017", ["no-interventon"], levers={"x.y": "1"})
    told = str(caught.value)
    assert "did you mean trusts-2016" in told
    assert "did you mean no-intervention" in told


@pytest.mark.bad_input
def test_the_same_scenario_twice_and_other_dates_are_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        make_run_scenarios([SCENARIO, SCENARIO])
    longer = load_scenario("no-intervention", years=3)
    with pytest.raises(InputError, match="compare like with like"):
        make_run_scenarios([SCENARIO, longer])

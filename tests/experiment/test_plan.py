"""Blocks, run ids, and settings that cannot be used."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.experiment.arms import choose_arms, make_arms
from sim.experiment.plan import Arm, Plan, check_regimes, check_settings, parse_precision
from sim.inputs.problems import InputError
from sim.inputs.scenario import load_scenario

SCENARIO = load_scenario("trusts-2016", years=2)


def plan_of(arms: int, replications: int, **options: object) -> Plan:
    several = tuple(Arm(f"arm {i}", SCENARIO, {}) for i in range(arms))
    return Plan("run", several, replications, seed=1, **options)  # type: ignore[arg-type]


@given(
    arms=st.integers(1, 50),
    replications=st.integers(1, 300),
    workers=st.integers(1, 9),
    looking=st.booleans(),
)
def test_blocks_cover_every_nation_once(
    arms: int, replications: int, workers: int, looking: bool
) -> None:
    targets = parse_precision(["caseload=1"]) if looking else ()
    plan = plan_of(arms, replications, precision=targets)
    blocks = list(plan.blocks(workers))
    nations = Counter((arm, r) for b in blocks for arm in b.arms for r in b.replications)
    assert set(nations.values()) == {1}
    assert len(nations) == arms * replications
    assert max(block.nations for block in blocks) <= 100


def test_every_worker_gets_as_many_blocks() -> None:
    assert [b.nations for b in plan_of(4, 20).blocks(2)] == [40, 40]
    assert len(list(plan_of(4, 50).blocks(4))) == 4


def test_what_is_missing_is_all_that_is_planned() -> None:
    plan = plan_of(2, 6)
    blocks = plan.blocks(1, {0: [2, 3, 6], 1: [6]})
    assert [(b.arms, b.first, b.last) for b in blocks] == [((0,), 2, 3), ((0,), 6, 6), ((1,), 6, 6)]


def test_the_run_id_follows_what_decides_the_results() -> None:
    first = plan_of(2, 6)
    assert first.run_id == plan_of(2, 6).run_id
    others = [plan_of(3, 6), plan_of(2, 7), plan_of(2, 6, events=0)]
    changed = SCENARIO.with_(**{"regime.grace_months": 7.0})
    others.append(Plan("run", (Arm("arm 0", changed, {}), first.arms[1]), 6, seed=1))
    others.append(Plan("run", (Arm("arm 0", SCENARIO, {"a.b": 1.0}), first.arms[1]), 6, seed=1))
    assert len({first.run_id, *(other.run_id for other in others)}) == 6


@pytest.mark.bad_input
def test_precision_tells_everything_wrong_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_precision(
            ["caseloads=1", "caseload=-2", "agency_rate=x", "referrals=1", "referrals=2"]
        )
    told = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "did you mean caseload" in told
    assert "above zero" in told
    assert "second precision" in told


def test_precision_reads_amounts_and_shares() -> None:
    absolute, share = parse_precision(["caseload=0.5", "referrals = 2 %"])
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
        check_regimes([Arm("a", scenario, {})], ["takeover", "commissioner"])


def test_arms_are_named_after_what_was_set_for_this_run() -> None:
    arms = choose_arms(SCENARIO, [SCENARIO.with_(**{"regime.grace_months": 3.0})])
    assert [arm.name for arm in arms] == ["trusts-2016", "trusts-2016 with regime.grace_months=3"]
    assert arms[1].levers == (("regime.grace_months", 3.0),)


def test_a_lever_can_be_set_in_the_tested_scenario_or_in_all() -> None:
    own = {"regime.grace_months": "12"}
    arms = choose_arms("trusts-2016", levers=own, levers_of_all={"pool.commissioners": "2"})
    values = [arm.scenario.timeline()[0][1] for arm in arms]
    assert [v["pool.commissioners"] for v in values] == [2] * 4
    assert values[0]["regime.grace_months"] == 12.0
    assert values[1]["regime.grace_months"] != 12.0


@pytest.mark.bad_input
def test_everything_wrong_with_the_scenarios_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        choose_arms("trusts-2017", ["no-interventon"], levers={"x.y": "1"})
    told = str(caught.value)
    assert "did you mean trusts-2016" in told
    assert "did you mean no-intervention" in told


@pytest.mark.bad_input
def test_the_same_scenario_twice_and_other_dates_are_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        make_arms([SCENARIO, SCENARIO])
    longer = load_scenario("no-intervention", years=3)
    with pytest.raises(InputError, match="compare like with like"):
        make_arms([SCENARIO, longer])

"""The register of mechanisms and loops: whole, sound, and what switching off means."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.inputs.evidence.claims import load_claims
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import Mechanisms, levers_without, load_mechanisms, without
from sim.inputs.files.problems import InputError
from sim.inputs.policy.levers import LEVERS
from sim.inputs.policy.scenario import load_scenario

pytestmark = pytest.mark.quick

ENTRY = """\
[mechanism.setting_up]
title    = "Setting up"
claims   = [53]
off      = { "trust.setup_stall" = 0, "regime.leader_sites" = 1 }
scenario = "trusts-2016"
metric   = "trusts_opened"
claimed  = "higher"

[loop.L1]
title      = "Round and round"
kind       = "reinforcing"
chain      = "one thing, another, the first"
claims     = [53]
mechanisms = ["setting_up"]
scenario   = "trusts-2016"
metric     = "trusts_opened"
claimed    = "higher"
closes     = "caseload"
closing    = "lower"
start      = 2013-11-01
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mechanisms.toml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def known() -> Mechanisms:
    return load_mechanisms(load_ledger())


@pytest.mark.data
def test_every_name_exists(known: Mechanisms) -> None:
    claims = load_claims()
    for thing in (*known.mechanisms.values(), *known.loops.values()):
        assert set(thing.claims) <= claims.keys(), thing.name
        load_scenario(thing.scenario)


@pytest.mark.data
def test_there_are_twelve_loops_with_a_sign(known: Mechanisms) -> None:
    assert list(known.loops) == [f"L{k}" for k in range(1, 13)]
    assert [name for name, loop in known.loops.items() if loop.kind == "balancing"] == ["L5"]
    for loop in known.loops.values():
        assert loop.claimed
        assert loop.closing
        known.chosen(loop.mechanisms)


@pytest.mark.data
def test_a_mechanism_that_is_off_does_not_have_its_central_value(known: Mechanisms) -> None:
    """Switching off changes something: a parameter, or a lever of its scenario."""
    central = load_ledger().central()
    for mechanism in known.mechanisms.values():
        changed = [n for n, value in mechanism.parameters.items() if central[n] != value]
        scenario = load_scenario(mechanism.scenario).with_(**mechanism.on)
        steps = [values for _, values in scenario.timeline()]
        changed += [n for n, value in mechanism.levers.items() if any(s[n] != value for s in steps)]
        # What sets a route apart is nothing at its central value, and a number in most draws.
        everything = [n for n in mechanism.off if not n.endswith("_deviation")]
        assert changed, mechanism.name
        if not mechanism.on:
            assert set(changed) == set(everything), mechanism.name


@pytest.mark.data
def test_the_six_costs_are_apart(known: Mechanisms) -> None:
    """Each cost of a transfer is a switch of its own, and no parameter is in two of them."""
    costs = ("transition", "transaction", "transmission", "transgression", "transmutation")
    names = [n for cost in (*costs, "transparency") for n in known.mechanisms[cost].parameters]
    assert len(names) == len(set(names))


def test_switching_off_puts_parameters_and_levers_where_they_do_nothing() -> None:
    central = load_ledger().central()
    off = without(central, ["transition"])
    assert off["trust.setup_stall"] == 0.0
    assert {name for name in central if off[name] != central[name]} == {
        "trust.setup_attention",
        "trust.setup_stall",
        "trust.setup_uncertainty",
        "trust.setup_cost",
    }
    assert without(central, []) == central
    assert without(central, ["L6"]) == off
    assert levers_without(["emergency_inspections"]) == {"ofsted.emergency_inspections": False}
    assert set(levers_without(["finite_pools"])) <= LEVERS.keys()


@pytest.mark.bad_input
def test_an_unknown_mechanism_gets_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        without({}, ["transitions", "L6", "transgresion"])
    report = str(caught.value)
    assert "did you mean transition" in report
    assert "did you mean transgression" in report


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    known = load_mechanisms(["trust.setup_stall"], written(tmp_path, ENTRY))
    (mechanism,) = known.mechanisms.values()
    assert mechanism.parameters == {"trust.setup_stall": 0.0}
    assert mechanism.levers == {"regime.leader_sites": 1}
    assert known.loops["L1"].start == date(2013, 11, 1)
    assert known.of_claim(53) == (mechanism,)
    assert known.chosen(["L1", "setting_up"]) == (mechanism,)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title    = "Setting up"\n', "", "has no 'title'"),
        ("claims   =", "clams    =", "did you mean claims"),
        ("claims   = [53]", 'claims   = ["53"]', "claims: item 1 must be a whole number, not text"),
        ('"trust.setup_stall" = 0', '"trust.setup_stal" = 0', "did you mean trust.setup_stall"),
        ('"trust.setup_stall" = 0', '"trust.setup_stall" = "0"', "must be a number"),
        ('"regime.leader_sites" = 1', '"regime.leader_sites" = 9', "out of bounds"),
        ('scenario = "trusts-2016"', 'scenario = "trusts-2017"', "did you mean trusts-2016"),
        ('metric   = "trusts_opened"', 'metric   = "trust_opened"', "did you mean trusts_opened"),
        ('claimed  = "higher"', 'claimed  = "up"', '"higher", "lower" or ""'),
        ('closes     = "caseload"', 'closes     = "load"', "unknown metric 'load'"),
        ('kind       = "reinforcing"', 'kind       = "vicious"', '"reinforcing" or "balancing"'),
        ('["setting_up"]', '["set_up"]', "did you mean setting_up"),
        ("2013-11-01", '"2013"', "must be a date"),
        ("2013-11-01", "2013-11-31", "not a date in the calendar"),
        ("[loop.L1]", "[loops.L1]", "did you mean loop"),
    ],
)
def test_a_wrong_entry_is_placed_and_explained(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in ENTRY
    with pytest.raises(InputError) as caught:
        load_mechanisms(["trust.setup_stall"], written(tmp_path, ENTRY.replace(old, new, 1)))
    assert message in str(caught.value)
    assert "mechanisms.toml, line" in str(caught.value)


@pytest.mark.bad_input
def test_two_switches_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    other = ENTRY.split("\n\n")[0].replace("setting_up", "staying").replace("= 0", "= 1")
    known = load_mechanisms(None, written(tmp_path, f"{other}\n\n{ENTRY}"))
    assert known.levers_off(["staying", "setting_up"]) == {"regime.leader_sites": 1}
    with pytest.raises(InputError, match="cannot be off together"):
        known.parameters_off(["staying", "setting_up"])

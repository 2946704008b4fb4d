"""Names of earlier versions: what replaced each, and that everything that reads a name says so."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from sim.inputs.evidence.beliefs import load_beliefs, read_ensemble
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import load_mechanisms
from sim.inputs.files.old_names import (
    changed_levers,
    load_old_names,
    old_scenarios,
    unknown_name,
)
from sim.inputs.files.problems import InputError, Problem
from sim.inputs.policy.levers import LEVERS
from sim.inputs.policy.scenario import list_scenarios, load_scenario
from sim.runs.sweep import grid_of_texts, read_design
from sim.studies.run_studies import check_parameter

pytestmark = pytest.mark.quick

OLD = load_old_names()
LEDGER = load_ledger()
PARAMETERS = [name for kind, name in OLD if kind == "parameter"]
OLD_LEVERS = [name for kind, name in OLD if kind == "lever"]


def says_what_is_new(report: str, name: str, kind: str = "parameter") -> bool:
    """Whether a message has the old name, each new one and the reason."""
    old = OLD["lever" if kind == "lever" else "parameter", name]
    return all(word in report for word in (f"{name!r}", *old.parameters, *old.levers, old.why[:40]))


@pytest.mark.data
def test_no_old_name_is_in_use_and_every_new_one_exists() -> None:
    for (kind, name), old in OLD.items():
        assert name not in (LEDGER if kind == "parameter" else LEVERS), name
        assert set(old.parameters) <= {*LEDGER}, name
        assert set(old.levers) <= {*LEVERS}, name


@pytest.mark.bad_input
@pytest.mark.parametrize("name", PARAMETERS)
def test_beliefs_with_an_old_name_are_refused_with_the_new_ones(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\ndescription = "What I hold."\n\n'
        f'[[belief]]\nparameter = "{name}"\nvalue = 0.1\nwhy = "so"\nsource = "claim 1"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        load_beliefs(str(path), LEDGER)
    report = str(caught.value)
    assert "mine.toml, line 5, parameter: " in report
    assert says_what_is_new(report, name)
    assert len(caught.value.problems) == 1


@pytest.mark.bad_input
@pytest.mark.parametrize("name", PARAMETERS)
def test_whatever_reads_a_parameter_refuses_an_old_name_likewise(name: str, tmp_path: Path) -> None:
    draws = tmp_path / "ensemble.csv"
    draws.write_text(f"set,{name}\n1,0.1\n", encoding="utf-8")
    problems: list[Problem] = []
    assert read_ensemble(draws, LEDGER, problems) is None
    problems += check_parameter(name, LEDGER, "--vary")
    register = tmp_path / "mechanisms.toml"
    register.write_text(
        '[mechanism.help]\ntitle = "Help"\nclaims = [74]\nscenario = "commissioner-only"\n'
        f'metric = "caseload"\nclaimed = "lower"\noff = {{ "{name}" = 0.0 }}\n',
        encoding="utf-8",
    )
    if name not in LEVERS:  # which may be switched off too
        with pytest.raises(InputError) as caught:
            load_mechanisms(LEDGER, register)
        problems += caught.value.problems
    assert all(says_what_is_new(str(problem), name) for problem in problems)
    assert "ensemble.csv, line 1: " in str(problems[0])


@pytest.mark.bad_input
@pytest.mark.parametrize("name", OLD_LEVERS)
def test_whatever_reads_a_lever_refuses_an_old_name(name: str, tmp_path: Path) -> None:
    scenario = tmp_path / "mine.toml"
    scenario.write_text(
        'title = "Mine"\nextends = "trusts-2016"\n\n'
        f'[[change]]\nfrom = 2016-01-01\nlever = "{name}"\nvalue = 1\nwhy = "so"\n'
        'source = "claim 1"\n',
        encoding="utf-8",
    )
    design = tmp_path / "design.csv"
    design.write_text(f"{name}\n1\n", encoding="utf-8")
    for read in (
        lambda: load_scenario(scenario),
        lambda: load_scenario("trusts-2016", {name: 1}),
        lambda: grid_of_texts([f"{name}=1,2"]),
        lambda: read_design(design),
    ):
        with pytest.raises(InputError) as caught:
            read()
        assert says_what_is_new(str(caught.value), name, "lever")


@pytest.mark.bad_input
def test_an_old_parameter_given_as_a_lever_is_told_too() -> None:
    name = next(name for name in PARAMETERS if name not in LEVERS)
    with pytest.raises(InputError) as caught:
        load_scenario("trusts-2016", {name: 1})
    assert says_what_is_new(str(caught.value), name)


@pytest.mark.bad_input
@pytest.mark.parametrize("name", changed_levers())
def test_whoever_sets_a_lever_that_means_something_else_now_is_told(
    name: str, tmp_path: Path
) -> None:
    assert name in LEVERS
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\nextends = "trusts-2016"\n\n'
        f'[[change]]\nfrom = 2016-01-01\nlever = "{name}"\nvalue = 6\nwhy = "so"\n'
        'source = "claim 1"\n',
        encoding="utf-8",
    )
    with pytest.warns(UserWarning, match="before, it was their number") as caught:
        load_scenario(path)
    assert str(caught[0].message).startswith(f"mine.toml, line 4: {name} = 6: it adds to ")
    assert len(caught) == 1
    with pytest.warns(UserWarning, match=f"--set: {name} = 3: "):
        load_scenario("trusts-2016", {name: 3})


@pytest.mark.parametrize("name", [listed.name for listed in list_scenarios()])
def test_no_scenario_of_the_program_is_told_so(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_scenario(name)


@pytest.mark.bad_input
@pytest.mark.parametrize("name", old_scenarios())
def test_a_scenario_that_gave_way_is_refused_with_the_new_one(name: str) -> None:
    now, why = old_scenarios()[name]
    names = {listed.name for listed in list_scenarios()}
    assert now in names
    assert name not in names
    for asked in (name, f"built-in:{name}"):
        with pytest.raises(InputError) as caught:
            load_scenario(asked)
        assert f"the scenario {name!r} is now {now!r}" in str(caught.value)
        assert why[:40] in str(caught.value)


def test_other_names_get_the_nearest() -> None:
    problem = unknown_name("parameter", "practice.yeers", "here", ["practice.years"])
    assert (
        str(problem) == "here: unknown parameter 'practice.yeers'\n    did you mean practice.years?"
    )
    assert unknown_name("lever", "x", "here", ["abc"], "the levers are abc").hint.endswith("abc")


def test_a_name_may_have_no_successor_or_several(tmp_path: Path) -> None:
    path = tmp_path / "replaced.toml"
    path.write_text(
        '[parameter."a.b"]\nwhy = "gone"\n\n'
        '[parameter."a.c"]\nparameters = ["d.e", "d.f"]\nlevers = ["g.h"]\nwhy = "moved"\n\n'
        '[lever."g.i"]\nparameters = ["d.e"]\nlevers = ["g.h"]\nwhy = "moved"\n'
    )
    first, second, third = (old.problem("here") for old in load_old_names(path).values())
    assert first == Problem("here", "there is no parameter 'a.b' any more", "gone")
    assert second.what == "the parameter 'a.c' is now 'd.e' and 'd.f' and the lever 'g.h'"
    assert third.what == "the lever 'g.i' is now 'g.h' and the parameter 'd.e'"


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[parameter."a.b"]\nparameters = ["c.d"]\n', "line 1, a.b: a.b has no 'why'"),
        ('[parameter."a.b"]\nnow = ["c.d"]\nwhy = "so"\n', "line 2, now: unknown key 'now'"),
        ('[parametr."a.b"]\nwhy = "so"\n', "did you mean parameter?"),
        ('[lever]\n"a.b" = 3\n', "must be a table"),
        ('[changed."a.b"]\nhow = "so"\n', "unknown key 'how'"),
    ],
)
def test_a_wrong_entry_is_placed(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "replaced.toml"
    path.write_text(text)

    def read() -> None:
        load_old_names(path)
        changed_levers(path)

    with pytest.raises(InputError) as caught:
        read()
    assert message in str(caught.value)

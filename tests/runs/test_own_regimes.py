"""Regimes handed over as classes: they run everywhere, and are known by their text."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.model.institutions.department import FailureCase
from sim.model.processes import Process
from sim.runs import own_regimes, workers
from tests.helpers.run_folders import Simulate, contents

pytestmark = pytest.mark.quick

TEXT = """
class Mine:
    def respond(self, case):
        yield case.env.timeout(30)
"""


class Watched:
    """Writes to the department, and waits."""

    def respond(self, case: FailureCase) -> Process:
        yield from sim.interventions.notice(case)
        yield from case.wait(12.0)


def scenario(name: str = "mine", years: float = 1) -> sim.Scenario:
    return sim.load_scenario("trusts-2016", years=years).with_(**{"regime.name": name})


def defined_by(text: str, *, readable: bool = True) -> Any:
    """A class as a notebook defines one: in no module that could be imported."""
    cell = f"<cell {abs(hash(text))}>"
    if readable:
        linecache.cache[cell] = (len(text), None, text.splitlines(keepends=True), cell)
    names: dict[str, Any] = {"__name__": "a notebook"}
    exec(compile(text, cell, "exec"), names)
    return names["Mine"]


@pytest.fixture
def mine(run_fake: Simulate) -> Callable[..., sim.FinishedRun]:
    """Runs one scenario under a regime of the test's own."""

    def run(regime: Any, **options: Any) -> sim.FinishedRun:
        run: sim.FinishedRun = run_fake(
            scenario(), against=[], replications=4, regimes={"mine": regime}, **options
        )
        return run

    return run


def test_the_run_holds_the_text_and_its_name_follows_it(mine: Any) -> None:
    first = mine(Watched)
    (known,) = first.record["identity"]["regimes"]
    assert known["name"] == "mine"
    assert known["source"] == Path(__file__).read_text(encoding="utf-8")
    assert mine(Watched).run_id == first.run_id
    one, other = defined_by(TEXT), defined_by(TEXT.replace("30", "31"))
    assert len({mine(one).run_id, mine(other).run_id, first.run_id}) == 3
    assert mine(one, resume=True).record["identity"]["regimes"][0]["source"] == TEXT


def test_a_text_that_cannot_be_read_is_said_and_never_resumed(mine: Any) -> None:
    unknown = defined_by(TEXT.replace("30", "32"), readable=False)
    first, second = mine(unknown), mine(unknown)
    assert first.record["identity"]["regimes"][0]["source"] is None
    assert first.run_id != second.run_id  # nobody knows whether they are the same
    with pytest.raises(sim.InputError, match="source text of this class cannot be read"):
        mine(unknown, resume=True)


@pytest.mark.bad_input
def test_what_is_wrong_with_a_regime_is_said(run_fake: Simulate) -> None:
    with pytest.raises(sim.InputError) as caught:
        run_fake(regimes={"takeover": Watched, "mine": object, "other": 3})
    wrong = str(caught.value)
    assert "takeover: is the name of an installed regime" in wrong
    assert "mine: must be a class with a method respond" in wrong
    assert len(caught.value.problems) == 3
    with pytest.raises(sim.InputError, match="did you mean mine"):
        run_fake(scenario("mines"), regimes={"mine": Watched})


def test_where_a_class_cannot_be_sent_the_run_is_done_here_with_a_warning(
    mine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_forks", lambda: False)
    with pytest.warns(UserWarning, match="cannot be sent to other processes"):
        run = mine(defined_by(TEXT), engine="processes", workers=2)
    assert run.record["run"]["engine"] == "serial"


def test_a_class_that_can_be_imported_can_be_sent() -> None:
    known = own_regimes.own_regimes({"mine": Watched, "local": defined_by(TEXT)})
    assert [one.can_be_sent for one in known] == [True, False]


@pytest.mark.determinism
def test_the_real_engine_gives_the_same_bytes_in_other_processes(tmp_path: Path) -> None:
    regime = defined_by(TEXT)
    options: dict[str, Any] = {"replications": 4, "against": [], "quiet": True}
    runs = [
        sim.simulate(scenario(), regimes={"mine": regime}, out=tmp_path / engine, **options, **how)
        for engine, how in (
            ("serial", {"engine": "serial"}),
            ("processes", {"engine": "processes", "workers": 2}),
        )
    ]
    assert contents(runs[0].folder) == contents(runs[1].folder)
    assert set(runs[0].spells["route"].dropna()) <= {"none", "adviser", "commissioner", "trust"}

"""Rival beliefs: the files that come with the program, and mistakes in a user's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.inputs.evidence.beliefs import load_beliefs
from sim.inputs.evidence.beliefs_file import beliefs_names, rival_beliefs
from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.inputs.files.places import scenarios_dir
from sim.inputs.files.problems import InputError

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return load_ledger()


@pytest.mark.data
@pytest.mark.parametrize("name", rival_beliefs())
def test_beliefs_stay_within_the_ledger_and_are_argued(name: str, ledger: Ledger) -> None:
    beliefs = load_beliefs(name, ledger)
    for number in range(1, 6):
        values = beliefs.draw(number)
        assert list(values) == list(ledger)
        for parameter, value in values.items():
            assert ledger[parameter].low <= value <= ledger[parameter].high, parameter
    assert all(belief.why and belief.source for belief in beliefs.named)
    assert beliefs.draw(3) == beliefs.draw(3)


@pytest.mark.data
def test_only_a_thought_experiment_may_leave_the_ledger(ledger: Ledger, tmp_path: Path) -> None:
    """It is argued as other files are, and is not among those that somebody holds."""
    assert {*beliefs_names()} - {*rival_beliefs()} == {"all-routes-alike"}
    named = load_beliefs("all-routes-alike", ledger).named
    assert all(belief.why and belief.source for belief in named)
    assert any(not ledger[b.parameter].low <= b.low <= ledger[b.parameter].high for b in named)
    text = (scenarios_dir() / "beliefs" / "all-routes-alike.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("thought_experiment = true", ""), encoding="utf-8")
    with pytest.raises(InputError, match="outside its range"):
        load_beliefs(str(path), ledger)


@pytest.mark.data
def test_reformers_and_critics_disagree_about_what_they_both_name(ledger: Ledger) -> None:
    reformers, critics = (
        {b.parameter: b for b in load_beliefs(name, ledger).named}
        for name in ("reformers", "critics")
    )
    both = reformers.keys() & critics.keys()
    assert len(both) >= 15
    for name in both:
        a, b = reformers[name], critics[name]
        assert a.high <= b.low or b.high <= a.low, name


def test_central_leaves_nothing_open_and_evidence_all_that_has_a_range(ledger: Ledger) -> None:
    assert load_beliefs("central", ledger).drawn == ()
    assert load_beliefs("central", ledger).draw(1) == ledger.central()
    drawn = load_beliefs("evidence", ledger).drawn
    assert len(drawn) == sum(p.prior != "fixed" for p in ledger.values())


def test_an_ensemble_is_drawn_a_row_at_a_time(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "ensemble.csv"
    path.write_text("draw,control.effect,practice.years\n1,0.1,1.3\n2,0.8,2.9\n", encoding="utf-8")
    beliefs = load_beliefs("evidence", ledger, path)
    pairs = {(d["control.effect"], d["practice.years"]) for d in map(beliefs.draw, range(30))}
    assert pairs == {(0.1, 1.3), (0.8, 2.9)}
    values = beliefs.values(np.full((2, len(beliefs.axes)), 0.5))
    assert values.shape == (2, len(beliefs.drawn))


@pytest.mark.bad_input
def test_an_ensemble_with_an_unknown_parameter_is_told(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "ensemble.csv"
    path.write_text("control.efect\n0.1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"did you mean control\.effect"):
        load_beliefs("evidence", ledger, path)


@pytest.mark.bad_input
def test_every_mistake_in_a_file_is_told_at_once(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\ndescription = "What I hold."\nothers = "guess"\n'
        '[[belief]]\nparameter = "control.efect"\nvalue = 1\nwhy = "so"\nsource = "claim 1"\n'
        '[[belief]]\nparameter = "control.effect"\nvalue = 7.0\nwhy = "so"\nsource = "claim 1"\n'
        '[[belief]]\nparameter = "control.effect"\nlow = 0.1\nwhy = "so"\nsource = "claim 1"\n'
        '[[belief]]\nparameter = "practice.years"\nvalue = 1.5\nsource = "claim 1"\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        load_beliefs(str(path), ledger)
    report = str(caught.value)
    for text in (
        'line 3, others: must be "central" or "evidence", not \'guess\'',
        "unknown parameter 'control.efect'",
        "did you mean control.effect?",
        "control.effect = 7.0 is outside its range",
        "needs a value, or low and high",
        "line 19, belief: this belief has no 'why'",
    ):
        assert text in report

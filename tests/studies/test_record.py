"""Experiments of the register run again: they show what the register says they last showed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.inputs.evidence.experiments import Experiment, load_experiments
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import load_mechanisms
from sim.runs.options import RunOptions
from sim.studies.short_experiments import RECORD, model_sha256, record

KNOWN = load_mechanisms(load_ledger())
RECORDED = load_experiments()
# Two that share a scenario, and so the runs without either switch.
CHEAP = ("threshold_drift", "poverty")


def run_again(names: tuple[str, ...], **options: int) -> list[Experiment]:
    how: RunOptions = replace(RECORD, workers=1, quiet=True, **options)
    return record(KNOWN, how, names)


@pytest.mark.quick
def test_two_cheap_ones_show_again_what_is_recorded() -> None:
    """Four replications are enough for what is as clear as these."""
    assert len({KNOWN.mechanisms[name].scenario for name in CHEAP}) == 1
    for one in run_again(CHEAP, replications=4):
        (recorded,) = RECORDED.of(one.switch)
        assert one.verdict == recorded.verdict == "as claimed"
        assert one.question == recorded.question
        assert recorded.low <= one.high
        assert one.low <= recorded.high


@pytest.mark.full
def test_every_loop_and_what_is_contrary_shows_again_what_is_recorded() -> None:
    """The same figures to the digit where the model is the one that was recorded."""
    contrary = {one.switch for one in RECORDED.figures if one.verdict == "contrary"}
    names = (*sorted(contrary - KNOWN.loops.keys()), *KNOWN.loops)
    again = run_again(names)
    recorded = [one for name in names for one in RECORDED.of(name)]
    assert [(one.switch, one.figure, one.verdict) for one in again] == [
        (one.switch, one.figure, one.verdict) for one in recorded
    ]
    if recorded[0].model == model_sha256():
        for new, old in zip(again, recorded, strict=True):
            for name in ("with_it", "without_it", "difference", "low", "high", "share"):
                assert f"{getattr(new, name):.6g}" == f"{getattr(old, name):.6g}", new.switch

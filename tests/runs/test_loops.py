"""Switching mechanisms and loops off, and the commands that tell of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.inputs.evidence.claims import load_claims
from sim.inputs.evidence.experiments import load_experiments
from sim.inputs.evidence.mechanisms import Claimed, load_mechanisms
from sim.inputs.files import places
from sim.inputs.files.problems import InputError
from sim.runs.options import RunOptions
from sim.studies.short_experiments import LEVEL_SCENARIOS, Effect, effects, levels, record

pytestmark = pytest.mark.standard

KNOWN = load_mechanisms()


@pytest.mark.standard
def test_every_loop_has_a_sign_and_a_size(tmp_path: Path) -> None:
    """The engine itself, for a year and a half: each loop off, against the run with it. So many
    replications that some have a public tragedy."""
    trial = RunOptions(out=tmp_path, replications=6, years=1.5, workers=1, quiet=True)
    found = effects(list(KNOWN.loops.values()), trial)
    assert [effect.of.name for effect in found] == [f"L{1 + k // 2}" for k in range(24)]
    told = {effect.of.name: effect for effect in found[::2]}  # where each shows first
    for effect in found:
        if math.isnan(effect.difference):  # no trust was handed back, none left the grade
            continue
        assert effect.low <= effect.difference <= effect.high
        assert effect.difference == pytest.approx(effect.with_it - effect.without_it)
    assert told["L2"].difference > 0.0
    assert told["L12"].difference > 0.0
    assert told["L8"].difference != 0.0


@pytest.fixture
def trial(fake_england: None, tmp_path: Path) -> RunOptions:
    return RunOptions(out=tmp_path / "out", replications=4, years=2.0, workers=1, quiet=True)


def test_a_lever_that_is_off_shows_a_difference(trial: RunOptions) -> None:
    (effect,) = effects([KNOWN.mechanisms["grace"]], trial)
    assert effect.n == 4
    assert effect.difference != 0.0
    assert effect.half_width > 0.0
    assert effect.claimed == "lower"


def test_the_same_question_is_answered_from_the_folder(
    trial: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = [KNOWN.mechanisms["grace"], KNOWN.loops["L2"], KNOWN.loops["L6"]]
    first = effects(things, trial)
    assert len(first) == 1 + 2 + 2

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the engine was asked again")

    monkeypatch.setattr("sim.model.simulation.run_batch", never)
    assert effects(things, trial) == first


def test_what_one_shows_does_not_depend_on_which_others_are_asked(trial: RunOptions) -> None:
    alone = record(KNOWN, replace(trial, out=None), ["grace"])
    both = record(KNOWN, trial, ["L6", "grace"])
    assert both[2:] == alone
    assert [one.figure for one in both] == ["shows first", "comes round", "effect"]
    assert alone[0].question == KNOWN.question("grace")
    assert alone[0].start == date(2016, 1, 1)
    assert (alone[0].replications, alone[0].seed) == (4, 1)


def test_levels_are_shown_in_three_scenarios(trial: RunOptions) -> None:
    found = levels(["caseload"], trial)
    assert [level.scenario for level in found] == list(LEVEL_SCENARIOS)
    assert all(level.p05 <= level.mean <= level.p95 for level in found)


def test_a_verdict_says_no_more_than_the_interval() -> None:
    loop = KNOWN.loops["L6"]

    def verdict(difference: float, half_width: float, claimed: Claimed = "higher") -> str:
        figures = (9, 20.0 + difference, 20.0, difference, half_width)
        return Effect(loop, "comes round", "caseload", claimed, *figures).verdict

    assert verdict(1.0, 0.5) == "as claimed"
    assert verdict(-1.0, 0.5) == "contrary"
    assert verdict(1.0, 1.5) == "cannot be told"
    assert verdict(0.01, 0.005) == "cannot be told"  # clear, and a twentieth of one per cent
    assert verdict(math.nan, math.nan) == "cannot be told"
    assert verdict(0.0, 0.0) == "cannot be told"
    assert verdict(1.0, 0.5, claimed="") == "nothing claimed"


@pytest.mark.bad_input
def test_one_replication_gives_no_interval(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 2"):
        effects([KNOWN.loops["L6"]], RunOptions(out=tmp_path, replications=1, years=2.0))
    assert not list(tmp_path.iterdir())


# -- in a run of its own


def test_a_run_without_a_mechanism_says_so(run_fake: Callable[..., sim.FinishedRun]) -> None:
    run = run_fake("trusts-2016", against=["trusts-2016"], without=["transition"])
    assert run.scenarios == ("trusts-2016 without transition", "trusts-2016")
    part, whole = run.record["identity"]["scenarios"]
    assert part["without"] == ["transition"]
    assert whole["without"] == []
    assert whole["parameters_sha256"] != part["parameters_sha256"]


def test_a_switch_may_be_a_lever(run_fake: Callable[..., sim.FinishedRun]) -> None:
    run = run_fake("sharper-triggers", against=[], without=["emergency_inspections"])
    assert run.scenarios == ("sharper-triggers without emergency_inspections",)


@pytest.mark.bad_input
def test_an_unknown_mechanism_is_told_with_everything_else(
    run_fake: Callable[..., sim.FinishedRun],
) -> None:
    with pytest.raises(InputError) as caught:
        run_fake("trusts-2017", without=["transitoin"])
    assert "did you mean transition" in str(caught.value)
    assert "trusts-2017" in str(caught.value)


# -- the commands


@pytest.fixture
def simulate(
    fake_england: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[str, str, int]]:
    """The command on the stand-in: what it prints, its errors, its exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[str, str, int]:
        try:
            main.main(arguments)
        except SystemExit as leave:
            out, err = capsys.readouterr()
            return out, err, int(leave.code or 0)
        raise AssertionError("the command line always leaves")

    return run


QUICK = ("--replications", "3", "--years", "2", "--workers", "1", "--quiet")


def test_claims_reports_its_coverage(simulate: Callable[..., tuple[str, str, int]]) -> None:
    out, err, code = simulate("claims")
    assert (code, err) == (0, "")
    assert "156 of 156 claims have a status" in out
    assert "Costs of trusts" in out


def test_a_claim_is_told(simulate: Callable[..., tuple[str, str, int]]) -> None:
    out, err, code = simulate("claims", "53", *QUICK)
    assert (code, err) == (0, "")
    for word in ("Claim 53", "author", "trust.setup_months", "supported (B7)", "3 replications"):
        assert word in out
    out, _, code = simulate("claims", "53", "--no-run")
    assert code == 0
    assert "replications" not in out


def test_an_outcome_is_told_by_its_figures(simulate: Callable[..., tuple[str, str, int]]) -> None:
    out, _, code = simulate("claims", "73", *QUICK)
    assert code == 0
    for name in LEVEL_SCENARIOS:
        assert name in out


@pytest.mark.bad_input
def test_an_unknown_claim_leaves_with_2(simulate: Callable[..., tuple[str, str, int]]) -> None:
    out, err, code = simulate("claims", "157")
    assert code == 2
    assert out == ""
    assert "the nearest is 156" in err


def test_a_claim_says_what_its_experiments_last_showed(
    simulate: Callable[..., tuple[str, str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # a claim a row
    register, recorded = load_claims(), load_experiments()
    effects_of = [one for one in recorded.figures if one.switch in KNOWN.mechanisms]
    shown = {one.verdict: KNOWN.mechanisms[one.switch].claims[0] for one in effects_of}
    assert len(shown) >= 3
    for verdict, number in shown.items():
        out, _, code = simulate("claims", str(number), "--no-run")
        assert code == 0
        words = " ".join(out.split())
        claim = register[number]
        assert f"Status {claim.status}; in its own experiments: {claim.experiment}. " in words
        assert "What its own experiments last showed" in words
        assert verdict in words
    out, _, code = simulate("claims", "--list")
    assert code == 0
    for claim in register.values():
        line = next(line for line in out.splitlines() if line.split()[:1] == [str(claim.number)])
        assert claim.experiment == "none" or claim.experiment.split()[0] in line, claim.number


RECORD = ("claims", "--record", "--years", "1", "--workers", "1", "--quiet")


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of its own for the register of claims, in which nothing is recorded."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    text = (places.seeds_dir() / "claims.csv").read_bytes()
    (folder / "claims.csv").write_bytes(text)
    for module in ("files.places", "evidence.claims", "evidence.experiments"):
        monkeypatch.setattr(f"sim.inputs.{module}.seeds_dir", lambda: folder)
    return folder


def test_record_writes_the_register(
    simulate: Callable[..., tuple[str, str, int]], seeds: Path
) -> None:
    """The same seed, the same bytes; nothing else of the register changes."""
    before = (seeds / "claims.csv").read_text(encoding="utf-8")
    out, _, _ = simulate("claims")
    assert "No experiment is recorded." in out
    out, err, code = simulate(*RECORD, "--replications", "3")
    assert (code, err) == (0, "")
    assert "The experiments were run with 3 replications, seed 1" in out
    assert "Out of date" not in out
    first = {path.name: path.read_bytes() for path in seeds.iterdir()}
    assert {*first} == {"claims.csv", "experiments.csv"}
    recorded = load_experiments()
    assert recorded.out_of_date(KNOWN) == ()
    for claim in load_claims().values():
        assert claim.experiment == recorded.of_claim(claim.number, KNOWN)
    after = first["claims.csv"].decode()
    assert [x.rpartition(",")[0] for x in after.splitlines()] == [
        x.rpartition(",")[0] for x in before.splitlines()
    ]
    simulate(*RECORD, "--replications", "3")
    assert {path.name: path.read_bytes() for path in seeds.iterdir()} == first


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "locked", "code", "message"),
    [
        (("--replications", "1"), False, 2, "--replications: must be at least 2"),
        (("--replications", "2"), True, 2, "claims.csv: cannot be written: is read-only"),
    ],
)
def test_a_record_that_cannot_be_made_changes_nothing(
    simulate: Callable[..., tuple[str, str, int]],
    seeds: Path,
    options: tuple[str, ...],
    locked: bool,
    code: int,
    message: str,
) -> None:
    before = (seeds / "claims.csv").read_bytes()
    if locked:
        (seeds / "claims.csv").chmod(0o444)
    out, err, left = simulate(*RECORD, *options)
    assert (out, left) == ("", code)
    assert message in err
    assert {path.name: path.read_bytes() for path in seeds.iterdir()} == {"claims.csv": before}


@pytest.mark.bad_input
def test_record_takes_no_claim(simulate: Callable[..., tuple[str, str, int]]) -> None:
    _, err, code = simulate("claims", "53", "--record")
    assert code == 2
    assert "--record takes no claim" in err


def test_loops_prints_twelve_rows(
    simulate: Callable[..., tuple[str, str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # a loop a row
    out, err, code = simulate("loops", *QUICK)
    assert (code, err) == (0, "")
    for name, loop in KNOWN.loops.items():
        assert any(line.split()[:2] == [name, loop.title.split()[0]] for line in out.splitlines())
    assert "3 replications" in out
    words = " ".join(out.split())
    counted = re.search(r"Of 12 loops shown, (\d+) come .* and (\d+) with .*for (\d+) these", words)
    assert counted is not None
    assert sum(map(int, counted.groups())) == 12


def test_loops_lists_its_switches(simulate: Callable[..., tuple[str, str, int]]) -> None:
    out, _, code = simulate("loops", "--list")
    assert code == 0
    assert "transgression" in out
    assert "balancing" in out
    assert "comes round" in " ".join(out.split())


@pytest.mark.bad_input
def test_an_unknown_loop_leaves_with_2(simulate: Callable[..., tuple[str, str, int]]) -> None:
    _, err, code = simulate("loops", "L13")
    assert err.startswith("loops: unknown mechanism 'L13'")
    assert code == 2
    assert "unknown mechanism 'L13'" in err

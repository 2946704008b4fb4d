"""The command line: what it prints, where, and with which exit code it leaves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from sim.cli import main
from sim.cli.commands import COMMANDS
from sim.model import simulation
from tests.helpers import fake_engine

pytestmark = pytest.mark.standard

FAKE = Path(fake_engine.__file__)

QUICK = ("--years", "2", "--replications", "3", "--no-charts", "--engine", "serial")


class Printed(NamedTuple):
    """What a command printed and its exit code."""

    out: str
    err: str
    code: int


Simulate = Callable[..., Printed]


@pytest.fixture
def simulate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Simulate:
    """The command on the stand-in for the engine, in an empty folder."""
    monkeypatch.setattr(simulation, "run_batch", fake_engine.run_batch)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Printed:
        code = 0
        try:
            main.main(arguments)
        except SystemExit as leave:
            code = int(leave.code or 0)
        out, err = capsys.readouterr()
        return Printed(out, err, code)

    return run


def test_a_run_prints_the_comparison_and_where_the_files_are(
    simulate: Simulate, tmp_path: Path
) -> None:
    printed = simulate("--scenario", "trusts-2016", *QUICK)
    assert printed.code == 0
    assert printed.err == ""
    for name in ("Trusts 2016", "Commissioner only", "Peer support", "No intervention"):
        assert name in printed.out
    assert "Takeover regime, 2016: England, January 2016 to December 2017" in printed.out
    assert "3 replications" in printed.out
    assert 20 <= len(printed.out.splitlines()) <= 40
    assert "Each scenario less trusts-2016" not in printed.out
    folder = printed.out.strip().rsplit("Everything is in ", 1)[1]
    assert (tmp_path / folder / "comparison.csv").is_file()
    assert folder.startswith(f"outputs{os.sep}trusts-2016")


def test_details_print_every_table(simulate: Simulate) -> None:
    printed = simulate("--scenario", "trusts-2016", "--details", *QUICK)
    assert printed.code == 0
    for words in (
        "simultaneous 95 % interval",
        "Each scenario less trusts-2016",
        "What the cost against trusts-2016 is made of, and who pays it",
        "Scenarios: built-in:trusts-2016",
    ):
        assert words in printed.out


def test_a_run_draws_charts_unless_told_not_to(simulate: Simulate, tmp_path: Path) -> None:
    printed = simulate("--scenario", "trusts-2016", *QUICK[:4], "--engine", "serial")
    assert printed.code == 0, printed.err
    assert len(list(tmp_path.rglob("charts/*.svg"))) >= 3
    again = simulate("--scenario", "trusts-2016", *QUICK[:4], "--engine", "serial")
    assert again.code == 0, again.err
    (folder,) = (tmp_path / "outputs" / "trusts-2016").iterdir()
    assert simulate("verify", str(folder)).code == 0


def test_options_choose_what_is_compared_and_set(simulate: Simulate) -> None:
    printed = simulate(
        *("--scenario", "trusts-2016", "--against", "no-intervention", "--seed", "5", *QUICK),
        *("--set", "regime.grace_months=3", "--set-all", "pool.commissioners=2"),
        *("--out", "elsewhere", "--quiet"),
    )
    assert printed.code == 0, printed.err
    assert "seed 5" in printed.out
    assert "peer-support" not in printed.out
    assert "grace_months=3" in printed.out
    assert "Everything is in elsewhere" in printed.out


def test_precision_says_why_it_stopped(simulate: Simulate) -> None:
    printed = simulate(
        *("--scenario", "trusts-2016", *QUICK[:2], "--no-charts", "--engine", "serial"),
        *("--precision", "caseload=4%", "--ceiling", "80"),
    )
    assert printed.code == 0, printed.err
    assert "Stopped after" in printed.out
    assert "the precision asked for was reached" in printed.out


def test_sweep_prints_its_points(simulate: Simulate, tmp_path: Path) -> None:
    printed = simulate(
        *("sweep", "--scenario", "trusts-2016", "--set", "regime.grace_months=3,12"),
        *("--years", "2", "--replications", "3", "--engine", "serial", "--metric", "caseload"),
    )
    assert printed.code == 0, printed.err
    assert "regime.grace_months" in printed.out
    assert "Cases per case-holding worker" in printed.out
    assert len(list(tmp_path.rglob("points.csv"))) == 1


def test_verify_and_luck_read_a_folder(simulate: Simulate, tmp_path: Path) -> None:
    simulate("--scenario", "trusts-2016", *QUICK)
    (folder,) = (tmp_path / "outputs" / "trusts-2016").iterdir()
    printed = simulate("verify", str(folder))
    assert printed.code == 0
    assert "All belong together" in printed.out
    printed = simulate("luck", str(folder))
    assert printed.code == 0
    assert "variance ratio" in printed.out
    with (folder / "summary.csv").open("a") as file:
        file.write("x\n")
    printed = simulate("verify", str(folder))
    assert printed.code == 1
    assert "summary.csv has been changed" in printed.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("list",), ["trusts-2016", "takeover"]),
        (("list", "--levers"), ["regime.grace_months", "months"]),
        (("list", "--metrics"), ["inadequate_council_years", "council-years"]),
        (("list", "--seeds"), ["%"]),
        (("show", "trusts-2016"), ["regime.grace_months", "claim 1", "Compared with"]),
        (("show", "trusts-2016", "--set", "pool.commissioners=2"), ["set for this run"]),
        (("diff", "trusts-2016", "no-intervention"), ["regime.name", "takeover"]),
        (("diff", "trusts-2016", "trusts-2016"), ["run alike"]),
        (("--version",), ["simulate, version"]),
        (("--help",), ["--scenario", "sweep", "verify"]),
        ((), ["--scenario"]),
    ],
    ids=" ".join,
)
def test_every_command_answers(
    simulate: Simulate, tmp_path: Path, arguments: tuple[str, ...], expected: list[str]
) -> None:
    printed = simulate(*arguments)
    assert printed.code == 0, printed.err
    for text in expected:
        assert text in printed.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help(simulate: Simulate, command: str) -> None:
    printed = simulate(command, "--help")
    assert printed.code == 0
    assert printed.out.startswith("Usage: simulate")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--scenario", "trust-2016"), "did you mean trusts-2016"),
        (("--scenario", "missing.toml"), "no scenario file"),
        (("--scenario", "trusts-2016", "--set", "regime.grace_month=3"), "did you mean"),
        (("--scenario", "trusts-2016", "--set", "regime.grace_months=soon"), "must be a number"),
        (("--scenario", "trusts-2016", "--set", "regime.grace_months=99"), "out of bounds"),
        (("--scenario", "trusts-2016", "--set", "regime.grace_months"), "name=value"),
        (("--scenario", "trusts-2016", "--set-all", "pool.comissioners=3"), "did you mean"),
        (("--scenario", "trusts-2016", "--set", "regime.name=takover"), "did you mean takeover"),
        (("--scenario", "trusts-2016", "--against", "peer-suport"), "did you mean peer-support"),
        (("--scenario", "trusts-2016", "--against", "peer-support", "--alone"), "together"),
        (("--scenario", "trusts-2016", "--replications", "-3"), "from 1 to 100000, not -3"),
        (("--scenario", "trusts-2016", "--replications", "many"), "not a valid integer"),
        (("--scenario", "trusts-2016", "--years", "-1"), "years"),
        (("--scenario", "trusts-2016", "--years", "22"), "2036-12-31"),
        (("--scenario", "trusts-2016", "--engine", "dusk"), "did you mean dask"),
        (("--scenario", "trusts-2016", "--engine", "dask"), "dask scheduler"),
        (("--scenario", "trusts-2016", "--engine", "dask", "--scheduler", "here"), "tcp://HOST"),
        (("--scenario", "trusts-2016", "--scheduler", "tcp://h:1"), "use --engine dask"),
        (("--scenario", "trusts-2016", "--precision", "caseload=0"), "above zero"),
        (
            ("--scenario", "trusts-2016", "--precision", "caseload=1", "--precision", "caseload=2"),
            "a second time",
        ),
        (("--scenario", "trusts-2016", "--workers", "0"), "from 1 to"),
        (("--replications", "3"), "--scenario is missing"),
        (("--quiet", "list"), "must come after list"),
        (("lst",), "No such command"),
        (("show", "trust-2016"), "did you mean trusts-2016"),
        (("sweep", "--scenario", "trusts-2016"), "--set or with --design"),
        (("sweep", "--scenario", "trusts-2016", "--set", "pool.x=1"), "unknown lever"),
        (("sweep", "--scenario", "trusts-2016", "--design", "no.csv"), "cannot be read"),
        (("verify", "nowhere"), "not a run folder"),
        (("forecast", "--scenario", "trusts-2016"), "a forecast begins where the record ends"),
        (("forecast", "--until", "2024-12-31"), "must be from 2025-03-31"),
        (("score", "nowhere", "published.csv"), "is no sealed forecast"),
        (("list", "--seeds", "--on", "1999-01-01"), "outside the seeds"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_gets_one_clear_message_and_writes_nothing(
    simulate: Simulate, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    printed = simulate(*arguments)
    assert printed.code == 2, printed
    assert message in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.bad_input
def test_many_mistakes_are_told_together(simulate: Simulate) -> None:
    printed = simulate(
        *("--scenario", "trusts-2016", "--replications", "0", "--seed", "-1"),
        *("--set", "regime.grace_month=3", "--precision", "casload=1"),
    )
    assert printed.code == 2
    for part in ("--seed", "regime.grace_months", "did you mean caseload"):
        assert part in printed.err


@pytest.mark.bad_input
@pytest.mark.skipif(sys.platform == "win32", reason="folders there are not closed to writing so")
def test_a_place_that_cannot_be_written_is_told(simulate: Simulate, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    printed = simulate("--scenario", "trusts-2016", *QUICK, "--out", "file")
    assert printed.code == 2
    assert "choose another --out" in printed.err


def test_a_failed_run_leaves_with_one(simulate: Simulate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.runs.chunk.code_sha256", lambda _: "other")
    printed = simulate("--scenario", "trusts-2016", *QUICK)
    assert printed.code == 1
    assert "runs other code" in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for another process there")
@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_ctrl_c_leaves_with_130_and_no_half_written_folder(tmp_path: Path, engine: str) -> None:
    command = [sys.executable, str(FAKE), "--scenario", "trusts-2016", *QUICK[:5]]
    process = subprocess.Popen(
        [*command, "--engine", engine, "--workers", "2"],
        cwd=tmp_path,
        env=os.environ | {fake_engine.SLOWNESS: "60"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        # Not with rglob, which fails where a folder vanishes while it looks.
        if any("chunks" in folders for _, folders, _ in os.walk(tmp_path)):
            break
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    assert process.stderr is not None
    said = ""
    while "Stopped." not in said and (line := process.stderr.readline()):
        said += line
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGINT)  # impatience
    err = said + process.stderr.read()
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped." in err
    assert "nothing is kept" in err
    assert "Traceback" not in err
    assert not (tmp_path / "outputs").exists()


def test_help_answers_at_once_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from sim.cli import main as cli\n"
        "try:\n    cli.main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'simpy', 'matplotlib', 'pydantic', 'rich'}\n"
        "print('heavy:', sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("heavy: []\n")

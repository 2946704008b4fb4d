"""Progress on a terminal, in a notebook, and none elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.runs.progress import Progress, ProgressLine, open_progress

pytestmark = pytest.mark.standard

FAKE = Path(__file__).parents[1] / "helpers" / "fake_engine.py"


def test_nothing_is_told_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with open_progress(quiet=False) as progress:
        assert type(progress) is Progress
        progress.total(3)
        progress.advance(1)
        progress.say("hello")
    assert capsys.readouterr() == ("", "")


def test_a_line_tells_share_and_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine()
    line.total(200)
    line.advance(50)
    line.say("4 scenarios")
    out = capsys.readouterr().out
    assert "4 scenarios: 25%, about" in out
    line.close()
    assert capsys.readouterr().out.strip() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("more", "shown"), [((), True), (("--quiet",), False)])
def test_a_bar_is_drawn_on_a_terminal_unless_quiet(
    tmp_path: Path, more: tuple[str, ...], shown: bool
) -> None:
    command = [sys.executable, str(FAKE), "--scenario", "trusts-2016", "--years", "2"]
    command += ["--replications", "4", "--no-charts", "--out", str(tmp_path), *more]
    seen, code = run_on_a_terminal(command)
    assert code == 0
    assert (b"5 scenarios, 4 replications" in seen) is shown
    assert b"Takeover regime" in seen


def run_on_a_terminal(command: list[str]) -> tuple[bytes, int]:
    """What the command shows on a pseudo-terminal, and its exit code."""
    import pty

    ours, theirs = pty.openpty()
    more = {"TERM": "xterm", "COLUMNS": "120", "FAKE_ENGINE_SECONDS": "0.5"}
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=os.environ | more)
    os.close(theirs)
    seen = bytearray()
    while True:
        try:
            seen += os.read(ours, 4096)
        except OSError:  # the other end is closed
            os.close(ours)
            return bytes(seen), process.wait()


@pytest.mark.standard
def test_progress_and_tables_show_in_a_notebook(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    code = (
        f"import sys; sys.path.insert(0, {str(FAKE.parents[2])!r})\n"
        "import sim\nfrom tests.helpers import fake_engine\n"
        "fake_engine.install()\n"
        "base = sim.load_scenario('trusts-2016', years=2)\n"
        "run = sim.simulate(base, replications=4, engine='serial')\n"
        "run"
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    outputs = book.cells[0].outputs
    told = "".join(output.get("text", "") for output in outputs)
    assert "5 scenarios, 4 replications: " in told
    assert any("<table" in output.get("data", {}).get("text/html", "") for output in outputs)

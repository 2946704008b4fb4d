"""What the explorer costs: to write, to send, and to answer when a slider moves.

    python benchmarks/explorer.py [STUDY]

Writes the page of a made-up run of 4 options with 50 replications and of one with 10 options, and
says how long that took and how large the pages are. With Chromium, playwright and STUDY, the folder
of an exploration of one of those options, it also times the answer to a slider over 1,000 futures
of six regimes. A benchmark and no test: the times are those of this machine.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sim.report.explorer.explorer_page import explorer
from tests.helpers.synthetic_run import RUN_SCENARIOS, make_run

FUTURES, REGIMES = 1000, 6

# Puts other numbers in place of those of the page, and times so many answers.
_TIMED = """([futures, regimes, answers]) => {
  const draws = count => Array.from({length: count}, Math.random);
  B.groups = Array.from({length: futures}, (_, f) => Math.floor(f / 8));
  B.sliders.forEach(s => { s.values = draws(futures).map(u => s.low + u * (s.high - s.low)); });
  B.measures.forEach(m => { m.values = Array.from({length: regimes}, () => draws(futures)); });
  B.labels = B.scenarios = Array.from({length: regimes}, (_, r) => "Regime " + r);
  const times = [];
  for (let k = 0; k < answers; k++) {
    state.centres = B.sliders.map(s => s.low + Math.random() * (s.high - s.low));
    const began = performance.now();
    believe();
    document.body.offsetHeight;  // so that the page is laid out, too
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return [times[Math.floor(answers / 2)], times[answers - 1], B.sliders.length];
}"""


def main() -> None:
    """Print times and sizes."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        run = make_run(folder / "four", replications=50)
        timed("4 options, 50 replications", run)
        one = next(iter(RUN_SCENARIOS.values()))
        ten = make_run(folder / "ten", {f"option-{k}": one for k in range(10)}, replications=50)
        timed("10 options, 50 replications", ten)
        if len(sys.argv) > 1:
            answers(explorer(run, study=Path(sys.argv[1])))


def timed(what: str, run: Path) -> None:
    """Write the page twice and print the second time: the first reads what every run has read."""
    explorer(run)
    began = time.perf_counter()
    page = explorer(run)
    seconds = time.perf_counter() - began
    print(f"{what}: {seconds:.1f} s to write, {page.stat().st_size / 1e6:.2f} MB")


def answers(page: Path) -> None:
    """Time the answers to a slider in Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        opened.goto(f"{page.as_uri()}#believe")
        median, most, sliders = opened.evaluate(_TIMED, [FUTURES, REGIMES, 50])
        browser.close()
    print(
        f"{FUTURES:,} futures, {REGIMES} regimes, {sliders} sliders: "
        f"{median:.0f} ms to answer, {most:.0f} ms at most"
    )


if __name__ == "__main__":
    main()

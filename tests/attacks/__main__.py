"""How many attacks are tried, by group: `python -m tests.attacks` prints the table.

With `--run` they are run, those of the full tier too, and the table says how many were clear.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

GROUPS = {
    "test_bounds": "files, numbers, names and designs out of bounds",
    "test_causes": "failures of the system and of libraries",
    "test_identity": "identity, plug-ins of other text, states of git",
    "test_installations": "forms of installation, line ends",
    "test_kills": "commands killed, workers killed and stopped",
    "test_loaded_code": "files edited after they were imported",
    "test_names_of_scenarios": "names and paths of scenarios, odd lengths",
    "test_plug_ins": "regimes that fail or loop",
    "test_start_methods": "workers started afresh",
    "test_tampering": "folders changed since the run",
    "test_text": "text, titles, character sets, outputs in use",
    "test_workers": "workers that die, stop or cannot be had",
}


class Tally:
    """Counts what pytest collects and what passes, by module."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.clear: Counter[str] = Counter()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the attacks."""
        self.tried.update(item.path.stem for item in session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count those that are clear."""
        if report.when == "call" and report.passed:
            self.clear[Path(report.location[0]).stem] += 1


def main() -> int:
    """Count, and run where that is asked for; 1 where some attack is not clear."""
    run = "--run" in sys.argv[1:]
    tally = Tally()
    here = str(Path(__file__).parent)
    how = [] if run else ["--collect-only"]
    pytest.main([here, "--tier", "all", "-q", "-n0", "--no-header", *how, "-qq"], plugins=[tally])
    print("\n| group | tried |" + (" clear |" if run else ""))
    print("| --- | --- |" + (" --- |" if run else ""))
    for module in sorted(tally.tried):
        cells = [GROUPS.get(module, module), tally.tried[module]]
        cells += [tally.clear[module]] if run else []
        print(f"| {' | '.join(map(str, cells))} |")
    totals = [sum(tally.tried.values())] + ([sum(tally.clear.values())] if run else [])
    print(f"| all | {' | '.join(map(str, totals))} |")
    return int(run and totals[0] != totals[1])


if __name__ == "__main__":
    sys.exit(main())

"""The table that gives the size of a cluster is what the benchmark prints."""

from __future__ import annotations

import re
import runpy
from datetime import date
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_holds_the_rows_that_the_benchmark_prints() -> None:
    scaling = runpy.run_path(str(ROOT / "benchmarks" / "scaling.py"))
    size = scaling["Size"](100, 36.0, 512.3, 0.44, 12.6, 0.36)
    rows = scaling["table"](size, date(2026, 11, 30))
    assert rows[2].startswith("| countries of ten years, each hour on each core | about 10,000 (")
    assert rows[3] == "| memory of a worker | 510 MB |"
    assert rows[-1].endswith("| 1.0 % of the time to run it |")
    page = (ROOT / "docs" / "how-to" / "cluster.md").read_text(encoding="utf-8")
    at = page.splitlines().index(rows[0])
    table = page.splitlines()[at : at + len(rows)]
    assert [_bare(row) for row in table] == [_bare(row) for row in rows]


def _bare(row: str) -> str:
    """A row without its figures and the month they are of."""
    return re.sub(r"[\d.,]+", "#", re.sub(r"[A-Z][a-z]+ \d{4}\)", "MONTH)", row))

"""Charts by year say when no grade could change, when few did, and when none is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from sim.report.charts.all_charts import chart_named
from sim.report.charts.lines import grades_end, inspection_notes, pauses, slow_times
from sim.report.charts.style import GREY
from sim.results.run_folder import Run, open_run
from sim.runs.scenarios_of_run import choose_scenarios

pytestmark = pytest.mark.quick

NONE, USUAL = "0.0", "1.0"


def paused(run: Run, **texts: str) -> Run:
    """The run as if its scenarios had been these."""
    run_scenarios = [{"name": name.replace("_", "-"), "text": text} for name, text in texts.items()]
    names = [run_scenario["name"] for run_scenario in run_scenarios]
    fields = {"scenario": names[0], "scenarios": names, "identity": {"scenarios": run_scenarios}}
    return Run(run.folder, {**run.record, **fields})


def plan(changes: Mapping[str, str], lever: str = "ofsted.capacity") -> str:
    return "".join(
        f'[[change]]\nfrom = {day}\nlever = "{lever}"\nvalue = {value}\n'
        for day, value in changes.items()
    )


def bands_in(svg: str) -> int:
    """Grey areas."""
    return len(re.findall(rf"fill: {GREY.lower()}", svg))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {"2020-03-17": NONE, "2021-04-12": USUAL},
            [(date(2020, 3, 17), date(2021, 4, 12))],
        ),
        # From before the run, and to its end.
        ({"2013-11-01": NONE, "2016-05-01": USUAL}, [(date(2016, 1, 1), date(2016, 5, 1))]),
        ({"2025-01-01": NONE, "2027-01-01": USUAL}, [(date(2025, 1, 1), date(2026, 1, 1))]),
        # Said twice, it is one pause; and none after the end.
        (
            {"2016-01-01": NONE, "2020-03-17": NONE, "2021-04-12": USUAL},
            [(date(2016, 1, 1), date(2021, 4, 12))],
        ),
        ({"2026-01-01": NONE}, []),
    ],
)
def test_when_inspections_are_paused(
    shared_run: Path, changes: dict[str, str], expected: list[tuple[date, date]]
) -> None:
    run = open_run(shared_run)
    assert pauses(paused(run, one=plan(changes))) == expected
    assert pauses(paused(run, one=plan(changes, "ofsted.trigger_sensitivity"))) == []


def test_runs_made_before_the_lever_had_steps_still_show_their_pause(shared_run: Path) -> None:
    old = plan({"2020-03-17": "true", "2021-04-12": "false"}, "ofsted.inspections_paused")
    assert pauses(paused(open_run(shared_run), one=old)) == [(date(2020, 3, 17), date(2021, 4, 12))]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"2020-03-17": NONE, "2021-04-12": "0.1", "2021-10-01": USUAL}, [(4, 10)]),
        # What goes on to the end is what is usual.
        ({"2020-03-17": NONE, "2021-04-12": "0.1", "2021-10-01": "0.5"}, [(4, 10)]),
        ({"2021-04-12": "0.5"}, []),
        # However a file orders them.
        ({"2021-10-01": "0.5", "2021-04-12": "0.1"}, [(4, 10)]),
    ],
)
def test_when_there_are_few_inspections(
    shared_run: Path, changes: dict[str, str], expected: list[tuple[int, int]]
) -> None:
    spans = slow_times(paused(open_run(shared_run), one=plan(changes)))
    assert [(first.month, last.month) for first, last in spans] == expected


def test_a_pause_within_a_month_is_named_by_it(shared_run: Path) -> None:
    run = paused(open_run(shared_run), one=plan({"2020-03-02": "0", "2020-03-27": "1.0"}))
    assert inspection_notes(run) == " Grey: no inspections, March 2020."


def test_when_reports_give_no_overall_grade(shared_run: Path) -> None:
    run, lever = open_run(shared_run), "ofsted.overall_grade"
    none = paused(run, one=plan({"2024-04-01": "false"}, lever))
    assert grades_end(none) == date(2024, 4, 1)
    assert "Upright line: from April 2024 reports give no overall grade" in inspection_notes(none)
    assert grades_end(paused(run, one=plan({"2026-04-01": "false"}, lever))) is None  # after it
    back = plan({"2024-04-01": "false", "2025-04-01": "true"}, lever)
    assert grades_end(paused(run, one=back)) is None
    assert grades_end(paused(run, one=plan({"2024-04-01": "false"}, lever), other="")) is None


def test_scenarios_that_differ_share_no_pause(shared_run: Path) -> None:
    run, both = open_run(shared_run), plan({"2020-03-17": NONE, "2021-04-12": USUAL})
    assert len(pauses(paused(run, one=both, other=both))) == 1
    assert pauses(paused(run, one=both, other="")) == []
    assert inspection_notes(paused(run, one=both, other="")) == ""


def test_the_pause_and_the_slow_return_of_the_shipped_scenarios_are_found(shared_run: Path) -> None:
    texts = {
        run_scenario.name.replace("-", "_"): run_scenario.identity()["text"]
        for run_scenario in choose_scenarios("trusts-2016")
    }
    run = paused(open_run(shared_run), **texts)
    assert pauses(run) == [(date(2020, 3, 17), date(2021, 4, 12))]
    assert slow_times(run) == [
        (date(2018, 1, 1), date(2018, 10, 1)),
        (date(2021, 4, 12), date(2021, 10, 1)),
    ]


def test_charts_by_year_show_it_and_say_so(shared_run: Path) -> None:
    plain = open_run(shared_run)
    text = plan({"2020-03-17": NONE, "2021-04-12": USUAL})
    run = paused(plain, **{name.replace("-", "_"): text for name in plain.scenarios})
    words_added = " Grey: no inspections, March 2020 to April 2021."
    for name in ("councils-inadequate", "councils-by-grade"):
        before, after = chart_named(plain, name), chart_named(run, name)
        for words in ("subtitle", "alt"):
            assert str(getattr(after, words)) == str(getattr(before, words)) + words_added
        bands = [bands_in(one.drawing()) for one in (before, after)]
        assert bands == [0, 1]

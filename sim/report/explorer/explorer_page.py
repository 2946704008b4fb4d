"""The explorer of a run: one page that needs nothing else, written into the run folder."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from sim.inputs.files.problems import Problem, collecting, raise_if_any
from sim.report.charts.chart import NOT_A_PLACE
from sim.report.explorer.answer_view import AnswerView, answer_view, measures_of
from sim.report.explorer.belief_view import BeliefView, belief_view
from sim.report.explorer.council_view import CouncilView, as_json, council_view, headings
from sim.report.explorer.intervention_bills import PARTS
from sim.report.explorer.lever_view import LeverView, lever_view, open_sweep
from sim.report.explorer.trust_view import TrustView, trust_view
from sim.report.output_files import write_files, writing
from sim.report.words.cited_study import CitedStudy, open_study
from sim.report.words.html import page
from sim.results.run_folder import Run, Sweep, check_written_apart, open_run

NAME = "explorer.html"
# Beside the one that the run sealed: with what was studied since.
WITH_STUDIES = "explorer-studied.html"
_TEMPLATES = files("sim.report") / "templates" / "explorer"


@dataclass(frozen=True)
class Explorer:
    """All that the page says. `belief` and `levers` need a study and a sweep."""

    run: Run
    answer: AnswerView
    levers: tuple[LeverView, ...]
    council: CouncilView
    belief: BeliefView | None
    trust: TrustView

    @property
    def regimes(self) -> list[str]:
        """The options as columns are called."""
        return headings(self.run)

    def data(self) -> dict[str, Any]:
        """What the page's script reads."""
        return {
            "scenarios": list(self.run.scenarios),
            "labels": self.regimes,
            "period": self.run.period,
            "seed": self.run.seed,
            "council": dict(self.council.data),
            "belief": None if self.belief is None else dict(self.belief.data),
        }


def explorer(
    run_folder: Path,
    out: Path | None = None,
    *,
    study: Path | None = None,
    sweeps: Sequence[Path] = (),
    record: Mapping[str, Any] | None = None,
) -> Path:
    """Write the explorer of a run and give its path.

    By default it lies in the run folder: explorer.html, and with a study or sweeps
    explorer-studied.html, so that what the run sealed stays as it was. `study` is the folder of
    an exploration, `sweeps` those of sweeps; `record` the run's record where it is not yet in the
    folder. Raises InputError with everything wrong: a folder that is no whole run, study or sweep,
    a run that did not count what the page tells, or a place that cannot be written.
    """
    problems: list[Problem] = []
    run: Run | None = None
    opened: CitedStudy | None = None
    moved: list[Sweep] = []
    with collecting(problems):
        run = open_run(Path(run_folder), record)
        if record is None:  # a run that is just done is not to fail at its last page
            check_written_apart(run)
        raise_if_any(_uncounted(run))
    if study is not None:
        with collecting(problems):
            opened = open_study(Path(study))
    for folder in sweeps:
        with collecting(problems):
            moved.append(open_sweep(Path(folder)))
    raise_if_any(problems)
    assert run is not None
    path = out or run.folder / (WITH_STUDIES if study or sweeps else NAME)
    with writing(path):
        made = Explorer(
            run=run,
            levers=tuple(lever_view(run, sweep) for sweep in moved),
            belief=None if opened is None else belief_view(run, opened),
            answer=answer_view(run),
            council=council_view(run),
            trust=trust_view(run),
        )
        write_files({path: page_text(made).encode()})
    return path


def page_text(made: Explorer) -> str:
    """The whole page as text."""
    style = _text("explorer.css")
    script = _text("explorer.js")
    return page(
        "explorer/explorer.html",
        made=made,
        run=made.run,
        measures=measures_of(made.run),
        data=Markup(as_json(made.data())),
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        not_a_place=NOT_A_PLACE,
    )


def _uncounted(run: Run) -> list[Problem]:
    """What a run of an earlier version did not count and the page tells."""
    counted = {*run.summary["metric"]}
    wanted = [
        name for measure in measures_of(run) for key, name in measure.where if key == "metric"
    ]
    missing = [name for name in (*wanted, *PARTS) if name not in counted]
    if not missing:
        return []
    what = f"run {run.run_id} did not count {', '.join(dict.fromkeys(missing))}"
    hint = "it was made by another version of the program: make it again, or use that version"
    return [Problem("explorer", what, hint)]


def _text(name: str) -> str:
    """A file of the page. It is read as it stands, so that its hash is that of the page's block."""
    return (_TEMPLATES / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    """What a content security policy calls a block of this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

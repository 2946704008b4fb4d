"""The lives of one council as a run folder tells them."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from sim.inputs.files.problems import Problem, did_you_mean, raise_if_any
from sim.report.story.life import Happening, Life
from sim.report.story.odds import Spans
from sim.results.schema import label

if TYPE_CHECKING:
    from sim.results.run_folder import Run  # loads pandas, which a story told live never needs


def world_name(scenario: str) -> str:
    """A scenario's name as it is written in a story."""
    name, _, levers = scenario.partition(" with ")
    return f"{label(name)} with changes" if levers else label(name)


def changes_in(scenarios: Iterable[str]) -> list[str]:
    """What "with changes" stands for, as sentences."""
    return [
        f"{world_name(scenario)}: set for this run, {scenario.partition(' with ')[2]}."
        for scenario in scenarios
        if " with " in scenario
    ]


def check_asked(run: Run, scenarios: list[str], replication: int) -> None:
    """Raise InputError for scenarios or a replication whose events the folder does not hold."""
    problems = [
        Problem(
            str(run.folder),
            f"has no scenario {name!r}",
            did_you_mean(name, run.scenarios) or f"it has {', '.join(run.scenarios)}",
        )
        for name in scenarios
        if name not in run.scenarios
    ]
    kept = sorted(int(number) for number in run.events["replication"].unique())
    if replication not in kept:
        held = f"it keeps those of {', '.join(map(str, kept))}" if kept else "it keeps none"
        problems.append(
            Problem(
                str(run.folder),
                f"keeps no events of replication {replication}",
                f"{held}; run again with --events {max(replication, 1)}",
            )
        )
    raise_if_any(problems)


def life_of(run: Run, ons_code: str, council: str, scenario: str, replication: int) -> Life:
    """One council's life in one replication of a run whose events are kept.

    Yearly figures are given only by a run of one replication: a folder holds their means.
    """
    events = run.events
    events = events[(events["scenario"] == scenario) & (events["replication"] == replication)]
    lent = (
        events["details"].fillna("").str.contains(f'"lender": {json.dumps(council)}', regex=False)
    )
    lent_ids = set(events.loc[lent, "id"])
    chosen = events[
        (events["la_code"] == ons_code)
        | (events["la_name"] == "England")
        | lent
        | events["cause"].isin(lent_ids)
    ]
    return Life(
        scenario=scenario,
        label=world_name(scenario),
        rule=str(run.plans[scenario].get("description", "")),
        council=council,
        start=run.start,
        end=run.end,
        events=tuple(_happening(row) for row in chosen.to_dict("records")),
        series=_series(run, ons_code, scenario) if run.replication_count == 1 else {},
    )


def spans_of(run: Run, ons_code: str, scenario: str) -> list[Spans]:
    """The inadequate spells of a council, replication by replication."""
    spells = run.spells
    spells = spells[(spells["scenario"] == scenario) & (spells["la_code"] == ons_code)]
    found: list[Spans] = []
    for number in range(1, run.replication_count + 1):
        mine = spells[spells["replication"] == number].sort_values("started")
        found.append(
            [
                (row["started"].date(), row["ended"].date() if row["exited"] else None)
                for row in mine.to_dict("records")
            ]
        )
    return found


def _happening(row: dict[Hashable, Any]) -> Happening:
    cause, details, day = row["cause"], row["details"], row["date"]
    return Happening(
        id=int(str(row["id"])),
        day=date(day.year, day.month, day.day),
        council=str(row["la_name"]),
        kind=str(row["kind"]),
        cause=None if cause != cause else int(cause),
        details=json.loads(details) if isinstance(details, str) and details else {},
    )


def _series(run: Run, ons_code: str, scenario: str) -> dict[str, dict[int, float]]:
    table = run.councils
    table = table[(table["new_la_code"] == ons_code) & (table["scenario"] == scenario)]
    found: dict[str, dict[int, float]] = {}
    for row in table.to_dict("records"):
        value = float(row["mean"])
        if math.isfinite(value):
            year = int(str(row["time_period"])[:4]) + 1
            found.setdefault(str(row["metric"]), {})[year] = value
    return found

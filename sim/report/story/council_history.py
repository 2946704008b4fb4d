"""What happened to one council in one replication of a scenario: events, spells, interventions."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.inputs.files.problems import Problem, did_you_mean, raise_if_any
from sim.results.schema import label
from sim.units import DAYS_A_MONTH, GRADES

if TYPE_CHECKING:
    from sim.inputs.councils.council_names import CouncilName
    from sim.results.run_folder import Run  # loads pandas, which a new simulation never needs

Detail = str | int | float | bool
INADEQUATE = GRADES[1]
GRADE_NUMBERS = {"none": 0, **{grade: number for number, grade in GRADES.items()}}
# What a wait is for, and the events that show that it came.
_AWAITED = {
    "commissioner awaited": ("commissioner review", "commissioner appointed"),
    "sponsor awaited": ("sponsor found",),
    "peer team awaited": ("peer team began", "partner began"),
}
# The event that begins each kind of intervention, and those that end it.
_INTERVENTIONS = {
    "commissioner appointed": ("commissioner", ("commissioner left",)),
    "peer team began": ("peer team", ("peer team left",)),
    "sponsor took control": ("sponsor", ("sponsor left",)),
    "trust set-up began": ("set-up", ("trust opened", "trust order lapsed")),
    "trust opened": ("trust", ("trust failed", "trust handed back", "trust contract ended")),
}


@dataclass(frozen=True)
class StoryEvent:
    """One event, as a run's events.csv.gz has it. `council` is a name, "England" for all."""

    id: int
    day: date
    council: str
    kind: str
    cause: int | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A detail as text, "" where it is not given."""
        return str(self.details.get(name, ""))

    def number(self, name: str) -> float | None:
        """A detail as a number, None where it is not given."""
        value = self.details.get(name)
        return float(value) if isinstance(value, (int, float)) else None


@dataclass(frozen=True)
class Period:
    """The time from one event to another, which is None where it goes on to the end of the run.

    `kind` is "inadequate" for a spell judged so, and for an intervention "commissioner",
    "peer team", "sponsor" (a strong council in control), "set-up" (of a trust) or "trust".
    """

    kind: str
    began: StoryEvent
    ended: StoryEvent | None

    @property
    def first(self) -> date:
        """The first day."""
        return self.began.day

    @property
    def last(self) -> date | None:
        """The day of its end."""
        return None if self.ended is None else self.ended.day

    @property
    def persistent(self) -> bool:
        """Of a spell: whether the council had been inadequate shortly before."""
        return bool(self.began.details.get("persistent", False))


@dataclass(frozen=True)
class Phase:
    """A stretch of the run, inadequate or not throughout. `spell` is None while not inadequate."""

    first: date
    last: date | None
    spell: Period | None


@dataclass(frozen=True)
class CouncilHistory:
    """One council under one scenario, in one replication.

    `events` are the council's own, England's, and those of other councils that name this one
    as a lender, and what these led to. `series` gives yearly figures: metric -> calendar year of
    the 31 March -> value; `end` is the day after the last. `opening_grade` is the judgement on
    the first day, "" where it is not known; `inherited` where it is that of the council that this
    one came from.
    """

    scenario: str
    description: str
    council: str
    start: date
    end: date
    events: tuple[StoryEvent, ...]
    series: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    opening_grade: str = ""
    inherited: bool = False

    @property
    def label(self) -> str:
        """The scenario's name as a story writes it."""
        return scenario_label(self.scenario)

    @cached_property
    def own(self) -> tuple[StoryEvent, ...]:
        """The council's own events, in order."""
        own = (event for event in self.events if event.council == self.council)
        return tuple(sorted(own, key=lambda event: (event.day, event.id)))

    @cached_property
    def judgements(self) -> tuple[StoryEvent, ...]:
        """The judgements published in the run, in order."""
        return tuple(
            event
            for event in self.own
            if event.kind == "judgement published" and not self.in_opening_state(event)
        )

    @cached_property
    def _by_id(self) -> dict[int, StoryEvent]:
        return {event.id: event for event in self.events}

    # -- causes ----------------------------------------------------------------------------

    def cause_of(self, event: StoryEvent) -> StoryEvent | None:
        """The event that led to this one, where it is known."""
        return None if event.cause is None else self._by_id.get(event.cause)

    def led_to(self, event: StoryEvent, *kinds: str) -> StoryEvent | None:
        """The first event of the kinds (any, where none is named) that this one led to."""
        for later in self.own:
            if later.cause == event.id and (not kinds or later.kind in kinds):
                return later
        return None

    def end_of_wait(self, wait: StoryEvent) -> StoryEvent | None:
        """What a wait was for, if it came before the spell was over; None where it did not.

        The causes do not tell: where the council fails again meanwhile, that failure and not
        the wait is what the next step of its case follows from.
        """
        for later in self.own:
            if (later.day, later.id) > (wait.day, wait.id):
                if later.kind in _AWAITED.get(wait.kind, ()):
                    return later
                if later.kind in (wait.kind, "failure ended"):
                    return None
        return None

    def wait_before(self, event: StoryEvent) -> StoryEvent | None:
        """The wait that an event brought to its end; None where there was none."""
        for wait in self.own:
            if wait.kind in _AWAITED and self.end_of_wait(wait) is event:
                return wait
        return None

    def follows_start(self, event: StoryEvent) -> bool:
        """Whether it was already under way when the run started."""
        cause = self.cause_of(event)
        return cause is not None and cause.kind == "run started"

    def in_opening_state(self, event: StoryEvent) -> bool:
        """Whether it is part of the state on the first day rather than of the story."""
        return event.day < self.start or (self.follows_start(event) and event.day <= self.start)

    # -- spells and phases -----------------------------------------------------------------

    @cached_property
    def spells(self) -> tuple[Period, ...]:
        """Times judged inadequate, in order."""
        spells: list[Period] = []
        for event in self.own:
            if event.kind == "failure began":
                spells.append(Period("inadequate", event, None))
            elif event.kind == "failure ended" and spells:
                spells[-1] = Period("inadequate", spells[-1].began, event)
        return tuple(spells)

    @cached_property
    def starts_inadequate(self) -> bool:
        """Whether the council is in a spell on the first day."""
        return bool(self.spells) and self.spells[0].first <= self.start

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The run cut where the council becomes inadequate and where it no longer is."""
        phases: list[Phase] = []
        free_from: date | None = self.start
        for spell in self.spells:
            if free_from is not None and spell.first > free_from:
                phases.append(Phase(free_from, spell.first, None))
            phases.append(Phase(spell.first, spell.last, spell))
            free_from = spell.last
        if free_from is not None and free_from < self.end:
            phases.append(Phase(free_from, None, None))
        return tuple(phases)

    def spell_on(self, day: date) -> Period | None:
        """The spell that a day falls in, its first and last days included."""
        for spell in self.spells:
            if spell.first <= day and (spell.last is None or day <= spell.last):
                return spell
        return None

    def phase_on(self, day: date) -> Phase | None:
        """The phase that a day belongs to; a spell owns its first and its last day."""
        spell = self.spell_on(day)
        for phase in self.phases:
            within = phase.first <= day < (phase.last or self.end)
            if phase.spell == spell and (spell is not None or within):
                return phase
        return None

    # -- interventions -----------------------------------------------------------------------

    @cached_property
    def interventions(self) -> tuple[Period, ...]:
        """Every intervention, in order of its beginning."""
        periods = []
        for event in self.own:
            kind, ends = _INTERVENTIONS.get(event.kind, ("", ()))
            if not kind:
                continue
            place = (event.day, event.id)
            after = [e for e in self.own if e.kind in ends and (e.day, e.id) > place]
            # Two of a kind may overlap: the end that names this beginning is the right one.
            named = [e for e in after if e.cause == event.id]
            if kind == "trust":
                # A trust whose provider is replaced goes on.
                named = [e for e in named if self.led_to(e, "next provider sought") is None]
            if kind == "set-up":
                named = named or after
            periods.append(Period(kind, event, named[0] if named else None))
        return tuple(periods)

    def interventions_on(self, day: date) -> list[Period]:
        """Those that began before a day and had not ended before it."""
        return [p for p in self.interventions if p.first < day and (p.last or day) >= day]

    def months_with(self, kind: str, until: date | None = None) -> float:
        """Months of a kind of period from the first day simulated to a day (the last).

        Two at once count once.
        """
        days: set[int] = set()
        for period in (*self.spells, *self.interventions):
            if period.kind == kind:
                first, last = (day.toordinal() for day in self.simulated(period, until))
                days.update(range(first, last))
        return len(days) / DAYS_A_MONTH

    def simulated(self, period: Period, until: date | None = None) -> tuple[date, date]:
        """The first and the last day of a period, cut to the run (up to a day)."""
        end = until or self.end
        return max(period.first, self.start), min(period.last or end, end)

    @property
    def months_inadequate(self) -> float:
        """Months judged inadequate between the first and the last day simulated."""
        return self.months_with("inadequate")

    # -- judgements --------------------------------------------------------------------------

    @property
    def final_judgement(self) -> str:
        """The judgement that holds on the last day, "" where none is known."""
        grades = [e.text("grade") for e in self.own if e.kind == "judgement published"]
        return grades[-1] if grades else self.first_judgement

    @property
    def first_judgement(self) -> str:
        """The judgement that holds on the first day, "" where none is known."""
        if self.opening_grade:
            return self.opening_grade
        if self.starts_inadequate:
            return INADEQUATE
        published = (e.text("before") for e in self.own if e.kind == "judgement published")
        return next(published, "")


def scenario_label(scenario: str) -> str:
    """A scenario's name as a story writes it; levers set for the run are "changes"."""
    name, _, levers = scenario.partition(" with ")
    return f"{label(name)} with changes" if levers else label(name)


def changes_in(scenarios: Iterable[str]) -> list[str]:
    """What "with changes" stands for, as sentences."""
    return [
        f"{scenario_label(scenario)}: set for this run, {scenario.partition(' with ')[2]}."
        for scenario in scenarios
        if " with " in scenario
    ]


def events_about(council: str, events: Iterable[StoryEvent]) -> tuple[StoryEvent, ...]:
    """The events of a replication that a council's history is made of."""
    events = tuple(events)
    lent = {event.id for event in events if event.text("lender") == council}
    return tuple(
        event
        for event in events
        if event.council in (council, "England") or event.id in lent or event.cause in lent
    )


def yearly_series(rows: Iterable[tuple[str, str, float]]) -> dict[str, dict[int, float]]:
    """Metric -> calendar year of the 31 March -> value, from (metric, financial year, value).

    Values that are not known are left out.
    """
    series: dict[str, dict[int, float]] = {}
    for metric, year, value in rows:
        if math.isfinite(value):
            series.setdefault(metric, {})[int(year[:4]) + 1] = value
    return series


# -- from a run folder -----------------------------------------------------------------------


def check_folder(run: Run, scenarios: Sequence[str], replication: int) -> None:
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
    numbers = sorted(int(number) for number in run.events["replication"].unique())
    if replication not in numbers:
        holds = f"those of {', '.join(map(str, numbers))}" if numbers else "none"
        problems.append(
            Problem(
                str(run.folder),
                f"keeps no events of replication {replication}",
                f"it keeps {holds}; run again with --events {max(replication, 1)}",
            )
        )
    raise_if_any(problems)


def history_from_folder(
    run: Run, council: CouncilName, scenario: str, replication: int
) -> CouncilHistory:
    """One council's history in one replication of a run whose events are kept.

    Yearly figures are given only by a run of one replication: a folder holds their means.
    """
    rows = run.events
    rows = rows[(rows["scenario"] == scenario) & (rows["replication"] == replication)]
    (opening,) = run.starting_state.query("la_name == @council.name").to_dict("records")
    series = {}
    if run.replication_count == 1:
        table = run.councils
        table = table[(table["la_name"] == council.name) & (table["scenario"] == scenario)]
        series = yearly_series(
            (str(row["metric"]), str(row["time_period"]), float(row["mean"]))
            for row in table.to_dict("records")
        )
    return CouncilHistory(
        scenario=scenario,
        description=str(run.plans[scenario].get("description", "")),
        council=council.name,
        start=run.start,
        end=run.end,
        events=events_about(council.name, (event_of_row(row) for row in rows.to_dict("records"))),
        series=series,
        opening_grade=GRADES.get(int(opening["opening_grade"]), "none"),
        inherited=bool(opening["inherited"]),
    )


def spells_from_folder(
    run: Run, council: CouncilName, scenario: str
) -> list[list[tuple[date, date | None]]]:
    """First and last days of a council's inadequate spells, for each replication of a run."""
    rows = run.spells
    rows = rows[(rows["scenario"] == scenario) & (rows["la_name"] == council.name)]
    spells: list[list[tuple[date, date | None]]] = [[] for _ in range(run.replication_count)]
    for row in rows.sort_values("started").to_dict("records"):
        last = row["ended"].date() if row["exited"] else None
        spells[int(row["replication"]) - 1].append((row["started"].date(), last))
    return spells


def event_of_row(row: Mapping[Hashable, Any]) -> StoryEvent:
    """An event from a row of the table of events."""
    cause, details, day = row["cause"], row["details"], row["date"]
    return StoryEvent(
        id=int(str(row["id"])),
        day=date(day.year, day.month, day.day),
        council=str(row["la_name"]),
        kind=str(row["kind"]),
        cause=None if cause != cause else int(cause),
        details=json.loads(details) if isinstance(details, str) and details else {},
    )

"""One council, as institutions and regimes see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.model.event_log import EventLog
from sim.model.processes import Clock
from sim.model.settings import LeversInForce
from sim.model.state import HELP, PHASES, STAGES, State, Traits
from sim.random.streams import EventRandom
from sim.units import Array

_GRADE = State.place("grade")
_STAGES = [State.place(stage) for stage in STAGES]
_SPENDING = {line: State.place(f"rate_{line}") for line in HELP}


class KeyGrades(NamedTuple):
    """Grades of the key judgements of a report, 1 to 4; 0 where none is known."""

    protection: int  # help and protection
    care: int  # care of children looked after
    leadership: int

    @property
    def all_inadequate(self) -> bool:
        """Whether failure is systemic: every key judgement is inadequate (B2)."""
        return self.count(1) == len(self)

    @property
    def overall(self) -> int:
        """The overall grade: inadequate if any key judgement is, otherwise the median. The rule
        gives the published one in 163 of 168 reports of the single inspection framework and in
        230 of 241 of its successor (evidence H4)."""
        return 1 if 1 in self else sorted(self)[1]


class _Field:
    """A number of one council: read and written where `State` holds it for all councils."""

    def __set_name__(self, owner: type[Council], name: str) -> None:
        self._place = State.place(name)

    def __get__(self, council: Council, owner: type[Council]) -> float:
        return council._values.item(self._place)

    def __set__(self, council: Council, value: float) -> None:
        council._values[self._place] = value


class Council:
    """A council of one country, over the arrays that the working week works on.

    `council.practice` reads a number of today, `council.support += 0.2` changes it for the weeks
    to come. `random` answers with the council's own random numbers, `levers` are the national
    levers of today, `p` the parameters of the country. Units are those of `State`.
    """

    __slots__ = (
        "_log",
        "_row",
        "_traits",
        "_values",
        "commissioner_in_post",
        "committed",
        "env",
        "gap_cover",
        "index",
        "key_grades",
        "levers",
        "name",
        "p",
        "partner_in_post",
        "random",
        "search_help",
    )

    def __init__(
        self,
        index: int,
        name: str,
        state: State,
        traits: Traits,
        *,
        env: Clock,
        log: EventLog,
        random: EventRandom,
        levers: LeversInForce,
        p: Mapping[str, float],
        key_grades: KeyGrades,
    ) -> None:
        """`index` is the column of the council; `state` holds one country, each field of shape
        (councils,); `key_grades` are those of its last report."""
        self.index = index
        self.name = name
        self.env = env
        self.random = random
        self.levers = levers
        self.p = p
        self.key_grades = key_grades
        # The service is with a trust or a strong council, or on its way there or back.
        self.committed = False
        self.commissioner_in_post = False
        self.partner_in_post = False  # managers of a strong council, lent or in control
        self.gap_cover = 0.0  # share of an interim director's cost that others make up for
        self.search_help = 0.0  # share by which the search for a director is shorter
        self._log = log
        self._traits = traits
        self._row = log.country
        self._values: Array = state.block[:, index]

    # demand and workforce
    alarm = _Field()
    plan_alarm = _Field()
    experienced = _Field()
    newly_qualified = _Field()
    agency = _Field()
    posts = _Field()
    morale = _Field()
    uncertainty = _Field()
    stigma = _Field()
    reporting = _Field()
    inspected_until = _Field()
    population = _Field()
    pressure = _Field()
    caseload = _Field()

    # money
    budget = _Field()
    reserves = _Field()
    early_help = _Field()
    soft_budget = _Field()
    spend_overrun = _Field()

    # practice
    practice = _Field()
    anchor = _Field()
    director_quality = _Field()
    director_settles = _Field()
    support = _Field()
    attention_transition = _Field()
    attention_transmutation = _Field()
    attention_lent = _Field()
    stall = _Field()

    # standing and totals
    contracted = _Field()
    phase = _Field()
    protected = _Field()
    directed_money = _Field()
    programme_help = _Field()
    directors_changed = _Field()
    inspections = _Field()

    @property
    def grade(self) -> int:
        """The latest overall grade, 1 to 4, or 0 where there is none."""
        return int(self._values[_GRADE])

    @grade.setter
    def grade(self, grade: int) -> None:
        self._values[_GRADE] = grade

    @property
    def children_in_need(self) -> float:
        """Open cases of every kind."""
        return float(self._values[_STAGES].sum())

    @property
    def inadequate(self) -> bool:
        """Whether the latest full inspection judged it inadequate."""
        return self.grade == 1

    def may_be_taken_over(self) -> bool:
        """Whether the service is still the council's to lose."""
        return not self.committed

    def enter(self, phase: str) -> None:
        """Let a spell stand at one of the stages in PHASES. ValueError where there is none such."""
        self.phase = float(PHASES.index(phase))

    @property
    def relief(self) -> float:
        """1 where staff would be relieved to leave the council, else 0."""
        return self._traits.toxic.item(self._row, self.index)

    @property
    def aspects(self) -> tuple[float, ...]:
        """How each key judgement differs from practice, in grade steps."""
        return tuple(values.item(self._row, self.index) for values in self._traits.aspects)

    def log(self, kind: str, cause: int | None = None, **details: str | float | bool) -> int:
        """Note an event about this council and return its number, to be the cause of others."""
        return self._log.emit(self.env.now, self.index, kind, cause, **details)

    def log_on(
        self, day: float, kind: str, cause: int | None = None, **details: str | float | bool
    ) -> int:
        """The same of an event on another day (negative: before the run)."""
        return self._log.emit(day, self.index, kind, cause, **details)

    def spend_yearly(self, line: str, amount: float) -> None:
        """Spend so much more (or less) a year, GBP m, on a line of the account: support,
        transition, transaction or transmutation."""
        self._values[_SPENDING[line]] += amount

    def suffer_judgement(self) -> None:
        """What an inadequate judgement does at once (C-T1, claims 41-47)."""
        p = self.p
        self.alarm = max(self.alarm, p["demand.alarm_peak"])
        self.plan_alarm = max(self.plan_alarm, p["demand.plan_alarm_peak"])
        self.stigma = 1.0
        self.morale -= p["workforce.judgement_morale"]
        self.practice -= p["practice.judgement_shock"]

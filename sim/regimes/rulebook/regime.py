"""The regime that acts by the rules of the scenario's file."""

from __future__ import annotations

from sim.model.country import Country
from sim.model.institutions.department import Department, FailureCase
from sim.model.processes import Process
from sim.regimes.rulebook.desk import Desk

# The kinds of post that a step may keep, where they are not called as the step is.
_KINDS_OF_POST = {
    "sponsor takeover": ("takeover", "review"),
    "trust company": ("takeover", "review"),
}


class Rules:
    """Reads the rules for every council, failing or not, and carries them out."""

    def __init__(self) -> None:
        self._desk: Desk | None = None

    def respond(self, case: FailureCase) -> Process:
        """One spell: the rules are read for it from the day of the judgement."""
        desk = self._desk_in(case.department)
        desk.take(case)
        try:
            yield case.ended
        finally:
            desk.leave(case)

    def oversee(self, department: Department) -> Process:
        """All councils, each month, for as long as the regime is in force, or acts beside the one
        that is: then on councils that are not judged inadequate alone."""
        desk = self._desk_in(department)
        country = department.country
        overseeing = country.env.process(desk.oversee())
        while department.regime() is self or department.has_rules(self):
            yield country.levers_changed.next | overseeing
        desk.reading = False

    def may_keep(self, country: Country) -> frozenset[str]:
        """What another regime has left and a rule has a step for."""
        kinds = (_KINDS_OF_POST.get(rule.do, (rule.do,)) for rule in country.settings.rules)
        return frozenset(kind for several in kinds for kind in several)

    def _desk_in(self, department: Department) -> Desk:
        if self._desk is None:
            self._desk = Desk(department)
        return self._desk

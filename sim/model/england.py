"""A country with its institutions: what is put together for one replication of one scenario."""

from __future__ import annotations

from collections.abc import Mapping

from sim.model.country import Country, Shared
from sim.model.institutions.department import Department, Regime
from sim.model.institutions.directors import Directors
from sim.model.institutions.inherited import start_inherited
from sim.model.institutions.ofsted import Ofsted
from sim.model.institutions.trusts import transfers_by_choice
from sim.model.processes import Process
from sim.model.settings import CountrySettings
from sim.random.streams import EventRandom
from sim.units import DAYS_A_YEAR


class England(Country):
    """The country, with `directors`, the `department` and `ofsted` at work.

    Processes that start on one day run in the order in which they are made here.
    """

    def __init__(
        self,
        shared: Shared,
        index: int,
        settings: CountrySettings,
        random: EventRandom,
        regimes: Mapping[str, type[Regime]],
    ) -> None:
        super().__init__(shared, index, settings, random)
        self.tragedies = 0
        self.directors = Directors(self)
        self.department = Department(self, self.directors, regimes)
        self.ofsted = Ofsted(self, self.department)
        start_inherited(self.department)
        for council in self.councils:
            if self.department.open_existing(council):
                published = int(self.baseline.grade_date[council.index]) - self.today
                self.ofsted.visits.monitor(council, float(published))
        self.department.oversee()
        self.env.process(self._policy())
        self.env.process(self._tragedies())
        self.env.process(transfers_by_choice(self.department))

    def _tragedies(self) -> Process:
        """Now and then a child's death becomes a national scandal (claims 51, 52)."""
        s, p = self.state, self.p
        if p["demand.tragedies_a_year"] <= 0.0:
            return
        while True:
            gap = self.random.exponential("tragedy", DAYS_A_YEAR / p["demand.tragedies_a_year"])
            yield self.env.timeout(gap)
            council = self.councils[int(self.random.uniform("tragedy place") * self.size)]
            s.tragedy += 1.0
            s.morale -= p["workforce.tragedy_morale"]
            council.morale -= 4.0 * p["workforce.tragedy_morale"]
            self.tragedies += 1
            council.log("tragedy reported")

    def _policy(self) -> Process:
        """Put each dated change of the scenario in force on its day."""
        for day, values in self.settings.timeline[1:]:
            yield self.env.timeout((day - self.settings.start).days - self.env.now)
            before = self.levers.values
            self.levers.change(values)
            self.department.refresh()
            self.ofsted.refresh()
            self.levers_changed.ring()
            changed = {}
            for name in values:
                if values[name] != before[name]:
                    kind = (
                        "policy paused" if name == "regime.new_trusts_allowed" else "lever changed"
                    )
                    changed[name] = self.log.emit(
                        self.env.now, -1, kind, lever=name, to=values[name]
                    )
            self.department.rules_changed(changed)

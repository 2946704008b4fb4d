"""Directors of children's services: how long they stay and who comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.model.institutions.processes import Answer, Process

if TYPE_CHECKING:
    from sim.model.country import Country

YEAR = 365.25


class Directors:
    """One director's office for every council of one country."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.env = country.env
        self._holder = [0] * country.size  # counts post-holders, so that a stale exit is seen
        self._open = 0  # posts between two permanent directors
        today = country.baseline.date.toordinal()
        for c in range(country.size):
            since = float(today - country.baseline.director_since[c])
            self._settle(c, since)
            self.env.process(self._office(c))

    def _settle(self, c: int, days_in_post: float) -> None:
        """A director counts as new for the first year."""
        state, n = self.country.state, self.country.index
        state.director_settles[n, c] = self.env.now + YEAR - days_in_post

    def _office(self, c: int) -> Process:
        """Stay for an exponential time (G3), then leave if still the same holder; and so the
        next one."""
        usual = 1.0 / self.country.p["director.leave_rate"]
        there = True
        while there:
            holder = self._holder[c]
            yield self.env.timeout(self.country.luck.exponential("tenure", c, usual) * YEAR)
            there = self._holder[c] == holder and (yield from self._replace(c, None))

    def after_failure(self, c: int, cause: int) -> None:
        """A failed inspection may cost the director the post within the year (G6)."""
        p, luck = self.country.p, self.country.luck
        extra = p["director.leave_rate"] * (p["director.failure_multiple"] - 1.0)
        leaves = luck.chance("director falls", c, -float(np.expm1(-extra)))
        days = luck.uniform("director falls when", c) * YEAR
        if leaves:
            self.env.process(self._fall(c, days, self._holder[c], cause))

    def bring_leader(self, c: int, above: float, cause: int) -> None:
        """A trust brings its own leader, this many standard deviations above the average."""
        country, n = self.country, self.country.index
        self._holder[c] += 1
        country.state.directors_changed[n, c] += 1
        country.state.director_quality[n, c] = above + country.luck.normal("trust leader", c)
        quality = round(float(country.state.director_quality[n, c]), 2)
        country.log.emit(self.env.now, c, "director appointed", cause, by="trust", quality=quality)
        self._settle(c, 0.0)
        self.env.process(self._office(c))

    def _fall(self, c: int, days: float, holder: int, cause: int) -> Process:
        yield self.env.timeout(days)
        if self._holder[c] == holder and (yield from self._replace(c, cause)):
            yield from self._office(c)

    def _replace(self, c: int, cause: int | None) -> Answer[bool]:
        """An interim covers the search; then a permanent director of uncertain quality.

        Returns whether one came: not where a trust has brought its own leader meanwhile.
        """
        country, p, n = self.country, self.country.p, self.country.index
        s = country.state
        self._holder[c] += 1
        holder = self._holder[c]
        self._open += 1
        s.directors_changed[n, c] += 1
        left = country.log.emit(self.env.now, c, "director left", cause)
        s.director_settles[n, c] = np.inf
        interim = -p["director.interim_cost"]
        s.director_quality[n, c] = interim
        months = country.luck.lognormal("search", c, p["director.interim_months"], 0.4)
        yield self.env.timeout(months * YEAR / 12.0)
        self._open -= 1
        if self._holder[c] != holder:
            return False
        # Councils that pay, or that are well run, attract better applicants; failing ones do not.
        pull = p["director.failing_pull"] if s.grade[n, c] == 1 else 0.0
        # There is no ready supply of leaders: many open posts, a thin field (claim 80).
        pull += p["director.scarcity"] * max(self._open - p["director.usual_open"], 0.0)
        s.director_quality[n, c] = country.luck.normal("director quality", c) - pull
        quality = round(float(s.director_quality[n, c]), 2)
        country.log.emit(self.env.now, c, "director appointed", left, quality=quality)
        self._settle(c, 0.0)
        return True

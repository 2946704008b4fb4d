"""Directors of children's services: how long they stay and who comes next."""

from __future__ import annotations

import numpy as np

from sim.model.council import Council
from sim.model.country import Country
from sim.model.processes import Answer, Process
from sim.units import DAYS_A_YEAR


class Directors:
    """One director's office for every council of one country."""

    def __init__(self, country: Country) -> None:
        self.env = country.env
        self._p = country.p
        self._holder = [0] * country.size  # counts post-holders, so that a stale exit is noticed
        self._open = 0  # posts between two permanent directors
        for council, since in zip(country.councils, country.baseline.director_since, strict=True):
            self._settle(council, float(country.today - since))
            self.env.process(self._office(council))

    def _settle(self, council: Council, days_in_post: float) -> None:
        """A director counts as new for the first year."""
        council.director_settles = self.env.now + DAYS_A_YEAR - days_in_post

    def _office(self, council: Council) -> Process:
        """Stay for an exponential time (G3), then leave if still the same holder; and so the
        next one."""
        usual = 1.0 / self._p["director.leave_rate"]
        there = True
        while there:
            holder = self._holder[council.index]
            yield self.env.timeout(council.random.exponential("tenure", usual) * DAYS_A_YEAR)
            there = self._holder[council.index] == holder and (
                yield from self._replace(council, None)
            )

    def after_failure(self, council: Council, cause: int) -> None:
        """A failed inspection may cost the director the post within the year (G6)."""
        multiple = self._p["director.failure_multiple"]
        self._may_fall(council, "director falls", multiple, 1.0, cause)

    def after_readings(self, council: Council, years: float, cause: int) -> None:
        """Monitoring visits that saw no progress may cost the director the post within the
        `years` until the next one."""
        multiple = self._p["director.reading_multiple"]
        self._may_fall(council, "director blamed", multiple, years, cause)

    def _may_fall(
        self, council: Council, name: str, multiple: float, years: float, cause: int
    ) -> None:
        """Leaving is so many times as likely as usual for a while."""
        extra = self._p["director.leave_rate"] * (multiple - 1.0) * years
        leaves = council.random.chance(name, -float(np.expm1(-extra)))
        days = council.random.uniform(f"{name} when") * years * DAYS_A_YEAR
        if leaves:
            self.env.process(self._fall(council, days, self._holder[council.index], cause))

    def replace(self, council: Council, cause: int) -> None:
        """The director goes at once, by order or with those who brought one."""
        self.env.process(self._go(council, cause))

    def cover_gap(self, council: Council, share: float) -> None:
        """From now on others make up for this share of what an interim costs."""
        council.gap_cover = share
        if np.isinf(council.director_settles):
            council.director_quality = -self._p["director.interim_cost"] * (1.0 - share)

    def bring_leader(self, council: Council, above: float, cause: int, by: str = "trust") -> None:
        """A trust or a sponsor brings its own leader, this many standard deviations above the
        average."""
        self._holder[council.index] += 1
        council.directors_changed += 1
        council.director_quality = above + council.random.normal("new leader")
        quality = round(council.director_quality, 2)
        council.log("director appointed", cause, by=by, quality=quality)
        self._settle(council, 0.0)
        self.env.process(self._office(council))

    def _fall(self, council: Council, days: float, holder: int, cause: int) -> Process:
        yield self.env.timeout(days)
        if self._holder[council.index] == holder and (yield from self._replace(council, cause)):
            yield from self._office(council)

    def _go(self, council: Council, cause: int) -> Process:
        if (yield from self._replace(council, cause)):
            yield from self._office(council)

    def _replace(self, council: Council, cause: int | None) -> Answer[bool]:
        """An interim covers the search; then a permanent director of uncertain quality.

        Returns whether one came: not where somebody has brought a leader meanwhile.
        """
        p = self._p
        self._holder[council.index] += 1
        holder = self._holder[council.index]
        self._open += 1
        council.directors_changed += 1
        left = council.log("director left", cause)
        council.director_settles = np.inf
        council.director_quality = -p["director.interim_cost"] * (1.0 - council.gap_cover)
        months = council.random.lognormal("search", p["director.interim_months"], 0.4)
        months *= 1.0 - council.search_help
        yield self.env.timeout(months * DAYS_A_YEAR / 12.0)
        self._open -= 1
        if self._holder[council.index] != holder:
            return False
        # Councils that pay, or that are well run, attract better applicants; failing ones do not.
        pull = p["director.failing_pull"] if council.inadequate else 0.0
        # There is no ready supply of leaders: many open posts, a thin field (claim 80).
        pull += p["director.scarcity"] * max(self._open - p["director.usual_open"], 0.0)
        council.director_quality = council.random.normal("director quality") - pull
        council.log("director appointed", left, quality=round(council.director_quality, 2))
        self._settle(council, 0.0)
        return True

"""What every regime draws on: commissioners, sponsors and teams, how many there are, how they grow
when asked for, and who waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim.model.country import Country
from sim.model.institutions.pool import Pool
from sim.model.processes import Bell, Process
from sim.units import DAYS_A_YEAR

# Who may take on a service, in the order in which they are asked, and the pool of each.
SPONSORS = {
    "strong council": "sponsors_strong_council",
    "charity": "sponsors_charity",
    "expert": "sponsors_expert",
}
# What councils wait for, and the pools that grow while somebody does.
QUEUES = {
    "commissioner": ("commissioners",),
    "sponsor": tuple(SPONSORS.values()),
    "peer team": ("peer_teams",),
    "project team": ("project_teams",),
}
_QUARTER = DAYS_A_YEAR / 4.0


class Supply:
    """The pools of one country by name, and the waits for them.

    How many there are of each, and how fast a pool grows while somebody waits, are unknowns of the
    ledger, rounded here; a lever adds to them. `waits` lists by queue the days of every wait that
    is over, whether or not what was awaited came; `sponsor_news` rings when a sponsor may be free.
    What is at work on the first day is in no pool.
    """

    def __init__(self, country: Country) -> None:
        self._country = country
        self._grown = dict.fromkeys(self._asked(), 1.0)
        self.pools = {name: Pool(country.env, size) for name, size in self._sizes().items()}
        self.sponsor_news = Bell(country.env)
        self.waits: dict[str, list[float]] = {queue: [] for queue in QUEUES}
        self._waiting: dict[int, tuple[str, float]] = {}  # queue and first day, by number
        self._numbers = 0
        self._most_sponsors = 0
        if country.p["supply.growth"] > 0.0:
            country.env.process(self._grow())

    def _believed(self) -> dict[str, float]:
        """Each pool as the ledger has it."""
        p = self._country.p
        return {
            "commissioners": p["supply.commissioners"],
            "project_teams": p["supply.project_teams"],
            "peer_teams": p["supply.peer_teams"],
            "sponsors_strong_council": p["supply.sponsors_strong_council"],
            "sponsors_charity": p["supply.sponsors_charity"],
            "sponsors_expert": p["supply.sponsors_expert"],
        }

    def _asked(self) -> dict[str, float]:
        """Each pool as believed, with what the levers add."""
        levers = self._country.levers
        added = {
            "commissioners": levers.whole("pool.commissioners"),
            "project_teams": levers.whole("pool.trust_project_teams"),
            "peer_teams": levers.whole("pool.peer_teams"),
            "sponsors_strong_council": levers.whole("pool.sponsors_strong_council"),
            "sponsors_charity": levers.whole("pool.sponsors_charity"),
            "sponsors_expert": levers.whole("pool.sponsors_expert"),
        }
        return {name: number + added[name] for name, number in self._believed().items()}

    def _sizes(self) -> dict[str, int]:
        """Whole units of each pool today. A commissioner or sponsor may serve several councils
        (claim 13); a team works in one place."""
        return {
            name: self._units(name, number * self._grown[name])
            for name, number in self._asked().items()
        }

    def _units(self, name: str, number: float) -> int:
        """Whole units of a pool of so many: the councils that they may serve at one time."""
        sites = self._country.levers.whole("regime.leader_sites")
        return (1 if name.endswith("_teams") else sites) * round(number)

    def refresh(self) -> None:
        """Let changed levers, or growth, change the size of the pools."""
        for name, size in self._sizes().items():
            self.pools[name].change_capacity(size)
        self.sponsor_news.ring()

    def _grow(self) -> Process:
        """Each quarter the pools grow that somebody waits for."""
        growth = 1.0 + self._country.p["supply.growth"] / 4.0
        while True:
            yield self._country.env.timeout(_QUARTER)
            queues = {queue for queue, _ in self._waiting.values()}
            wanted = [name for queue in QUEUES if queue in queues for name in QUEUES[queue]]
            for name in wanted:
                self._grown[name] *= growth
            if wanted:
                self.refresh()

    @contextmanager
    def waiting(self, queue: str) -> Iterator[None]:
        """One council waits in a queue while the block runs."""
        self._numbers += 1
        number, since = self._numbers, self._country.env.now
        self._waiting[number] = (queue, since)
        if queue == "sponsor":
            used = sum(self.pools[name].used for name in QUEUES[queue])
            awaited = sum(name == queue for name, _ in self._waiting.values())
            self._most_sponsors = max(self._most_sponsors, used + awaited)
        try:
            yield
        finally:
            del self._waiting[number]
            self.waits.setdefault(queue, []).append(self._country.env.now - since)

    def needed(self, queue: str) -> int:
        """The most units of what a queue waits for that were in use or awaited at one time."""
        if queue == "sponsor":  # of three kinds, and whichever is free will do
            return self._most_sponsors
        return sum(self.pools[name].most for name in QUEUES[queue])

    def existing(self, queue: str) -> int:
        """How many units there are of what a queue waits for, as the ledger has it: without what
        levers add, and before anything has grown."""
        believed = self._believed()
        return sum(self._units(name, believed[name]) for name in QUEUES[queue])

    def waiting_years(self, queue: str) -> float:
        """Council-years spent in a queue since the start, waits still going on among them."""
        now = self._country.env.now
        still = sum(now - since for name, since in self._waiting.values() if name == queue)
        return (sum(self.waits.get(queue, ())) + still) / DAYS_A_YEAR

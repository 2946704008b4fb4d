"""Lent management teams: who lends, for how long, and what it costs the lender."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from sim.model.council import Council
from sim.model.institutions.department import Lenders
from sim.model.simulation import Batch
from tests.helpers.small_england import MONTH, build, by_council, england, of, parameters, world

pytestmark = pytest.mark.quick

DAYS = 2200


class Watched(Lenders):
    """Lenders that refuse to do what must never happen, and keep count."""

    def lend(self, lender: Council, drain: float) -> None:
        if self.country.env.now > 0.0:
            assert lender.grade >= 3
        assert lender.index not in self._lending
        assert drain > 0.0
        super().lend(lender, drain)
        LOANS.append((self.country.index, lender.index, self.country.env.now))

    def find(self, council: Council) -> Council | None:
        lender = super().find(council)
        assert lender is not council
        return lender


LOANS: list[tuple[int, int, float]] = []


@pytest.fixture(scope="module")
def batch() -> Iterator[Batch]:
    """Peer support, and sponsors that are strong councils, while grades come and go."""
    LOANS.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.model.institutions.department.Lenders", Watched)
        later = {400: {"ofsted.framework": "ILACS"}}
        plenty = {"pool__peer_teams": 40, "ofsted__inspector_posts": 90}
        built = build(
            [
                world(
                    1, days=DAYS, events=True, later=later, regime__name="peer_support", **plenty
                ),
                world(
                    2, days=DAYS, events=True, later=later, regime__name="peer_support", **plenty
                ),
                world(
                    3,
                    days=DAYS,
                    events=True,
                    later=later,
                    regime__name="takeover",
                    regime__grace_months=0.0,
                    regime__takeover_prefers="new company",
                    **plenty,
                ),
            ]
        )
        built.run_until(DAYS)
        yield built


def test_only_strong_councils_lend_and_only_once_at_a_time(batch: Batch):
    """Watched.lend asserts it at every loan."""
    assert sum(n < 2 for n, _, _ in LOANS) > 30
    assert sum(n == 2 for n, _, _ in LOANS) > 3


def test_what_is_lent_is_what_is_out(batch: Batch):
    p = parameters()
    for country in batch.countries:
        lent = batch.state.attention_lent[country.index]
        out = country.department.lenders._lending
        assert set(np.flatnonzero(lent > 1e-9)) == set(out)
        for lender, drains in out.items():
            (drain,) = drains  # one team at a time
            assert lent[lender] == pytest.approx(drain)
            assert drain in (p["support.peer_drain"], p["trust.sponsor_drain"])


def test_teams_come_and_go_in_turn(batch: Batch):
    for country in batch.countries[:2]:
        events = country.log.events
        for story in by_council(events, "peer team began", "peer team left").values():
            kinds = [event.kind for event in story]
            assert kinds[::2] == ["peer team began"] * len(kinds[::2])
            assert kinds[1::2] == ["peer team left"] * len(kinds[1::2])
            for began, left in zip(story[::2], story[1::2], strict=False):
                assert left.details["lender"] == began.details["lender"]
                assert left.cause == began.id
        working = sum(
            story[-1].kind == "peer team began"
            for story in by_council(events, "peer team began", "peer team left").values()
        )
        pool = country.department.peer_teams
        assert working <= pool.capacity - pool.free + 1  # the Isle of Wight's is not of the pool


def test_a_team_goes_home_when_its_own_council_falls(batch: Batch):
    p = parameters()
    term = p["support.peer_term_months"] * MONTH
    early = 0
    names = england().names
    for country in batch.countries[:2]:
        events = country.log.events
        published = by_council(events, "judgement published")
        ended = by_council(events, "failure ended")
        for story in by_council(events, "peer team began", "peer team left").values():
            for began, left in zip(story[::2], story[1::2], strict=False):
                if began.day < 0 or left.day - began.day > term - 2:
                    continue
                lender = names.index(str(began.details["lender"]))
                fell = [
                    e.day
                    for e in published.get(lender, [])
                    if e.day <= left.day and e.details["grade"] not in ("good", "outstanding")
                ]
                out = left.day - p["control.after_months"] * MONTH
                exits = [e for e in ended.get(began.council, []) if abs(e.day - out) < 2]
                assert fell or exits
                early += bool(fell)
    assert early > 0


def test_the_nearest_strong_council_is_asked_first():
    batch = build([world(1)])
    country, b = batch.countries[0], england()
    batch.state.grade[0] = 2.0
    lenders = country.department.lenders

    def first_asked() -> int | None:
        lender = lenders.find(country.councils[5])
        return None if lender is None else lender.index

    assert first_asked() is None
    near = [int(c) for c in b.neighbours[5] if c >= 0]
    far = next(
        c
        for c in range(152)
        if b.regions[c] != b.regions[5] and c not in near and c not in lenders._lending
    )
    region = next(
        c for c in range(152) if b.regions[c] == b.regions[5] and c not in near and c != 5
    )
    batch.state.grade[0, far] = 4.0
    assert first_asked() == far
    batch.state.grade[0, region] = 3.0
    assert first_asked() == region
    batch.state.grade[0, near[3]] = 3.0
    assert first_asked() == near[3]
    batch.state.grade[0, near[6]] = 4.0
    assert first_asked() == near[6]  # among neighbours the better grade
    lenders.lend(country.councils[near[6]], 0.1)
    assert first_asked() == near[3]
    lenders.take_back(country.councils[near[6]], 0.1)
    assert first_asked() == near[6]
    batch.state.grade[0, 5] = 4.0
    assert first_asked() != 5


def test_a_team_begins_after_talks(batch: Batch):
    usual = parameters()["support.peer_start_months"]
    waits = []
    for country in batch.countries[:2]:
        notices = by_council(country.log.events, "notice issued")
        for began in of(country.log.events, "peer team began", country.index):
            told = [e.day for e in notices.get(began.council, []) if e.day <= began.day]
            if began.day >= 0 and told:
                waits.append((began.day - told[-1]) / MONTH)
    assert min(waits) > 1.0
    assert usual * 0.5 < np.percentile(waits, 20) < usual * 2.5

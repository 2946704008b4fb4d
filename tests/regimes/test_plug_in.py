"""A regime is a class: found by name, one object a country, composed of building blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import sim.regimes
from sim.model.institutions.department import FailureCase
from sim.model.institutions.interventions import adviser, commissioner, notice, peer_team, progress
from sim.model.institutions.trusts import take_over
from sim.model.processes import Process
from sim.model.simulation import Batch, run_batch
from sim.regimes import Regime, available, unusable
from sim.regimes.takeover import Takeover
from tests.helpers.small_england import MONTH, by_council, england, of, spells_of, world

pytestmark = pytest.mark.quick

BUILT_IN = {
    "rules",
    "ad_hoc",
    "as_practised",
    "commissioner",
    "no_intervention",
    "peer_support",
    "takeover",
}


class Ladder:
    """A user's regime: a year of a commissioner, then a partner, then a trust."""

    served: list[int]

    def __init__(self) -> None:
        self.served = []

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        self.served.append(case.council.index)
        yield from notice(case)
        case.env.process(adviser(case))
        if (yield from commissioner(case, 12.0)) and not progress(case):
            yield from peer_team(case)
        if case.open and case.council.may_be_taken_over():
            yield from take_over(case)


class PeersForTheOverworked:
    """A user's regime that reads the council: a team where caseloads are high, else a trust."""

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        council = case.council
        yield from notice(case)
        if council.caseload > 17.0 or council.morale < -0.5:
            yield from peer_team(case)
        elif council.may_be_taken_over() and case.levers.on("regime.new_trusts_allowed"):
            yield from take_over(case)


class Count:
    """Does nothing but count the days of a spell."""

    lengths: list[float]

    def __init__(self) -> None:
        self.lengths = []

    def respond(self, case: FailureCase) -> Process:
        """One spell."""
        yield case.ended
        self.lengths.append(case.env.now - case.opened)


def live(batch: Batch) -> Batch:
    batch.run_until(batch.days)
    return batch


@pytest.fixture(scope="module")
def ladder() -> Batch:
    regimes = {**available(), "ladder": Ladder}
    worlds = [
        world(
            k,
            days=2000,
            events=True,
            facts={"control.after_months": 0.0},
            regime__name="ladder",
            regime__takeover_prefers="new company",
            pool__commissioners=30,
        )
        for k in (1, 2)
    ]
    return live(Batch(england(), worlds, 1, regimes))


def test_a_users_regime_is_run_for_every_spell(ladder: Batch):
    for country in ladder.countries:
        began = of(country.log.events, "failure began", country.index)
        assert [event.council for event in began] == country.department.regime().served
        assert len(began) > 20


def test_one_object_serves_one_country(ladder: Batch):
    first, second = (country.department.regime() for country in ladder.countries)
    assert first is not second
    assert first is ladder.countries[0].department.regime()
    assert isinstance(first, Ladder)


def test_its_steps_come_in_the_order_it_says(ladder: Batch):
    order = ["notice issued", "commissioner appointed", "commissioner left", "progress tested"]
    order += ["peer team began", "peer team left", "sponsor found", "takeover decided"]
    trusts = 0
    for country in ladder.countries:
        arranged = {e.council for e in country.log.events if e.day < 0 and e.council >= 0}
        stories = by_council(country.log.events, "failure ended", *order)
        for c, story in stories.items():
            if c in arranged:
                continue
            spells: list[list[str]] = [[]]
            for event in story:
                if event.kind == "failure ended":
                    spells.append([])
                elif "takeover decided" not in spells[-1]:  # the order may lapse on a test
                    spells[-1].append(event.kind)
            for spell in spells:
                places = [order.index(kind) for kind in spell]
                assert places == sorted(places), (c, spell)
            trusts += any(event.kind == "takeover decided" for event in story)
            terms = [
                left.day - came.day
                for came in story
                for left in story
                if came.kind == "commissioner appointed" and left.cause == came.id
            ]
            assert all(term <= 12 * MONTH + 1 for term in terms)
    assert trusts > 0


def test_a_users_regime_may_ask_how_a_council_is_doing():
    worlds = [
        world(
            1,
            days=1500,
            events=True,
            regime__name="peers",
            regime__takeover_prefers="new company",
            pool__peer_teams=40,
        )
    ]
    regimes = {"peers": PeersForTheOverworked}
    country = live(Batch(england(), worlds, 1, regimes)).countries[0]
    cases = [*(case for case, _, _ in country.department.closed)]
    cases += country.department.cases.values()
    routes = {case.route for case in cases if case.opened >= 0.0}
    assert {"peer", "trust"} <= routes
    sponsored = {e.council for e in of(country.log.events, "sponsor found")}
    lent = {e.council for e in of(country.log.events, "peer team began") if e.day >= 0}
    assert sponsored
    assert lent
    # Institutions alone are at work here, so caseloads are those of the start.
    assert {c for c in lent if country.councils[c].caseload <= 17.0} <= {
        c for c in lent if country.councils[c].morale < -0.5
    }


def test_a_users_regime_beside_a_built_in_one():
    regimes = {**available(), "count": Count}
    worlds = [world(1, days=1100, regime__name=name) for name in ("count", "no_intervention")]
    result = run_batch(england(), worlds, seed=1, regimes=regimes)
    # Doing nothing is doing nothing, whoever does it.
    found, reference = (
        [(s.council, s.started, s.ended) for s in spells_of(result, k)] for k in (0, 1)
    )
    assert found == reference
    for values in result.national.values():
        assert (values[0] == values[1]).all()


def test_a_regime_is_told_when_the_spell_ends():
    batch = Batch(england(), [world(1, days=1500, regime__name="count")], 1, {"count": Count})
    country = live(batch).countries[0]
    closed = [ended - case.opened for case, ended, _ in country.department.closed]
    assert sorted(country.department.regime().lengths) == sorted(closed)
    assert len(closed) > 2


def test_a_regime_that_changes_serves_open_cases_and_the_failures_that_follow():
    later = {600: {"regime.name": "ladder"}}
    regimes = {**available(), "ladder": Ladder}
    worlds = [world(1, days=1200, events=True, later=later)]
    country = live(Batch(england(), worlds, 1, regimes)).countries[0]
    taken_on = of(country.log.events, "case taken on")
    began = [event for event in of(country.log.events, "failure began") if event.day >= 600]
    assert len(taken_on) > 3
    assert len(began) > 3
    assert country.department.regime().served == [event.council for event in taken_on + began]
    assert of(country.log.events, "notice issued")
    assert min(event.day for event in of(country.log.events, "notice issued")) >= 600


# -- by name -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FakeEntry:
    """What importlib.metadata hands over."""

    name: str
    value: str
    regime: type

    def load(self) -> type:
        return self.regime


def entries(*found: FakeEntry) -> object:
    def entry_points(*, group: str) -> Iterator[FakeEntry]:
        assert group == "sim.regimes"
        return iter(found)

    return entry_points


def test_the_built_in_regimes_are_there_without_an_installation(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sim.regimes, "entry_points", entries())
    found = available()
    assert found.keys() == BUILT_IN
    for regime in found.values():
        assert isinstance(regime(), Regime)
        assert regime.__doc__


def test_a_package_adds_a_regime(monkeypatch: pytest.MonkeyPatch):
    mine = FakeEntry("ladder", "mine.ladder:Ladder", Ladder)
    monkeypatch.setattr(sim.regimes, "entry_points", entries(mine))
    found = available()
    assert found["ladder"] is Ladder
    assert found.keys() == BUILT_IN | {"ladder"}


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_package_cannot_replace_a_built_in_regime(monkeypatch: pytest.MonkeyPatch, name: str):
    theirs = FakeEntry(name, "theirs.regime:Other", Ladder)
    monkeypatch.setattr(sim.regimes, "entry_points", entries(theirs))
    with pytest.warns(UserWarning, match="theirs.regime:Other may not replace"):
        assert available()[name] is not Ladder


def test_two_packages_cannot_share_a_name(monkeypatch: pytest.MonkeyPatch):
    first = FakeEntry("ladder", "one:Ladder", Ladder)
    second = FakeEntry("ladder", "two:Count", Count)
    monkeypatch.setattr(sim.regimes, "entry_points", entries(first, second))
    with pytest.warns(UserWarning, match="two:Count"):
        assert available().keys() == BUILT_IN
    assert "two:Count" in unusable()["ladder"]


def test_the_projects_own_entry_points_are_its_own_classes(monkeypatch: pytest.MonkeyPatch):
    own = FakeEntry("takeover", "sim.regimes.takeover:Takeover", Takeover)
    monkeypatch.setattr(sim.regimes, "entry_points", entries(own))
    assert available()["takeover"] is Takeover

"""A council as institutions see it: the shared arrays, read and changed one number at a time."""

from __future__ import annotations

import pytest

from sim.model.council import Council
from sim.model.simulation import Batch
from sim.model.state import HELP, STAGES
from tests.helpers.small_england import build, england, of, world

pytestmark = pytest.mark.quick

PLACE = 7  # the council looked at, in the second of two countries


@pytest.fixture
def batch() -> Batch:
    return build([world(1), world(2, events=True, regime__grace_months=3.5, pool__commissioners=3)])


@pytest.fixture
def council(batch: Batch) -> Council:
    return batch.countries[1].councils[PLACE]


def numbers() -> list[str]:
    """Every number of a council that institutions may change."""
    return [n for n, value in vars(Council).items() if type(value).__name__ == "_Field"]


@pytest.mark.parametrize("name", [*numbers(), "grade"])
def test_a_number_is_the_one_in_the_shared_arrays(batch: Batch, council: Council, name: str):
    values = getattr(batch.state, name)
    values[:] = 1.0
    values[1, PLACE] = 3.0
    assert getattr(council, name) == 3.0
    setattr(council, name, getattr(council, name) + 1.0)
    assert values[1, PLACE] == 4.0
    assert (values == 4.0).sum() == 1  # no other council has changed


def test_what_a_council_is_called_and_where_it_stands(batch: Batch):
    for country in batch.countries:
        assert [one.index for one in country.councils] == list(range(152))
        assert [one.name for one in country.councils] == list(england().names)
        assert [one.grade for one in country.councils] == england().grade.tolist()


def test_open_cases_are_children_in_every_stage(batch: Batch, council: Council):
    stages = [getattr(batch.state, stage)[1, PLACE] for stage in STAGES]
    assert council.children_in_need == sum(stages) > 0.0


def test_a_line_of_the_account_grows_and_shrinks(batch: Batch, council: Council):
    for line in HELP:
        before = float(getattr(batch.state, f"rate_{line}")[1, PLACE])
        council.spend_yearly(line, 0.25)
        assert getattr(batch.state, f"rate_{line}")[1, PLACE] == before + 0.25
        council.spend_yearly(line, -0.25)
        assert getattr(batch.state, f"rate_{line}")[1, PLACE] == before


def test_traits_are_those_of_its_country(batch: Batch, council: Council):
    batch.traits.toxic[:] = 0.0
    batch.traits.toxic[1, PLACE] = 1.0
    for k, values in enumerate(batch.traits.aspects):
        values[1, PLACE] = 0.1 * k
    assert council.relief == 1.0
    assert batch.countries[0].councils[PLACE].relief == 0.0
    assert council.aspects == pytest.approx((0.0, 0.1, 0.2))


def test_a_misspelt_number_is_an_error(council: Council):
    with pytest.raises(AttributeError):
        council.pratice = 2.0  # type: ignore[attr-defined]


def test_levers_are_read_as_what_they_are(batch: Batch, council: Council):
    assert council.levers.number("regime.grace_months") == 3.5
    assert council.levers.whole("pool.commissioners") == 3
    assert council.levers.text("ofsted.framework") == "SIF"
    assert council.levers.on("regime.new_trusts_allowed") is True
    values = {**council.levers.values, "regime.new_trusts_allowed": False}
    council.levers.change(values)
    assert council.levers.on("regime.new_trusts_allowed") is False
    assert batch.countries[0].levers.on("regime.new_trusts_allowed") is True


def test_an_event_names_the_council_and_the_day(batch: Batch, council: Council):
    council.log_on(-30.0, "commissioner appointed")
    council.log("notice issued", 5, late=True)
    country = batch.countries[1]
    (notice,) = of(country.log.events, "notice issued", 1)
    assert (notice.day, notice.council, notice.cause) == (0, PLACE, 5)
    assert notice.details == {"late": True}
    assert [e.day for e in of(country.log.events, "commissioner appointed", 1)][-1] == -30


def test_a_judgement_shakes_the_council_at_once(council: Council):
    before = (council.practice, council.morale)
    council.stigma = council.alarm = 0.0
    council.suffer_judgement()
    assert council.practice == before[0] - council.p["practice.judgement_shock"]
    assert council.morale == before[1] - council.p["workforce.judgement_morale"]
    assert council.stigma == 1.0
    assert council.alarm == council.p["demand.alarm_peak"]

"""What lies ahead of a start date by design: children projected, settlements and their days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.inputs.councils.baseline import baseline
from sim.inputs.councils.returns import LAST_POPULATION
from sim.inputs.files.dates import LAST_END
from sim.inputs.files.problems import InputError
from sim.inputs.policy.scenario import load_scenario
from tests.helpers.seed_files import copy_seeds, read_rows

pytestmark = [pytest.mark.quick, pytest.mark.data]

NEW_YEAR = date(2016, 1, 1)
DAYS = (date(2013, 11, 1), NEW_YEAR, date(2021, 4, 1), date(2024, 9, 1))


@pytest.mark.parametrize("on", DAYS)
def test_projected_children_add_up_to_the_projection(on: date) -> None:
    """Whichever councils stand on the day."""
    state = baseline(on)
    rows = {int(row["year"]): row for row in read_rows("projection")}
    for year in (2025, 2030, 2036, 2037):
        children = state.population_path[:, state.population_years == year].sum()
        assert children == pytest.approx(float(rows[year]["central"]))


def test_the_path_covers_every_run_and_is_what_was_published_to_2024() -> None:
    state = baseline(NEW_YEAR)
    assert state.population_years.tolist() == list(range(2012, LAST_POPULATION + 1))
    assert LAST_END.year < LAST_POPULATION
    for row in read_rows("population"):
        if row["basis"] == "published" and row["dfe_code"] in ("202", "886"):
            at = int(np.searchsorted(state.codes, int(row["dfe_code"])))
            k = int(row["year"]) - 2012
            assert state.population_path[at, k] == float(row["children_0_17"])


def test_variants_part_from_the_central_path_after_2024_and_go_on_parting() -> None:
    state = baseline(NEW_YEAR)
    known = state.population_years <= 2024
    assert (state.population_low[known] == 1.0).all()
    assert (state.population_high[known] == 1.0).all()
    assert (np.diff(state.population_low[~known]) < 0.0).all()
    assert (np.diff(state.population_high[~known]) > 0.0).all()
    # By 2036 they lie as far apart as one child in eight.
    k = int(np.flatnonzero(state.population_years == 2036)[0])
    assert 0.1 < state.population_high[k] - state.population_low[k] < 0.25


@pytest.mark.bad_input
def test_a_projection_that_stops_early_is_refused(tmp_path: Path) -> None:
    seeds = copy_seeds(tmp_path / "seeds")
    path = seeds / "projection.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(("2031", "2037"))))
    with pytest.raises(InputError) as caught:
        baseline(NEW_YEAR, seeds)
    assert ["2031" in str(problem) for problem in caught.value.problems] == [True, False]


def test_each_settlement_has_the_day_it_was_announced() -> None:
    """Four years in December 2015, three in December 2025, each other one by itself before the
    year began."""
    state = baseline(NEW_YEAR)
    days = {
        int(year): date.fromordinal(int(day))
        for year, day in zip(state.settlement_years, state.settlement_announced, strict=True)
    }
    assert sorted(days) == list(range(2013, 2029))
    assert {days[year] for year in range(2016, 2020)} == {date(2015, 12, 17)}
    assert len({days[year] for year in range(2026, 2029)}) == 1
    assert (days[2026].year, days[2026].month) == (2025, 12)
    for year in (*range(2013, 2016), *range(2020, 2026)):
        assert days[year] < date(year, 4, 1)
        assert days[year] > date(year - 1, 11, 1)


def in_force(scenario: str, lever: str) -> dict[date, object]:
    """A lever's value from each day on which it changes."""
    changes: dict[date, object] = {}
    for day, values in load_scenario(scenario).timeline():
        if not changes or values[lever] != changes[max(changes)]:
            changes[day] = values[lever]
    return changes


def test_a_run_from_2016_knows_what_councils_knew_and_a_replay_what_came() -> None:
    lever = "money.settlements"
    for name in ("england-2016", "trusts-2016", "no-intervention"):
        assert set(in_force(name, lever).values()) == {"known at the start"}
    for name in ("as-practised-2013", "england-2024"):
        assert set(in_force(name, lever).values()) == {"as announced"}


def test_what_was_decided_since_2024_is_dated() -> None:
    assert in_force("england-2024", "money.families_first_gbp_m") == {
        date(2024, 9, 1): 0.0,
        date(2025, 4, 1): 541.5,
        date(2026, 4, 1): 800.0,
    }
    assert in_force("england-2024", "workforce.agency_rules") == {
        date(2024, 9, 1): 0.0,
        date(2024, 10, 31): 0.5,
        date(2025, 10, 1): 1.0,
    }
    for lever in ("money.families_first_gbp_m", "workforce.agency_rules"):
        assert set(in_force("trusts-2016", lever).values()) == {0.0}

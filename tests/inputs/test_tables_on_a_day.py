"""Councils that come and go: what the councils of a day see of tables of all years."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from sim.inputs.councils.seed_tables import Tables, load_tables
from tests.helpers.seed_files import read_rows

pytestmark = [pytest.mark.quick, pytest.mark.data]

DORSET, BOURNEMOUTH_CHRISTCHURCH_POOLE = 838, 839
OLD_DORSET, POOLE, BOURNEMOUTH = 835, 836, 837
NORTHAMPTONSHIRE, NORTH, WEST = 928, 940, 941
CUMBRIA, CUMBERLAND, WESTMORLAND = 909, 942, 943
PAST = date(2016, 1, 1)
NOW = date(2024, 9, 1)


def cell(tables: Tables, table: str, column: str, year: int, code: int) -> float:
    place = int(tables.column_of(np.array([code]))[0])
    row = int(np.searchsorted(tables.years(table), year))
    return float(tables.grid(table, column)[row, place])


@pytest.mark.parametrize(
    ("on", "councils", "heirs"),
    [
        (date(2013, 11, 1), 152, []),
        (date(2019, 3, 31), 152, []),
        (date(2019, 4, 1), 151, [838, 839]),
        (date(2021, 3, 31), 151, [838, 839]),
        (date(2021, 4, 1), 152, [838, 839, 940, 941]),
        (date(2023, 3, 31), 152, [838, 839, 940, 941]),
        (NOW, 153, [838, 839, 940, 941, 942, 943]),
    ],
)
def test_the_councils_of_a_day(on: date, councils: int, heirs: list[int]) -> None:
    tables = load_tables().on(on)
    assert len(tables.codes) == councils
    assert tables.codes[tables.inherited].tolist() == heirs
    assert set(tables["councils"]["dfe_code"].tolist()) == set(tables.codes.tolist())


def test_days_with_the_same_councils_share_one_view() -> None:
    tables = load_tables()
    assert tables.on(PAST) is tables.on(date(2013, 11, 1)) is tables.on(NOW).on(PAST)


def test_a_council_that_does_not_stand_has_no_column() -> None:
    with pytest.raises(ValueError, match="835"):
        load_tables().on(NOW).column_of(np.array([201, OLD_DORSET]))


@pytest.mark.parametrize("on", [PAST, date(2019, 6, 1), date(2021, 4, 1), NOW])
def test_the_children_of_the_councils_of_a_day_are_englands(on: date) -> None:
    """Whoever stands, in every year, within a child a council for rounding."""
    tables = load_tables().on(on)
    england = {
        int(row["year"]): float(row["value"])
        for row in read_rows("national")
        if row["series"] == "u18_pop_mid_year"
    }
    sums = tables.grid("population", "children_0_17").sum(axis=1)
    for year, total in zip(tables.years("population").tolist(), sums.tolist(), strict=True):
        assert total == pytest.approx(england[year], abs=5), year


def test_a_divided_councils_counts_are_divided_and_none_is_lost() -> None:
    now, past = load_tables().on(NOW), load_tables().on(PAST)
    for table, column, year in (
        ("children", "referrals", 2019),
        ("children", "cla_at_31mar", 2020),
        ("spending", "total_gbp_k", 2017),
        ("workforce", "sw_fte", 2018),
    ):
        for old, news in ((NORTHAMPTONSHIRE, (NORTH, WEST)), (CUMBRIA, (CUMBERLAND, WESTMORLAND))):
            parts = [cell(now, table, column, year, new) for new in news]
            assert sum(parts) == pytest.approx(cell(past, table, column, year, old))
            assert 0.3 < parts[0] / sum(parts) < 0.7
        three = sum(
            cell(past, table, column, year, old)
            for old in (OLD_DORSET, POOLE, BOURNEMOUTH)
            if year < 2019
        )
        if three:
            two = sum(
                cell(now, table, column, year, new)
                for new in (DORSET, BOURNEMOUTH_CHRISTCHURCH_POOLE)
            )
            assert two == pytest.approx(three)


def test_a_successors_share_of_its_predecessor_is_that_of_children() -> None:
    share = {
        (int(row["predecessor"]), int(row["successor"])): float(row["share"])
        for row in read_rows("successors")
    }
    now = load_tables().on(NOW)
    north, west = (cell(now, "population", "children_0_17", 2021, code) for code in (NORTH, WEST))
    assert share[NORTHAMPTONSHIRE, NORTH] == pytest.approx(north / (north + west), abs=1e-4)
    # Christchurch had about 8,000 of old Dorset's 76,000 children.
    assert 0.09 < share[OLD_DORSET, BOURNEMOUTH_CHRISTCHURCH_POOLE] < 0.13


def test_a_successors_rate_is_the_mean_of_those_it_followed() -> None:
    now, past = load_tables().on(NOW), load_tables().on(PAST)
    where = ("children", "rereferral_pct", 2018)
    assert cell(now, *where, NORTH) == pytest.approx(cell(now, *where, WEST))
    assert cell(now, *where, NORTH) == pytest.approx(cell(past, *where, NORTHAMPTONSHIRE))
    rates = [cell(past, *where, code) for code in (BOURNEMOUTH, POOLE, OLD_DORSET)]
    mean = cell(now, *where, BOURNEMOUTH_CHRISTCHURCH_POOLE)
    assert min(rates) < mean < max(rates)
    weights = np.array([34614, 29604, 75876 * 0.1163])
    assert mean == pytest.approx(float(np.average(rates, weights=weights)), abs=0.01)


def test_a_column_that_is_neither_count_nor_rate_is_not_taken_over() -> None:
    with pytest.raises(ValueError, match=r"settlement\.announced is neither a count nor a rate"):
        load_tables().on(NOW).grid("settlement", "announced")


def test_every_cell_taken_over_or_imputed_is_known_as_such() -> None:
    now = load_tables().on(NOW)
    heirs = now.inherited
    filled = now.filled_cells("children", "referrals")
    years = now.years("children").tolist()
    assert not filled[:, ~heirs].any()
    assert not filled[years.index(2024)].any()
    assert filled[years.index(2020), heirs].tolist() == [False, False, True, True, True, True]
    spent = now.filled_cells("spending", "total_gbp_k")
    row = now.years("spending").tolist().index(2023)
    assert now.codes[spent[row]].tolist() == [CUMBERLAND, WESTMORLAND]
    growth = now.filled_cells("settlement", "growth")
    first = now.years("settlement").tolist().index(2021)
    assert growth[first:].all()


def test_history_is_that_of_the_council_most_children_came_from() -> None:
    now = load_tables().on(NOW)
    table = now.history("judgements")
    inherited = table["inherited"]
    assert set(table["dfe_code"][inherited].tolist()) == {838, 839, 940, 941, 942, 943}
    published = table["published"][inherited & (table["dfe_code"] == 839)]
    whole = load_tables()["judgements"]
    assert published.tolist() == whole["published"][whole["dfe_code"] == BOURNEMOUTH].tolist()
    for code in (NORTH, WEST):
        mine = inherited & (table["dfe_code"] == code)
        old = whole["published"][whole["dfe_code"] == NORTHAMPTONSHIRE].tolist()
        assert table["published"][mine].tolist() == old
    now.column_of(table["dfe_code"])


def test_nobody_inherits_where_nobody_has_gone() -> None:
    past = load_tables().on(PAST)
    table = past.history("judgements")
    assert not table["inherited"].any()
    assert len(table["dfe_code"]) == len(past["judgements"]["dfe_code"])


@pytest.mark.parametrize("on", [PAST, date(2019, 6, 1), NOW])
def test_neighbours_stand_on_the_day_and_no_council_is_its_own(on: date) -> None:
    tables = load_tables().on(on)
    neighbours = tables.neighbours()
    assert neighbours.shape == (len(tables.codes), 10)
    assert neighbours.max() < len(tables.codes)
    for council, row in enumerate(neighbours.tolist()):
        known = [place for place in row if place >= 0]
        assert council not in known
        assert len(set(known)) == len(known) >= 8


def test_ons_codes_hold_on_one_day_each() -> None:
    spans: dict[str, list[tuple[str, str, str]]] = {}
    for row in read_rows("ons_codes"):
        span = (row["valid_from"], row["valid_to"] or "9999", row["ons_code"])
        spans.setdefault(row["dfe_code"], []).append(span)
    assert spans["825"][0][1:] == ("2020-03-31", "E10000002")
    assert spans["825"][1] == ("2020-04-01", "9999", "E06000060")
    lives = {row["dfe_code"]: row for row in read_rows("councils")}
    for code, mine in spans.items():
        assert mine[0][0] == lives[code]["valid_from"]
        assert mine[-1][1] == (lives[code]["valid_to"] or "9999")
        assert mine[-1][2] == lives[code]["ons_code"]
        for before, after in pairwise(mine):
            assert date.fromisoformat(after[0]) > date.fromisoformat(before[1])

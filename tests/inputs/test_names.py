"""Councils by every name and code that people use, as of a date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sim.inputs.councils.council_names import check_known, find_council
from sim.inputs.councils.seed_tables import load_tables
from sim.inputs.files.problems import InputError

pytestmark = pytest.mark.quick

NEW_YEAR = date(2016, 1, 1)
TODAY = date(2024, 9, 1)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Sunderland", "Sunderland"),
        ("sunderland city council", "Sunderland"),
        ("SUNDERLAND", "Sunderland"),
        ("  Sündérland ", "Sunderland"),
        ("394", "Sunderland"),
        ("e08000024", "Sunderland"),
        ("St Helens", "St. Helens"),
        ("Saint Helens Council", "St. Helens"),
        ("Bristol", "Bristol, City of"),
        ("Bristol City Council", "Bristol, City of"),
        ("City of Bristol", "Bristol, City of"),
        ("Hull", "Kingston upon Hull, City of"),
        ("Kingston-upon-Hull", "Kingston upon Hull, City of"),
        ("Durham", "County Durham"),
        ("Durham County Council", "County Durham"),
        ("Herefordshire", "Herefordshire, County of"),
        ("Stoke", "Stoke-on-Trent"),
        ("Newcastle", "Newcastle upon Tyne"),
        ("Richmond", "Richmond upon Thames"),
        ("Telford & Wrekin", "Telford and Wrekin"),
        ("Redcar", "Redcar and Cleveland"),
        ("Royal Borough of Windsor and Maidenhead", "Windsor and Maidenhead"),
        ("London Borough of Barking and Dagenham", "Barking and Dagenham"),
        ("City of London", "City of London"),
        ("City of London Corporation", "City of London"),
        ("City of York Council", "York"),
        ("North Yorkshire", "North Yorkshire"),
        ("Derby", "Derby"),
        ("Derbyshire County Council", "Derbyshire"),
        ("Lincolnshire", "Lincolnshire"),
        ("Council of the Isles of Scilly", "Isles of Scilly"),
        ("isle of wight", "Isle of Wight"),
        ("E10000023", "North Yorkshire"),  # until 2023
        ("E10000027", "Somerset"),
        ("E10000002", "Buckinghamshire"),
        ("E06000048", "Northumberland"),  # until 2013
        ("E08000020", "Gateshead"),
        ("E08000039", "Sheffield"),  # from 2025
        ("West Northamptonshire", "Northamptonshire"),
        ("Cumberland", "Cumbria"),
        ("Westmorland & Furness", "Cumbria"),
        ("Dorset", "Dorset"),
        ("838", "Dorset"),
        ("Poole", "Poole"),
        ("Tower Hamlets children's services", "Tower Hamlets"),
    ],
)
def test_a_council_goes_by_many_names(text: str, name: str) -> None:
    assert find_council(text, on=NEW_YEAR).name == name


@pytest.mark.parametrize(
    ("text", "on", "code"),
    [
        # The same name on both sides of a change.
        ("Dorset", date(2019, 3, 31), 835),
        ("Dorset", date(2019, 4, 1), 838),
        ("Dorset Council", TODAY, 838),
        # A council made later stands for the one it followed.
        ("838", date(2018, 1, 1), 835),
        ("E06000059", date(2018, 1, 1), 835),
        ("North Northamptonshire", date(2021, 3, 31), 928),
        ("North Northamptonshire", date(2021, 4, 1), 940),
        ("942", date(2023, 3, 31), 909),
        ("Cumberland", date(2023, 4, 1), 942),
        ("Westmorland and Furness Council", TODAY, 943),
        ("BCP", date(2019, 4, 1), 839),
        # Codes that changed while the council went on.
        ("E06000066", NEW_YEAR, 933),
        ("E10000027", TODAY, 933),
        ("E06000065", NEW_YEAR, 815),
        ("E10000023", TODAY, 815),
        ("Buckinghamshire", TODAY, 825),
    ],
)
def test_a_name_means_the_council_of_the_day(text: str, on: date, code: int) -> None:
    assert find_council(text, on=on).dfe_code == code


def test_every_council_is_found_by_its_name_and_its_codes_while_it_stands() -> None:
    table = load_tables()["councils"]
    columns = ("name", "dfe_code", "ons_code", "valid_from", "valid_to")
    for name, code, ons_code, first, last in zip(
        *(table[c].tolist() for c in columns), strict=True
    ):
        days = [date.fromordinal(first), date.fromordinal(last) if last else TODAY]
        for on in (max(days[0], date(2013, 11, 1)), days[1]):
            for text in (name, name.upper(), f"{name} Council", str(code), ons_code):
                assert find_council(text, on=on).dfe_code == code, (text, on)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "on", "words"),
    [
        (
            "Northamptonshire",
            date(2021, 4, 1),
            "--council: Northamptonshire was replaced by North Northamptonshire and West "
            "Northamptonshire on 1 April 2021\n    say one of them",
        ),
        (
            "E10000006",
            TODAY,
            "--council: Cumbria was replaced by Cumberland and Westmorland and Furness on "
            "1 April 2023\n    say one of them",
        ),
        (
            "Poole",
            TODAY,
            "--council: Poole was replaced by Bournemouth, Christchurch and Poole on 1 April 2019"
            "\n    say Bournemouth, Christchurch and Poole",
        ),
        (
            "835",
            TODAY,
            "--council: Dorset was replaced by Bournemouth, Christchurch and Poole; and Dorset "
            "on 1 April 2019\n    say one of them",
        ),
        (
            "bcp",
            date(2019, 3, 31),
            "--council: Bournemouth, Christchurch and Poole replaced Bournemouth, Dorset and "
            "Poole on 1 April 2019\n    say one of them",
        ),
    ],
)
def test_a_council_that_does_not_stand_says_what_it_was_or_became(
    text: str, on: date, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        find_council(text, on=on)
    assert str(caught.value) == words


def test_the_day_a_council_ends_is_its_last() -> None:
    table = load_tables()["successors"]
    for old, day in zip(table["predecessor"].tolist(), table["on"].tolist(), strict=True):
        last = date.fromordinal(day) - timedelta(days=1)
        assert find_council(str(old), on=last).dfe_code == old
        with pytest.raises(InputError, match="was replaced by"):
            find_council(str(old), on=date.fromordinal(day))


@pytest.mark.bad_input
def test_whether_a_name_is_known_at_all_needs_no_date() -> None:
    for text in ("Northamptonshire", "Cumberland", "BCP", "E06000048"):
        check_known(text)
    with pytest.raises(InputError, match="unknown council 'Nowhere'"):
        check_known("Nowhere")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sundrland", ["unknown council 'Sundrland'", "did you mean Sunderland?"]),
        ("Birmigham City Council", ["did you mean Birmingham"]),
        (
            "Bournemouth, Christchurch and Poole",
            ["replaced Bournemouth, Dorset and Poole on 1 April 2019"],
        ),
        ("BCP", ["say one of them"]),
        ("Kingston", ["Kingston upon Thames or Kingston upon Hull, City of"]),
        ("Cheshire", ["Cheshire East or Cheshire West and Chester"]),
        ("North", ["several councils", "North Yorkshire"]),
        ("qqq", ["unknown council 'qqq'", "DfE or ONS code"]),
        ("", ["unknown council ''"]),
        ("999", ["unknown council '999'"]),
        ("Council", ["unknown council 'Council'"]),
    ],
)
def test_what_is_no_council_or_several_is_said_so(text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        find_council(text, on=NEW_YEAR)
    for word in words:
        assert word in str(caught.value)
    assert "--council" in str(caught.value)


@pytest.mark.bad_input
def test_a_missing_table_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"councils\.csv"):
        find_council("Leeds", on=NEW_YEAR, folder=tmp_path)

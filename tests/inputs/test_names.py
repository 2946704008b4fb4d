"""Councils by every name and code that people use."""

from __future__ import annotations

import pytest

from sim.inputs.councils.council_names import find_council
from sim.inputs.councils.seed_tables import load_tables
from sim.inputs.files.problems import InputError

pytestmark = pytest.mark.quick


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
    assert find_council(text).name == name


def test_every_council_is_found_by_its_name_and_its_codes() -> None:
    table = load_tables()["councils"]
    rows = zip(table["name"], table["dfe_code"], table["ons_code"], strict=True)
    for name, code, ons_code in rows:
        for text in (str(name), str(name).upper(), f"{name} Council", str(code), str(ons_code)):
            assert find_council(text).dfe_code == code, text


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sundrland", ["unknown council 'Sundrland'", "did you mean Sunderland?"]),
        ("Birmigham City Council", ["did you mean Birmingham"]),
        ("Bournemouth, Christchurch and Poole", ["several councils", "Poole or Bournemouth"]),
        ("BCP", ["several councils"]),
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
        find_council(text)
    for word in words:
        assert word in str(caught.value)
    assert "--council" in str(caught.value)


@pytest.mark.bad_input
def test_a_missing_table_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"councils\.csv"):
        find_council("Leeds", tmp_path)

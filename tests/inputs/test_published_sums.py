"""The seed tables add up to what was published for England, and hold nothing from later."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.helpers.seed_files import Row, read_rows

pytestmark = [pytest.mark.quick, pytest.mark.data]

CUT = "2024-08-31"
GRADES = ("outstanding", "good", "requires improvement", "inadequate")
# What England's figure holds and the councils' do not: returns that were not made or not
# published (Norfolk 2013, Cornwall 2014, Hackney 2021 and 2022, Hampshire and Herefordshire
# 2024) and small counts that are suppressed.
GAPS = {2013: 0.03, 2014: 0.031, 2021: 0.009, 2022: 0.008, 2024: 0.06}
SMALL = 0.003


def england(series: str) -> dict[str, float]:
    return {
        row["year"]: float(row["value"]) for row in read_rows("national") if row["series"] == series
    }


def sums(rows: list[Row], column: str, year: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for row in rows:
        if row[column]:
            found[row[year]] = found.get(row[year], 0.0) + float(row[column])
    return found


@pytest.mark.parametrize(
    "column",
    [
        *("referrals", "cin_started", "cin_ended", "cin_at_31mar", "s47_enquiries"),
        *("cpp_started", "cpp_at_31mar"),
    ],
)
def test_children_add_up_to_england_within_what_is_missing(column: str) -> None:
    published = england(column)
    for year, total in sums(read_rows("children"), column, "year").items():
        ratio = total / published[year]
        assert 1.0 - GAPS.get(int(year), SMALL) <= ratio <= 1.0 + SMALL, year


@pytest.mark.parametrize("column", ["cla_started", "cla_ceased", "cla_at_31mar"])
def test_children_looked_after_add_up_to_england(column: str) -> None:
    """To 2014 the source's figures by council leave out up to a hundredth."""
    published = england(column)
    for year, total in sums(read_rows("children"), column, "year").items():
        least = 0.012 if int(year) <= 2014 else 0.001
        assert 1.0 - least <= total / published[year] <= 1.001, year


@pytest.mark.parametrize("column", ["sw_fte", "agency_fte", "vacancy_fte", "cases_held"])
def test_staff_add_up_to_england(column: str) -> None:
    published = england(f"wf_{column}")
    for year, total in sums(read_rows("workforce"), column, "year").items():
        assert total == pytest.approx(published[year], rel=0.001), year


@pytest.mark.parametrize(
    ("column", "name"), [("total", "total_cyp_excl_cera"), ("looked_after", "cla_total")]
)
def test_published_spending_adds_up_to_england(column: str, name: str) -> None:
    """In 2017-18 the source's line for England is higher (looked after by GBP 60 million)."""
    published = england(f"spend_{name}_gbp_m_England_published")
    rows = [row for row in read_rows("spending") if row["basis"] == "published"]
    total = sums(rows, f"{column}_gbp_k", "fin_year")
    luton = 0.005  # the whole row of 2022-23 is marked as imputed
    for year, value in published.items():
        least = {"2017-18": 0.014, "2022-23": luton}.get(year, 0.0005)
        assert -least * value <= total[year] / 1000.0 - value <= 0.0005 * value, year


def test_two_councils_and_luton_are_all_the_spending_that_is_imputed() -> None:
    imputed = [row for row in read_rows("spending") if row["basis"] == "imputed"]
    assert [(row["fin_year"], row["dfe_code"]) for row in imputed] == [
        ("2022-23", "821"),
        ("2023-24", "942"),
        ("2023-24", "943"),
    ]
    (cumbria,) = (
        row for row in read_rows("spending") if (row["year"], row["dfe_code"]) == ("2022", "909")
    )
    shares = {row["successor"]: float(row["share"]) for row in read_rows("successors")}
    for heading, least, most in (
        ("total", 1.10, 1.16),
        ("looked_after", 1.16, 1.18),
        ("family_support", 1.09, 1.11),
    ):
        column = f"{heading}_gbp_k"
        spent = [float(row[column]) for row in imputed[1:]]
        assert least < sum(spent) / float(cumbria[column]) < most
        if heading == "family_support":
            assert spent[0] / sum(spent) == pytest.approx(shares["942"], rel=1e-3)
        if heading == "looked_after":
            children = {
                row["dfe_code"]: float(row["cla_at_31mar"])
                for row in read_rows("children")
                if row["year"] == "2024" and row["dfe_code"] in ("942", "943")
            }
            expected = children["942"] / sum(children.values())
            assert spent[0] / sum(spent) == pytest.approx(expected, rel=1e-3)
    # Bedford, Central Bedfordshire and the two of Cheshire began in April 2009.
    blank = {(r["year"], r["dfe_code"]) for r in read_rows("spending") if not r["total_gbp_k"]}
    assert blank == {("2008", code) for code in ("822", "823", "895", "896")}


def test_settlements_keep_englands_growth_and_a_gap_by_deprivation() -> None:
    """2022-23: most deprived tenth 1.5 points above the least; others the same (assumption)."""
    children = {
        row["dfe_code"]: float(row["children_0_17"])
        for row in read_rows("population")
        if row["year"] == "2024"
    }
    councils = {row["dfe_code"]: row for row in read_rows("councils")}
    alive = [code for code, row in councils.items() if not row["valid_to"]]
    ranked = sorted(alive, key=lambda code: float(councils[code]["idaci_2019"]))
    tenth = len(ranked) // 10
    growths = {2021: 0.046, 2022: 0.074, 2023: 0.094, 2024: 0.075, 2025: 0.068}
    growths |= {2026: 0.058, 2027: 0.043, 2028: 0.044}
    for year, expected in growths.items():
        rows = {r["dfe_code"]: r for r in read_rows("settlement") if r["year"] == str(year)}
        assert {row["basis"] for row in rows.values()} == {"imputed"}
        of = {code: float(rows[code]["growth"]) for code in alive}
        weight = sum(children[code] for code in alive)
        mean = sum(of[code] * children[code] for code in alive) / weight
        assert mean == pytest.approx(expected, abs=1e-4)
        ends = [sum(of[c] for c in part) / tenth for part in (ranked[-tenth:], ranked[:tenth])]
        assert ends[0] - ends[1] == pytest.approx(0.015, abs=0.0005)


def test_every_settlement_was_announced_before_its_year_and_none_later_is_earlier() -> None:
    days = {int(row["year"]): row["announced"] for row in read_rows("settlement")}
    assert all(day < f"{year}-04-01" for year, day in days.items())
    assert list(days.values()) == sorted(days.values())
    assert (min(days), max(days)) == (2013, 2028)
    assert {days[year] for year in range(2016, 2020)} == {"2015-12-17"}


def own_grades(on: str) -> Counter[str]:
    """Latest grades of the councils that stood on a day and had been judged themselves."""
    standing = {
        row["dfe_code"]
        for row in read_rows("councils")
        if row["valid_from"] <= on and (not row["valid_to"] or on <= row["valid_to"])
    }
    rows = sorted(read_rows("judgements"), key=lambda row: row["published"])
    latest = {row["dfe_code"]: row["overall"] for row in rows if row["published"] <= on}
    return Counter(grade for code, grade in latest.items() if code in standing)


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        ("2024-09-01", (31, 66, 37, 18)),
        # A count that misses Cumbria's second report (requires improvement, read by hand for
        # want of a date in the source) gives 52 and 21.
        ("2021-04-01", (18, 57, 53, 20)),
    ],
)
def test_grades_of_councils_judged_in_their_own_name(on: str, counts: tuple[int, ...]) -> None:
    found = own_grades(on)
    assert tuple(found[grade] for grade in GRADES) == counts


def test_no_report_stands_twice_and_nothing_is_later_than_the_cut() -> None:
    judgements = read_rows("judgements")
    assert len(judgements) == 414
    nottingham = [row for row in judgements if row["dfe_code"] == "892"]
    assert [row["published"][:4] for row in nottingham] == ["2014", "2019", "2022"]
    for table, column in (
        ("judgements", "published"),
        ("interventions", "start"),
        ("interventions", "end"),
        ("visits", "visited"),
        ("routes", "next_published"),
        ("trusts", "ended"),
    ):
        assert all(row[column] <= CUT for row in read_rows(table)), (table, column)


def test_every_route_answers_a_judgement_of_inadequate_and_each_since_2018_has_one() -> None:
    failed = {
        (row["dfe_code"], row["published"])
        for row in read_rows("judgements")
        if row["overall"] == "inadequate" and row["published"] >= "2018-01-01"
    }
    assert failed == {(row["dfe_code"], row["published"]) for row in read_rows("routes")}


def test_every_council_inadequate_at_the_cut_has_an_open_intervention() -> None:
    rows = sorted(read_rows("judgements"), key=lambda row: row["published"])
    latest = {row["dfe_code"]: row["overall"] for row in rows}
    standing = {row["dfe_code"] for row in read_rows("councils") if not row["valid_to"]}
    failing = {code for code in standing if latest.get(code) == "inadequate"}
    opened = {
        row["dfe_code"]
        for row in read_rows("interventions")
        if row["kind"] in ("notice", "direction") and row["start"] and not row["end"]
    }
    assert len(failing) == 18
    assert failing <= opened


def test_trusts_and_companies_open_at_the_cut() -> None:
    spells = [row for row in read_rows("interventions") if row["kind"] == "trust"]
    opened = {row["dfe_code"] for row in spells if row["start"] and not row["end"]}
    assert opened == {"330", "333", "380", "394", "870", "871", "885", "928"}
    (cancelled,) = (row for row in spells if not row["start"])
    assert (cancelled["dfe_code"], cancelled["end"]) == ("938", "2022-03-31")
    assert next(row["end"] for row in spells if row["dfe_code"] == "371") == "2022-09-01"


def test_the_projection_starts_from_the_last_estimate_and_widens() -> None:
    rows = read_rows("projection")
    assert [int(row["year"]) for row in rows] == list(range(2025, 2038))
    last = england("u18_pop_mid_year")["2024"]
    assert float(rows[0]["central"]) == pytest.approx(last, rel=0.01)
    widths = [(float(row["high"]) - float(row["low"])) / float(row["central"]) for row in rows]
    assert widths == sorted(widths)
    assert widths[-1] > 0.12

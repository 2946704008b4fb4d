"""Councils that come and go: how long each stood, who followed whom, and in which shares."""

from __future__ import annotations

import math
from functools import cache

from raw import Facts, Row, number

POPULATION_YEARS = range(2012, 2025)
# Years to 31 March whose looked-after rate gives away the population behind it.
RATE_YEARS = range(2015, 2019)
# A council that stood before the model begins has this first day, as in hexes.csv.
BEFORE = "2009-04-01"
# The day on which reorganised councils begin, by predecessor and its successors.
CHANGES = {
    "835": ("2019-04-01", ("838", "839")),
    "836": ("2019-04-01", ("839",)),
    "837": ("2019-04-01", ("839",)),
    "928": ("2021-04-01", ("940", "941")),
    "909": ("2023-04-01", ("942", "943")),
}
LAST_DAYS = {"2019-04-01": "2019-03-31", "2021-04-01": "2021-03-31", "2023-04-01": "2023-03-31"}
# Councils with a new ONS code and no new DfE number: the day of the change.
NEW_ONS_CODES = {"825": "2020-04-01", "815": "2023-04-01", "933": "2023-04-01"}
DAY_BEFORE = {"2020-04-01": "2020-03-31", **LAST_DAYS}
# The three councils with no published population: their sum is England less all others.
DERIVED = ("835", "836", "837")

PREDECESSORS: dict[str, list[str]] = {}
for _old, (_day, _news) in CHANGES.items():
    for _new in _news:
        PREDECESSORS.setdefault(_new, []).append(_old)


def life(code: str) -> tuple[str, str]:
    """First and last day of a council; a blank last day means that it still stands."""
    first = CHANGES[PREDECESSORS[code][0]][0] if code in PREDECESSORS else BEFORE
    last = LAST_DAYS[CHANGES[code][0]] if code in CHANGES else ""
    return first, last


def alive(code: str, day: str) -> bool:
    """Whether a council stands on an ISO day; before BEFORE, those of that day."""
    first, last = life(code)
    return first <= max(day, BEFORE) and (not last or day <= last)


def successors(facts: Facts) -> list[Row]:
    """Who followed whom, and the share of the predecessor's children who came under whom."""
    rows = []
    for old, (day, news) in CHANGES.items():
        for new in news:
            rows.append(
                {
                    "predecessor": old,
                    "successor": new,
                    "on": day,
                    "share": f"{share(facts, old, new):.4f}",
                    "basis": "whole" if len(news) == 1 else "population",
                }
            )
    return sorted(rows, key=lambda row: (row["on"], row["predecessor"], row["successor"]))


@cache
def share(facts: Facts, old: str, new: str) -> float:
    """Share of a predecessor's children, at the first mid-year after, in a successor.

    Dorset: the new Dorset's children over what the old county's would have been, had they
    moved as those of the three together; the rest lived in Christchurch.
    """
    day, news = CHANGES[old]
    year = int(day[:4])
    if len(news) == 1:
        return 1.0
    known = published(facts)
    if old == "835":
        before = derived(facts)
        both = known["838", year] + known["839", year]
        moved = both / sum(before[c, year - 1] for c in DERIVED)
        first = round(known["838", year] / (before["835", year - 1] * moved), 4)
        return first if new == "838" else 1.0 - first
    first = round(known[news[0], year] / sum(known[c, year] for c in news), 4)
    return first if new == news[0] else 1.0 - first


@cache
def published(facts: Facts) -> dict[tuple[str, int], float]:
    """Children under 18 by council and mid-year, as ONS gives them."""
    return {
        (row["dfe_code"], year): float(row[str(year)])
        for row in facts.rows("u18_population")
        for year in POPULATION_YEARS
        if row[str(year)]
    }


@cache
def derived(facts: Facts) -> dict[tuple[str, int], float]:
    """Children of Bournemouth, Poole and old Dorset, 2012 to 2018.

    Their sum is England's published figure less all other councils'. It is divided as
    looked-after counts over rates per 10,000 say: the rate at 31 March is over the mid-year
    before; rates are whole numbers (an error of up to 1 %), so four years are averaged.
    """
    known = published(facts)
    england = {
        int(row["year"]): float(row["u18_pop_mid_year"])
        for row in facts.rows("national_timeseries")
        if row["u18_pop_mid_year"]
    }
    cla = facts.by_key("cla", "year", "dfe_code")
    size = {}
    for code in DERIVED:
        logs = [
            math.log(float(row["cla_at_31mar"]) / float(row["cla_rate_10k"]))
            for row in (cla[str(year), code] for year in RATE_YEARS)
        ]
        size[code] = math.exp(sum(logs) / len(logs))
    result = {}
    for year in (year for year in POPULATION_YEARS if year < 2019):
        rest = england[year] - sum(value for (_, y), value in known.items() if y == year)
        for code in DERIVED[:-1]:
            result[code, year] = float(round(rest * size[code] / sum(size.values())))
        result[DERIVED[-1], year] = rest - sum(result[code, year] for code in DERIVED[:-1])
    return result


@cache
def children(facts: Facts) -> dict[tuple[str, int], tuple[float, str]]:
    """Children under 18 of all councils in all years, each with its basis.

    predecessor: a successor before its time, by the share of its predecessors' children.
    successor: a predecessor after its time, by the part of its successors' children who came
    from it when they began. So the councils of any one day add up to England.
    """
    figures = {key: (value, "published") for key, value in published(facts).items()}
    figures |= {key: (value, "derived") for key, value in derived(facts).items()}
    for year in POPULATION_YEARS:
        for old in CHANGES:
            if (old, year) not in figures:
                value = sum(
                    figures[new, year][0] * _origin(facts, old, new) for new in CHANGES[old][1]
                )
                figures[old, year] = value, "successor"
        for new, olds in PREDECESSORS.items():
            if (new, year) not in figures:
                value = sum(figures[old, year][0] * share(facts, old, new) for old in olds)
                figures[new, year] = value, "predecessor"
    return figures


def _origin(facts: Facts, old: str, new: str) -> float:
    """The part of a successor's children who came from one predecessor."""
    last = int(CHANGES[old][0][:4]) - 1
    before = published(facts) | derived(facts)
    came = {o: before[o, last] * share(facts, o, new) for o in PREDECESSORS[new]}
    return came[old] / sum(came.values())


def population(facts: Facts) -> list[Row]:
    """Children under 18 at mid-year, every council and year, with the basis of each figure."""
    figures = children(facts)
    return [
        {
            "year": str(year),
            "dfe_code": code,
            "children_0_17": str(round(figures[code, year][0])),
            "basis": figures[code, year][1],
        }
        for year in POPULATION_YEARS
        for code in facts.codes()
    ]


def ons_codes(facts: Facts) -> list[Row]:
    """The ONS codes of each council and the days on which they held."""
    rows = []
    for la in sorted(facts.rows("local_authorities"), key=lambda la: la["dfe_code"]):
        first, last = life(la["dfe_code"])
        codes = la["all_ons_codes"].split(";")
        change = NEW_ONS_CODES.get(la["dfe_code"], "")
        spans = [(first, last)]
        if change:
            spans = [(first, DAY_BEFORE[change]), (change, last)]
        for code, (begins, ends) in zip(codes, spans, strict=True):
            rows.append(
                {
                    "dfe_code": la["dfe_code"],
                    "ons_code": code,
                    "valid_from": begins,
                    "valid_to": ends,
                }
            )
    return rows


def councils(facts: Facts) -> list[Row]:
    """Every council that stood at some time from 2013 to August 2024."""
    known = {la["dfe_code"]: la for la in facts.rows("local_authorities")}
    rows = []
    for code in facts.codes():
        la = known[code]
        idaci, method = number(la["idaci2019_avg_score"]), la["idaci2019_method"].split(" (")[0]
        if not idaci and code in PREDECESSORS:
            idaci, method = (
                number(known[PREDECESSORS[code][0]]["idaci2019_avg_score"]),
                "predecessor",
            )
        elif not idaci:
            # Successors' figures, weighted by the children whom each took.
            news = {n: share(facts, code, n) for n in CHANGES[code][1]}
            mean = sum(float(known[n]["idaci2019_avg_score"]) * part for n, part in news.items())
            idaci, method = f"{mean:.3f}", "successors"
        first, last = life(code)
        rows.append(
            {
                "dfe_code": code,
                "ons_code": la["ons_code"],
                "all_ons_codes": la["all_ons_codes"],
                "name": la["name"],
                "region": la["region"],
                # The source calls the two that followed Cumbria counties; they are unitary.
                "kind": "Unitary Authority" if code in ("942", "943") else la["la_type"],
                "ofsted_urn": number(la["ofsted_urn"]),
                "idaci_2019": idaci,
                "idaci_method": method,
                "valid_from": first,
                "valid_to": last,
            }
        )
    return rows

"""The councils, their populations, neighbours and settlement, and the national series."""

from __future__ import annotations

import math

from raw import Facts, Row, number

POPULATION_YEARS = range(2012, 2025)
# Years to 31 March whose looked-after rate gives away the population behind it.
RATE_YEARS = range(2015, 2019)
# Councils made after 2013-2019, and those of the 152 that they replaced, largest first.
SUCCESSORS = {
    "838": ["835"],
    "839": ["837", "836"],
    "940": ["928"],
    "941": ["928"],
    "942": ["909"],
    "943": ["909"],
}
NEIGHBOURS = 10
# The first column of spending power that is the year 2017-18, i.e. year ending March 2018.
CORE_POWER_FROM = 2017


def councils(facts: Facts) -> list[Row]:
    """The 152 councils of 2013 to 2019."""
    rows = []
    for la in facts.rows("local_authorities"):
        idaci, method = la["idaci2019_avg_score"], la["idaci2019_method"].split(" (")[0]
        rows.append(
            {
                "dfe_code": la["dfe_code"],
                "ons_code": la["ons_code"],
                "all_ons_codes": la["all_ons_codes"],
                "name": la["name"],
                "region": la["region"],
                "kind": la["la_type"],
                "ofsted_urn": number(la["ofsted_urn"]),
                "idaci_2019": number(idaci),
                "idaci_method": method,
            }
        )
    return sorted(rows, key=lambda row: row["dfe_code"])


def population(facts: Facts) -> list[Row]:
    """Children under 18 at mid-year, every council and year, with the basis of each figure.

    published: ONS. derived: from looked-after counts and rates (Poole, Dorset, Bournemouth).
    extended: after a council's abolition, by its region's growth.
    """
    region = {la["dfe_code"]: la["region"] for la in facts.rows("local_authorities")}
    known: dict[tuple[str, int], float] = {}
    for row in facts.rows("u18_population"):
        for year in POPULATION_YEARS:
            if row[str(year)]:
                known[row["dfe_code"], year] = float(row[str(year)])
    path = {
        name: _region_path(known, [c for c in region if region[c] == name])
        for name in sorted(set(region.values()))
    }
    rows = []
    for year in POPULATION_YEARS:
        for code in facts.codes():
            growth = path[region[code]]
            if (code, year) in known:
                value, basis = known[code, year], "published"
            elif (code, 2012) in known:
                last = max(y for c, y in known if c == code)
                value, basis = known[code, last] * growth[year] / growth[last], "extended"
            else:
                value = _from_rates(facts, code, growth) * growth[year]
                basis = "derived" if year <= 2018 else "extended"
            rows.append(
                {
                    "year": str(year),
                    "dfe_code": code,
                    "children_0_17": str(round(value)),
                    "basis": basis,
                }
            )
    return rows


def _region_path(known: dict[tuple[str, int], float], codes: list[str]) -> dict[int, float]:
    """Children by year in the councils of a region with every year published."""
    whole = [c for c in codes if all((c, year) in known for year in POPULATION_YEARS)]
    return {year: sum(known[c, year] for c in whole) for year in POPULATION_YEARS}


def _from_rates(facts: Facts, code: str, growth: dict[int, float]) -> float:
    """Share of its region's children, from looked-after counts and rates per 10,000.

    The rate at 31 March is over the mid-year before. Rates are published as whole numbers
    (an error of up to 1 %), so the four years are averaged.
    """
    cla = facts.by_key("cla", "year", "dfe_code")
    logs = []
    for year in RATE_YEARS:
        row = cla[str(year), code]
        children = float(row["cla_at_31mar"]) / float(row["cla_rate_10k"]) * 10_000
        logs.append(math.log(children / growth[year - 1]))
    return math.exp(sum(logs) / len(logs))


def neighbours(facts: Facts) -> list[Row]:
    """The ten closest statistical neighbours, later councils named by their predecessors."""
    lists = {
        row["dfe_code"]: row["neighbours_dfe_codes_closest_first"].split(";")
        for row in facts.rows("statistical_neighbours")
    }
    later: dict[str, list[str]] = {}
    for new, olds in SUCCESSORS.items():
        for old in olds:
            later.setdefault(old, []).append(new)
    rows = []
    for code in facts.codes():
        own = [lists[c] for c in ([code] if code in lists else later[code])]
        # Two successors: take their lists in turn, closest first.
        named = [c for rank in range(NEIGHBOURS) for names in own for c in names[rank : rank + 1]]
        found: dict[str, str] = {}
        for name in named:
            for old in SUCCESSORS.get(name, [name]):
                if old != code:
                    found.setdefault(old, name)
        for rank, (old, name) in enumerate(list(found.items())[:NEIGHBOURS], start=1):
            rows.append({"dfe_code": code, "rank": str(rank), "neighbour": old, "named_as": name})
    return rows


def settlement(facts: Facts) -> list[Row]:
    """Growth of spending power into each financial year (by its first year), cash terms.

    To 2016-17 the published change on a like-for-like definition (rounded to 1 %); from
    2017-18 the ratio of core spending power, as the published column for the last two years
    gives one change over both.
    """
    found = {row["dfe_code"]: row for row in facts.rows("spending_power")}
    rows = []
    for start in range(2013, 2021):
        for code in facts.codes():
            row = found.get(code, {})
            now, before = (number(row.get(f"gbp_m_{y}", "")) for y in (start + 1, start))
            if start < CORE_POWER_FROM:
                growth = number(row.get(f"chg_{start - 1}{start % 100:02d}_{_year(start)}", ""))
            else:
                growth = f"{float(now) / float(before) - 1:.4f}" if now and before else ""
            rows.append(
                {
                    "year": str(start),
                    "fin_year": f"{start}-{(start + 1) % 100:02d}",
                    "dfe_code": code,
                    "growth": growth,
                    "spending_power_gbp_m": now,
                }
            )
    return rows


def _year(start: int) -> str:
    return f"{start}{(start + 1) % 100:02d}"


def national(facts: Facts) -> list[Row]:
    """National figures in long form: series, year, value."""
    rows = []
    for row in facts.rows("national_timeseries"):
        for name, value in row.items():
            if name != "year" and value:
                rows.append({"series": name, "year": row["year"], "value": number(value)})
    for row in facts.rows("national_spending"):
        for name, value in row.items():
            if name != "fin_year" and value:
                series = f"spend_{name}"
                rows.append({"series": series, "year": row["fin_year"], "value": number(value)})
    return sorted(rows, key=lambda row: (row["series"], row["year"]))

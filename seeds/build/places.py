"""Neighbours, settlements, the national series and the projection of England's children."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from raw import CUT, Facts, Row, number
from succession import CHANGES, POPULATION_YEARS, PREDECESSORS, alive, children, councils, share

NEIGHBOURS = 10
# The least share of its children for which a successor speaks for its predecessor.
GOOD_PART = 0.2
# The first column of spending power that is the year 2017-18, i.e. year ending March 2018.
CORE_POWER_FROM = 2017
FIRST_SETTLEMENT, LAST_SETTLEMENT = 2013, 2028
# From this year on no settlement by council was found.
FIRST_NATIONAL = 2021
# England's core spending power, cash growth as announced (sources: seeds/DICTIONARY.md).
NATIONAL_GROWTH = {
    2021: 0.046,
    2022: 0.074,
    2023: 0.094,
    2024: 0.075,
    2025: 0.068,
    2026: 0.058,
    2027: 0.043,
    2028: 0.044,
}
# Growth in 2022-23 of the most and least deprived tenth of councils.
MOST_DEPRIVED_TENTH, LEAST_DEPRIVED_TENTH = 0.084, 0.069
DEPRIVATION_YEAR = 2024
# Day on which the growth of each year was made public; four years at once in December 2015.
ANNOUNCED = {
    2013: "2013-02-04",
    2014: "2014-02-05",
    2015: "2015-02-03",
    **dict.fromkeys(range(2016, 2020), "2015-12-17"),
    2020: "2020-02-06",
    2021: "2021-02-04",
    2022: "2022-02-07",
    2023: "2023-02-06",
    2024: "2024-02-05",
    2025: "2025-02-03",
    **dict.fromkeys(range(2026, 2029), "2025-12-17"),
}


def neighbours(facts: Facts) -> list[Row]:
    """The ten closest statistical neighbours, as the source names them.

    A predecessor has the lists of the successors that took a good part of its children, in
    turn, closest first, without its successors.
    Neighbours are councils of 2024: a reader maps them to those of its date.
    """
    lists = {
        row["dfe_code"]: row["neighbours_dfe_codes_closest_first"].split(";")
        for row in facts.rows("statistical_neighbours")
    }
    rows = []
    for code in facts.codes():
        after = CHANGES[code][1] if code in CHANGES else ()
        own = [lists[n] for n in after if share(facts, code, n) >= GOOD_PART] or [lists[code]]
        named = [c for rank in range(NEIGHBOURS) for names in own for c in names[rank : rank + 1]]
        found = [name for name in dict.fromkeys(named) if name != code and name not in after]
        for rank, name in enumerate(found, start=1):
            rows.append({"dfe_code": code, "rank": str(rank), "neighbour": name})
    return rows


def settlement(facts: Facts) -> list[Row]:
    """Growth of spending power into each financial year (by its first year), cash terms.

    To 2016-17 the published change on a like-for-like definition (rounded to 1 %); to 2020-21
    the ratio of core spending power, as the published column for the last two years gives one
    change over both. From 2021-22 England's growth with a tilt by deprivation. Blanks up to
    2020-21 take the growth of those who stand in their place, then their region's.
    """
    found = {row["dfe_code"]: row for row in facts.rows("spending_power")}
    region = {la["dfe_code"]: la["region"] for la in facts.rows("local_authorities")}
    sizes = children(facts)
    tilt = _tilt(facts)
    rows = []
    for start in range(FIRST_SETTLEMENT, LAST_SETTLEMENT + 1):
        size = {code: sizes[code, min(start, POPULATION_YEARS[-1])][0] for code in region}
        growth: dict[str, float] = {}
        power: dict[str, str] = {}
        if start < FIRST_NATIONAL:
            for code, row in found.items():
                now, before = (number(row[f"gbp_m_{y}"]) for y in (start + 1, start))
                change = f"chg_{start - 1}{start % 100:02d}_{_year(start)}"
                if start < CORE_POWER_FROM and number(row[change]):
                    growth[code] = float(row[change])
                elif start >= CORE_POWER_FROM and now and before:
                    growth[code] = round(float(now) / float(before) - 1, 4)
                power[code] = now
        basis = dict.fromkeys(growth, "published")
        if start >= FIRST_NATIONAL:
            growth = {code: NATIONAL_GROWTH[start] + tilt[code] for code in region}
        else:
            _fill(growth, size, region)
        for code in facts.codes():
            rows.append(
                {
                    "year": str(start),
                    "fin_year": f"{start}-{(start + 1) % 100:02d}",
                    "dfe_code": code,
                    "growth": number(f"{growth[code]:.4f}"),
                    "spending_power_gbp_m": power.get(code, ""),
                    "basis": basis.get(code, "imputed"),
                    "announced": ANNOUNCED[start],
                }
            )
    return rows


def _fill(growth: dict[str, float], size: dict[str, float], region: dict[str, str]) -> None:
    """Growth of councils without a figure: of their predecessors or successors, or the region."""
    known = dict(growth)

    def mean(codes: list[str]) -> float | None:
        weights = {code: size[code] for code in codes if code in known}
        total = sum(weights.values())
        return sum(known[c] * w for c, w in weights.items()) / total if total else None

    for code in sorted(set(region) - set(known)):
        kin = PREDECESSORS.get(code, []) + list(CHANGES.get(code, ("", ()))[1])
        found = mean(kin)
        if found is None:
            found = mean([other for other in region if region[other] == region[code]])
        assert found is not None
        growth[code] = found


def _tilt(facts: Facts) -> dict[str, float]:
    """What each council gets above England's growth: in proportion to its deprivation rank.

    The mean over children is nought. A council without IDACI of its own stands where its
    figure would.
    """
    published = sorted(
        float(la["idaci2019_avg_score"])
        for la in facts.rows("local_authorities")
        if la["idaci2019_avg_score"]
    )
    size = {code: children(facts)[code, DEPRIVATION_YEAR][0] for code in facts.codes()}
    rank = {
        row["dfe_code"]: (
            bisect_left(published, float(row["idaci_2019"]))
            + bisect_right(published, float(row["idaci_2019"]))
        )
        / (2 * len(published))
        for row in councils(facts)
    }
    alive_now = [code for code in rank if alive(code, CUT.isoformat())]
    mean = sum(rank[c] * size[c] for c in alive_now) / sum(size[c] for c in alive_now)
    slope = (MOST_DEPRIVED_TENTH - LEAST_DEPRIVED_TENTH) / 0.9
    return {code: slope * (rank[code] - mean) for code in rank}


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


# Yearly change of England's children: central, and how much lower or higher (assumption; the
# reasons are in seeds/DICTIONARY.md).
PROJECTED = {
    **dict.fromkeys((2025,), 0.0),
    **dict.fromkeys((2026, 2027), -0.005),
    **dict.fromkeys(range(2028, 2031), -0.007),
    **dict.fromkeys(range(2031, 2036), -0.009),
    **dict.fromkeys((2036, 2037), -0.006),
}
EITHER_WAY = 0.006


def projection(facts: Facts) -> list[Row]:
    """England's children under 18 at mid-year 2025 to 2037, from the last estimate."""
    last = POPULATION_YEARS[-1]
    now = sum(
        children(facts)[code, last][0] for code in facts.codes() if alive(code, f"{last}-06-30")
    )
    paths = {"central": now, "low": now, "high": now}
    either = {"central": 0.0, "low": -EITHER_WAY, "high": EITHER_WAY}
    rows = []
    for year, change in PROJECTED.items():
        paths = {name: value * (1.0 + change + either[name]) for name, value in paths.items()}
        row = {"year": str(year)} | {name: str(round(value)) for name, value in paths.items()}
        rows.append(row | {"basis": "assumption"})
    return rows


def workforce_rules(facts: Facts) -> list[Row]:
    """Rules about agency staff, routes into the profession and their numbers, as read."""
    return [
        {
            "topic": raw["topic"],
            "when": raw["date_or_period"],
            "kind": raw["type"],
            "statement": raw["figure_or_rule"],
            "source": raw["source"],
        }
        for raw in facts.rows("workforce_policy")
        if "NOT FOUND" not in raw["figure_or_rule"]
    ]

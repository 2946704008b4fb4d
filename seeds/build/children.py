"""Yearly returns about children, staff and money: one row a council and year."""

from __future__ import annotations

from raw import Facts, Row, number
from succession import CHANGES, PREDECESSORS, alive, share

CIN = (
    "referrals",
    "rereferral_pct",
    "referral_nfa_pct",
    "referral_not_in_need_pct",
    "assess_within_45wd_pct",
    "cin_started",
    "cin_ended",
    "cin_at_31mar",
    "s47_enquiries",
    "icpc",
    "cpp_started",
    "cpp_second_or_later_pct",
    "cpp_at_31mar",
)
CLA = ("cla_started", "cla_ceased", "cla_at_31mar", "uasc_at_31mar")
WORKFORCE = (
    "sw_fte",
    "starters_fte",
    "leavers_fte",
    "turnover_pct",
    "agency_fte",
    "agency_pct",
    "vacancy_fte",
    "vacancy_pct",
    "absence_pct",
    "avg_caseload",
    "cases_held",
    "case_holders_fte",
)
SPENDING = {
    "total": "total_cyp_excl_cera_gbp_thousand",
    "looked_after": "cla_total_gbp_thousand",
    "safeguarding": "safeguarding_total_gbp_thousand",
    "family_support": "family_support_total_gbp_thousand",
    "youth": "youth_services_total_gbp_thousand",
    "youth_justice": "youth_justice_total_gbp_thousand",
    "sure_start": "sure_start_total_gbp_thousand",
    "other": "other_cyp_total_gbp_thousand",
}


SPENDING_YEARS = tuple(year for year in range(2008, 2024) if year != 2014)

OUTTURN = {
    "employees": "csc_employees",
    "total": "csc_total_exp",
    "income": "csc_total_income",
    "looked_after": "cla_total_exp",
    "residential": "residential_total_exp",
    "fostering": "fostering_total_exp",
    "family_support": "family_support_total_exp",
    "safeguarding": "safeguarding_total_exp",
    "agency_staff": "agency_staff_cost",
}


def children(facts: Facts) -> list[Row]:
    """Years to 31 March 2011 to 2024; the children in need return begins in 2013."""
    cin = facts.by_key("cin", "year", "dfe_code")
    cla = facts.by_key("cla", "year", "dfe_code")
    rows = []
    for year in map(str, range(2011, 2025)):
        for code in (code for code in facts.codes() if alive(code, f"{year}-03-31")):
            in_need, looked_after = cin.get((year, code), {}), cla.get((year, code), {})
            row = {"year": year, "dfe_code": code}
            row |= {name: number(in_need.get(name, "")) for name in CIN}
            row |= {name: number(looked_after.get(name, "")) for name in CLA}
            rows.append(row)
    return rows


def workforce(facts: Facts) -> list[Row]:
    """At 30 September 2015 to 2023. `joint_with` names a council counted in this row too."""
    returns = facts.by_key("workforce", "year", "dfe_code")
    rows = []
    for year in map(str, range(2015, 2024)):
        for code in (code for code in facts.codes() if alive(code, f"{year}-09-30")):
            found = returns.get((year, code), {})
            row = {"year": year, "dfe_code": code}
            row |= {name: number(found.get(name, "")) for name in WORKFORCE}
            # Kingston's 2016 row is not marked as joint, but Richmond has none that year
            # and Kingston's posts are the two boroughs' of the year before.
            joint = {"314": "318" if year >= "2016" else "", "940": "941"}
            row["joint_with"] = joint.get(code, "")
            rows.append(row)
    return rows


def spending(facts: Facts) -> list[Row]:
    """Financial years by their first year, 2008 to 2023; 2014 was not found.

    Two gaps are filled, and marked `imputed`: Luton's youth justice of 2022-23, and so its
    total, by the mean of the years around it; the first year of Cumberland and Westmorland and
    Furness by their parts of Cumbria's year before (children looked after: as in their own first
    return; else by children), times the growth of the heading in England.
    """
    outturn = facts.by_key("spending_s251", "fin_year", "dfe_code")
    figures: dict[tuple[int, str], dict[str, str]] = {}
    for start in SPENDING_YEARS:
        for code in (code for code in facts.codes() if alive(code, f"{start + 1}-03-31")):
            found = outturn.get((_label(start), code), {})
            figures[start, code] = {n: number(found.get(raw, "")) for n, raw in SPENDING.items()}
    imputed = {(2022, "821"), (2023, "942"), (2023, "943")}
    luton = figures[2022, "821"]
    around = [float(figures[year, "821"]["youth_justice"]) for year in (2021, 2023)]
    luton["youth_justice"] = str(round(sum(around) / 2))
    luton["total"] = str(sum(int(luton[name]) for name in SPENDING if name != "total"))
    (old,) = PREDECESSORS["942"]
    cla = facts.by_key("cla", "year", "dfe_code")
    looked_after = {new: float(cla["2024", new]["cla_at_31mar"]) for new in CHANGES[old][1]}
    for new in CHANGES[old][1]:
        cells = figures[2023, new]
        for name in (name for name in SPENDING if name != "total"):
            part = share(facts, old, new)
            if name == "looked_after":
                part = looked_after[new] / sum(looked_after.values())
            cells[name] = str(
                round(float(figures[2022, old][name]) * part * _growth(figures, name))
            )
        cells["total"] = str(sum(int(cells[name]) for name in SPENDING if name != "total"))
    return [
        {"year": str(start), "fin_year": _label(start), "dfe_code": code}
        | {f"{name}_gbp_k": cell for name, cell in cells.items()}
        | {"basis": "imputed" if (start, code) in imputed else "published"}
        for (start, code), cells in figures.items()
    ]


def _growth(figures: dict[tuple[int, str], dict[str, str]], name: str) -> float:
    """England's growth of a heading into 2023-24: councils with both years."""
    both = [
        code
        for year, code in figures
        if year == 2023 and code not in PREDECESSORS | CHANGES and (2022, code) in figures
    ]
    now, before = (sum(float(figures[year, code][name]) for code in both) for year in (2023, 2022))
    return now / before


def _label(start: int) -> str:
    return f"{start}-{(start + 1) % 100:02d}"


def outturn(facts: Facts) -> list[Row]:
    """Revenue outturn 2023-24: children's social care and what of it went to agency staff."""
    rows = []
    for raw in facts.rows("csc_revenue_outturn_2023_24"):
        row = {"year": "2023", "fin_year": raw["fin_year"], "dfe_code": raw["dfe_code"]}
        row["certified"] = {"Y": "yes", "N": "no"}.get(raw["certified"], "")
        row |= {
            f"{n}_gbp_k": number(raw[f"{column}_gbp_thousand"]) for n, column in OUTTURN.items()
        }
        rows.append(row)
    return sorted(rows, key=lambda row: row["dfe_code"])

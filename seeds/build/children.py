"""Yearly returns about children, staff and money: one row a council and year."""

from __future__ import annotations

from raw import Facts, Row, number

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


def children(facts: Facts) -> list[Row]:
    """Years to 31 March 2011 to 2019; the children in need return begins in 2013."""
    cin = facts.by_key("cin", "year", "dfe_code")
    cla = facts.by_key("cla", "year", "dfe_code")
    rows = []
    for year in map(str, range(2011, 2020)):
        for code in facts.codes():
            in_need, looked_after = cin.get((year, code), {}), cla.get((year, code), {})
            row = {"year": year, "dfe_code": code}
            row |= {name: number(in_need.get(name, "")) for name in CIN}
            row |= {name: number(looked_after.get(name, "")) for name in CLA}
            rows.append(row)
    return rows


def workforce(facts: Facts) -> list[Row]:
    """At 30 September 2015 to 2018. `joint_with` names a council counted in this row too."""
    returns = facts.by_key("workforce", "year", "dfe_code")
    rows = []
    for year in map(str, range(2015, 2019)):
        for code in facts.codes():
            found = returns.get((year, code), {})
            row = {"year": year, "dfe_code": code}
            row |= {name: number(found.get(name, "")) for name in WORKFORCE}
            # Kingston's 2016 row is not marked as joint, but Richmond has none that year
            # and Kingston's posts are the two boroughs' of the year before.
            row["joint_with"] = "318" if code == "314" and year >= "2016" else ""
            rows.append(row)
    return rows


def spending(facts: Facts) -> list[Row]:
    """Financial years by their first year, 2008 to 2018; 2014 was not found."""
    outturn = facts.by_key("spending_s251", "fin_year", "dfe_code")
    rows = []
    for start in (year for year in range(2008, 2019) if year != 2014):
        label = f"{start}-{(start + 1) % 100:02d}"
        for code in facts.codes():
            found = outturn.get((label, code), {})
            row = {"year": str(start), "fin_year": label, "dfe_code": code}
            row |= {f"{n}_gbp_k": number(found.get(raw, "")) for n, raw in SPENDING.items()}
            rows.append(row)
    return rows

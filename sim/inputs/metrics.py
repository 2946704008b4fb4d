"""The names, units and meanings of everything the program reports.

One registry, so that files, tables, charts and tests cannot disagree about a unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "neither"]
Kind = Literal["stock", "flow", "rate", "total"]


@dataclass(frozen=True)
class Metric:
    """One reported quantity.

    `kind` says how it is read over time: a stock at a date, a flow over a period, a rate
    (share or ratio), or a total that exists only for a whole run.
    `better` says which way a director of children's services would want it to move.
    """

    name: str
    unit: str
    label: str
    kind: Kind
    better: Better = "neither"


_ALL = (
    Metric("councils_inadequate", "councils", "Councils judged inadequate", "stock", "lower"),
    Metric(
        "councils_good_or_better", "councils", "Councils judged good or better", "stock", "higher"
    ),
    Metric(
        "inadequate_council_years",
        "council-years",
        "Council-years lived under an inadequate judgement",
        "total",
        "lower",
    ),
    Metric(
        "child_years_under_inadequate",
        "child-years",
        "Child-years in need in councils judged inadequate",
        "total",
        "lower",
    ),
    Metric(
        "median_months_to_exit",
        "months",
        "Median months from inadequate judgement to exit",
        "total",
        "lower",
    ),
    Metric(
        "exit_share_24m",
        "share",
        "Share out of inadequate within 24 months (Kaplan-Meier)",
        "total",
        "higher",
    ),
    Metric(
        "exit_share_36m",
        "share",
        "Share out of inadequate within 36 months (Kaplan-Meier)",
        "total",
        "higher",
    ),
    Metric(
        "reinspection_still_inadequate_share",
        "share",
        "Share of re-inspections that find the council still inadequate",
        "total",
        "lower",
    ),
    Metric("referrals", "referrals a year", "Referrals", "flow"),
    Metric(
        "unallocated_children",
        "children",
        "Children waiting for a worker to be allocated",
        "stock",
        "lower",
    ),
    Metric(
        "late_assessment_share",
        "share",
        "Share of assessments later than 45 working days",
        "rate",
        "lower",
    ),
    Metric("children_in_need", "children", "Children in need", "stock"),
    Metric("protection_plans", "children", "Children on a protection plan", "stock"),
    Metric("children_looked_after", "children", "Children looked after", "stock"),
    Metric(
        "worker_changes_per_child_year",
        "changes per child-year",
        "Changes of social worker per child per year",
        "rate",
        "lower",
    ),
    Metric(
        "social_workers_fte",
        "full-time equivalents",
        "Permanent social workers in post",
        "stock",
        "higher",
    ),
    Metric(
        "turnover_rate", "share a year", "Turnover of permanent social workers", "rate", "lower"
    ),
    Metric("vacancy_rate", "share", "Vacancy rate", "rate", "lower"),
    Metric("agency_rate", "share", "Agency share of the workforce", "rate", "lower"),
    Metric("caseload", "cases per worker", "Cases per case-holding worker", "rate", "lower"),
    Metric(
        "desk_time_share",
        "share",
        "Share of working time at a desk, not with families",
        "rate",
        "lower",
    ),
    Metric("spend_gbp_m", "GBP million a year", "Spending on children's services", "flow"),
    Metric("overspend_share", "share of budget", "Overspend against budget", "rate", "lower"),
    Metric("early_help_gbp_m", "GBP million a year", "Spending on early help", "flow", "higher"),
    Metric(
        "intervention_cost_gbp_m",
        "GBP million",
        "Cost of intervention (advisers, commissioners, peers, trusts)",
        "flow",
        "lower",
    ),
    Metric(
        "cost_support_gbp_m",
        "GBP million a year",
        "Cost of advisers, commissioners and peer teams",
        "flow",
        "lower",
    ),
    Metric(
        "cost_transition_gbp_m",
        "GBP million a year",
        "Cost of building trusts",
        "flow",
        "lower",
    ),
    Metric(
        "cost_transaction_gbp_m",
        "GBP million a year",
        "Cost of running contracts",
        "flow",
        "lower",
    ),
    Metric(
        "cost_transgression_gbp_m",
        "GBP million a year",
        "Cost of overspends of trusts and fines",
        "flow",
        "lower",
    ),
    Metric(
        "cost_transmutation_gbp_m",
        "GBP million a year",
        "Cost of ending contracts and taking services back",
        "flow",
        "lower",
    ),
    Metric(
        "attention_transition",
        "leadership-years a year",
        "Leaders' attention taken by building trusts",
        "flow",
        "lower",
    ),
    Metric(
        "attention_transmutation",
        "leadership-years a year",
        "Leaders' attention taken by taking services back",
        "flow",
        "lower",
    ),
    Metric(
        "attention_lent",
        "leadership-years a year",
        "Leaders' attention taken by helping other councils",
        "flow",
        "lower",
    ),
    Metric(
        "information_age_years",
        "years",
        "Mean time since a council was last fully inspected",
        "stock",
        "lower",
    ),
    Metric(
        "hidden_failing_councils",
        "councils",
        "Councils that would probably fail an inspection but are not judged inadequate",
        "stock",
        "lower",
    ),
    Metric("tragedies", "tragedies", "Public tragedies", "total"),
    Metric(
        "agency_premium_gbp_m",
        "GBP million",
        "Extra paid for agency over permanent staff",
        "flow",
        "lower",
    ),
    Metric("trusts_opened", "trusts", "Trusts opened", "total"),
    Metric(
        "trust_setup_months",
        "months",
        "Mean months from decision to a trust opening",
        "total",
        "lower",
    ),
    Metric("trusts_handed_back", "trusts", "Trusts handed back or ended early", "total", "lower"),
    Metric("inspections_completed", "inspections", "Full inspections published", "flow"),
    Metric(
        "inspection_delay_months",
        "months",
        "Mean wait of an inspection past its due date",
        "total",
        "lower",
    ),
    Metric("inspector_vacancy_rate", "share", "Inspector posts unfilled", "rate", "lower"),
    Metric(
        "sponsor_wait_months", "months", "Mean wait for a sponsor or peer team", "total", "lower"
    ),
    Metric("directors_changed", "changes", "Changes of director", "flow", "lower"),
    Metric(
        "contracted_child_years",
        "child-years",
        "Child-years in need served under a trust contract",
        "total",
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}

# Series kept month by month for England, and year by year for each council.
NATIONAL_SERIES: tuple[str, ...] = (
    "councils_inadequate",
    "councils_good_or_better",
    "referrals",
    "unallocated_children",
    "late_assessment_share",
    "children_in_need",
    "protection_plans",
    "children_looked_after",
    "worker_changes_per_child_year",
    "social_workers_fte",
    "turnover_rate",
    "vacancy_rate",
    "agency_rate",
    "caseload",
    "desk_time_share",
    "spend_gbp_m",
    "overspend_share",
    "early_help_gbp_m",
    "intervention_cost_gbp_m",
    "cost_support_gbp_m",
    "cost_transition_gbp_m",
    "cost_transaction_gbp_m",
    "cost_transgression_gbp_m",
    "cost_transmutation_gbp_m",
    "attention_transition",
    "attention_transmutation",
    "attention_lent",
    "agency_premium_gbp_m",
    "information_age_years",
    "hidden_failing_councils",
    "inspections_completed",
    "inspector_vacancy_rate",
    "directors_changed",
)
COUNCIL_SERIES: tuple[str, ...] = (
    "councils_inadequate",
    "councils_good_or_better",
    "referrals",
    "unallocated_children",
    "late_assessment_share",
    "children_in_need",
    "protection_plans",
    "children_looked_after",
    "worker_changes_per_child_year",
    "social_workers_fte",
    "turnover_rate",
    "vacancy_rate",
    "agency_rate",
    "caseload",
    "spend_gbp_m",
    "overspend_share",
    "early_help_gbp_m",
    "intervention_cost_gbp_m",
)

"""The names, units and meanings of everything the program reports.

One row for each metric: files, tables, charts and briefings take from it what they call the metric,
its unit, where its series are kept and which of their lists it is in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Better = Literal["lower", "higher", "neither"]
Kind = Literal["stock", "flow", "rate", "total"]
Series = Literal["none", "england", "councils"]
# The lists that hold some metrics only: the tables on the terminal of a run, of a sweep and of what
# the spread is made of; the comparison in the briefings for a minister and a director; two charts;
# the stages of the time that councils are inadequate, in order; what spending is made of, by what
# is bought and by who pays.
Listing = Literal[
    "screen",
    "sweep",
    "spread",
    "minister",
    "director",
    "comparison",
    "strain",
    "phases",
    "cost",
    "payers",
]
_THOUSANDS = "child-years"  # the unit that is shown in thousands


@dataclass(frozen=True)
class Metric:
    """One reported quantity.

    `kind` says how it is read over time: a stock at a date, a flow over a period, a rate
    (share or ratio), or a total that exists only for a whole run.
    `better` says which way a director of children's services would want it to move.
    `series`: kept month by month for England, or that and year by year for each council.
    `short`: what a chart calls it; the label, where none is given.
    `places`: its place in each list that it is in; of two with the same place the one that is
    declared first comes first.
    `least`: what no figure can lie below; so an interval of a mean ends there where it is shown.
    """

    name: str
    unit: str
    label: str
    kind: Kind
    better: Better = "neither"
    series: Series = "none"
    short: str = ""
    places: Mapping[Listing, int] = field(default_factory=dict)
    least: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "short", self.short or self.label)

    @property
    def scale(self) -> float:
        """What a figure is multiplied with to be shown: shares are shown in per cent, child-years
        in thousands."""
        if self.unit == _THOUSANDS:
            return 0.001
        return 100.0 if self.unit.startswith("share") else 1.0

    @property
    def yearly_unit(self) -> str:
        """The unit; flows counted over a run are reported a year."""
        yearly = self.kind == "flow" and "a year" not in self.unit
        return f"{self.unit} a year" if yearly else self.unit

    @property
    def display_unit(self) -> str:
        """The unit of a figure that is shown in `scale`: "per cent", "£ million a year" or
        "thousand child-years"."""
        if self.unit == _THOUSANDS:
            return f"thousand {self.unit}"
        return "per cent" if self.scale > 1 else self.yearly_unit.replace("GBP", "£")


# Laid out by hand: what it is, then where it appears.
# fmt: off
_ALL = (
    Metric("child_years_under_poor_practice", "child-years",
           "Child-years in need where practice is poor", "total", "lower",
           short="Child-years under poor practice",
           places={"screen": 1, "sweep": 1, "spread": 1, "minister": 1, "director": 1,
                   "comparison": 1}),
    Metric("child_years_under_poor_practice_line_lower", "child-years",
           "Child-years in need where practice is poor, the line a quarter of a grade lower",
           "total", "lower"),
    Metric("child_years_under_poor_practice_line_higher", "child-years",
           "Child-years in need where practice is poor, the line a quarter of a grade higher",
           "total", "lower"),
    Metric("child_years_under_inadequate", "child-years",
           "Child-years in need in councils judged inadequate", "total", "lower",
           short="Child-years in inadequate councils",
           places={"screen": 2, "sweep": 2, "spread": 2, "minister": 2, "comparison": 2}),
    Metric("inadequate_council_years", "council-years",
           "Council-years under an inadequate judgement", "total", "lower",
           short="Council-years inadequate",
           places={"screen": 3, "sweep": 3, "spread": 3, "minister": 3, "director": 2,
                   "comparison": 3}),
    Metric("phase_years_decision", "council-years",
           "Council-years inadequate with nothing decided, or not yet", "total", "lower",
           short="Nothing decided, or not yet", places={"phases": 1}),
    Metric("phase_years_waiting_commissioner", "council-years",
           "Council-years inadequate, waiting for a commissioner", "total", "lower",
           short="Waiting for a commissioner", places={"phases": 2}),
    Metric("phase_years_waiting_sponsor", "council-years",
           "Council-years inadequate, waiting for a sponsor", "total", "lower",
           short="Waiting for a sponsor", places={"phases": 3}),
    Metric("phase_years_waiting_peer_team", "council-years",
           "Council-years inadequate, waiting for a peer team", "total", "lower",
           short="Waiting for a peer team", places={"phases": 4}),
    Metric("phase_years_waiting_project_team", "council-years",
           "Council-years inadequate, waiting for a project team", "total", "lower",
           short="Waiting for a project team", places={"phases": 5}),
    Metric("phase_years_set_up", "council-years",
           "Council-years inadequate while what was decided is set up", "total", "lower",
           short="Set-up", places={"phases": 6}),
    Metric("phase_years_help", "council-years",
           "Council-years inadequate with help at work before practice has recovered", "total",
           "lower", short="Help until practice recovers", places={"phases": 7}),
    Metric("phase_years_waiting_inspector", "council-years",
           "Council-years inadequate with practice recovered, waiting for the inspector",
           "total", "lower", short="Waiting for the inspector", places={"phases": 8}),
    Metric("councils_inadequate", "councils", "Councils judged inadequate", "stock", "lower",
           series="councils", places={"screen": 4, "spread": 5}),
    Metric("children_under_poor_practice", "children",
           "Children in need where practice is poor", "stock", "lower", series="england"),
    Metric("councils_good_or_better", "councils", "Councils judged good or better", "stock",
           "higher", series="councils"),
    Metric("median_months_to_exit", "months", "Median months from inadequate judgement to exit",
           "total", "lower",
           short="Months from judgement to exit",
           places={"screen": 5, "spread": 4, "minister": 4, "director": 3, "comparison": 4}),
    Metric("exit_share_24m", "share", "Share out of inadequate within 24 months (Kaplan-Meier)",
           "total", "higher", places={"screen": 6}),
    Metric("exit_share_36m", "share", "Share out of inadequate within 36 months (Kaplan-Meier)",
           "total", "higher", places={"minister": 5, "director": 4}),
    Metric("reinspection_still_inadequate_share", "share",
           "Share of re-inspections that find the council still inadequate", "total", "lower"),
    Metric("referrals", "referrals a year", "Referrals", "flow", series="councils"),
    Metric("unallocated_children", "children", "Children waiting for a worker to be allocated",
           "stock", "lower", series="councils"),
    Metric("late_assessment_share", "share", "Share of assessments later than 45 working days",
           "rate", "lower",
           series="councils", short="Late assessments", places={"director": 10, "comparison": 5}),
    Metric("children_in_need", "children", "Children in need", "stock", series="councils"),
    Metric("protection_plans", "children", "Children on a protection plan", "stock",
           series="councils"),
    Metric("children_looked_after", "children", "Children looked after", "stock",
           series="councils", short="Number looked after", places={"strain": 4}),
    Metric("worker_changes_per_child_year", "changes per child-year",
           "Changes of social worker per child per year", "rate", "lower",
           series="councils", short="Changes of social worker",
           places={"director": 11, "comparison": 6}),
    Metric("social_workers_fte", "full-time equivalents", "Permanent social workers in post",
           "stock", "higher", series="councils"),
    Metric("turnover_rate", "share a year", "Turnover of permanent social workers", "rate", "lower",
           series="councils", short="Social worker turnover",
           places={"director": 13, "comparison": 7}),
    Metric("vacancy_rate", "share", "Vacancy rate", "rate", "lower",
           series="councils", short="Vacancy rate", places={"director": 14, "strain": 3}),
    Metric("agency_rate", "share", "Agency share of the workforce", "rate", "lower",
           series="councils", short="Agency share",
           places={"screen": 14, "spread": 6, "director": 15, "comparison": 8, "strain": 2}),
    Metric("caseload", "cases per worker", "Cases per case-holding worker", "rate", "lower",
           series="councils", short="Caseload",
           places={"screen": 15, "spread": 7, "director": 12, "strain": 1}),
    Metric("desk_time_share", "share", "Share of working time at a desk, not with families", "rate",
           "lower", series="england"),
    Metric("spend_gbp_m", "GBP million a year",
           "Spending on children's services, whoever pays", "flow",
           series="councils", short="Spending",
           places={"screen": 13, "sweep": 4, "spread": 9, "minister": 7, "director": 17,
                   "comparison": 10}),
    Metric("spend_staff_gbp_m", "GBP million a year", "Spending on permanent social workers",
           "flow", series="england", short="Permanent social workers", places={"cost": 4}),
    Metric("spend_agency_gbp_m", "GBP million a year", "Spending on agency social workers", "flow",
           "lower", series="england", short="Agency social workers", places={"cost": 5}),
    Metric("spend_placements_gbp_m", "GBP million a year",
           "Spending on placements of children looked after", "flow", series="england",
           short="Placements of children", places={"cost": 6}),
    Metric("spend_services_gbp_m", "GBP million a year",
           "Spending on family support, adoption, youth justice and management", "flow",
           series="england", short="Family support, management", places={"cost": 7}),
    Metric("paid_by_government_gbp_m", "GBP million a year",
           "Spending that government pays for, beyond councils' budgets", "flow",
           short="Paid by government", places={"payers": 1}),
    Metric("paid_by_councils_gbp_m", "GBP million a year",
           "Spending that councils pay for, overspends and fines included", "flow",
           short="Paid by councils", places={"payers": 2}),
    Metric("overspend_share", "share of budget", "Overspend against budget", "rate", "lower",
           series="councils", least=-math.inf),
    Metric("early_help_gbp_m", "GBP million a year", "Spending on early help", "flow", "higher",
           series="councils", short="Early help, with what is protected",
           places={"cost": 3}),
    Metric("intervention_cost_gbp_m", "GBP million",
           "Cost of intervention (advisers, commissioners, peers, trusts)", "flow", "lower",
           series="councils", short="Intervention",
           places={"screen": 12, "spread": 8, "cost": 1}),
    Metric("cost_support_gbp_m", "GBP million a year",
           "Cost of advisers, commissioners and peer teams", "flow", "lower", series="england"),
    Metric("cost_transition_gbp_m", "GBP million a year", "Cost of building trusts", "flow",
           "lower", series="england"),
    Metric("cost_transaction_gbp_m", "GBP million a year", "Cost of running contracts", "flow",
           "lower", series="england"),
    Metric("cost_transgression_gbp_m", "GBP million a year",
           "Cost of overspends of trusts and fines", "flow", "lower", series="england",
           short="Overspends of trusts, and fines", places={"cost": 2}),
    Metric("cost_transmutation_gbp_m", "GBP million a year",
           "Cost of ending contracts and taking services back", "flow", "lower", series="england"),
    Metric("attention_transition", "leadership-years a year",
           "Leaders' attention taken by building trusts", "flow", "lower", series="england"),
    Metric("attention_transmutation", "leadership-years a year",
           "Leaders' attention taken by taking services back", "flow", "lower", series="england"),
    Metric("attention_lent", "leadership-years a year",
           "Leaders' attention taken by helping other councils", "flow", "lower", series="england"),
    Metric("information_age_years", "years", "Mean time since a council was last fully inspected",
           "stock", "lower", series="england"),
    Metric("hidden_failing_councils", "councils",
           "Councils that would probably fail an inspection but are not judged inadequate", "stock",
           "lower", series="england"),
    Metric("tragedies", "tragedies", "Public tragedies", "total"),
    Metric("agency_premium_gbp_m", "GBP million", "Extra paid for agency over permanent staff",
           "flow", "lower", series="england"),
    Metric("trusts_opened", "trusts", "Trusts opened", "total",
           places={"screen": 7, "minister": 6}),
    Metric("trust_setup_months", "months", "Mean months from decision to a trust opening", "total",
           "lower", places={"director": 5}),
    Metric("trusts_handed_back", "trusts", "Trusts that failed, were handed back or not renewed",
           "total", "lower"),
    Metric("inspections_completed", "inspections", "Full inspections published", "flow",
           series="england"),
    Metric("inspection_delay_months", "months", "Mean wait of an inspection past its due date",
           "total", "lower", places={"screen": 16}),
    Metric("inspector_vacancy_rate", "share", "Inspector posts unfilled", "rate", "lower",
           series="england"),
    Metric("waiting_years_commissioner", "council-years",
           "Council-years spent waiting for a commissioner", "total", "lower",
           places={"screen": 8, "director": 6}),
    Metric("waiting_years_sponsor", "council-years", "Council-years spent waiting for a sponsor",
           "total", "lower", places={"screen": 9, "director": 7}),
    Metric("waiting_years_peer_team", "council-years",
           "Council-years spent waiting for a peer team", "total", "lower",
           places={"screen": 10, "director": 8}),
    Metric("waiting_years_project_team", "council-years",
           "Council-years spent waiting for a team to set up a trust", "total", "lower",
           places={"screen": 11, "director": 9}),
    Metric("needed_commissioner", "commissioners",
           "Commissioners at work or awaited at the peak", "total"),
    Metric("existing_commissioner", "commissioners", "Commissioners there are", "total"),
    Metric("needed_sponsor", "sponsors", "Sponsors at work or awaited at the peak", "total"),
    Metric("existing_sponsor", "sponsors", "Sponsors there are", "total"),
    Metric("needed_peer_team", "teams", "Peer teams at work or awaited at the peak", "total"),
    Metric("existing_peer_team", "teams", "Peer teams there are", "total"),
    Metric("needed_project_team", "teams",
           "Teams that set up trusts, at work or awaited at the peak", "total"),
    Metric("existing_project_team", "teams", "Teams that set up trusts there are", "total"),
    Metric("needed_lender", "councils", "Councils that lend managers at the peak", "total"),
    Metric("directors_changed", "changes", "Changes of director", "flow", "lower",
           series="england", short="Changes of director", places={"director": 16, "comparison": 9}),
    Metric("contracted_child_years", "child-years",
           "Child-years in need served under a trust contract", "total"),
)
# fmt: on

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}

# The outcome that options are judged by first: it counts the children, and whether or not an
# inspector has seen it.
HEADLINE = "child_years_under_poor_practice"
# The same with the line a quarter of a grade lower and higher.
LINE_LOWER, LINE_HIGHER = f"{HEADLINE}_line_lower", f"{HEADLINE}_line_higher"

# What a scenario costs: the one definition, in tables, charts and words. It is all that is spent on
# children's services in a year, whoever pays, in cash; a scenario costs what it has more of it than
# the one it is compared with. The metrics of the list "cost" add up to it by what is bought, those
# of the list "payers" by who pays.
COST = "spend_gbp_m"


def listed_metrics(listing: Listing) -> tuple[str, ...]:
    """The metrics of a list, in its order."""
    places = {
        name: metric.places[listing] for name, metric in METRICS.items() if listing in metric.places
    }
    return tuple(sorted(places, key=places.__getitem__))


# Series kept year by year for each council, and month by month for England.
COUNCIL_SERIES: tuple[str, ...] = tuple(
    name for name, metric in METRICS.items() if metric.series == "councils"
)
_england = [name for name, metric in METRICS.items() if metric.series != "none"]
# In national.csv this one comes earlier than in the other files.
_england.remove("agency_premium_gbp_m")
_england.insert(_england.index("information_age_years"), "agency_premium_gbp_m")
NATIONAL_SERIES: tuple[str, ...] = tuple(_england)

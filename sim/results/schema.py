"""The tables of a run folder: every file, its columns in order, and what each column means.

Writers take the order of columns from here, and readers what a table must hold. A column's name
means the same in every table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sim.inputs.metrics import METRICS

# What each column means. "Runs" are the replications of a scenario.
MEANINGS: dict[str, str] = {
    "scenario": "name of the scenario, with the levers that were set for this run only",
    "baseline": "scenario that this one is compared with; empty for a scenario on its own",
    "replication": "number of the replication, from 1; the same number has the same random "
    "streams in every scenario",
    "metric": "name of the metric (`simulate list --metrics` says what each is)",
    "value": "the metric in this replication, in full precision; empty where there was nothing "
    "to measure",
    "unit": "unit of the metric",
    "n": "number of runs in which there was something to measure",
    "mean": "mean over runs",
    "sd": "sample standard deviation over runs",
    "ci95_low": "lower end of the 95 % interval of the mean; in comparison.csv of the mean "
    "difference, simultaneous over all scenarios and metrics",
    "ci95_high": "upper end of that interval",
    "p05": "5th centile of the runs (in comparison.csv: of the differences)",
    "p50": "median of the runs",
    "p95": "95th centile of the runs (in comparison.csv: of the differences)",
    "diff_mean": "mean over replications of the scenario less the baseline",
    "diff_ci95_low": "lower end of the simultaneous 95 % interval of diff_mean",
    "diff_ci95_high": "upper end of that interval",
    "share_better": "share of replications in which the scenario does better than the baseline, "
    "ties counted half; empty where neither direction is better",
    "avoided": "child-years under poor practice that the scenario avoids over the run; below zero "
    "where there are more",
    "avoided_low": "lower end of the simultaneous 95 % interval of avoided",
    "avoided_high": "upper end of that interval",
    "cost_gbp_m": "what councils spend more than in the baseline, GBP million a year in cash, with "
    "what the department pays of it",
    "cost_low": "lower end of the simultaneous 95 % interval of cost_gbp_m",
    "cost_high": "upper end of that interval",
    "gbp_per_child_year": "cost over the run for each child-year avoided, GBP; below zero where "
    "money is saved, empty where it is not clear that any is avoided",
    "gbp_low": "lower end of Fieller's interval of that ratio, at the level of avoided",
    "gbp_high": "upper end of that interval",
    "correlation": "correlation of scenario and baseline over replications",
    "variance_ratio": "variance of the difference over that of two runs with random streams of "
    "their own",
    "skewness": "skewness of the differences",
    "zero_share": "share of replications without any difference",
    "interval": "sound, or rough where the interval is not to be trusted",
    "pairs": "replications that were run a second time under other parameters",
    "luck": "share of the variance that is chance: the random streams",
    "ignorance": "share of the variance that comes of parameters nobody knows",
    "error": "standard error of those two shares",
    "month": "calendar month, YYYY-MM",
    "time_period": "financial year to 31 March as open data write it: 201617",
    "time_identifier": "kind of period: Financial year",
    "geographic_level": "Local authority",
    "country_code": "ONS code of England",
    "country_name": "England",
    "region_code": "ONS code of the region",
    "region_name": "region",
    "old_la_code": "three-digit code of the Department for Education",
    "new_la_code": "ONS code of the council",
    "la_code": "ONS code of the council; empty for England",
    "la_name": "council",
    "spell": "number of the council's spell in this replication, from 1",
    "started": "day the inadequate judgement was published; before the run where it was under way",
    "ended": "day a better judgement was published; empty where the run ended first",
    "censored": "1 where the run ended before the spell did, else 0",
    "months": "length of the spell in months, to the end of the run where it is censored",
    "route": "last kind of intervention: commissioner, sponsor, trust, peer, adviser or none",
    "exit_grade": "Ofsted grade at the exit: 2 (requires improvement) to 4 (outstanding)",
    "tried": "interventions in order, each as kind@day of the spell",
    "id": "number of the event in its replication",
    "time": "day of the run, from 0",
    "date": "date of the event",
    "kind": "what happened",
    "cause": "id of the event that led to this one",
    "details": "more about the event, as JSON",
    "point": "name of the point: the scenario with the levers set",
    "council_kind": "county, metropolitan district, London borough or unitary authority",
    "deprivation": "share of children in income-deprived families, as the model takes it",
    "opening_grade": "Ofsted grade on the first day: 1 (inadequate) to 4 (outstanding); 0 for none",
    "judged_on": "day that judgement was published; empty where there is none",
    "inherited": "1 where the council was not judged in its own name yet and takes the grade of "
    "the council that it came from, else 0",
    "staff_counted": "day of the count of social workers that the run starts from",
    "imputed": "figures of the council's first day that no return gives, filled by a stated rule",
}

# The columns that hold numbers; nothing stands where there is none.
NUMBERS = (
    *("replication", "value", "n", "mean", "sd", "ci95_low", "ci95_high", "p05", "p50", "p95"),
    *("diff_mean", "diff_ci95_low", "diff_ci95_high", "share_better", "correlation"),
    *("variance_ratio", "skewness", "zero_share", "pairs", "luck", "ignorance", "error"),
    *("spell", "censored", "months", "exit_grade", "id", "time", "cause"),
    *("avoided", "avoided_low", "avoided_high", "cost_gbp_m", "cost_low", "cost_high"),
    *("gbp_per_child_year", "gbp_low", "gbp_high"),
    *("deprivation", "opening_grade", "inherited", *METRICS),
)


@dataclass(frozen=True)
class RunTable:
    """A table of a run folder: `names` are its columns in order.

    Every run of scenarios has it where `always`; readers do without the columns in `optional`,
    which older folders lack.
    """

    names: str
    optional: str = ""
    always: bool = True
    may_be_empty: bool = False
    dates: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order in which they are written."""
        return tuple(self.names.split())

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that a report cannot do without where the table is there."""
        return tuple(c for c in self.columns if c not in self.optional.split())


TABLES: dict[str, RunTable] = {
    "replications.csv": RunTable("scenario replication metric value"),
    "summary.csv": RunTable("scenario metric unit n mean sd ci95_low ci95_high p05 p50 p95"),
    "comparison.csv": RunTable(
        "scenario baseline metric unit n diff_mean ci95_low ci95_high p05 p95 share_better "
        "correlation variance_ratio skewness zero_share interval",
        optional="variance_ratio skewness zero_share interval",
        may_be_empty=True,
    ),
    "cost_effectiveness.csv": RunTable(
        "scenario baseline n avoided avoided_low avoided_high cost_gbp_m cost_low cost_high "
        "gbp_per_child_year gbp_low gbp_high",
        always=False,  # folders of earlier versions lack it
        may_be_empty=True,
    ),
    "national.csv": RunTable(
        "scenario month metric unit mean p05 p50 p95", optional="unit", dates=("month",)
    ),
    # In the shape of the Department for Education's open data, so that the results join to it.
    "councils.csv": RunTable(
        "time_period time_identifier geographic_level country_code country_name region_code "
        "region_name old_la_code new_la_code la_name scenario metric unit mean p05 p95",
        optional="time_identifier geographic_level country_code country_name region_code unit",
        may_be_empty=True,  # a run that holds no 31 March has no financial year
    ),
    # As the seed tables have it on the first day; which councils there are depends on the date.
    "starting_state.csv": RunTable(
        "old_la_code new_la_code la_name region_name council_kind deprivation opening_grade "
        "judged_on inherited staff_counted imputed",
        always=False,
        dates=("judged_on", "staff_counted"),
    ),
    "spells.csv": RunTable(
        "scenario replication la_code la_name spell started ended censored months route "
        "exit_grade tried",
        optional="spell months tried",
        may_be_empty=True,
        dates=("started", "ended"),
    ),
    "events.csv.gz": RunTable(
        "scenario replication id time date la_code la_name kind cause details",
        always=False,
        dates=("date",),
    ),
    "spread.csv": RunTable(
        "scenario baseline metric unit pairs sd luck ignorance error", always=False
    ),
    # Of a sweep: a column for each lever that is set stands after `point`.
    "points.csv": RunTable(
        " ".join(["point", "n", *METRICS]), optional=" ".join(METRICS), always=False
    ),
    "points_long.csv": RunTable(
        "point metric unit n mean ci95_low ci95_high p05 p95 "
        "diff_mean diff_ci95_low diff_ci95_high share_better",
        always=False,
    ),
}


def columns_of(file: str) -> tuple[str, ...]:
    """The columns of a table of the run folder, in the order in which they are written."""
    return TABLES[file].columns


def label(scenario: str) -> str:
    """How a scenario's name is written: "peer-support" is "Peer support".

    The levers and mechanisms that follow the name are as they are typed: a minus is no hyphen.
    """
    mark = re.search(r" with(out)? |, without ", scenario)
    end = mark.start() if mark else len(scenario)
    words = (scenario[:end].replace("-", " ").replace("_", " ") + scenario[end:]).strip()
    return words[:1].upper() + words[1:]

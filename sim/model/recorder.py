"""Keeps count while a batch runs: months for England, financial years for each council,
totals for the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from sim.analysis.survival import kaplan_meier, median_age, share_out_by
from sim.inputs.metrics import (
    COST,
    COUNCIL_SERIES,
    HEADLINE,
    LINE_HIGHER,
    LINE_LOWER,
    METRICS,
    NATIONAL_SERIES,
    listed_metrics,
)
from sim.model.batch_result import BatchResult, Spell
from sim.model.england import England
from sim.model.institutions.department import FailureCase
from sim.model.institutions.judging import overall_cuts
from sim.model.institutions.ofsted import hidden_failing
from sim.model.institutions.supply import QUEUES
from sim.model.state import CARE, PHASES, PLANS, State
from sim.units import DAYS_A_MONTH, DAYS_A_YEAR, Array, BoolArray

# The line below which practice is poor, lower and higher: in grade steps from where it is.
LINES = {HEADLINE: 0.0, LINE_LOWER: -0.25, LINE_HIGHER: 0.25}
# The stages of a spell and, last, the time after practice has recovered.
STAGES_OF_TIME = listed_metrics("phases")
WAITING_FOR_THE_INSPECTOR = len(PHASES)


class Recorder:
    """Takes a snapshot at each month end and each 31 March."""

    def __init__(self, start: date, days: int, state: State, countries: Sequence[England]) -> None:
        self._start, self._days = start, days
        self._state, self._countries = state, countries
        self._step = countries[0].settings.step_days
        self._months = _ends(start, days)
        self._years = _year_ends(start, days)
        self._then = state.copy()  # a year before, or at the start
        self._councils: list[dict[str, Array]] = []
        self._desk = np.array([country.p["workforce.desk_time"] for country in countries])[:, None]
        # Practice below which an inspection would probably find a council inadequate.
        self._failing = np.array([overall_cuts(country.p)[0] for country in countries])[:, None]
        # Flows of the year in which the run began are not complete, unless it began in April.
        self._full_year = (start.month, start.day) == (4, 1)
        self._child_years = np.zeros((2, len(countries)))  # in inadequate councils; under contract
        line = np.array([country.p["practice.poor_line"] for country in countries])[:, None]
        self._line = line
        self._lines = np.array([line + step for step in LINES.values()])
        self._poor_years = np.zeros((len(LINES), len(countries)))  # child-years below each line
        self._stage_years = np.zeros((len(countries), len(STAGES_OF_TIME)))  # council-years
        # At the start and at each month end: the day, the sums over councils of every field
        # (fields, countries) and, not at the start, the derived sums and what institutions report.
        self._day = 0
        self._days_recorded, self._sums = [0], [state.england()]
        self._derived: list[Array] = []
        self._reports: list[Array] = []

    def week(self, day: int, in_need: Array) -> None:
        """Called after each step of the working week with the day on which it ends and the
        children in need by then, (countries, councils)."""
        s, years = self._state, self._step / DAYS_A_YEAR
        self._child_years[0] += np.add.reduce(in_need * (s.grade == 1), axis=1) * years
        self._child_years[1] += np.add.reduce(in_need * s.contracted, axis=1) * years
        below = s.practice < self._lines
        self._poor_years += np.add.reduce(in_need * below, axis=2) * years
        self._stage_years += stages_of_time(s, s.practice < self._failing) * years
        self._day = day
        k = len(self._derived)
        # The last step that ends within the month stands for its end.
        if k < len(self._months) and day + self._step > (self._months[k] - self._start).days + 1:
            self._month()

    def year_closed(self) -> None:
        """Called each 31 March."""
        now = self._state.copy()
        series = self._series(now, self._then, 1.0, derived_sums(now))
        self._then = now
        if not self._full_year:
            for name in COUNCIL_SERIES:
                if METRICS[name].kind in ("flow", "rate") and name not in _LEVELS:
                    series[name] = np.full_like(series[name], np.nan)
        self._full_year = True
        self._councils.append({name: series[name].astype(np.float32) for name in COUNCIL_SERIES})

    def _month(self) -> None:
        s, every_ofsted = self._state, [country.ofsted for country in self._countries]
        self._days_recorded.append(self._day)
        self._sums.append(s.england())
        self._derived.append(np.add.reduce(derived_sums(s), axis=2))
        vacancy = [ofsted.inspectors.vacancy for ofsted in every_ofsted]
        age = [ofsted.information_age(self._day - self._step) for ofsted in every_ofsted]
        poor = np.add.reduce(s.children_in_need * (s.practice < self._line), axis=1)
        failing = hidden_failing(s, self._failing)
        self._reports.append(np.array((vacancy, age, failing, poor)))

    def _by_month(self) -> dict[str, Array]:
        """Every series of England, (countries, months)."""
        sums = np.stack(self._sums, axis=2)
        now, then = State.of(sums[:, :, 1:]), State.of(sums[:, :, :-1])
        # A month holds four or five working weeks: flows are put on a yearly footing.
        per_year = DAYS_A_YEAR / np.diff(self._days_recorded)
        series = self._series(now, then, per_year, np.stack(self._derived, axis=2))
        for name, values in zip(_REPORTED, np.stack(self._reports, axis=2), strict=True):
            series[name] = values
        return {name: np.ascontiguousarray(series[name]) for name in NATIONAL_SERIES}

    def _series(
        self, now: State, then: State, per_year: Array | float, derived: Array
    ) -> dict[str, Array]:
        """Every series between two moments, with the `derived_sums` at the second: by
        council or for England month by month, (countries, councils or months) as the moments
        are."""
        inadequate, good, vacant, extra, cases = derived
        yearly, permanent = now.since(then, per_year), now.permanent
        income = yearly.income
        return {
            "councils_inadequate": inadequate,
            "councils_good_or_better": good,
            "referrals": yearly.referrals,
            "unallocated_children": now.waiting,
            "late_assessment_share": _ratio(yearly.assessed_late, yearly.assessed),
            "children_in_need": now.children_in_need,
            "protection_plans": now.total(PLANS),
            "children_looked_after": now.total(CARE),
            "worker_changes_per_child_year": _ratio(
                yearly.worker_changes, yearly.allocated_child_years
            ),
            "social_workers_fte": permanent,
            "turnover_rate": _ratio(yearly.left, yearly.worker_years),
            "vacancy_rate": _ratio(vacant, vacant + permanent),
            "agency_rate": _ratio(now.agency, now.agency + permanent),
            "caseload": _ratio(cases, now.holders),
            "desk_time_share": self._desk + extra / np.maximum(permanent, 1e-9),
            **spending(yearly),
            "overspend_share": _ratio(yearly.spend - income, income),
            "cost_support_gbp_m": yearly.spend_support,
            "cost_transition_gbp_m": yearly.spend_transition,
            "cost_transaction_gbp_m": yearly.spend_transaction,
            "cost_transmutation_gbp_m": yearly.spend_transmutation,
            "attention_transition": yearly.attention_years_transition,
            "attention_transmutation": yearly.attention_years_transmutation,
            "attention_lent": yearly.attention_years_lent,
            "agency_premium_gbp_m": yearly.agency_premium,
            "inspections_completed": yearly.inspections,
            "directors_changed": yearly.directors_changed,
        }

    def result(self) -> BatchResult:
        """All that is reported, copied out of the live arrays."""
        national = self._by_month()
        shape = (len(self._countries), len(self._councils), self._state.grade.shape[1])
        councils = {name: np.empty(shape, dtype=np.float32) for name in COUNCIL_SERIES}
        for k, year in enumerate(self._councils):
            for name, values in year.items():
                councils[name][:, k] = values
        spells = [spell for country in self._countries for spell in self._spells(country)]
        return BatchResult(
            scenarios=[country.settings.scenario for country in self._countries],
            replications=[country.settings.replication for country in self._countries],
            start=self._start,
            days=self._days,
            totals=self._run_totals(national, spells),
            months=self._months[: len(self._derived)],
            national=national,
            years=[f"{end.year - 1}-{end.year % 100:02d}" for end in self._years[: shape[1]]],
            councils=councils,
            spells=spells,
            events=[event for country in self._countries for event in country.log.events],
        )

    def _spells(self, country: England) -> list[Spell]:
        cases: list[tuple[FailureCase, int | None, int | None]] = [
            (case, int(day), grade) for case, day, grade in country.department.closed
        ]
        cases += [(case, None, None) for case in country.department.cases.values()]
        spells = [
            Spell(
                country=country.index,
                council=case.council.index,
                started=int(case.opened),
                ended=ended,
                route=case.route,
                exit_grade=grade,
                tried=tuple(case.tried),
            )
            for case, ended, grade in cases
        ]
        return sorted(spells, key=lambda spell: (spell.started, spell.council))

    def _run_totals(
        self, national: Mapping[str, Array], spells: Sequence[Spell]
    ) -> dict[str, Array]:
        years = self._days / DAYS_A_YEAR
        now, then = (State.of(sums[:, :, None]) for sums in (self._state.england(), self._sums[0]))
        derived = np.add.reduce(derived_sums(self._state), axis=2, keepdims=True)
        whole = self._series(now, then, 1.0 / years, derived)
        totals: dict[str, Array] = {}
        for name in NATIONAL_SERIES:
            flow_or_ratio = METRICS[name].kind == "flow" or name in _RATIOS_OF_FLOWS
            totals[name] = whole[name][:, 0] if flow_or_ratio else national[name].mean(axis=1)
        paid = payers(now.since(then, 1.0 / years))
        totals |= {name: values[:, 0] for name, values in paid.items()}
        totals["child_years_under_inadequate"] = self._child_years[0].copy()
        totals["contracted_child_years"] = self._child_years[1].copy()
        for name, child_years in zip(LINES, self._poor_years, strict=True):
            totals[name] = child_years.copy()
        by_country: list[list[Spell]] = [[] for _ in self._countries]
        for spell in spells:
            by_country[spell.country].append(spell)
        rows = [
            {**_spell_totals(own, self._days), **_institution_totals(country)}
            for country, own in zip(self._countries, by_country, strict=True)
        ]
        for name in rows[0]:
            totals[name] = np.array([row[name] for row in rows])
        stages = _summing_to(self._stage_years, totals["inadequate_council_years"])
        for name, council_years in zip(STAGES_OF_TIME, stages.T, strict=True):
            totals[name] = council_years.copy()
        return {name: totals[name] for name in METRICS}


_REPORTED = (
    *("inspector_vacancy_rate", "information_age_years", "hidden_failing_councils"),
    "children_under_poor_practice",
)
_LEVELS = ("vacancy_rate", "agency_rate", "caseload")  # rates that are read at a date
_RATIOS_OF_FLOWS = (
    "late_assessment_share",
    "worker_changes_per_child_year",
    "turnover_rate",
    "overspend_share",
)


def spending(yearly: State) -> dict[str, Array]:
    """All that is spent in a time and what is bought with it, GBP m, from the running totals that
    `State.since` gives; the parts add up to the whole."""
    return {
        COST: yearly.spend,
        "intervention_cost_gbp_m": yearly.spend_intervention,
        "cost_transgression_gbp_m": yearly.spend_overrun,
        "early_help_gbp_m": yearly.spend_early_help,
        "spend_staff_gbp_m": yearly.spend_staff,
        "spend_agency_gbp_m": yearly.spend_agency,
        "spend_placements_gbp_m": yearly.spend_placements,
        "spend_services_gbp_m": yearly.spend_other,
    }


def payers(yearly: State) -> dict[str, Array]:
    """Who pays for all that is spent, GBP m: government by grants and exceptional support; councils
    the rest, from budgets, reserves, other money of the council and what the last year still
    owes."""
    given = yearly.income_grant + yearly.income_exceptional
    return {
        "paid_by_government_gbp_m": given,
        "paid_by_councils_gbp_m": yearly.spend - given,
    }


def derived_sums(s: State) -> Array:
    """What is added up for England and is no field, (5, countries, councils): councils inadequate
    and at least good, vacancies, desk time beyond the usual and cases, in full-time equivalents
    and children."""
    parts = (s.grade == 1, s.grade >= 3, s.vacancies, s.desk_extra * s.permanent)
    return np.array((*parts, s.caseload * s.holders))


def stages_of_time(s: State, failing: BoolArray) -> Array:
    """Councils judged inadequate by where their spell stands, (countries, stages).

    `failing` (countries, councils): whom an inspection would probably find inadequate today. One
    that it would not waits for the inspector, whatever else goes on.
    """
    countries, stages = len(failing), len(STAGES_OF_TIME)
    rows, columns = np.nonzero(s.grade == 1)
    stage = s.phase[rows, columns].astype(np.intp)
    stage[~failing[rows, columns]] = WAITING_FOR_THE_INSPECTOR
    counts = np.bincount(rows * stages + stage, minlength=countries * stages)
    return counts.reshape(countries, stages).astype(np.float64)


def _summing_to(stages: Array, whole: Array) -> Array:
    """The council-years of each stage (countries, stages), so that they add up to those of the
    spells (countries,).

    Stages are counted at the end of each week and spells in days: they differ by a few days a
    spell, which are shared out in proportion. Where no week's end met a spell, what there is
    goes to the first stage.
    """
    counted = stages.sum(axis=1)
    met = counted > 0.0
    result = stages * np.divide(whole, counted, out=np.zeros_like(whole), where=met)[:, None]
    result[~met, 0] = whole[~met]
    return np.asarray(result)


def _ratio(part: Array, whole: Array) -> Array:
    """Zero where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 1e-12)


def _spell_totals(spells: Sequence[Spell], days: int) -> dict[str, float]:
    """What the spells of one country add up to (ages in months from the judgement)."""
    if not spells:
        nan = float("nan")
        return {
            "inadequate_council_years": 0.0,
            "median_months_to_exit": nan,
            "exit_share_24m": nan,
            "exit_share_36m": nan,
        }
    started = np.array([spell.started for spell in spells], dtype=np.float64)
    ended = np.array(
        [days if spell.ended is None else spell.ended for spell in spells], dtype=np.float64
    )
    exited = np.array([spell.ended is not None for spell in spells])
    watched_from = np.maximum(started, 0.0)
    times, still = kaplan_meier(
        (watched_from - started) / DAYS_A_MONTH, (ended - started) / DAYS_A_MONTH, exited
    )
    return {
        "inadequate_council_years": float((ended - watched_from).sum() / DAYS_A_YEAR),
        "median_months_to_exit": median_age(times, still),
        "exit_share_24m": share_out_by(24.0, times, still),
        "exit_share_36m": share_out_by(36.0, times, still),
    }


def _institution_totals(country: England) -> dict[str, float]:
    ofsted, department = country.ofsted, country.department
    return {
        "reinspection_still_inadequate_share": _mean([g == 1 for g in ofsted.reinspections]),
        "inspection_delay_months": _mean(ofsted.delays) / DAYS_A_MONTH,
        **{
            f"{metric}_{queue.replace(' ', '_')}": float(figure(queue))
            for metric, figure in (
                ("waiting_years", department.waiting_years),
                ("needed", department.supply.needed),
                ("existing", department.supply.existing),
            )
            for queue in QUEUES
        },
        "needed_lender": float(department.lenders.most),
        "trusts_opened": float(department.trusts_opened),
        "trust_setup_months": _mean(department.setup_months),
        "trusts_handed_back": float(department.trusts_handed_back),
        "tragedies": float(country.tragedies),
    }


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _ends(start: date, days: int) -> list[date]:
    """The last day of each calendar month that the run covers to its end."""
    end = start + timedelta(days=days)
    months = np.arange(np.datetime64(start, "M"), np.datetime64(end, "M") + 1)
    last_days: list[date] = ((months + 1).astype("datetime64[D]") - 1).tolist()
    return [day for day in last_days if day < end]


def _year_ends(start: date, days: int) -> list[date]:
    """Each 31 March that the run covers."""
    return [end for end in _ends(start, days) if end.month == 3]

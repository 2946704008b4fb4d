"""Keeps count while a batch runs: months for England, financial years for each council,
totals for the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.england.councils import CARE, PLANS, Councils
from sim.england.ofsted import hidden_failing
from sim.england.rates import DAYS_A_YEAR
from sim.england.results import BatchResult, Spell
from sim.england.settings import World
from sim.england.survival import kaplan_meier, median_age, share_out_by
from sim.inputs.metrics import COUNCIL_SERIES, METRICS, NATIONAL_SERIES

if TYPE_CHECKING:
    from sim.england.department import FailureCase
    from sim.england.nation import Nation

Array = npt.NDArray[np.float64]
MONTH = 365.25 / 12.0


class Recorder:
    """Takes a snapshot at each month end and each 31 March."""

    def __init__(
        self,
        start: date,
        days: int,
        worlds: Sequence[World],
        state: Councils,
        nations: Sequence[Nation],
    ) -> None:
        self._start, self._days = start, days
        self._worlds, self._state, self._nations = worlds, state, nations
        self._step = worlds[0].step_days
        self._months = _ends(start, days)
        self._years = _year_ends(start, days)
        begun = state.england()
        self._at = {"begin": begun, "month": begun, "year": state.copy()}
        self._national: list[dict[str, Array]] = []
        self._councils: list[dict[str, Array]] = []
        self._desk = np.array([nation.p["workforce.desk_time"] for nation in nations])[:, None]
        self._noise = np.array([nation.p["ofsted.noise"] for nation in nations])[:, None]
        # Flows of the year in which the run began are not complete, unless it began in April.
        self._full_year = (start.month, start.day) == (4, 1)
        self._day = self._month_from = 0
        self._child_years = np.zeros((2, len(worlds)))  # in inadequate councils; under contract

    def week(self, day: int, in_need: Array) -> None:
        """Called after each step of the working week with the day on which it ends and the
        children in need by then, (nations, councils)."""
        s, years = self._state, self._step / DAYS_A_YEAR
        self._child_years[0] += np.add.reduce(in_need * (s.grade == 1), axis=1) * years
        self._child_years[1] += np.add.reduce(in_need * s.contracted, axis=1) * years
        self._day = day
        k = len(self._national)
        # The last step that ends within the month stands for its end.
        if k < len(self._months) and day + self._step > (self._months[k] - self._start).days + 1:
            self._month()

    def year_closed(self) -> None:
        """Called each 31 March."""
        now, then = self._state.copy(), self._at["year"]
        self._at["year"] = now
        series = self._series(now, then, 1.0, axis=None)
        if not self._full_year:
            for name in COUNCIL_SERIES:
                if METRICS[name].kind in ("flow", "rate") and name not in _LEVELS:
                    series[name] = np.full_like(series[name], np.nan)
        self._full_year = True
        self._councils.append({name: series[name].astype(np.float32) for name in COUNCIL_SERIES})

    def _month(self) -> None:
        now, then = self._state.england(), self._at["month"]
        self._at["month"] = now
        # A month holds four or five working weeks: flows are put on a yearly footing.
        series = self._series(now, then, 365.25 / (self._day - self._month_from), axis=1)
        self._month_from = self._day
        vacancy = np.array([nation.ofsted.inspectors.vacancy for nation in self._nations])
        series["inspector_vacancy_rate"] = vacancy
        offices = [nation.ofsted for nation in self._nations]
        series["information_age_years"] = np.array(
            [o.information_age(self._day - self._step) for o in offices]
        )
        series["hidden_failing_councils"] = hidden_failing(self._state, self._noise)
        self._national.append({name: series[name] for name in NATIONAL_SERIES})

    def _series(
        self, now: Councils, then: Councils, per_year: float, axis: int | None
    ) -> dict[str, Array]:
        """Every series between two snapshots of the state: by council (axis None) or for England
        (1), as the snapshots are."""
        s = self._state

        def add(values: Array) -> Array:
            return values if axis is None else values.sum(axis=axis)

        def moved(name: str) -> Array:
            return np.asarray(getattr(now, name) - getattr(then, name))

        permanent, vacant = now.permanent, add(s.vacancies)
        extra = add(s.desk_extra * s.permanent) / np.maximum(permanent, 1e-9)
        desk = self._desk if axis is None else self._desk[:, 0]
        income = moved("income")
        return {
            "councils_inadequate": add((s.grade == 1).astype(np.float64)),
            "councils_good_or_better": add((s.grade >= 3).astype(np.float64)),
            "referrals": moved("referrals") * per_year,
            "unallocated_children": now.waiting.copy(),  # so that the snapshot can go
            "late_assessment_share": _ratio(moved("assessed_late"), moved("assessed")),
            "children_in_need": now.children_in_need,
            "protection_plans": now.total(PLANS),
            "children_looked_after": now.total(CARE),
            "worker_changes_per_child_year": _ratio(
                moved("worker_changes"), moved("allocated_child_years")
            ),
            "social_workers_fte": permanent,
            "turnover_rate": _ratio(moved("left"), moved("worker_years")),
            "vacancy_rate": _ratio(vacant, vacant + permanent),
            "agency_rate": _ratio(now.agency, now.agency + permanent),
            "caseload": _ratio(add(s.caseload * s.holders), now.holders),
            "desk_time_share": desk + extra,
            "spend_gbp_m": moved("spend") * per_year,
            "overspend_share": _ratio(moved("spend") - income, income),
            "early_help_gbp_m": moved("spend_early_help") * per_year,
            "intervention_cost_gbp_m": moved("spend_intervention") * per_year,
            "cost_support_gbp_m": moved("spend_support") * per_year,
            "cost_transition_gbp_m": moved("spend_transition") * per_year,
            "cost_transaction_gbp_m": moved("spend_transaction") * per_year,
            "cost_transgression_gbp_m": moved("spend_overrun") * per_year,
            "cost_transmutation_gbp_m": moved("spend_transmutation") * per_year,
            "attention_transition": moved("attention_years_transition") * per_year,
            "attention_transmutation": moved("attention_years_transmutation") * per_year,
            "attention_lent": moved("attention_years_lent") * per_year,
            "agency_premium_gbp_m": moved("agency_premium") * per_year,
            "inspections_completed": moved("inspections") * per_year,
            "directors_changed": moved("directors_changed") * per_year,
        }

    def result(self) -> BatchResult:
        """All that is reported, copied out of the live arrays."""
        national = {
            name: np.stack([month[name] for month in self._national], axis=1)
            for name in NATIONAL_SERIES
        }
        shape = (len(self._worlds), len(self._councils), self._state.grade.shape[1])
        councils = {name: np.empty(shape, dtype=np.float32) for name in COUNCIL_SERIES}
        for k, year in enumerate(self._councils):
            for name, values in year.items():
                councils[name][:, k] = values
        spells = [spell for nation in self._nations for spell in self._spells(nation)]
        return BatchResult(
            scenarios=[world.scenario for world in self._worlds],
            replications=[world.replication for world in self._worlds],
            start=self._start,
            days=self._days,
            totals=self._run_totals(national, spells),
            months=self._months[: len(self._national)],
            national=national,
            years=[f"{end.year - 1}-{end.year % 100:02d}" for end in self._years[: shape[1]]],
            councils=councils,
            spells=spells,
            events=[event for nation in self._nations for event in nation.log.events],
        )

    def _spells(self, nation: Nation) -> list[Spell]:
        cases: list[tuple[FailureCase, int | None, int | None]] = [
            (case, int(day), grade) for case, day, grade in nation.department.closed
        ]
        cases += [(case, None, None) for case in nation.department.cases.values()]
        spells = [
            Spell(
                nation=nation.index,
                council=case.council,
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
        years = self._days / 365.25
        whole = self._series(self._state.england(), self._at["begin"], 1.0 / years, axis=1)
        totals: dict[str, Array] = {}
        for name in NATIONAL_SERIES:
            flow_or_ratio = METRICS[name].kind == "flow" or name in _RATIOS_OF_FLOWS
            totals[name] = whole[name] if flow_or_ratio else national[name].mean(axis=1)
        totals["child_years_under_inadequate"] = self._child_years[0].copy()
        totals["contracted_child_years"] = self._child_years[1].copy()
        by_nation: list[list[Spell]] = [[] for _ in self._nations]
        for spell in spells:
            by_nation[spell.nation].append(spell)
        rows = [
            {**_spell_totals(mine, self._days), **_institution_totals(nation)}
            for nation, mine in zip(self._nations, by_nation, strict=True)
        ]
        for name in rows[0]:
            totals[name] = np.array([row[name] for row in rows])
        return {name: totals[name] for name in METRICS}


_LEVELS = ("vacancy_rate", "agency_rate", "caseload")  # rates that are read at a date
_RATIOS_OF_FLOWS = (
    "late_assessment_share",
    "worker_changes_per_child_year",
    "turnover_rate",
    "overspend_share",
)


def _ratio(part: Array, whole: Array) -> Array:
    """Zero where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 1e-12)


def _spell_totals(spells: Sequence[Spell], days: int) -> dict[str, float]:
    """What the spells of one nation add up to (ages in months from the judgement)."""
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
    times, still = kaplan_meier((watched_from - started) / MONTH, (ended - started) / MONTH, exited)
    return {
        "inadequate_council_years": float((ended - watched_from).sum() / 365.25),
        "median_months_to_exit": median_age(times, still),
        "exit_share_24m": share_out_by(24.0, times, still),
        "exit_share_36m": share_out_by(36.0, times, still),
    }


def _institution_totals(nation: Nation) -> dict[str, float]:
    ofsted, trusts = nation.ofsted, nation.trusts
    return {
        "reinspection_still_inadequate_share": _mean([g == 1 for g in ofsted.reinspections]),
        "inspection_delay_months": _mean(ofsted.delays) / MONTH,
        "sponsor_wait_months": _mean(nation.department.waits) / MONTH,
        "trusts_opened": float(trusts.opened),
        "trust_setup_months": _mean(trusts.setup_months),
        "trusts_handed_back": float(trusts.handed_back),
        "tragedies": float(nation.tragedies),
    }


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _ends(start: date, days: int) -> list[date]:
    """The last day of each calendar month that the run covers to its end."""
    end = start + timedelta(days=days)
    result: list[date] = []
    year, month = start.year, start.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        last = date(year, month, 1) - timedelta(days=1)
        if last >= end:
            return result
        result.append(last)


def _year_ends(start: date, days: int) -> list[date]:
    """Each 31 March that the run covers."""
    return [end for end in _ends(start, days) if end.month == 3]

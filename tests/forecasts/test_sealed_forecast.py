"""What a sealed forecast holds, and that nobody can change it unseen."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim import regimes as installed_regimes
from sim.forecasts import forecast_countries
from sim.forecasts.forecast_countries import ForecastCountries, simulate_forecast
from sim.forecasts.forecast_series import (
    ENGLAND,
    FULL_INSPECTIONS,
    GRADE_COLUMNS,
    GRADED,
    QUANTILES,
    RETURNS,
    SERIES,
    days_of,
    quarter_before,
    quarter_ends,
)
from sim.forecasts.sealed_forecast import (
    ABOUT,
    COLUMNS,
    FIRST_DAY_AHEAD,
    FORECAST,
    SealedForecast,
    forecast,
    read_forecast,
)
from sim.inputs.councils.baseline import baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError
from sim.inputs.policy.scenario import load_scenario
from sim.model.settings import CountrySettings
from sim.model.simulation import run_batch
from tests.forecasts.conftest import SEALED_ON, UNTIL

pytestmark = pytest.mark.standard


def test_days_are_those_on_which_figures_are_published() -> None:
    until = date(2026, 12, 30)
    march = days_of(RETURNS["referrals"], FIRST_DAY_AHEAD, until)
    assert march == [date(2025, 3, 31), date(2026, 3, 31)]
    staff = days_of(RETURNS["caseload"], FIRST_DAY_AHEAD, until)
    assert staff == [date(2024, 9, 30), date(2025, 9, 30), date(2026, 9, 30)]
    assert days_of(RETURNS["turnover_pct"], FIRST_DAY_AHEAD, until) == staff[1:]
    quarters = quarter_ends(FIRST_DAY_AHEAD, date(2025, 6, 30))
    assert quarters == [date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30)]
    assert quarter_before(quarters[1]) == quarters[0]
    assert quarter_before(date(2024, 12, 31)) == date(2024, 9, 30)


def test_a_forecast_has_every_series_of_england_and_of_each_council(
    sealed: SealedForecast,
) -> None:
    codes = [str(code) for code in baseline(FIRST_DAY_AHEAD).codes]
    assert sealed.codes == codes
    figures = sealed.tables["forecast.csv"].pivot(
        index=["series", "code", "date"], columns="quantile", values="value"
    )
    assert tuple(figures.columns) == QUANTILES
    wanted = {
        (name, code, str(day))
        for name, series in SERIES.items()
        for code in ([ENGLAND, *codes] if name in RETURNS else [ENGLAND])
        for day in days_of(series, FIRST_DAY_AHEAD, UNTIL)
    }
    assert {*figures.index} == wanted
    values = figures.to_numpy()
    assert (np.diff(values, axis=1) >= 0.0).all()
    assert (values >= 0.0).all()
    assert np.isfinite(values).all()
    for file in ("grades.csv", "naive_grades.csv"):
        chances = sealed.tables[file]
        assert len(chances) == len(codes) * len(quarter_ends(FIRST_DAY_AHEAD, UNTIL))
        assert chances[[*GRADE_COLUMNS]].sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-4)
        assert (chances[[*GRADE_COLUMNS]] > 0.0).all(axis=None)


def test_it_says_what_it_is_and_what_it_was_made_from(sealed: SealedForecast) -> None:
    record = json.loads((sealed.folder / FORECAST).read_text("utf-8"))
    assert next(iter(record)) == "about"
    assert "never a prediction of what will happen to a named council" in record["about"]
    assert record["sealed_on"] == str(SEALED_ON)
    assert (record["start"], record["until"]) == (str(FIRST_DAY_AHEAD), str(UNTIL))
    assert record["beliefs"]["name"] == "evidence"
    assert date.fromisoformat(record["beliefs"]["ensemble_fitted_until"]) < FIRST_DAY_AHEAD
    assert {*record["outputs"]} == {*COLUMNS}
    assert len(record["seal"]) == len(record["code_sha256"]) == len(record["seeds_sha256"]) == 64


@pytest.mark.determinism
def test_neither_the_size_of_a_batch_nor_the_day_of_the_seal_moves_a_figure(
    sealed: SealedForecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast_countries, "COUNTRIES_AT_ONCE", 3)
    again = forecast(tmp_path, replications=8, until=UNTIL, sealed_on=date(2025, 1, 1))
    for name in COLUMNS:
        assert (tmp_path / name).read_bytes() == (sealed.folder / name).read_bytes(), name
    assert again.seal != sealed.seal
    other = forecast(tmp_path / "other", replications=8, until=UNTIL, seed=2)
    assert other.record["outputs"] != sealed.record["outputs"]


@pytest.mark.conservation
def test_figures_are_those_that_the_run_itself_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast_countries, "_with_errors", lambda councils, seed: councils)
    central, until = load_ledger().central(), date(2026, 3, 31)
    run = load_scenario("as-practised-2024")
    ours = simulate_forecast(run, [central], until, seed=3)
    end = date(2026, 4, 1)
    world = CountrySettings(
        *("x", run.with_(end=end).timeline(), run.start, end, 1, central), record_events=True
    )
    ran = run_batch(baseline(run.start), [world], seed=3, regimes=installed_regimes.available())
    # A year is closed after as many weeks as lie between two returns, not after a year.
    weeks = [(date(year, 3, 31) - run.start).days // 7 for year in (2025, 2026)]
    footing = 365.25 / (7.0 * (weeks[1] - weeks[0]))
    for name, scale in (
        *(("children_in_need", 1.0), ("protection_plans", 1.0), ("children_looked_after", 1.0)),
        *(("referrals", footing), ("spend_gbp_m", footing)),
    ):
        own, whole = ours.councils[name, until], scale * ran.councils[name][:, -1]
        assert own == pytest.approx(whole, rel=1e-5), name
        assert ours.england[name, until] == pytest.approx(whole.sum(axis=1), rel=1e-5), name
    graded = sum(ours.england[name, until][0] for name in GRADED)
    assert graded == len(ours.codes)
    assert ours.england["councils_inadequate", until] == ran.national["councils_inadequate"][:, -1]
    published = [event for event in ran.events if event.kind == "judgement published"]
    quarters = sum(ours.england[FULL_INSPECTIONS, day][0] for day in ours.grade_days)
    september = sum(event.day < 30 for event in published)
    assert quarters + september == len(published)


def test_rates_of_england_weigh_councils_by_their_size(record: ForecastCountries) -> None:
    day = date(2025, 9, 30)
    for name in ("agency_pct", "vacancy_pct", "turnover_pct", "caseload"):
        whole, councils = record.england[name, day], record.councils[name, day]
        assert whole.shape == (2,)
        assert (whole > np.quantile(councils, 0.1, axis=1)).all(), name
        assert (whole < np.quantile(councils, 0.9, axis=1)).all(), name
    staff = record.councils["social_workers_fte", day].sum(axis=1)
    assert record.england["social_workers_fte", day] == pytest.approx(staff, rel=0.02)


@pytest.mark.bad_input
@pytest.mark.parametrize("name", [*COLUMNS, FORECAST])
def test_a_file_changed_since_it_was_sealed_is_refused(
    sealed: SealedForecast, tmp_path: Path, name: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sealed.folder, copy)
    assert read_forecast(copy).seal == sealed.seal
    path = copy / name
    text = path.read_text("utf-8")
    path.write_text(text.replace("2025-03-31", "2025-03-30", 1).replace("seed", "sead", 1), "utf-8")
    with pytest.raises(InputError, match="has been changed since it was sealed") as caught:
        read_forecast(copy)
    assert len(caught.value.problems) == 1
    assert name in str(caught.value)


@pytest.mark.bad_input
def test_what_is_no_sealed_forecast_is_refused(sealed: SealedForecast, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sealed forecast"):
        read_forecast(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(sealed.folder, copy)
    (copy / "naive.csv").unlink()
    (copy / "grades.csv").unlink()
    with pytest.raises(InputError, match="is missing from the sealed forecast") as caught:
        read_forecast(copy)
    assert len(caught.value.problems) == 2
    (copy / FORECAST).write_text("[1]")
    with pytest.raises(InputError, match="not what a sealed forecast says of itself"):
        read_forecast(copy)
    (copy / FORECAST).write_text("{")
    with pytest.raises(InputError, match="damaged"):
        read_forecast(copy)


@pytest.mark.bad_input
def test_all_that_cannot_be_forecast_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        forecast(
            tmp_path / "out",
            "trusts-2016",
            beliefs="evidense",
            replications=1,
            until=date(2024, 12, 31),
            seed=-1,
        )
    text = str(caught.value)
    for part in (
        *("did you mean evidence", "begins on 2016-01-01", "from 2 to 10000, not 1"),
        *("--until: must be from 2025-03-31", "--seed: must not be below zero"),
    ):
        assert part in text
    assert not (tmp_path / "out").exists()


@pytest.mark.bad_input
def test_a_sealed_forecast_is_never_written_over(sealed: SealedForecast) -> None:
    before = (sealed.folder / FORECAST).read_bytes()
    with pytest.raises(InputError, match="never written over"):
        forecast(sealed.folder, replications=2, until=UNTIL)
    assert (sealed.folder / FORECAST).read_bytes() == before
    assert ABOUT in before.decode()


@pytest.mark.bad_input
def test_a_place_that_cannot_be_written_is_said_before_anything_is_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in ("file", "file/forecast"):
        with pytest.raises(InputError, match="choose another --out"):
            forecast(tmp_path / place, replications=2, until=UNTIL, progress=_never)


def _never(message: str) -> None:
    raise AssertionError(message)


KEPT = Path(__file__).parents[2] / "outputs" / "forecast-2026-12.zip"


@pytest.mark.skipif(not KEPT.is_file(), reason="the sealed forecast is part of the repository")
def test_the_forecast_that_the_project_has_sealed_is_as_it_was(tmp_path: Path) -> None:
    with zipfile.ZipFile(KEPT) as archive:
        archive.extractall(tmp_path)
    page = KEPT.parents[1] / "docs" / "how-to" / "forecast.md"
    record = read_forecast(tmp_path).record
    assert record["seal"] in page.read_text(encoding="utf-8")
    assert record["sealed_on"] == "2026-12-01"

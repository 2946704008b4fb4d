"""How a sealed forecast scores against figures that are made for the purpose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from sim.cli import main
from sim.forecasts.forecast_scores import ForecastScore, score_forecast, scores_of
from sim.forecasts.forecast_series import ENGLAND, GRADE, QUANTILES, RETURNS, SERIES
from sim.forecasts.published_csv import PublishedFigure, read_published
from sim.forecasts.sealed_forecast import SealedForecast, read_forecast
from sim.inputs.councils.baseline import baseline
from sim.inputs.councils.seed_tables import load_tables
from sim.inputs.files.problems import InputError
from sim.validation.published import PublishedData
from sim.validation.scores import crps_of_quantiles
from tests.forecasts.conftest import Rows, WriteCsv

pytestmark = pytest.mark.standard

MARCH = "2025-03-31"


@pytest.mark.theory
def test_crps_of_quantiles_is_near_the_known_formula_and_zero_where_sure() -> None:
    levels = np.array(QUANTILES)
    for z in (-1.0, 0.0, 2.0):
        known = z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
        score = crps_of_quantiles(levels, norm.ppf(levels), np.array(z))
        assert float(score) == pytest.approx(known, rel=0.15)
        many = (np.arange(2000) + 0.5) / 2000
        score = crps_of_quantiles(many, norm.ppf(many), np.array(z))
        assert float(score) == pytest.approx(known, rel=0.002)
    sure = np.full((2, len(levels)), 3.0)
    assert crps_of_quantiles(levels, sure, np.array([3.0, 5.0])) == pytest.approx([0.0, 2.0])


def by_series(scores: list[ForecastScore]) -> dict[tuple[str, str], ForecastScore]:
    return {(one.series, one.area): one for one in scores}


def test_a_country_of_the_same_kind_falls_where_the_forecast_says(
    sealed: SealedForecast, published_rows: Rows, write: WriteCsv
) -> None:
    figures = read_published(write(published_rows), sealed)
    scores = by_series(scores_of(sealed, figures))
    councils = len(sealed.codes)
    assert {*scores} == {
        *((name, ENGLAND) for name in SERIES),
        *((name, "councils") for name in (*RETURNS, GRADE)),
    }
    own = [one for (name, area), one in scores.items() if area == "councils" and name != GRADE]
    for one in own:
        assert one.figures in (councils, 2 * councils)
        assert one.inside_50 <= one.inside_80 <= one.inside_95
    # Eight countries cannot tell single councils well, but figures must not lie elsewhere.
    assert 0.3 < np.mean([one.inside_50 for one in own]) < 0.7
    assert np.mean([one.inside_95 for one in own]) > 0.6
    # A forecast made with the true machinery is better than the last value.
    assert np.mean([one.score < one.naive_score for one in own]) > 0.5
    grades = scores[GRADE, "councils"]
    assert grades.measure == "ranked probability score"
    assert 0.0 < grades.score < 0.5
    assert 0.0 < grades.log_score < grades.naive_log_score + 0.5


def test_scores_are_those_of_figures_that_are_known(sealed: SealedForecast) -> None:
    table = sealed.tables["forecast.csv"]
    need = table[(table["series"] == "children_in_need") & (table["date"] == MARCH)]
    need = need[need["code"] != ENGLAND]
    middle = need[need["quantile"] == 0.5]
    medians = [
        PublishedFigure("children_in_need", code, MARCH, value)
        for code, value in zip(middle["code"], middle["value"], strict=True)
    ]
    (score,) = scores_of(sealed, medians)
    assert (score.inside_50, score.inside_80, score.inside_95) == (1.0, 1.0, 1.0)
    spread = need.pivot(index="code", columns="quantile", values="value")
    quantiles = np.log(np.maximum(spread[list(QUANTILES)].to_numpy(), 0.5))
    by_hand = crps_of_quantiles(np.array(QUANTILES), quantiles, quantiles[:, 4]).mean()
    assert score.score == pytest.approx(by_hand)
    doubled = [one._replace(value=2.0 * one.value) for one in medians]
    (far,) = scores_of(sealed, doubled)
    assert far.inside_95 < 0.1
    assert far.score > 5.0 * score.score
    # Only those that lie between the 10th and the 25th centile are inside 80 % but not 50 %.
    shifted = [
        PublishedFigure("children_in_need", code, MARCH, (row[0.1] + row[0.25]) / 2.0)
        for code, row in spread.iterrows()
        if row[0.1] < row[0.25]
    ]
    (between,) = scores_of(sealed, shifted)
    assert (between.inside_50, between.inside_80) == (0.0, 1.0)


def test_grades_score_by_the_chance_that_they_had(sealed: SealedForecast) -> None:
    chances = sealed.tables["grades.csv"]
    row = chances[chances["date"] == MARCH].iloc[0]
    (score,) = scores_of(sealed, [PublishedFigure(GRADE, row["code"], MARCH, 4.0)])
    assert score.log_score == pytest.approx(-np.log(row["outstanding"]))
    below = np.cumsum([row["inadequate"], row["requires_improvement"], row["good"]])
    assert score.score == pytest.approx((below**2).sum())
    assert np.isnan(score.inside_50)


def test_the_naive_forecast_is_the_last_value_with_its_own_past_changes(
    sealed: SealedForecast,
) -> None:
    table = sealed.tables["naive.csv"]
    there = load_tables().on(date(2024, 9, 1))
    grid, column = there.grid("children", "cla_at_31mar"), 10
    values = grid[there.years("children") <= 2024, column]
    changes = np.diff(np.log(values[np.isfinite(values)]))
    code = str(there.codes[column])
    own = table[(table["series"] == "children_looked_after") & (table["code"] == code)]
    quantiles = own[own["date"] == MARCH].set_index("quantile")["value"]
    assert quantiles[0.5] == pytest.approx(values[-1], rel=1e-5)
    width = np.log(quantiles[0.975] / quantiles[0.025]) / (2.0 * norm.ppf(0.975))
    assert width == pytest.approx(np.sqrt((changes**2).mean()), rel=1e-4)
    # The published year of spending is that to March 2024.
    spend = table[(table["series"] == "spend_gbp_m") & (table["code"] == code)]
    last = there.grid("spending", "total_gbp_k")[-1, column] / 1000.0
    assert there.years("spending")[-1] == 2023
    median = spend[(spend["date"] == MARCH) & (spend["quantile"] == 0.5)]["value"].item()
    assert median == pytest.approx(last, rel=1e-5)
    failing = table[(table["series"] == "councils_inadequate") & (table["quantile"] == 0.5)]
    opening = baseline(date(2024, 9, 1)).grade
    assert failing["value"].tolist() == [(opening == 1).sum()] * failing["date"].nunique()
    inspections = table[table["series"] == "full_inspections"].pivot(
        index="date", columns="quantile", values="value"
    )
    history = PublishedData().history(date(2021, 7, 1))
    spring = history.inspections(date(2024, 3, 31).toordinal(), date(2024, 6, 30).toordinal())
    assert {*inspections[0.5]} == {spring}
    assert inspections[0.975].is_monotonic_increasing


@pytest.mark.bad_input
def test_what_is_wrong_with_published_figures_is_said_at_once(
    sealed: SealedForecast, published_rows: Rows, write: WriteCsv
) -> None:
    need = [row for row in published_rows if row[0] == "children_in_need"]
    rows = [
        *need[:-2],  # the last two councils are missing
        ("children_in_ned", ENGLAND, MARCH, "1"),
        ("referrals", "999", MARCH, "1"),
        ("referrals", ENGLAND, "2025-03-30", "1"),
        ("care_starts", ENGLAND, MARCH, "many"),
        ("protection_plans", ENGLAND, MARCH, "-4"),
        ("councils_good", "201", MARCH, "4"),
        (GRADE, ENGLAND, MARCH, "good"),
        ("caseload", ENGLAND, "2025-09-30", "15"),
        ("caseload", ENGLAND, "2025-09-30", "16"),
    ]
    with pytest.raises(InputError) as caught:
        read_published(write(rows), sealed)
    problems = [str(problem) for problem in caught.value.problems]
    gone = ", ".join(row[1] for row in need[-2:])
    for part in (
        "series 'children_in_ned': is not in the forecast\n    did you mean children_in_need",
        "code '999': is not in the forecast",
        "series referrals: has no forecast for '2025-03-30'\n    it has 2025-03-31",
        "'many' is no figure of care_starts",
        "'-4' is no figure of protection_plans",
        "series councils_good, code 201: the forecast has it of England only",
        "series grade: has no figure of England",
        "gives caseload, England, 2025-09-30 again",
        f"series children_in_need, 2025-03-31: councils are missing: {gone}",
    ):
        assert sum(part in problem for problem in problems) == 1, part
    assert len(problems) == 9


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("series,code,date,value\n", "has no figures"),
        ("series,code,date,value\nreferrals,England,2025-03-31,\n", "has no figures"),
        ("series,code,value\nreferrals,England,1\n", "date"),
        ("series,code,date,value\ngrade,201,2025-03-31,fair\n", "'fair' is no figure of grade"),
    ],
)
def test_a_file_that_holds_no_figures_is_refused(
    sealed: SealedForecast, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "published.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        read_published(path, sealed)


@pytest.mark.bad_input
def test_a_thing_that_is_wrong_throughout_is_said_once(
    sealed: SealedForecast, tmp_path: Path, write: WriteCsv
) -> None:
    def problems(rows: Sequence[Sequence[str]]) -> list[str]:
        with pytest.raises(InputError) as caught:
            read_published(write(rows), sealed)
        return [str(problem) for problem in caught.value.problems]

    codes = sealed.codes
    (wrong,) = problems([("referrals", f"{code}.0", MARCH, "1") for code in codes])
    assert f"and {len(codes) - 12} more: are not in the forecast" in wrong
    assert "201, not 201.0" in wrong
    wrong = problems([("referrals", "E09000001", MARCH, "1")])[0]
    assert "code 'E09000001': is not in the forecast" in wrong
    assert "statistics office" in wrong
    (wrong,) = problems([("referrals", code, MARCH, "-5") for code in codes])
    assert f"rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and {len(codes) - 12} more" in wrong
    assert "'-5' is no figure of referrals" in wrong
    (wrong,) = problems([("referrals", code, MARCH, "2000") for code in [*codes, *codes]])
    assert f"so do {len(codes) - 1} more rows" in wrong
    for content in (b"series,code,when,value\n", "series,code".encode("utf-16")):
        path = tmp_path / "other.csv"
        path.write_bytes(content)
        with pytest.raises(InputError, match="first line is series,code,date,value"):
            read_published(path, sealed)


@pytest.mark.bad_input
def test_scores_are_not_written_over_what_is_read(
    sealed: SealedForecast, published_rows: Rows, write: WriteCsv, tmp_path: Path
) -> None:
    path = write(published_rows)
    (tmp_path / "file").touch()
    blocked = tmp_path / "file" / "scores.csv"
    for out, message in (
        (path, "would be written over what is read"),
        (sealed.folder / "forecast.csv", "in which nothing may change"),
        (sealed.folder, "would be written over what is read"),
        (tmp_path, "is a folder"),
        (blocked, "its folder cannot be made"),
    ):
        before = path.read_bytes()
        with pytest.raises(InputError, match=message):
            score_forecast(sealed.folder, path, out)
        assert path.read_bytes() == before
    score_forecast(sealed.folder, path)  # the seal holds


def test_an_empty_cell_was_not_published(sealed: SealedForecast, write: WriteCsv) -> None:
    rows = [(GRADE, code, MARCH, "") for code in sealed.codes]
    rows[0] = (GRADE, sealed.codes[0], MARCH, "Requires improvement")
    (figure,) = read_published(write(rows), sealed)
    assert figure == (GRADE, sealed.codes[0], MARCH, 2.0)


def answer(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as leave:
        main.main(arguments)
    return int(leave.value.code or 0)


def test_the_commands_forecast_and_score(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    published_rows: Rows,
    write: WriteCsv,
) -> None:
    folder, out = tmp_path / "forecast", tmp_path / "new" / "scores.csv"
    asked = ["--replications", "2", "--until", MARCH, "--sealed-on", "2024-09-01", "--quiet"]
    assert answer(["forecast", *asked, "--out", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "Children looked after" in printed.out
    words = " ".join(printed.out.split())
    assert "Sealed on 2024-09-01: " in words
    assert "never a prediction of what will happen to a named council" in words
    path = write(row for row in published_rows if row[2] <= MARCH)
    assert answer(["score", str(folder), str(path), "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "against figures from 2024-09-30 to 2025-03-31" in printed.out
    assert "Log score of grades" in printed.out
    assert read_forecast(folder).seal in printed.out
    table = pd.read_csv(out)
    assert tuple(table.columns) == ForecastScore._fields
    _, _, scores = score_forecast(folder, path)
    assert table["score"].to_numpy() == pytest.approx([one.score for one in scores], rel=1e-5)
    with (folder / "forecast.csv").open("a") as file:
        file.write("\n")
    assert answer(["score", str(folder), str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "forecast.csv: has been changed since it was sealed" in printed.err

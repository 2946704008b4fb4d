"""`simulate reproduce`: what is printed and written, wider priors, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sim.cli.estimator_commands import reproduce
from sim.inputs.evidence.beliefs import load_beliefs
from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError
from sim.panel.fixed_effects import Estimate
from sim.report.tables.reproduction_terminal import read_reproduction, reproduction_rows
from sim.reproduction.published_studies import FILE, PublishedResult, published_studies
from sim.reproduction.three_columns import (
    COLUMNS,
    ReproducedResult,
    all_estimators,
    reproduce_studies,
)
from sim.reproduction.wider_priors import draw_wider, resting_on, twice_as_wide
from sim.results.identity import SEEDS_OF_RUNS

pytestmark = pytest.mark.standard


def of(name: str) -> PublishedResult:
    return next(one for one in published_studies() if one.id == name)


# --- studies ------------------------------------------------------------------------------------


def test_every_result_has_an_estimator_and_no_run_reads_the_studies() -> None:
    assert {one.id for one in published_studies()} == {*all_estimators()}
    assert {one.study for one in published_studies()} == {"K1", "K2", "K3", "K4", "K5"}
    assert FILE not in SEEDS_OF_RUNS
    for one in published_studies():
        assert f"evidence {one.study}" in one.source


def test_the_mean_of_the_second_study_is_that_of_its_years() -> None:
    yearly = [one.estimate for one in published_studies() if one.id.startswith("K2.20")]
    assert of("K2.mean").estimate == pytest.approx(np.mean(yearly), abs=0.0005)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("quantity,unit", "quantity,units", "has not the columns"),
        (",1.69,1.273,", ",1.69,1.7,", "outside its interval"),
        (",1.69,1.273,", ",1.69,,", "do not go with its basis"),
        (",1.69,1.273,", ",1.69,some,", "is not a number"),
        (",1.69,1.273,", ",-1.69,-1.8,", "not above nought"),
        ("log odds,0.8,,,figure", "log odds,0.8,,,rises", "do not go with its basis"),
        ("log odds,0.8,,,figure", "log odds,,,,figure", "do not go with its basis"),
        ("K1.deprivation,K1", "K1.early_help,K1", "stands twice"),
        (",figure,", ",guess,", "not an allowed word"),
        (",elasticity,", ",elastic,", "not an allowed word"),
        ("K1.deprivation,K1,", "K1.deprivation,K1,one more,", "too many or too few cells"),
    ],
)
def test_damaged_studies_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (seeds_dir() / FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        published_studies(tmp_path)


@pytest.mark.bad_input
def test_missing_studies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        published_studies(tmp_path)


# --- verdicts -----------------------------------------------------------------------------------


def simulated(name: str, figures: list[float], record: Estimate) -> dict[str, object]:
    both = np.array(figures)
    row = ReproducedResult(of(name), record, both, both[::-1], ("one", "two")).row()
    return dict(zip(COLUMNS, row, strict=True))


def test_ratios_are_middled_as_logarithms_and_written_as_ratios() -> None:
    row = simulated(
        "K1.early_help", [0.0, float(np.log(1.5)), 9.0, np.nan], Estimate(0.7, 0.1, 1.2)
    )
    assert row["simulated"] == pytest.approx(1.5)
    assert row["countries"] == 3
    assert row["record"] == pytest.approx(np.exp(0.7))
    assert row["record_high"] == pytest.approx(np.exp(1.2))
    assert (row["record_verdict"], row["simulated_verdict"]) == ("within", "within")
    assert row["rests_on_study"] == "one; two"
    low = simulated("K1.early_help", [0.1, 0.1, 0.1], Estimate(0.1))
    assert (low["record_verdict"], low["wider_verdict"]) == ("outside", "outside")
    none = simulated("K1.early_help", [np.nan, np.nan], Estimate(np.nan))
    assert (none["record_verdict"], none["simulated_verdict"]) == ("too few", "too few")
    alone = simulated("K1.spread_of_years", [0.1, 0.3], Estimate(0.7))
    assert alone["simulated_verdict"] == "no interval"


def test_a_direction_goes_by_the_interval_of_the_record_and_by_countries() -> None:
    up, split = [1.0, 2.0, 3.0, 4.0, -0.5], [1.0, -2.0, 1.5, -1.0]
    rises = "K5.spending"
    for figures, verdict in (
        (up, "as published"),
        (split, "not clear"),
        ([-u for u in up], "contrary"),
    ):
        assert simulated(rises, figures, Estimate(0.0))["simulated_verdict"] == verdict
    for record, verdict in (
        (Estimate(2.0, 1.0, 3.0), "as published"),
        (Estimate(2.0, -1.0, 5.0), "not clear"),
        (Estimate(-2.0, -3.0, -1.0), "contrary"),
    ):
        assert simulated(rises, up, record)["record_verdict"] == verdict
    none = "K3.deprived.need"
    assert simulated(none, split, Estimate(2.0, -1.0, 5.0))["record_verdict"] == "as published"
    assert simulated(none, split, Estimate(2.0, 1.0, 3.0))["record_verdict"] == "contrary"
    assert simulated(none, up, Estimate(0.0))["simulated_verdict"] == "as published"
    assert simulated(none, [1.0, 2.0], Estimate(0.0))["simulated_verdict"] == "contrary"


# --- priors that rest on a study ----------------------------------------------------------------


def test_parameters_that_rest_on_a_study_are_read_off_the_ledger() -> None:
    ledger = load_ledger()
    rests = resting_on(ledger)
    assert rests["practice.early_help_effect"] == ("K1",)
    assert rests["practice.deprivation_effect"] == ("K1",)
    assert rests["demand.early_help_on_need"] == ("K2",)
    assert all(ledger[name].prior != "fixed" for name in rests)
    assert len(rests) < 20
    assert "practice.noise" not in rests


def test_wider_priors_are_twice_as_wide_and_leave_all_else_alone() -> None:
    beliefs = load_beliefs("evidence")
    names = [*resting_on(beliefs.ledger)]
    drawn = [draw_wider(beliefs, number) for number in range(1, 400)]
    first = beliefs.draw(7)
    assert {name for name in first if drawn[6][name] != first[name]} <= {*names}
    for name in names:
        parameter = beliefs.ledger[name]
        values = np.array([one[name] for one in drawn])
        reach = 2.0 * (parameter.high - parameter.low)
        # The most of a triangle is in its middle: of four hundred draws some come near the ends.
        assert 0.75 * reach < values.max() - values.min() <= reach + 1e-9, name
        assert values.min() < parameter.low, name
        assert values.max() > parameter.high, name
    zero = [one["practice.early_help_effect"] for one in drawn].count(0.0)
    assert 5 < zero < 40  # five in a hundred are exactly nought, wide or not


def test_a_draw_is_stretched_about_the_central_value() -> None:
    ledger = load_ledger()
    centre = ledger["demand.early_help_on_need"].value
    assert twice_as_wide(ledger, "demand.early_help_on_need", centre) == centre
    assert twice_as_wide(ledger, "demand.early_help_on_need", centre + 0.02) == pytest.approx(
        centre + 0.04
    )
    assert twice_as_wide(ledger, "practice.early_help_effect", 0.0) == 0.0


def test_wider_priors_are_the_same_draws_in_every_set_of_beliefs() -> None:
    central, evidence = load_beliefs("central"), load_beliefs("evidence")
    names = resting_on(central.ledger)
    one, other = draw_wider(central, 3), draw_wider(evidence, 3)
    assert {name: one[name] for name in names} == {name: other[name] for name in names}
    rest = {name: value for name, value in one.items() if name not in names}
    assert rest == {name: central.fixed()[name] for name in rest}


# --- simulated councils -------------------------------------------------------------------------


@pytest.mark.determinism
def test_the_same_seed_gives_the_same_figures_whatever_the_number_of_countries() -> None:
    beliefs = load_beliefs("evidence")
    messages: list[str] = []
    two = reproduce_studies(beliefs, 2, seed=4, progress=messages.append)
    one = reproduce_studies(beliefs, 1, seed=4)
    assert messages == [
        "2 of 2 countries simulated as believed",
        "2 of 2 countries simulated with wider priors",
    ]
    for few, many in zip(one, two, strict=True):
        for name in ("simulated", "wider"):
            a, b = getattr(few, name), getattr(many, name)
            assert a.shape == (1,)
            assert b.shape == (2,)
            assert np.array_equal(a, b[:1], equal_nan=True), few.published.id
    differ = [r for r in two if not np.array_equal(r.simulated, r.wider, equal_nan=True)]
    assert len(differ) > 30


def test_wider_priors_move_nothing_where_no_parameter_rests_on_a_study() -> None:
    beliefs = load_beliefs("central")
    ledger = beliefs.ledger
    plain = {n: p.model_copy(update={"source": "claims 1"}) for n, p in ledger.items()}
    unchanged = replace(beliefs, ledger=Ledger(plain, ledger.path, ledger.sha256))
    assert resting_on(unchanged.ledger) == {}
    assert draw_wider(unchanged, 5) == beliefs.draw(5)


def test_the_command_prints_the_columns_and_writes_them(tmp_path: Path) -> None:
    out = tmp_path / "new" / "reproduction.csv"
    options = ["--replications", "1", "--quiet", "--out", str(out)]
    done = CliRunner().invoke(reproduce, options)
    assert done.exit_code == 0, done.exception
    assert "countries simulated" not in done.output
    for text in ("paper", "record", "simulated", "practice.early_help_effect", str(out)):
        assert text in done.output
    for study in ("K1", "K2", "K3", "K4", "K5"):
        assert f"\n{study} " in done.output
    table = pd.read_csv(out)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(published_studies())
    row = table.set_index("id").loc["K1.early_help"]
    assert (row["published"], row["low"], row["high"]) == (1.69, 1.273, 2.244)
    assert "practice.early_help_effect" in row["rests_on_study"]
    assert table.set_index("id").loc["K5.agency"].isna()["rests_on_study"]
    rows = read_reproduction(out)
    first = reproduction_rows(rows, "K1")[0]
    assert first[1] == "1.69 (1.27 to 2.24)"
    assert [row[1] for row in reproduction_rows(rows, "K5")] == ["rises"] * 4
    assert sum(len(reproduction_rows(rows, f"K{k}")) for k in range(1, 6)) == len(rows)


@pytest.mark.bad_input
def test_unknown_beliefs_are_refused() -> None:
    done = CliRunner().invoke(reproduce, ["--beliefs", "evidnce"])
    assert isinstance(done.exception, InputError)
    assert "did you mean evidence" in str(done.exception)


@pytest.mark.bad_input
@pytest.mark.parametrize("option", [["--replications", "0"], ["--seed", "-1"], ["--out"]])
def test_impossible_options_are_refused(option: list[str]) -> None:
    assert CliRunner().invoke(reproduce, option).exit_code == 2

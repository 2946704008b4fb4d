"""The two fits: where each is written, what is on record, what they say of the parameters."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.special import ndtri

from sim.cli.validation_commands import calibrate, posterior
from sim.inputs.evidence.beliefs import ENSEMBLE
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError
from sim.report.tables.fit_terminal import (
    figure_counts,
    figures_outside,
    posterior_rows,
    uninformed,
)
from sim.validation import calibration
from sim.validation.calibration import Fit
from sim.validation.ensemble import fitted_until, write_ensemble
from sim.validation.fits import fit_register, posteriors
from sim.validation.fits.fit_register import (
    REGISTER,
    TESTED_ENSEMBLE,
    FitRecord,
    read_register,
    write_record,
)
from sim.validation.fits.fitted_figures import fitted_figures
from sim.validation.published import FIRST_DAY
from sim.validation.targets import ALL_KNOWN, FITTED, Window

pytestmark = pytest.mark.quick

MOVED, WIDE, STILL = "demand.referral_trend", "money.budget_drift", "trust.setup_months"


@pytest.fixture
def seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the seeds that fits write to."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    for module in (calibration, fit_register, posteriors):
        monkeypatch.setattr(module, "seeds_dir", lambda: folder)
    return folder


def fit_to(window: Window) -> Fit:
    """A finished fit of one parameter, three draws."""
    draws = np.array([[0.01], [0.02], [0.03]])
    return Fit(
        [WIDE], [WIDE], draws, draws, [], np.zeros((3, 0)), np.zeros((3, 0)), [], window, 7, 99
    )


def record_of(ensemble: str, moved: tuple[str, ...] = ()) -> FitRecord:
    return FitRecord(ensemble, FITTED.after, FITTED.until, 142, 1, 2176, "c0de", "5eed", moved)


@pytest.mark.parametrize(
    ("window", "name"), [(FITTED, TESTED_ENSEMBLE), (ALL_KNOWN, ENSEMBLE)], ids=["first", "second"]
)
def test_each_fit_has_its_place_in_the_seeds_and_on_record(
    seeds: Path, tmp_path: Path, window: Window, name: str
) -> None:
    assert fit_to(window).write(tmp_path / "out", load_ledger(), ensemble=True) == name
    assert {path.name for path in seeds.iterdir()} == {name, REGISTER}
    assert fitted_until(seeds / name) == window.until
    (record,) = read_register().values()
    assert (record.ensemble, record.after, record.until) == (name, window.after, window.until)
    assert (record.seed, record.countries, record.moved) == (7, 99, (WIDE,))
    assert (record.code, record.seeds) == fit_register.code_of_fit()
    assert (tmp_path / "out" / "ensemble.csv").read_bytes() == (seeds / name).read_bytes()


@pytest.mark.parametrize("keep", [True, False], ids=["another day", "dry run"])
def test_other_fits_are_left_in_their_folder_alone(seeds: Path, tmp_path: Path, keep: bool) -> None:
    window = Window(FITTED.after, date(2019, 3, 31)) if keep else FITTED
    assert fit_to(window).write(tmp_path / "out", load_ledger(), ensemble=keep) is None
    assert not [*seeds.iterdir()]
    assert fitted_until(tmp_path / "out" / "ensemble.csv") == window.until


def test_a_fit_takes_the_place_of_the_last_one_of_the_same_file(seeds: Path) -> None:
    for record in (record_of("b.csv", (MOVED, WIDE)), record_of("a.csv"), record_of("b.csv")):
        write_record(record)
    assert read_register() == {"a.csv": record_of("a.csv"), "b.csv": record_of("b.csv")}


@pytest.mark.bad_input
def test_a_register_that_cannot_be_read_is_told_once(seeds: Path) -> None:
    with pytest.raises(InputError, match=r"fits\.csv.*cannot be read"):
        read_register()
    (seeds / REGISTER).write_text("ensemble,after,until\nensemble.csv,2013-10-31,soon\n")
    with pytest.raises(InputError, match=r"fits\.csv.*cannot be read.*soon"):
        read_register()
    (seeds / REGISTER).unlink()
    write_record(record_of(TESTED_ENSEMBLE))
    with pytest.raises(InputError, match=r"fit of ensemble\.csv is not on record"):
        posteriors.posteriors(load_ledger())


@pytest.mark.bad_input
def test_a_day_that_is_none_is_refused() -> None:
    done = CliRunner().invoke(calibrate, ["--fit-until", "2022-02-30", "--dry-run"])
    assert done.exit_code == 2
    assert "2022-02-30" in done.output


def draws_about(name: str, middle: float, width: float, count: int = 200) -> np.ndarray:
    """Draws that fill a normal evenly, in standard deviations of a parameter's prior."""
    ledger = load_ledger()
    prior = posteriors.draw_priors(ledger, [name], (np.arange(4000)[:, None] + 0.5) / 4000)
    scores = ndtri((np.arange(count) + 0.5) / count)
    drawn = prior.mean() + prior.std() * (middle + width * scores)
    return np.clip(drawn, ledger[name].low, ledger[name].high)


@pytest.mark.theory
def test_what_the_fits_say_is_told_from_what_they_do_not(seeds: Path) -> None:
    """A parameter that the first fit narrows and the second moves too, one
    that figures could move and did not, and one that no figure could move."""
    for file, middle in ((TESTED_ENSEMBLE, 0.0), (ENSEMBLE, 0.5)):
        values = [draws_about(MOVED, middle, 0.5), draws_about(WIDE, 0.0, 1.0)]
        values.append(draws_about(STILL, 0.0, 0.5))
        write_ensemble(seeds / file, [MOVED, WIDE, STILL], np.stack(values, axis=1), FITTED.until)
        write_record(record_of(file, (MOVED, WIDE)))
    table = posteriors.posteriors(load_ledger()).set_index("parameter")
    moved, wide, still = (table.loc[name] for name in (MOVED, WIDE, STILL))
    assert moved["narrower_first"] == pytest.approx(0.5, abs=0.03)
    assert moved["moved"] == pytest.approx(0.5, abs=0.03)
    assert moved["informed_first"]
    assert moved["informed_second"]
    assert moved["prior_p10"] < moved["first_p10"] < moved["first_mean"] < moved["first_p90"]
    for one in (wide, still):
        assert not one["informed_first"]
        assert not one["informed_second"]
        assert one["moved"] == pytest.approx(0.0, abs=0.01)
    rows = {row[0]: row for row in posterior_rows(table.reset_index())}
    assert rows[MOVED][-1] == f"{moved['moved']:+.2f}"
    silent = [name for names in uninformed(table.reset_index()).values() for name in names]
    assert WIDE in silent
    assert STILL in silent
    assert MOVED not in silent


@pytest.mark.data
def test_the_command_shows_both_fits_and_writes_every_parameter(tmp_path: Path) -> None:
    done = CliRunner().invoke(posterior, ["--out", str(tmp_path / "all.csv")])
    assert done.exit_code == 0, done.output
    assert "What the data cannot tell" in done.output
    table = pd.read_csv(tmp_path / "all.csv")
    assert table["parameter"].is_unique
    assert len(table) > 300
    assert (table["prior_p10"] <= table["prior_p90"]).all()
    assert table.loc[table["parameter"].str.startswith("trust."), "informed_second"].sum() == 0


@pytest.mark.standard
def test_figures_that_a_fit_was_made_to_are_given_back(tmp_path: Path) -> None:
    """Four years of record; every figure has a row, and those outside are counted."""
    until, path = FIRST_DAY + timedelta(days=4 * 365), tmp_path / "mine.csv"
    write_ensemble(path, [WIDE], np.full((4, 1), load_ledger()[WIDE].value), until)
    figures, day = fitted_figures(9, ensemble=path)
    assert day == until
    assert len(figures) > 20
    assert (figures["error"] > 0.0).all()
    assert (figures["low95"] <= figures["median"]).all()
    assert (figures["inside50"] <= figures["inside95"]).all()
    *groups, whole = figure_counts(figures)
    assert sum(int(row[1]) for row in groups) == int(whole[1]) == len(figures)
    assert len(figures_outside(figures)) == (figures["inside95"] == 0).sum()

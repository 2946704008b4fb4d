"""The fitted ensemble, how runs use it, and what a spread is made of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.variance_split import luck_share
from sim.inputs.evidence.beliefs import ENSEMBLE, load_beliefs
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError
from sim.inputs.policy.scenario import load_scenario
from sim.runs.plan import Plan
from sim.runs.scenarios_of_run import make_run_scenarios
from sim.validation.calibration import MOST_FITTED
from sim.validation.ensemble import load_ensemble, write_ensemble
from sim.validation.fits.fit_register import TESTED_ENSEMBLE, WINDOWS, read_register
from sim.validation.targets import FITTED, TESTED

pytestmark = pytest.mark.quick


@pytest.mark.data
@pytest.mark.parametrize("name", WINDOWS)
def test_both_ensembles_fit_the_ledger_and_are_on_record(name: str) -> None:
    ensemble, record = load_ensemble(load_ledger(), seeds_dir() / name), read_register()[name]
    assert len(ensemble.sets) >= 100
    assert ensemble.fitted_until == record.until == WINDOWS[name].until
    assert record.after == WINDOWS[name].after
    assert record.countries > 1000
    assert 20 < len(record.moved) <= MOST_FITTED


@pytest.mark.data
def test_the_ensemble_that_is_tested_uses_nothing_of_the_test() -> None:
    record = read_register()[TESTED_ENSEMBLE]
    assert record.until == FITTED.until <= TESTED.after
    assert read_register()[ENSEMBLE].figures > record.figures


def test_sets_come_back_as_they_were_written(tmp_path: Path) -> None:
    ledger = load_ledger()
    path = tmp_path / "ensemble.csv"
    write_ensemble(path, ["demand.alarm_peak"], np.array([[0.1], [0.2]]), date(2018, 3, 31))
    ensemble = load_ensemble(ledger, path)
    assert [s["demand.alarm_peak"] for s in ensemble.sets] == [0.1, 0.2]
    assert ensemble.sets[0]["ofsted.noise"] == ledger["ofsted.noise"].value


@pytest.mark.bad_input
def test_an_ensemble_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    ledger, path = load_ledger(), tmp_path / "ensemble.csv"
    with pytest.raises(InputError, match="no fitted ensemble"):
        load_ensemble(ledger, path)
    write_ensemble(path, ["demand.alarm_pek"], np.array([[0.1]]), date(2018, 3, 31))
    with pytest.raises(InputError, match=r"demand\.alarm_peak"):
        load_ensemble(ledger, path)
    write_ensemble(path, ["demand.alarm_peak"], np.array([[9.0]]), date(2018, 3, 31))
    with pytest.raises(InputError, match="beyond the ledger's range"):
        load_ensemble(ledger, path)
    path.write_text("set,fitted_until,demand.alarm_peak\n1,some day,0.1\n")
    with pytest.raises(InputError, match="'some day', which is no day"):
        load_ensemble(ledger, path)


@pytest.mark.data
def test_replication_k_takes_set_k_and_starts_again_after_the_last() -> None:
    ledger = load_ledger()
    sets = load_ensemble(ledger).sets
    beliefs = load_beliefs("evidence", ledger)
    for number in (1, 2, len(sets), len(sets) + 1):
        drawn, row = beliefs.draw(number), sets[(number - 1) % len(sets)]
        assert beliefs.ensemble is not None
        assert {n: drawn[n] for n in beliefs.ensemble.columns} == {
            n: row[n] for n in beliefs.ensemble.columns
        }


@pytest.mark.data
def test_a_default_run_uses_the_ensemble_and_central_beliefs_fix_the_ledger() -> None:
    scenario = load_scenario("trusts-2016")
    (run_scenario,) = make_run_scenarios([scenario])
    assert run_scenario.parameters_of(1) != run_scenario.parameters_of(2)
    (fixed,) = make_run_scenarios([scenario.model_copy(update={"beliefs": "central"})])
    assert fixed.parameters_of(1) is fixed.parameters
    assert Plan("run", (run_scenario,), 50, 1).second_runs(50) == 12
    assert Plan("run", (fixed,), 50, 1).second_runs(50) == 0
    assert Plan("run", (run_scenario,), 50, 1).second_runs(5) == 0


@pytest.mark.theory
def test_luck_is_what_two_playings_have_in_common() -> None:
    generator = np.random.default_rng(2)
    luck, one, two = generator.standard_normal((3, 4000))
    share, error = luck_share(2 * luck + one, 2 * luck + two)
    assert share == pytest.approx(0.8, abs=0.03)
    assert error < 0.02
    assert luck_share(one, two)[0] == pytest.approx(0.0, abs=0.05)
    assert luck_share(luck, luck)[0] == 1.0


@pytest.mark.extreme
def test_what_does_not_vary_has_no_shares() -> None:
    assert np.isnan(luck_share(np.ones(9), np.ones(9))[0])
    assert np.isnan(luck_share(np.array([1.0, np.nan]), np.array([2.0, 3.0]))[0])

"""The fit: emulator, posterior, targets, windows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError
from sim.validation.calibration import NEVER_FITTED, Sizes, calibrate
from sim.validation.emulator import choose_parameters, fit_emulator, sample_posterior
from sim.validation.published import FIRST_DAY, LAST_DAY, PublishedData
from sim.validation.targets import ALL_KNOWN, FITTED, TESTED, Window, check_windows, targets

pytestmark = pytest.mark.standard

GENERATOR = np.random.default_rng(5)


def linear_world(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Two figures moved by the first two of twenty parameters, with some luck."""
    scores = GENERATOR.standard_normal((count, 20))
    luck = GENERATOR.standard_normal((count, 2))
    return scores, np.stack([3 * scores[:, 0], scores[:, 0] + scores[:, 1]], axis=1) + 0.3 * luck


@pytest.mark.theory
def test_the_parameters_that_matter_are_chosen() -> None:
    scores, figures = linear_world(400)
    assert choose_parameters(scores, figures, np.zeros(2), most=5).tolist() == [0, 1]


@pytest.mark.theory
def test_the_posterior_of_a_linear_world_is_the_known_one() -> None:
    scores, figures = linear_world(600)
    emulator = fit_emulator(scores, figures, np.array([0, 1]))
    observed, error = np.array([3.0, 0.5]), np.array([0.3, 0.3])
    drawn = sample_posterior(
        emulator, observed, error, np.random.default_rng(1), draws=400, steps=1500
    )
    slopes = np.array([[3.0, 0.0], [1.0, 1.0]])
    precision = np.eye(2) + slopes.T @ slopes / (0.3**2 + 0.3**2)
    known = np.linalg.solve(precision, slopes.T @ observed / (0.3**2 + 0.3**2))
    spread = np.sqrt(np.diag(np.linalg.inv(precision)))
    assert drawn.mean(axis=0) == pytest.approx(known, abs=0.1)
    assert drawn.std(axis=0) == pytest.approx(spread, rel=0.25)


def test_too_few_countries_are_refused() -> None:
    scores, figures = linear_world(8)
    with pytest.raises(ValueError, match="too few"):
        fit_emulator(scores, figures, np.arange(5))


@pytest.mark.bad_input
@pytest.mark.parametrize("until", [date(2024, 9, 1), date(2015, 1, 1)])
def test_a_fit_beyond_the_record_or_to_next_to_nothing_is_refused(until: date) -> None:
    with pytest.raises(InputError, match=r"after the published record|too little of the record"):
        calibrate(load_ledger(), fitted=Window(FITTED.after, until))


@pytest.mark.bad_input
def test_a_test_that_would_see_what_was_fitted_is_refused() -> None:
    with pytest.raises(InputError, match="overlaps the test window"):
        check_windows(Window(FITTED.after, date(2022, 6, 30)), TESTED)
    with pytest.raises(InputError, match="after the published record"):
        check_windows(FITTED, Window(TESTED.after, date(2024, 9, 1)))
    with pytest.raises(InputError, match="before it begins"):
        check_windows(Window(FITTED.until, FITTED.after), TESTED)


@pytest.mark.bad_input
def test_a_figure_that_the_seeds_lack_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: PublishedData, name: str) -> dict[int, float]:
        return {2016: float("nan")} if name == "agency_rate" else {}

    monkeypatch.setattr(PublishedData, "national", gone)
    with pytest.raises(InputError, match="agency rate, 30 Sep 2016"):
        targets(PublishedData(), date(2016, 1, 1))


@pytest.mark.data
def test_the_record_gives_the_published_targets() -> None:
    observed = {t.label: t.observed for t in targets(PublishedData(), FIRST_DAY)}
    assert observed["first judgements inadequate, Nov 2013 to Mar 2022"] == 33
    assert observed["first judgements good, Nov 2013 to Mar 2022"] == 51
    assert observed["councils inadequate, 31 Mar 2017"] == 29
    assert observed["councils judged at least once, 14 Dec 2015"] == 74
    assert observed["trusts open, 1 Apr 2017"] == 3
    assert observed["re-inspections that failed again, Nov 2013 to Mar 2022"] == 7
    assert all(t.until <= LAST_DAY for t in targets(PublishedData(), FIRST_DAY))


@pytest.mark.data
def test_no_fitted_figure_is_of_the_test_window() -> None:
    for target in targets(PublishedData(), FIRST_DAY):
        assert FITTED.includes(target.until) != TESTED.includes(target.until)


@pytest.mark.data
def test_the_second_fit_takes_the_same_kinds_of_figures_with_the_same_allowances() -> None:
    """All to August 2024; what the first fit has is in it, but where it counts to March 2022."""
    published = PublishedData()
    first, second = (
        {t.label: t for t in targets(published, FIRST_DAY, window, None) if t.error is not None}
        for window in (FITTED, ALL_KNOWN)
    )
    assert max(t.until for t in first.values()) == FITTED.until
    assert max(t.until for t in second.values()) == LAST_DAY
    allowances = {(t.quantity, t.error) for t in second.values()}
    assert {(t.quantity, t.error) for t in first.values()} == allowances
    again = {label for label in first if "Mar 2022" in label and label not in second}
    assert {*first} - {*second} == again
    assert "spend, Apr 2023 to Mar 2024" in second
    assert second["spend, Apr 2023 to Mar 2024"].observed == pytest.approx(14_825, abs=1)


@pytest.mark.standard
def test_a_small_fit_runs_and_leaves_trusts_as_wide_as_they_were() -> None:
    fit = calibrate(load_ledger(), seed=3, sizes=Sizes(18, 6, 5, steps=200))
    assert fit.posterior.shape == (5, len(fit.names))
    assert not [name for name in fit.fitted if name.startswith(NEVER_FITTED)]
    assert len(fit.space_left) == 3
    assert fit.countries == 18 + 2 * 6 + 5

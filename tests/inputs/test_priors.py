"""Draws from the ledger's priors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.priors import Prior, draw_priors, free_parameters, prior_of

pytestmark = pytest.mark.quick

UNIFORMS = (np.arange(2000) + 0.5) / 2000


@pytest.mark.theory
@pytest.mark.parametrize(
    ("prior", "reference"),
    [
        (Prior("U", (2.0, 5.0), 2.0, 5.0), stats.uniform(2, 3)),
        (Prior("Tri", (0.0, 1.0, 4.0), 0.0, 4.0), stats.triang(0.25, 0, 4)),
        (Prior("N", (1.0, 2.0), -99.0, 99.0), stats.norm(1, 2)),
        (Prior("LogN", (3.0, 0.4), 1e-9, 1e9), stats.lognorm(0.4, scale=3)),
        (Prior("Beta", (4.0, 6.0), 0.0, 1.0), stats.beta(4, 6)),
        (Prior("TN", (1.0, 1.0), 0.0, 99.0), stats.truncnorm(-1, 98, 1, 1)),
    ],
)
def test_quantiles_are_those_of_the_family(prior: Prior, reference: stats.rv_continuous) -> None:
    assert prior.quantile(UNIFORMS) == pytest.approx(reference.ppf(UNIFORMS), rel=1e-6, abs=1e-6)


@pytest.mark.extreme
def test_a_triangle_may_have_its_mode_at_an_end() -> None:
    drawn = Prior("Tri", (0.0, 0.0, 1.0), 0.0, 1.0).quantile(UNIFORMS)
    assert drawn.mean() == pytest.approx(1 / 3, abs=1e-3)
    assert np.isfinite(Prior("Tri", (0.0, 1.0, 1.0), 0.0, 1.0).quantile(UNIFORMS)).all()


@pytest.mark.data
def test_every_free_parameter_is_drawn_within_its_range() -> None:
    ledger = load_ledger()
    names = free_parameters(ledger)
    assert {name for name in ledger if ledger[name].prior == "fixed"}.isdisjoint(names)
    drawn = draw_priors(ledger, names, np.tile(UNIFORMS[:, None], (1, len(names))))
    for k, name in enumerate(names):
        assert drawn[:, k].min() >= ledger[name].low
        assert drawn[:, k].max() <= ledger[name].high
        assert (np.diff(drawn[:, k]) >= 0.0).all()


def test_a_fixed_parameter_has_no_distribution() -> None:
    fixed = next(p for p in load_ledger().values() if p.prior == "fixed")
    with pytest.raises(ValueError, match="fixed"):
        prior_of(fixed).cumulative(np.array([0.5]))

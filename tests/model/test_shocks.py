"""What no mechanism explains: of the record's size, of the same mean, the same in any batch."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.settings import Parameters
from sim.model.weekly import demand
from sim.model.weekly.shocks import SERIES, Shocks, heavy_tailed
from tests.helpers.small_england import SHOCKS, build, england, part, world

pytestmark = pytest.mark.quick

COUNCILS = 4_000
ONLY_OWN = {name: 0.0 for name in SHOCKS if name.endswith("_shared")}


def lived(quarters: int, facts: dict[str, float], *replications: int) -> np.ndarray:
    """Logarithms quarter by quarter, (quarters, series, countries, councils)."""
    worlds = [world(k, facts=facts) for k in replications]
    shocks = Shocks(1, replications, COUNCILS, Parameters(worlds))
    found = []
    for _ in range(quarters):
        shocks.step()
        found.append(shocks.log_factors.copy())
    return np.array(found)


def test_tails_are_heavier_than_normal_and_the_variance_is_the_same() -> None:
    normal = np.random.default_rng(1).standard_normal(200_000)
    drawn = heavy_tailed(normal)
    assert drawn.std() == pytest.approx(1.0, abs=0.01)
    assert (np.diff(heavy_tailed(np.linspace(-8.0, 8.0, 100))) > 0.0).all()
    robust = np.subtract(*np.percentile(drawn, [75, 25])) / 1.349
    # Of a normal law 1.2 in a hundred lie beyond two and a half standard deviations.
    assert 0.015 < (np.abs(drawn) > 2.5 * robust).mean() < 0.09


def test_no_national_figure_drifts_because_councils_differ() -> None:
    """The mean of the factors stays at 1 for ten years, though they spread."""
    factors = np.exp(lived(40, ONLY_OWN, 1))
    assert np.abs(factors.mean(axis=(2, 3)) - 1.0).max() < 0.05
    spread = factors.std(axis=3)[:, :, 0]
    assert (spread[-1] > spread[0]).all()


def test_what_lasts_is_still_there_years_later_and_what_passes_is_not() -> None:
    names = [name for name in SHOCKS if name.startswith(("demand.", "workforce."))]
    for kind, low, high in (("lasting", 0.25, 0.95), ("passing", -0.05, 0.05)):
        none = {name: 0.0 for name in names if not name.endswith(f"_{kind}")}
        found = lived(20, none, 1)[:, :, 0]
        for k, series in enumerate(SERIES):
            again = np.corrcoef(found[3, k], found[19, k])[0, 1]
            assert low < again < high, (kind, series)


def test_what_all_councils_share_moves_them_together() -> None:
    alone = {name: 0.0 for name in SHOCKS if not name.endswith("_shared")}
    found = lived(8, alone, 1, 2)
    assert (found.std(axis=3) < 1e-12).all()
    assert (found[:, :, 0, 0] != found[:, :, 1, 0]).all()


def test_a_country_has_the_same_shocks_in_any_batch() -> None:
    together, apart = lived(6, {}, 3, 7, 3), lived(6, {}, 7)
    assert (together[:, :, 1] == apart[:, :, 0]).all()
    assert (together[:, :, 0] == together[:, :, 2]).all()


def test_referrals_of_children_in_need_and_of_others_move_apart() -> None:
    """More of the others: more referrals, a larger share that finds no need, and as many children
    in need as before."""
    few = part(england(), range(0, 152, 10))
    shared = dict.fromkeys(SHOCKS, 0.0)
    batch = build([world(1, facts=shared), world(2, facts=shared)], councils_from=few)
    w, t = batch.week, batch.traits
    demand.quarter(batch.state, t, w)
    before = w.more_referrals.copy(), w.no_action.copy(), w.no_need.copy()
    w.shocks.log_factors[SERIES.index("referrals")] += 0.3
    demand.quarter(batch.state, t, w)
    assert (w.more_referrals >= before[0]).all()
    assert (w.more_referrals > before[0]).mean() > 0.9
    assert (w.no_action >= before[1]).all()
    assert (w.no_need >= before[2]).all()
    found = [more * (1.0 - away) * (1.0 - none) for more, away, none in (before, after(w))]
    assert found[1] == pytest.approx(found[0])


def after(w: object) -> tuple[np.ndarray, ...]:
    return tuple(getattr(w, name) for name in ("more_referrals", "no_action", "no_need"))

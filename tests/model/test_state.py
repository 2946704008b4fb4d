"""The state as one block of memory: its parts, its sums, its copies."""

from __future__ import annotations

import numpy as np
import pytest

from sim.model.state import ALARMS, ATTENTION, HELP, STAFF, STAGES, State

pytestmark = pytest.mark.quick

COUNTRIES, SIZE = 3, 5


@pytest.fixture
def state() -> State:
    """Every field holds other numbers."""
    made = State.zeros(COUNTRIES, SIZE)
    made.block[:] = np.arange(made.block.size, dtype=np.float64).reshape(made.block.shape)
    return made


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("stages", STAGES),
        ("staff", STAFF),
        ("alarms", ALARMS),
        ("help_rates", tuple(f"rate_{line}" for line in HELP)),
        ("help_spent", tuple(f"spend_{line}" for line in HELP)),
        ("attention", tuple(f"attention_{what}" for what in ATTENTION)),
        ("attention_spent", tuple(f"attention_years_{what}" for what in ATTENTION)),
    ],
)
def test_a_group_is_its_fields_in_their_order(state: State, group: str, names: tuple[str, ...]):
    together = getattr(state, group)
    np.testing.assert_array_equal(together, [getattr(state, name) for name in names])
    together += 0.5
    for row, name in zip(together, names, strict=True):
        assert np.shares_memory(row, getattr(state, name))
        np.testing.assert_array_equal(row, getattr(state, name))


def test_what_is_spent_follows_its_rates_line_by_line():
    assert [f"spend_{line}" for line in HELP] == [
        "spend_support",
        "spend_transition",
        "spend_transaction",
        "spend_transmutation",
    ]


def test_fields_that_are_apart_are_no_group(state: State):
    with pytest.raises(ValueError, match="next to one another"):
        state.together(("waiting", "need_short"))
    with pytest.raises(ValueError, match="next to one another"):
        state.together(("assessment_first", "waiting"))


def test_england_is_the_sum_over_councils(state: State):
    england = State.of(state.england())
    np.testing.assert_array_equal(england.waiting, state.waiting.sum(axis=1))
    np.testing.assert_array_equal(england.inspections, state.inspections.sum(axis=1))
    np.testing.assert_allclose(england.spend, state.spend.sum(axis=1))
    np.testing.assert_allclose(england.income, state.income.sum(axis=1))
    np.testing.assert_array_equal(england.children_in_need, state.children_in_need.sum(axis=1))


def test_a_copy_stays_as_it_was(state: State):
    kept, then = state.copy(), state.waiting.copy()
    state.waiting += 1.0
    np.testing.assert_array_equal(kept.waiting, then)
    assert kept.waiting.shape == (COUNTRIES, SIZE)


def test_totals_move_between_moments_and_levels_do_not(state: State):
    then = state.copy()
    state.block += 2.0
    state.director_settles[:] = np.inf  # an interim's
    moved = state.since(then, 12.0)
    assert (moved.referrals == 24.0).all()
    assert (moved.inspections == 24.0).all()
    assert (moved.spend_intervention == 4 * 24.0).all()
    assert np.isnan(moved.waiting).all()
    assert np.isnan(moved.director_settles).all()

"""The cost told whole: one definition, whose parts add up by what is bought and by who pays."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import sim
from sim.inputs.metrics import COST, METRICS, listed_metrics
from sim.model.recorder import payers, spending
from sim.model.state import State

PARTS, PAYERS = listed_metrics("cost"), listed_metrics("payers")
SIZE = len(fields(State))
amounts = arrays(np.float64, (SIZE, 2, 3), elements=st.floats(-1e4, 1e5, width=32))


@pytest.mark.quick
@given(amounts, amounts, st.floats(0.01, 52.0))
@settings(max_examples=60, deadline=None)
def test_parts_and_payers_add_up_whatever_the_accounts_hold(before, after, per_year):
    yearly = State.of(after).since(State.of(before), per_year)
    spent, paid = spending(yearly), payers(yearly)
    assert {*spent} == {COST, *PARTS}
    assert {*paid} == {*PAYERS}
    scale = 1e-9 * per_year * 1e7
    np.testing.assert_allclose(sum(spent[name] for name in PARTS), spent[COST], atol=scale)
    np.testing.assert_allclose(sum(paid.values()), spent[COST], atol=scale)


@pytest.mark.quick
def test_every_field_of_spending_is_in_one_part():
    """A head of spending that is added to the state must be put into a part."""
    heads = [f.name for f in fields(State) if f.name.startswith("spend_")]
    for name in heads:
        block = np.zeros((SIZE, 1, 1))
        after = State.of(block)
        getattr(after, name)[:] = 1.0
        spent = spending(after.since(State.zeros(1, 1), 1.0))
        moved = [part for part in PARTS if spent[part][0, 0]]
        assert len(moved) == 1, name
        assert spent[COST][0, 0] == 1.0, name


@pytest.mark.quick
def test_no_part_is_called_by_what_it_is_not():
    for name in (*PARTS, *PAYERS):
        words = METRICS[name].short.lower().split()
        assert not {"other", "else", "everything", "rest", "remainder"} & {*words}, name


@pytest.mark.standard
def test_in_a_run_the_parts_add_up_in_levels_and_in_differences():
    run = sim.simulate(
        "trusts-2016",
        against=["commissioner-only"],
        replications=2,
        years=2,
        engine="serial",
        quiet=True,
    )
    for table, value in ((run.replications, "value"), (run.comparison, "diff_mean")):
        keys = [name for name in ("scenario", "replication") if name in table]
        wide = table.pivot(index=keys, columns="metric", values=value)
        for names in (PARTS, PAYERS):
            np.testing.assert_allclose(wide[list(names)].sum(axis=1), wide[COST], atol=1e-3)
    # Commissioners' directions protect early help: it is in the cost, and in a part of its own.
    apart = run.comparison.set_index("metric")["diff_mean"]
    assert apart["early_help_gbp_m"] > 0.0

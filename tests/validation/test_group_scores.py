"""Scores by group of councils, on made scores whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sim.inputs.councils.baseline import baseline
from sim.report.tables.council_group_rows import error_rows, score_rows
from sim.validation.council_scores import CouncilScore
from sim.validation.measures.group_scores import (
    ALL,
    FEWEST,
    GroupScore,
    group_scores,
    groupings_of,
)

pytestmark = pytest.mark.standard

START = date(2022, 4, 1)
COUNCILS = baseline(START)
LONDON = np.array(["London" in region for region in COUNCILS.regions])
COUNT = len(LONDON)


def made(model: np.ndarray, errors: np.ndarray | None = None) -> CouncilScore:
    """Scores of the model by council; the naive forecasts score 2 (no change) and 1 (drift)."""
    naive = np.ones_like(model)
    return CouncilScore(
        *(START, "referrals of each council, 31 Mar 2024", "log ratio", len(model)),
        *(float(model.mean()), 2.0, 1.0),
        members=np.arange(len(model)),
        scores=np.stack([model, 2.0 * naive, naive]),
        errors=np.zeros(len(model)) if errors is None else errors,
    )


def by_group(score: CouncilScore) -> dict[tuple[str, str], GroupScore]:
    return {(row.grouping, row.group): row for row in group_scores([score], seed=1)}


def test_groups_share_out_the_councils() -> None:
    for kinds in groupings_of(COUNCILS):
        assert (np.sum([kind.members for kind in kinds], axis=0) == 1).all()
    rows = by_group(made(np.ones(COUNT)))
    for grouping in ("region", "kind", "deprivation"):
        own = [row.councils for (name, _), row in rows.items() if name == grouping]
        assert sum(own) == rows[ALL, ALL].councils == COUNT


def test_the_rival_is_the_better_naive_forecast_and_equal_scores_give_one() -> None:
    for row in by_group(made(np.ones(COUNT))).values():
        assert row.rival == "drift or chain"
        assert (row.ratio, row.ratio_low95, row.ratio_high95) == (1.0, 1.0, 1.0)
    # Nothing differs, so that every grouping at random differs as much.
    assert by_group(made(np.ones(COUNT)))["region", "North East"].chance_ratio == 1.0


def test_a_group_that_is_worse_is_told_from_chance_and_one_at_random_is_not() -> None:
    generator = np.random.default_rng(5)
    noise = generator.gamma(4.0, 0.25, COUNT)
    rows = by_group(made(noise + LONDON, errors=0.1 * LONDON - 0.02))
    london = rows["kind", "London Borough"]
    assert london.ratio == pytest.approx((noise + LONDON)[LONDON].mean())
    assert london.ratio_low95 < london.ratio < london.ratio_high95
    assert london.error == pytest.approx(0.08)
    assert london.chance_ratio < 0.01
    assert london.chance_error < 0.01
    assert rows["deprivation", "middling"].chance_ratio > 0.01
    # Where councils differ by chance alone, a chance under one in ten comes up one time in ten.
    low = [
        by_group(made(generator.gamma(4.0, 0.25, COUNT)))["kind", "County"].chance_ratio
        for _ in range(40)
    ]
    assert 0 <= np.mean(np.array(low) < 0.1) <= 0.3
    assert 0.3 < np.mean(low) < 0.7


def test_the_interval_holds_the_true_ratio_about_nineteen_times_in_twenty() -> None:
    generator = np.random.default_rng(6)
    inside = [
        row.ratio_low95 <= 1.0 <= row.ratio_high95
        for _ in range(60)
        for row in [by_group(made(generator.gamma(4.0, 0.25, COUNT)))[ALL, ALL]]
    ]
    assert 0.85 <= np.mean(inside) <= 1.0


def test_few_councils_are_not_put_in_groups() -> None:
    few = np.arange(COUNT) % 10 == 0
    score = made(np.ones(int(few.sum())))
    rows = by_group(replace(score, members=np.flatnonzero(few)))
    assert all(row.councils >= FEWEST or row.grouping == ALL for row in rows.values())
    assert not any(grouping == "region" for grouping, _ in rows)


@pytest.mark.determinism
def test_the_same_seed_gives_the_same_table() -> None:
    score = made(np.random.default_rng(7).gamma(4.0, 0.25, COUNT))
    assert repr([*group_scores([score], 3)]) == repr([*group_scores([score], 3)])


def test_rows_name_the_three_worst_and_the_three_best() -> None:
    score = made(np.where(LONDON, 2.0, 0.5), errors=np.where(LONDON, np.log(1.1), 0.0))
    table = pd.DataFrame(group_scores([score], 1), columns=GroupScore._fields)
    (row,) = score_rows(table)
    assert row[0] == "referrals, 31 Mar 2024"
    for name in ("Inner London 2.00", "Outer London 2.00", "London boroughs 2.00"):
        assert name in row[4]
    assert "London" not in row[5]
    assert row[5].count(",") == 2
    (row,) = error_rows(table)
    assert "London +10.0" in row[2]
    assert row[2].count(",") == 0
    assert row[1].endswith("%")
    assert "<1%" in row[4]

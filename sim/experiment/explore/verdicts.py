"""The tables of an exploration: which regime, in which futures, for whom, and what decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.experiment.explore.breakeven import break_even, break_even_line
from sim.experiment.explore.discovery import find_box, too_few
from sim.experiment.explore.futures import Array, FuturesPlan, Outcomes
from sim.experiment.explore.information import value_of_information
from sim.experiment.explore.kinds import kinds_of
from sim.experiment.explore.regress import controls, fit, importance, noise_floors, resampled
from sim.experiment.explore.robust import minimax, robustness
from sim.experiment.summary import rounded, write_csv
from sim.inputs.baseline import Baseline
from sim.inputs.ledger import load_ledger

TOLD = 12  # parameters that the tables of break-even and swings hold
SEARCHED = 8  # parameters that boxes are sought over
SWING_DRAWS = 100


def write_all(
    folder: Path, plan: FuturesPlan, outcomes: Outcomes, baseline: Baseline
) -> dict[str, Any]:
    """Write every table; returns what belongs in the record of the study."""
    metric = str(plan.study["metric"])
    loss = outcomes.loss(metric)
    facts = _robust(folder, plan, loss)
    _for_whom(folder, plan, outcomes, baseline)
    names = list(plan.futures.names)
    x = plan.futures.values
    means = loss.mean(axis=2)
    families = _families(plan, names)
    facts["expected_to_matter"] = [names[c] for c in families[0]]
    facts["decisive"] = _against_each(folder, plan, x, means, names, families)
    facts["boxes"] = _boxes(folder, plan, x, means, names, families)
    return facts | _information(folder, plan, outcomes, baseline, x, names, families)


def _families(plan: FuturesPlan, names: list[str]) -> list[list[int]]:
    """The parameters expected to matter (impact rated red before any run, or asked about),
    and the rest. Each family is tested against chance on its own."""
    ledger = load_ledger()
    asked = {name for pair in plan.study["pairs"] for name in pair}
    first = [c for c, n in enumerate(names) if n in asked or ledger[n].impact == "red"]
    return [first, [c for c in range(len(names)) if c not in first]]


def _robust(folder: Path, plan: FuturesPlan, loss: Array) -> dict[str, Any]:
    found = robustness(loss, float(plan.study["tolerance"]))
    sign = -1.0 if plan.study["better"] == "higher" else 1.0
    chosen = minimax(found.regret_most)
    rows = [
        (
            arm.name,
            *rounded(sign * found.mean[k], found.ci95[k], found.best[k], found.within[k]),
            *rounded(found.regret_mean[k], found.regret_p95[k], found.regret_most[k]),
            int(k == chosen),
        )
        for k, arm in enumerate(plan.arms)
    ]
    columns = ("scenario", "mean", "ci95_half", "best_share", "within_share")
    more = ("regret_mean", "regret_p95", "regret_most", "minimax")
    write_csv(folder / "robust.csv", (*columns, *more), rows)
    return {"luck_share": found.luck_share}


def _for_whom(folder: Path, plan: FuturesPlan, outcomes: Outcomes, baseline: Baseline) -> None:
    rows = []
    for kind in kinds_of(baseline):
        count = int(kind.members.sum())
        if not count:
            continue
        years = outcomes.inadequate_years[..., kind.members].mean(axis=3).astype(np.float64)
        found = robustness(years, float(plan.study["tolerance"]))
        rows += [
            (
                *(kind.grouping, kind.group, count, arm.name),
                *rounded(found.mean[k], found.ci95[k], found.best[k], found.within[k]),
                *rounded(found.regret_mean[k], found.regret_most[k]),
            )
            for k, arm in enumerate(plan.arms)
        ]
    columns = ("grouping", "group", "councils", "scenario", "years_per_council", "ci95_half")
    more = ("best_share", "within_share", "regret_mean", "regret_most")
    write_csv(folder / "kinds.csv", (*columns, *more), rows)


def _against_each(
    folder: Path,
    plan: FuturesPlan,
    x: Array,
    means: Array,
    names: list[str],
    families: list[list[int]],
) -> dict[str, list[str]]:
    """Swings, break-evens and lines of the first regime against each of the others.

    The tables hold differences in loss: below zero the first regime does better.
    """
    ledger = load_ledger()
    generator = np.random.default_rng(plan.seed)
    swings: list[tuple[object, ...]] = []
    ties: list[tuple[object, ...]] = []
    lines: list[tuple[object, ...]] = []
    decisive: dict[str, list[str]] = {}
    for k, arm in enumerate(plan.arms[1:], start=1):
        difference = means[:, 0] - means[:, k]
        weight = importance(x, difference)
        floor = noise_floors(x, difference, families, generator)
        order = [int(c) for c in np.argsort(-weight / floor)]
        told = order[:TOLD] + [c for c in order[TOLD:] if c in families[0]]
        decisive[arm.name] = [names[c] for c in order if weight[c] > floor[c]]
        for c in told:
            swings.append((arm.name, names[c], *_swing(x, difference, c, generator, weight, floor)))
            tie = break_even(x, difference, c, plan.seed)
            ties.append(
                (
                    *(arm.name, names[c], ledger[names[c]].unit, tie.verdict),
                    *rounded(tie.at, tie.at_low, tie.at_high, tie.low, tie.high),
                    *rounded(*tie.loss_low, *tie.loss_high),
                    int(weight[c] > floor[c]),
                )
            )
        for first, second in plan.study["pairs"]:
            if first in names and second in names:
                line = break_even_line(
                    x, difference, (names.index(first), names.index(second)), plan.seed
                )
                lines += [
                    (arm.name, first, second, *rounded(*point), int(line.wins_above))
                    for point in zip(
                        *(line.x, line.y, line.y_low, line.y_high),
                        *(line.difference_low, line.difference_high),
                        strict=True,
                    )
                ]
    swing_columns = ("low", "high", "loss_low", "loss_high", "swing", "swing_ci95_half")
    write_csv(
        folder / "swings.csv",
        ("against", "parameter", *swing_columns, "share_explained", "noise_floor"),
        swings,
    )
    ends = [f"loss_{end}{part}" for end in ("low", "high") for part in _PARTS]
    write_csv(
        folder / "breakeven.csv",
        (
            *("against", "parameter", "unit", "verdict", "at", "at_ci95_low", "at_ci95_high"),
            *("low", "high", *ends, "above_noise"),
        ),
        ties,
    )
    columns = ("against", "x_parameter", "y_parameter", "x", "y", "y_ci95_low", "y_ci95_high")
    more = ("loss_low_y", "loss_high_y", "wins_above")
    write_csv(folder / "breakeven_lines.csv", (*columns, *more), lines)
    return decisive


_PARTS = ("", "_ci95_low", "_ci95_high")


def _swing(
    x: Array,
    difference: Array,
    column: int,
    generator: np.random.Generator,
    weight: Array,
    floor: Array,
) -> tuple[str, ...]:
    """The expected difference at the 10th and 90th centile of one parameter."""
    points = np.quantile(x[:, column], [0.1, 0.9])[:, None]
    besides = controls(x, difference, [column])
    ends = fit(x, difference, [column], besides)(points)
    curves = resampled(x, difference, [column], besides, SWING_DRAWS, generator)
    drawn = np.array([np.diff(curve(points))[0] for curve in curves])
    swing = float(ends[1] - ends[0])
    half = 1.96 * float(drawn.std(ddof=1))
    return rounded(*points[:, 0], *ends, swing, half, float(weight[column]), floor[column])


def _boxes(
    folder: Path,
    plan: FuturesPlan,
    x: Array,
    means: Array,
    names: list[str],
    families: list[list[int]],
) -> list[dict[str, Any]]:
    """Where each regime is best, as boxes; what could not be sought is told in the study."""
    rows: list[tuple[object, ...]] = []
    told: list[dict[str, Any]] = []
    generator = np.random.default_rng(plan.seed)
    for k, arm in enumerate(plan.arms):
        lead = means[:, k] - np.delete(means, k, axis=1).min(axis=1)
        cases = lead < 0
        reason = too_few(cases)
        weight = importance(x, lead)
        floor = noise_floors(x, lead, families, generator)
        clear = np.flatnonzero(weight > floor)
        # Beside what stands above the noise, only what was expected to matter is searched.
        ranked = sorted({*map(int, clear), *families[0]}, key=lambda c: -weight[c] / floor[c])
        kept = ranked[:SEARCHED]
        frame = pd.DataFrame(x[:, kept], columns=[names[c] for c in kept])
        box = None if reason else find_box(frame, cases, plan.seed)
        told.append(
            {
                "scenario": arm.name,
                "share": float(cases.mean()),
                "why_none": reason or ("" if box else "no box holds beyond chance"),
            }
        )
        if box is None:
            continue
        for name, (low, high) in box.limits.items():
            figures = (box.coverage, box.density, box.mass, box.base_rate, box.stability[name])
            rows.append((arm.name, name, *rounded(low, high, *figures)))
    columns = ("scenario", "parameter", "lower", "upper", "coverage", "density", "mass")
    write_csv(folder / "boxes.csv", (*columns, "base_rate", "stability"), rows)
    return told


def _information(
    folder: Path,
    plan: FuturesPlan,
    outcomes: Outcomes,
    baseline: Baseline,
    x: Array,
    names: list[str],
    families: list[list[int]],
) -> dict[str, Any]:
    """What each parameter would be worth knowing: in the metric's unit and in pounds.

    In pounds a regime's loss is what intervention and trusts' overspends cost over the run,
    plus a price for each council-year inadequate.
    """
    years = (plan.end - plan.start).days / 365.25
    price = float(plan.study["price_gbp_m"] or price_of_a_council_year(baseline))
    spent = outcomes.metric("intervention_cost_gbp_m") + outcomes.metric("cost_transgression_gbp_m")
    pounds = years * spent + price * outcomes.metric("inadequate_council_years")
    losses = outcomes.loss(plan.study["metric"]).mean(axis=2)
    known = value_of_information(losses, x, families, plan.seed)
    money = value_of_information(pounds.mean(axis=2), x, families, plan.seed)
    write_csv(
        folder / "information.csv",
        (
            *("parameter", "value", "change_share", "above_noise"),
            *("value_gbp_m", "change_share_gbp", "above_noise_gbp"),
        ),
        (
            (
                names[c],
                *rounded(known.value[c], known.change[c]),
                int(known.value[c] > known.floor[c]),
                *rounded(money.value[c], money.change[c]),
                int(money.value[c] > money.floor[c]),
            )
            for c in np.argsort(-known.value)
        ),
    )
    return {
        "price_gbp_m": price,
        "chosen": plan.arms[known.chosen].name,
        "chosen_gbp": plan.arms[money.chosen].name,
        "information_floor": float(known.floor.max()),
        "information_floor_gbp_m": float(money.floor.max()),
        "everything": known.everything,
        "everything_gbp_m": money.everything,
    }


def price_of_a_council_year(baseline: Baseline) -> float:
    """GBP million: what an average council adds to its budget after a failure (evidence C9),
    taken as the price of a year under an inadequate judgement. An assumption."""
    uplift = load_ledger()["money.failure_uplift"].value
    return uplift * float(np.mean(baseline.spend_total))

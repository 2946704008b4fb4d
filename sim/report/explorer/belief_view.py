"""What you believe: the futures of an exploration, to be weighed again by a reader's beliefs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.statistics import t_quantile
from sim.inputs.evidence.beliefs import load_beliefs
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError, Problem
from sim.inputs.metrics import HEADLINE, METRICS
from sim.report.briefing.copied_studies import place_of, studies_of
from sim.report.charts.chart import csv_bytes
from sim.report.explorer.answer_view import YEARS
from sim.report.explorer.intervention_bills import PARTS, TITLE, sum_of_bills
from sim.report.explorer.reweighting import (
    FEWEST_EFFECTIVE,
    SURENESS,
    USUAL,
    Reweighted,
    View,
    reweigh,
    weights_of,
)
from sim.report.findings.study_sections import StudySection
from sim.report.output_files import write_files
from sim.report.words.cited_study import CitedStudy
from sim.report.words.durations import capital
from sim.report.words.prose import decimals, number
from sim.results.run_folder import Run, label
from sim.units import Array, IntArray

OUTCOMES = "outcomes.csv"
COST = "intervention_bills_gbp_m"
# What a reader is asked first: how much good each route does, and the threat of it.
ASKED = (
    *("control.effect", "control.commissioner_deviation", "control.trust_deviation"),
    *("control.sponsor_deviation", "control.peer_deviation", "support.threat"),
)
MOST_SLIDERS = 10
STEPS = 40  # of a slider
PRESETS = ("reformers", "critics", "evidence")
_NAMES = {
    "control.effect": "How much good it does that somebody new takes control",
    "control.commissioner_deviation": "How much more a commissioner does than others in control",
    "control.trust_deviation": "How much more a trust does than others in control",
    "control.sponsor_deviation": "How much more a strong council does than others in control",
    "control.peer_deviation": "How much more a lent peer team does than others in control",
    "support.threat": "How much effort the threat of removal calls forth",
}


@dataclass(frozen=True)
class Slider:
    """A parameter that a reader may hold a view of: its column of the futures, its range."""

    parameter: str
    title: str
    drives: str
    unit: str
    low: float
    high: float
    values: Array  # (futures,)


@dataclass(frozen=True)
class Preset:
    """Views that set every slider that a set of beliefs names: centres by place of the slider."""

    name: str
    title: str
    description: str
    centres: Mapping[int, float]
    named: int


@dataclass(frozen=True)
class PresetRow:
    """A preset's result, worked out here for a page without scripts: words for each regime."""

    title: str
    effective: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class BeliefView:
    """The data of the view for the page, and what stands there without scripts."""

    section: StudySection
    labels: tuple[str, ...]
    presets: tuple[PresetRow, ...]
    data: Mapping[str, Any]


def belief_view(run: Run, study: CitedStudy) -> BeliefView:
    """The view over the futures of a study; copies what it cites into the run folder.

    Raises InputError where the study is no exploration or shares no option with the run.
    """
    if study.kind != "explore":
        what = f"is a study of the kind {study.kind}: beliefs are weighed over an exploration"
        raise InputError(
            Problem(str(study.folder), what, "give the folder of a `simulate explore`")
        )
    if not {*study.scenarios} & {*run.scenarios}:
        what = "compares none of the options of this run"
        hint = f"simulate explore --scenario {run.scenario}"
        raise InputError(Problem(str(study.folder), what, hint))
    (section,) = studies_of(run, [study], "minister")
    place = place_of(study)
    futures = study.table("futures").set_index("future")
    losses, complete = _losses(study)
    futures = futures.loc[complete]
    groups = np.unique(futures["luck"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    sliders = tuple(_sliders(study, futures))
    presets = tuple(_presets(sliders))
    _copy(run, place, study, futures, losses, sliders)
    quantile = t_quantile(1.0 - 0.025 / max(1, len(study.scenarios) - 1), int(groups.max()) + 1)
    judged = study.metric.name
    data = {
        "place": place,
        "studies": str(study.record["run_id"]),
        "labels": [label(name) for name in study.scenarios],
        "scenarios": list(study.scenarios),
        "fewest": FEWEST_EFFECTIVE,
        "quantile": quantile,
        "groups": groups.tolist(),
        "sureness": [{"name": name, "share": share} for name, share in SURENESS.items()],
        "usual": USUAL,
        "steps": STEPS,
        "measures": [_measure(name, values) for name, values in losses.items()],
        "judged": judged,
        "sliders": [
            {
                "parameter": s.parameter,
                "title": s.title,
                "drives": s.drives,
                "unit": s.unit,
                "low": s.low,
                "high": s.high,
                "values": [_short(v) for v in s.values],
            }
            for s in sliders
        ],
        "presets": [
            {
                "name": p.name,
                "title": p.title,
                "description": p.description,
                "centres": {str(k): round(v, 6) for k, v in p.centres.items()},
                "named": p.named,
            }
            for p in presets
        ],
    }
    rows = tuple(
        _preset_row(preset, sliders, losses[judged], groups, quantile, judged) for preset in presets
    )
    return BeliefView(section, tuple(label(n) for n in study.scenarios), rows, data)


def _losses(study: CitedStudy) -> tuple[dict[str, Array], list[int]]:
    """By measure the losses (futures, regimes), less being better, in shown units; and the futures
    in which the metric of the study has a value in every run."""
    judged = study.metric
    needed = dict.fromkeys((judged.name, HEADLINE, *PARTS, YEARS))
    table = study.table("outcomes")
    means = table.groupby(["future", "scenario"], sort=False)[[n for n in needed if n in table]]
    wide = means.mean().unstack("scenario")
    runs = table.set_index("future")[judged.name]
    complete = sorted({*wide.index} - {*runs.index[~np.isfinite(runs)]})
    wide = wide.loc[complete]

    def of(name: str) -> Array:
        return np.asarray(wide[name][list(study.scenarios)].to_numpy(dtype=float))

    losses: dict[str, Array] = {}
    for name in dict.fromkeys((judged.name, HEADLINE, YEARS)):
        if name in table:
            losses[name] = _sign(name) * METRICS[name].scale * of(name)
    if {*PARTS} <= {*table.columns}:
        losses[COST] = sum_of_bills({name: of(name) for name in PARTS})
    return {name: _rounded(values) for name, values in losses.items()}, complete


def _sign(metric: str) -> int:
    """What turns a metric into a loss."""
    return -1 if METRICS[metric].better == "higher" else 1


def _rounded(values: Array) -> Array:
    """Seven figures: what the page holds, so that it and these sums start from the same numbers."""
    flat = [float(f"{value:.7g}") for value in values.ravel()]
    return np.array(flat).reshape(values.shape)


def _measure(name: str, values: Array) -> dict[str, Any]:
    """A measure as the page holds it: its words, and for each regime the futures."""
    if name == COST:
        title, unit, scale, sign = TITLE, "£ million a year", 1.0, 1
    else:
        about = METRICS[name]
        title, unit, scale = about.label, about.display_unit, about.scale
        sign = _sign(name)
    return {
        "name": name,
        "title": title,
        "unit": unit,
        "scale": scale,
        "sign": sign,
        "places": decimals([float(abs(values).mean())]),
        "values": [[_short(v) for v in values[:, k]] for k in range(values.shape[1])],
    }


def _short(value: float) -> float | int:
    rounded = float(f"{value:.7g}")
    return int(rounded) if rounded == int(rounded) else rounded


def _sliders(study: CitedStudy, futures: pd.DataFrame) -> Iterator[Slider]:
    """What a reader is asked: how much good each route does, then what decides the question."""
    ledger = load_ledger()
    table = study.table("information")
    deciding = [str(n) for n in table.loc[table["above_noise"] == 1, "parameter"]]
    varied = [str(n) for n in futures.columns if n != "luck"]
    asked = [*ASKED, *deciding]
    if len(varied) <= MOST_SLIDERS:
        asked += varied
    chosen = [n for n in dict.fromkeys(asked) if n in varied and n in ledger][:MOST_SLIDERS]
    for name in chosen:
        values = _rounded(futures[name].to_numpy(dtype=float))
        entry = ledger[name]
        if values.max() > values.min():
            low, high = min(entry.low, values.min()), max(entry.high, values.max())
            title = _NAMES.get(name, capital(entry.drives))
            yield Slider(name, title, entry.drives, entry.unit, float(low), float(high), values)


def _presets(sliders: Sequence[Slider]) -> Iterator[Preset]:
    place = {slider.parameter: k for k, slider in enumerate(sliders)}
    for name in PRESETS:
        beliefs = load_beliefs(name)
        centres = {
            place[b.parameter]: (b.low + b.high) / 2.0
            for b in beliefs.named
            if b.parameter in place
        }
        yield Preset(name, beliefs.title, beliefs.description, centres, len(beliefs.named))


def views_of(
    centres: Mapping[int, float], sliders: Sequence[Slider], sureness: str = USUAL
) -> dict[int, View]:
    """Views with these centres, as wide as they are surely held."""
    share = SURENESS[sureness]
    return {
        k: View(centre, share * (sliders[k].high - sliders[k].low)) for k, centre in centres.items()
    }


def _preset_row(
    preset: Preset,
    sliders: Sequence[Slider],
    losses: Array,
    groups: IntArray,
    quantile: float,
    judged: str,
) -> PresetRow:
    values = (
        np.stack([s.values for s in sliders], axis=1) if sliders else np.zeros((len(losses), 0))
    )
    weights = weights_of(values, views_of(preset.centres, sliders))
    result = reweigh(losses, weights, groups, quantile)
    return PresetRow(preset.title, number(result.effective, 0), _words(result, judged))


def _words(result: Reweighted, judged: str) -> tuple[str, ...]:
    unit = METRICS[judged].display_unit
    places = decimals(result.regret)
    if result.effective < FEWEST_EFFECTIVE:
        return tuple("too few futures to tell" for _ in result.mean)
    return tuple(
        f"best in {number(100 * share, 0)}%; regret {number(regret, places)} {unit}"
        for share, regret in zip(result.best_share, result.regret, strict=True)
    )


def _copy(
    run: Run,
    place: str,
    study: CitedStudy,
    futures: pd.DataFrame,
    losses: Mapping[str, Array],
    sliders: Sequence[Slider],
) -> None:
    """Put what the page holds of the futures into the run folder, a row a future and regime."""
    count = len(study.scenarios)
    table = {
        "future": np.repeat(futures.index.to_numpy(), count),
        "scenario": np.tile(np.array(study.scenarios, dtype=object), len(futures)),
        "luck": np.repeat(futures["luck"].to_numpy(), count),
        **{name: values.ravel() for name, values in losses.items()},
        **{slider.parameter: np.repeat(slider.values, count) for slider in sliders},
    }
    target = run.folder / place
    robust = (study.folder / "robust.csv").read_bytes()
    write_files(
        {
            target / OUTCOMES: csv_bytes(pd.DataFrame(table)),
            target / "robust.csv": robust,
        }
    )

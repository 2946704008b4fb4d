"""Whole studies on an engine whose answer is known."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.inputs.councils.baseline import Baseline
from sim.inputs.evidence.beliefs import load_beliefs
from sim.inputs.files.problems import InputError
from sim.inputs.metrics import HEADLINE
from sim.model import simulation
from sim.model.batch_result import BatchResult
from sim.model.settings import CountrySettings
from sim.report.briefing.study_page import study_page
from sim.report.charts.study_charts import make_study_charts, study_charts
from sim.report.findings.study_sections import study_section
from sim.report.tables.study_terminal import print_beliefs, print_exploration, print_sensitivity
from sim.report.words.cited_study import open_study
from sim.results.run_folder import label
from sim.results.verification import verify
from sim.runs.errors import RunError
from sim.runs.scenarios_of_run import choose_scenarios
from sim.studies import discovery, futures, run_studies
from sim.studies.discovery import find_box
from sim.studies.exploration import ExplorationPlan
from tests.helpers import known_answer

pytestmark = pytest.mark.standard

How = Callable[..., dict[str, Any]]


def all_sentences(folder: Path) -> list[str]:
    """Every finding of a study as plain text."""
    groups = study_section(open_study(folder)).groups
    return [str(sentence) for _, sentences in groups for sentence in sentences]


AGAINST = ("commissioner-only", "no-intervention")


@pytest.fixture
def explored(how: How, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("ema_workbench")
    monkeypatch.setattr(discovery, "find_box", partial(find_box, resamples=1))
    return run_studies.explore("trusts-2016", AGAINST, samples=80, **how(replications=2)).folder


@pytest.mark.standard
def test_an_exploration_finds_what_decides(
    explored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = open_study(explored)
    ties = study.table("breakeven")
    first = ties[ties["against"] == "commissioner-only"].iloc[0]
    assert first["parameter"] == "control.trust_deviation"
    assert first["verdict"] == "above"
    assert first["at"] == pytest.approx(known_answer.BREAK_EVEN, abs=0.05)
    assert study.facts["decisive"]["commissioner-only"] == ["control.trust_deviation"]
    known = study.table("information")
    assert known["parameter"].iloc[0] == "control.trust_deviation"
    assert known["above_noise"].sum() == 1
    robust = study.table("robust")
    assert robust["best_share"].sum() == pytest.approx(1.0)
    kinds = study.table("kinds")
    assert set(kinds["grouping"]) == {"size", "deprivation", "spending cut", "history"}
    assert verify(explored).intact
    print_exploration(explored)
    text = " ".join(capsys.readouterr().out.split())
    assert "“Trusts 2016” beats “Commissioner only” only where control.trust_deviation" in text
    assert "parameters, one at a time, none can be shown to turn the choice" in text
    assert "Trusts 2016 and Commissioner only: the order turns soonest with control.tr" in text
    assert "Commissioner only and No intervention: none of the" in text
    assert len(ties[ties["against"] == "commissioner-only"]) == len(study.table("futures").T) - 2
    assert {path.name for path in make_study_charts(explored)} >= {
        "tornado-commissioner-only.png",
        "break-even-commissioner-only-control-trust_deviation-trust-setup_months.svg",
    }


def test_tipping_points_are_those_of_the_known_answer(explored: Path) -> None:
    study = open_study(explored)
    table = study.table("tipping")
    pairs = list(dict.fromkeys(zip(table["scenario"], table["against"], strict=True)))
    tested, other, nothing = study.scenarios
    assert pairs == [(tested, other), (tested, nothing), (other, nothing)]
    rows = {
        pair: table[(table["scenario"] == pair[0]) & (table["against"] == pair[1])]
        for pair in pairs
    }
    first = rows[tested, other].iloc[0]
    assert first["parameter"] == "control.trust_deviation"
    assert (first["verdict"], first["above_noise"]) == ("turns", 1)
    assert first["at"] == pytest.approx(known_answer.BREAK_EVEN, abs=0.05)
    assert first["at_ci95_low"] < known_answer.BREAK_EVEN < first["at_ci95_high"]
    assert (first["better_below"], first["better_above"]) == (other, tested)
    # A commissioner is thirty council-years better than nothing, whatever is believed.
    never = rows[other, nothing]
    assert set(never["verdict"]) == {"does not turn"}
    assert set(never["better"]) == {other}
    assert never["wrong_share"].iloc[0] == 0.0
    assert never["at"].isna().all()
    # How often the reader is wrong, counted again from the runs themselves.
    runs = study.table("outcomes").pivot(
        index=["future", "replication"], columns="scenario", values=HEADLINE
    )
    better, worse = (tested, other) if runs[tested].mean() < runs[other].mean() else (other, tested)
    assert first["better"] == better
    assert first["wrong_share"] == pytest.approx((runs[worse] < runs[better]).mean())
    assert 0.0 < first["wrong_share"] < 0.5
    best = runs.mean().idxmin()
    assert study.facts["wrong_share"] == pytest.approx((runs.min(axis=1) < runs[best]).mean())


def test_the_chart_of_tipping_points_shows_where_the_order_turns_and_how_often_it_is_wrong(
    explored: Path,
) -> None:
    study = open_study(explored)
    chart = next(c for c in study_charts(study) if c.name == "tipping-points")
    tested, other, _ = map(label, study.scenarios)
    table = study.table("tipping")
    # One pair turns with the parameter that decides; the others cannot, and are told in words.
    turning = chart.data[chart.data["turning"] > 0]
    assert {*turning["scenario"]} <= {*study.scenarios}
    first = chart.data.iloc[0]
    assert first["parameter"] == "control.trust_deviation"
    assert first["at"] == pytest.approx(known_answer.BREAK_EVEN, abs=0.05)
    assert len(chart.data.groupby(["scenario", "against"])) == 3
    assert set(chart.data["wrong_share"]) == set(table["wrong_share"])
    pairs = int((chart.data.groupby(["scenario", "against"])["turning"].first() > 0).sum())
    assert f"the order of {pairs} of 3 pairs" in str(chart.headline)
    assert f"{study.facts['wrong_share']:.0%}" in str(chart.headline)
    assert f"{tested} or {other}: taking " in str(chart.alt)
    assert "parameters is shown to turn it" in str(chart.alt)
    assert chart.drawing().count("grade steps") >= len(turning)
    assert chart.drawing(narrow=True).startswith("<?xml")


def test_regimes_that_tie_are_named_together(how: How, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ema_workbench")
    monkeypatch.setattr(
        known_answer,
        "council_years",
        lambda world: 100.0 + world.parameters["control.trust_deviation"],
    )
    asked = {"samples": 40, "vary": ["control.trust_deviation", "practice.years"]}
    study = run_studies.explore("trusts-2016", AGAINST, **asked, **how(replications=1))
    text = " ".join(all_sentences(study.folder))
    both = "Trusts 2016, Commissioner only and No intervention have the lowest"
    assert both in text
    assert "Trusts 2016, Commissioner only or No intervention (they tie) for small" in text
    assert "the choice by child-years in need where practice is poor is Trusts 2016, C" in text
    assert make_study_charts(study.folder)


@pytest.mark.standard
def test_a_study_has_a_page_of_its_own_with_every_sentence(explored: Path) -> None:
    pytest.importorskip("jinja2")
    path = study_page(explored)
    page = html.unescape(path.read_text("utf-8"))
    study = open_study(explored)
    sentences = all_sentences(explored)
    assert len(sentences) > 12
    assert all(sentence in page for sentence in sentences)
    assert page.count("<figure>") == len(study_charts(study))
    assert "80 futures" in page
    assert verify(explored).intact


def test_rival_beliefs_name_a_winner_and_its_regret(
    how: How, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_studies.beliefs("trusts-2016", AGAINST, **how(replications=12)).folder
    table = open_study(folder).table("beliefs")
    years = table[table["metric"] == HEADLINE]
    winners = years[years["winner"] == 1].set_index("beliefs")["scenario"]
    assert winners["reformers"] == "trusts-2016"
    assert winners["critics"] == "commissioner-only"
    assert (years["regret"] >= 0).all()
    assert (years.loc[years["winner"] == 1, "regret"] == 0).all()
    print_beliefs(folder, HEADLINE)
    text = " ".join(capsys.readouterr().out.split())
    assert "Under “reformers” beliefs, Trusts 2016 is best" in text
    assert next(path.name for path in make_study_charts(folder)) == "rival-beliefs.svg"


def test_screening_finds_the_one_parameter_apart_from_random_numbers(
    how: How, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("SALib")
    study = run_studies.sensitivity(
        "trusts-2016",
        "commissioner-only",
        parameters=["control.trust_deviation", "trust.setup_cost", "practice.years"],
        trajectories=8,
        **how(replications=1),
    )
    table = study.table("screening").set_index("factor")
    assert table.index[0] == "control.trust_deviation"
    # From the 5th to the 95th centile of the prior, on average.
    assert table.loc["control.trust_deviation", "mean_effect"] < -400.0 * known_answer.SLOPE
    assert table.loc["trust.setup_cost", "size"] == 0.0
    assert table.loc["nothing", "size"] < 100.0
    assert table.loc["luck", "size"] > 0.0
    print_sensitivity(study.folder)
    assert "Noise floor" in capsys.readouterr().out
    sentences = all_sentences(study.folder)
    assert "beyond the noise floor: control.trust_deviation" in sentences[0]
    assert "trust.setup_cost" not in sentences[0]


def test_shares_add_up_to_the_one_parameter_and_random_numbers(
    how: How,
) -> None:
    pytest.importorskip("SALib")
    study = run_studies.sensitivity(
        "trusts-2016",
        "commissioner-only",
        method="shares",
        parameters=["control.trust_deviation", "trust.setup_cost"],
        base=64,
        **how(replications=1),
    )
    table = study.table("shares").set_index("factor")
    assert table.loc["control.trust_deviation", "total"] > 0.8
    assert table.loc["trust.setup_cost", "total"] == pytest.approx(0.0, abs=1e-6)
    assert table.loc["luck", "total"] < 0.2


def test_an_attribution_runs_from_all_off_to_the_whole(how: How) -> None:
    study = run_studies.attribute(
        "trusts-2016", ["transition", "transaction"], **how(replications=3)
    )
    table = study.table("attribution")
    assert list(table["step"]) == ["none", "transition", "transaction", "interaction", "whole"]
    steps = table["effect"].iloc[1:-1].sum()
    assert table["effect"].iloc[-1] - table["effect"].iloc[0] == pytest.approx(steps, abs=1e-3)
    assert make_study_charts(study.folder)
    sentences = all_sentences(study.folder)
    assert len(sentences) == 4
    assert "makes no difference in these runs" in sentences[1]


@pytest.mark.determinism
def test_the_same_study_on_processes_and_after_a_resume_gives_the_same_files(
    how: How, tmp_path: Path
) -> None:
    pytest.importorskip("SALib")

    def run(**options: object) -> dict[str, bytes]:
        study = run_studies.sensitivity(
            "trusts-2016",
            "commissioner-only",
            parameters=["control.trust_deviation"],
            trajectories=4,
            **how(replications=1, **options),
        )
        return {p.name: p.read_bytes() for p in study.folder.iterdir() if p.name != "record.json"}

    first = run(out=tmp_path / "a")
    assert run(out=tmp_path / "b", engine="processes", workers=2) == first
    assert run(out=tmp_path / "a", resume=True) == first


@pytest.mark.determinism
def test_a_killed_exploration_resumes_to_the_same_files(
    how: How, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("ema_workbench")
    monkeypatch.setattr(discovery, "find_box", partial(find_box, resamples=1))
    monkeypatch.setattr(futures, "MOST_COUNTRIES", 24)

    def run(**options: object) -> dict[str, bytes]:
        asked = {"samples": 40, "vary": ["control.trust_deviation", "practice.years"]}
        study = run_studies.explore("trusts-2016", AGAINST, **asked, **how(**options))
        return {p.name: p.read_bytes() for p in study.folder.iterdir() if p.name != "record.json"}

    whole = run(out=tmp_path / "a")
    played: list[int] = []

    def killed(baseline: Baseline, worlds: Sequence[CountrySettings], **more: Any) -> BatchResult:
        if len(played) == 4:
            raise KeyboardInterrupt
        played.append(len(worlds))
        return known_answer.run_batch(baseline, worlds, **more)

    monkeypatch.setattr(simulation, "run_batch", killed)
    with pytest.raises(KeyboardInterrupt) as stop:
        run(out=tmp_path / "b")
    assert f"{sum(played)} finished replications are kept" in str(stop.value.__notes__)
    assert not list((tmp_path / "b").rglob("robust.csv"))
    again: list[int] = []

    def counted(baseline: Baseline, worlds: Sequence[CountrySettings], **more: Any) -> BatchResult:
        again.append(len(worlds))
        return known_answer.run_batch(baseline, worlds, **more)

    monkeypatch.setattr(simulation, "run_batch", counted)
    assert run(out=tmp_path / "b", resume=True) == whole
    assert sum(played) + sum(again) == 40 * 3 * 2


@pytest.mark.parametrize(("samples", "replications", "workers"), [(200, 5, 2), (40, 1, 2)])
def test_a_batch_holds_many_countries_of_few_replications(
    samples: int, replications: int, workers: int
) -> None:
    drawn = futures.sample_futures(load_beliefs("critics"), samples, replications, seed=1)
    run_scenarios = choose_scenarios("trusts-2016", list(AGAINST), years=1.0)
    plan = ExplorationPlan(
        run_scenarios=run_scenarios,
        replications=replications,
        seed=1,
        futures=drawn,
        beliefs="critics",
        vary=(),
        metric=HEADLINE,
        pairs=(),
        tolerance=0.05,
        price_gbp_m=None,
    )
    chunks = list(plan.chunks(workers))
    assert sum(chunk.countries for chunk in chunks) == samples * replications * len(run_scenarios)
    for chunk in chunks[:-1]:
        random_numbers = {world.replication for world in plan.worlds(chunk)}
        assert 100 <= chunk.countries <= futures.MOST_COUNTRIES
        assert chunk.countries / len(random_numbers) == drawn.group_size * len(run_scenarios)


def test_parameters_that_the_fit_did_not_inform_differ_in_every_future() -> None:
    believed = load_beliefs("evidence")
    assert believed.ensemble is not None
    drawn = futures.sample_futures(believed, 300, 2, seed=1)
    column = drawn.values[:, drawn.names.index("control.trust_deviation")]
    assert len(np.unique(column)) == 300
    fitted = futures.free_uninformed(believed).ensemble
    assert fitted is not None
    assert "control.trust_deviation" not in fitted.columns
    assert "demand.alarm_peak" in fitted.columns  # its spread is no longer the prior's
    place = [drawn.names.index(name) for name in fitted.columns]
    known = {tuple(row) for row in fitted.rows.tolist()}
    assert {tuple(row) for row in drawn.values[:, place].tolist()} <= known


def test_futures_share_random_numbers_in_small_groups_and_stay_within_the_beliefs() -> None:
    believed = load_beliefs("critics")
    drawn = futures.sample_futures(believed, 50, 3, seed=1)
    assert list(drawn.replication_offset[:6]) == [0, 0, 3, 3, 6, 6]  # two by two
    assert drawn.group_size == 2
    assert drawn.replication_offset[-1] == 24 * 3
    low, high = drawn.values.min(axis=0), drawn.values.max(axis=0)
    for name, least, most in zip(drawn.names, low, high, strict=True):
        belief = next(b for b in believed.named if b.parameter == name)
        assert belief.low <= least < most <= belief.high


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (
            lambda how: run_studies.explore("trusts-2016", samples=10, **how),
            "10 futures are too few",
        ),
        (
            lambda how: run_studies.explore(
                "trusts-2016", pairs=[("control.trust_deviaton", "x")], **how
            ),
            "did you mean control.trust_deviation",
        ),
        (
            lambda how: run_studies.explore(
                "trusts-2016", pairs=["control.trust_deviation"], **how
            ),
            "must have two names, not 1",
        ),
        (
            lambda how: run_studies.explore(
                "trusts-2016", pairs=["control.trust_deviation,control.trust_deviation"], **how
            ),
            "one parameter twice",
        ),
        (
            lambda how: run_studies.explore(
                "trusts-2016",
                vary=["control.trust_deviation"],
                pairs=["control.trust_deviation,practice.years"],
                **how,
            ),
            "practice.years does not vary under --vary control.trust_deviation",
        ),
        (
            lambda how: run_studies.explore("trusts-2016", beliefs="central", **how),
            "leave nothing",
        ),
        (
            lambda how: run_studies.explore("trusts-2016", metric="referrals", **how),
            "neither better",
        ),
        (
            lambda how: run_studies.sensitivity(
                "trusts-2016", parameters=["ofsted.short_days"], **how
            ),
            "has no range",
        ),
        (lambda how: run_studies.sensitivity("trusts-2016", trajectories=2, **how), "too few"),
        (
            lambda how: run_studies.sensitivity("trusts-2016", method="shares", base=50, **how),
            "power of two",
        ),
        (lambda how: run_studies.beliefs("trusts-2016", names=["critic"], **how), "critics"),
        (
            lambda how: run_studies.explore(
                "trusts-2016", beliefs="critics", vary=["control.trust_deviation"], **how
            ),
            "cannot be used with --beliefs critics",
        ),
        (lambda how: run_studies.explore("trusts-2016", price_gbp_m=-1.0, **how), "above zero"),
        (lambda how: run_studies.attribute("trusts-2016", ["transitoin"], **how), "transition"),
    ],
)
def test_mistakes_are_reported_before_anything_is_run(
    how: How, tmp_path: Path, call: object, problem: str
) -> None:
    for module in ("ema_workbench", "SALib"):
        pytest.importorskip(module)
    assert callable(call)
    with pytest.raises(InputError, match=problem):
        call(how())
    assert not (tmp_path / "out").exists()


@pytest.mark.bad_input
def test_a_metric_without_a_value_is_reported(how: How, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ema_workbench", "SALib"):
        pytest.importorskip(module)

    def run_batch(
        baseline: Baseline, worlds: Sequence[CountrySettings], **more: Any
    ) -> BatchResult:
        result = known_answer.run_batch(baseline, worlds, **more)
        for place, world in enumerate(worlds):
            if world.replication % 8 == 1:
                result.totals[HEADLINE][place] = np.nan
        return result

    monkeypatch.setattr(simulation, "run_batch", run_batch)
    monkeypatch.setattr(discovery, "find_box", partial(find_box, resamples=1))
    options = how(replications=2, out=None)
    study = run_studies.explore(
        "trusts-2016", AGAINST, samples=60, vary=["control.trust_deviation"], **options
    )
    assert study.facts["left_out"] == 15  # five groups of three with the same random numbers
    assert np.isfinite(study.table("robust")["mean"]).all()
    with pytest.raises(RunError, match=f"{HEADLINE} has no value in"):
        run_studies.sensitivity(
            "trusts-2016",
            "commissioner-only",
            parameters=["control.trust_deviation"],
            **how(replications=1),
        )


@pytest.mark.bad_input
def test_a_missing_library_is_reported_with_the_extra_to_install() -> None:
    from sim.studies.study import load_library

    with pytest.raises(InputError, match=r"\[explore\]"):
        load_library("SALibb.nothing")


def test_a_run_under_beliefs_draws_them_again_in_each_replication(how: How, tmp_path: Path) -> None:
    import sim

    how()  # the stand-in for the engine
    differences = {}
    for name in ("central", "critics", "reformers"):
        run = sim.simulate(
            "trusts-2016",
            against=["commissioner-only"],
            beliefs=name,
            replications=6,
            years=1,
            out=tmp_path / "runs",
            engine="serial",
            quiet=True,
        )
        assert {s["beliefs"] for s in run.record["identity"]["scenarios"]} == {name}
        wide = run.wide(HEADLINE)
        differences[name] = (wide["trusts-2016"] - wide["commissioner-only"]).to_numpy()
    assert (
        differences["reformers"].mean()
        < differences["central"].mean()
        < differences["critics"].mean()
    )


@pytest.mark.bad_input
def test_a_scenario_may_name_its_beliefs(how: How, tmp_path: Path) -> None:
    from sim.inputs.policy.scenario import load_scenario

    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"\nextends = "trusts-2016"\nbeliefs = "critics"\n', "utf-8")
    assert load_scenario(path).beliefs == "critics"
    path.write_text('title = "Mine"\nextends = "trusts-2016"\nbeliefs = "critic"\n', "utf-8")
    with pytest.raises(InputError, match="did you mean critics"):
        load_scenario(path)

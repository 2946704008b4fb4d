"""What a run says first: children under poor practice, the line, the time, what nobody measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.metrics import HEADLINE, LINE_LOWER, METRICS, listed_metrics
from sim.inputs.policy.levers import LEVERS
from sim.inputs.policy.scenario import load_scenario
from sim.report.charts.all_charts import chart_named
from sim.report.tables.run_terminal import print_run
from sim.report.words.answers import answers, line_sentence, unmeasured_sentences
from sim.results.run_folder import Run, open_run
from tests.helpers.run_folders import seal_again
from tests.helpers.synthetic_run import RUN_SCENARIOS, make_run

pytestmark = pytest.mark.standard

DESK = LEVERS["workforce.desk_time_shift"].rests_on
STAGES = listed_metrics("phases")


def test_the_first_answer_counts_children_under_poor_practice(shared_run: Path) -> None:
    run = open_run(shared_run)
    first, second, third, cost = map(str, answers(run))
    mean = run.summary.query("scenario == @run.scenario and metric == @HEADLINE")["mean"].iloc[0]
    assert first.startswith(f"Children in need spend {mean / 1000:,.0f} thousand years where pract")
    assert "No intervention has" in first
    assert "thousand more" in first
    assert "thousand years in councils judged inadequate under Trusts 2016;" in second
    assert "council-years judged inadequate under Trusts 2016;" in third
    assert cost.startswith("Children's services cost £")


def test_every_figure_of_the_answer_is_shown_in_the_unit_that_it_names(shared_run: Path) -> None:
    for metric, unit in ((HEADLINE, "thousand child-years"), ("caseload", "cases per worker")):
        assert METRICS[metric].display_unit == unit
    assert METRICS[HEADLINE].scale == 0.001
    (figure,) = (part for part in answers(open_run(shared_run))[0].parts[1:2])
    assert figure.scale == 0.001
    assert figure.cell.file == "summary.csv"


# -- the line ------------------------------------------------------------------------------------


def test_an_order_that_stays_is_told_so(shared_run: Path) -> None:
    text = str(line_sentence(open_run(shared_run)))
    assert "a quarter of a grade lower" in text
    assert "a quarter of a grade higher" in text
    assert "The order of the options, fewest first, stays Commissioner only, Peer" in text


@pytest.mark.parametrize(("by", "chance"), [(1.0, False), (None, True)], ids=["clear", "by chance"])
def test_an_order_that_changes_is_told_and_whether_chance_could(
    run_path: Path, by: float | None, chance: bool
) -> None:
    """Under a lower line no intervention has the fewest: in every run, or on average only."""

    def change(table: pd.DataFrame) -> None:
        chosen = (table["metric"] == LINE_LOWER) & (table["scenario"] == "no-intervention")
        assert chosen.any()
        if by is not None:
            table.loc[chosen, "value"] = by
            return
        table.loc[chosen, "value"] = 0.0
        # One run of twelve has nearly all there is: a mean that chance could have made.
        other = table["metric"].eq(LINE_LOWER) & table["scenario"].eq("commissioner-only")
        whole = table.loc[other, "value"].sum()
        table.loc[table.index[chosen][0], "value"] = 0.99 * whole

    table = pd.read_csv(run_path / "replications.csv")
    change(table)
    table.to_csv(run_path / "replications.csv", index=False)
    summary = pd.read_csv(run_path / "summary.csv")
    chosen = (summary["metric"] == LINE_LOWER) & (summary["scenario"] == "no-intervention")
    values = table.query("metric == @LINE_LOWER and scenario == 'no-intervention'")["value"]
    summary.loc[chosen, "mean"] = values.mean()
    summary.to_csv(run_path / "summary.csv", index=False)
    seal_again(run_path)
    text = str(line_sentence(open_run(run_path)))
    assert "changes where the line is lower: No intervention, Commissioner only, Peer" in text
    assert "higher:" not in text
    assert ("which chance could explain" in text) == chance


@pytest.mark.extreme
def test_one_scenario_has_no_order_of_options(tmp_path: Path) -> None:
    alone = {"trusts-2016": RUN_SCENARIOS["trusts-2016"]}
    run = open_run(make_run(tmp_path / "run", alone, 6))
    assert "order" not in str(line_sentence(run))
    assert "a quarter of a grade higher" in str(line_sentence(run))
    assert "nothing to compare it with" in str(answers(run)[0])
    assert not list(unmeasured_sentences(run))


# -- what nobody has measured --------------------------------------------------------------------


def with_levers(run_path: Path, **levers: dict[str, object]) -> Run:
    """The run, as if scenarios (by name, with _ for -) had been run with these levers."""

    def change(record: dict[str, object]) -> None:
        for scenario in record["identity"]["scenarios"]:  # type: ignore[index]
            chosen = levers.get(scenario["name"].replace("-", "_"), {})
            scenario["text"] = load_scenario("commissioner-only").with_(**chosen).text

    seal_again(run_path, change)
    return open_run(run_path)


def test_a_difference_that_rests_on_no_measurement_says_so(run_path: Path) -> None:
    desk = {"workforce.desk_time_shift": -0.1}
    run = with_levers(run_path, peer_support=desk)
    (sentence,) = unmeasured_sentences(run)
    drives = [load_ledger()[name].drives for name in DESK]
    start = "The difference between Trusts 2016 and Peer support rests on"
    assert str(sentence).startswith(start)
    assert "numbers that nobody has measured, and that may be nothing: " in str(sentence)
    told = [f"“{words}” ({name})" for words, name in zip(drives, DESK, strict=True)]
    assert str(sentence).endswith(f": {', '.join(told[:-1])} and {told[-1]}.")
    (plain,) = unmeasured_sentences(run, plain=True)
    assert "practice.desk_effect" not in str(plain)


def test_where_more_differs_only_part_of_it_rests_on_it(run_path: Path) -> None:
    both = {"workforce.desk_time_shift": -0.1, "regime.name": "takeover"}
    (sentence,) = unmeasured_sentences(with_levers(run_path, peer_support=both))
    assert str(sentence).startswith("Part of the difference between Trusts 2016 and Peer support")


def test_one_sentence_tells_of_all_the_levers_in_which_the_same_scenarios_differ(
    run_path: Path,
) -> None:
    levers = {"workforce.desk_time_shift": -0.1, "department.what_works": True}
    money = {"money.families_first_gbp_m": 100.0, "department.what_works": True}
    run = with_levers(run_path, peer_support=levers, no_intervention=money)
    both, families, desk = map(str, unmeasured_sentences(run))
    assert both.startswith("Part of the difference between Trusts 2016 and Peer support or No int")
    assert "practice.diffusion" in both
    assert "and Peer support rests on numbers that nobody has measured, and that may be" in desk
    assert "and No intervention rests on a number that nobody has measured: " in families


@pytest.mark.parametrize(
    "levers",
    [
        {},
        {"trusts_2016": {"regime.name": "takeover"}},
        {name.replace("-", "_"): {"workforce.desk_time_shift": -0.1} for name in RUN_SCENARIOS},
        {"peer_support": {"workforce.desk_time_shift": 0.0}},
    ],
    ids=["nothing differs", "another lever", "the same in all", "set to its default"],
)
def test_nothing_is_said_where_no_such_lever_differs(run_path: Path, levers: dict) -> None:
    assert not list(unmeasured_sentences(with_levers(run_path, **levers)))


# -- where the time goes -------------------------------------------------------------------------


def test_the_stages_of_a_chart_add_up_to_the_council_years(shared_run: Path) -> None:
    run = open_run(shared_run)
    data = chart_named(run, "where-the-time-goes").data
    whole = run.summary.query("metric == 'inadequate_council_years'").set_index("scenario")["mean"]
    sums = data.groupby("scenario")["council_years"].sum()
    assert set(data["metric"]) == set(STAGES)
    for scenario in sums.index:
        assert sums[scenario] == pytest.approx(whole[scenario], rel=1e-4)


def test_what_stages_add_sums_to_the_difference(shared_run: Path) -> None:
    run = open_run(shared_run)
    data = chart_named(run, "what-the-difference-is-made-of").data
    whole = run.comparison.query("metric == 'inadequate_council_years'").set_index("scenario")
    for scenario, rows in data.groupby("scenario"):
        amounts = rows.set_index("item")["difference_council_years"]
        assert amounts["Together"] == pytest.approx(whole.loc[scenario, "diff_mean"], rel=1e-4)
        assert amounts.drop("Together").sum() == pytest.approx(amounts["Together"])


def test_the_terminal_begins_with_the_answer_and_tells_the_time(
    shared_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_run(shared_run)
    text = capsys.readouterr().out
    lines = [line for line in text.splitlines() if line.strip()]
    assert next(one for one in lines if one.startswith("- ")).startswith(
        "- Children in need spend "
    )
    order = [
        text.index(words)
        for words in (
            "Were practice called poor",
            "What each scenario gives",
            "Child-years in need where practice is poor",
            "Child-years in need in councils judged inadequate",
            "Council-years under an inadequate judgement",
            "Where the time goes",
            "Waiting for the inspector",
            "What each stage adds to the difference from trusts-2016",
        )
    ]
    assert order == sorted(order)


def test_a_stage_that_takes_no_time_has_no_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = {name: RUN_SCENARIOS[name] for name in ("peer-support", "no-intervention")}
    print_run(make_run(tmp_path / "run", two, 6))
    text = capsys.readouterr().out
    assert "Waiting for a peer team" in text
    assert "Waiting for a sponsor" not in text

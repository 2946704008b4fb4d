"""What the experiments last showed: the record is whole, and follows from its own figures."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest

from sim.inputs.evidence.claims import COLUMNS as OF_THE_REGISTER
from sim.inputs.evidence.claims import load_claims, with_experiments
from sim.inputs.evidence.experiments import (
    SMALLEST_SHARE,
    Experiment,
    Experiments,
    experiments_text,
    load_experiments,
    of_claim,
    share_of_level,
    verdict,
)
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import Loop, Mechanisms, load_mechanisms
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError

pytestmark = pytest.mark.quick


@pytest.fixture(scope="module")
def known() -> Mechanisms:
    return load_mechanisms(load_ledger())


@pytest.fixture(scope="module")
def recorded() -> Experiments:
    return load_experiments()


@pytest.mark.data
def test_every_mechanism_and_loop_is_recorded_as_it_is_asked_now(
    known: Mechanisms, recorded: Experiments
) -> None:
    """Where this fails: `simulate claims --record`."""
    assert recorded.out_of_date(known) == ()
    switches = {**known.mechanisms, **known.loops}
    assert [*dict.fromkeys(one.switch for one in recorded.figures)] == [*switches]
    for name, switch in switches.items():
        figures = {one.figure: (one.metric, one.claimed) for one in recorded.of(name)}
        first = (switch.metric, switch.claimed)
        if isinstance(switch, Loop):
            last = (switch.closes, switch.closing)
            assert figures == {"shows first": first, "comes round": last}, name
        else:
            assert figures == {"effect": first}, name


@pytest.mark.data
def test_each_verdict_follows_from_its_figures(recorded: Experiments) -> None:
    for one in recorded.figures:
        if math.isnan(one.difference):
            assert one.verdict in ("cannot be told", "nothing claimed"), one.switch
            continue
        assert one.low <= one.difference <= one.high, one.switch
        assert one.verdict == verdict(one.claimed, one.low, one.high, one.share), one.switch
        share = share_of_level(one.difference, one.with_it, one.without_it)
        assert one.share == pytest.approx(share, rel=1e-4), one.switch
    assert len({(one.replications, one.seed, one.model) for one in recorded.figures}) == 1


@pytest.mark.data
def test_the_register_says_of_each_claim_what_the_record_shows(
    known: Mechanisms, recorded: Experiments
) -> None:
    for claim in load_claims().values():
        assert claim.experiment == recorded.of_claim(claim.number, known), claim.number


def test_a_direction_is_told_where_it_is_clear_and_large_enough() -> None:
    assert verdict("higher", 0.5, 1.5, 0.1) == "as claimed"
    assert verdict("lower", 0.5, 1.5, 0.1) == "contrary"
    assert verdict("lower", -1.5, -0.5, -0.1) == "as claimed"
    assert verdict("higher", -1.5, -0.5, -0.1) == "contrary"
    assert verdict("", 0.5, 1.5, 0.1) == "nothing claimed"
    for low, high in ((-0.5, 1.5), (0.0, 1.0), (0.0, 0.0), (math.nan, math.nan)):
        assert verdict("higher", low, high, 0.1) == "cannot be told"
    assert verdict("higher", 0.5, 1.5, SMALLEST_SHARE) == "as claimed"
    assert verdict("higher", 0.5, 1.5, math.nan) == "cannot be told"
    # Six children of 80,000, however surely.
    assert verdict("higher", 5.0, 7.0, share_of_level(6.0, 80_006.0, 80_000.0)) == "cannot be told"


def test_the_level_is_the_larger_of_the_two() -> None:
    assert share_of_level(1.0, 4.0, 3.0) == 0.25
    assert share_of_level(-1.0, 3.0, 4.0) == -0.25
    assert share_of_level(5.0, 5.0, 0.0) == 1.0
    assert share_of_level(-0.3, -0.4, -0.1) == pytest.approx(-0.75)
    assert share_of_level(0.0, 0.0, 0.0) == 0.0
    assert math.isnan(share_of_level(math.nan, 1.0, math.nan))


def test_a_claim_is_shown_by_all_its_mechanisms_together() -> None:
    yes, no, unclear, silent = "as claimed", "contrary", "cannot be told", "nothing claimed"
    assert of_claim([]) == "none"
    assert of_claim([silent]) == "nothing claimed"
    assert of_claim([yes, silent, yes]) == "as claimed"
    assert of_claim([no]) == "contrary"
    assert of_claim([unclear, unclear]) == "cannot be told"
    assert of_claim([yes, unclear]) == "as claimed in part"
    assert of_claim([yes, no]) == of_claim([no, unclear]) == "contrary in part"


# -- the file


def test_what_is_written_is_read_again(recorded: Experiments, tmp_path: Path) -> None:
    path = tmp_path / "experiments.csv"
    first = recorded.figures[0].model_copy(update={"difference": math.nan, "low": math.nan})
    figures = [first, *recorded.figures[1:]]
    path.write_text(experiments_text(figures), encoding="utf-8")
    again = load_experiments(path).figures
    assert math.isnan(again[0].difference)
    assert again[1:] == recorded.figures[1:]
    assert experiments_text(again) == path.read_text(encoding="utf-8")
    assert load_experiments(tmp_path / "none.csv") == Experiments(())


def test_figures_have_six_digits(recorded: Experiments) -> None:
    one = recorded.figures[0].model_copy(update={"difference": 1.0 / 3.0, "with_it": 123456.789})
    (row,) = csv.DictReader(io.StringIO(experiments_text([one])))
    assert (row["difference"], row["with_it"]) == ("0.333333", "123457")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("switch,", "swich,", "line 1: has other columns"),
        ("as claimed", "proved", 'line 2, verdict: must be "as claimed", "contrary"'),
        (",higher,", ",up,", 'line 2, claimed: must be "higher", "lower" or ""'),
        (",2016-01-01,", ",2016,", "line 2, start: "),
        (",1,inad", ",one,inad", "line 2, seed: must be a whole number, not 'one'"),
        ("transition,", "transition,,", "line 2: has 19 cells"),
    ],
)
def test_a_wrong_record_is_placed_and_explained(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = (
        ",".join(Experiment.model_fields) + "\n"
        "transition,effect,trusts-2016,2016-01-01,10,20,1,inadequate_council_years,higher,"
        "138,135,3,1,5,0.02,as claimed,dee73bd86250,6fd7fecd024a\n"
    )
    path = tmp_path / "experiments.csv"
    path.write_text(text)
    assert len(load_experiments(path).figures) == 1
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_experiments(path)
    assert f"experiments.csv, {message}" in str(caught.value)


def test_only_the_last_column_of_the_register_is_written() -> None:
    text = (seeds_dir() / "claims.csv").read_text(encoding="utf-8")
    register = load_claims()
    assert with_experiments(text, lambda number: register[number].experiment) == text
    none = with_experiments(text, lambda _: "none")
    before, after = (list(csv.reader(io.StringIO(t, newline=""))) for t in (text, none))
    assert [row[:-1] for row in before] == [row[:-1] for row in after]
    assert {row[-1] for row in after[1:]} == {"none"}
    assert tuple(after[0]) == OF_THE_REGISTER
    without = "\n".join(line.rpartition(",")[0] for line in text.splitlines()) + "\n"
    assert with_experiments(without, lambda _: "none") == none


def test_what_an_experiment_asks_has_a_hash(known: Mechanisms, recorded: Experiments) -> None:
    questions = {name: known.question(name) for name in (*known.mechanisms, *known.loops)}
    assert len({*questions.values()}) == len(questions)
    mechanism = known.mechanisms["overload"]
    for change in ({"title": "Another"}, {"claims": (1,)}, {"off": {"practice.load_effect": 0.1}}):
        changed = mechanism.model_copy(update=change)
        others = Mechanisms({**known.mechanisms, "overload": changed}, known.loops)
        same = others.question("overload") == questions["overload"]
        assert same == ("off" not in change)
        if not same:
            assert "overload" in recorded.out_of_date(others)
    fewer = {name: m for name, m in known.mechanisms.items() if name != "overload"}
    assert "overload" in recorded.out_of_date(Mechanisms(fewer, known.loops))

"""The ledger: what an entry must say, and that code and ledger agree."""

from datetime import date
from itertools import groupby
from pathlib import Path

import pytest

from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.files.problems import InputError, Problem
from tests.helpers.code_reads import check_code_reads, dotted_reads, unread_levers

pytestmark = pytest.mark.quick

SOURCE = Path(__file__).parents[2] / "sim"

ENTRY = """\
[demand.surge]
value     = 0.2
unit      = "share"
low       = 0.1
high      = 0.4
prior     = "Tri(0.1, 0.2, 0.4)"
source    = "evidence C1"
strength  = "DER"
quality   = "amber"
impact    = "red"
drives    = "referrals"
review_by = 2028-01-01
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "parameters.toml"
    path.write_text(text)
    return path


def problems_of(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load_ledger(written(folder, text))
    return caught.value.problems


@pytest.mark.data
def test_the_ledger_and_the_code_agree() -> None:
    problems = check_code_reads(load_ledger(), SOURCE)
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.data
def test_every_lever_is_read_by_the_code() -> None:
    problems = unread_levers(dotted_reads(SOURCE))
    assert not problems, "\n".join(map(str, problems))


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    ledger = load_ledger(written(tmp_path, "# heading\n\n" + ENTRY))
    parameter = ledger["demand.surge"]
    assert (parameter.low, parameter.value, parameter.high) == (0.1, 0.2, 0.4)
    assert parameter.review_by == date(2028, 1, 1)
    assert parameter.line == 3
    assert not parameter.is_assumption
    assert ledger.central() == {"demand.surge": 0.2}
    assert list(ledger.values()) == [parameter]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message"),
    [
        ('unit      = "share"\n', "", 1, "surge", "has no 'unit'"),
        ("low       = 0.1\n", "", 1, "surge", "has no 'low'"),
        ("source    =", "sauce     =", 7, "sauce", "did you mean source"),
        ('"evidence C1"', '" "', 7, "source", "is empty"),
        ('"evidence C1"', '"Assumption."', 7, "source", "gives no reasoning"),
        ("value     = 0.2", "value     = 0.5", 2, "value", "outside its range 0.1 to 0.4"),
        ("value     = 0.2", 'value     = "0.2"', 2, "value", "must be a number, not text"),
        ("value     = 0.2", "value     = true", 2, "value", "must be a number, not true"),
        ("value     = 0.2", "value     = nan", 2, "value", "must be a number"),
        ('"amber"', '"yellow"', 9, "quality", '"green", "amber" or "red", not \'yellow\''),
        ('"DER"', '"DER / EVL"', 8, "strength", "did you mean EVAL?"),
        ('"Tri(0.1, 0.2, 0.4)"', '"Tri(0.4, 0.2, 0.1)"', 6, "prior", "is not a prior"),
        ('"Tri(0.1, 0.2, 0.4)"', '"Beta(1)"', 6, "prior", "Beta of 2 numbers"),
        ("2028-01-01", "2028-02-30", 12, "review_by", "not a date in the calendar"),
    ],
)
def test_a_wrong_entry_is_placed_and_explained(
    tmp_path: Path, old: str, new: str, line: int, key: str, message: str
) -> None:
    assert old in ENTRY
    problems = problems_of(tmp_path, ENTRY.replace(old, new))
    there = [p for p in problems if p.where.endswith(f"line {line}, {key}") and message in str(p)]
    assert there, "\n".join(map(str, problems))


@pytest.mark.bad_input
def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    text = (
        ENTRY.replace("= 0.4", '= "much"')
        + "\n[loose]\nvalue = 1\n\n"
        + '[money.Pay]\nunit = "GBP"\n'
    )
    wheres = [problem.where for problem in problems_of(tmp_path, text)]
    assert any("line 5, high" in where for where in wheres)
    assert any("line 14, loose" in where for where in wheres)
    assert any("line 17, Pay" in where for where in wheres)


@pytest.mark.bad_input
def test_a_missing_or_broken_file_is_one_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: no such file"):
        load_ledger(tmp_path / "none.toml")
    (problem,) = problems_of(tmp_path, "[demand.surge\nvalue = 1")
    assert "is not valid TOML" in problem.what
    assert "line 1" in problem.what


def test_disagreements_between_code_and_ledger_are_found(tmp_path: Path) -> None:
    source = tmp_path / "package"
    source.mkdir()
    (source / "step.py").write_text(
        '"""Not a read: p["demand.quoted"]."""\n'
        "def step(p, levers, name):\n"
        '    return p["demand.serge"] * levers["regime.grace_months"] * p[name]\n'
    )
    ledger = load_ledger(written(tmp_path, ENTRY))
    problems = check_code_reads(ledger, source, on=date(2029, 1, 1))
    assert [str(problem) for problem in problems] == [
        "package/step.py, line 3: the code reads 'demand.serge', which neither the ledger nor "
        "the levers have\n    did you mean demand.surge?",
        "parameters.toml, line 1, demand.surge: no code reads this parameter\n"
        "    did you mean demand.serge?",
        "parameters.toml, line 1, demand.surge: was to be reviewed by 2028-01-01",
    ]


def test_a_parameter_may_not_be_named_like_a_lever(tmp_path: Path) -> None:
    source = tmp_path / "package"
    source.mkdir()
    (source / "step.py").write_text('x = p["regime.grace_months"]\n')
    ledger = load_ledger(written(tmp_path, ENTRY.replace("demand.surge", "regime.grace_months")))
    (problem,) = check_code_reads(ledger, source)
    assert problem.what == "is the name of a lever"


def test_parameters_come_section_by_section(tmp_path: Path) -> None:
    # Futures are sampled parameter by parameter in this order, so it must not depend on where in
    # the file a section is taken up again.
    text = "\n".join(ENTRY.replace("demand.surge", n) for n in ("a.one", "b.one", "a.two"))
    assert list(load_ledger(written(tmp_path, text))) == ["a.one", "a.two", "b.one"]
    sections = [name.split(".")[0] for name in load_ledger()]
    assert len(list(groupby(sections))) == len({*sections})

"""How what is wrong with the input is reported, and where it is found in a file."""

import pickle
from pathlib import Path

import pytest

from sim.inputs.files.problems import InputError, Problem, did_you_mean, nearest, raise_if_any
from sim.inputs.files.toml_file import read_toml

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]


def test_all_problems_are_in_the_message() -> None:
    error = InputError([Problem("a.toml, line 1, x", "is empty"), Problem("", "no", "try yes")])
    assert str(error) == "2 problems:\na.toml, line 1, x: is empty\nno\n    try yes"
    assert str(InputError(Problem("a.toml", "is empty"))) == "a.toml: is empty"


def test_an_error_survives_the_way_back_from_another_process() -> None:
    error = InputError([Problem("here", "is wrong", "try this")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_a_problem_of_a_file_that_is_read_twice_is_reported_once() -> None:
    empty, wrong = Problem("a.toml, line 1, x", "is empty"), Problem("b.toml", "is wrong")
    assert InputError([empty, wrong, empty]).problems == (empty, wrong)


def test_no_problem_is_no_error() -> None:
    raise_if_any([])
    with pytest.raises(ValueError, match="at least one problem"):
        InputError([])


def test_the_nearest_names_come_best_first() -> None:
    options = ["peer-support", "trusts-2016", "trusts-2017"]
    assert nearest("trust-2016", options) == ["trusts-2016", "trusts-2017"]
    assert did_you_mean("zzz", options) == ""


def test_keys_are_found_on_their_lines_however_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(
        "top = 1 # [not.a.table]\n"  # 1
        'england.start = "2016"\n'  # 2
        "text = '''one\n"  # 3
        "inside = 2\n"
        "''' # done\n"
        'list = [\n  "[[change]]",\n  "x = 1",\n]\n'  # 6 to 9
        "[ change . deep ] # comment\n"  # 10
        '"quoted key" = "a \\" # not a comment"\n'  # 11
        "[[many]]\n[[many]]\n"  # 12, 13
        "key = 1\n"  # 14
        "[many.inner]\n"  # 15
        "key = 2\n"  # 16
    )
    file = read_toml(path)
    assert file.line("top") == 1
    assert file.line("england", "start") == 2
    assert file.line("text") == 3
    assert file.line("list") == 6
    assert file.line("change", "deep", "quoted key") == 11
    assert file.line("many", 0) == 12
    assert file.line("many", 1, "key") == 14
    assert file.line("many", 1, "inner", "key") == 16
    assert file.line("many", 1, "absent") == 13
    assert ("inside",) not in file.lines
    assert ("x",) not in file.lines

"""`simulate check` and `simulate schema`: what they say, and what they load."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from sim.cli import main
from sim.inputs.checked_file import kind_of_file
from sim.inputs.file_schemas import KINDS, schema_path

pytestmark = pytest.mark.standard

HEAD = 'title = "Mine"\n\n[england]\nstart = 2024-09-01\nyears = 10\n'
RULE = (
    '\n[[rule]]\nname = "Notice"\nwhen = { grade = "inadequate" }\ndo = "notice"\nwhy = "w"\n'
    'source = "s"\n'
)
BELIEF = (
    'title = "Mine"\ndescription = "What I believe."\n\n[[belief]]\n'
    'parameter = "trust.setup_months"\nvalue = 15.0\nwhy = "w"\nsource = "s"\n'
)
MOST_LETTERS = 2_000


class Printed(NamedTuple):
    """What a command printed and its exit code."""

    out: str
    err: str
    code: int


Check = Callable[..., Printed]


@pytest.fixture
def check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Check:
    """`simulate check` in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str, command: str = "check") -> Printed:
        before = {*tmp_path.rglob("*")}
        with pytest.raises(SystemExit) as leave:
            main.main([command, *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        if command == "check":
            assert {*tmp_path.rglob("*")} == before
        return Printed(out, err, int(leave.value.code or 0))

    return run


def test_a_sound_scenario_is_told_in_a_paragraph(check: Check, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(HEAD + RULE)
    printed = check("mine.toml")
    assert printed.code == 0
    assert printed.err == ""
    assert printed.out.startswith("mine.toml: sound\n  A scenario, “Mine”: ")
    words = " ".join(printed.out.split())
    for fact in ("1 September 2024", "31 August 2034", "rules", "“Notice”", "nothing", "evidence"):
        assert fact in words
    assert max(map(len, printed.out.splitlines())) <= 80


def test_beliefs_and_rules_alone_are_told(check: Check, tmp_path: Path) -> None:
    (tmp_path / "belief.toml").write_text(BELIEF)
    (tmp_path / "rules.toml").write_text('title = "Mine"\n' + RULE)
    printed = check("belief.toml", "rules.toml")
    assert printed.code == 0
    words = " ".join(printed.out.split())
    assert "A set of beliefs, “Mine”: What I believe. It gives 1 parameter a value." in words
    assert "A file of rules, “Mine”, for a scenario to extend: it has no dates" in words


def test_a_scenario_may_extend_a_file_of_rules(check: Check, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('title = "Rules"\n' + RULE)
    (tmp_path / "mine.toml").write_text(HEAD.replace("\n\n", '\nextends = "rules.toml"\n\n', 1))
    printed = check("mine.toml")
    assert "“Notice”" in printed.out, printed.err
    (tmp_path / "rules.toml").write_text('title = "Rules"\n' + RULE.replace("inadequate", "bad"))
    printed = check("mine.toml")
    assert printed.code == 2
    assert "rules.toml, line 5, grade" in printed.err


def test_every_problem_is_told_with_its_place_and_the_nearest_name(
    check: Check, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(
        HEAD
        + RULE.replace("notice", "notise").replace("grade", "grad")
        + '\n[[change]]\nfrom = 2024-09-01\nlever = "regime.name"\nvalue = "takeovr"\nwhy = "w"\n'
        + "sorce = 1\n"
    )
    printed = check("mine.toml")
    assert (printed.code, printed.out) == (2, "")
    lines = printed.err.splitlines()
    assert lines[0] == "5 problems:"
    for place, hint in (
        ("mine.toml, line 9, grad:", "did you mean grade?"),
        ("mine.toml, line 10, do:", "did you mean notice?"),
        ("mine.toml, line 19, sorce:", "did you mean source?"),
        ("mine.toml, line 14, change:", ""),
        ("mine.toml, line 17, value: unknown regime", "did you mean takeover?"),
    ):
        (at,) = [number for number, line in enumerate(lines) if line.startswith(place)]
        assert hint in "".join(lines[at : at + 2])


def test_what_a_scenario_names_is_checked_too(check: Check, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        HEAD.replace("\n\n", '\nbeliefs = "belief.toml"\ncompare_with = ["other.toml"]\n\n', 1)
        + '\n[[change]]\nfrom = 2024-09-01\nlever = "regime.name"\nvalue = "takeovr"\nwhy = "w"\n'
        'source = "s"\n'
    )
    (tmp_path / "belief.toml").write_text(BELIEF.replace("15.0", "1500.0"))
    (tmp_path / "other.toml").write_text(HEAD.replace("years", "yeras"))
    printed = check("mine.toml")
    assert printed.code == 2
    assert "unknown regime 'takeovr'\n    did you mean takeover?" in printed.err
    assert "trust.setup_months = 1500.0 is outside its range" in printed.err
    assert "did you mean years?" in printed.err


def test_files_patterns_folders_and_names(check: Check, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a/one.toml", "a/two.toml", "three.toml"):
        (tmp_path / name).write_text(HEAD + RULE)
    (tmp_path / "a" / "pyproject.toml").write_text('[project]\nname = "other"\n')
    (tmp_path / "a" / "belief.toml").write_text(BELIEF)

    def sound(*arguments: str) -> list[str]:
        printed = check(*arguments)
        assert printed.code == 0, printed.err
        lines = printed.out.splitlines()
        return [Path(line.removesuffix(": sound")).name for line in lines if ": sound" in line]

    assert sound("a") == ["belief.toml", "one.toml", "two.toml"]
    assert sound("a/t*.toml", "three.toml") == ["two.toml", "three.toml"]
    assert sound(".") == ["belief.toml", "one.toml", "two.toml", "three.toml"]
    assert sound("trusts-2016", "critics") == ["trusts-2016.toml", "critics.toml"]
    assert check("a", "-q").out == ""
    (tmp_path / "a" / "two.toml").write_text(HEAD + RULE.replace("grade", "grad"))
    printed = check("a", "three.toml", "-q")
    assert (printed.code, printed.out) == (2, "")
    assert "a/two.toml, line 9" in printed.err.replace("\\", "/")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("nothing.toml", "there is no scenario file 'nothing.toml'"),
        ("trust-2016", "did you mean trusts-2016?"),
        ("x*.toml", "no file fits x*.toml"),
        ("empty", "empty holds no file that ends in .toml"),
        ("other.toml", "is no scenario, beliefs or rules"),
        ("a\0b", "there is no scenario"),
        ("x" * 5_000, "there is no scenario"),
    ],
)
def test_what_is_no_file_of_ours(
    check: Check, tmp_path: Path, argument: str, expected: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other.toml").write_text('[project]\nname = "other"\n')
    printed = check(argument)
    assert printed.code == 2
    assert expected in printed.err
    assert len(printed.err) <= MOST_LETTERS + 1


def test_a_file_is_known_by_its_keys() -> None:
    assert kind_of_file(["title", "belief"]) == "beliefs"
    assert kind_of_file(["title", "rule", "england"]) == "scenario"
    assert kind_of_file(["title", "rule"]) == "rules"
    assert kind_of_file(["titel", "chnage"]) == "scenario"
    assert kind_of_file(["title", "beleif"]) == "beliefs"
    assert kind_of_file(["title"]) == "scenario"
    assert kind_of_file(["project", "tool"]) is None


def test_scenarios_that_differ_in_their_rules_alone_differ(check: Check, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(HEAD + RULE)
    (tmp_path / "b.toml").write_text("# elsewhere\n" + HEAD + RULE)
    assert "a and b run alike." in check("a.toml", "b.toml", command="diff").out
    (tmp_path / "b.toml").write_text(HEAD + RULE.replace("inadequate", "good"))
    printed = " ".join(check("a.toml", "b.toml", command="diff").out.split())
    assert "judged inadequate" in printed
    assert "judged good" in printed


# Hostile files

DEEP = "[" * 5_000
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "deep-list": (HEAD + f"x = {DEEP}", "nested"),
    "deep-conditions": (HEAD + RULE.replace("{ grade", "{ not = " * 40 + "{ grade"), "mine.toml"),
    "deep-but-whole": (
        HEAD
        + RULE.replace(
            '{ grade = "inadequate" }', "{ not = " * 9 + '{ grade = "good" }' + " }" * 9
        ),
        "nested",
    ),
    "deep-key": (HEAD + "a." * 2_000 + "b = 1\n", "nested"),
    "long-name": (HEAD + RULE.replace("Notice", "N" * 9_000), "longer than 80 letters"),
    "long-word": (HEAD + RULE.replace("inadequate", "i" * 9_000), "must be"),
    "long-line": (HEAD + RULE.replace("Notice", "N" * 20_000), "longer than 10,000 letters"),
    "long-text": (HEAD + RULE.replace('why = "w"', f'why = "{"w" * 9_000}"\nwhat = 1'), "what"),
    "huge-number": (HEAD + RULE + f"months = {'9' * 4_000}\n", "64 bits"),
    "huge-hexadecimal": (HEAD + RULE + f"months = 0x{'f' * 9_000}\n", "64 bits"),
    "huge-float": (HEAD + RULE.replace("notice", "adviser") + "months = 1e308\n", "240"),
    "infinite": (HEAD + RULE.replace("notice", "adviser") + "months = inf\n", "months"),
    "no-number": (HEAD + RULE.replace("notice", "adviser") + "months = nan\n", "months"),
    "many-rules": (HEAD + "[[rule]]\n" * 1_000_000, "larger than"),
    "many-lines": (HEAD + "[[rule]]\n" * 50_000, "50,005 lines"),
    "too-many-rules": (HEAD + RULE * 250, "250 rules, more than 200"),
    "many-beliefs": (BELIEF + "[[belief]]\n" * 20_000, "more than 2,000"),
    "many-conditions": (
        HEAD
        + RULE.replace("{ grade", "{ any = [\n" + "{ grade = 'good' },\n" * 5_000 + "], grade"),
        "more than 50 conditions",
    ),
    "many-words": (
        HEAD + RULE.replace('"inadequate"', "[\n" + "'bad',\n" * 5_000 + "]"),
        "grade: must be",
    ),
    "many-in-a-line": (
        HEAD + "x = [\n" + ("{}," * 3_000 + "\n") * 50 + "]\n",
        "more than 40,000 values",
    ),
    "many-names": (HEAD + "".join(f"k{n} = 1\n" for n in range(20_000)), "and"),
    "duplicate-key": (HEAD + RULE + 'do = "adviser"\n', "not valid TOML"),
    "duplicate-table": (HEAD + "[england]\nyears = 3\n", "not valid TOML"),
    "two-of-a-name": (HEAD + RULE + RULE.replace("notice", "adviser"), "has this name too"),
    "utf-16": ((HEAD + RULE).encode("utf-16"), "UTF-16"),
    "utf-16-without-mark": ((HEAD + RULE).encode("utf-16-be"), "UTF-16"),
    "utf-8-broken": (
        (HEAD + RULE).encode().replace(b"Notice", b"Not\xffce"),
        "line 8: is not UTF-8",
    ),
    "zero-bytes": (HEAD + RULE.replace("Notice", "Not\0ice"), "bytes of zero"),
    "escape-in-a-name": (HEAD + RULE.replace("Notice", "\\u001b[31mNotice"), "U+001B"),
    "bell-in-a-name": (HEAD + RULE.replace("Notice", "Not\\u0007ice"), "U+0007"),
    "turned-name": (HEAD + RULE.replace("Notice", "Not\\u202eice"), "U+202E"),
    "lines-in-a-name": (HEAD + RULE.replace("Notice", "Not\\nice"), "one line"),
    "code": (HEAD + RULE.replace('"inadequate"', "\"__import__('os').system('true')\""), "must be"),
    "a-number-for-all": ("rule = 3\n" + HEAD, "write each rule as [[rule]]"),
    "a-list-of-lists": ("rule = [[[]]]\n" + HEAD, "[[rule]]"),
    "no-table": (HEAD + RULE.replace('{ grade = "inadequate" }', "[]"), "when"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_clear_message(check: Check, tmp_path: Path, name: str) -> None:
    """And nothing is left (each in under a second: benchmarks/checking.py)."""
    text, expected = HOSTILE[name]
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "mine.toml").write_bytes(data)
    printed = check("mine.toml")
    assert (printed.code, printed.out) == (2, "")
    assert expected in printed.err
    assert "mine.toml" in printed.err
    assert 0 < len(printed.err) <= MOST_LETTERS + 1


def test_a_byte_order_mark_and_windows_lines_are_no_fault(check: Check, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(
        b"\xef\xbb\xbf" + (HEAD + RULE).replace("\n", "\r\n").encode()
    )
    assert check("mine.toml").code == 0


# What is loaded (how long it takes: benchmarks/checking.py)

_CHECK = (
    "import sys\nfrom sim.cli.main import main\n"
    "try: main(['check', *sys.argv[1:]])\n"
    "except SystemExit as leave: assert not leave.code, leave.code\n"
    "heavy = 'scipy', 'simpy', 'pandas', 'matplotlib', 'rich', 'sim.regimes', 'sim.model.country'\n"
    "print('loaded', *(name for name in heavy if name in sys.modules))\n"
)


@pytest.mark.parametrize("name", ["trusts-2016", "critics"])
def test_a_check_loads_nothing_heavy(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHECK, name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded"


# Schemas


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_printed(check: Check, kind: str) -> None:
    printed = check(kind, command="schema")
    assert printed.code == 0
    assert printed.out == schema_path(kind).read_text(encoding="utf-8")


def test_the_schemas_are_written_and_named(check: Check, tmp_path: Path) -> None:
    assert check("--write", "schemas", command="schema").code == 0
    for kind in KINDS:
        written = (tmp_path / "schemas" / f"{kind}.json").read_bytes()
        assert written == schema_path(kind).read_bytes()
    printed = check(command="schema")
    for kind in KINDS:
        assert f"#:schema {schema_path(kind).as_uri()}" in printed.out
    assert check("scenario", "--write", "x", command="schema").code == 2
    (tmp_path / "file").write_text("")
    assert check("--write", "file", command="schema").code == 2

"""Files and numbers that no run can use: one clear message, at once, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from sim.cli import main

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]

HEAD = 'title = "Mine"\nextends = "trusts-2016"\n'
MOST_LETTERS = 2_000


class Refusal(NamedTuple):
    """What a command that refused printed, and its exit code."""

    text: str
    code: int


Refuse = Callable[..., Refusal]


@pytest.fixture
def refuse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Refuse:
    """A command in an empty working folder, which must refuse, in a short message."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Refusal:
        before = {*tmp_path.rglob("*")}
        with pytest.raises(SystemExit) as leave:
            main.main(arguments)
        out, err = capsys.readouterr()
        assert leave.value.code == 2, out + err
        assert "Traceback" not in err
        assert 0 < len(err) <= MOST_LETTERS + 1
        assert {*tmp_path.rglob("*")} == before
        return Refusal(err, 2)

    return run


def change(day: str) -> str:
    """A change of a lever from a day, as a file writes it."""
    return (
        f'{HEAD}[[change]]\nfrom = {day}\nlever = "regime.grace_months"\nvalue = 6\n'
        'why = "w"\nsource = "s"\n'
    )


FILES = {
    "deep-list": (HEAD + "x = " + "[" * 9_000, "nested"),
    "deep-table": (HEAD + "x = " + "{a=" * 3_000, "nested"),
    "deep-key": (HEAD + "a." * 300 + "b = 1", "nested"),
    "long-line": (HEAD + "# " + "x" * 20_000, "longer than 10,000 letters"),
    "many-names": (
        HEAD + "compare_with = [\n" + '"unknown-scenario",\n' * 20_000 + "]",
        "20,000 scenarios, more than 50",
    ),
    "large-file": (HEAD + "# remark\n" * 200_000, "larger than 500,000 bytes"),
    "many-unknown-keys": (HEAD + "".join(f"k{k} = 1\n" for k in range(2_000)), "more"),
    "many-changes": (HEAD + "[[change]]\n" * 3_000, "more than 2,000"),
    "huge-number": (HEAD + f"[england]\nyears = 0x{'f' * 5_000}\n", "64 bits"),
    "many-digits": (HEAD + f"[england]\nyears = {'9' * 5_000}\n", "not valid TOML"),
    "last-day": (HEAD + "[england]\nstart = 9999-12-31\nyears = 2\n", "outside the years"),
    "last-year": (HEAD + "[england]\nstart = 9990-01-01\nyears = 24\n", "outside the years"),
    "first-day": (HEAD + "[england]\nstart = 0001-01-01\nyears = 2\n", "outside the years"),
    "long-title-key": (HEAD + f"{'k' * 9_000} = 1\n", "unknown key"),
    "british-date": (change("01/02/2016"), "for 1 February 2016 write 2016-02-01"),
    "american-date": (change("12/25/2016"), "for 25 December 2016 write 2016-12-25"),
    "date-with-stops": (change("1.2.2016"), "for 1 February 2016 write 2016-02-01"),
    "date-with-slashes": (change("2016/02/01"), "for 1 February 2016 write 2016-02-01"),
    "date-in-words": (change("1 February 2016"), "for 1 February 2016 write 2016-02-01"),
    "date-of-two-digits": (change("01/02/16"), "for 1 February 2016 write 2016-02-01"),
    "quoted-british-date": (change('"01/02/2016"'), "for 1 February 2016 write 2016-02-01"),
    "no-such-day": (change("31/02/2016"), "not a date in the calendar"),
    "curly-quotes": ("title = \N{LEFT DOUBLE QUOTATION MARK}A\N{RIGHT DOUBLE QUOTATION MARK}", '"'),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["show", "run", "against"])
def test_a_file_is_refused(refuse: Refuse, tmp_path: Path, name: str, command: str) -> None:
    text, expected = FILES[name]
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    arguments = {
        "show": ("show", "mine.toml"),
        "run": ("--scenario", "mine.toml"),
        "against": ("--scenario", "trusts-2016", "--against", "mine.toml"),
    }
    refusal = refuse(*arguments[command])
    assert expected in refusal.text
    assert "mine.toml" in refusal.text


ENCODINGS = {
    "utf-16": (HEAD.encode("utf-16"), "UTF-16"),
    "utf-16-be": (b"\xfe\xff" + HEAD.encode("utf-16-be"), "UTF-16"),
    "utf-16-without-mark": (HEAD.encode("utf-16-le"), "UTF-16"),
    "windows-1252": ('title = "Café £"\n'.encode("cp1252"), "line 1: is not UTF-8"),
    "zero-bytes": (b"title = \x00\n", "bytes of zero"),
}


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("option", ["--scenario", "--beliefs"])
def test_an_encoding_is_told_with_its_cure(
    refuse: Refuse, tmp_path: Path, name: str, option: str
) -> None:
    data, expected = ENCODINGS[name]
    (tmp_path / "mine.toml").write_bytes(data)
    first = () if option == "--scenario" else ("--scenario", "trusts-2016")
    refusal = refuse(*first, option, "mine.toml")
    assert expected in refusal.text
    assert "UTF-8" in refusal.text


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"], ids=["windows", "old-mac", "unix"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte-order-mark"])
def test_a_file_of_a_windows_editor_is_read(tmp_path: Path, ends: str, mark: str) -> None:
    from sim.inputs.policy.scenario import load_scenario

    path = tmp_path / "mine.toml"
    path.write_bytes((mark + change("2016-02-01").replace("\n", ends)).encode())
    assert any(one.file == "mine.toml" and one.line == 3 for one in load_scenario(path).changes)


NUMBERS = {
    "samples": (("explore", "--scenario", "trusts-2016", "--samples", "1" + "0" * 12), "100,000"),
    "trajectories": (
        ("sensitivity", "--scenario", "trusts-2016", "--trajectories", "1" + "0" * 12),
        "100,000",
    ),
    "base": (("sensitivity", "--scenario", "trusts-2016", "--base", str(2**40)), "100,000"),
    "fit-sets": (("calibrate", "--sets", "100000", "--first", "100", "--dry-run"), "10,000"),
    "fit-first": (("calibrate", "--first", "1" + "0" * 12, "--dry-run"), "10,000"),
    "fit-later": (("calibrate", "--later", "1" + "0" * 12, "--dry-run"), "10,000"),
    "fit-few": (("calibrate", "--first", "1", "--dry-run"), "from 100"),
    "fit-until-too-early": (("calibrate", "--fit-until", "2013-11-02", "--dry-run"), "too little"),
    "fit-until-the-end-of-time": (
        ("calibrate", "--fit-until", "9999-12-31"),
        "after the published record",
    ),
    "sets": (("validate", "--sets", "1" + "0" * 12), "fewer than"),
    "until": (("validate", "--until", "9999-12-31"), "outside the years"),
    "test-from": (("validate", "--test-from", "0001-01-01"), "overlaps"),
    "replications": (("--scenario", "trusts-2016", "--replications", "1" + "0" * 12), "100000"),
    "many-digits": (("--scenario", "trusts-2016", "--replications", "9" * 4_000), "100000"),
    "too-many-digits": (
        ("--scenario", "trusts-2016", "--replications", "9" * 5_000),
        "--replications",
    ),
    "workers": (("--scenario", "trusts-2016", "--workers", "1025"), "--workers"),
    "processes": (("--scenario", "trusts-2016", "--workers", "1000"), "--workers"),
    "years": (("--scenario", "trusts-2016", "--years", "1e308"), "0.09"),
    "no-number": (("--scenario", "trusts-2016", "--years", "nan"), "0.09"),
    "seed": (("--scenario", "trusts-2016", "--seed", "9" * 40), "--seed"),
    "ceiling": (
        (
            *("--scenario", "trusts-2016", "--precision", "inadequate_council_years=1"),
            *("--ceiling", "1" + "0" * 12),
        ),
        "100000",
    ),
    "against": (
        ("--scenario", "trusts-2016", *("--against", "peer-support") * 500),
        "more than 50",
    ),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_refused(refuse: Refuse, name: str) -> None:
    arguments, expected = NUMBERS[name]
    assert expected in refuse(*arguments).text


def test_a_grid_is_counted_before_it_is_made(refuse: Refuse) -> None:
    from sim.inputs.policy.levers import LEVERS as KNOWN

    some = [name for name, lever in KNOWN.items() if lever.type is float][:6]
    values = ",".join(str(value) for value in range(50))
    grid = [word for name in some for word in ("--set", f"{name}={values}")]
    assert "15,625,000,000 points" in refuse("sweep", "--scenario", "trusts-2016", *grid).text


NAMES = {
    "unknown": ("x" * 300, "there is no scenario"),
    "path": ("x" * 300 + ".toml", "there is no scenario file"),
    "folder": ("x" * 300 + "/" + "y" * 300 + ".toml", "there is no scenario file"),
    "immense": ("x" * 100_000, "there is no scenario"),
    "built-in": ("built-in:trust-2016", "trusts-2016"),
    "built-in-path": ("built-in:../trusts-2016", "there is no scenario file"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("option", ["--scenario", "--against"])
def test_a_name_is_refused(refuse: Refuse, name: str, option: str) -> None:
    text, expected = NAMES[name]
    first = () if option == "--scenario" else ("--scenario", "trusts-2016")
    assert expected in refuse(*first, option, text).text


@pytest.mark.parametrize(
    "stem", ["..", "...", "a.", "a ", ".hidden", "-a", "a|b", "a\nb", "a:b", "x" * 150]
)
@pytest.mark.parametrize("option", ["--scenario", "--beliefs"])
def test_a_file_name_that_can_name_no_folder(
    refuse: Refuse, tmp_path: Path, stem: str, option: str
) -> None:
    (tmp_path / f"{stem}.toml").write_text(HEAD, encoding="utf-8")
    first = () if option == "--scenario" else ("--scenario", "trusts-2016")
    assert "cannot name" in refuse(*first, option, f"./{stem}.toml").text


def test_a_long_chain_of_parents(refuse: Refuse, tmp_path: Path) -> None:
    for number in range(600):
        text = f'title = "t"\nextends = "s{number + 1}"\n'
        (tmp_path / f"s{number}.toml").write_text(text, encoding="utf-8")
    assert "extend each other" in refuse("show", "s0.toml").text


@pytest.mark.parametrize(
    "data", [b"a,b\n\x00,1", b"\xff\xfea\x00", b'"' + b"x" * 200_000], ids=repr
)
def test_a_design_is_refused(refuse: Refuse, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "design.csv").write_bytes(data)
    refuse("sweep", "--scenario", "trusts-2016", "--design", "design.csv")

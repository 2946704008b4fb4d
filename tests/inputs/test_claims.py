"""The register of claims: whole, and nothing in it dangles."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sim.inputs.evidence.claims import (
    COLUMNS,
    STATUSES,
    VERDICTS,
    Claim,
    check_places,
    find_claim,
    load_claims,
)
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.evidence.mechanisms import load_mechanisms
from sim.inputs.files.problems import InputError

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[2]
ROW = {
    "claim": "1",
    "section": "Rules",
    "documents": "a.txt; b.txt",
    "who": "reader",
    "says": "It takes a year",
    "status": "modelled",
    "how": "A drawn time",
    "modules": "sim/model/institutions/trusts.py",
    "parameters": "trust.setup_months",
    "levers": "",
    "metrics": "trusts_opened",
    "tests": "tests/inputs/test_claims.py::test_a_row_is_read_whole",
    "evidence": "B7; A-T2",
    "verdict": "supported",
    "finding": "Eight cases",
    "experiment": "as claimed",
}


def written(folder: Path, *rows: dict[str, str], header: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "claims.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([row.get(name, "") for name in header] for row in rows)
    return path


@pytest.fixture(scope="module")
def register() -> dict[int, Claim]:
    return load_claims(load_ledger())


@pytest.mark.data
def test_all_156_claims_have_a_status_and_nothing_dangles(register: dict[int, Claim]) -> None:
    assert list(register) == list(range(1, 157))
    assert {claim.status for claim in register.values()} == set(STATUSES)
    assert {claim.verdict for claim in register.values()} == set(VERDICTS)
    problems = check_places(register.values(), ROOT)
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.data
def test_the_claims_come_from_the_five_documents(register: dict[int, Claim]) -> None:
    documents = {name for claim in register.values() for name in claim.documents}
    assert len(documents) == 5
    assert all(name.endswith(".txt") for name in documents)


@pytest.mark.data
def test_a_claim_that_is_modelled_can_be_switched_off(register: dict[int, Claim]) -> None:
    """All but those that are there from the start, or that no switch could take away."""
    known = load_mechanisms()
    fixed = {15, 17, 83, 135}
    for claim in register.values():
        if claim.status in ("modelled", "lever") and claim.number not in fixed:
            assert known.of_claim(claim.number), f"claim {claim.number}: {claim.says}"


@pytest.mark.data
def test_what_carries_a_claim_is_read_in_the_modules_it_names(register: dict[int, Claim]) -> None:
    """A parameter or lever that none of the claim's modules reads carries something else."""
    for claim in register.values():
        code = "".join((ROOT / module).read_text(encoding="utf-8") for module in claim.modules)
        unread = [n for n in (*claim.parameters, *claim.levers) if f'"{n}"' not in code]
        assert unread == [], f"claim {claim.number}: {claim.says}"


@pytest.mark.data
def test_a_claim_nothing_carries_says_why(register: dict[int, Claim]) -> None:
    for claim in register.values():
        if claim.status == "context":
            assert claim.parameters + claim.levers + claim.metrics == (), claim.number
            assert len(claim.how.split()) >= 5, claim.number


def test_a_row_is_read_whole(tmp_path: Path) -> None:
    claim = load_claims(["trust.setup_months"], written(tmp_path, ROW))[1]
    assert claim.documents == ("a.txt", "b.txt")
    assert claim.evidence == ("B7", "A-T2")
    assert claim.line == 2
    assert check_places([claim], ROOT) == []


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": ""}, "status: is empty"),
        ({"status": "modeled"}, "did you mean modelled?"),
        (
            {"verdict": "true"},
            'verdict: must be "supported", "partly", "contradicted", "open" or "value"',
        ),
        (
            {"who": "me"},
            'who: must be "government", "stakeholder", "author", "reader" or "page", not \'me\'',
        ),
        ({"claim": "2"}, "claim 2 should be claim 1"),
        ({"claim": "one"}, "claim: must be a whole number, not 'one'"),
        ({"parameters": "trust.setup_month"}, "did you mean trust.setup_months?"),
        ({"levers": "regime.grace"}, "levers: there is no 'regime.grace'"),
        ({"metrics": "trust_opened"}, "did you mean trusts_opened"),
        ({"evidence": "see above"}, "is not the id of a row of evidence"),
        ({"modules": ""}, "needs modules"),
        ({"status": "lever"}, "needs levers"),
        ({"status": "outcome", "metrics": ""}, "needs metrics"),
        ({"tests": ""}, "no test exercises it"),
        ({"documents": ""}, "names no document"),
        ({"experiment": "shown"}, 'experiment: must be "as claimed", "as claimed in part"'),
    ],
)
def test_a_wrong_row_is_placed_and_explained(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_claims(["trust.setup_months"], written(tmp_path, ROW | change))
    assert message in str(caught.value)
    assert "claims.csv, line 2" in str(caught.value)


@pytest.mark.bad_input
def test_all_rows_are_checked_together(tmp_path: Path) -> None:
    path = written(tmp_path, ROW | {"status": ""}, ROW | {"claim": "2", "verdict": "maybe"})
    with pytest.raises(InputError) as caught:
        load_claims(None, path)
    assert len(caught.value.problems) == 2


@pytest.mark.bad_input
def test_other_columns_or_no_file_is_one_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="other columns"):
        load_claims(None, written(tmp_path, ROW, header=COLUMNS[1:]))
    with pytest.raises(InputError, match="cannot be read"):
        load_claims(None, tmp_path / "none.csv")


def test_modules_and_tests_that_do_not_exist_are_found(tmp_path: Path) -> None:
    row = ROW | {
        "modules": "sim/model/institutions/trust.py",
        "tests": "tests/inputs/test_claims.py::test_a_row_is_read_hole; tests/none.py::test_x",
    }
    problems = check_places(load_claims(None, written(tmp_path, row)).values(), ROOT)
    report = "\n".join(map(str, problems))
    assert "there is no module sim/model/institutions/trust.py" in report
    assert "did you mean test_a_row_is_read_whole" in report
    assert "there is no test tests/none.py::test_x" in report


@pytest.mark.bad_input
def test_an_unknown_claim_gets_the_nearest(register: dict[int, Claim]) -> None:
    assert find_claim(register, "53").number == 53
    assert find_claim(register, " #1 ").number == 1
    for text, message in (("157", "nearest is 156"), ("0", "nearest is 1"), ("-4", "nearest is 1")):
        with pytest.raises(InputError, match=message):
            find_claim(register, text)
    with pytest.raises(InputError, match="claims that speak of it: 136"):
        find_claim(register, "conferences")
    with pytest.raises(InputError, match="a number from 1 to 156"):
        find_claim(register, "xyzzy")

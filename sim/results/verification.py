"""Whether record, scenarios and outputs of a run folder belong together, and whether code, seeds,
plug-in regimes and libraries here are those of the run.

Everything is recomputed from what is on the disk; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.inputs.files.problems import InputError, Problem
from sim.regimes.plug_in import installed_regimes
from sim.results.identity import (
    CODE_OF_RUNS,
    code_sha256,
    library_versions,
    run_id_of,
    seeds_sha256,
    sha256_of_bytes,
)
from sim.results.metadata import RECORD, damage, files_of, read_record
from sim.results.run_record import contradictions, first_of, sealed_in_part


@dataclass(frozen=True)
class Finding:
    """One thing checked. `sound` is None where a difference is no fault of the folder."""

    what: str
    sound: bool | None
    detail: str


@dataclass(frozen=True)
class Verification:
    """What `verify` found. `intact` is False when the folder is not what the run wrote."""

    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        """Whether record, scenarios and outputs belong together and are whole."""
        return all(finding.sound is not False for finding in self.findings)

    @property
    def same_here(self) -> bool:
        """Whether code, seeds, regimes and libraries here are also those of the run."""
        return all(finding.sound for finding in self.findings)


def verify(folder: str | Path) -> Verification:
    """Check a run folder against its record, and its record against the code here.

    Raises InputError where it is not a run folder or is in a format not readable here.
    """
    place = Path(folder)
    record = read_record(place)
    if record["kind"] == "backtest":
        hint = f"to check it and tell of it: simulate briefing RUN --backtest {place}"
        raise InputError(Problem(str(place), "is a back-test, not a run or a study", hint))
    identity = record["identity"]
    # A list of files that somebody wrote into the record is not followed.
    listed = None if contradictions(record) else identity.get("code")
    code = code_sha256(tuple(listed or CODE_OF_RUNS))
    return Verification(
        (
            _outputs(place, record),
            _record(record, identity),
            _scenarios(identity),
            _here("code", identity.get("code_sha256"), code, _version(record)),
            _here("seeds", identity.get("seeds_sha256"), seeds_sha256(), "other tables or ledger"),
            *_regimes(identity.get("regimes")),
            _libraries(record.get("libraries")),
        ),
    )


def _outputs(folder: Path, record: Mapping[str, Any]) -> Finding:
    listed = record.get("outputs", {})
    wrong = damage(folder, record)
    if wrong:
        return Finding("outputs", False, first_of(wrong, "; "))
    extra = sorted(set(files_of(folder)) - set(listed))
    detail = f"{len(listed)} files are as the run wrote them"
    if extra:
        detail += f" (not part of the run: {first_of(extra)})"
    return Finding("outputs", True, detail)


def _record(record: Mapping[str, Any], identity: Mapping[str, Any]) -> Finding:
    wrong = contradictions(record)
    if wrong:
        return Finding("record", False, f"{RECORD} has been changed: {'; '.join(wrong)}")
    run_id = run_id_of(identity)
    if sealed_in_part(record):
        what = "sealed in part, by an earlier version: settings and outputs, not its other lines"
        return Finding("record", True, f"run {run_id}: {what}")
    return Finding("record", True, f"run {run_id}: the whole record and the outputs are sealed")


def _scenarios(identity: Mapping[str, Any]) -> Finding:
    scenarios = identity.get("scenarios", [])
    wrong = [s["name"] for s in scenarios if sha256_of_bytes(s["text"].encode()) != s["sha256"]]
    if wrong:
        return Finding("scenarios", False, f"the text is not the one run: {first_of(wrong)}")
    return Finding("scenarios", True, first_of(s["name"] for s in scenarios))


def _here(what: str, recorded: str | None, here: str, otherwise: str) -> Finding:
    if recorded == here:
        return Finding(what, True, f"the same here ({here[:12]})")
    before = recorded[:12] if recorded else "nothing"
    return Finding(what, None, f"the run used {before}, here is {here[:12]}: {otherwise}")


def _regimes(recorded: object) -> Iterator[Finding]:
    """Each regime of the run that does not come with the program, against the one here."""
    for regime in recorded if isinstance(recorded, list) else []:
        known = regime if isinstance(regime, dict) else {}
        name = str(known.get("name"))[:80]
        what = f"the regime {name}"
        if not known.get("installed"):
            detail = f"{what} was given as a class: compare the text in the record by hand"
            yield Finding("regime", None, detail)
            continue
        try:
            here = [one.identity() for one in installed_regimes([name])]
        except Exception as error:  # code of others, which may fail in any way
            yield Finding("regime", None, f"{what} cannot be loaded here: {type(error).__name__}")
            continue
        if not here:
            yield Finding("regime", None, f"{what} is not installed here")
        elif here[0] == known:
            yield Finding("regime", True, f"{what}: the same code here")
        else:
            then, now = (
                f"{one.get('distribution')} {one.get('version')}"[:80] for one in (known, here[0])
            )
            detail = f"{what}: other code here (then {then}, now {now})"
            yield Finding("regime", None, detail)


def _libraries(recorded: object) -> Finding:
    if not isinstance(recorded, dict) or not recorded:
        return Finding("libraries", None, "the record does not tell them")
    here = library_versions()
    differing = [
        f"{name} {str(recorded.get(name, 'none'))[:80]} then, {here.get(name, 'none')} here"
        for name in dict.fromkeys([*map(str, recorded), *here])
        if recorded.get(name) != here.get(name)
    ]
    if differing:
        more = f"; and {len(differing) - 20} more" if len(differing) > 20 else ""
        return Finding("libraries", None, "; ".join(differing[:20]) + more)
    named = ", ".join(f"{name} {version}" for name, version in here.items())
    return Finding("libraries", True, f"the same versions here ({named})")


def _version(record: Mapping[str, Any]) -> str:
    source = record.get("source", {})
    commit = source.get("commit")
    text = f"made by version {source.get('version', 'unknown')}"
    return f"{text}, commit {commit[:12]}" if commit else text

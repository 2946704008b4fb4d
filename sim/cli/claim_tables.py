"""Claims, mechanisms and short experiments as a person reads them on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sim.inputs.evidence.claims import STATUSES, VERDICTS, Claim
from sim.inputs.evidence.mechanisms import Loop, Mechanism, Mechanisms
from sim.inputs.metrics import METRICS
from sim.report.tables.terminal import print_line, print_table

if TYPE_CHECKING:
    from sim.runs.options import RunOptions
    from sim.studies.short_experiments import Effect, Level

_VERDICTS = {"partly": "supported in part", "value": "a value judgement"}


def print_claims(claims: Iterable[Claim]) -> None:
    """Every claim, a row each."""
    rows = [(c.number, c.status, c.verdict, c.who, c.says) for c in claims]
    print_table("Claims", ("claim", "status", "evidence", "who", "says"), rows, right=(0,))


def print_coverage(claims: Sequence[Claim]) -> None:
    """Counts of claims by section and status, and by verdict of the evidence and status."""
    counts: Counter[tuple[str, str]] = Counter(
        (section, c.status) for c in claims for section in (c.section, "All")
    )
    rows = []
    for section in dict.fromkeys([*(c.section for c in claims), "All"]):
        by_status = [counts[section, status] for status in STATUSES]
        rows.append((section, sum(by_status), *by_status))
    columns = range(1, len(STATUSES) + 2)
    print_table("How the claims are carried", ("", "claims", *STATUSES), rows, right=columns)
    counts = Counter((c.verdict, c.status) for c in claims)
    rows = [(verdict, *(counts[verdict, s] for s in STATUSES)) for verdict in VERDICTS]
    print_table("What the evidence says", ("", *STATUSES), rows, right=columns)


def print_claim(claim: Claim, mechanisms: Mechanisms) -> None:
    """A claim in words: who makes it, what carries it, and the evidence."""
    ids = f" ({', '.join(claim.evidence)})" if claim.evidence else ""
    lists = {
        "Modules": claim.modules,
        "Parameters": claim.parameters,
        "Levers": claim.levers,
        "Metrics": claim.metrics,
        "Switches": [mechanism.name for mechanism in mechanisms.of_claim(claim.number)],
        "Loops": [loop.name for loop in mechanisms.loops_of_claim(claim.number)],
        "Tests": claim.tests,
    }
    print_line(f"Claim {claim.number}: {claim.says}.")
    for label, text in (
        ("Made by", f"{claim.who}, in {', '.join(claim.documents)}"),
        ("Section", claim.section),
        ("Status", f"{claim.status}. {claim.how}."),
        *((label, ", ".join(names)) for label, names in lists.items() if names),
        ("Evidence", f"{_VERDICTS.get(claim.verdict, claim.verdict)}{ids}. {claim.finding}."),
    ):
        print_line(f"  {label:<12} {text}")


def print_effects(effects: Iterable[Effect]) -> None:
    """What the mechanisms of a claim do."""
    header = ("switched off", "scenario", "metric", "with", "without", "difference", "")
    rows = [
        (
            *(effect.of.title, effect.of.scenario, METRICS[effect.metric].label),
            *(_number(effect.with_it), _number(effect.without_it)),
            *(_difference(effect), effect.verdict),
        )
        for effect in effects
    ]
    print_table("What the model shows", header, rows, right=(3, 4))


def print_levels(levels: Iterable[Level]) -> None:
    """The metrics of a claim in three scenarios."""
    header = ("metric", "unit", "scenario", "mean", "nine runs in ten")
    rows = [
        (
            *(METRICS[level.metric].label, METRICS[level.metric].unit, level.scenario),
            *(_number(level.mean), f"{_number(level.p05)} to {_number(level.p95)}"),
        )
        for level in levels
    ]
    print_table("What the model shows", header, rows, right=(3,))


def print_switches(mechanisms: Mechanisms) -> None:
    """The loops and mechanisms that can be switched off."""
    rows: list[tuple[str, ...]] = [
        (loop.name, loop.title, loop.kind, loop.chain, ", ".join(loop.mechanisms))
        for loop in mechanisms.loops.values()
    ]
    print_table("Loops", ("", "loop", "kind", "chain", "switched off together"), rows)
    rows = []
    for m in mechanisms.mechanisms.values():
        settings = (f"{name}={value}" for name, value in (*m.parameters.items(), *m.levers.items()))
        rows.append((m.name, m.title, ", ".join(map(str, m.claims)), ", ".join(settings)))
    print_table("Mechanisms", ("", "mechanism", "claims", "off at"), rows)


def print_loops(effects: Iterable[Effect]) -> None:
    """What each loop or mechanism does, a row each: where it shows first and comes round."""
    by_name: dict[str, list[Effect]] = {}
    for effect in effects:
        by_name.setdefault(effect.of.name, []).append(effect)
    rows = []
    for name, shared in by_name.items():
        switch = shared[0].of
        start = "" if switch.start is None else f", from {switch.start.year}"
        cells = [f"{METRICS[e.metric].label}: {_difference(e)}; {e.verdict}" for e in shared]
        kind = switch.kind if isinstance(switch, Loop) else "mechanism"
        rows.append((name, switch.title, kind, f"{switch.scenario}{start}", *cells))
    header = ("", "what it is", "kind", "scenario", "shows first in", "comes round in")
    print_table("What each does: runs with it less runs without it", header, rows)


def signs(effects: Iterable[Effect]) -> str:
    """How many loops come round with the sign that the claims give them, "" for fewer than two."""
    last = {e.of.name: e.verdict for e in effects if isinstance(e.of, Loop)}  # where it comes round
    if len(last) < 2:
        return ""
    counts = Counter(last.values())
    as_claimed, contrary = counts["as claimed"], counts["contrary to the claim"]
    return (
        f"Of {len(last)} loops shown, {as_claimed} come round with the sign claimed and {contrary} "
        f"with the other; for {len(last) - as_claimed - contrary} these runs do not tell."
    )


def extent(how: RunOptions, switches: Iterable[Mechanism | Loop]) -> str:
    """Replications, random seed and years of a short experiment, as words."""
    years = max([how.years or 0.0, *(switch.years or 0.0 for switch in switches)])
    return (
        f"{how.count()} replications, seed {how.seed}, "
        f"{years:g} {'year' if years == 1 else 'years'}"
    )


def _difference(effect: Effect) -> str:
    mean, low, high = (
        _number(value, sign="+") for value in (effect.difference, effect.low, effect.high)
    )
    return f"{mean} ({low} to {high}) {METRICS[effect.metric].unit}"


def _number(value: float, *, sign: str = "") -> str:
    if value != value:
        return "none"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 20 else 2 if abs(value) >= 1 else 4
    return f"{value:{sign},.{digits}f}"

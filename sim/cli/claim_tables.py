"""Claims, mechanisms and short experiments as a person reads them on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sim.inputs.evidence.claims import STATUSES, VERDICTS, Claim
from sim.inputs.evidence.experiments import OF_CLAIM
from sim.inputs.evidence.mechanisms import Loop, Mechanism, Mechanisms
from sim.inputs.metrics import METRICS
from sim.report.tables.terminal import print_table, print_text

if TYPE_CHECKING:
    from sim.inputs.evidence.experiments import Experiments
    from sim.runs.options import RunOptions
    from sim.studies.short_experiments import Effect, Level

_VERDICTS = {"partly": "supported in part", "value": "a value judgement"}


def print_claims(claims: Iterable[Claim]) -> None:
    """Every claim, a row each."""
    rows = [(c.number, c.status, _outcome(c), c.verdict, c.who, c.says) for c in claims]
    header = ("claim", "status", "in the model", "evidence", "who", "says")
    print_table("Claims", header, rows, right=(0,))


def _outcome(claim: Claim) -> str:
    """What the claim's own experiments last showed, "" where it has none."""
    return "" if claim.experiment == "none" else claim.experiment


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
    counts = Counter((c.experiment, c.status) for c in claims)
    rows = [
        ("no experiment" if one == "none" else one, *(counts[one, s] for s in STATUSES))
        for one in OF_CLAIM
    ]
    title = "What the claims' own experiments last showed"
    print_table(title, ("", *STATUSES), rows, right=columns)


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
    print_text(f"Claim {claim.number}: {claim.says}.")
    for label, text in (
        ("Made by", f"{claim.who}, in {', '.join(claim.documents)}"),
        ("Section", claim.section),
        ("Status", f"{_status(claim)}. {claim.how}."),
        *((label, ", ".join(names)) for label, names in lists.items() if names),
        ("Evidence", f"{_VERDICTS.get(claim.verdict, claim.verdict)}{ids}. {claim.finding}."),
    ):
        print_text(text, f"  {label:<12} ")


def _status(claim: Claim) -> str:
    """The status, with what the claim's own experiments last showed: one that is modelled may be
    contrary to what it says."""
    outcome = _outcome(claim)
    return f"{claim.status}; in its own experiments: {outcome}" if outcome else claim.status


def print_record(switches: Iterable[Mechanism | Loop], experiments: Experiments) -> None:
    """What the experiments of some mechanisms or loops last showed; nothing where none has."""
    rows = [
        (
            *(switch.title, one.scenario, METRICS[one.metric].label),
            f"{_interval(one.difference, one.low, one.high)} {METRICS[one.metric].unit}",
            *(_percent(one.share), one.verdict),
        )
        for switch in switches
        for one in experiments.of(switch.name)
    ]
    if rows:
        header = ("switched off", "scenario", "metric", "difference", "of the level", "")
        print_table("What its own experiments last showed", header, rows, right=(4,))


def print_effects(effects: Iterable[Effect]) -> None:
    """What the mechanisms of a claim do."""
    header = ("switched off", "scenario", "metric", "with", "without", "difference", "", "")
    rows = [
        (
            *(effect.of.title, effect.of.scenario, METRICS[effect.metric].label),
            *(_number(effect.with_it), _number(effect.without_it)),
            *(_difference(effect), _percent(effect.share), effect.verdict),
        )
        for effect in effects
    ]
    print_table("What the model shows", header, rows, right=(3, 4, 6))


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


def print_switches(mechanisms: Mechanisms, experiments: Experiments) -> None:
    """The loops and mechanisms that can be switched off, and what each last showed."""
    rows: list[tuple[str, ...]] = [
        (
            *(loop.name, loop.title, loop.kind, loop.chain, ", ".join(loop.mechanisms)),
            _last_verdicts(loop.name, experiments),
        )
        for loop in mechanisms.loops.values()
    ]
    header: tuple[str, ...] = ("", "loop", "kind", "chain", "switched off together", "last showed")
    print_table("Loops", header, rows)
    rows = []
    for m in mechanisms.mechanisms.values():
        settings = (f"{name}={value}" for name, value in (*m.parameters.items(), *m.levers.items()))
        claims = ", ".join(map(str, m.claims))
        verdicts = _last_verdicts(m.name, experiments)
        rows.append((m.name, m.title, claims, ", ".join(settings), verdicts))
    print_table("Mechanisms", ("", "mechanism", "claims", "off at", "last showed"), rows)


def _last_verdicts(name: str, experiments: Experiments) -> str:
    """The verdicts on a mechanism or loop, each with the size."""
    return "; ".join(
        f"{'' if one.figure == 'effect' else f'{one.figure} '}{one.verdict} ({_percent(one.share)})"
        for one in experiments.of(name)
    )


def print_loops(effects: Iterable[Effect]) -> None:
    """What each loop or mechanism does, a row each: where it shows first and comes round."""
    by_name: dict[str, list[Effect]] = {}
    for effect in effects:
        by_name.setdefault(effect.of.name, []).append(effect)
    rows = []
    for name, shared in by_name.items():
        switch = shared[0].of
        start = "" if switch.start is None else f", from {switch.start.year}"
        cells = [
            f"{METRICS[e.metric].label}: {_difference(e)}, {_percent(e.share)}; {e.verdict}"
            for e in shared
        ]
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
    as_claimed, contrary = counts["as claimed"], counts["contrary"]
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
    interval = _interval(effect.difference, effect.low, effect.high)
    return f"{interval} {METRICS[effect.metric].unit}"


def _interval(*values: float) -> str:
    mean, low, high = (_number(value, sign="+") for value in values)
    return f"{mean} ({low} to {high})"


def _percent(share: float) -> str:
    """A share of the level, in per cent; two digits where it is small."""
    if share != share:
        return "none"
    return f"{100 * share:+.0f} %" if abs(share) >= 0.1 else f"{100 * share:+.2g} %"


def _number(value: float, *, sign: str = "") -> str:
    if value != value:
        return "none"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 20 else 2 if abs(value) >= 1 else 4
    return f"{value:{sign},.{digits}f}"

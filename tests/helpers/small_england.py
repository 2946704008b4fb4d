"""Small Englands for the engine's tests: worlds, parts of the country, whole runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from sim.inputs.councils.baseline import Baseline, baseline
from sim.inputs.evidence.ledger import load_ledger
from sim.inputs.policy.scenario import load_scenario
from sim.model.batch_result import BatchResult, Event, Spell
from sim.model.settings import CountrySettings, LeverValue
from sim.model.simulation import Batch
from sim.regimes import available

NEW_YEAR = date(2016, 1, 1)
YEAR = 364  # 52 working weeks
MONTH = 365.25 / 12.0
SEED = 1

# The sizes of all shocks that no mechanism explains.
SHOCKS = [n for n in load_ledger() if n.endswith(("_lasting", "_passing", "_shared"))]
# Everything about children, staff and practice that is drawn at random, made certain.
STILL = {
    **dict.fromkeys(SHOCKS, 0.0),
    "practice.noise": 0.0,
    "practice.anchor_noise": 0.0,
    "practice.anchor_noise_pulled": 0.0,
}


@cache
def england(on: date = NEW_YEAR) -> Baseline:
    """The 152 councils on a date."""
    return baseline(on)


@cache
def _central() -> Mapping[str, float]:
    return load_ledger().central()


def parameters(**changed: float) -> dict[str, float]:
    """The ledger's values, some replaced: `section__name=value`."""
    values = {name.replace("__", "."): value for name, value in changed.items()}
    assert values.keys() <= _central().keys(), values.keys() - _central().keys()
    return {**_central(), **values}


@cache
def _levers() -> Mapping[str, LeverValue]:
    return load_scenario("no-intervention").timeline()[0][1]


def levers(**changed: LeverValue) -> dict[str, LeverValue]:
    """The levers of 1 January 2016, some replaced: `section__name=value`."""
    values = {name.replace("__", "."): value for name, value in changed.items()}
    assert values.keys() <= _levers().keys(), values.keys() - _levers().keys()
    return {**_levers(), **values}


def world(
    replication: int = 1,
    *,
    scenario: str = "test",
    start: date = NEW_YEAR,
    days: int = YEAR,
    facts: Mapping[str, float] | None = None,
    later: Mapping[int, Mapping[str, LeverValue]] | None = None,
    events: bool = False,
    **choices: LeverValue,
) -> CountrySettings:
    """One country. `choices` are levers at the start, `later` levers that change on a day,
    `facts` parameters that differ from the ledger (dotted names)."""
    now = levers(**choices)
    timeline = [(start, dict(now))]
    for day, change in sorted((later or {}).items()):
        assert change.keys() <= now.keys(), change.keys() - now.keys()
        now = {**now, **change}
        timeline.append((start + timedelta(days=day), now))
    assert (facts or {}).keys() <= _central().keys()
    return CountrySettings(
        scenario=scenario,
        timeline=tuple(timeline),
        start=start,
        end=start + timedelta(days=days),
        replication=replication,
        parameters={**_central(), **(facts or {})},
        record_events=events,
    )


def part(whole: Baseline, columns: Sequence[int]) -> Baseline:
    """A country of some of the councils."""
    keep = np.asarray(columns)
    place = {int(old): new for new, old in enumerate(keep)}
    size = len(whole.codes)
    fields: dict[str, Any] = {}
    for name, value in vars(whole).items():
        if isinstance(value, np.ndarray) and value.shape[:1] == (size,):
            fields[name] = value[keep]
        elif isinstance(value, list) and len(value) == size:
            fields[name] = [value[k] for k in keep]
    fields["partner"] = np.array([place.get(int(c), -1) for c in whole.partner[keep]])
    near = [[place[int(c)] for c in row if int(c) in place] for row in whole.neighbours[keep]]
    width = whole.neighbours.shape[1]
    fields["neighbours"] = np.array([row + [-1] * (width - len(row)) for row in near])
    fields["imputed"] = {name: flags[keep] for name, flags in whole.imputed.items()}
    return dataclasses.replace(whole, **fields)


def build(
    worlds: Sequence[CountrySettings], *, councils_from: Baseline | None = None, seed: int = SEED
) -> Batch:
    """A batch that has not been run."""
    place = england(worlds[0].start) if councils_from is None else councils_from
    return Batch(place, worlds, seed, available())


def run(
    worlds: Sequence[CountrySettings], *, councils_from: Baseline | None = None, seed: int = SEED
) -> BatchResult:
    """A batch, run to its end."""
    return build(worlds, councils_from=councils_from, seed=seed).run()


def institutions(
    worlds: Sequence[CountrySettings], *, councils_from: Baseline | None = None
) -> Batch:
    """A batch in which only the institutions live: no children, staff, money or practice move.

    Long stretches of inspections, cases, trusts and directors then cost next to nothing.
    """
    batch = build(worlds, councils_from=councils_from)
    batch.run_until(batch.days)
    return batch


def of(events: Iterable[Event], kind: str, country: int = 0) -> list[Event]:
    """The events of one kind in one country, in order."""
    return [event for event in events if event.country == country and event.kind == kind]


def by_council(events: Iterable[Event], *kinds: str) -> dict[int, list[Event]]:
    """The events of some kinds of one country, council by council, in order."""
    found: dict[int, list[Event]] = {}
    for event in events:
        if event.kind in kinds:
            found.setdefault(event.council, []).append(event)
    return found


def spells_of(result: BatchResult, country: int = 0) -> list[Spell]:
    """The spells of one country."""
    return [spell for spell in result.spells if spell.country == country]


def arrays(result: BatchResult, country: int) -> Iterator[tuple[str, np.ndarray]]:
    """Everything numeric that one country reports."""
    for name, values in result.totals.items():
        yield f"totals/{name}", values[country : country + 1]
    for name, values in result.national.items():
        yield f"national/{name}", values[country]
    for name, values in result.councils.items():
        yield f"councils/{name}", values[country]


def fingerprint(result: BatchResult, country: int) -> dict[str, bytes | str]:
    """All that one country reports, to the byte, whatever its place in the batch."""
    whole: dict[str, bytes | str] = {name: a.tobytes() for name, a in arrays(result, country)}
    spells = [dataclasses.replace(s, country=0) for s in result.spells if s.country == country]
    events = [dataclasses.replace(e, country=0) for e in result.events if e.country == country]
    return {**whole, "spells": repr(spells), "events": repr(events)}

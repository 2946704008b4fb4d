"""Regimes of somebody else's making that fail: one message with regime, council and date."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

import sim
import sim.regimes
from sim.model import processes
from sim.model.institutions import regime_watch
from sim.model.regime_error import RegimeError
from sim.model.simulation import run_batch
from sim.regimes import available, unusable
from sim.runs.own_regimes import why_unusable
from tests.helpers.small_england import england, world

pytestmark = [pytest.mark.quick, pytest.mark.bad_input]

Respond = Callable[[Any, Any], Any]


def raises(self: Any, case: Any) -> Iterator[Any]:
    yield from case.wait(1.0)
    raise KeyError("boom")


def leaves(self: Any, case: Any) -> Iterator[Any]:
    yield from case.wait(1.0)
    raise SystemExit(0)


def is_no_generator(self: Any, case: Any) -> int:
    return 5


async def is_async(self: Any, case: Any) -> None:
    pass


def takes_nothing(self: Any) -> Iterator[Any]:
    yield 1


def yields_a_number(self: Any, case: Any) -> Iterator[Any]:
    yield 5


def waits_no_time(self: Any, case: Any) -> Iterator[Any]:
    while True:
        yield from case.wait(0.0)


def waits_next_to_no_time(self: Any, case: Any) -> Iterator[Any]:
    while True:
        yield case.env.timeout(1e-9)


def waits_after_the_end(self: Any, case: Any) -> Iterator[Any]:
    yield case.ended
    while True:
        yield from case.wait(6.0)


def waits_for_no_number(self: Any, case: Any) -> Iterator[Any]:
    yield case.env.timeout(float("nan"))


def starts(process: Callable[[Any], Iterator[Any]]) -> Respond:
    def respond(self: Any, case: Any) -> Iterator[Any]:
        case.env.process(process(case))
        yield case.ended

    return respond


def divides(case: Any) -> Iterator[Any]:
    yield from case.wait(1.0)
    _ = 1 / 0


def stands_still(case: Any) -> Iterator[Any]:
    while True:
        yield case.env.timeout(0.0)


def loops(self: Any, case: Any) -> Iterator[Any]:
    yield from case.wait(1.0)
    while True:
        _ = case.council.name


def loops_at_once(self: Any, case: Any) -> Iterator[Any]:
    return [case for _ in itertools.cycle("x") if not case]  # type: ignore[return-value]


def loops_and_catches(self: Any, case: Any) -> Iterator[Any]:
    yield from case.wait(1.0)
    while True:
        with suppress(Exception):
            _ = 1 / 0


def counts(case: Any) -> Iterator[Any]:
    yield from case.wait(1.0)
    for _ in itertools.count():
        pass


FAILURES: dict[str, tuple[Respond, str]] = {
    "raises": (raises, "KeyError: 'boom'"),
    "leaves": (leaves, "SystemExit"),
    "no generator": (is_no_generator, "must be a generator"),
    "async": (is_async, "must be a generator"),
    "takes nothing": (takes_nothing, "TypeError"),
    "yields a number": (yields_a_number, "no event"),
    "no time": (waits_no_time, "lets no time pass"),
    "next to no time": (waits_next_to_no_time, "lets no time pass"),
    "after the end": (waits_after_the_end, "lets no time pass"),
    "not a number": (waits_for_no_number, "no number"),
    "a process of its own raises": (starts(divides), "ZeroDivisionError"),
    "a process of its own stands still": (starts(stands_still), "lets no time pass"),
}


# By a loop that yields nothing.
LOOPS: dict[str, Respond] = {
    "loops": loops,
    "loops at once": loops_at_once,
    "loops and catches": loops_and_catches,
    "a process of its own loops": starts(counts),
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (processes, regime_watch):
        monkeypatch.setattr(module, "MOST_SECONDS", 0.5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", LOOPS)
def test_a_regime_that_loops_without_end_is_told_with_council_and_date(name: str) -> None:
    mine = type("Mine", (), {"respond": LOOPS[name]})
    with pytest.raises(RegimeError) as caught:
        run_batch(
            england(), [world(1, days=400, regime__name="mine")], seed=1, regimes={"mine": mine}
        )
    error = caught.value
    assert error.regime == "mine"
    assert error.council
    assert error.date.startswith("2016-")
    assert "worked for 0.5 seconds and comes to no end (test_plug_ins.py, line" in error.what
    assert "must wait" in error.what


@pytest.mark.usefixtures("impatient")
def test_a_slow_regime_of_many_short_turns_is_no_loop() -> None:
    class Slow:
        def respond(self, case: Any) -> Iterator[Any]:
            until = time.process_time() + 0.02
            while time.process_time() < until:
                pass
            yield from case.wait(1.0)

    began = time.process_time()
    run_batch(england(), [world(1, days=1500, regime__name="slow")], seed=1, regimes={"slow": Slow})
    assert time.process_time() - began > 0.5


@pytest.mark.usefixtures("impatient")
def test_a_regime_that_cannot_be_made_for_a_loop_is_told() -> None:
    class Endless:
        def __init__(self) -> None:
            while True:
                pass

    assert "comes to no end (test_plug_ins.py" in why_unusable(Endless)  # type: ignore[arg-type]


@pytest.mark.standard
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_a_loop_ends_a_run_with_one_message_and_breaks_nothing_else(
    tmp_path: Path, engine: Literal["serial", "processes"]
) -> None:
    mine = type("Mine", (), {"respond": loops})
    how = {"replications": 2, "years": 1, "out": tmp_path, "charts": False, "quiet": True}
    with pytest.raises(sim.RunError, match=r"the regime mine failed at .* on 2016-") as caught:
        sim.simulate(
            "no-intervention",
            levers={"regime.name": "mine"},
            regimes={"mine": mine},
            engine=engine,
            workers=2,
            **how,  # type: ignore[arg-type]
        )
    assert len(str(caught.value)) <= 2000
    sim.simulate("no-intervention", engine="serial", **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FAILURES)
def test_a_regime_that_fails_is_told_with_council_and_date(name: str) -> None:
    respond, words = FAILURES[name]
    mine = type("Mine", (), {"respond": respond})
    with pytest.raises(RegimeError) as caught:
        run_batch(
            england(), [world(1, days=1500, regime__name="mine")], seed=1, regimes={"mine": mine}
        )
    error = caught.value
    assert error.regime == "mine"
    assert error.council
    assert len(error.date) == len("2016-01-01")
    assert words in error.what
    assert len(str(error)) <= 2000


def test_a_regime_that_cannot_be_made_is_told_before_anything_is_run() -> None:
    class NeedsMore:
        def __init__(self, more: int) -> None: ...

    assert "without arguments" in why_unusable(NeedsMore)  # type: ignore[arg-type]
    assert "respond" in why_unusable(type("Empty", (), {}))
    assert not why_unusable(available()["takeover"])


@dataclass(frozen=True)
class Entry:
    """An entry point that fails, or gives something that is no regime."""

    name: str
    found: object
    value: str = "theirs:Regime"

    def load(self) -> object:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (ImportError("no module named x"), "cannot be imported: ImportError"),
        (SystemExit(3), "cannot be imported: SystemExit"),
        (ZeroDivisionError(), "cannot be imported: ZeroDivisionError"),
        (5, "not a class"),
        (object, "not a class"),
    ],
    ids=["import", "exit", "raises", "number", "no respond"],
)
def test_an_installed_regime_that_cannot_be_used_breaks_nothing_else(
    monkeypatch: pytest.MonkeyPatch, found: object, words: str
) -> None:
    monkeypatch.setattr(sim.regimes, "entry_points", lambda group: [Entry("theirs", found)])
    sim.regimes._warn.cache_clear()
    with pytest.warns(UserWarning, match="theirs is left out"):
        known = available()
    assert "takeover" in known
    assert "theirs" not in known
    assert words in unusable()["theirs"]

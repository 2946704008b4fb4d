"""Regimes of somebody else's making that fail: one message with regime, council and date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import sim.regimes
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

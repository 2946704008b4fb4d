"""One schema for what happened, and kinds that are both known and used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim
from sim.model import event_log
from sim.model.event_log import KINDS, EventLog

pytestmark = pytest.mark.quick

SPEAKS = {"emit", "log", "log_on", "note", "_visit"}


def test_events_are_numbered_whether_or_not_they_are_kept():
    kept, counted = EventLog(0, keep=True), EventLog(0, keep=False)
    for log in (kept, counted):
        first = log.emit(3.9, 7, "failure began")
        assert log.emit(5, 7, "notice issued", first, wave=2) == first + 1
    assert counted.events == []
    assert [event.id for event in kept.events] == [0, 1]
    event = kept.events[1]
    assert (event.country, event.day, event.council, event.cause) == (0, 5, 7, 0)
    assert event.details == {"wave": 2}
    assert kept.events[0].day == 3


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError, match="no such thing"):
        EventLog(0, keep=True).emit(0, 0, "no such thing")


def sources() -> Iterator[ast.Module]:
    package = Path(sim.__file__).parent
    for folder in ("model", "regimes"):
        for path in sorted((package / folder).rglob("*.py")):
            if path != Path(event_log.__file__):
                yield ast.parse(path.read_text(encoding="utf-8"))


def test_every_kind_that_is_said_is_known():
    said = set()
    for module in sources():
        for call in ast.walk(module):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                texts = [a.value for a in call.args if isinstance(a, ast.Constant)]
                if call.func.attr in SPEAKS:
                    said |= {text for text in texts[:3] if isinstance(text, str)}
    assert said - KINDS.keys() == set()
    assert len(said) > 20


def test_every_kind_is_said_somewhere_and_explained():
    texts = {
        node.value
        for module in sources()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert KINDS.keys() - texts == set()
    assert all(meaning and meaning != kind for kind, meaning in KINDS.items())

"""Regimes that are not the program's own: started, watched, and told of where they fail.

What they yield is passed on as it is, so that watching moves no number.
"""

from __future__ import annotations

import inspect
import math
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import date
from functools import cache, partial
from pathlib import PurePath
from types import CodeType, FrameType
from typing import Any

import simpy

from sim.model.council import Council
from sim.model.country import Country
from sim.model.processes import (
    A_MOMENT,
    MOST_SECONDS,
    EndlessLoopError,
    Process,
    StandstillError,
)
from sim.model.regime_error import RegimeError

# So many steps of one spell on one moment are no policy. (An assumption: the regimes that come with
# the program take a handful.)
MOST_STEPS = 1_000
_LONGEST = 300  # characters of a foreign error
# Whose lines do not show where a regime fails.
_NOT_OF_THE_REGIME = {"sim", "simpy", *sys.stdlib_module_names}
_NO_EVENT = "Invalid yield value"  # SimPy's own words
_MUST_WAIT = (
    "every turn of a loop must wait, as `yield from case.wait(1.0)` does while the case is open, "
    "and the loop must end with the case"
)
_NO_TIME = f"it lets no time pass: {_MUST_WAIT}"


def is_own(regime: type) -> bool:
    """Whether a regime comes with the program."""
    return str(getattr(regime, "__module__", "")).split(".")[0] == "sim"


# The building blocks whose work a regime of a later day may keep, by what each puts in place.
_BLOCKS = {
    "adviser": "adviser",
    "commissioner": "commissioner",
    "review": "review",
    "peer_team": "peer team",
    "take_over": "takeover",
}


@cache
def steps_of(regime: type) -> frozenset[str]:
    """The kinds of post that a regime has a step for: those that its attribute `steps` names, else
    those of the building blocks that its code names, in the functions of its module that it calls
    too."""
    named = getattr(regime, "steps", None)
    if named is not None and not callable(named):
        return frozenset(named)
    module = sys.modules.get(regime.__module__)
    ahead = [each for one in regime.__mro__ for each in vars(one).values()]
    done: set[int] = set()
    names: set[str] = set()
    while ahead:
        code = getattr(
            inspect.unwrap(one) if callable(one := ahead.pop()) else one, "__code__", one
        )
        if not isinstance(code, CodeType) or id(code) in done:
            continue
        done.add(id(code))
        names.update(code.co_names)
        ahead += code.co_consts
        called = [getattr(module, name, None) for name in code.co_names]
        ahead += [f for f in called if getattr(f, "__module__", None) == regime.__module__]
    return frozenset(kind for block, kind in _BLOCKS.items() if block in names)


def make_regime(regimes: Mapping[str, type], name: str, country: Country) -> Any:
    """An object of the regime of that name. Raises RegimeError where it cannot be made."""
    regime = regimes[name]
    if is_own(regime):
        return regime()
    try:
        return regime()
    except (Exception, SystemExit) as error:
        what = f"it cannot be made without arguments: {in_words(error)}"
        raise RegimeError(name, "", _today(country), what) from error


def watched(name: str, regime: Any, case: Any) -> Process:
    """The process of one spell; RegimeError takes the place of whatever goes wrong in it."""
    if is_own(type(regime)):
        process: Process = regime.respond(case)
        return process
    return _watch(name, regime, case)


def watched_over(name: str, regime: Any, department: Any) -> Process:
    """The process by which a regime oversees; RegimeError as `watched`."""
    if is_own(type(regime)):
        process: Process = regime.oversee(department)
        return process
    country = department.country
    return _passed_on(name, partial(regime.oversee, department), "oversee", "", country)


def refuse_waits(name: str, council: Council, country: Country) -> RegimeError:
    """The failure of a regime that goes on waiting, in no time, for a case that has ended."""
    return RegimeError(name, council.name, _today(country), _NO_TIME)


def _watch(name: str, regime: Any, case: Any) -> Process:
    respond = partial(regime.respond, case)
    return _passed_on(name, respond, "respond", case.council.name, case.country)


def _passed_on(
    name: str, begin: Callable[[], Any], method: str, council: str, country: Country
) -> Process:
    def failure(what: str) -> RegimeError:
        return RegimeError(name, council, _today(country), what)

    try:
        process = begin()
    except (Exception, SystemExit) as error:
        raise failure(in_words(error)) from error
    if not isinstance(process, Generator):
        if hasattr(process, "close"):
            process.close()  # a coroutine says otherwise that nobody awaited it
        kind = type(process).__name__
        raise failure(f"its `{method}` must be a generator (use `yield`), but gives a {kind}")
    answer: Any = None
    refusal: BaseException | None = None
    since, steps = country.env.now, 0
    while True:
        try:
            event = process.send(answer) if refusal is None else process.throw(refusal)
        except StopIteration:
            return
        except RegimeError:
            raise
        except (Exception, SystemExit) as raised:
            raise failure(in_words(raised)) from raised
        if isinstance(event, simpy.Timeout) and math.isnan(event._delay):
            raise failure("it waits for a time that is no number")
        if not isinstance(event, simpy.Event) or event.env is not country.env:
            raise failure(
                f"it yields {_shortened(repr(event))}, which is no event of its case: wait with "
                "`yield from case.wait(months)`"
            )
        steps += 1
        if steps > MOST_STEPS:
            if country.env.now - since < A_MOMENT:
                raise failure(_NO_TIME)
            since, steps = country.env.now, 0
        try:
            answer, refusal = (yield event), None
        except Exception as thrown:
            refusal = thrown
        except GeneratorExit:  # the rule has changed
            try:
                process.close()
            except RegimeError:
                raise
            except (Exception, SystemExit) as raised:
                raise failure(in_words(raised)) from raised
            raise


def blame(
    error: BaseException, country: Country, regimes: Mapping[str, type]
) -> RegimeError | None:
    """The regime's failure that an error outside any spell's own process comes from, or None
    where no regime of somebody else's making has to do with it."""
    modules = {regime.__module__: name for name, regime in regimes.items() if not is_own(regime)}
    if isinstance(error, RegimeError) or not modules:
        return error if isinstance(error, RegimeError) else None
    errors = list(_with_causes(error))
    frames = [frame for one in errors for frame, _ in traceback.walk_tb(one.__traceback__)]
    if isinstance(error, StandstillError):
        frames += _frames_to_come(country)
    council = next((name for frame in frames if (name := _council_in(frame))), "")
    guilty = [modules[name] for frame in frames if (name := _module_of(frame)) in modules]
    in_force = country.levers.text("regime.name")
    if not guilty and _NO_EVENT in str(error) and in_force in modules.values():
        guilty = [in_force]  # SimPy tells it without the frame of the culprit
    if not guilty:
        return None
    what = _NO_TIME if isinstance(error, StandstillError) else in_words(errors[-1])
    if isinstance(error, EndlessLoopError):
        what = f"{no_end(errors[-1])}: {_MUST_WAIT}"
    return RegimeError(guilty[-1], council, _today(country), what)


def no_end(error: BaseException) -> str:
    """That a turn of foreign code was ended, and where."""
    return f"it has worked for {MOST_SECONDS:g} seconds and comes to no end{_line_of(error)}"


def in_words(error: BaseException) -> str:
    """An error of foreign code: its kind, its text and its line."""
    try:
        text = str(error)
    except Exception:  # it may fail to say what it is
        text = ""
    words = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return _shortened(words) + _line_of(error)


def _line_of(error: BaseException) -> str:
    """The line of foreign code that an error comes from, or ""."""
    lines = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if _module_of(frame).split(".")[0] not in _NOT_OF_THE_REGIME
    ]
    return f" ({PurePath(lines[-1][0]).name}, line {lines[-1][1]})" if lines else ""


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it comes from, the root last. SimPy raises copies of the errors of a
    process, and where one cannot be copied another error, in the presence of the first."""
    one: BaseException | None = error
    while one is not None:
        yield one
        root = one.__cause__
        for frame, _ in traceback.walk_tb(one.__traceback__):
            failed = getattr(frame.f_locals.get("event"), "_value", None)
            if root is None and isinstance(failed, BaseException) and failed is not one:
                root = failed
        one = root


def _frames_to_come(country: Country) -> Iterator[FrameType]:
    """Where the processes stand that live next."""
    for *_, event in country.env._queue[:10]:
        for callback in event.callbacks or ():
            process = getattr(callback, "__self__", None)
            frame = getattr(getattr(process, "_generator", None), "gi_frame", None)
            if frame is not None:
                yield frame


def _module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _council_in(frame: FrameType) -> str:
    """The council of the case that a frame is about, or ""."""
    for value in frame.f_locals.values():
        council = getattr(value, "council", None)
        if isinstance(council, Council):
            return council.name
    return ""


def _today(country: Country) -> str:
    return date.fromordinal(country.today + int(country.env.now)).isoformat()


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."

"""Regimes that a caller hands over as classes, without packaging them: are they usable?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sim.inputs.files.problems import Problem, raise_if_any
from sim.model.institutions.regime_watch import in_words, is_own, no_end
from sim.model.processes import EndlessLoopError, LoopWatch
from sim.regimes import Regime, available
from sim.regimes.plug_in import OwnRegime, source_of
from sim.results.identity import changed_since_read

_AGAIN = "import it again (start Python or the notebook's kernel again), then run again"


def own_regimes(regimes: Mapping[str, type[Regime]] | None) -> tuple[OwnRegime, ...]:
    """The regimes of a call, checked. Raises InputError with everything that is wrong."""
    regimes = regimes or {}
    problems = []
    for name, regime in regimes.items():
        where = f"regimes, {name}"
        if name in available():
            problems.append(Problem(where, "is the name of an installed regime", "use another"))
        if not isinstance(regime, type) or not callable(getattr(regime, "respond", None)):
            what = "must be a class with a method respond(self, case)"
            problems.append(Problem(where, what, "docs/how-to/own-regime.md shows one"))
    raise_if_any(problems)
    return tuple(OwnRegime(name, regime, source_of(regime)) for name, regime in regimes.items())


def why_unusable(regime: type[Regime]) -> str:
    """What keeps a class from serving as a regime, or ""; it is tried by making one."""
    if is_own(regime):
        return ""
    try:
        with LoopWatch() as watch:
            watch.turn += 1
            made: object = regime()
            watch.turn += 1
    except EndlessLoopError as error:
        return f"cannot be made: {no_end(error)}"
    except (Exception, SystemExit) as error:  # foreign code may fail in any way
        return f"cannot be made without arguments: {in_words(error)}"
    return "" if callable(getattr(made, "respond", None)) else "has no method respond(self, case)"


def check_unchanged(regimes: Iterable[OwnRegime], code: tuple[str, ...]) -> None:
    """Raise InputError where files of the program or of regimes were edited after this process
    had loaded them: the run's name would be of other text than is run."""
    raise_if_any(
        Problem("the program", f"was changed after it was imported: {change[:300]}", _AGAIN)
        for change in changed_since_read(code)[:3]
    )
    raise_if_any(
        Problem(
            f"regime {one.name}",
            f"was changed after it was imported: {change[:300]}",
            _AGAIN,
        )
        for one in regimes
        for change in one.changed()[:3]
    )


def check_resumable(regimes: Iterable[OwnRegime]) -> None:
    """Raise InputError for regimes whose source text is not known."""
    raise_if_any(
        Problem(
            f"--resume, regime {one.name}",
            "the source text of this class cannot be read, so an earlier attempt may have had "
            "another",
            "write the class in a file and import it, or run without resume",
        )
        for one in regimes
        if one.source is None
    )

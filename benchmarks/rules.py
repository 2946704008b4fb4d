"""What rules of a scenario's file cost, as ratios within one run.

    python benchmarks/rules.py [rounds]

Eight countries and nine years from September 2015 in one process: without intervention, with four
rules that are read for every council and never act, with the regime `commissioner`, and with the
same written as rules. Each round runs them in turn, and the least processor time of each is
compared, since a machine may be busy. Last comes the share of a run that the desk itself takes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.engine import cost
from sim.inputs.councils.baseline import baseline
from sim.inputs.policy.rules import RULES, Rule
from sim.inputs.policy.scenario import load_scenario
from sim.model.settings import CountrySettings
from sim.regimes.rulebook.desk import Desk
from sim.runs.scenarios_of_run import choose_scenarios

COUNTRIES = 8
YEARS = 9.0
ROUNDS = 7
RULE = '[[rule]]\nname = "{}"\nwhen = {}\ndo = "{}"\n{}\nwhy = "w"\nsource = "s"\n'
# Of each kind of condition one that never holds: months, staff, caseloads, visits.
IDLE = (
    ("Late", '{ grade = "inadequate", months_inadequate = { at_least = 400 } }', "commissioner"),
    (
        "Short of staff",
        '{ grade = "requires improvement", any = [{ vacancy = { above = 0.99 } }, '
        "{ agency_share = { above = 0.99 } }] }",
        "partner",
    ),
    ("Overworked", '{ region = "North East", caseload = { above = 900 } }', "adviser"),
    (
        "Long unseen",
        '{ grade = ["good", "outstanding"], focused_visit = "priority action", '
        "months_since_judgement = { above = 900 } }",
        "adviser",
    ),
)
LEADS_ON = 'escalates = { to = "Commissioner", after_months = 0 }'
COMMISSIONER = (
    ("Notice", '{ grade = "inadequate" }', "notice", LEADS_ON),
    ("Commissioner", '"escalation"', "commissioner"),
)
# Where a desk is asked from outside.
ENTRIES = ("_read_all", "_catch_up", "inform", "take", "leave", "_finish", "_is_at_work")


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    plans = {
        "no intervention": planned("no_intervention"),
        "four idle rules": planned(RULES, rules_of(IDLE)),
        "commissioner": planned("commissioner"),
        "commissioner as rules": planned(RULES, rules_of(COMMISSIONER)),
    }
    england = baseline(plans["commissioner"][0].start)
    cost(england, plans["no intervention"])  # fills the caches, so that they are not timed
    seconds = {name: float("inf") for name in plans}
    desk = dict(seconds)
    for _ in range(rounds):
        for name, settings in plans.items():
            seconds[name] = min(seconds[name], cost(england, settings))
    for _ in range(rounds):
        for name, settings in plans.items():
            with desk_timed() as spent:
                cost(england, settings)
            desk[name] = min(desk[name], spent[0])
    nothing = seconds["no intervention"]
    for name, least in seconds.items():
        print(
            f"{name:22}{least:7.3f} s   {least / nothing:6.3f} of a run without intervention, "
            f"{desk[name] / nothing:6.2%} at the desk"
        )
    ratio = seconds["commissioner as rules"] / seconds["commissioner"]
    print(f"commissioner as rules, against the regime: {ratio:6.3f}")


def rules_of(rows: Sequence[tuple[str, ...]]) -> tuple[Rule, ...]:
    """The rules as a scenario's file gives them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.toml"
        tables = [RULE.format(*row, *[""] * (4 - len(row))) for row in rows]
        head = 'title = "Mine"\nextends = "no-intervention"\n'
        path.write_text("\n".join((head, *tables)), encoding="utf-8")
        return load_scenario(path).rules


def planned(regime: str, rules: tuple[Rule, ...] = ()) -> list[CountrySettings]:
    """The countries under a regime, or by rules."""
    scenario = choose_scenarios("no-intervention", (), years=YEARS)[0]
    return [
        replace(
            world,
            rules=rules,
            timeline=tuple((day, {**now, "regime.name": regime}) for day, now in world.timeline),
        )
        for world in scenario.worlds(range(1, COUNTRIES + 1))
    ]


@contextmanager
def desk_timed() -> Iterator[list[float]]:
    """Collects the seconds spent at desks."""
    spent = [0.0]
    inside = [False]

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if inside[0]:
                return function(*args)
            inside[0] = True
            began = time.process_time()
            result = function(*args)
            spent[0] += time.process_time() - began
            inside[0] = False
            return result

        return call

    with ExitStack() as stack:
        for name in ENTRIES:
            stack.enter_context(patch.object(Desk, name, timed(getattr(Desk, name))))
        yield spent


if __name__ == "__main__":
    main()

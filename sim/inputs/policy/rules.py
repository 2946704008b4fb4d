"""The rules of a scenario's file: when something is done about a council, what, and for how long.

Rules are data in the order in which they are read; nothing in them is evaluated or imported. What
they do when a scenario is run is in sim/regimes/rulebook/.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from sim.inputs.files.dates import FIRST_START, LAST_END
from sim.inputs.files.entries import (
    Entry,
    Number,
    Several,
    Text,
    checked_by,
    read_entry,
    refuse_if_any,
)
from sim.inputs.files.problems import Problem, did_you_mean
from sim.inputs.files.toml_file import TomlFile
from sim.inputs.policy.conditions import Conditions, known_keys

MOST_RULES = 200  # in one file
MOST_NAME = 80  # letters in the name of a rule
# The regime that acts by the rules of the scenario.
RULES = "rules"
# The lever by which the rules act beside another regime.
WITH_RULES = "regime.with_rules"
ESCALATION = "escalation"

Do = Literal[
    "notice",
    "adviser",
    "commissioner",
    "sponsor takeover",
    "trust company",
    "peer team",
    "partner",
    "programme money",
    "hand back",
    "stop",
]
Power = Literal["forbid cuts", "order posts", "replace director"]
PoolName = Literal[
    "commissioners",
    "project_teams",
    "peer_teams",
    "sponsors_strong_council",
    "sponsors_charity",
    "sponsors_expert",
]
Purpose = Literal["early help", "posts"]


class StepKind(NamedTuple):
    """What can be done: a sentence, the pools it draws on, the keys that only it takes.

    A step with `control` takes or directs control: only one of them is at work at a time. `lasts`
    where it goes on after it has begun.
    """

    meaning: str
    pools: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    control: bool = False
    lasts: bool = True


STEPS: Mapping[str, StepKind] = {
    "notice": StepKind("an improvement notice is served", keys=("threat",), lasts=False),
    "adviser": StepKind("an improvement adviser comes, about two days a month", keys=("months",)),
    "commissioner": StepKind(
        "a commissioner with power to direct is appointed",
        ("commissioners",),
        ("months", "powers"),
        control=True,
    ),
    "sponsor takeover": StepKind(
        "a strong council takes control, without a company",
        ("sponsors_strong_council",),
        ("review",),
        control=True,
    ),
    "trust company": StepKind(
        "a new company takes the service on",
        ("sponsors_strong_council", "sponsors_charity", "sponsors_expert", "project_teams"),
        ("review",),
        control=True,
    ),
    "peer team": StepKind(
        "a strong council lends a management team", ("peer_teams",), ("months",), control=True
    ),
    "partner": StepKind(
        "managers of a strong council help beside the council's own", ("peer_teams",), ("months",)
    ),
    "programme money": StepKind(
        "money of a national programme is paid", keys=("months", "gbp_per_child", "for")
    ),
    "hand back": StepKind("the council gets its service back", lasts=False),
    "stop": StepKind("helpers leave", keys=("stops",), lasts=False),
}
Stoppable = Literal[
    "adviser",
    "commissioner",
    "peer team",
    "partner",
    "programme money",
    "sponsor takeover",
    "trust company",
]
STOPPABLE: tuple[Stoppable, ...] = (
    *("adviser", "commissioner", "peer team", "partner", "programme money"),
    *("sponsor takeover", "trust company"),
)
_KEYS_OF_STEPS = tuple(dict.fromkeys(key for step in STEPS.values() for key in step.keys))
# Without these a step would not know what to do.
_NEEDED = {"programme money": ("gbp_per_child", "for")}


def _one_line(name: str, where: str) -> list[Problem]:
    if "\n" in name or "\t" in name:
        return [Problem(where, "must be one line without tabs")]
    if len(name) > MOST_NAME:
        return [Problem(where, f"is longer than {MOST_NAME} letters")]
    if name == ESCALATION:
        return [Problem(where, f"a rule cannot be called {ESCALATION!r}")]
    return []


def _in_the_years(day: date, where: str) -> list[Problem]:
    if FIRST_START <= day <= LAST_END:
        return []
    hint = f"rules may be dated {FIRST_START} to {LAST_END}"
    return [Problem(where, f"{day} is outside the years that can be run", hint)]


def _when(value: Any) -> Any:
    """A table of conditions, or the word for a rule that only another leads to."""
    if isinstance(value, str) and value != ESCALATION:
        hint = did_you_mean(value, [ESCALATION]) or 'write one such as { grade = "inadequate" }'
        what = f'must be a table of conditions or "{ESCALATION}", not {value!r}'
        refuse_if_any([Problem("", what, hint)])
    return None if value == ESCALATION else value


Day = Annotated[date, checked_by(_in_the_years)]


class Escalation(Entry):
    """What follows where a step has not worked."""

    to: Text = Field(description="The name of the rule that acts then")
    after_months: Annotated[Number, Field(ge=0, le=240)] = Field(
        description="Months after the step was at work (for a takeover: after the rule acted)"
    )
    unless: Conditions | None = Field(
        None, description="Nothing follows while this holds on that day"
    )

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, values: Any) -> Any:
        return known_keys(values, cls)


class Rule(Entry):
    """One rule: when, what is done, for how long, and what follows where it has not worked.

    `when` is None for a rule that acts only where another leads to it. `file` and `line` say where
    it was written.
    """

    name: Annotated[Text, checked_by(_one_line)] = Field(
        description="What the stories of councils call the rule; each name once in a file"
    )
    when: Annotated[
        Conditions | None,
        BeforeValidator(_when, json_schema_input_type=Conditions | Literal["escalation"]),
    ] = Field(
        description='Conditions that must all hold, or "escalation" for a rule that acts only '
        "where another leads to it"
    )
    do: Do = Field(description="The step that is taken")
    powers: Several[Power] | None = Field(
        None,
        description="Of a commissioner: what is ordered, for certain and nothing else; left out, "
        "what commissioners order is a matter of chance, as on record",
    )
    months: Annotated[Number, Field(ge=0.5, le=240)] | None = Field(
        None, description="Months after which the step ends; left out, it ends with the case"
    )
    delay_months: Annotated[Number, Field(ge=0, le=60)] = Field(
        0.0, description="Months from the day on which the rule acts until the step begins"
    )
    from_: Day | None = Field(
        None, validation_alias="from", description="The first day on which the rule may act"
    )
    until: Day | None = Field(None, description="The day from which it acts no more")
    pools: Several[PoolName] | None = Field(
        None, description="The pools that the step may draw on; left out, all that serve it"
    )
    review: bool = Field(
        True,
        description="Of a takeover: whether a direction and a commissioner's review come first",
    )
    threat: bool = Field(
        False, description="Of a notice: whether it says that the service may be taken away"
    )
    gbp_per_child: Annotated[Number, Field(gt=0, le=2000)] | None = Field(
        None, description="Of programme money: pounds a year for each child under 18"
    )
    for_: Purpose | None = Field(
        None, validation_alias="for", description="Of programme money: what it pays for"
    )
    stops: Several[Stoppable] = Field(
        STOPPABLE,
        description="Of stop: which steps end; a takeover ends only where it is not decided yet",
    )
    again_after_months: Annotated[Number, Field(ge=0, le=120)] | None = Field(
        None,
        description="Months after the end of its step from which the rule may act again in the "
        "same spell; left out, it acts once in a spell, or once between two full reports of a "
        "council that is not inadequate",
    )
    escalates: Escalation | None = Field(
        None, description="The rule that follows where the step has not worked"
    )
    why: Text = Field(description="The reason for the rule")
    source: Text = Field(description='Where it comes from, or "assumption: ..."')
    file: str = ""
    line: int = 0

    @model_validator(mode="after")
    def _is_sound(self) -> Rule:
        """Options belong to the step, and the dates leave a day."""
        refuse_if_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        step, fields = STEPS[self.do], Rule.model_fields
        given = {str(fields[key].validation_alias or key): None for key in self.model_fields_set}
        yield from misplaced({**given, "do": self.do})
        for pool in self.pools or ():
            if pool not in step.pools:
                serve = f"it draws on {', '.join(step.pools)}" if step.pools else "it needs none"
                yield Problem("pools", f'"{self.do}" does not draw on {pool}', serve)
        if self.pools == ():
            yield Problem("pools", "is an empty list", "leave it out for all that serve the step")
        if self.stops == ():
            yield Problem("stops", "is an empty list", "leave it out for all that can be stopped")
        if self.from_ is not None and self.until is not None and self.from_ >= self.until:
            yield Problem("until", f"{self.until} is not after {self.from_}, when the rule begins")
        if self.escalates is not None and self.escalates.to == self.name:
            hint = "write again_after_months for a rule that may act again"
            yield Problem("escalates", "a rule cannot lead to itself", hint)

    @property
    def place(self) -> str:
        """ "england-2024.toml, line 12"."""
        return f"{self.file}, line {self.line}" if self.file else ""

    @property
    def in_force(self) -> tuple[date, date]:
        """The first day on which it may act, and the day from which it acts no more."""
        return self.from_ or date.min, self.until or date.max

    def as_toml(self) -> dict[str, Any]:
        """The rule as data that TOML can hold and that reads back to the same rule."""
        table: dict[str, Any] = {
            "name": self.name,
            "when": ESCALATION if self.when is None else self.when.as_toml(),
            "do": self.do,
        }
        for key, field in Rule.model_fields.items():
            value = getattr(self, key)
            if key in (*table, "escalates", "why", "source", "file", "line"):
                continue
            if value != field.default:
                name = str(field.validation_alias or key)
                table[name] = list(value) if isinstance(value, tuple) else value
        if self.escalates is not None:
            table["escalates"] = {
                "to": self.escalates.to,
                "after_months": self.escalates.after_months,
            }
            if self.escalates.unless is not None:
                table["escalates"]["unless"] = self.escalates.unless.as_toml()
        return table | {"why": self.why, "source": self.source}

    @property
    def text(self) -> str:
        """The rule as a table of a TOML file."""
        lines = [f"{key} = {toml_value(value)}" for key, value in self.as_toml().items()]
        return "\n".join(["[[rule]]", *lines])


def toml_value(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):  # a JSON string is a TOML basic string
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return value.isoformat() if isinstance(value, date) else repr(value)


def read_rules(file: TomlFile, problems: list[Problem]) -> tuple[Rule, ...]:
    """The rules of a file in their order; what is wrong is added to `problems`."""
    tables = file.tables("rule")
    if len(tables) > MOST_RULES:
        what = f"has {len(tables):,} rules, more than {MOST_RULES:,}"
        problems.append(Problem(file.where(), what))
        return ()
    rules: list[Rule] = []
    names: dict[str, int] = {}
    for index, table in tables:  # a rule that is wrong has its name all the same
        if isinstance(name := table.get("name"), str):
            names.setdefault(name, index)
    for index, table in tables:
        at = file.at("rule", index)
        rule = read_entry(
            Rule,
            table,
            at,
            problems,
            owner="this rule",
            file=file.path.name,
            line=file.line("rule", index),
        )
        if rule is not None:
            rules.append(rule)
        elif table.get("do") in STEPS:
            problems += _in_place(misplaced(table), at)
        problems += _in_place(_wrong_names(table, index, names, file), at)
    return tuple(rules)


def misplaced(table: Mapping[str, Any]) -> Iterator[Problem]:
    """Options of a rule, as a table of a file, that are not those of its step."""
    do = table["do"]
    step = STEPS[do]
    for key in _KEYS_OF_STEPS:
        if key in table and key not in step.keys:
            owners = " and ".join(f'"{name}"' for name, one in STEPS.items() if key in one.keys)
            yield Problem(key, f'"{do}" takes no {key!r}', f"it is an option of {owners}")
    for key in _NEEDED.get(do, ()):
        if key not in table:
            yield Problem("do", f'"{do}" needs {key!r}')


def _wrong_names(
    table: Mapping[str, Any], index: int, names: Mapping[str, int], file: TomlFile
) -> Iterator[Problem]:
    """A name that another rule has, or an escalation to a rule that the file does not have."""
    name, escalates = table.get("name"), table.get("escalates")
    if isinstance(name, str) and names[name] != index:
        line = file.line("rule", names[name])
        yield Problem("name", f"the rule of line {line} has this name too", "give each its own")
    to = escalates.get("to") if isinstance(escalates, dict) else None
    if isinstance(to, str) and to.strip() and to not in names:
        hint = did_you_mean(to, names) or "it is the name of another rule of the file"
        yield Problem("escalates", f"there is no rule {to!r}", hint)


def _in_place(problems: Iterable[Problem], at: Callable[..., str]) -> Iterator[Problem]:
    """Problems of keys of a table, with the place of each in the file."""
    return (Problem(at(one.where), one.what, one.hint) for one in problems)

"""The rules of a scenario's file as plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sim.inputs.policy.conditions import Bounds, Conditions
from sim.inputs.policy.rules import STEPS, STOPPABLE, Rule
from sim.report.words.prose import listed

_JUDGED = {
    "protection": "help and protection",
    "care": "care of children looked after",
    "leadership": "leadership",
}
# Regions that are spoken of without an article.
_NO_ARTICLE = {
    "London",
    "Inner London",
    "Outer London",
    "Yorkshire and The Humber",
    "East of England",
}
# What is at work, and what is not.
_AT_WORK = {
    "notice": ("an improvement notice is in force", "no improvement notice is in force"),
    "adviser": ("an adviser is at work", "no adviser is at work"),
    "commissioner": ("a commissioner is in post", "no commissioner is in post"),
    "sponsor takeover": ("a strong council has control", "no other council has control"),
    "trust company": ("a trust company runs the service", "no trust company runs the service"),
    "peer team": ("a peer team is at work", "no peer team is at work"),
    "partner": ("a partner council is at work", "no partner council is at work"),
    "programme money": ("programme money is paid", "no programme money is paid"),
}
_POWERS = {
    "forbid cuts": "forbids cuts",
    "order posts": "orders posts",
    "replace director": "replaces the director",
}
_LEAVE = {
    "adviser": "the adviser",
    "commissioner": "the commissioner",
    "peer team": "the peer team",
    "partner": "the partner council",
    "programme money": "programme money",
    "sponsor takeover": "a takeover by a strong council that is not decided yet",
    "trust company": "a move to a trust company that is not decided yet",
}
_POOLS = {
    "commissioners": "commissioners",
    "project_teams": "project teams",
    "peer_teams": "peer teams",
    "sponsors_strong_council": "strong councils",
    "sponsors_charity": "charities",
    "sponsors_expert": "experts",
}
_OPPOSITE = {"above": "at_most", "at_most": "above", "below": "at_least", "at_least": "below"}
_THAN = {"above": "more than", "below": "less than", "at_least": "at least", "at_most": "at most"}


def rules_in_words(rules: Sequence[Rule]) -> list[str]:
    """Each rule as one paragraph, in the order in which they are read."""
    led_from: dict[str, list[str]] = {}
    for rule in rules:
        if rule.escalates is not None:
            led_from.setdefault(rule.escalates.to, []).append(rule.name)
    return [rule_in_words(rule, led_from.get(rule.name, ())) for rule in rules]


def rule_in_words(rule: Rule, led_from: Iterable[str] = ()) -> str:
    """A rule as a paragraph: its name, when it acts, what is done, and what follows.

    `led_from` names the rules that lead to it.
    """
    condition = "" if rule.when is None else f"where {conditions_in_words(rule.when)}"
    from_others = listed([f"“{name}”" for name in led_from], "or")
    if rule.when is None:
        condition = f"only where {from_others or 'another rule'} has led to it"
    parts = [part for part in (_dates(rule), condition, _delay(rule)) if part]
    sentences = [f"{rule.name}: {', '.join(parts)}, {step_in_words(rule)}."]
    if rule.again_after_months is not None:
        sentences.append(
            "It may act on a council again in the same spell "
            + (
                "as soon as its step has ended."
                if rule.again_after_months == 0
                else f"{_months(rule.again_after_months)} after its step has ended."
            )
        )
    if rule.escalates is not None:
        unless = rule.escalates.unless
        but = f", unless {conditions_in_words(unless)}" if unless is not None else ""
        sentences.append(
            f"If that has not worked {_months(rule.escalates.after_months)} later{but}, "
            f"“{rule.escalates.to}” follows."
        )
    return " ".join(sentences)


def step_in_words(rule: Rule) -> str:
    """What a rule does, for how long and with whom."""
    text = STEPS[rule.do].meaning
    if rule.do == "notice" and rule.threat:
        text += " that says that the service may be taken away"
    if rule.do == "commissioner" and rule.powers is not None:
        orders = listed([_POWERS[power] for power in rule.powers])
        text += f", who {orders}" if orders else ", who orders nothing"
    if "review" in STEPS[rule.do].keys:
        text += (
            ", after a commissioner's review" if rule.review else ", at once and without a review"
        )
    if rule.do == "programme money" and rule.gbp_per_child is not None:
        money = f"GBP {rule.gbp_per_child:,g} a year for each child under 18"
        text = f"{money} is paid, for {rule.for_}"
    if rule.do == "stop" and {*rule.stops} != {*STOPPABLE}:
        text = f"these end: {listed([_LEAVE[step] for step in rule.stops])}"
    if rule.pools is not None:
        text += f", drawn only from {listed([_POOLS[pool] for pool in rule.pools])}"
    if rule.months is not None:
        text += f", for {_months(rule.months)}"
    return text


def conditions_in_words(table: Conditions) -> str:
    """A table of conditions in words, without the "where" before them."""
    return _text(_tree(table, holds=True))


@dataclass(frozen=True)
class _Parts:
    """Conditions of which all must hold, or `one`."""

    of: tuple[_Tree, ...]
    one: bool


_Tree = _Parts | str


def _tree(table: Conditions, *, holds: bool) -> _Tree:
    """A table as words that combine; where not `holds`, that it does not hold."""
    parts: list[_Tree] = [_fact(name, wanted, holds) for name, wanted in table.facts()]
    if table.any_:
        parts.append(_combined([_tree(one, holds=holds) for one in table.any_], one=holds))
    parts += [_tree(one, holds=holds) for one in table.all_]
    if table.not_ is not None:
        parts.append(_tree(table.not_, holds=not holds))
    return _combined(parts, one=not holds)


def _combined(parts: Iterable[_Tree], *, one: bool) -> _Tree:
    flat: list[_Tree] = []
    for part in parts:
        flat += part.of if isinstance(part, _Parts) and part.one == one else [part]
    # What has a choice in it comes last, where it needs no brackets.
    flat.sort(key=lambda part: isinstance(part, _Parts))
    return flat[0] if len(flat) == 1 else _Parts(tuple(flat), one)


def _text(tree: _Tree) -> str:
    if isinstance(tree, str):
        return tree
    inner = [part for part in tree.of if isinstance(part, _Parts)]
    if tree.one:
        return (
            f"either {listed([f'({_text(p)})' if p in inner else _text(p) for p in tree.of], 'or')}"
        )
    plain = [_text(part) for part in tree.of if part not in inner]
    if len(inner) == 1:
        return f"{', '.join(plain)} and {_text(inner[0])}"
    return listed([*plain, *(f"({_text(part)})" for part in inner)])


def _fact(name: str, wanted: tuple[str, ...] | Bounds | bool, holds: bool) -> _Tree:
    if isinstance(wanted, Bounds):
        return _number(name, wanted, holds)
    if isinstance(wanted, bool):
        return (
            "the council has failed repeatedly"
            if wanted == holds
            else "the council has not failed repeatedly"
        )
    if name in ("in_place", "has_had"):
        return _combined([_help(name, word, holds) for word in wanted], one=holds)
    return _word(name, wanted, holds)


def _word(name: str, wanted: Sequence[str], holds: bool) -> str:
    is_ = "is" if holds else "is not"
    if name == "grade":
        return _grade(wanted, holds)
    if name in _JUDGED:
        what = _JUDGED[name]
        known = [word for word in wanted if word != "not known"]
        if not known:
            return f"there is {'no' if holds else 'a'} judgement on {what}"
        text = f"{what} {is_} judged {listed(known, 'or')}"
        if len(known) == len(wanted):
            return text
        return f"{text}, or not at all" if holds else f"{text}, but known"
    if name == "region":
        places = listed([p if p in _NO_ARTICLE else f"the {p}" for p in wanted], "or")
        return f"the council lies {'in' if holds else 'outside'} {places}"
    if name == "kind":
        return f"the council {is_} {listed([f'a {word}' for word in wanted], 'or')}"
    visits = {
        "priority action": "the last focused visit asked for priority action",
        "no priority action": "the last focused visit asked for no priority action",
        "none": "there has been no focused visit since the last full report",
    }
    text = listed([visits[word] for word in wanted], "or")
    return text if holds else f"it is not so that {text}"


def _grade(wanted: Sequence[str], holds: bool) -> str:
    if tuple(wanted) == ("none",):
        return "nobody has graded the council yet" if holds else "the council has a grade"
    needs = {"requires improvement": "to require improvement"}
    words = listed([needs.get(word, word) for word in wanted if word != "none"], "or")
    text = f"the council is {'' if holds else 'not '}judged {words}"
    if "none" in wanted:
        return f"{text}, or has no grade yet" if holds else f"{text}, and has a grade"
    return text


def _help(name: str, word: str, holds: bool) -> str:
    if name == "in_place":
        return _AT_WORK[word][0 if holds else 1]
    article = "an" if word == "adviser" else "a"
    thing = "programme money" if word == "programme money" else f"{article} {word}"
    if holds:
        return f"the council has had {thing} in this spell"
    return f"the council has had no {word} in this spell"


def _number(name: str, wanted: Bounds, holds: bool) -> str:
    bounds = [(key, value) for key, value in wanted.model_dump(exclude_none=True).items()]
    if not holds:
        bounds = [(_OPPOSITE[key], value) for key, value in bounds]
    if name == "monitoring_trend" and len(bounds) == 1 and bounds[0][1] == 0:
        rise = {
            "above": "rise",
            "below": "fall",
            "at_least": "do not fall",
            "at_most": "do not rise",
        }
        return f"monitoring readings {rise[bounds[0][0]]}"
    say = _NUMBERS[name]
    between = " and " if holds else " or "
    return say(between.join(f"{_THAN[key]} {_figure(name, value)}" for key, value in bounds))


def _figure(name: str, value: float) -> str:
    if name.startswith("months"):
        return _months(value)
    if name in ("agency_share", "vacancy", "spending_cut", "deprivation"):
        return f"{100 * value:g} %"
    return f"{value:g}"


_NUMBERS: Mapping[str, Callable[[str], str]] = {
    "months_since_judgement": lambda x: f"{x} have gone by since the judgement",
    "months_inadequate": lambda x: f"the council has been judged inadequate for {x}",
    "monitoring_reading": lambda x: f"the last monitoring visit read practice at {x}",
    "monitoring_trend": lambda x: f"monitoring readings rise by {x} grade steps a year",
    "agency_share": lambda x: f"{x} of its social workers are agency workers",
    "vacancy": lambda x: f"{x} of its posts are vacant",
    "caseload": lambda x: f"its social workers hold {x} cases each",
    "spending_cut": lambda x: f"its early help is planned {x} lower than a year before",
    "deprivation": lambda x: f"{x} of its children live in income-deprived families",
}


def _months(value: float) -> str:
    return "1 month" if value == 1 else f"{value:g} months"


def _delay(rule: Rule) -> str:
    return f"{_months(rule.delay_months)} later" if rule.delay_months else ""


def _dates(rule: Rule) -> str:
    parts = []
    if rule.from_ is not None:
        parts.append(f"from {day_in_words(rule.from_)}")
    if rule.until is not None:
        parts.append(f"before {day_in_words(rule.until)}")
    return " and ".join(parts)


def day_in_words(day: date) -> str:
    """1 September 2024."""
    return f"{day.day} {day:%B %Y}"

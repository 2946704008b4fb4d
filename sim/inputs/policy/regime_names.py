"""The names that a scenario may give a regime, and what each regime of the program does.

The classes are in sim/regimes; here are their names and words, for files that are read and checked
without loading the model. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from sim.inputs.files.problems import Problem, did_you_mean
from sim.inputs.policy.levers import Value
from sim.inputs.policy.rules import RULES

# Under this name a package says which regimes it adds.
ENTRY_POINTS = "sim.regimes"

# A sentence for a list, then what else there is to know; {} are levers, in words.
BUILT_IN_REGIMES: Mapping[str, tuple[str, str]] = {
    "ad_hoc": (
        "Case by case, as before December 2015.",
        "Every council judged inadequate gets a notice and an adviser. For about half of them that "
        "is all. The others wait an uncertain time for a review by a commissioner; then some go to "
        "a trust{new_trusts}, some are lent the managers of another council, and the rest get a "
        "commissioner with power to direct.",
    ),
    "as_practised": (
        "What the department did from 2013 to August 2024.",
        "A notice and an adviser; or, for nearly all councils whose key judgements are all "
        "inadequate or that fail repeatedly, a review by a commissioner, to which others come when "
        "two six-monthly reviews in a row find too little progress. After the review some go to a "
        "trust, seldom since 2018{new_trusts}, some to a partner council; the rest keep their "
        "service, with a commissioner for a term. What was decided before the first day stands.",
    ),
    "commissioner": (
        "A notice, then a commissioner with power to direct.",
        "The commissioner stays until the council is judged inadequate no longer, and some months "
        "more. Nobody takes the service over.",
    ),
    "no_intervention": (
        "Nothing beyond what is in place on the first day.",
        "A council judged inadequate is left to recover by itself: Ofsted still visits and "
        "inspects it, and trusts, commissioners and partners that are there go on.",
    ),
    "peer_support": (
        "A notice, then the management team of a council that does the job well.",
        "Where the team has to leave before the council is judged inadequate no longer, another "
        "is lent. Nobody takes the service over.",
    ),
    "takeover": (
        "Improve within a period of grace or be taken over.",
        "A council judged inadequate gets a notice, an adviser and {grace_months} months to "
        "improve. If it shows too little progress by then, a commissioner reviews it and its "
        "service is taken over{prefers}; if it passes, it is tested again each time as many months "
        "later. "
        "{persistent}{paused}",
    ),
}


def regime_words(name: str, levers: Mapping[str, Value]) -> str:
    """What a regime of the program does under these levers, as a paragraph; "" for any other."""
    if name not in BUILT_IN_REGIMES:
        return ""
    first, rest = BUILT_IN_REGIMES[name]
    allowed = levers["regime.new_trusts_allowed"]
    prefers = {
        "strong council": ", by a strong council if one is free, else by a charity or an expert "
        "through a new company",
        "new company": ", by a new company under any sponsor",
        "whoever is free": ", by whichever sponsor is free",
    }
    years = f"{levers['regime.persistent_window_years']:g}"
    rest = rest.format(
        grace_months=f"{levers['regime.grace_months']:g}",
        prefers=prefers.get(str(levers["regime.takeover_prefers"]), ""),
        persistent=f"One judged inadequate before in the last {years} years gets no time: the "
        "review begins at once."
        if levers["regime.persistent_immediate"]
        else "One that has failed before gets as long as any other.",
        new_trusts="" if allowed else " (none while new takeovers are stopped)",
        paused=""
        if allowed
        else " While new takeovers are stopped a commissioner directs instead, a year at a time.",
    )
    return f"{first} {rest}"


def known_regimes() -> tuple[str, ...]:
    """Every name that a scenario may give: of the program and of installed packages.

    Nothing of those packages is imported.
    """
    added = {entry.name for entry in entry_points(group=ENTRY_POINTS)}
    return tuple(sorted({*BUILT_IN_REGIMES, RULES, *added}))


def check_regime_name(name: str, where: str) -> list[Problem]:
    """What is wrong with the name of a regime."""
    known = known_regimes()
    if name in known:
        return []
    hint = did_you_mean(name, known) or (
        f"the regimes are {', '.join(known)}; one that is handed over in Python cannot be seen here"
    )
    return [Problem(where, f"unknown regime {name!r}", hint)]

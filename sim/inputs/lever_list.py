"""The levers there are: one entry each. What is done with them is in levers.py.

A default is the state of England around the start of 2016, with its source or the word
"assumption"; the ids are those of the claims register and the evidence tables.
"""

from __future__ import annotations

from dataclasses import dataclass

Value = bool | int | float | str

MECHANISMS: tuple[str, ...] = (
    "demand",
    "casework",
    "workforce",
    "money",
    "practice",
    "director",
    "ofsted",
    "department",
    "trust",
)


@dataclass(frozen=True)
class Lever:
    """One choice open to government.

    `low` and `high` bound a number (both ends allowed); `choices` lists the texts allowed,
    or is empty where any identifier will do. `moves` names the mechanisms the lever may
    change directly; everything else may change only as a consequence.
    """

    name: str
    type: type[bool] | type[int] | type[float] | type[str]
    default: Value
    unit: str
    meaning: str
    moves: tuple[str, ...]
    source: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def expects(self) -> str:
        """What a value must look like, in words."""
        if self.type is bool:
            return "true or false"
        if self.type is str:
            return " or ".join(self.choices) if self.choices else "a name such as no_intervention"
        word = "a whole number" if self.type is int else "a number"
        return f"{word} from {self.low:g} to {self.high:g} ({self.unit})"


_RESPONSE = ("department",)
_REGULATOR = ("ofsted",)
ALL_LEVERS: tuple[Lever, ...] = (
    Lever(
        "regime.name",
        str,
        "no_intervention",
        "name",
        "What government does about a council judged inadequate: the name of a regime",
        ("department", "trust"),
        "neutral default: each scenario names its own",
    ),
    Lever(
        "regime.grace_months",
        float,
        6.0,
        "months",
        "Time a failing council has to show improvement before it is taken over",
        _RESPONSE,
        "claim 1",
        0,
        36,
    ),
    Lever(
        "regime.persistent_immediate",
        bool,
        True,
        "yes or no",
        "Whether a council with a record of failure is taken over with no grace period",
        _RESPONSE,
        "claim 2; evidence B2; evidence B27 (a presumption, not automatic)",
    ),
    Lever(
        "regime.persistent_window_years",
        float,
        5.0,
        "years",
        "How far back an earlier inadequate judgement counts as a record of failure",
        _RESPONSE,
        "evidence B2",
        0,
        20,
    ),
    Lever(
        "pool.commissioners",
        int,
        6,
        "people",
        "Commissioners the department can have at work at one time",
        _RESPONSE,
        "evidence B3 (5 appointed January 2015 to April 2016); the sixth is an assumption",
        0,
        50,
    ),
    Lever(
        "pool.sponsors_strong_council",
        int,
        6,
        "sponsors",
        "Strong councils or groups of councils that can each sponsor one takeover at a time",
        _RESPONSE,
        "claim 10",
        0,
        50,
    ),
    Lever(
        "pool.sponsors_charity",
        int,
        1,
        "sponsors",
        "Charities that can each sponsor one takeover at a time",
        _RESPONSE,
        "claims 3, 78, 79; evidence B18 (few came forward); the number is an assumption",
        0,
        50,
    ),
    Lever(
        "pool.sponsors_expert",
        int,
        2,
        "sponsors",
        "Child-protection experts who can each lead one takeover at a time",
        _RESPONSE,
        "claims 3, 13; the number is an assumption",
        0,
        50,
    ),
    Lever(
        "pool.trust_project_teams",
        int,
        3,
        "teams",
        "Teams that can set up a new trust, one trust each at a time",
        ("department", "trust"),
        "assumption: about three trusts were in set-up at a time in 2016 to 2018 (evidence B7)",
        0,
        50,
    ),
    Lever(
        "pool.peer_teams",
        int,
        8,
        "teams",
        "Management teams that councils doing well can lend at one time",
        _RESPONSE,
        "evidence B21 (8 partner councils funded)",
        0,
        152,
    ),
    Lever(
        "ofsted.inspector_posts",
        int,
        40,
        "posts",
        "Funded posts for inspectors of councils' children's services",
        _REGULATOR,
        "assumption within evidence A19 (stock of 35 to 75, a proxy); evidence A5, A21",
        0,
        1000,
    ),
    Lever(
        "ofsted.framework",
        str,
        "SIF",
        "name",
        "Inspection framework in force: single inspection framework, or its successor",
        _REGULATOR,
        "evidence A1, A12",
        choices=("SIF", "ILACS"),
    ),
    Lever(
        "ofsted.inspections_paused",
        bool,
        False,
        "yes or no",
        "Whether new inspections and visits are held back",
        _REGULATOR,
        "evidence A15",
    ),
    Lever(
        "ofsted.monitoring_visits",
        bool,
        True,
        "yes or no",
        "Whether inadequate councils get monitoring visits about once a quarter",
        _REGULATOR,
        "evidence A17",
    ),
    Lever(
        "ofsted.emergency_inspections",
        bool,
        False,
        "yes or no",
        "Whether ministers can call an inspection when a warning sign appears",
        _REGULATOR,
        "claims 7, 8; evidence A25",
    ),
    Lever(
        "money.settlement_shift",
        float,
        0.0,
        "share a year",
        "Added to each year's growth of every council's funding (0.01 is one point more)",
        ("money",),
        "neutral default; claims 92, 98",
        -0.2,
        0.2,
    ),
    Lever(
        "money.early_help_shift",
        float,
        0.0,
        "share",
        "Early-help spending raised (or cut) by this share of what it would have been",
        ("money",),
        "neutral default; claims 90, 93",
        -1,
        2,
    ),
    Lever(
        "workforce.fast_track_places",
        int,
        300,
        "places a year",
        "Trainees who finish a fast-track scheme and enter the national supply each year",
        ("workforce",),
        "claim 124; evidence D15",
        0,
        5000,
    ),
)

"""What a lever is: one choice open to government."""

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

"""The parts of a briefing that no number changes, from fixed_words.toml."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

_PATH = files("sim.report") / "templates" / "fixed_words.toml"
WORDS: dict[str, Any] = tomllib.loads(_PATH.read_text(encoding="utf-8"))


def beliefs_words(beliefs: str) -> tuple[str, ...]:
    """What is not known, said first; it depends on what the run assumed about the world."""
    texts = WORDS["uncertainty"]
    words = str(texts.get(beliefs, texts["other"]))
    return (words.format(beliefs=beliefs), WORDS["no_proof"])

"""Where the seeds and the scenarios lie: in a source checkout or in an installed package."""

from __future__ import annotations

from pathlib import Path

# How a scenario of the program is named for certain, whatever files lie about.
BUILT_IN = "built-in:"
PACKAGE = Path(__file__).resolve().parents[2]


def _place(name: str) -> Path:
    """The folder `name` next to the package (checkout) or in its `_data` (installed).

    A checkout is known by its pyproject.toml, so that an unrelated folder of the same name
    next to an installed package is never picked up.
    """
    checkout = PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    return PACKAGE / "_data" / name


def seeds_dir() -> Path:
    """The folder of seed tables and the ledger."""
    return _place("seeds")


def scenarios_dir() -> Path:
    """The folder of the scenarios that come with the program."""
    return _place("scenarios")

"""The lowest versions that pyproject.toml allows, as constraints for pip.

    python -m tests.helpers.lowest_versions > lowest.txt

Of the libraries that the program needs and of its extras; what only tests and checks need is left
to be the newest.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
NOT_OF_THE_PROGRAM = ("test", "dev", "bench")
_LOWEST = re.compile(r"^([\w.-]+)\s*>=\s*([\w.]+)")


def lowest_versions() -> dict[str, str]:
    """The lowest version of each library by its name."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"]]
    needed += [one for name in extras if name not in NOT_OF_THE_PROGRAM for one in extras[name]]
    found = (_LOWEST.match(one) for one in needed)
    return {match[1]: match[2] for match in found if match is not None}


def main() -> None:
    """Print a line of constraints for each library."""
    for name, version in lowest_versions().items():
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()

"""What is wrong with the user's input, reported all at once.

Everything a user can get wrong (a file, a name, a value, a date) becomes a `Problem`, and
all problems are raised together in one `InputError`. The command line prints it and
exits with code 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# No message is longer, whatever stands in a file or on the command line.
MOST_LETTERS = 2_000
_OF_A_PLACE, _OF_A_PROBLEM = 300, 1_900


@dataclass(frozen=True)
class Problem:
    """One thing wrong: where it is ("file, line 3, key"), what it is, what to try."""

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        where = clipped(self.where, _OF_A_PLACE)
        text = clipped(f"{where}: {self.what}" if where else self.what, _OF_A_PROBLEM // 2)
        return clipped(f"{text}\n    {self.hint}" if self.hint else text, _OF_A_PROBLEM)


class InputError(Exception):
    """The input cannot be used. `problems` gives every reason once, in reading order."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        listed = (problems,) if isinstance(problems, Problem) else problems
        # Scenarios that are compared may extend one file: what is wrong with it is said once.
        self.problems = tuple(dict.fromkeys(listed))
        if not self.problems:
            raise ValueError("an InputError needs at least one problem")
        # The problems are the only argument, so that the error survives pickling.
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        if count == 1:
            return str(self.problems[0])
        text = f"{count} problems:"
        for number, problem in enumerate(self.problems):
            line, rest = f"\n{problem}", f"\nand {count - number} more"
            # What is left out is counted, and that must fit too.
            if len(text) + len(line) + len(rest) > MOST_LETTERS:
                return text + rest if number else clipped(text + line, MOST_LETTERS)
            text += line
        return text


def clipped(text: str, most: int = MOST_LETTERS) -> str:
    """The text, or its beginning with the number of letters left out, at most `most` letters."""
    if len(text) <= most:
        return text
    length = most - 40
    return f"{text[:length]}... ({len(text) - length:,} more letters)"


def raise_if_any(problems: Iterable[Problem]) -> None:
    """Raise InputError when there is at least one problem."""
    listed = tuple(problems)
    if listed:
        raise InputError(listed)


@contextmanager
def collecting(problems: list[Problem]) -> Iterator[None]:
    """Add the problems of an InputError to a list instead of stopping at the first."""
    try:
        yield
    except InputError as error:
        problems.extend(error.problems)


def nearest(name: str, options: Iterable[str], n: int = 3) -> list[str]:
    """At most `n` of the options that look most like `name`, best first.

    Where one is much the nearest it stands alone: a typo needs one answer, not three.
    """
    if len(name) > _OF_A_PLACE:  # nothing is near it, and looking takes long
        return []
    near = difflib.get_close_matches(name, list(options), n=n, cutoff=0.6)
    likeness = [difflib.SequenceMatcher(None, other, name).ratio() for other in near]
    return [other for other, like in zip(near, likeness, strict=True) if like > likeness[0] - 0.15]


def did_you_mean(name: str, options: Iterable[str], n: int = 3) -> str:
    """A hint that names the nearest options, or "" where none is near."""
    near = nearest(name, options, n)
    return f"did you mean {' or '.join(near)}?" if near else ""

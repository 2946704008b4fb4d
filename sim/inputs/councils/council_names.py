"""Find a council by any name or code that people use for it, old or new, as of a date.

Councils come and go: which ones there ever were, when, and who followed whom stands in the seed
tables `councils`, `ons_codes` and `successors`.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, nearest


@dataclass(frozen=True)
class CouncilName:
    """A council: its DfE number, latest ONS code and name."""

    dfe_code: int
    ons_code: str
    name: str


# Codes of the Office for National Statistics that are not in the seed tables: those that stood
# before 2013, and those of two councils whose common boundary moved in 2025.
_OTHER_ONS_CODES = {
    "E06000048": 929,  # Northumberland
    "E08000020": 390,  # Gateshead
    "E08000038": 370,  # Barnsley
    "E08000039": 373,  # Sheffield
}

# Short forms that no rule below finds.
_SHORT_FORMS = {
    "b and nes": 800,
    "banes": 800,
    "bcp": 839,
    "city": 201,
    "corporation of london": 201,
    "cwac": 896,
    "hull": 810,
    "iow": 921,
    "lbbd": 301,
    "lbhf": 205,
    "rbkc": 207,
    "rbwm": 868,
    "scilly": 420,
    "scilly isles": 420,
    "square mile": 201,
    "the wirral": 344,
}

# Words that say what kind of council it is, not which.
_KIND_WORDS = frozenset(
    {
        *("authority", "borough", "cc", "city", "council", "county", "district", "lb", "london"),
        *("mbc", "mdc", "metropolitan", "of", "rb", "royal", "services", "the", "ua", "unitary"),
        "childrens",
    }
)


def find_council(
    text: str, *, on: date, folder: Path | None = None, where: str = "--council"
) -> CouncilName:
    """The council that `text` names, of those that stood on a day.

    It may be a name, old or new, with or without words such as "City Council"; the start of
    a name that only one council has; or a DfE or ONS code, old or new. Case, accents and
    punctuation do not matter. A council made later is read as the one it followed. `folder`
    holds the seed tables (the project's by default). Raises InputError where that is no council
    (with the nearest names), more than one, or one that had ended by then (with what it became).
    """
    book = _book(folder or seeds_dir())
    codes = _known(book, text, where)
    standing = [code for code in codes if book.stood(code, on)]
    if not standing:
        standing = book.standing_in(codes, on)
    if len(standing) == 1:
        return book.councils[standing[0]]
    if len(codes) == 1:
        raise InputError(Problem(where, *book.what_became_of(codes[0], on)))
    names = _either(book.councils[code].name for code in standing or codes)
    raise InputError(Problem(where, f"{text!r} may mean several councils", f"say {names}"))


def check_known(text: str, folder: Path | None = None, where: str = "--council") -> None:
    """Raise InputError where no council of any date has such a name or code."""
    _known(_book(folder or seeds_dir()), text, where)


def _known(book: _Book, text: str, where: str) -> tuple[int, ...]:
    """The DfE numbers of the councils that the text may mean, at any date."""
    codes = book.find(text)
    if codes:
        return codes
    near = book.nearest(text)
    hint = f"did you mean {' or '.join(near)}?" if near else "give its name, DfE or ONS code"
    raise InputError(Problem(where, f"unknown council {text!r}", hint))


class _Change(NamedTuple):
    """One council following another: their DfE numbers and the day."""

    before: int
    after: int
    on: date


@dataclass(frozen=True)
class _Book:
    """Every council by DfE number, and the numbers that each code and plain name stands for.

    `first` and `last` are the days between which each stood; without `last` it still does.
    """

    councils: dict[int, CouncilName]
    first: dict[int, date]
    last: dict[int, date]
    changes: tuple[_Change, ...]
    codes: dict[str, tuple[int, ...]]
    names: dict[str, tuple[int, ...]]
    cores: dict[str, tuple[int, ...]]

    def stood(self, code: int, on: date) -> bool:
        """Whether a council stood on a day."""
        return self.first[code] <= on <= self.last.get(code, on)

    def standing_in(self, codes: Iterable[int], on: date) -> list[int]:
        """The councils of the day that councils made later were to follow."""
        return [
            change.before
            for change in self.changes
            if change.after in codes and on < change.on and self.stood(change.before, on)
        ]

    def what_became_of(self, code: int, on: date) -> tuple[str, str]:
        """What to say of a council that did not stand on a day: where it came from or went to,
        and what to ask for instead."""
        name = self.councils[code].name
        later = on < self.first[code]
        changes = [one for one in self.changes if code == (one.after if later else one.before)]
        others = sorted(self.councils[one.before if later else one.after].name for one in changes)
        day = f"{changes[0].on.day} {changes[0].on:%B %Y}"
        what = f"{name} replaced" if later else f"{name} was replaced by"
        hint = "say one of them" if len(others) > 1 else f"say {others[0]}"
        return f"{what} {_listed(others)} on {day}", hint

    def find(self, text: str) -> tuple[int, ...]:
        """The DfE numbers of the councils that the text may mean, most exact reading first."""
        plain = _plain(text)
        core = _core(plain)
        shorter = plain.removesuffix(" council")
        for codes in (
            self.codes.get(plain.upper()),
            self.names.get(plain),
            self.names.get(shorter),
            self.cores.get(core),
        ):
            if codes:
                return codes
        begins = {
            code
            for name, codes in self.cores.items()
            if core and name.startswith(f"{core} ")
            for code in codes
        }
        return tuple(sorted(begins))

    def nearest(self, text: str) -> list[str]:
        """The names that look most like the text, at most three."""
        near = nearest(_core(_plain(text)), self.cores)
        codes = dict.fromkeys(code for name in near for code in self.cores[name])
        return list(dict.fromkeys(self.councils[code].name for code in codes))[:3]


@lru_cache(maxsize=4)
def _book(folder: Path) -> _Book:
    councils: dict[int, CouncilName] = {}
    first: dict[int, date] = {}
    last: dict[int, date] = {}
    codes: dict[str, tuple[int, ...]] = {}
    known_as: list[tuple[str, tuple[int, ...]]] = []
    for row in _rows(folder / "councils.csv"):
        code = int(row["dfe_code"])
        councils[code] = CouncilName(code, row["ons_code"], row["name"])
        first[code] = date.fromisoformat(row["valid_from"])
        if row["valid_to"]:
            last[code] = date.fromisoformat(row["valid_to"])
        known_as.append((row["name"], (code,)))
        codes |= {row["dfe_code"]: (code,), row["ons_code"]: (code,)}
    for row in _rows(folder / "ons_codes.csv"):
        codes[row["ons_code"]] = (int(row["dfe_code"]),)
    codes |= {ons: (code,) for ons, code in _OTHER_ONS_CODES.items()}
    known_as += [(name, codes[str(code)]) for name, code in _SHORT_FORMS.items()]
    return _Book(
        councils,
        first,
        last,
        _changes(folder),
        codes,
        _gathered((_plain(name), codes) for name, codes in known_as),
        _gathered((_core(_plain(name)), codes) for name, codes in known_as),
    )


def _changes(folder: Path) -> tuple[_Change, ...]:
    """Who followed whom, by DfE number."""
    changes = [
        _Change(int(row["predecessor"]), int(row["successor"]), date.fromisoformat(row["on"]))
        for row in _rows(folder / "successors.csv")
    ]
    return tuple(sorted(changes))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence, with semicolons where a name holds a comma."""
    *most, last = names
    if any("," in name for name in names) and most:
        return f"{'; '.join(most)}; and {last}"
    return f"{', '.join(most)} and {last}" if most else last


def _either(names: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(names))


def _gathered(pairs: Iterable[tuple[str, tuple[int, ...]]]) -> dict[str, tuple[int, ...]]:
    gathered: dict[str, tuple[int, ...]] = {}
    for name, codes in pairs:
        gathered[name] = tuple(dict.fromkeys((*gathered.get(name, ()), *codes)))
    return gathered


def _plain(text: str) -> str:
    """Small letters without accents and punctuation: "St. Helens" is "st helens"."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"['’]", "", bare)).split()  # noqa: RUF001
    return " ".join("st" if word == "saint" else word for word in words)


def _core(plain: str) -> str:
    """A plain name without the words that say what kind of council it is.

    "of" stays inside a name ("isle of wight"). All words stay where nothing else is left.
    """
    words = plain.split()
    while words and words[0] in _KIND_WORDS:
        words = words[1:]
    while words and words[-1] in _KIND_WORDS:
        words = words[:-1]
    return " ".join(words) or plain

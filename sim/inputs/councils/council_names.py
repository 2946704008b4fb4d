"""Find a council by any name or code that people use for it."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, nearest


@dataclass(frozen=True)
class CouncilName:
    """One of the 152 councils of 2013 to 2019: its DfE number, latest ONS code and name."""

    dfe_code: int
    ons_code: str
    name: str


# Codes of the Office for National Statistics that are not in the seed table: those that stood
# before 2013, and those of two councils whose common boundary moved in 2025.
_OTHER_ONS_CODES = {
    "E06000048": 929,  # Northumberland
    "E08000020": 390,  # Gateshead
    "E08000038": 370,  # Barnsley
    "E08000039": 373,  # Sheffield
}

# Councils made since April 2019 by merging or dividing those of the simulation: DfE number,
# ONS code, name and the DfE numbers of those that came before.
_LATER = (
    (838, "E06000059", "Dorset", (835,)),
    (839, "E06000058", "Bournemouth, Christchurch and Poole", (836, 837)),
    (940, "E06000061", "North Northamptonshire", (928,)),
    (941, "E06000062", "West Northamptonshire", (928,)),
    (942, "E06000063", "Cumberland", (909,)),
    (943, "E06000064", "Westmorland and Furness", (909,)),
)

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


def find_council(text: str, folder: Path | None = None, where: str = "--council") -> CouncilName:
    """The council that `text` names.

    It may be a name, old or new, with or without words such as "City Council"; the start of
    a name that only one council has; or a DfE or ONS code, old or new. Case, accents and
    punctuation do not matter. `folder` holds the seed tables (the project's by default).
    Raises InputError, with the nearest names, where that is no council or more than one.
    """
    book = _book(folder or seeds_dir())
    codes = book.find(text)
    if len(codes) == 1:
        return book.councils[codes[0]]
    if codes:
        names = " or ".join(book.councils[code].name for code in codes)
        raise InputError(Problem(where, f"{text!r} may mean several councils", f"say {names}"))
    near = book.nearest(text)
    hint = f"did you mean {' or '.join(near)}?" if near else "give its name, DfE or ONS code"
    raise InputError(Problem(where, f"unknown council {text!r}", hint))


@dataclass(frozen=True)
class _Book:
    """Every council by DfE number, and the numbers that each code and plain name stands for."""

    councils: dict[int, CouncilName]
    codes: dict[str, tuple[int, ...]]
    names: dict[str, tuple[int, ...]]
    cores: dict[str, tuple[int, ...]]

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
        return [self.councils[code].name for code in codes][:3]


@lru_cache(maxsize=4)
def _book(folder: Path) -> _Book:
    councils: dict[int, CouncilName] = {}
    codes: dict[str, tuple[int, ...]] = {}
    known_as: list[tuple[str, tuple[int, ...]]] = []
    for row in _rows(folder / "councils.csv"):
        code = int(row["dfe_code"])
        councils[code] = CouncilName(code, row["ons_code"], row["name"])
        known_as.append((row["name"], (code,)))
        for known in (row["dfe_code"], row["ons_code"], *row["all_ons_codes"].split(";")):
            codes[known] = (code,)
    codes |= {ons: (code,) for ons, code in _OTHER_ONS_CODES.items()}
    for number, ons, name, before in _LATER:
        codes |= {str(number): before, ons: before}
        known_as.append((name, before))
    known_as += [(name, codes[str(code)]) for name, code in _SHORT_FORMS.items()]
    return _Book(
        councils,
        codes,
        _gathered((_plain(name), codes) for name, codes in known_as),
        _gathered((_core(_plain(name)), codes) for name, codes in known_as),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error


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

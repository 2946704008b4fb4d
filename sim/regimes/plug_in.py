"""Regimes that do not come with the program: of installed packages, or handed over as classes.

Such a regime is known by its distribution and version, by the text of the module or notebook cell
that defines it, and by every module of its package and of what it imports, down to installed
libraries, which are known by their versions. Where the text cannot be read the run says so, has a
name of its own, and cannot be resumed.
"""

from __future__ import annotations

import ast
import dis
import hashlib
import importlib.util
import inspect
import json
import linecache
import pickle
import site
import sys
import sysconfig
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from sim.regimes import ENTRY_POINTS, Regime, available
from sim.regimes.loaded_code import difference

# What needs no text: the program, known by the hash of its code, and Python's own modules.
_KNOWN = ("sim", "builtins", *sys.stdlib_module_names)
# The caller's script: its second name is that in a worker that was not forked.
_SCRIPT = ("__main__", "__mp_main__")
_MODULES = {".py", *(Path(f"x{ending}").suffix for ending in EXTENSION_SUFFIXES)}
_LIBRARY_FOLDERS = (
    *(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")),
    *(Path(place).resolve() for place in (*site.getsitepackages(), site.getusersitepackages())),
)


@dataclass(frozen=True)
class OwnRegime:
    """A regime under the name that the lever regime.name gives it.

    `source` is the text that defines it, or None; `installed` says that it is no class of the
    caller's, but one that an installed package adds by this name.
    """

    name: str
    regime: type[Regime]
    source: str | None
    installed: bool = False
    _unknown: str = field(default_factory=lambda: uuid.uuid4().hex, compare=False)

    @cached_property
    def _parts(self) -> _Parts:
        return _Parts.of(self.regime, self.name if self.installed else None)

    def identity(self) -> dict[str, Any]:
        """What the regime is, as JSON: its text, or a mark that no other run has."""
        known: dict[str, Any] = {
            "name": self.name,
            "class": self.regime.__qualname__,
            "installed": self.installed,
            **self._parts.identity(),
        }
        if self.source is None:
            return known | {"source": None, "unknown": self._unknown}
        return known | {"source": self.source, "sha256": _sha256(self.source.encode())}

    def proof(self) -> str:
        """A hash that is the same wherever the same regime would run.

        A class that travels whole (of a notebook or a script) is the same by that; what it
        imports is not.
        """
        known = self.identity() | {"unknown": None}
        if _travels_whole(self.regime):
            known |= {"source": None, "sha256": None}
        if changed := self.changed():
            known |= {"changed": changed}
        return _sha256(json.dumps(known, sort_keys=True).encode())

    def changed(self) -> list[str]:
        """What of its files is no longer what this process has loaded, in words."""
        return list(self._parts.changed)

    def files(self) -> tuple[Path, ...] | None:
        """The files that hold its code; None where they are not known."""
        return None if self.source is None or not self._parts.files else self._parts.files

    @property
    def can_be_sent(self) -> bool:
        """Whether a process that was not forked from this one can be given the class."""
        main = sys.modules["__main__"]
        if self.regime.__module__ == "__main__" and not hasattr(main, "__file__"):
            return False  # a notebook: the other process could not import it
        try:
            pickle.dumps(self.regime)
        except (pickle.PicklingError, AttributeError, TypeError):
            return False
        return True


def installed_regimes(names: Iterable[str]) -> tuple[OwnRegime, ...]:
    """Those of some regimes that an installed package has added, in order of name."""
    known = available()
    added = [
        (name, known[name])
        for name in sorted({*names})
        if name in known and known[name].__module__.split(".")[0] != "sim"
    ]
    return tuple(
        OwnRegime(name, regime, source_of(regime), installed=True) for name, regime in added
    )


@cache
def proof_of(name: str, regime: type[Regime] | None) -> str:
    """The proof of a regime as it is in this process: of a class, or of what is installed."""
    if regime is not None:
        return OwnRegime(name, regime, source_of(regime)).proof()
    matching = installed_regimes([name])
    return matching[0].proof() if matching else "none is installed"


def source_of(regime: type) -> str | None:
    """The text of the modules (or notebook cells) that define a class and those it is built on.

    None where any of them cannot be read.
    """
    texts: dict[str, None] = {}
    for one in _own_classes(regime):
        text = _text_around(one)
        if text is None:
            return None
        texts[text.replace("\r\n", "\n")] = None
        for function in _functions_used(one):  # those of other cells of a notebook
            lines = linecache.getlines(function.__code__.co_filename)
            texts["".join(lines).replace("\r\n", "\n")] = None
    return "\n".join(filter(None, texts)) or None


def _own_classes(regime: type) -> Iterator[type]:
    """The class and those that it is built on, but for those of the program and of Python."""
    return (one for one in regime.__mro__ if one.__module__.split(".")[0] not in _KNOWN)


def _text_around(one: type) -> str | None:
    """The module's text; in a notebook, where there is none, that of the cell."""
    module = sys.modules.get(one.__module__)
    if module is not None:
        with suppress(OSError, TypeError):
            return inspect.getsource(module)
    for member in vars(one).values():
        function = inspect.unwrap(member) if callable(member) else None
        if inspect.isfunction(function):
            lines = linecache.getlines(function.__code__.co_filename)
            return "".join(lines) or None
    return None


@dataclass(frozen=True)
class _Parts:
    """What a regime is made of besides the text of its class.

    `modules` gives the hash of every module by its dotted name, `libraries` the versions of the
    distributions that they import. `changed` says of which modules the file is no longer what is
    loaded.
    """

    distribution: str | None
    version: str | None
    modules: Mapping[str, str]
    libraries: Mapping[str, str]
    files: tuple[Path, ...]
    changed: tuple[str, ...]

    @classmethod
    def of(cls, regime: type, installed_as: str | None) -> _Parts:
        distribution = _distribution_of(regime, installed_as)
        own = None if distribution is None else distribution.name
        modules: dict[str, str] = {}
        libraries: dict[str, str] = {}
        files: dict[Path, None] = {}
        changed: dict[str, str] = {}
        ahead: list[str] = []
        for one in _own_classes(regime):
            if not _travels_whole(one):
                ahead.append(one.__module__)
                continue
            ahead += _modules_used(one)
            script = _file_of("__main__") if one.__module__ in _SCRIPT else None
            if script is not None:
                files[script] = None
                if what := difference("__main__", script):
                    changed[script.name] = what
        first, taken = {*ahead}, {*_SCRIPT}
        while ahead:
            name = ahead.pop()
            top = name.split(".")[0]
            if name in taken or top in _KNOWN:
                continue
            taken.add(name)
            if name not in first and _is_in_library(_file_of(top)):
                owner = _owner_of(top)
                if owner is not None and owner.name != own:
                    libraries[owner.name] = owner.version
                    continue
            for module, path in _modules_of(name):
                if module not in modules:
                    modules[module] = _sha256(path.read_bytes())
                    files[path] = None
                    if what := difference(module, path):
                        changed[module] = what
                if name == module or name.startswith(f"{module}."):
                    ahead += _imports(path, module)
        version = None if distribution is None else distribution.version
        return cls(
            own,
            version,
            modules,
            libraries,
            tuple(files),
            tuple(f"{name}: {what}" for name, what in changed.items()),
        )

    def identity(self) -> dict[str, Any]:
        """The parts as JSON."""
        return {
            "distribution": self.distribution,
            "version": self.version,
            "modules": dict(sorted(self.modules.items())),
            "libraries": dict(sorted(self.libraries.items())),
        }


def _distribution_of(regime: type, installed_as: str | None) -> metadata.Distribution | None:
    """The installed package that a regime comes from, None where it comes from none."""
    if installed_as is not None:
        for entry in metadata.entry_points(group=ENTRY_POINTS, name=installed_as):
            if entry.dist is not None:
                return entry.dist
    return _owner_of(regime.__module__.split(".")[0])


@cache
def _owner_of(top: str) -> metadata.Distribution | None:
    """The distribution that a module comes from, None where none is known."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.distribution(top)
    file = _file_of(top)
    if file is None or not _is_in_library(file):
        return None
    # Only here, for it reads the lists of files of all that is installed.
    owners = metadata.packages_distributions().get(top, ())
    return metadata.distribution(owners[0]) if owners else None


def _modules_of(name: str) -> Iterator[tuple[str, Path]]:
    """A module with its file: the whole of its package where it lies in one."""
    parts = name.split(".")
    for upto in range(1, len(parts) + 1):
        package = ".".join(parts[:upto])
        place = _file_of(package)
        if place is not None and place.name == "__init__.py":
            for path in sorted(place.parent.rglob("*")):
                folders = path.relative_to(place.parent).parts[:-1]
                inside = (*folders, path.name.split(".")[0])
                if path.suffix in _MODULES and all(part.isidentifier() for part in inside):
                    ending = inside[:-1] if inside[-1] == "__init__" else inside
                    yield ".".join((package, *ending)), path
            return
    if (file := _file_of(name)) is not None:
        yield name, file


def _file_of(name: str) -> Path | None:
    """The file of a module; None where it has none."""
    module: ModuleType | None = sys.modules.get(name)
    place = getattr(module, "__file__", None)
    if module is None:
        with suppress(ImportError, ValueError, AttributeError):
            spec = importlib.util.find_spec(name)
            place = None if spec is None else spec.origin
    path = None if place is None else Path(place)
    return path if path is not None and path.is_file() else None


def _is_in_library(path: Path | None) -> bool:
    return path is None or any(path.resolve().is_relative_to(each) for each in _LIBRARY_FOLDERS)


def _imports(path: Path, module: str) -> Iterator[str]:
    """The modules that a module names in its imports, wherever in it they stand."""
    try:
        tree = ast.parse(path.read_bytes() if path.suffix == ".py" else b"")
    except (SyntaxError, ValueError):
        return
    whole = module.split(".")
    package = whole if path.name == "__init__.py" else whole[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            target = ".".join([*start, *filter(None, [node.module])])
            yield target
            yield from (f"{target}.{alias.name}" for alias in node.names)


def _travels_whole(regime: type) -> bool:
    """Whether another process is sent the class itself, not the name under which to import it."""
    module = regime.__module__
    return module in _SCRIPT or module not in sys.modules or "<locals>" in regime.__qualname__


def _functions_used(regime: type) -> list[FunctionType]:
    """The methods of a class of a notebook or script, and the functions there that they name."""
    if not _travels_whole(regime):
        return []
    ahead: list[Any] = [inspect.unwrap(m) for m in vars(regime).values() if callable(m)]
    used: dict[FunctionType, None] = {}
    while ahead:
        one = ahead.pop()
        if not isinstance(one, FunctionType) or one in used or one.__module__ != regime.__module__:
            continue
        used[one] = None
        for code in _codes(one.__code__):
            for value in map(one.__globals__.get, code.co_names):
                ahead += [value] if not isinstance(value, type) else vars(value).values()
    return list(used)


def _modules_used(regime: type) -> Iterator[str]:
    """The modules that a class of a notebook or script names, or imports in its methods."""
    for function in _functions_used(regime):
        for code in _codes(function.__code__):
            yield from (
                str(step.argval)
                for step in dis.get_instructions(code)
                if step.opname == "IMPORT_NAME"
            )
            for value in map(function.__globals__.get, code.co_names):
                if inspect.ismodule(value):
                    yield value.__name__
                elif isinstance(value, type | FunctionType):
                    yield value.__module__


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _sha256(data: bytes) -> str:
    """The hash of the bytes of a text, whatever its line ends."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()

